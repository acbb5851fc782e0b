use contract::AccountType;
use proptest::prelude::*;
use serde_json::json;
use types::{AuthLevel, ProviderId};
use url::Url;

use super::*;
use crate::settings::{BirthDateFormat, Cipher, ClaimNames, Encryption};

fn settings() -> VneidSettings {
    let url = |path| Url::parse("https://vneid.example/").unwrap().join(path).unwrap();
    VneidSettings {
        id: ProviderId::parse("vneid").unwrap(),
        issuer: "https://vneid.example".to_owned(),
        authorize_url: url("authorize"),
        token_url: url("token"),
        userinfo_url: url("userinfo"),
        logout_url: None,
        logout_return_parameter: None,
        client_id: "lien-thong".to_owned(),
        client_secret: String::new().into(),
        scope: "openid".to_owned(),
        private_key: Vec::new().into(),
        cipher: Cipher::default(),
        encryption: Encryption::default(),
        user_id: UserId::default(),
        claims: ClaimNames::default(),
        account_levels: VneidSettings::default_account_levels(),
        account_types: VneidSettings::default_account_types(),
        birth_date_formats: BirthDateFormat::ALL.to_vec(),
        asserted_level: AuthLevel::UNKNOWN,
        timeout: VneidSettings::DEFAULT_TIMEOUT,
        max_answer_bytes: VneidSettings::DEFAULT_MAX_ANSWER_BYTES,
    }
}

fn identity(facts: Value, settings: &VneidSettings) -> Result<VerifiedIdentity, ProviderError> {
    serde_json::from_value::<Facts>(facts).unwrap().identity(settings)
}

/// An acceptable person with one fact replaced.
fn with(name: &str, value: Value) -> Value {
    let mut facts = json!({
        "citizenPid": "075085000001", "fullName": "Nguyễn Văn An", "birthDate": "14/03/1985",
        "accountType": "1", "accountLevel": "2",
    });
    facts[name] = value;
    facts
}

#[test]
fn a_whole_person_arrives_whole() {
    let person = identity(with("scope", json!("ignored")), &settings()).unwrap();
    assert_eq!(person.issuer, "https://vneid.example");
    assert_eq!(person.subject, "075085000001");
    assert_eq!(person.citizen_id, PersonalId::parse("075085000001").ok());
    assert_eq!(person.asserted, AuthLevel::UNKNOWN);
    assert_eq!(person.account_level, Some(AccountLevel::TWO));
    assert_eq!(person.account_type, AccountType::Person);
    assert_eq!(person.auth_time, None);
    assert_eq!(person.profile.name.as_deref(), Some("Nguyễn Văn An"));
    assert_eq!(person.profile.birthdate.as_deref(), Some("1985-03-14"));
}

#[test]
fn a_malformed_number_is_nobody() {
    for bad in [
        json!(null),
        json!(""),
        json!("07508500000"),
        json!("0750850000011"),
        json!("07508500000x"),
        json!(" 075085000001"),
        json!("٠٧٥٠٨٥٠٠٠٠٠١"),
        json!(75_085_000_001_u64),
        json!(["075085000001"]),
        json!({"value": "075085000001"}),
    ] {
        assert!(
            matches!(identity(with("citizenPid", bad.clone()), &settings()), Err(ProviderError::Identity)),
            "{bad}"
        );
    }
}

#[test]
fn an_opaque_user_id_is_bounded_and_states_no_number() {
    let settings = VneidSettings { user_id: UserId::Opaque, ..settings() };
    let person = identity(with("citizenPid", json!("tech-1")), &settings).unwrap();
    assert_eq!((person.subject.as_str(), person.citizen_id), ("tech-1", None));
    for bad in [json!("a b"), json!("a\n"), json!("ă"), json!("x".repeat(256)), json!(7)] {
        assert!(identity(with("citizenPid", bad.clone()), &settings).is_err(), "{bad}");
    }
}

#[test]
fn a_level_comes_only_from_the_table() {
    let level = |value| identity(with("accountLevel", value), &settings()).map(|person| person.account_level);
    assert_eq!(level(json!("01")), Ok(Some(AccountLevel::ONE)));
    assert_eq!(level(json!(2)), Ok(Some(AccountLevel::TWO)));
    for unknown in [json!("3"), json!("LEVEL_2"), json!("-1"), json!(2.5), json!(null), json!("")] {
        assert_eq!(level(unknown.clone()), Ok(None), "{unknown}");
    }
    assert_eq!(level(json!({"level": 2})), Err(ProviderError::Identity));
}

#[test]
fn a_stated_level_never_becomes_an_authentication_level() {
    let asserted = |settings: &VneidSettings| identity(with("acr", json!("LoA4")), settings).unwrap().asserted;
    assert_eq!(asserted(&settings()), AuthLevel::UNKNOWN);
    assert_eq!(asserted(&VneidSettings { asserted_level: AuthLevel::ONE, ..settings() }), AuthLevel::ONE);
}

#[test]
fn an_unknown_account_type_is_refused_and_a_missing_one_is_a_person() {
    let kind = |value| identity(with("accountType", value), &settings()).map(|person| person.account_type);
    assert_eq!(kind(json!(null)), Ok(AccountType::Person));
    assert_eq!(kind(json!(2)), Ok(AccountType::Organisation));
    assert_eq!(kind(json!("3")), Err(ProviderError::Identity));
    assert_eq!(kind(json!(true)), Err(ProviderError::Identity));
}

#[test]
fn a_name_is_trimmed_bounded_and_one_line() {
    let name = |value| identity(with("fullName", value), &settings()).map(|person| person.profile.name);
    assert_eq!(name(json!("  Võ Thị Giang ")), Ok(Some("Võ Thị Giang".to_owned())));
    assert_eq!(name(json!("   ")), Ok(None));
    assert_eq!(name(json!(null)), Ok(None));
    for bad in [json!("a\r\nb"), json!("a\0"), json!("x".repeat(401)), json!(1)] {
        assert_eq!(name(bad.clone()), Err(ProviderError::Identity), "{bad}");
    }
}

#[test]
fn a_birth_date_that_is_none_refuses_the_person() {
    let date = |value| identity(with("birthDate", value), &settings()).map(|person| person.profile.birthdate);
    assert_eq!(date(json!(1985)), Ok(Some("1985".to_owned())));
    assert_eq!(date(json!(null)), Ok(None));
    assert_eq!(date(json!("30/02/1985")), Err(ProviderError::Identity));
}

#[test]
fn other_claim_names_are_a_setting() {
    let mut settings = settings();
    settings.claims.user_id = "soDinhDanh".to_owned();
    assert!(
        identity(with("soDinhDanh", json!("070190000002")), &settings).is_ok_and(|it| it.subject == "070190000002")
    );
    assert!(identity(with("x", json!(null)), &settings).is_err());
}

proptest! {
    #[test]
    fn any_facts_are_a_person_or_nobody(values in proptest::collection::vec("\\PC{0,14}|[0-9/-]{0,14}", 5)) {
        let names = ["citizenPid", "fullName", "birthDate", "accountType", "accountLevel"];
        let facts: serde_json::Map<_, _> = names.iter().zip(values).map(|(name, value)| ((*name).to_owned(), value.into())).collect();
        if let Ok(person) = identity(Value::Object(facts), &settings()) {
            prop_assert!(PersonalId::parse(&person.subject).is_ok());
            prop_assert!(person.profile.name.is_none_or(|name| !name.is_empty()));
        }
    }
}
