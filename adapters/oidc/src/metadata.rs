//! Where the provider's endpoints are: settings first, the discovery document for the rest.

use openidconnect::{
    AdditionalProviderMetadata, ProviderMetadata,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
        CoreSubjectIdentifierType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::{
    rejection::Rejection,
    settings::{Endpoints, OidcSettings, is_acceptable},
};

/// What we need and `openidconnect` does not know.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct More {
    #[serde(default)]
    end_session_endpoint: Option<Url>,
    /// RFC 9207 §3.
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for More {}

type Document = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// The endpoints of a provider, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub(crate) authorization: Url,
    pub(crate) token: Url,
    pub(crate) jwks: Url,
    pub(crate) userinfo: Option<Url>,
    pub(crate) end_session: Option<Url>,
    /// The provider promises `iss` in every authorization answer, so its absence is an attack (RFC 9207 §2.4).
    pub(crate) states_iss: bool,
}

impl Metadata {
    /// The endpoints as set, when discovery is off and the settings name them all.
    pub(crate) fn from_settings(settings: &OidcSettings) -> Option<Self> {
        let Endpoints { authorization, token, userinfo, jwks, end_session } = settings.endpoints.clone();
        Some(Self {
            authorization: authorization?,
            token: token?,
            jwks: jwks?,
            userinfo,
            end_session,
            states_iss: false,
        })
    }

    /// Reads a discovery document (OIDC Discovery §3); it must state the issuer of the settings (§4.3), and what it names
    /// must be as safe as what settings name.
    pub(crate) fn from_document(settings: &OidcSettings, document: Value) -> Result<Self, Rejection> {
        let stated = document.get("issuer").and_then(Value::as_str).ok_or(Rejection::Discovery)?;
        if stated != settings.issuer {
            return Err(Rejection::DiscoveryIssuer);
        }
        let document: Document = serde_json::from_value(document).map_err(|_| Rejection::Discovery)?;
        let given = settings.endpoints.clone();
        let discovered_token = document.token_endpoint().map(|endpoint| endpoint.url().clone());
        let metadata = Self {
            authorization: given.authorization.unwrap_or_else(|| document.authorization_endpoint().url().clone()),
            token: given.token.or(discovered_token).ok_or(Rejection::Discovery)?,
            jwks: given.jwks.unwrap_or_else(|| document.jwks_uri().url().clone()),
            userinfo: given.userinfo.or_else(|| document.userinfo_endpoint().map(|endpoint| endpoint.url().clone())),
            end_session: given.end_session.or_else(|| document.additional_metadata().end_session_endpoint.clone()),
            states_iss: document.additional_metadata().authorization_response_iss_parameter_supported,
        };
        let addresses = [&metadata.authorization, &metadata.token, &metadata.jwks].into_iter();
        let optional = [&metadata.userinfo, &metadata.end_session].into_iter().flatten();
        if addresses.chain(optional).all(|address| is_acceptable(address, settings.allow_http)) {
            Ok(metadata)
        } else {
            Err(Rejection::DiscoveryAddress)
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use serde_json::json;
    use types::ProviderId;

    use super::*;
    use crate::settings::ClientAuth;

    fn settings() -> OidcSettings {
        let secret = ClientAuth::SecretBasic(SecretString::from("s"));
        OidcSettings::new(ProviderId::parse("op").unwrap(), "https://op.example", "us", secret)
    }

    fn document() -> Value {
        json!({
            "issuer": "https://op.example",
            "authorization_endpoint": "https://op.example/a",
            "token_endpoint": "https://op.example/t",
            "jwks_uri": "https://op.example/j",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "an-algorithm-of-2040"],
        })
    }

    #[test]
    fn an_address_of_the_settings_wins_over_discovery() {
        let mut settings = settings();
        settings.endpoints.token = Some(Url::parse("https://inside.example/t").unwrap());
        let metadata = Metadata::from_document(&settings, document()).unwrap();
        assert_eq!(metadata.token.as_str(), "https://inside.example/t");
        assert_eq!(metadata.jwks.as_str(), "https://op.example/j");
        assert!(!metadata.states_iss);
    }

    #[test]
    fn a_document_of_another_issuer_is_refused_even_if_it_differs_by_a_slash() {
        for issuer in [json!("https://op.example/"), json!("https://evil.example"), json!(7), Value::Null] {
            let mut document = document();
            document["issuer"] = issuer.clone();
            assert!(Metadata::from_document(&settings(), document).is_err(), "{issuer}");
        }
    }

    #[test]
    fn a_document_that_leads_to_plain_http_or_nowhere_is_refused() {
        for member in
            ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint"]
        {
            for address in ["http://op.example/x", "file:///etc/passwd", "https://user@op.example/x", ""] {
                let mut document = document();
                document[member] = json!(address);
                assert!(Metadata::from_document(&settings(), document).is_err(), "{member} {address}");
            }
        }
        for member in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
            let mut document = document();
            document.as_object_mut().unwrap().remove(member);
            assert!(Metadata::from_document(&settings(), document).is_err(), "{member}");
        }
    }
}
