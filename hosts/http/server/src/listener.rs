//! The socket that clients connect to.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// How many clients can wait to be accepted. One that finds no room tries again after a second, which is longer than a health
/// check may take. The system may allow fewer (`net.core.somaxconn`).
const WAITING: u32 = 4_096;

/// Listens on an address, with room for clients that come all at once.
///
/// # Errors
/// If the address cannot be used.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // As `TcpListener::bind` does: a service that is started again can have its port at once. On Windows it would let two
    // services have one port.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// Whether the next connection may succeed where accepting one failed like this.
pub(crate) fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    // EMFILE and ENFILE, which have no kind of their own.
    const NO_DESCRIPTORS: [i32; 2] = [23, 24];
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
        || error.raw_os_error().is_some_and(|code| NO_DESCRIPTORS.contains(&code))
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptors;
    use std::time::Duration;
    use tokio::net::TcpStream;

    #[tokio::test]
    async fn clients_that_come_all_at_once_find_room() {
        const CLIENTS: usize = 1_500;
        let allowed: usize = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap().trim().parse().unwrap();
        if allowed < CLIENTS || descriptors::raise_to(CLIENTS + 200).is_some_and(|limit| limit < CLIENTS + 200) {
            return;
        }
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let mut clients = Vec::new();
        for number in 0..CLIENTS {
            let client = tokio::time::timeout(Duration::from_millis(800), TcpStream::connect(address)).await;
            clients.push(client.unwrap_or_else(|_| panic!("{number} clients found room")).unwrap());
        }
    }
}
