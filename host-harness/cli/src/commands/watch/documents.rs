//! What `watch` serves: metrics and health.

use logzio_soar_http_server::{Document, DocumentService};
use logzio_soar_watch::{Metrics, Status};

/// The documents that need no token. They say nothing of accounts.
pub(super) const OPEN: [&str; 2] = ["/healthz", "/readyz"];

const TEXT: &str = "text/plain; charset=utf-8";
/// What `prometheus-client` writes.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Metrics and health.
pub(super) fn service(status: Status, metrics: Metrics) -> DocumentService {
    let text = |status, content: &str| Document { status, media_type: TEXT, content: format!("{content}\n") };
    DocumentService::new(move |path| match path {
        "/metrics" => Some(match metrics.text() {
            Ok(content) => Document { status: 200, media_type: OPENMETRICS, content },
            Err(_) => text(500, "the metrics cannot be written"),
        }),
        "/healthz" => Some(text(200, "ok")),
        "/readyz" => Some(match (status.state_error(), status.configuration_error()) {
            (Some(_), _) => text(503, "the state cannot be used: see the log"),
            // It does its work, by the former settings.
            (None, Some(_)) => text(200, "ok, but accounts.toml or sinks.toml is wrong: see the log"),
            (None, None) => text(200, "ok"),
        }),
        _ => None,
    })
}
