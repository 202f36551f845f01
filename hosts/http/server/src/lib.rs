//! A component of `wasi:http/proxy` behind a port: what `logzio-soar serve` runs.
//!
//! Belongs here: who may call, how many calls run at a time, which URLs a request may name, and what a caller gets if the
//! sandbox had to stop the component. It must not know operations, nor what the component answers.
//!
//! ```no_run
//! use logzio_soar_host::Runner;
//! use logzio_soar_http_server::HttpService;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let runner = Runner::builder().component_file("logzio-soar-http.wasm").incomplete().build()?;
//! let listener = logzio_soar_http_server::listen("127.0.0.1:8700".parse()?)?;
//! HttpService::new(runner).serve(listener, std::future::pending()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! The modules stand in these layers:
//!
//! ```text
//! service, documents
//!              sockets of clients, with TLS or without; a service of documents alone, such as metrics
//! call         a request, from its arrival to its response
//! paced        a socket with a limit for writes
//! gate         which requests are let in
//! connections  how many connections there may be, and which one is closed for a new one
//! activity     what a connection is doing
//! asked, room  what a request asks its sandbox for; the memory of bodies
//! listener     the socket that clients connect to
//! access, certificate, descriptors, threads, unusable_url
//!              what became of a request; the service's certificate; how many files may be open; threads for calls; why a URL is
//!              not allowed
//! ```

mod access;
mod activity;
mod asked;
mod call;
mod certificate;
mod connections;
mod descriptors;
mod documents;
mod gate;
mod listener;
mod paced;
mod room;
mod service;
mod threads;
mod unusable_url;

pub use access::Access;
pub use certificate::{Certificate, UnusableCertificate};
pub use documents::{Document, DocumentService};
pub use listener::listen;
pub use service::HttpService;
pub use unusable_url::UnusableUrl;
