//! What a `private_key_jwt` assertion must be (RFC 7523, RFC 10070), one wrong thing at a time.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use signing::jws;

use crate::support::{
    Answer, ISSUER, Site,
    clients::{assertion, assertion_claims},
    site::ASSERTION_TYPE,
};

async fn present(site: &Site, value: &str, more: &[(&str, &str)]) -> Answer {
    let pairs =
        [("grant_type", "client_credentials"), ("client_assertion_type", ASSERTION_TYPE), ("client_assertion", value)];
    let mut encoded = url::form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(pairs).extend_pairs(more);
    site.form("/token", &encoded.finish()).await
}

#[tokio::test]
async fn each_claim_that_is_not_as_it_must_be_is_refused() {
    let site = Site::open().await;
    let now = site.clock_seconds();
    let with = |name: &str, value: Value| {
        let mut claims = assertion_claims("may-chu", clock::Clock::now(&*site.clock), name);
        claims[name] = value;
        claims
    };
    for (what, claims) in [
        ("the token endpoint as audience", with("aud", json!(format!("{ISSUER}/token")))),
        ("an array as audience", with("aud", json!([ISSUER]))),
        ("two audiences", with("aud", json!([ISSUER, "https://evil.test"]))),
        ("the issuer with a slash", with("aud", json!(format!("{ISSUER}/")))),
        ("no audience", with("aud", Value::Null)),
        ("expired", with("exp", json!(now - 61))),
        ("too far", with("exp", json!(now + 3601))),
        ("at the end of time", with("exp", json!(i64::MAX))),
        ("exp as text", with("exp", json!("soon"))),
        ("from the future", with("iat", json!(now + 3600))),
        ("not yet", with("nbf", json!(now + 3600))),
        ("another issuer", with("iss", json!("mot-cua"))),
        ("another subject", with("sub", json!("mot-cua"))),
        ("nobody", with("sub", json!("khong-co"))),
        ("no jti", with("jti", Value::Null)),
        ("an empty jti", with("jti", json!(""))),
        ("a jti without end", with("jti", json!("a".repeat(257)))),
        ("a list", json!(["may-chu", "may-chu", ISSUER, now + 60, "x"])),
    ] {
        let answer = present(&site, &assertion(&site.keys.may_chu, &claims), &[]).await;
        assert_eq!((answer.status.as_u16(), &*answer.text("error")), (401, "invalid_client"), "{what}");
    }
    let good = assertion_claims("may-chu", clock::Clock::now(&*site.clock), "good");
    let good = assertion(&site.keys.may_chu, &good);
    let other = present(&site, &good, &[("client_id", "mot-cua")]).await;
    assert_eq!(other.text("error"), "invalid_client", "another client_id beside it");
    assert_eq!(present(&site, &good, &[("client_id", "may-chu")]).await.status, 200, "the refusals used nothing up");
    site.close().await;
}

/// A token with any header over these claims, signed with HMAC-SHA-256 under the key, or not at all.
fn forged(header: &Value, claims: &Value, key: Option<&[u8]>) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = key.map(|key| {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key);
        URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, signed.as_bytes()))
    });
    format!("{signed}.{}", signature.unwrap_or_default())
}

#[tokio::test]
async fn cve_40_no_algorithm_but_the_keys_own_and_no_empty_key() {
    let site = Site::open().await;
    let keys = &site.keys;
    let claims = |client: &str, jti: &str| assertion_claims(client, clock::Clock::now(&*site.clock), jti);
    let public = keys.may_chu.public_jwk().to_string();
    let kid = keys.may_chu.kid();
    let as_qlvb = |typ: &str| jws::sign(&keys.qlvb, typ, &claims("may-chu", typ)).unwrap();
    for (what, token) in [
        ("none", forged(&json!({ "alg": "none" }), &claims("may-chu", "1"), None)),
        ("None", forged(&json!({ "alg": "None", "kid": kid }), &claims("may-chu", "2"), None)),
        ("an empty HMAC key", forged(&json!({ "alg": "HS256" }), &claims("may-chu", "3"), Some(b""))),
        (
            "our public key as HMAC key",
            forged(&json!({ "alg": "HS256", "kid": kid }), &claims("may-chu", "4"), Some(public.as_bytes())),
        ),
        ("its own key in the header", {
            let header = json!({ "alg": "ES256", "jwk": keys.mot_cua.public_jwk() });
            forged(&header, &claims("may-chu", "5"), Some(b"x"))
        }),
        ("another client's key", assertion(&keys.mot_cua, &claims("may-chu", "6"))),
        ("another client's RSA key", as_qlvb("JWT")),
        ("ES256 said by an RSA key", {
            let token = as_qlvb("JWT");
            let (_, rest) = token.split_once('.').unwrap();
            format!("{}.{rest}", URL_SAFE_NO_PAD.encode(json!({ "alg": "ES256", "typ": "JWT" }).to_string()))
        }),
        ("a critical extension", {
            let token = assertion(&keys.may_chu, &claims("may-chu", "7"));
            let (_, rest) = token.split_once('.').unwrap();
            format!("{}.{rest}", URL_SAFE_NO_PAD.encode(json!({ "alg": "ES256", "crit": ["b64"] }).to_string()))
        }),
        ("the type of an access token", jws::sign(&keys.may_chu, "at+jwt", &claims("may-chu", "8")).unwrap()),
    ] {
        let answer = present(&site, &token, &[]).await;
        assert_eq!((answer.status.as_u16(), &*answer.text("error")), (401, "invalid_client"), "{what}");
    }
    let own = jws::sign(&keys.may_chu, "client-authentication+jwt", &claims("may-chu", "9")).unwrap();
    assert_eq!(present(&site, &own, &[]).await.status, 200);
    site.close().await;
}
