//! What goes wrong while deciding is a refusal, with a reason of its own and something for the log.

use policies::{Policies, Reason, ReleaseQuestion, SignInQuestion};
use serde_json::Map;
use types::{AccountLevel, AuthLevel, ProviderId};

use crate::support::{client, with};

fn sign_in(policies: &Policies, provider: &str, level: u8) -> Result<(), (Reason, Vec<String>)> {
    let client = policies.prepare(&client(&Map::new())).unwrap();
    let question = SignInQuestion {
        provider: &ProviderId::parse(provider).unwrap(),
        auth_level: AuthLevel::try_from(level).unwrap(),
        account_level: Some(AccountLevel::TWO),
        required_level: AuthLevel::UNKNOWN,
    };
    policies.sign_in(&client, &question).map(|_| ()).map_err(|denied| (denied.reason, denied.diagnostics))
}

#[test]
fn a_forbid_that_overflows_denies_although_the_engine_would_skip_it() {
    let dir = with(
        "sign_in.cedar",
        r#"@id("sign_in.overflows") @reason("not_permitted")
        forbid (principal, action == Broker::Action::"sign_in", resource)
        when { context.auth_level * 9223372036854775807 < 0 };"#,
    );
    let policies = Policies::load_from(dir.path()).unwrap();
    assert_eq!(sign_in(&policies, "vneid", 1), Ok(()), "no overflow yet");
    let (reason, diagnostics) = sign_in(&policies, "vneid", 2).unwrap_err();
    assert_eq!(reason, Reason::PolicyError);
    assert!(matches!(diagnostics.as_slice(), [one] if one.contains("sign_in.overflows")), "{diagnostics:?}");
}

#[test]
fn a_permit_that_overflows_denies_although_another_permits() {
    let dir = with(
        "sign_in.cedar",
        r#"@id("sign_in.second_permit")
        permit (principal, action == Broker::Action::"sign_in", resource)
        when { context.auth_level * 9223372036854775807 < 0 };"#,
    );
    let (reason, _) = sign_in(&Policies::load_from(dir.path()).unwrap(), "vneid", 2).unwrap_err();
    assert_eq!(reason, Reason::PolicyError);
}

#[test]
fn reading_an_entity_outside_the_slice_denies() {
    let dir = with(
        "sign_in.cedar",
        r#"@id("sign_in.reads_a_stranger") @reason("provider_not_allowed")
        forbid (principal, action == Broker::Action::"sign_in", resource)
        unless { resource.enabled };"#,
    );
    let policies = Policies::load_from(dir.path()).unwrap();
    assert_eq!(sign_in(&policies, "vneid", 1), Ok(()));
    let (reason, diagnostics) = sign_in(&policies, "la", 1).unwrap_err();
    assert_eq!((reason, diagnostics.len()), (Reason::PolicyError, 1), "{diagnostics:?}");
}

#[test]
fn what_no_policy_permits_is_denied() {
    let dir = with("sign_in.cedar", "");
    std::fs::write(dir.path().join("broker/sign_in.cedar"), "// no policy at all\n").unwrap();
    let (reason, diagnostics) = sign_in(&Policies::load_from(dir.path()).unwrap(), "vneid", 4).unwrap_err();
    assert_eq!((reason, diagnostics.len()), (Reason::NotPermitted, 0));
}

#[test]
fn a_local_permit_releases_nothing_that_the_registration_does_not_list() {
    let dir = with("release_claims.cedar", "");
    let open = r#"@id("release_claims.open")
        permit (principal, action == Broker::Action::"release_claims", resource);"#;
    std::fs::write(dir.path().join("broker/release_claims.cedar"), open).unwrap();
    let policies = Policies::load_from(dir.path()).unwrap();
    let client = policies.prepare(&client(&Map::new())).unwrap();
    assert!(policies.release(&client, &ReleaseQuestion { claims: &["name"] }).is_ok());
    let denied = policies.release(&client, &ReleaseQuestion { claims: &["name", "email"] }).unwrap_err();
    assert_eq!(denied.reason, Reason::ClaimNotRegistered);
}
