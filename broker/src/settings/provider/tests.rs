use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use adapter_oidc::{ClientAuth, Discovery};
use adapter_vneid::BirthDateFormat;
use boot::settings::{Document, Environment, Faults};
use contract::AccountType;
use signing::Algorithm;

use super::*;

/// A folder with the secrets that the texts below name.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    };
    let pem = |algorithm| {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let der = signing::SigningKey::generate(algorithm).unwrap();
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(&*der))
    };
    write("secret", "s");
    write("ec.pem", &pem(Algorithm::ES256));
    write("rsa.pem", &pem(Algorithm::RS256));
    folder
}

fn read_in(folder: &Path, text: &str) -> Result<ProviderSettings, Faults> {
    let document = Document::parse(text, &folder.join("broker.toml"), "BROKER", &Environment::empty());
    let (name, section) = document.root().subsections("provider").pop().unwrap();
    let settings = read(&name, &section, 1024);
    document.finish(settings)
}

const OIDC: &str = r#"[provider.sso]
dialect = "oidc"
name_vi = "SSO"
name_en = "SSO"
issuer = "https://sso.test"
client_id = "us"
"#;

const VNEID: &str = r#"[provider.vneid]
dialect = "vneid"
name_vi = "VNeID"
name_en = "VNeID"
issuer = "vneid"
authorize_url = "https://vneid.test/authorize"
token_url = "https://vneid.test/token"
userinfo_url = "https://vneid.test/userinfo"
client_id = "us"
client_secret_file = "secret"
private_key_file = "rsa.pem"
"#;

fn oidc(text: &str) -> (ProviderSettings, OidcSettings) {
    let folder = folder();
    let mut settings = read_in(folder.path(), text).unwrap_or_else(|faults| panic!("{faults}"));
    let Dialect::Oidc(dialect) = std::mem::replace(&mut settings.dialect, Dialect::Oidc(Box::new(bare()))) else {
        panic!("not an OpenID provider")
    };
    (settings, *dialect)
}

#[test]
fn a_form_may_lead_wherever_a_login_at_the_provider_leads() {
    let (_, discovered) = oidc(&format!("{OIDC}client_secret_file = \"secret\"\n"));
    assert_eq!(Dialect::Oidc(Box::new(discovered)).form_target(), "https:", "discovery says where, and only later");
    let known = format!(
        "{OIDC}client_secret_file = \"secret\"\nlogin_origins = [\"https://page.test\"]\n[provider.sso.endpoints]\nauthorization = \"https://login.test:8443/a\"\n"
    );
    let (settings, known) = oidc(&known);
    assert_eq!(Dialect::Oidc(Box::new(known)).form_target(), "https://login.test:8443");
    assert_eq!(settings.login_origins, ["https://page.test"]);
    assert_eq!(Dialect::Vneid(Box::new(vneid(VNEID))).form_target(), "https://vneid.test");
    for bad in
        ["https://page.test/", "https://page.test/x", "page.test", "javascript:x", "https://page.test; script-src *"]
    {
        refused(
            &format!("{OIDC}client_secret_file = \"secret\"\nlogin_origins = [{bad:?}]\n"),
            &[(8, "login_origins[1]")],
        );
    }
}

fn bare() -> OidcSettings {
    let secret = ClientAuth::SecretBasic("s".into());
    OidcSettings::new(ProviderId::parse("sso").unwrap(), "https://sso.test", "us", secret)
}

fn vneid(text: &str) -> VneidSettings {
    let folder = folder();
    match read_in(folder.path(), text).unwrap_or_else(|faults| panic!("{faults}")).dialect {
        Dialect::Vneid(settings) => *settings,
        Dialect::Oidc(_) => panic!("not VNeID"),
    }
}

#[test]
fn what_is_not_set_is_what_the_adapter_takes_unless_told() {
    let (settings, sso) = oidc(&format!("{OIDC}client_secret_file = \"secret\"\n"));
    assert_eq!(format!("{sso:?}"), format!("{:?}", bare()));
    assert_eq!(settings.max_calls, 256, "a quarter of the requests in flight");
    let vneid = vneid(VNEID);
    assert_eq!(vneid.account_levels, VneidSettings::default_account_levels());
    assert_eq!(vneid.account_types, VneidSettings::default_account_types());
    assert_eq!(vneid.birth_date_formats, BirthDateFormat::ALL);
}

#[test]
fn every_setting_of_an_openid_provider_reaches_the_adapter() {
    let text = format!(
        r#"{OIDC}client_auth = "private_key_jwt"
private_key_file = "ec.pem"
max_calls = 7
discovery_url = "https://inside.test/d"
use_userinfo = false
scopes = ["openid", "email"]
algorithms = ["RS256"]
require_at_hash = true
require_iss = true
trusted_audiences = ["portal"]
clock_skew = "5s"
id_token_max_age = "30s"
proves_fresh_sign_in = false
fresh_sign_in_max_age = "2m"
connect_timeout = "1s"
request_timeout = "2s"
timeout = "9s"
max_answer = "8KiB"
keys_max_age = "10m"
keys_last_good = "2h"
keys_refetch_pause = "20s"
failure_pause = "1s"
account_level_claim = "loa"
[provider.sso.account_level_by_value]
"high" = 2
[provider.sso.level_by_acr]
"otp" = 2
"#
    );
    let (settings, sso) = oidc(&text);
    let seconds = Duration::from_secs;
    assert_eq!(settings.max_calls, 7);
    let ClientAuth::PrivateKeyJwt(key) = &sso.client_auth else { panic!("{:?}", sso.client_auth) };
    assert_eq!(key.algorithm(), Algorithm::ES256);
    assert_eq!(sso.discovery, Discovery::At("https://inside.test/d".parse().unwrap()));
    assert!(!sso.use_userinfo);
    assert_eq!((sso.scopes, sso.algorithms), (vec!["openid".to_owned(), "email".to_owned()], vec![Algorithm::RS256]));
    let checks = adapter_oidc::Checks {
        require_at_hash: true,
        require_iss: true,
        trusted_audiences: vec!["portal".to_owned()],
        clock_skew: seconds(5),
        id_token_max_age: seconds(30),
        proves_fresh_sign_in: false,
        fresh_sign_in_max_age: seconds(120),
    };
    assert_eq!(sso.checks, checks);
    let limits = adapter_oidc::Limits {
        connect_timeout: seconds(1),
        request_timeout: seconds(2),
        call_timeout: seconds(9),
        answer_bytes: 8192,
        keys_max_age: seconds(600),
        keys_last_good: seconds(7200),
        keys_refetch_pause: seconds(20),
        failure_pause: seconds(1),
    };
    assert_eq!(sso.limits, limits);
    assert_eq!(sso.levels.by_acr.get("otp"), AuthLevel::try_from(2).ok().as_ref());
    assert_eq!(sso.levels.account_by_value.get("high"), Some(&AccountLevel::TWO));
}

#[test]
fn every_setting_of_vneid_reaches_the_adapter() {
    let settings = vneid(&format!(
        r#"{VNEID}birth_dates = ["yyyy", "yyyyMMdd"]
[provider.vneid.account_levels]
"cap-2" = 2
[provider.vneid.account_types]
"ca-nhan" = "person"
"to-chuc" = "organisation"
"#
    ));
    assert_eq!(settings.birth_date_formats, [BirthDateFormat::Year, BirthDateFormat::Compact]);
    assert_eq!(settings.account_levels, BTreeMap::from([("cap-2".to_owned(), AccountLevel::TWO)]));
    let types = [("ca-nhan", AccountType::Person), ("to-chuc", AccountType::Organisation)];
    assert_eq!(settings.account_types, types.map(|(word, kind)| (word.to_owned(), kind)).into());
}

#[test]
fn every_key_of_the_example_is_one_and_every_key_there_is_stands_in_it() {
    let example = include_str!("../../../broker.example.toml");
    let shown = |key: &str| {
        let plain = example.lines().map(|line| line.trim_start_matches("# "));
        plain.into_iter().any(|line| line.starts_with(&format!("{key} = ")))
    };
    let sources = [include_str!("../provider.rs"), include_str!("oidc.rs"), include_str!("vneid.rs")];
    let readers = ["text", "url", "secret_file", "one_of", "flag", "duration", "byte_size", "list_of", "list_of_text"];
    let mut keys: Vec<&str> = Vec::new();
    for source in sources {
        for reader in readers {
            keys.extend(
                source.split(&format!("section.{reader}(\"")).skip(1).map(|rest| rest.split_once('"').unwrap().0),
            );
        }
        for call in ["time(section, \"", "level(section, \"", "wait(\"", "url(\"", "integer(\""] {
            keys.extend(source.split(call).skip(1).map(|rest| rest.split_once('"').unwrap().0));
        }
    }
    assert!(keys.len() > 50, "{keys:?}");
    let missing: Vec<_> = keys.iter().filter(|key| !shown(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// What each text is told, line by line, all at once.
#[track_caller]
fn refused(text: &str, expected: &[(u32, &str)]) {
    let folder = folder();
    let faults = read_in(folder.path(), text).unwrap_err().to_string();
    for (line, about) in expected {
        let found =
            faults.lines().any(|fault| fault.contains(&format!("broker.toml:{line}:")) && fault.contains(about));
        assert!(found, "line {line}, {about}:\n{faults}");
    }
    assert_eq!(faults.lines().filter(|fault| fault.contains("broker.toml:")).count(), expected.len(), "{faults}");
}

#[test]
fn all_faults_of_an_openid_provider_are_told_together_with_file_and_line() {
    let text = format!(
        r#"{OIDC}client_auth = "private_key_jwt"
private_key_file = "secret"
client_secret_file = "secret"
algorithms = ["RS256", "none"]
clock_skew = "1h"
max_answer = "1GiB"
max_calls = 1024
[provider.sso.account_level_by_value]
"high" = 3
"#
    );
    refused(
        &text,
        &[
            (8, "PKCS #8"),
            (9, "does not go with this client_auth"),
            (10, "algorithms[2]"),
            (11, "clock_skew"),
            (12, "max_answer"),
            (13, "less than server.max_in_flight"),
            (15, "account_level_by_value.high"),
        ],
    );
}

#[test]
fn what_the_adapter_finds_is_told_where_it_was_set() {
    let oidc = format!(
        r#"{OIDC}client_secret_file = "secret"
scopes = ["profile"]
discovery = false
[provider.sso.endpoints]
jwks = "http://sso.test/keys"
"#
    );
    let told = [(8, "openid"), (9, "must be set"), (11, "must be https")];
    refused(&oidc, &told);
    let vneid = VNEID.replace("https://vneid.test/token", "http://vneid.test/token").replace("rsa.pem", "ec.pem");
    refused(&vneid, &[(7, "token_url"), (11, "RSA key")]);
}

#[test]
fn all_faults_of_vneid_are_told_together_with_file_and_line() {
    let text = format!(
        r#"{VNEID}birth_dates = ["d.M.yy"]
[provider.vneid.account_levels]
"x" = 3
"y" = "two"
[provider.vneid.account_types]
"1" = "human"
"#
    );
    refused(
        &text,
        &[(12, "birth_dates[1]"), (14, "account_levels.x"), (15, "account_levels.y"), (17, "account_types.1")],
    );
}
