//! The way out of a company: the real component, through a real proxy on a loopback port, to the simulator behind TLS.
//! The proxy knows where `api.logz.test` is, and nobody else does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use logzio_simulator::{Clock, Simulator, SimulatorOptions};
use logzio_soar_host::contract::{Error, FetchRequest, IncidentPage};
use logzio_soar_host::{Connection, NetworkOptions, Runner, Upstream};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::support::{COMMAND, cache};

/// The name that the server's certificate has besides those of this machine.
const NAME: &str = "api.logz.test";

/// A company's own authority.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap())
    }

    /// TLS for a server of these names.
    fn tls(&self, names: &[&str]) -> TlsAcceptor {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &self.0).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap());
        TlsAcceptor::from(Arc::new(config.unwrap()))
    }

    fn write(&self, directory: &Path) -> PathBuf {
        let file = directory.join("ca.pem");
        std::fs::write(&file, self.0.pem()).unwrap();
        file
    }
}

/// The simulator behind TLS, and the file of who signed its certificate.
struct Site {
    simulator: Simulator,
    authority: Authority,
    ca_file: PathBuf,
    port: u16,
    files: TempDir,
}

impl Site {
    async fn start() -> Self {
        let simulator = Simulator::new(SimulatorOptions { clock: Clock::system(), ..SimulatorOptions::default() });
        let authority = Authority::new();
        let files = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let tls = authority.tls(&[NAME, "localhost"]);
        let service = TowerToHyperService::new(simulator.router());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (tls, service) = (tls.clone(), service.clone());
                tokio::spawn(async move {
                    let socket = tls.accept(socket).await?;
                    let served =
                        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service);
                    let _ = served.await;
                    Ok::<_, std::io::Error>(())
                });
            }
        });
        Self { simulator, ca_file: authority.write(files.path()), authority, port, files }
    }

    /// The name that only the proxy can find.
    fn far(&self) -> String {
        format!("https://{NAME}")
    }

    /// The same server, on this machine.
    fn near(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    fn trusting(&self) -> NetworkOptions {
        NetworkOptions::new().ca_file(&self.ca_file)
    }

    async fn fetch(&self, url: String, options: &NetworkOptions) -> Result<IncidentPage, Error> {
        let runner = Runner::builder()
            .cache_directory(cache().join("logzio-soar"))
            .upstream(Upstream::network_with(options).unwrap())
            .build()
            .unwrap();
        let token = self.simulator.security_token();
        let session = runner.connect(Connection::new().url(url).security_token(token).time_budget_ms(2_000));
        let request = FetchRequest::since("1 hour ago");
        Ok(session.fetch_incidents(&request).await.unwrap()?)
    }

    /// Why the server could not be reached.
    async fn unreachable(&self, url: String, options: &NetworkOptions) -> String {
        match self.fetch(url, options).await {
            Err(Error::Unreachable(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    fn command(&self, url: &str, proxy: &str, line: &str) -> Output {
        Command::new(COMMAND)
            .args(line.split_whitespace())
            .current_dir(self.files.path())
            .env_clear()
            .env("HOME", self.files.path())
            .env("XDG_CACHE_HOME", cache())
            .env("LOGZIO_URL", url)
            .env("LOGZIO_SECURITY_TOKEN", self.simulator.security_token())
            .env("https_proxy", proxy)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

/// How a proxy answers.
#[derive(Clone)]
enum Manner {
    Open,
    Password(&'static str),
    Forbid,
}

/// A proxy that opens tunnels to one port, whatever the name, and remembers what it saw.
#[derive(Clone)]
struct Proxy {
    port: u16,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    heads: Vec<String>,
    /// What went through to the server.
    bytes: Vec<u8>,
}

impl Proxy {
    async fn start(site: &Site, manner: Manner, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self { port: listener.local_addr().unwrap().port(), seen: Arc::default() };
        let (served, server) = (proxy.clone(), site.port);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (proxy, manner, tls) = (served.clone(), manner.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => proxy.answer(tls.accept(socket).await?, &manner, server).await,
                        None => proxy.answer(socket, &manner, server).await,
                    }
                });
            }
        });
        proxy
    }

    async fn answer(
        &self,
        mut client: impl AsyncRead + AsyncWrite + Unpin,
        manner: &Manner,
        server: u16,
    ) -> std::io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await?);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let authorization = head.lines().find_map(|line| line.strip_prefix("Proxy-Authorization: ").map(str::to_owned));
        self.seen.lock().unwrap().heads.push(head);
        let refusal = match manner {
            Manner::Password(expected) if authorization.as_deref() != Some(*expected) => {
                "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"corp\""
            }
            Manner::Forbid => "403 Forbidden",
            Manner::Open | Manner::Password(_) => {
                client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
                return self.pass(client, TcpStream::connect(("127.0.0.1", server)).await?).await;
            }
        };
        client.write_all(format!("HTTP/1.1 {refusal}\r\nContent-Length: 0\r\n\r\n").as_bytes()).await
    }

    async fn pass(&self, client: impl AsyncRead + AsyncWrite, server: TcpStream) -> std::io::Result<()> {
        let (mut from_client, mut to_client) = tokio::io::split(client);
        let (mut from_server, mut to_server) = tokio::io::split(server);
        let up = async {
            let mut buffer = [0; 4096];
            loop {
                let length = from_client.read(&mut buffer).await?;
                let bytes = buffer.get(..length).unwrap();
                if bytes.is_empty() {
                    return to_server.shutdown().await;
                }
                self.seen.lock().unwrap().bytes.extend_from_slice(bytes);
                to_server.write_all(bytes).await?;
            }
        };
        let down = async { tokio::io::copy(&mut from_server, &mut to_client).await.map(drop) };
        tokio::try_join!(up, down).map(drop)
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn heads(&self) -> Vec<String> {
        self.seen.lock().unwrap().heads.clone()
    }

    /// Whether a text went through where the proxy could read it.
    fn read(&self, text: &str) -> bool {
        self.seen.lock().unwrap().bytes.windows(text.len()).any(|window| window == text.as_bytes())
    }
}

#[tokio::test]
async fn requests_go_through_the_proxy_which_reads_no_token() {
    let site = Site::start().await;
    let proxy = Proxy::start(&site, Manner::Open, None).await;
    site.fetch(site.far(), &site.trusting().proxy(proxy.url())).await.unwrap();
    let heads = proxy.heads();
    assert!(!heads.is_empty());
    assert!(heads.iter().all(|head| head.starts_with("CONNECT api.logz.test:443 HTTP/1.1\r\n")), "{heads:?}");
    // The name of the server is all that TLS shows, and shows that the bytes were seen at all.
    assert!(proxy.read(NAME));
    assert!(!proxy.read(&site.simulator.security_token()) && !proxy.read("HTTP/1.1"));
}

#[tokio::test]
async fn a_proxy_that_speaks_tls_is_spoken_to_in_tls() {
    let site = Site::start().await;
    let proxy = Proxy::start(&site, Manner::Open, Some(site.authority.tls(&["localhost"]))).await;
    let url = format!("https://localhost:{}", proxy.port);
    site.fetch(site.far(), &site.trusting().proxy(&url)).await.unwrap();
    assert!(!proxy.heads().is_empty());

    let why = site.unreachable(site.far(), &NetworkOptions::new().proxy(&url)).await;
    assert!(why.contains("the proxy cannot be reached: its certificate is not trusted"), "{why}");
}

#[tokio::test]
async fn a_name_of_no_proxy_is_not_asked_of_the_proxy() {
    let site = Site::start().await;
    let proxy = Proxy::start(&site, Manner::Open, None).await;
    let options = site.trusting().proxy(proxy.url()).no_proxy("other.test,logz.test");
    // Found by the proxy alone.
    let why = site.unreachable(site.far(), &options).await;
    assert!(why.contains("its name could not be resolved"), "{why}");
    assert_eq!(proxy.heads(), Vec::<String>::new());
}

#[tokio::test]
async fn this_machine_is_reached_without_the_proxy() {
    let site = Site::start().await;
    let proxy = Proxy::start(&site, Manner::Forbid, None).await;
    site.fetch(site.near(), &site.trusting().proxy(proxy.url())).await.unwrap();
    assert_eq!(proxy.heads(), Vec::<String>::new());
}

#[tokio::test]
async fn a_proxy_is_given_its_password_and_nobody_is_shown_it() {
    let site = Site::start().await;
    // name:s3cret@1
    let proxy = Proxy::start(&site, Manner::Password("Basic bmFtZTpzM2NyZXRAMQ=="), None).await;
    let with = |password: &str| site.trusting().proxy(format!("http://{password}127.0.0.1:{}", proxy.port));
    site.fetch(site.far(), &with("name:s3cret%401@")).await.unwrap();
    assert!(!proxy.read("Proxy-Authorization"));

    for wrong in ["", "name:s3cret@"] {
        let before = proxy.heads().len();
        let why = site.unreachable(site.far(), &with(wrong)).await;
        assert!(why.contains("the proxy asks for a user and a password, or refuses those"), "{why}");
        assert!(!why.contains("s3cret"), "{why}");
        // Accounts are locked after a few wrong passwords.
        assert_eq!(proxy.heads().len(), before + 1, "{wrong}");
    }
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_is_named_as_the_cause() {
    let site = Site::start().await;
    let proxy = Proxy::start(&site, Manner::Forbid, None).await;
    let why = site.unreachable(site.far(), &site.trusting().proxy(proxy.url())).await;
    assert!(why.contains("the proxy lets no connection through"), "{why}");
}

#[tokio::test]
async fn a_proxy_that_cannot_be_reached_is_named_as_the_cause() {
    let site = Site::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for (url, cause) in [
        (closed.as_str(), "the proxy cannot be reached: the connection was refused"),
        ("http://no-such-proxy.invalid:3128", "the proxy cannot be reached: its name could not be resolved"),
    ] {
        let why = site.unreachable(site.far(), &site.trusting().proxy(url)).await;
        assert!(why.contains(cause), "{why}");
    }
}

#[tokio::test]
async fn a_certificate_is_trusted_if_the_ca_file_or_nobody_vouches_for_it() {
    let site = Site::start().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = Authority::new().write(elsewhere.path());
    for options in [NetworkOptions::new(), NetworkOptions::new().ca_file(stranger)] {
        let why = site.unreachable(site.near(), &options).await;
        assert!(why.contains("its certificate is not trusted"), "{why}");
    }
    // Of the right authority, but for another name.
    let why = site.unreachable(format!("https://127.0.0.1:{}", site.port), &site.trusting()).await;
    assert!(why.contains("its certificate is not trusted"), "{why}");

    site.fetch(site.near(), &site.trusting()).await.unwrap();
    let insecure = NetworkOptions::new().insecure(true);
    site.fetch(site.near(), &insecure).await.unwrap();
    site.fetch(format!("https://127.0.0.1:{}", site.port), &insecure).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_takes_the_proxy_from_the_environment_and_shows_no_password() {
    let site = Site::start().await;
    let proxy = Proxy::start(&site, Manner::Password("Basic bmFtZTpzM2NyZXQ="), None).await;
    let ca_file = site.ca_file.display();
    let through = |password: &str| format!("http://name:{password}@127.0.0.1:{}", proxy.port);

    let output = site.command(&site.far(), &through("s3cret"), &format!("fetch --ca-file {ca_file}"));
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()), "{output:?}");

    for (proxy, code, text) in [
        (through("s3cret-1"), 4, "the proxy asks for a user and a password"),
        (through("s3cret-1#"), 2, "the address of the proxy cannot be used"),
        ("socks5://name:s3cret-1@127.0.0.1:1".to_owned(), 2, "SOCKS proxies are not supported"),
    ] {
        let output = site.command(&site.far(), &proxy, &format!("fetch --ca-file {ca_file}"));
        let stderr = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(stderr.contains(text) && !stderr.contains("s3cret"), "{stderr}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_warns_whenever_it_trusts_any_certificate() {
    let site = Site::start().await;
    let output = site.command(&site.near(), "", "fetch");
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let output = site.command(&site.near(), "", "fetch --insecure");
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(stderr.starts_with("warning: --insecure trusts any certificate"), "{stderr}");
    let output = site.command(&site.near(), "", "fetch --ca-file nowhere.pem");
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(7), "{stderr}");
    assert!(stderr.starts_with("error: the CA file nowhere.pem: it could not be read"), "{stderr}");
}
