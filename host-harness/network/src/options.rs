//! How requests reach the network: through a proxy, or with other trusted certificates. Opens no connection, and shows no
//! password.

use std::fmt;
use std::path::{Path, PathBuf};

use logzio_soar_secrets::HIDDEN;

/// How requests reach the network. The default is no proxy, and the certificates that browsers trust. Nothing is read from
/// the environment unless [`NetworkOptions::proxy_from_environment`] is called.
///
/// None of this changes what a component may reach.
#[derive(Clone, Default)]
#[must_use]
pub struct NetworkOptions {
    proxy: Option<String>,
    no_proxy: String,
    ca_file: Option<PathBuf>,
    identity: Option<(PathBuf, PathBuf)>,
    insecure: bool,
}

impl NetworkOptions {
    /// No proxy, and only the certificates that browsers trust.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends requests through an HTTP proxy: `http://HOST:PORT`, or `https://HOST:PORT` if the proxy itself speaks TLS.
    /// `USER:PASSWORD@` may precede the host, with special characters percent-encoded. The default port is 80 or 443.
    ///
    /// The proxy opens a tunnel (`CONNECT`) with TLS to the server inside it, so the proxy can read neither tokens nor
    /// logs. Loopback addresses never go through it: they would be the proxy's own.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// The hosts that the proxy is not used for, separated by commas: names, which include their subdomains, addresses,
    /// and networks such as `10.0.0.0/8`; `*` for all hosts.
    pub fn no_proxy(mut self, hosts: impl Into<String>) -> Self {
        self.no_proxy = hosts.into();
        self
    }

    /// Takes the proxy and its exceptions from the environment: `HTTPS_PROXY`, or else `ALL_PROXY`, and `NO_PROXY`, each in
    /// upper or lower case. An empty variable counts as unset. `HTTP_PROXY` has no effect: it is for `http:` addresses, and
    /// those are only allowed on this machine.
    pub fn proxy_from_environment(self) -> Self {
        self.proxy_from(|name| std::env::var(name).ok())
    }

    fn proxy_from(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&str]| names.iter().filter_map(|name| variable(name)).find(|set| !set.trim().is_empty());
        self.proxy = first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]);
        self.no_proxy = first(&["NO_PROXY", "no_proxy"]).unwrap_or_default();
        self
    }

    /// Also trusts the certificates in this file (PEM, at least one), such as those of a company's own authority. The file
    /// is read when the network is set up.
    pub fn ca_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(file.into());
        self
    }

    /// Shows a certificate of its own to servers that ask for one: the files of the certificate with those that issued it,
    /// and of its key, both PEM. They are read when the network is set up.
    pub fn identity(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.identity = Some((certificate.into(), key.into()));
        self
    }

    /// Whether any certificate is trusted, whoever issued it and for whatever name. For tests only: an attacker on the way can
    /// then read the tokens.
    pub fn insecure(mut self, insecure: bool) -> Self {
        self.insecure = insecure;
        self
    }

    /// The address of the proxy, and the hosts that it is not for.
    pub(crate) fn named_proxy(&self) -> Option<(&str, &str)> {
        Some((self.proxy.as_deref()?, &self.no_proxy))
    }

    pub(crate) fn named_ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }

    pub(crate) fn named_identity(&self) -> Option<(&Path, &Path)> {
        self.identity.as_ref().map(|(certificate, key)| (certificate.as_path(), key.as_path()))
    }

    /// Whether any certificate is trusted.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.insecure
    }
}

impl fmt::Debug for NetworkOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetworkOptions")
            // Its address may hold a password.
            .field("proxy", &self.proxy.as_ref().map(|_| HIDDEN))
            .field("no_proxy", &self.no_proxy)
            .field("ca_file", &self.ca_file)
            .field("identity", &self.identity)
            .field("insecure", &self.insecure)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> (Option<String>, String) {
        let options = NetworkOptions::new()
            .proxy_from(|name| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned()));
        (options.proxy, options.no_proxy)
    }

    #[test]
    fn the_proxy_for_https_comes_before_the_one_for_all() {
        let both = [("ALL_PROXY", "http://all"), ("https_proxy", "http://https")];
        assert_eq!(found(&both).0.as_deref(), Some("http://https"));
        assert_eq!(found(&[("all_proxy", "http://all")]).0.as_deref(), Some("http://all"));
        assert_eq!(found(&[("HTTPS_PROXY", " "), ("all_proxy", "http://all")]).0.as_deref(), Some("http://all"));
        assert_eq!(found(&[("HTTP_PROXY", "http://http"), ("http_proxy", "http://http")]).0, None);
    }

    #[test]
    fn exceptions_are_read_in_upper_and_lower_case() {
        assert_eq!(found(&[("NO_PROXY", "a.example")]).1, "a.example");
        assert_eq!(found(&[("no_proxy", "b.example"), ("NO_PROXY", "")]).1, "b.example");
    }

    #[test]
    fn the_password_of_a_proxy_never_appears_in_debug_output() {
        let options = NetworkOptions::new().proxy("http://name:s3cret@proxy.example");
        let shown = format!("{options:?} {options:#?}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
