use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use types::ProviderId;
use url::Url;

use super::*;
use crate::settings::ClientAuth;

const NOW: i64 = 1_795_219_200;
/// The access token and hash of OIDC Core §A.3.
const ACCESS_TOKEN: &str = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
const AT_HASH: &str = "77QmUPtjPfzWtF2AnpK9RQ";

fn settings() -> OidcSettings {
    let secret = ClientAuth::SecretBasic(SecretString::from("s"));
    OidcSettings::new(ProviderId::parse("op").unwrap(), "https://op.example", "us", secret)
}

fn attempt(fresh: bool) -> Attempt {
    Attempt {
        state: "s".to_owned(),
        nonce: "n1".to_owned(),
        code_verifier: String::new(),
        redirect_uri: Url::parse("https://us.example/callback/op").unwrap(),
        ui_locales: Vec::new(),
        fresh,
    }
}

fn claims() -> Value {
    json!({ "iss": "https://op.example", "aud": "us", "sub": "p1", "nonce": "n1", "iat": NOW, "exp": NOW + 60 })
}

fn judge(settings: &OidcSettings, fresh: bool, claims: Value) -> Result<Accepted, Rejection> {
    let Value::Object(claims) = claims else { panic!("claims are an object") };
    let attempt = attempt(fresh);
    let now = Timestamp::from_seconds(NOW);
    accept(claims, Expected { settings, attempt: &attempt, access_token: ACCESS_TOKEN, now })
}

fn check(name: &str, values: &[Value], expected: Result<(), Rejection>) {
    for value in values {
        let mut claims = claims();
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims.as_object_mut().unwrap().insert(name.to_owned(), value.clone()),
        };
        assert_eq!(judge(&settings(), false, claims).map(|_| ()), expected, "{name} = {value}");
    }
}

#[test]
fn the_token_of_an_honest_provider_is_accepted() {
    let accepted = judge(&settings(), false, claims()).ok().unwrap();
    assert_eq!(accepted.subject, "p1");
    assert_eq!(accepted.auth_time, None);
}

#[test]
fn iss_must_be_the_issuer_to_the_letter() {
    let wrong =
        [Value::Null, json!("https://op.example/"), json!("https://OP.example"), json!("http://op.example"), json!(1)];
    check("iss", &wrong, Err(Rejection::Issuer));
}

#[test]
fn aud_must_name_us_and_nobody_untrusted() {
    check("aud", &[json!("us"), json!(["us"])], Ok(()));
    let wrong =
        [Value::Null, json!("them"), json!([]), json!(["us", "them"]), json!(["us", 1]), json!({ "us": 1 }), json!("")];
    check("aud", &wrong, Err(Rejection::Audience));
}

#[test]
fn azp_must_be_us_and_stand_beside_a_trusted_second_audience() {
    check("azp", &[json!("us")], Ok(()));
    check("azp", &[json!("them"), json!(1), json!("")], Err(Rejection::AuthorizedParty));
    let mut settings = settings();
    settings.checks.trusted_audiences = vec!["them".to_owned()];
    let mut two = claims();
    two["aud"] = json!(["us", "them"]);
    assert_eq!(judge(&settings, false, two.clone()).map(|_| ()), Err(Rejection::AuthorizedParty));
    two["azp"] = json!("them");
    assert_eq!(judge(&settings, false, two.clone()).map(|_| ()), Err(Rejection::AuthorizedParty));
    two["azp"] = json!("us");
    assert!(judge(&settings, false, two).is_ok());
}

#[test]
fn exp_may_lie_back_by_less_than_the_clock_skew() {
    check("exp", &[json!(NOW - 59), json!(NOW), json!(1_795_219_200.5)], Ok(()));
    check("exp", &[Value::Null, json!(NOW - 60), json!("1795219260"), json!(-1), json!([])], Err(Rejection::Expired));
}

#[test]
fn iat_must_be_there_and_recent() {
    check("iat", &[json!(NOW + 60), json!(NOW - 360)], Ok(()));
    check("iat", &[Value::Null, json!(NOW + 61), json!(NOW - 361), json!("now")], Err(Rejection::IssuedAt));
    check("nbf", &[Value::Null, json!(NOW + 60)], Ok(()));
    check("nbf", &[json!(NOW + 61), json!("now")], Err(Rejection::NotYetValid));
}

#[test]
fn nonce_must_be_that_of_the_attempt() {
    check("nonce", &[Value::Null, json!("n2"), json!(""), json!(["n1"])], Err(Rejection::Nonce));
}

#[test]
fn sub_is_1_to_255_printable_ascii_characters() {
    check("sub", &[json!("x".repeat(255))], Ok(()));
    let wrong = [Value::Null, json!(""), json!(7), json!("x".repeat(256)), json!("người"), json!("a\nb")];
    check("sub", &wrong, Err(Rejection::Subject));
}

#[test]
fn at_hash_is_checked_when_there_and_missed_when_required() {
    check("at_hash", &[Value::Null, json!(AT_HASH)], Ok(()));
    check("at_hash", &[json!(""), json!(1), json!(format!("{AT_HASH}A"))], Err(Rejection::AccessTokenHash));
    let mut settings = settings();
    settings.checks.require_at_hash = true;
    assert_eq!(judge(&settings, false, claims()).map(|_| ()), Err(Rejection::AccessTokenHash));
}

#[test]
fn auth_time_is_taken_only_as_stated() {
    let mut stated = claims();
    stated["auth_time"] = json!(NOW - 86_400);
    let accepted = judge(&settings(), false, stated).ok().unwrap();
    assert_eq!(accepted.auth_time, Some(Timestamp::from_seconds(NOW - 86_400)));
    check("auth_time", &[json!("yesterday"), json!(NOW + 61)], Err(Rejection::AuthTime));
}

#[test]
fn a_demanded_new_sign_in_must_be_proven_unless_the_provider_cannot() {
    let with = |auth_time: i64| {
        let mut claims = claims();
        claims["auth_time"] = json!(auth_time);
        claims
    };
    assert!(judge(&settings(), true, with(NOW - 300)).is_ok());
    assert_eq!(judge(&settings(), true, with(NOW - 661)).map(|_| ()), Err(Rejection::AuthTime));
    assert_eq!(judge(&settings(), true, claims()).map(|_| ()), Err(Rejection::AuthTime));
    let mut settings = settings();
    settings.checks.proves_fresh_sign_in = false;
    assert!(judge(&settings, true, claims()).is_ok());
    assert_eq!(settings.checks.fresh_sign_in_max_age, Duration::from_mins(10));
}
