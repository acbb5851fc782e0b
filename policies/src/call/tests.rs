//! The permit against the forbids, over every combination that they can tell apart.

use std::collections::BTreeSet;

use cedar_policy::Effect;
use types::{AccountLevel, AgencyCode, AuthLevel, ServiceId, SubsystemId};

use super::*;

/// The set with its permit alone.
fn permit_alone() -> CallPolicies {
    let mut policies = CallPolicies::load().unwrap();
    let permits = policies.call_service.whole().policies().filter(|policy| policy.effect() == Effect::Permit);
    policies.call_service = Slice::of(permits, policies.call_service.action()).unwrap();
    policies
}

fn one(text: &str) -> BTreeSet<String> {
    BTreeSet::from([text.to_owned()])
}

fn facts(officer: Option<OfficerFacts>, signature_required: bool, bound: bool) -> AgreementFacts {
    AgreementFacts {
        id: "a".into(),
        client: SubsystemId::parse("VN/GOV/H19/client").unwrap(),
        service: ServiceId::parse("VN/GOV/H20/provider/service").unwrap(),
        valid_from: 100_000_000,
        valid_to: Some(90_000_000_000),
        endpoints: one("GET"),
        purposes: one("purpose"),
        legal_bases: one("basis"),
        procedures: if bound { one("procedure") } else { BTreeSet::new() },
        signature_required,
        officer,
        officer_agencies: BTreeSet::from([AgencyCode::parse("H19").unwrap()]),
        // The epoch is a Thursday, 07:00 in Vietnam.
        hours: Some(HoursFacts { from: 6 * 60, to: 8 * 60, days: [false, false, false, true, false, false, false] }),
        fields: None,
    }
}

#[test]
fn a_call_is_permitted_exactly_where_nothing_forbids_it() {
    let (whole, permits) = (CallPolicies::load().unwrap(), permit_alone());
    let (own, other) = (AgencyCode::parse("H19").unwrap(), AgencyCode::parse("H20").unwrap());
    let demanded =
        OfficerFacts { min_auth_level: AuthLevel::try_from(2).unwrap(), min_account_level: Some(AccountLevel::TWO) };
    let mut actors = vec![None];
    for agency in [&own, &other] {
        for (auth, account) in [(2, Some(AccountLevel::TWO)), (1, Some(AccountLevel::TWO)), (2, None)] {
            let auth_level = AuthLevel::try_from(auth).unwrap();
            actors.push(Some(ActorFacts { agency, auth_level, account_level: account }));
        }
    }
    // Before the agreement, in its hours, after its hours, on another day, after the agreement.
    let times = [0, 200_000_000, 3_600_000_000, 86_400_000_000, 90_000_000_000];
    let mut permitted = 0;
    for officer in [None, Some(demanded)] {
        for (signature_required, bound) in [(true, true), (true, false), (false, true), (false, false)] {
            let agreement = whole.prepare(&facts(officer, signature_required, bound)).unwrap();
            for at in times {
                for actor in &actors {
                    for bits in 0..32_u8 {
                        let good = |bit: u8| bits & (1 << bit) != 0;
                        let question = CallQuestion {
                            at,
                            endpoint: good(0).then_some("GET"),
                            purpose: if good(1) { "purpose" } else { "other" },
                            legal_basis: if good(2) { "basis" } else { "other" },
                            procedure: good(3).then_some("procedure"),
                            signed: good(4),
                            actor: *actor,
                        };
                        let (one, two) = (whole.call(&agreement, &question), permits.call(&agreement, &question));
                        assert_eq!(one.is_ok(), two.is_ok(), "{question:?}: {one:?} against {two:?}");
                        permitted += usize::from(one.is_ok());
                        if let Err(denied) = one {
                            assert!(!denied.policies.is_empty(), "{question:?}: nothing names this refusal");
                        }
                    }
                }
            }
        }
    }
    // Counted by hand. In its one good time, with endpoint, purpose and legal basis as agreed, officer by actor: where none
    // is demanded, no actor or one of the three of the own agency (4); where one is, the one of the three that is strong
    // enough (1). Signed or not demanded: demanded 1, not demanded 2. Procedure: bound 1, not bound 2.
    assert_eq!(permitted, (4 + 1) * (1 + 2) * (1 + 2));
}

#[test]
fn a_question_of_each_form_fits_the_schema_whatever_it_says() {
    let policies = CallPolicies::load().unwrap();
    let agreement = policies.prepare(&facts(None, true, true)).unwrap();
    let agency = AgencyCode::parse("H19").unwrap();
    let actors = [(0, None), (4, Some(AccountLevel::TWO))].map(|(auth, account_level)| {
        let auth_level = AuthLevel::try_from(auth).unwrap();
        Some(ActorFacts { agency: &agency, auth_level, account_level })
    });
    for actor in [None].into_iter().chain(actors) {
        for at in [i64::MIN, -1, 0, i64::MAX] {
            for text in ["", "GET", "\0\"\\", "Gateway::Agreement::\"a\"", &"đ".repeat(5_000)] {
                for (some, signed) in [(None, false), (Some(text), true)] {
                    let (endpoint, procedure) = (some, some);
                    let question =
                        CallQuestion { at, endpoint, purpose: text, legal_basis: text, procedure, signed, actor };
                    assert_eq!(policies.check(&agreement, &question), Ok(()), "{question:?}");
                }
            }
        }
    }
}
