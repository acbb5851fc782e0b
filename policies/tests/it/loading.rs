//! A set that is not right in every part is not loaded.

use std::fs;

use policies::{Policies, PolicyError};
use serde_json::{Map, json};

use crate::support::{client, copy, package, with};

const SCOPE: &str = r#"(principal, action == Broker::Action::"sign_in", resource)"#;

/// Adds one policy to `sign_in.cedar` and gives the fault.
fn fault(policy: &str) -> PolicyError {
    let dir = with("sign_in.cedar", &policy.replace("SCOPE", SCOPE));
    Policies::load_from(dir.path()).expect_err(policy)
}

/// Replaces text in one file of the set and gives the fault.
fn changed(file: &str, from: &str, to: &str) -> PolicyError {
    let dir = copy();
    let path = dir.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} does not hold {from:?}");
    fs::write(&path, text.replace(from, to)).unwrap();
    Policies::load_from(dir.path()).expect_err(to)
}

#[test]
fn the_embedded_set_is_the_committed_one() {
    let folder = Policies::load_from(package()).unwrap();
    assert_eq!(Policies::load().unwrap().version(), folder.version());
    assert_eq!(folder.version().len(), 64);
}

#[test]
fn any_change_of_text_is_another_version() {
    let committed = Policies::load().unwrap();
    let dir = with("sign_in.cedar", "// a remark");
    assert_ne!(Policies::load_from(dir.path()).unwrap().version(), committed.version());
    let dir = with("local.cedar", "");
    assert_ne!(Policies::load_from(dir.path()).unwrap().version(), committed.version());
}

#[test]
fn a_further_file_is_part_of_the_set() {
    let policy = r#"@id("local.closed") @reason("not_permitted") forbid (principal, action, resource)
        when { principal in Broker::LegalEntity::"000.00.15.H19" };"#;
    let dir = with("local.cedar", policy);
    let policies = Policies::load_from(dir.path()).unwrap();
    let denied = |client| policies.issue_to_client(&policies.prepare(&client).unwrap(), &[]).err();
    let here = denied(client(&Map::new())).expect("the forbid over all actions holds");
    assert_eq!(&*here.policies[0], "local.closed");
    let mut elsewhere = Map::new();
    elsewhere.insert("legal_entity".to_owned(), json!("000.00.16.H19"));
    assert_eq!(denied(client(&elsewhere)), None);
}

#[test]
fn a_missing_file_is_named() {
    for file in
        ["schema.cedarschema", "broker/sign_in.cedar", "broker/release_claims.cedar", "broker/issue_to_client.cedar"]
    {
        let dir = copy();
        fs::remove_file(dir.path().join(file)).unwrap();
        let fault = Policies::load_from(dir.path()).unwrap_err();
        assert!(fault.to_string().ends_with(file), "{fault}");
    }
}

#[test]
fn a_file_that_is_not_cedar_is_refused() {
    assert!(matches!(fault("permit (principal"), PolicyError::Syntax { .. }));
    assert!(matches!(changed("schema.cedarschema", "enabled: Bool", "enabled: Flag"), PolicyError::Schema(_)));
}

#[test]
fn every_policy_is_named_after_its_file() {
    for id in ["", r#"@id("")"#, r#"@id("sign_in.")"#, r#"@id("release_claims.more")"#, r#"@id("sign_in.a b")"#] {
        assert!(matches!(fault(&format!("{id} permit SCOPE;")), PolicyError::Unnamed { .. }), "{id}");
    }
    assert!(matches!(fault(r#"@id("sign_in.permit") permit SCOPE;"#), PolicyError::Set { .. }));
}

#[test]
fn a_forbid_has_a_known_reason_and_a_permit_none() {
    for policy in [
        r#"@id("sign_in.more") forbid SCOPE;"#,
        r#"@id("sign_in.more") @reason("because") forbid SCOPE;"#,
        r#"@id("sign_in.more") @reason("policy_error") forbid SCOPE;"#,
        r#"@id("sign_in.more") @reason("not_permitted") permit SCOPE;"#,
    ] {
        assert!(matches!(fault(policy), PolicyError::ReasonAnnotation { .. }), "{policy}");
    }
}

#[test]
fn a_template_is_refused() {
    let policy = r#"@id("sign_in.more") permit (principal == ?principal, action, resource);"#;
    assert!(matches!(fault(policy), PolicyError::Template { .. }));
}

#[test]
fn a_policy_that_does_not_fit_the_schema_is_refused_and_so_is_a_warning() {
    for condition in [
        "principal.colour == \"red\"",
        "context.auth_level == \"1\"",
        "principal.purpose < 3",
        "context has device && context.device",
        // Never true, which the engine calls a warning.
        "principal.enabled && !principal.enabled && false",
    ] {
        let policy = format!(r#"@id("sign_in.more") permit SCOPE when {{ {condition} }};"#);
        let fault = fault(&policy);
        assert!(matches!(&fault, PolicyError::Invalid(found) if !found.is_empty()), "{condition}: {fault}");
        assert!(fault.to_string().contains("sign_in.more"), "{fault}");
    }
    let unknown = r#"@id("sign_in.more") permit (principal, action == Broker::Action::"sign_out", resource);"#;
    assert!(matches!(fault(unknown), PolicyError::Invalid(_)));
}

#[test]
fn more_policies_than_a_decision_has_time_for_are_refused() {
    let many: String = (0..50u8)
        .map(|index| {
            let name: String = index.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
            format!("@id(\"sign_in.{name}\") @reason(\"not_permitted\") forbid SCOPE unless {{ principal.enabled }};\n")
        })
        .collect();
    assert!(matches!(fault(&many), PolicyError::TooMany { action: "sign_in", found: 57, most: 50 }));
}

#[test]
fn a_schema_that_this_program_cannot_ask_is_refused_at_start() {
    let faults = [
        changed("schema.cedarschema", "required_level: Long,", "required_level: Long,\n      device: String,"),
        changed("schema.cedarschema", "min_auth_level: Long,", "min_auth_level: Long,\n    retention: Long,"),
    ];
    assert!(matches!(faults[0], PolicyError::SelfTest { action: "sign_in", .. }), "{}", faults[0]);
    assert!(matches!(faults[1], PolicyError::Entities { .. }), "{}", faults[1]);
}

#[test]
fn a_registration_with_a_provider_that_is_no_identifier_is_refused() {
    let policies = Policies::load().unwrap();
    for id in ["", "VNeID của Bộ", "a/b"] {
        let mut changes = Map::new();
        changes.insert("providers".to_owned(), json!([id]));
        let fault = policies.prepare(&client(&changes)).unwrap_err();
        assert!(matches!(fault, PolicyError::Provider { .. }), "{id:?}: {fault}");
    }
}
