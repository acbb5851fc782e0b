//! Every rule has a file of cases, and each case is asked of the engine.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::Arc,
};

use policies::{Denied, Policies, PreparedClient, Reason, ReleaseQuestion, SignInQuestion};
use serde::Deserialize;
use serde_json::{Map, Value};
use types::{AccountLevel, AuthLevel, ProviderId};

use crate::support::{client, json, package};

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
    client: Map<String, Value>,
    #[serde(default)]
    switched_off: BTreeSet<ProviderId>,
    question: Value,
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
struct SignIn {
    provider: ProviderId,
    auth_level: AuthLevel,
    account_level: Option<AccountLevel>,
    required_level: AuthLevel,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    claims: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scopes {
    scopes: Vec<String>,
}

/// Every case file by the id of its rule.
fn files() -> BTreeMap<String, CaseFile> {
    let mut files = BTreeMap::new();
    for folder in fs::read_dir(package().join("cases")).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let policy = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if policy == "call_service" {
            // The gateway's, which `calls` asks.
            continue;
        }
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let rule = path.file_stem().unwrap().to_str().unwrap();
            let file =
                serde_json::from_value(json(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            files.insert(format!("{policy}.{rule}"), file);
        }
    }
    files
}

fn names(list: &[Arc<str>]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

fn ask(policies: &Policies, action: &str, client: &PreparedClient, question: &Value) -> Answer {
    let question = question.clone();
    let answer: Result<Vec<String>, Denied> = match action {
        "sign_in" => {
            let asked: SignIn = serde_json::from_value(question).unwrap();
            let question = SignInQuestion {
                provider: &asked.provider,
                auth_level: asked.auth_level,
                account_level: asked.account_level,
                required_level: asked.required_level,
            };
            policies.sign_in(client, &question).map(|permit| {
                assert_eq!(permit.client_id(), client.client_id());
                assert_eq!(permit.provider(), &asked.provider);
                assert_eq!(permit.auth_level(), asked.auth_level);
                assert_eq!(permit.account_level(), asked.account_level);
                names(permit.policies())
            })
        }
        "release_claims" => {
            let asked: Claims = serde_json::from_value(question).unwrap();
            let claims: Vec<&str> = asked.claims.iter().map(String::as_str).collect();
            policies.release(client, &ReleaseQuestion { claims: &claims }).map(|permit| {
                let released: BTreeSet<&str> = permit.claims().iter().map(AsRef::as_ref).collect();
                assert_eq!(released, claims.iter().copied().collect());
                assert!(claims.iter().all(|claim| permit.allows(claim)) && !permit.allows("another"));
                names(permit.policies())
            })
        }
        "issue_to_client" => {
            let asked: Scopes = serde_json::from_value(question).unwrap();
            let scopes: Vec<&str> = asked.scopes.iter().map(String::as_str).collect();
            policies.issue_to_client(client, &scopes).map(|permit| {
                let granted: BTreeSet<&str> = permit.scopes().iter().map(AsRef::as_ref).collect();
                assert_eq!(granted, scopes.iter().copied().collect());
                names(permit.policies())
            })
        }
        other => panic!("no action `{other}`"),
    };
    match answer {
        Ok(policies) => Answer::Allow { policies },
        Err(denied) => {
            assert!(denied.diagnostics.is_empty(), "{:?}", denied.diagnostics);
            Answer::Deny { reason: denied.reason.to_string(), policies: names(&denied.policies) }
        }
    }
}

fn check(policies: &Policies, rule: &str, case: &Case) {
    let action = rule.split('.').next().unwrap();
    let client = policies.prepare_without(&client(&case.client), &case.switched_off).unwrap();
    assert_eq!(ask(policies, action, &client, &case.question), case.answer, "{rule}: {}", case.name);
}

#[test]
fn every_case_is_answered_as_written() {
    let policies = Policies::load().unwrap();
    for (rule, file) in files() {
        assert!(!file.says.is_empty(), "{rule} says nothing");
        for case in &file.cases {
            check(&policies, &rule, case);
        }
    }
}

#[test]
fn every_rule_has_a_case_that_it_allows_and_one_that_it_denies() {
    let files = files();
    let rules: BTreeSet<String> = names(&Policies::load().unwrap().rules()).into_iter().collect();
    assert_eq!(rules, files.keys().cloned().collect(), "rules on the left, case files on the right");
    for (rule, file) in files {
        let permit = format!("{}.permit", rule.split('.').next().unwrap());
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
    // A failing decision is provoked in `failing`.
    let known = Reason::ALL.into_iter().filter(|reason| *reason != Reason::PolicyError);
    assert_eq!(given, known.map(|reason| reason.to_string()).collect());
}
