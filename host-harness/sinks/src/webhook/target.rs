//! Where a webhook goes, with its secrets.

use std::collections::BTreeMap;
use std::path::Path;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Uri, uri};
use logzio_soar_network::{Client, NetworkOptions, is_loopback};

use super::body::Form;
use super::settings::WebhookSettings;
use super::signature::SigningKey;
use super::template::HeaderTemplates;
use crate::error::SinkError;
use crate::secret::Secret;

/// Where a webhook goes, with its secrets.
pub(super) struct Target {
    pub(super) uri: Uri,
    /// The scheme and the host, for texts.
    pub(super) origin: String,
    pub(super) headers: HeaderMap,
    pub(super) header_templates: HeaderTemplates,
    pub(super) form: Form,
    pub(super) keys: Vec<SigningKey>,
    pub(super) client: Client,
    /// What no text may show.
    pub(super) secrets: Vec<Secret>,
}

/// Headers that say how a request is sent, or that are set for each.
const RESERVED: [&str; 9] = [
    "connection",
    "content-length",
    "content-type",
    "host",
    "te",
    "transfer-encoding",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

impl Target {
    /// Reads the secrets.
    pub(super) async fn find(settings: &WebhookSettings, folder: &Path) -> Result<Self, SinkError> {
        let url = settings.url.resolve("the url", folder).await?;
        let (uri, origin) = address(&url, settings.allows_http)?;
        let mut secrets = vec![url];
        let mut headers = HeaderMap::new();
        headers
            .insert(header::USER_AGENT, HeaderValue::from_static(concat!("logzio-soar/", env!("CARGO_PKG_VERSION"))));
        for (name, value) in &settings.headers {
            let value = value.resolve(&format!("the header {name}"), folder).await?;
            let mut shown = HeaderValue::from_str(value.expose()).map_err(|_| {
                SinkError(format!("the header {name} has a value with characters that no header has: change it"))
            })?;
            shown.set_sensitive(true);
            headers.insert(header_name(name)?, shown);
            secrets.push(value);
        }
        let mut values = BTreeMap::new();
        for (name, value) in &settings.values {
            values.insert(name.clone(), value.resolve(&format!("the value {name}"), folder).await?);
        }
        secrets.extend(values.values().cloned());
        let mut templates = Vec::new();
        for (name, template) in &settings.header_templates {
            templates.push((header_name(name)?, template.clone()));
        }
        let is_list = settings.batch > 1;
        let header_templates = HeaderTemplates::new(templates, values.clone(), is_list)?;
        let form = Form::find(&settings.body, values, is_list, folder)?;
        let mut keys = Vec::new();
        for reference in &settings.signing_keys {
            let key = reference.resolve("the signing key", folder).await?;
            keys.push(SigningKey::new(&key)?);
            secrets.push(key);
        }
        let mut network = NetworkOptions::new().proxy_from_environment();
        if let Some(file) = &settings.ca_file {
            network = network.ca_file(folder.join(file));
        }
        if let Some((certificate, key)) = &settings.identity {
            network = network.identity(folder.join(certificate), folder.join(key));
        }
        let client = Client::new(&network).map_err(|error| SinkError(error.to_string()))?;
        Ok(Self { uri, origin, headers, header_templates, form, keys, client, secrets })
    }
}

/// The address, and what of it may be shown.
fn address(url: &Secret, allows_http: bool) -> Result<(Uri, String), SinkError> {
    let failed = |why: &str| SinkError(format!("the url {why}"));
    let uri: Uri = url
        .expose()
        .parse()
        .map_err(|_| failed("is none: write https://HOST/PATH, with special characters percent-encoded"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
        return Err(failed("is not whole: write https://HOST/PATH"));
    };
    if authority.as_str().contains('@') {
        return Err(failed(
            "holds a user or a password: pass them in a header, headers = { Authorization = { file = … } }",
        ));
    }
    let host = authority.host();
    let is_allowed = *scheme == uri::Scheme::HTTPS
        || (*scheme == uri::Scheme::HTTP && (allows_http || is_loopback(&host.to_ascii_lowercase())));
    if !is_allowed {
        return Err(failed(
            "is not encrypted, and leaves this machine: use https, or set allow-http = true if nobody can listen on the way",
        ));
    }
    if host.is_empty() || (authority.as_str() != host && authority.port_u16().is_none_or(|port| port == 0)) {
        return Err(failed("has no usable host and port: write https://HOST/PATH or https://HOST:PORT/PATH"));
    }
    let origin = format!("{scheme}://{authority}");
    Ok((uri, origin))
}

fn header_name(name: &str) -> Result<HeaderName, SinkError> {
    let failed = |why: &str| SinkError(format!("the header {name} {why}"));
    let name: HeaderName =
        name.parse().map_err(|_| failed("has a name with characters that no header has: change it"))?;
    if RESERVED.contains(&name.as_str()) {
        return Err(failed("is set by this program: leave it out"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address_of(url: &str) -> Result<String, String> {
        address(&Secret::new(url), false).map(|(_, origin)| origin).map_err(|error| error.to_string())
    }

    #[test]
    fn only_this_machine_is_reached_without_tls() {
        assert_eq!(address_of("https://a.example/b?c").unwrap(), "https://a.example");
        assert_eq!(address_of("http://127.0.0.1:8080/x").unwrap(), "http://127.0.0.1:8080");
        assert!(address_of("http://localhost/x").is_ok() && address_of("http://[::1]:1/x").is_ok());
        assert!(address_of("http://a.example/").unwrap_err().contains("allow-http"));
        assert!(address_of("http://127.0.0.1.evil.example/").is_err());
        assert!(address(&Secret::new("http://a.example/"), true).is_ok());
    }

    #[test]
    fn a_url_that_cannot_be_used_is_refused_and_not_shown() {
        for url in [
            "s3cret",
            "/s3cret",
            "ftp://a.example/s3cret",
            "https://s3cret:s3cret@a.example/",
            "https://a.example:0/s3cret",
            "https://a.example:99999/s3cret",
            "https:///s3cret",
            "https://a.example/s3cret x",
        ] {
            let error = address_of(url).unwrap_err();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn a_header_that_is_set_anyway_is_refused() {
        for name in ["a b", "Content-Length", "webhook-id", "x\r\nhost"] {
            assert!(header_name(name).is_err(), "{name}");
        }
        assert_eq!(header_name("Authorization").unwrap(), "authorization");
    }
}
