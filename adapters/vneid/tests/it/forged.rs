//! `cve_42`: what does not decrypt is refused, and whoever forges it learns nothing from the refusal.

use std::{sync::Arc, time::Duration};

use adapter_vneid::{Cipher, Encryption, SettingsError, VneidProvider};
use base64::{Engine, engine::general_purpose::STANDARD};
use clock::SeededEntropy;
use contract::{
    Attempt, Callback, IdentityProvider, ProviderError, VerifiedIdentity,
    conformance::{Dialect, Limits, Logs, Reply, Request, Server, server::Action},
};
use url::Url;

use crate::dialect::{CODE, Vneid, form, wrapped_key};

const LIMITS: Limits = Limits { timeout: Duration::from_secs(10), max_answer_bytes: 64 * 1024 };

fn attempt() -> Attempt {
    Attempt {
        state: "state-of-this-attempt".to_owned(),
        nonce: "n".to_owned(),
        code_verifier: "v".to_owned(),
        redirect_uri: Url::parse("https://broker.example/callback/under-test").unwrap(),
        ui_locales: Vec::new(),
        fresh: false,
    }
}

/// Redeems one callback; returns the outcome and what the provider was asked.
async fn redeem(vneid: Vneid, query: &str) -> (Result<VerifiedIdentity, ProviderError>, Vec<Request>) {
    let server =
        Server::start(move |base, request| Action::Reply(vneid.answer(base, &attempt(), request))).await.unwrap();
    let provider = vneid.provider(server.base(), LIMITS);
    let outcome = provider.redeem(&attempt(), &Callback::new(query)).await;
    (outcome, server.seen())
}

fn query(code: &str, key: &str) -> String {
    format!("state=state-of-this-attempt&code={code}&encrypt_key={key}")
}

/// Callbacks that fail at each step of the decryption, and one that decrypts to a code nobody gave out.
fn forged(vneid: Vneid) -> Vec<(&'static str, String)> {
    let good = vneid.data(CODE.as_bytes());
    let mut flipped = STANDARD.decode(&good).unwrap();
    *flipped.last_mut().unwrap() ^= 1;
    vec![
        ("a code nobody gave out", query(&vneid.data(b"another-code"), &wrapped_key())),
        ("a key that is not wrapped", query(&good, &STANDARD.encode([3; 256]))),
        ("bad padding", query(&STANDARD.encode(flipped), &wrapped_key())),
        ("blocks of nothing", query(&STANDARD.encode([0; 48]), &wrapped_key())),
        ("a code that is not text", query(&vneid.data(&[0xff; 20]), &wrapped_key())),
        ("a code with a line break", query(&vneid.data(b"a\r\nb"), &wrapped_key())),
        ("an empty code", query(&vneid.data(b""), &wrapped_key())),
        ("a code of 1025 bytes", query(&vneid.data(&[b'a'; 1025]), &wrapped_key())),
    ]
}

#[tokio::test]
async fn cve_42_forged_codes_cannot_be_told_apart() {
    for cipher in [Cipher::AesEcb, Cipher::AesCbc] {
        let vneid = Vneid { cipher, ..Vneid::STRICT };
        for (name, query) in forged(vneid) {
            let (outcome, seen) = redeem(vneid, &query).await;
            assert_eq!(outcome.unwrap_err(), ProviderError::Message, "{name}");
            let asked: Vec<_> = seen.iter().map(|request| (request.method.as_str(), request.path.as_str())).collect();
            assert_eq!(asked, [("POST", "/token")], "{name}");
            assert_eq!(form(&seen[0]).len(), 6, "{name}");
        }
    }
}

#[tokio::test]
async fn cve_42_raw_text_is_never_taken_for_a_code() {
    for encryption in [Encryption::Required, Encryption::Accepted] {
        let vneid = Vneid { encryption, ..Vneid::STRICT };
        for raw in [CODE.to_owned(), STANDARD.encode(CODE)] {
            let (outcome, seen) = redeem(vneid, &query(&raw, &wrapped_key())).await;
            assert_eq!(outcome.unwrap_err(), ProviderError::Message);
            assert!(seen.iter().all(|request| form(request).get("code").is_some_and(|sent| *sent != raw)));
        }
    }
}

#[tokio::test]
async fn a_code_that_decrypts_although_the_provider_lies_about_it_is_refused() {
    let vneid = Vneid::STRICT;
    let generous = move |base: &Url, request: &Request| {
        let mut request = request.clone();
        request.body = request.body.replace("00000000-0000-0000-0000-000000000000", CODE);
        Action::Reply(vneid.answer(base, &attempt(), &request))
    };
    let server = Server::start(generous).await.unwrap();
    let provider = vneid.provider(server.base(), LIMITS);
    let forged = Callback::new(&query(&vneid.data(CODE.as_bytes()), &STANDARD.encode([3; 256])));
    assert_eq!(provider.redeem(&attempt(), &forged).await.unwrap_err(), ProviderError::Message);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_plain_code_that_is_refused_is_called_so() {
    let vneid = Vneid { encryption: Encryption::Accepted, encrypts: false, ..Vneid::STRICT };
    let (outcome, _) = redeem(vneid, "state=state-of-this-attempt&code=another").await;
    assert_eq!(outcome.unwrap_err(), ProviderError::Code);
}

#[tokio::test]
async fn our_own_rejection_is_ours_to_mend() {
    let refuses = |_: &Url, _: &Request| Action::Reply(Reply::json(r#"{"error":"invalid_client"}"#).with_status(400));
    let server = Server::start(refuses).await.unwrap();
    let provider = Vneid::STRICT.provider(server.base(), LIMITS);
    let good = Callback::new(&Vneid::STRICT.callback(server.base(), &attempt()));
    assert_eq!(provider.redeem(&attempt(), &good).await.unwrap_err(), ProviderError::Refused);
}

#[tokio::test]
async fn every_failure_is_logged_by_its_step_and_nothing_else() {
    let logs = Logs::capture().unwrap();
    for (name, query) in forged(Vneid::STRICT) {
        let secret = query.split('&').nth(1).and_then(|pair| pair.strip_prefix("code=")).unwrap().to_owned();
        let key = query.split('&').nth(2).and_then(|pair| pair.strip_prefix("encrypt_key=")).unwrap().to_owned();
        redeem(Vneid::STRICT, &query).await.0.unwrap_err();
        assert!(!logs.hold(&key) && (secret.is_empty() || !logs.hold(&secret)), "{name}");
    }
    assert!(logs.hold("provider.step=\"token\""));
    for canary in Vneid::STRICT.canaries() {
        assert!(!logs.hold(&canary));
    }
}

#[test]
fn settings_show_no_secret() {
    let settings = Vneid::STRICT.settings(&Url::parse("https://vneid.example/").unwrap(), LIMITS);
    let shown = format!("{settings:?}");
    for canary in Vneid::STRICT.canaries() {
        assert!(!shown.contains(&canary), "{shown}");
    }
}

#[test]
fn settings_that_cannot_work_are_refused_before_the_first_login() {
    let refused = |url: &str, change: fn(&mut adapter_vneid::VneidSettings)| {
        let mut settings = Vneid::STRICT.settings(&Url::parse(url).unwrap(), LIMITS);
        change(&mut settings);
        VneidProvider::new(settings, Arc::new(SeededEntropy::new(1))).err()
    };
    for good in ["https://vneid.example/", "http://localhost:8420/", "http://127.0.0.1/", "http://[::1]:1/"] {
        assert_eq!(refused(good, |_| ()), None, "{good}");
    }
    for bad in ["http://vneid.example/", "http://localhost.example/", "ftp://localhost/", "http://10.0.0.1/"] {
        assert_eq!(refused(bad, |_| ()), Some(SettingsError::Address("token_url")), "{bad}");
    }
    let https = "https://vneid.example/";
    assert_eq!(refused(https, |it| it.private_key = b"none".to_vec().into()), Some(SettingsError::PrivateKey));
    assert_eq!(refused(https, |it| it.issuer = String::new()), Some(SettingsError::Empty("issuer")));
    assert_eq!(refused(https, |it| it.timeout = Duration::ZERO), Some(SettingsError::Empty("timeout")));
    assert_eq!(
        refused(https, |it| it.logout_url = Url::parse("javascript:alert(1)").ok()),
        Some(SettingsError::Address("logout_url"))
    );
}

#[test]
fn the_way_back_from_logout_is_told_only_where_it_is_understood() {
    let logout = |parameter: Option<&str>| {
        let mut settings = Vneid::STRICT.settings(&Url::parse("https://vneid.example/").unwrap(), LIMITS);
        settings.logout_return_parameter = parameter.map(str::to_owned);
        let provider = VneidProvider::new(settings, Arc::new(SeededEntropy::new(1))).unwrap();
        provider.logout_url(&Url::parse("https://broker.example/x?a=1&b=2").unwrap()).unwrap().to_string()
    };
    assert_eq!(logout(None), "https://vneid.example/logout");
    assert_eq!(
        logout(Some("redirect_uri")),
        "https://vneid.example/logout?redirect_uri=https%3A%2F%2Fbroker.example%2Fx%3Fa%3D1%26b%3D2"
    );
}
