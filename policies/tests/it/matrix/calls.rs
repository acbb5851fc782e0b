//! The part of the table that the gateway asks.

use std::{collections::BTreeSet, error::Error, fmt::Write, fs, path::Path};

use policies::{ActorFacts, AgreementFacts, CallPolicies, CallQuestion, CallReason, Denied, OfficerFacts};
use serde_json::Value;
use types::{AccountLevel, AgencyCode, AuthLevel};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A Monday, 09:00 in Vietnam.
const MONDAY: i64 = 1_795_399_200_000_000;
const HOUR: i64 = 3_600_000_000;

/// Appends the sections of `call_service`.
pub fn table(text: &mut String) -> Outcome<()> {
    let policies = CallPolicies::load()?;
    let whole = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/call.json"))?;
    let whole: Value = serde_json::from_str(&whole)?;
    let base: AgreementFacts = serde_json::from_value(whole.get("agreement").cloned().unwrap_or_default())?;
    writeln!(text, "\nPolicies of the gateway")?;
    for rule in policies.rules() {
        writeln!(text, "  {rule}")?;
    }
    stated(text, &policies, &base)?;
    officers(text, &policies, &base)?;
    levels(text, &policies, &base)?;
    times(text, &policies, &base)
}

fn word<T>(answer: &Result<T, Denied<CallReason>>) -> &'static str {
    answer.as_ref().map_or_else(|denied| denied.reason.as_str(), |_| "yes")
}

fn question<'a>(base: &'a AgreementFacts, actor: Option<ActorFacts<'a>>) -> CallQuestion<'a> {
    let first = |set: &'a BTreeSet<String>| set.iter().next().map(String::as_str);
    CallQuestion {
        at: MONDAY,
        endpoint: first(&base.endpoints),
        purpose: first(&base.purposes).unwrap_or_default(),
        legal_basis: first(&base.legal_bases).unwrap_or_default(),
        procedure: first(&base.procedures),
        signed: true,
        actor,
    }
}

fn strong(agency: &AgencyCode) -> ActorFacts<'_> {
    let [.., auth_level] = AuthLevel::ALL;
    ActorFacts { agency, auth_level, account_level: Some(AccountLevel::TWO) }
}

fn stated(text: &mut String, policies: &CallPolicies, base: &AgreementFacts) -> Outcome<()> {
    writeln!(text, "\ncall_service: what the call states, by what the agreement demands; everything else agreed")?;
    writeln!(text, "  {:<10}  {:<11}  {:<24}  answer", "signature", "procedures", "stated")?;
    for signature_required in [true, false] {
        for bound in [true, false] {
            let procedures = if bound { base.procedures.clone() } else { BTreeSet::new() };
            let facts = AgreementFacts { signature_required, procedures, officer: None, ..base.clone() };
            let agreement = policies.prepare(&facts)?;
            let good =
                CallQuestion { procedure: base.procedures.iter().next().map(String::as_str), ..question(&facts, None) };
            for (name, asked) in [
                ("as agreed", good),
                ("not signed", CallQuestion { signed: false, ..good }),
                ("another endpoint", CallQuestion { endpoint: Some("GET /khac"), ..good }),
                ("no endpoint that fits", CallQuestion { endpoint: None, ..good }),
                ("another purpose", CallQuestion { purpose: "khac", ..good }),
                ("no purpose", CallQuestion { purpose: "", ..good }),
                ("another legal basis", CallQuestion { legal_basis: "khac", ..good }),
                ("another procedure", CallQuestion { procedure: Some("khac"), ..good }),
                ("no procedure", CallQuestion { procedure: None, ..good }),
            ] {
                let answer = policies.call(&agreement, &asked);
                let signature = if signature_required { "demanded" } else { "-" };
                let procedures = if bound { "listed" } else { "-" };
                writeln!(text, "  {signature:<10}  {procedures:<11}  {name:<24}  {}", word(&answer))?;
            }
        }
    }
    Ok(())
}

fn officers(text: &mut String, policies: &CallPolicies, base: &AgreementFacts) -> Outcome<()> {
    writeln!(text, "\ncall_service: officer by agency, every level reached")?;
    writeln!(text, "  {:<9}  {:<22}  answer", "officer", "acts for")?;
    let (own, further, other) =
        (AgencyCode::parse("000.00.15.H19")?, AgencyCode::parse("000.00.16.H19")?, AgencyCode::parse("000.00.17.H19")?);
    for officer in [base.officer, None] {
        let officer_agencies = BTreeSet::from([own.clone(), further.clone()]);
        let agreement = policies.prepare(&AgreementFacts { officer, officer_agencies, ..base.clone() })?;
        for (name, actor) in [
            ("nobody", None),
            ("the consumer's agency", Some(strong(&own))),
            ("a further one, listed", Some(strong(&further))),
            ("another agency", Some(strong(&other))),
        ] {
            let answer = policies.call(&agreement, &question(base, actor));
            let demanded = if officer.is_some() { "demanded" } else { "-" };
            writeln!(text, "  {demanded:<9}  {name:<22}  {}", word(&answer))?;
        }
    }
    Ok(())
}

fn levels(text: &mut String, policies: &CallPolicies, base: &AgreementFacts) -> Outcome<()> {
    writeln!(text, "\ncall_service: officer's sign-in level (across) by the levels demanded and the account's level")?;
    writeln!(text, "  sign-in  account  has    0    1    2    3    4")?;
    let own = AgencyCode::parse("000.00.15.H19")?;
    let accounts = [None, Some(AccountLevel::ONE), Some(AccountLevel::TWO)];
    let show = |level: Option<AccountLevel>| level.map_or_else(|| "-".to_owned(), |level| level.to_string());
    let mut refusals = BTreeSet::new();
    for min_auth_level in AuthLevel::ALL {
        for min_account_level in accounts {
            let officer = Some(OfficerFacts { min_auth_level, min_account_level });
            let agreement = policies.prepare(&AgreementFacts { officer, ..base.clone() })?;
            for account_level in accounts {
                let (demanded, has) = (show(min_account_level), show(account_level));
                write!(text, "  {:<7}  {demanded:<7}  {has:<3}", min_auth_level.get())?;
                for auth_level in AuthLevel::ALL {
                    let actor = ActorFacts { agency: &own, auth_level, account_level };
                    let answer = policies.call(&agreement, &question(base, Some(actor)));
                    refusals.extend(answer.as_ref().err().map(|denied| denied.reason.as_str()));
                    write!(text, "  {:>3}", if answer.is_ok() { "yes" } else { "no" })?;
                }
                writeln!(text)?;
            }
        }
    }
    writeln!(text, "  no: {}", refusals.into_iter().collect::<Vec<_>>().join(", "))?;
    Ok(())
}

fn times(text: &mut String, policies: &CallPolicies, base: &AgreementFacts) -> Outcome<()> {
    writeln!(
        text,
        "\ncall_service: the time of the call in Vietnam, by an agreement for 2026, 06:00 to 19:00, not on Sundays"
    )?;
    let own = AgencyCode::parse("000.00.15.H19")?;
    let agreement = policies.prepare(base)?;
    for (name, at) in [
        ("Monday 05:59", MONDAY - 3 * HOUR - HOUR / 60),
        ("Monday 06:00", MONDAY - 3 * HOUR),
        ("Monday 18:59", MONDAY + 10 * HOUR - HOUR / 60),
        ("Monday 19:00", MONDAY + 10 * HOUR),
        ("Saturday 09:00", MONDAY + 5 * 24 * HOUR),
        ("Sunday 09:00", MONDAY + 6 * 24 * HOUR),
        ("Monday 09:00, 2025", MONDAY - 52 * 7 * 24 * HOUR),
        ("Monday 09:00, 2027", MONDAY + 52 * 7 * 24 * HOUR),
    ] {
        let asked = CallQuestion { at, ..question(base, Some(strong(&own))) };
        writeln!(text, "  {name:<18}  {}", word(&policies.call(&agreement, &asked)))?;
    }
    Ok(())
}
