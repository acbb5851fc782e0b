//! The gateway's question: its cases, its set, and failing closed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::Arc,
};

use policies::{ActorFacts, AgreementFacts, CallPolicies, CallQuestion, CallReason, PolicyError};
use serde::Deserialize;
use serde_json::{Map, Value};
use tempfile::TempDir;
use types::{AccountLevel, AgencyCode, AuthLevel};

use crate::support::{json, package};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    says: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    agreement: Map<String, Value>,
    #[serde(default)]
    question: Map<String, Value>,
    answer: Answer,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "decision", rename_all = "lowercase", deny_unknown_fields)]
enum Answer {
    Allow { policies: Vec<String> },
    Deny { reason: String, policies: Vec<String> },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    at: i64,
    endpoint: Option<String>,
    purpose: String,
    legal_basis: String,
    procedure: Option<String>,
    signed: bool,
    actor: Option<Actor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Actor {
    agency: AgencyCode,
    auth_level: AuthLevel,
    account_level: Option<AccountLevel>,
}

/// `cases/call.json` with some fields replaced.
fn base<T: serde::de::DeserializeOwned>(part: &str, changes: &Map<String, Value>) -> T {
    let mut whole = json(&package().join("cases/call.json"));
    let part = whole[part].as_object_mut().unwrap();
    part.extend(changes.clone());
    serde_json::from_value(Value::Object(part.clone())).unwrap()
}

fn names(list: &[Arc<str>]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

fn ask(policies: &CallPolicies, facts: &AgreementFacts, question: &Question) -> Result<Answer, Vec<String>> {
    let actor = question.actor.as_ref().map(|actor| ActorFacts {
        agency: &actor.agency,
        auth_level: actor.auth_level,
        account_level: actor.account_level,
    });
    let asked = CallQuestion {
        at: question.at,
        endpoint: question.endpoint.as_deref(),
        purpose: &question.purpose,
        legal_basis: &question.legal_basis,
        procedure: question.procedure.as_deref(),
        signed: question.signed,
        actor,
    };
    match policies.call(&policies.prepare(facts).unwrap(), &asked) {
        Ok(permit) => {
            assert_eq!((permit.agreement(), permit.fields()), (&facts.id, facts.fields.as_ref()));
            Ok(Answer::Allow { policies: names(permit.policies()) })
        }
        Err(denied) if denied.diagnostics.is_empty() => {
            Ok(Answer::Deny { reason: denied.reason.to_string(), policies: names(&denied.policies) })
        }
        Err(denied) => {
            assert_eq!(denied.reason, CallReason::PolicyError);
            Err(denied.diagnostics)
        }
    }
}

fn files() -> BTreeMap<String, CaseFile> {
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.unwrap().path();
        let rule = format!("call_service.{}", path.file_stem().unwrap().to_str().unwrap());
        (rule, serde_json::from_value(json(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    };
    fs::read_dir(package().join("cases/call_service")).unwrap().map(read).collect()
}

#[test]
fn every_case_is_answered_as_written() {
    let policies = CallPolicies::load().unwrap();
    for (rule, file) in files() {
        assert!(!file.says.is_empty(), "{rule} says nothing");
        for case in &file.cases {
            let facts: AgreementFacts = base("agreement", &case.agreement);
            let answer = ask(&policies, &facts, &base("question", &case.question)).unwrap();
            assert_eq!(answer, case.answer, "{rule}: {}", case.name);
        }
    }
}

#[test]
fn every_rule_has_a_case_that_it_allows_and_one_that_it_denies() {
    let files = files();
    let rules: BTreeSet<String> = names(&CallPolicies::load().unwrap().rules()).into_iter().collect();
    assert_eq!(rules, files.keys().cloned().collect(), "rules on the left, case files on the right");
    for (rule, file) in files {
        let permit = "call_service.permit".to_owned();
        let allowed = |case: &&Case| case.answer == Answer::Allow { policies: vec![permit.clone()] };
        let named = |case: &&Case| matches!(&case.answer, Answer::Deny { policies, .. } if rule == permit || policies.contains(&rule));
        assert!(file.cases.iter().any(|case| allowed(&case)), "{rule} has no allowed case");
        assert!(file.cases.iter().any(|case| named(&case)), "{rule} has no denied case");
        let strangers = file.cases.iter().filter(|case| !allowed(case) && !named(case)).count();
        assert_eq!(strangers, 0, "{rule} has a denied case that is about another rule");
    }
}

#[test]
fn every_reason_that_a_policy_can_give_is_provoked() {
    let given: BTreeSet<String> = files()
        .into_values()
        .flat_map(|file| file.cases)
        .filter_map(|case| match case.answer {
            Answer::Deny { reason, .. } => Some(reason),
            Answer::Allow { .. } => None,
        })
        .collect();
    // These two are provoked below, with sets of their own.
    let elsewhere = [CallReason::PolicyError, CallReason::NotPermitted];
    let known = CallReason::ALL.into_iter().filter(|reason| !elsewhere.contains(reason));
    assert_eq!(given, known.map(|reason| reason.to_string()).collect());
}

/// The committed set with one more policy, or with this text alone.
fn with(policy: &str, alone: bool) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("gateway")).unwrap();
    fs::copy(package().join("schema.cedarschema"), dir.path().join("schema.cedarschema")).unwrap();
    let own = fs::read_to_string(package().join("gateway/call_service.cedar")).unwrap();
    let text = if alone { policy.to_owned() } else { format!("{own}\n{policy}\n") };
    fs::write(dir.path().join("gateway/call_service.cedar"), text).unwrap();
    dir
}

const SCOPE: &str = r#"(principal, action == Gateway::Action::"call_service", resource)"#;

fn answered(dir: &TempDir, question: &Map<String, Value>) -> Result<Answer, Vec<String>> {
    let policies = CallPolicies::load_from(dir.path()).unwrap();
    ask(&policies, &base("agreement", &Map::new()), &base("question", question))
}

fn denied(reason: &str) -> Result<Answer, Vec<String>> {
    Ok(Answer::Deny { reason: reason.to_owned(), policies: Vec::new() })
}

#[test]
fn an_agreement_begins_with_a_full_minute_and_ends_to_the_microsecond() {
    let policies = CallPolicies::load().unwrap();
    let (from, to) = (1_795_399_230_000_000_i64, 1_795_399_350_000_000_i64);
    let times =
        Map::from_iter([("valid_from".to_owned(), Value::from(from)), ("valid_to".to_owned(), Value::from(to))]);
    let facts: AgreementFacts = base("agreement", &times);
    for (at, permitted) in
        [(from, false), (from + 30_000_000, true), (to - 1, true), (to, false), (to + 30_000_000, false)]
    {
        let question = base("question", &Map::from_iter([("at".to_owned(), Value::from(at))]));
        let answer = ask(&policies, &facts, &question).unwrap();
        assert_eq!(matches!(answer, Answer::Allow { .. }), permitted, "{at}: {answer:?}");
    }
}

#[test]
fn what_no_policy_permits_is_denied() {
    assert_eq!(answered(&with("// no policy at all", true), &Map::new()), denied("not_permitted"));
}

#[test]
fn a_policy_that_fails_denies_whatever_the_others_say() {
    for policy in [
        r#"@id("call_service.overflows") @reason("not_permitted") forbid SCOPE when { context.at * 9223372036854775807 < 0 };"#,
        r#"@id("call_service.overflows") permit SCOPE when { context.at * 9223372036854775807 < 0 };"#,
    ] {
        let diagnostics = answered(&with(&policy.replace("SCOPE", SCOPE), false), &Map::new()).unwrap_err();
        assert!(matches!(diagnostics.as_slice(), [one] if one.contains("call_service.overflows")), "{diagnostics:?}");
    }
}

#[test]
fn a_local_permit_grants_nothing_that_the_agreement_does_not_list() {
    let open = with(&format!(r#"@id("call_service.open") permit {SCOPE};"#), true);
    assert!(matches!(answered(&open, &Map::new()), Ok(Answer::Allow { .. })));
    for (field, value, reason) in [
        ("at", Value::from(0), "agreement_not_in_force"),
        ("endpoint", Value::Null, "endpoint_not_agreed"),
        ("signed", Value::from(false), "signature_missing"),
        ("purpose", Value::from("khac"), "purpose_not_agreed"),
        ("legal_basis", Value::from("khac"), "legal_basis_not_agreed"),
        ("actor", Value::Null, "officer_missing"),
    ] {
        let question = Map::from_iter([(field.to_owned(), value)]);
        assert_eq!(answered(&open, &question), denied(reason), "{field}");
    }
}

#[test]
fn a_local_policy_may_close_a_member_or_a_service() {
    for condition in [
        r#"principal in Gateway::Member::"VN/GOV/000.00.15.H19""#,
        r#"resource == Gateway::Service::"VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan""#,
        r#"resource in Gateway::Subsystem::"VN/GOV/000.00.00.G01/dancu""#,
        r#"resource in Gateway::Member::"VN/GOV/000.00.00.G01""#,
    ] {
        let policy =
            format!(r#"@id("call_service.closed") @reason("not_permitted") forbid {SCOPE} when {{ {condition} }};"#);
        let answer = answered(&with(&policy, false), &Map::new()).unwrap();
        assert!(matches!(answer, Answer::Deny { reason, .. } if reason == "not_permitted"), "{condition}");
    }
}

#[test]
fn a_set_that_is_not_right_in_every_part_is_not_loaded() {
    let fault =
        |policy: &str| CallPolicies::load_from(with(&policy.replace("SCOPE", SCOPE), false).path()).expect_err(policy);
    assert!(matches!(fault("permit (principal"), PolicyError::Syntax { .. }));
    assert!(matches!(fault("permit SCOPE;"), PolicyError::Unnamed { .. }));
    assert!(matches!(fault(r#"@id("sign_in.more") permit SCOPE;"#), PolicyError::Unnamed { .. }));
    assert!(matches!(fault(r#"@id("call_service.permit") permit SCOPE;"#), PolicyError::Set { .. }));
    for reason in ["", r#"@reason("because")"#, r#"@reason("policy_error")"#, r#"@reason("client_disabled")"#] {
        let policy = format!(r#"@id("call_service.more") {reason} forbid SCOPE;"#);
        assert!(matches!(fault(&policy), PolicyError::ReasonAnnotation { .. }), "{reason}");
    }
    for condition in ["context.actor.agency == \"\"", "context.agreement.color == 1", "context.purpose == 1", "false"] {
        let policy = format!(r#"@id("call_service.more") permit SCOPE when {{ {condition} }};"#);
        assert!(matches!(fault(&policy), PolicyError::Invalid(found) if !found.is_empty()), "{condition}");
    }
    let many: String = (0..50u8)
        .map(|number| {
            let name = format!("{}{}", char::from(b'a' + number / 26), char::from(b'a' + number % 26));
            format!("@id(\"call_service.{name}\") @reason(\"not_permitted\") forbid SCOPE when {{ context.signed }};\n")
        })
        .collect();
    assert!(matches!(fault(&many), PolicyError::TooMany { action: "call_service", .. }));
}

#[test]
fn a_schema_that_this_program_cannot_ask_is_refused_at_start() {
    for (from, to) in [
        ("procedure: String,", "procedure: String,\n      device: String,"),
        ("procedures: Set<String>,", "procedures: Set<String>,\n    retention: Long,"),
        // Only a question with an officer shows this one.
        ("agency: String,", "agency: String,\n        badge: String,"),
        // Of such a type only the entities that it lists may be asked about.
        ("entity Subsystem in [Member];", "entity Subsystem enum [\"VN/GOV/000.00.15.H19/mot-cua\"];"),
    ] {
        let dir = with("", false);
        let path = dir.path().join("schema.cedarschema");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from));
        fs::write(&path, text.replace(from, to)).unwrap();
        let fault = CallPolicies::load_from(dir.path()).unwrap_err();
        assert!(matches!(fault, PolicyError::SelfTest { .. } | PolicyError::AgreementEntities { .. }), "{fault}");
    }
}

#[test]
fn the_embedded_set_is_the_committed_one() {
    let folder = CallPolicies::load_from(package()).unwrap();
    assert_eq!(CallPolicies::load().unwrap().version(), folder.version());
    assert_ne!(CallPolicies::load_from(with("// a remark", false).path()).unwrap().version(), folder.version());
    let dir = with("", false);
    fs::remove_file(dir.path().join("gateway/call_service.cedar")).unwrap();
    assert!(matches!(CallPolicies::load_from(dir.path()), Err(PolicyError::Unreadable { .. })));
}

#[test]
fn an_agreement_prepared_by_another_set_is_refused() {
    let other = CallPolicies::load_from(with("// another", false).path()).unwrap();
    let prepared = other.prepare(&base("agreement", &Map::new())).unwrap();
    let question: Question = base("question", &Map::new());
    let asked = CallQuestion {
        at: question.at,
        endpoint: Some("POST"),
        purpose: &question.purpose,
        legal_basis: &question.legal_basis,
        procedure: None,
        signed: true,
        actor: None,
    };
    let denied = CallPolicies::load().unwrap().call(&prepared, &asked).unwrap_err();
    assert_eq!(denied.reason, CallReason::PolicyError);
}
