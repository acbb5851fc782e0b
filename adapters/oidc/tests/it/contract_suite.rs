//! The promises of every identity adapter.

use std::{sync::Arc, time::Duration};

use adapter_oidc::{ClientAuth, OidcProvider, OidcSettings};
use clock::{FixedClock, SeededEntropy, Timestamp};
use contract::{
    Attempt, IdentityProvider, ProviderError,
    conformance::{Dialect, Lie, Limits, Purpose, Reply, Request, Step, identity_provider},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use types::ProviderId;
use url::Url;

use crate::support::{
    ACCESS_TOKEN, CLIENT, CODE, ES256, NOW, SECRET, Signer, discovery, id_token, issuer, tokens, userinfo, with,
};

struct OpenIdConnect;

impl OpenIdConnect {
    fn id_token(base: &Url, attempt: &Attempt, also: &Value) -> Value {
        let claims = with(id_token(base), &json!({ "nonce": attempt.nonce }));
        with(claims, also)
    }

    fn signed(signer: &Signer, claims: &Value) -> Reply {
        Reply::json(tokens(&signer.sign(claims)).to_string())
    }
}

impl Dialect for OpenIdConnect {
    fn provider(&self, base: &Url, limits: Limits) -> Arc<dyn IdentityProvider> {
        let secret = ClientAuth::SecretPost(SecretString::from(SECRET));
        let mut settings = OidcSettings::new(ProviderId::parse("can-bo").unwrap(), &issuer(base), CLIENT, secret);
        settings.allow_http = true;
        settings.limits.call_timeout = limits.timeout;
        settings.limits.request_timeout = limits.timeout.max(Duration::from_secs(1));
        settings.limits.answer_bytes = limits.max_answer_bytes;
        let clock = Arc::new(FixedClock::at(Timestamp::from_seconds(NOW)));
        Arc::new(OidcProvider::new(settings, clock, Arc::new(SeededEntropy::new(1))).unwrap())
    }

    fn steps(&self) -> Vec<Step> {
        vec![
            Step { path: "/.well-known/openid-configuration", purpose: Purpose::Keys },
            Step { path: "/token", purpose: Purpose::Token },
            Step { path: "/jwks", purpose: Purpose::Keys },
            Step { path: "/userinfo", purpose: Purpose::Person },
        ]
    }

    fn answer(&self, base: &Url, attempt: &Attempt, request: &Request) -> Reply {
        let [key, _] = &*ES256;
        match request.path.as_str() {
            "/.well-known/openid-configuration" => Reply::json(discovery(base, "/jwks").to_string()),
            "/token" => Self::signed(&Signer::Key(Arc::clone(key)), &Self::id_token(base, attempt, &json!({}))),
            "/jwks" => Reply::json(json!({ "keys": [key.public_jwk()] }).to_string()),
            "/userinfo" => Reply::json(userinfo().to_string()),
            _ => Reply::json("{}").with_status(404),
        }
    }

    fn callback(&self, base: &Url, attempt: &Attempt) -> String {
        form_urlencoded::Serializer::new(String::new())
            .append_pair("code", CODE)
            .append_pair("state", &attempt.state)
            .append_pair("iss", &issuer(base))
            .finish()
    }

    fn lies(&self, base: &Url, attempt: &Attempt) -> Vec<Lie> {
        let [key, other] = &*ES256;
        let honest = Signer::Key(Arc::clone(key));
        let lie = |name, path, reply| Lie { name, path, reply, expected: ProviderError::Message };
        let claims =
            |name, also: Value| lie(name, "/token", Self::signed(&honest, &Self::id_token(base, attempt, &also)));
        let signed_by = |name, signer: Signer| {
            lie(name, "/token", Self::signed(&signer, &Self::id_token(base, attempt, &json!({}))))
        };
        let discovery_of = |issuer: &str| with(discovery(base, "/jwks"), &json!({ "issuer": issuer }));
        vec![
            claims("another issuer's token", json!({ "iss": "https://evil.example" })),
            claims("a token for another client", json!({ "aud": "mallory" })),
            claims("a token for us and a stranger", json!({ "aud": [CLIENT, "mallory"] })),
            claims("a token that another party asked for", json!({ "azp": "mallory" })),
            claims("a token of another attempt", json!({ "nonce": "another" })),
            claims("a token that is over", json!({ "exp": NOW - 3600 })),
            claims("a token of yesterday", json!({ "iat": NOW - 86_400 })),
            claims("a token of tomorrow", json!({ "iat": NOW + 86_400 })),
            claims("a token about nobody", json!({ "sub": "" })),
            claims("a token for another access token", json!({ "at_hash": "77QmUPtjPfzWtF2AnpK9RQ" })),
            signed_by("no signature", Signer::Nothing),
            signed_by("a signature by our own secret", Signer::Hmac),
            signed_by("a forged signature", Signer::Forged(Arc::clone(key), Arc::clone(other))),
            signed_by("an unknown key", Signer::Key(Arc::clone(other))),
            lie("no id_token", "/token", Reply::json(with(tokens("x"), &json!({ "id_token": null })).to_string())),
            lie("an id_token that is none", "/token", Reply::json(tokens("a.b.c").to_string())),
            lie(
                "somebody else's userinfo",
                "/userinfo",
                Reply::json(with(userinfo(), &json!({ "sub": "somebody-else" })).to_string()),
            ),
            lie(
                "somebody else's discovery",
                "/.well-known/openid-configuration",
                Reply::json(discovery_of("https://evil.example").to_string()),
            ),
        ]
    }

    fn canaries(&self) -> Vec<String> {
        [SECRET, CODE, ACCESS_TOKEN, "Phạm Quốc Dũng", "dung@tinh.example"].map(str::to_owned).to_vec()
    }
}

#[tokio::test]
async fn the_adapter_keeps_every_promise_of_the_contract() {
    let violations = identity_provider(Arc::new(OpenIdConnect)).await;
    assert!(violations.is_empty(), "{violations:#?}");
}
