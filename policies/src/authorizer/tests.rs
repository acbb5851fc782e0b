//! The permits against the forbids, over every combination that they can tell apart.

use cedar_policy::Effect;
use types::{AccountLevel, AuthLevel, ClientId, LegalEntity};

use super::*;

/// The set with its permits alone.
fn permits_alone() -> Policies {
    let mut policies = Policies::load().unwrap();
    for slice in [&mut policies.sign_in, &mut policies.release_claims, &mut policies.issue_to_client] {
        let permits = slice.whole().policies().filter(|policy| policy.effect() == Effect::Permit);
        *slice = Slice::of(permits, slice.action()).unwrap();
    }
    policies
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn facts() -> ClientFacts {
    ClientFacts {
        client_id: ClientId::parse("mot-cua").unwrap(),
        enabled: true,
        legal_entity: LegalEntity::parse("000.00.15.H19").unwrap(),
        purpose: "Giải quyết thủ tục hành chính".to_owned(),
        legal_basis: "Luật 91/2025/QH15".to_owned(),
        providers: set(&["vneid", "tat"]),
        claims: set(&["name", "vn_citizen_id"]),
        grant_types: set(&["client_credentials"]),
        scopes: set(&["openid", "profile"]),
        min_auth_level: AuthLevel::UNKNOWN,
        min_account_level: None,
    }
}

/// Both sets must agree; where the whole set denies, it must say why, and by which policies.
fn compare<T: std::fmt::Debug>(whole: &Result<T, Denied>, permits: &Result<T, Denied>, situation: &str) {
    assert_eq!(whole.is_ok(), permits.is_ok(), "{situation}: {whole:?} against {permits:?}");
    if let Err(denied) = whole {
        assert!(!denied.policies.is_empty(), "{situation}: nothing names this refusal");
    }
}

#[test]
fn signing_in_is_permitted_exactly_where_nothing_forbids_it() {
    let (whole, permits) = (Policies::load().unwrap(), permits_alone());
    let accounts = [None, Some(AccountLevel::ONE), Some(AccountLevel::TWO)];
    let off = BTreeSet::from([ProviderId::parse("tat").unwrap()]);
    for enabled in [true, false] {
        for min_auth_level in AuthLevel::ALL {
            for min_account_level in accounts {
                let facts = ClientFacts { enabled, min_auth_level, min_account_level, ..facts() };
                let client = whole.prepare_without(&facts, &off).unwrap();
                for provider in ["vneid", "tat", "la"].map(|id| ProviderId::parse(id).unwrap()) {
                    for auth_level in AuthLevel::ALL {
                        for required_level in AuthLevel::ALL {
                            for account_level in accounts {
                                let provider = &provider;
                                let question = SignInQuestion { provider, auth_level, account_level, required_level };
                                let situation = format!("{facts:?} {question:?}");
                                let answers = (whole.sign_in(&client, &question), permits.sign_in(&client, &question));
                                compare(&answers.0, &answers.1, &situation);
                                let plain = enabled
                                    && provider.as_str() == "vneid"
                                    && auth_level >= min_auth_level.max(required_level)
                                    && account_level >= min_account_level;
                                assert_eq!(answers.0.is_ok(), plain, "{situation}");
                            }
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn claims_are_released_exactly_where_nothing_forbids_it() {
    let (whole, permits) = (Policies::load().unwrap(), permits_alone());
    for enabled in [true, false] {
        for purpose in ["", " \t", "Tra cứu"] {
            for legal_basis in ["", "Luật 91/2025/QH15"] {
                let facts = ClientFacts {
                    enabled,
                    purpose: purpose.to_owned(),
                    legal_basis: legal_basis.to_owned(),
                    ..facts()
                };
                let client = whole.prepare(&facts).unwrap();
                for claims in [&[][..], &["name"], &["name", "name", "vn_citizen_id"], &["name", "email"], &["NAME"]] {
                    let question = ReleaseQuestion { claims };
                    let situation = format!("{facts:?} {question:?}");
                    let answers = (whole.release(&client, &question), permits.release(&client, &question));
                    compare(&answers.0, &answers.1, &situation);
                    let known = claims.iter().all(|claim| facts.claims.contains(*claim));
                    let plain = enabled && !purpose.trim().is_empty() && !legal_basis.is_empty() && known;
                    assert_eq!(answers.0.is_ok(), plain, "{situation}");
                }
            }
        }
    }
}

#[test]
fn a_client_gets_a_token_exactly_where_nothing_forbids_it() {
    let (whole, permits) = (Policies::load().unwrap(), permits_alone());
    for enabled in [true, false] {
        for grants in [&["authorization_code"][..], &["authorization_code", "client_credentials"], &[]] {
            let facts = ClientFacts { enabled, grant_types: set(grants), ..facts() };
            let client = whole.prepare(&facts).unwrap();
            for scopes in [&[][..], &["openid"], &["openid", "admin"]] {
                let situation = format!("{facts:?} {scopes:?}");
                let answers = (whole.issue_to_client(&client, scopes), permits.issue_to_client(&client, scopes));
                compare(&answers.0, &answers.1, &situation);
                let known = scopes.iter().all(|scope| facts.scopes.contains(*scope));
                assert_eq!(
                    answers.0.is_ok(),
                    enabled && grants.contains(&"client_credentials") && known,
                    "{situation}"
                );
            }
        }
    }
}

#[test]
fn a_client_prepared_by_another_set_is_refused() {
    let policies = Policies::load().unwrap();
    let mut other = Policies::load().unwrap();
    other.engine.version = "another".into();
    let client = other.prepare(&facts()).unwrap();
    let denied = policies.issue_to_client(&client, &[]).unwrap_err();
    assert_eq!(denied.reason, Reason::PolicyError);
}

#[test]
fn a_question_for_another_action_does_not_fit_the_schema() {
    let policies = Policies::load().unwrap();
    let client = policies.prepare(&facts()).unwrap();
    let release = policies.asked_release(&client, &ReleaseQuestion { claims: &["name"] });
    let denied = policies.check(Question { slice: &policies.sign_in, ..release }).unwrap_err();
    assert_eq!(denied.reason, Reason::PolicyError);
    assert!(!denied.diagnostics.is_empty());
}

#[test]
fn a_question_of_each_action_fits_the_schema_whatever_it_says() {
    let policies = Policies::load().unwrap();
    let client = policies.prepare(&facts()).unwrap();
    let provider = &ProviderId::parse("la").unwrap();
    for auth_level in AuthLevel::ALL {
        for account_level in [None, Some(AccountLevel::ONE), Some(AccountLevel::TWO)] {
            let question = SignInQuestion { provider, auth_level, account_level, required_level: auth_level };
            assert_eq!(policies.check(policies.asked_sign_in(&client, &question)), Ok(()), "{question:?}");
        }
    }
    for names in [&[] as &[&str], &[""], &["name"], &["name", "name", "\n\"", "khác"]] {
        let release = ReleaseQuestion { claims: names };
        assert_eq!(policies.check(policies.asked_release(&client, &release)), Ok(()), "{names:?}");
        assert_eq!(policies.check(policies.asked_issue(&client, names)), Ok(()), "{names:?}");
    }
}
