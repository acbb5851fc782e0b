//! `[server]`: the issuer, the listeners, and what they take.

use std::net::SocketAddr;

use boot::{limits::RequestLimits, serve::ServeConfig, settings::Section};
use url::{Host, Url};

/// Listeners and their bounds.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// Our issuer, exactly as it stands in every token. The public origin comes from here and from nowhere else.
    pub issuer: String,
    /// Where people and clients reach us.
    pub bind: SocketAddr,
    /// Where operators reach health and metrics.
    pub operator_bind: SocketAddr,
    /// Bounds of the public listener.
    pub serve: ServeConfig,
    /// Bounds of a request.
    pub limits: RequestLimits,
}

/// Reads the section.
pub(super) fn read(section: &Section<'_>) -> Option<ServerSettings> {
    let issuer = section.parse_with("issuer", issuer).required();
    let bind = section.socket_addr("bind").required();
    let operator_bind = section.socket_addr("operator_bind").required();
    let serve = ServeConfig::read(section);
    let limits = RequestLimits::read(section);
    Some(ServerSettings { issuer: issuer?, bind: bind?, operator_bind: operator_bind?, serve: serve?, limits: limits? })
}

/// An issuer: https without query, fragment or user info (OIDC Discovery §3); http only on a loopback host.
fn issuer(text: &str) -> Result<String, &'static str> {
    let url = Url::parse(text).map_err(|_| "is no URL")?;
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err("plain http is refused: use https, or a loopback host on a developer's machine"),
        _ => return Err("must be https"),
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err("must have no query, fragment or user info");
    }
    if url.path() != "/" || text.ends_with('/') {
        return Err("must be an origin, without a path or a slash at the end");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_http_issuer_is_refused_unless_it_is_loopback() {
        for good in
            ["https://dangnhap.dongnai.gov.vn", "http://localhost:8400", "http://127.0.0.1:1", "http://[::1]:8400"]
        {
            assert_eq!(issuer(good).as_deref(), Ok(good));
        }
        for bad in [
            "http://dangnhap.dongnai.gov.vn",
            "http://localhost.evil.example",
            "https://a.vn/",
            "https://a.vn/x",
            "https://a.vn?x",
            "https://a.vn#x",
            "https://u@a.vn",
            "ftp://a.vn",
            "a.vn",
            "",
        ] {
            assert!(issuer(bad).is_err(), "{bad}");
        }
    }
}
