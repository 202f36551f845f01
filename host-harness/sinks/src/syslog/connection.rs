//! The connection, and what is known of its other end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ProtocolVersion};
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How often the system is asked whether all has arrived.
const POLL: Duration = Duration::from_millis(5);

/// How long a server without tickets may take to refuse a client.
const NO_TICKET: Duration = Duration::from_secs(1);

/// A connection.
pub(super) struct Connection(TlsStream<TcpStream>);

impl Connection {
    pub(super) async fn open(host: &str, port: u16, tls: &Arc<ClientConfig>) -> io::Result<Self> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let socket = TcpStream::connect((host, port)).await?;
        socket.set_nodelay(true)?;
        let mut connection = Self(TlsConnector::from(Arc::clone(tls)).connect(name, socket).await?);
        connection.wait_until_accepted().await?;
        Ok(connection)
    }

    /// Waits for a sign that the other side takes this client. With TLS 1.3 it can refuse a certificate, or the lack of one, when
    /// this side is done already. Then it closes the connection; if it is content, it mostly sends a ticket.
    async fn wait_until_accepted(&mut self) -> io::Result<()> {
        let begin = Instant::now();
        while self.0.get_ref().1.protocol_version() == Some(ProtocolVersion::TLSv1_3)
            && self.0.get_ref().1.tls13_tickets_received() == 0
            && begin.elapsed() < NO_TICKET
        {
            self.fail_if_closed().await?;
            tokio::time::sleep(POLL).await;
        }
        self.fail_if_closed().await
    }

    /// What closed the connection, if it is closed. What the other side says besides is read and dropped.
    async fn fail_if_closed(&mut self) -> io::Result<()> {
        let mut bytes = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            let read =
                std::future::poll_fn(|context| Poll::Ready(Pin::new(&mut self.0).poll_read(context, &mut buffer)));
            match read.await {
                Poll::Pending => return Ok(()),
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => return Err(io::ErrorKind::ConnectionReset.into()),
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Err(error),
            }
        }
    }

    /// Whether the other side closed it.
    pub(super) async fn is_closed(&mut self) -> bool {
        self.fail_if_closed().await.is_err()
    }

    /// Sends bytes, and waits until the other machine's system has them.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await?;
        self.0.flush().await?;
        while unconfirmed(self.0.get_ref().0)? > 0 {
            self.fail_if_closed().await?;
            tokio::time::sleep(POLL).await;
        }
        self.fail_if_closed().await
    }
}

/// How many bytes were sent, and not confirmed by the other machine's system.
#[cfg(target_os = "linux")]
fn unconfirmed(socket: &TcpStream) -> io::Result<i32> {
    use rustix::ioctl::{Getter, Opcode, ioctl};
    /// `SIOCOUTQ` of Linux, which is `TIOCOUTQ`.
    const SIOCOUTQ: Opcode = 0x5411;
    // SAFETY: for a TCP socket, this request writes one `int`, which is what the getter makes room for.
    let bytes = unsafe { ioctl(socket, Getter::<SIOCOUTQ, i32>::new()) };
    Ok(bytes?)
}

/// Other systems have no such question.
#[cfg(not(target_os = "linux"))]
fn unconfirmed(_: &TcpStream) -> io::Result<i32> {
    Ok(0)
}
