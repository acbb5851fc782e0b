use super::*;

fn settings(issuer: &str) -> OidcSettings {
    let secret = ClientAuth::SecretBasic(SecretString::from("canary-secret"));
    OidcSettings::new(ProviderId::parse("op").unwrap(), issuer, "us", secret)
}

#[test]
fn plain_http_is_for_loopback_and_only_where_allowed() {
    for (issuer, https_only, http_allowed) in [
        ("https://op.example", true, true),
        ("http://localhost:8421", false, true),
        ("http://127.0.0.1:8421", false, true),
        ("http://[::1]:8421", false, true),
        ("http://op.example", false, false),
        ("http://localhost.evil.example", false, false),
        ("http://127.0.0.1.evil.example", false, false),
        ("http://10.0.0.7", false, false),
        ("https://user@op.example", false, false),
        ("https://op.example/#x", false, false),
        ("https://op.example/?x", false, false),
        ("ftp://op.example", false, false),
        ("op.example", false, false),
        ("", false, false),
    ] {
        let mut settings = settings(issuer);
        assert_eq!(settings.check().is_ok(), https_only, "{issuer}");
        settings.allow_http = true;
        assert_eq!(settings.check().is_ok(), http_allowed, "{issuer} with allow_http");
    }
}

#[test]
fn every_address_is_looked_at() {
    let plain = || Some(Url::parse("http://op.example/x").unwrap());
    for endpoints in [
        Endpoints { authorization: plain(), ..Endpoints::default() },
        Endpoints { token: plain(), ..Endpoints::default() },
        Endpoints { userinfo: plain(), ..Endpoints::default() },
        Endpoints { jwks: plain(), ..Endpoints::default() },
        Endpoints { end_session: plain(), ..Endpoints::default() },
    ] {
        let mut settings = settings("https://op.example");
        settings.endpoints = endpoints;
        assert!(matches!(settings.check(), Err(SettingsError::Address(_))));
    }
}

#[test]
fn settings_that_cannot_work_are_refused_by_name() {
    let check = |change: fn(&mut OidcSettings)| {
        let mut settings = settings("https://op.example");
        change(&mut settings);
        settings.check().unwrap_err()
    };
    assert_eq!(check(|settings| settings.client_id.clear()), SettingsError::ClientId);
    assert_eq!(check(|settings| settings.scopes = vec!["profile".to_owned()]), SettingsError::Scopes);
    assert_eq!(check(|settings| settings.algorithms.clear()), SettingsError::Algorithms);
    assert_eq!(check(|settings| settings.discovery = Discovery::Off), SettingsError::Endpoints);
}

#[test]
fn a_printed_setting_shows_no_secret() {
    assert!(!format!("{:?}", settings("https://op.example")).contains("canary"));
}
