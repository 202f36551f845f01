//! Syslog over TLS, against servers that behave as each test says.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support::{Authority, Folder, envelope, envelopes, named};

/// A server that reads messages, and closes each connection after some.
struct Server {
    port: u16,
    messages: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(tls: TlsAcceptor, most: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let messages = Arc::<Mutex<Vec<String>>>::default();
        let all = Arc::clone(&messages);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let Ok(mut stream) = tls.accept(socket).await else { continue };
                let all = Arc::clone(&all);
                tokio::spawn(async move {
                    for _ in 0..most {
                        let mut length = String::new();
                        loop {
                            match stream.read_u8().await {
                                Ok(b' ') => break,
                                Ok(digit) => length.push(digit.into()),
                                Err(_) => return,
                            }
                        }
                        let mut message = vec![0; length.parse().unwrap()];
                        stream.read_exact(&mut message).await.unwrap();
                        all.lock().unwrap().push(String::from_utf8(message).unwrap());
                    }
                });
            }
        });
        Self { port, messages }
    }

    /// The numbers of the incidents, once there are so many messages.
    async fn numbers(&self, least: usize) -> Vec<u64> {
        let started = Instant::now();
        while self.messages.lock().unwrap().len() < least && started.elapsed() < Duration::from_secs(10) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let number = |message: &String| {
            let after = message.split_once(" sequence=\"").unwrap().1;
            after.split_once('"').unwrap().0.parse().unwrap()
        };
        self.messages.lock().unwrap().iter().map(number).collect()
    }
}

fn folder(authority: &Authority, port: u16, settings: &str) -> Folder {
    let folder = Folder::with(&format!(
        "[sinks.it]\ntype = \"syslog\"\naddress = \"127.0.0.1:{port}\"\nca-file = \"ca.pem\"\n{settings}"
    ));
    folder.write("ca.pem", &authority.pem());
    let (certificate, key) = authority.client();
    folder.write("client.pem", &certificate);
    folder.write("client.key", &key);
    folder
}

#[tokio::test]
async fn each_incident_is_a_message() {
    let authority = Authority::new();
    let server = Server::start(authority.tls(false), usize::MAX).await;
    let folder = folder(&authority, server.port, "hostname = \"soc-1\"\nfacility = \"authpriv\"");
    let mut sink = folder.open().await;
    sink.deliver(&envelopes(1..=50)).await.unwrap();
    sink.deliver(&[named(51, "new\nline \"] 日本")]).await.unwrap();
    assert_eq!(server.numbers(51).await, (1..=51).collect::<Vec<_>>());
    let last = server.messages.lock().unwrap().pop().unwrap();
    let expected = "<83>1 2026-11-22T08:00:00.250Z soc-1 logzio-soar - incident [logzio-soar@32473 account=\"acme\" \
                    id=\"5a1e7b2c-51\" sequence=\"51\" severity=\"high\" rule=\"new line \\\"\\] 日本\"] \u{feff}{\"account\":\"acme\"";
    assert!(last.starts_with(expected), "{last}");
}

#[tokio::test]
async fn a_server_can_ask_for_a_certificate_and_be_of_a_companys_own_authority() {
    let authority = Authority::new();
    let server = Server::start(authority.tls(true), usize::MAX).await;
    let identity = "client-certificate = \"client.pem\"\nclient-key = \"client.key\"";
    folder(&authority, server.port, identity).open().await.deliver(&[envelope(1)]).await.unwrap();
    assert_eq!(server.numbers(1).await, [1]);

    for _ in 0..20 {
        let refused = folder(&authority, server.port, "").open().await.deliver(&[envelope(2)]).await.unwrap_err();
        assert!(refused.why().contains("does not take this client"), "{refused}");
    }

    let silent = Server::start(authority.silent_tls(), usize::MAX).await;
    let refused = folder(&authority, silent.port, "").open().await.deliver(&[envelope(2)]).await.unwrap_err();
    assert!(refused.why().contains("does not take this client"), "{refused}");
    folder(&authority, silent.port, identity).open().await.deliver(&[envelope(4)]).await.unwrap();
    assert_eq!(silent.numbers(1).await, [4]);

    let stranger = folder(&Authority::new(), server.port, identity).open().await.deliver(&[envelope(3)]).await;
    assert!(stranger.unwrap_err().why().contains("certificate is not trusted"));
    assert_eq!(server.numbers(1).await, [1]);
}

/// Passes on what comes, but what the client sends after its first bytes only after a while.
async fn slow_way_to(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let slow = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        let server = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
            (client.into_split(), server.into_split());
        tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
        let mut bytes = [0; 65_536];
        while let Ok(length @ 1..) = from_client.read(&mut bytes).await {
            to_server.write_all(&bytes[..length]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    });
    slow
}

#[tokio::test]
async fn a_server_that_refuses_this_client_late_has_no_message() {
    let authority = Authority::new();
    for tls in [authority.tls(true), authority.silent_tls()] {
        let server = Server::start(tls, usize::MAX).await;
        let slow = slow_way_to(server.port).await;
        let refused = folder(&authority, slow, "").open().await.deliver(&[envelope(1)]).await.unwrap_err();
        assert!(refused.why().contains("does not take this client"), "{refused}");
    }
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_opened_again_without_a_loss() {
    let authority = Authority::new();
    let server = Server::start(authority.tls(false), 10).await;
    let mut sink = folder(&authority, server.port, "").open().await;
    let mut failed = 0;
    for number in 1..=60 {
        while sink.deliver(&[envelope(number)]).await.is_err() {
            failed += 1;
        }
        if number % 10 == 0 {
            // Its close arrives.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    assert_eq!(server.numbers(60).await, (1..=60).collect::<Vec<_>>());
    assert_eq!(failed, 0);
}

#[tokio::test]
async fn a_server_that_reads_nothing_is_noticed() {
    let authority = Authority::new();
    // So little that what is sent stays with this machine's system, which takes it at once.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(16).unwrap();
    let port = listener.local_addr().unwrap().port();
    let tls = authority.tls(false);
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((socket, _)) = listener.accept().await {
            held.push(tls.accept(socket).await.unwrap());
        }
    });
    for (size, count) in [(1_000, 50), (500_000, 50)] {
        let mut sink = folder(&authority, port, "send-timeout = \"1s\"\nmax-message = \"1 MB\"").open().await;
        let batch = vec![named(1, &"x".repeat(size)); count];
        let begin = Instant::now();
        let outcome = sink.deliver(&batch).await.unwrap_err();
        assert!(outcome.why().contains("took no messages: ") && outcome.why().contains("in time"), "{outcome}");
        assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    }
}

#[tokio::test]
async fn a_server_that_is_silent_gone_or_speaks_no_tls_is_said() {
    let authority = Authority::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut sink = folder(&authority, port, "connect-timeout = \"300ms\"").open().await;
    let silent = sink.deliver(&[envelope(1)]).await.unwrap_err();
    assert!(silent.why().contains("does not answer in time"), "{silent}");

    let speaking = tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let _ = socket.write_all(b"SSH-2.0-OpenSSH_9.6\r\n").await;
                let _ = socket.read(&mut [0; 4096]).await;
            });
        }
    });
    let spoken = sink.deliver(&[envelope(1)]).await.unwrap_err();
    assert!(spoken.why().contains("the port may speak no TLS"), "{spoken}");

    speaking.abort();
    let _ = speaking.await;
    let gone = sink.deliver(&[envelope(1)]).await.unwrap_err();
    assert!(gone.why().contains("nothing listens on that port"), "{gone}");
}
