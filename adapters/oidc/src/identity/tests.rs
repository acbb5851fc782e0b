use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::json;
use types::ProviderId;

use super::*;
use crate::settings::ClientAuth;

fn settings() -> OidcSettings {
    let secret = ClientAuth::SecretBasic(SecretString::from("s"));
    let mut settings = OidcSettings::new(ProviderId::parse("op").unwrap(), "https://op.example", "us", secret);
    settings.claims.citizen_id = Some("so_dinh_danh".to_owned());
    settings
}

fn map(
    settings: &OidcSettings,
    acr: Option<&str>,
    signed: Value,
    userinfo: Value,
) -> Result<VerifiedIdentity, Rejection> {
    let (Value::Object(claims), Value::Object(userinfo)) = (signed, userinfo) else { panic!("claims are objects") };
    let accepted = Accepted { subject: "p1".to_owned(), auth_time: None, acr: acr.map(str::to_owned), claims };
    identity(settings, accepted, userinfo)
}

fn of_userinfo(userinfo: Value) -> Result<VerifiedIdentity, Rejection> {
    map(&settings(), None, json!({}), userinfo)
}

#[test]
fn claims_become_an_identity_and_the_signed_one_wins() {
    let userinfo = json!({ "name": "Ai Đó", "email": "binh@example.vn", "email_verified": "true", "gender": "", "phone_number": null,
        "so_dinh_danh": "070190000002", "birthdate": "01/02/1990", "address": { "street_address": "1 Hùng Vương", "country": "VN" } });
    let person = map(&settings(), None, json!({ "name": "Trần Thị Bình" }), userinfo).unwrap();
    assert_eq!(person.profile.name.as_deref(), Some("Trần Thị Bình"));
    assert_eq!(person.profile.email.as_deref(), Some("binh@example.vn"));
    assert_eq!(person.profile.email_verified, Some(true));
    assert_eq!(person.profile.birthdate.as_deref(), Some("1990-02-01"));
    assert_eq!(person.profile.address.as_deref(), Some("1 Hùng Vương, VN"));
    assert_eq!((person.profile.gender, person.profile.phone_number), (None, None));
    assert_eq!(person.citizen_id.unwrap().expose(), "070190000002");
    assert_eq!((person.issuer.as_str(), person.subject.as_str()), ("https://op.example", "p1"));
}

#[test]
fn the_number_is_read_only_where_the_settings_name_its_claim() {
    let mut settings = settings();
    settings.claims.citizen_id = None;
    let person = map(&settings, None, json!({}), json!({ "so_dinh_danh": "070190000002" })).unwrap();
    assert!(person.citizen_id.is_none());
}

#[test]
fn a_malformed_claim_refuses_the_identity() {
    for claims in [
        json!({ "so_dinh_danh": "07019000000" }),
        json!({ "so_dinh_danh": 70_190_000_002_i64 }),
        json!({ "name": ["Bình"] }),
        json!({ "name": "a\u{0}b" }),
        json!({ "name": "x".repeat(1025) }),
        json!({ "birthdate": "1990-02-30" }),
        json!({ "birthdate": "năm 1990" }),
        json!({ "email_verified": 1 }),
        json!({ "address": 7 }),
    ] {
        assert_eq!(of_userinfo(claims.clone()).map(|_| ()), Err(Rejection::Claim), "{claims}");
    }
}

#[test]
fn every_way_to_write_a_birth_date_ends_in_one() {
    for (stated, expected) in [
        ("1990-02-01", Some("1990-02-01")),
        ("19900201", Some("1990-02-01")),
        ("01/02/1990", Some("1990-02-01")),
        ("1990", Some("1990")),
        ("0000-02-01", None),
    ] {
        assert_eq!(
            of_userinfo(json!({ "birthdate": stated })).unwrap().profile.birthdate.as_deref(),
            expected,
            "{stated}"
        );
    }
}

#[test]
fn an_acr_counts_by_rule_and_is_never_copied() {
    let mut settings = settings();
    let level = |settings: &OidcSettings, acr| map(settings, acr, json!({}), json!({})).unwrap().asserted.get();
    assert_eq!(level(&settings, Some("urn:lienthong:nd69:4")), 0);
    assert_eq!(level(&settings, None), 0);
    settings.levels.by_acr = BTreeMap::from([("mfa".to_owned(), AuthLevel::try_from(2).unwrap())]);
    settings.levels.asserted = AuthLevel::ONE;
    assert_eq!(level(&settings, Some("mfa")), 2);
    assert_eq!(level(&settings, Some("4")), 1);
    assert_eq!(level(&settings, None), 1);
}

#[test]
fn an_account_level_counts_by_rule_only() {
    let mut settings = settings();
    settings.levels.account_claim = Some("muc_do".to_owned());
    settings.levels.account_by_value =
        BTreeMap::from([("02".to_owned(), AccountLevel::TWO), ("1".to_owned(), AccountLevel::ONE)]);
    let level = |value: Value| map(&settings, None, json!({}), json!({ "muc_do": value })).unwrap().account_level;
    assert_eq!(level(json!("02")), Some(AccountLevel::TWO));
    assert_eq!(level(json!(1)), Some(AccountLevel::ONE));
    for other in [json!("2"), json!(2), json!(true), Value::Null] {
        assert_eq!(level(other.clone()), None, "{other}");
    }
}

#[test]
fn an_account_level_by_contract_counts_only_where_no_claim_states_one() {
    let mut settings = settings();
    let level = |settings: &OidcSettings, claims: Value| map(settings, None, claims, json!({})).unwrap().account_level;
    assert_eq!(level(&settings, json!({})), None);
    settings.levels.asserted_account = Some(AccountLevel::TWO);
    assert_eq!(level(&settings, json!({ "loai": "1" })), Some(AccountLevel::TWO));
    settings.levels.account_claim = Some("loai".to_owned());
    assert_eq!(level(&settings, json!({})), None);
    assert_eq!(level(&settings, json!({ "loai": "1" })), None);
}
