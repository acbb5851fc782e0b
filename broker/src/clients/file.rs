//! The clients file: read whole, judged whole, every fault reported.

use std::{collections::BTreeSet, fmt, path::Path};

use serde::Deserialize;
use types::AuthLevel;
use url::Url;

use super::client::{ApplicationType, Client, Credentials, GrantType};
use crate::{claims::catalogue, people::post, tokens::keys::LONGEST_LIFE};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(default, rename = "client")]
    clients: Vec<toml::Spanned<toml::Value>>,
}

/// All faults of a clients file, one line each.
#[derive(Debug, Default)]
pub struct ClientFaults(Vec<String>);

impl fmt::Display for ClientFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ClientFaults {}

/// What the settings say, as far as registrations are judged by it.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The names that `[provider.*]` sections define.
    pub providers: &'a [String],
    /// The highest ceiling among them: a client that nobody could ever sign in to is a fault of the file.
    pub highest: AuthLevel,
    /// The audience of the bus, where there is one.
    pub bus: Option<&'a str>,
}

/// Reads the file.
pub fn read(path: &Path, setting: Setting<'_>) -> Result<Vec<Client>, ClientFaults> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| ClientFaults(vec![format!("{name}: {error}")]))?;
    let wire: Wire = toml::from_str(&text).map_err(|error| ClientFaults(vec![format!("{name}: {error}")]))?;
    let mut faults = Vec::new();
    let mut clients: Vec<Client> = Vec::new();
    for entry in wire.clients {
        let line = text.get(..entry.span().start).unwrap_or_default().matches('\n').count() + 1;
        match entry.into_inner().try_into::<Client>() {
            Err(error) => faults.push(format!("{name}:{line}: {}", error.message())),
            Ok(client) => {
                let mut found = judge(&client, setting);
                if clients.iter().any(|other| other.client_id == client.client_id) {
                    found.push("client_id is registered twice".to_owned());
                }
                faults.extend(found.into_iter().map(|fault| format!("{name}:{line}: {}: {fault}", client.client_id)));
                clients.push(client);
            }
        }
    }
    if faults.is_empty() { Ok(clients) } else { Err(ClientFaults(faults)) }
}

fn judge(client: &Client, setting: Setting<'_>) -> Vec<String> {
    let Setting { providers, highest, bus } = setting;
    let mut faults = Vec::new();
    let mut demand = |holds: bool, fault: &str| {
        if !holds {
            faults.push(fault.to_owned());
        }
    };
    let code = client.grant_types.contains(&GrantType::AuthorizationCode);
    let secret = matches!(client.credentials, Credentials::LegacySecret { .. });
    let texts = [&client.name, &client.purpose];
    demand(
        texts.iter().all(|text| !text.vi.trim().is_empty() && !text.en.trim().is_empty()),
        "name and purpose need both languages",
    );
    demand(!client.legal_basis.trim().is_empty(), "legal_basis is empty");
    demand(secret == client.legacy, "a shared secret needs `legacy = true`, and only a shared secret has it");
    demand(!client.grant_types.is_empty(), "grant_types is empty");
    demand(code != client.redirect_uris.is_empty(), "redirect_uris go with the grant authorization_code");
    demand(!code || !client.providers.is_empty(), "the grant authorization_code needs at least one provider");
    demand(!code || client.scopes.contains("openid"), "the grant authorization_code needs the scope openid");
    demand(
        code || !client.grant_types.contains(&GrantType::RefreshToken),
        "refresh_token goes with authorization_code",
    );
    let alone = client.grant_types.contains(&GrantType::ClientCredentials);
    demand(!(alone && client.is_public()), "a public client cannot use client_credentials");
    demand(
        client.providers.iter().all(|id| providers.contains(&id.to_string())),
        "names a provider that is not configured",
    );
    demand(client.providers.iter().collect::<BTreeSet<_>>().len() == client.providers.len(), "names a provider twice");
    demand(client.claims.iter().all(|claim| catalogue::is_claim(claim)), "names an unknown claim");
    demand(
        client.scopes.iter().all(|scope| is_scope_token(scope)),
        "a scope has characters that RFC 6749 §3.3 does not allow",
    );
    let officers = client.scopes.contains(post::SCOPE);
    demand(!officers || bus.is_some(), "the scope lgsp needs [bus] audience in the settings");
    demand(!officers || code, "the scope lgsp goes with the grant authorization_code");
    demand(!officers || !client.is_public(), "a public client cannot hold the scope lgsp");
    demand(
        !officers || post::CLAIMS.iter().all(|claim| client.claims.contains(*claim)),
        "the scope lgsp needs the claims vn_agency and vn_officer",
    );
    demand(client.min_auth_level <= highest, "min_auth_level is above every provider's ceiling");
    demand(
        (1..=LONGEST_LIFE.as_secs()).contains(&client.access_token_seconds.into()),
        "access_token_seconds must be 1 to 86400",
    );
    demand(client.refresh_token_seconds >= 1, "refresh_token_seconds must be at least 1");
    for uri in client.redirect_uris.iter().chain(&client.post_logout_redirect_uris) {
        demand(
            may_register(client.application_type, uri),
            "an address must be https (http on a loopback host) without fragment or user info",
        );
    }
    let web = |uri: &Url| matches!(uri.scheme(), "https" | "http");
    demand(client.client_uri.as_ref().is_none_or(web), "client_uri must be a web address");
    faults
}

/// Whether a text is a scope (RFC 6749 §3.3).
fn is_scope_token(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// Whether an address may be registered: `https`, or `http` on a loopback host, or for a native client a private scheme
/// with a dot (RFC 8252 §7.1); never with a fragment, user info or a scheme that runs code.
fn may_register(application: ApplicationType, uri: &str) -> bool {
    let Ok(parsed) = Url::parse(uri) else { return false };
    let plain = parsed.fragment().is_none()
        && !uri.contains('#')
        && parsed.username().is_empty()
        && parsed.password().is_none();
    let clean = !uri.contains(['*', '\\', ' ', '@']) && !uri.chars().any(char::is_control);
    let loopback = matches!(parsed.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    let scheme = match parsed.scheme() {
        "https" => parsed.has_host(),
        "http" => loopback,
        private => application == ApplicationType::Native && private.contains('.'),
    };
    // The text is what is compared later, so it must be what a browser would make of it.
    plain && clean && scheme && (parsed.as_str() == uri || parsed.as_str().strip_suffix('/') == Some(uri))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cve_05_no_scheme_that_runs_code_can_be_registered_in_any_letter_case() {
        for uri in [
            "javascript:alert(1)",
            "JavaScript://x/%0aalert(1)",
            "data:text/html,x",
            "DATA:,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://x/1",
        ] {
            for application in [ApplicationType::Web, ApplicationType::Native] {
                assert!(!may_register(application, uri), "{uri}");
            }
        }
    }

    #[test]
    fn an_address_is_https_or_loopback_and_plain() {
        for good in [
            "https://a.gov.vn/cb",
            "https://a.gov.vn/cb?x=1",
            "http://127.0.0.1:7999/cb",
            "http://localhost:8410/cb",
            "http://[::1]/cb",
        ] {
            assert!(may_register(ApplicationType::Web, good), "{good}");
        }
        for bad in [
            "http://a.gov.vn/cb",
            "https://a.gov.vn/cb#f",
            "https://u@a.gov.vn/cb",
            "https://a.gov.vn/*",
            "https://A.gov.vn/cb",
            "https://a.gov.vn/x/../cb",
            "//a.gov.vn/cb",
            "/cb",
            "",
            "vn.gov.dongnai:/cb",
            "http://127.0.0.1.evil.example/cb",
        ] {
            assert!(!may_register(ApplicationType::Web, bad), "{bad}");
        }
        assert!(may_register(ApplicationType::Native, "vn.gov.dongnai.congdan:/cb"));
    }
}
