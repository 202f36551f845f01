//! The service with a certificate: its clients know whom they call, and one that does not agree on TLS costs nobody anything.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use logzio_soar_host::{EMBEDDED_HTTP_COMPONENT, Runner};
use logzio_soar_http_server::{Certificate, HttpService};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

const TOKEN: &str = "a-token-of-the-service";

struct Served {
    address: std::net::SocketAddr,
    trusted: String,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<std::io::Result<()>>,
}

impl Served {
    async fn start() -> Self {
        let made = rcgen::generate_simple_self_signed(["runner.test".to_owned()]).unwrap();
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let runner = Runner::builder()
            .component(EMBEDDED_HTTP_COMPONENT)
            .cache_directory(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cwasm-http"))
            .incomplete()
            .build()
            .unwrap();
        let service = HttpService::new(runner)
            .bearer_token(TOKEN)
            .certificate(Certificate::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(async move { service.serve(listener, async { drop(stopped.await) }).await });
        Self { address, trusted: certificate, stop, ended }
    }

    async fn connect(&self, trusted: &str, name: &'static str) -> std::io::Result<impl AsyncRead + AsyncWrite + Unpin> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let socket = TcpStream::connect(self.address).await?;
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name).unwrap(), socket).await
    }

    /// What the service answers to a call that needs the token.
    async fn describe(&self) -> String {
        let mut connection = self.connect(&self.trusted, "runner.test").await.unwrap();
        let head = format!(
            "POST /v1/describe HTTP/1.1\r\nHost: runner.test\r\nAuthorization: Bearer {TOKEN}\r\n\
             Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_trust_the_certificate_are_answered_and_others_hang_up() {
    let served = Served::start().await;
    let answer = served.describe().await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("fetch-incidents"), "{answer}");
    let another = rcgen::generate_simple_self_signed(["runner.test".to_owned()]).unwrap().cert.pem();
    assert!(served.connect(&another, "runner.test").await.is_err());
    assert!(served.connect(&served.trusted, "other.test").await.is_err());
    assert!(served.describe().await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_not_answered_where_there_is_a_certificate() {
    let served = Served::start().await;
    let mut socket = TcpStream::connect(served.address).await.unwrap();
    socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/1.1"));
    assert!(served.describe().await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_agrees_on_tls_does_not_keep_the_service_from_ending() {
    let served = Served::start().await;
    let _silent = TcpStream::connect(served.address).await.unwrap();
    // Once this is answered, the silent one has been accepted, too.
    served.describe().await;
    let began = Instant::now();
    served.stop.send(()).unwrap();
    served.ended.await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
