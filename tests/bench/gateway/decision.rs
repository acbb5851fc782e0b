//! What one policy decision costs among a thousand agreements on one service.

use std::{collections::BTreeSet, fs, hint::black_box, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use clock::{Clock, SystemClock};
use policies::{AgreementFacts, CallPolicies, CallQuestion, PreparedAgreement};
use types::{ServiceId, SubsystemId};

use super::{
    department::{LEGAL_BASIS, PURPOSE},
    load::count,
    registry::{BUSINESS, OTHERS},
};

/// How often each agreement is asked about.
const ROUNDS: usize = 100;

/// Microseconds of processor time for one decision.
pub struct Decisions {
    /// That permits, and was made in the same minute before.
    pub permits: f64,
    /// That refuses, and was made in the same minute before.
    pub refuses: f64,
    /// That permits, and is made by the engine each time.
    pub anew: f64,
}

/// Measures them, over all agreements in turn.
pub fn measure() -> anyhow::Result<Decisions> {
    let policies = CallPolicies::load()?;
    let agreements: Vec<_> = (0..OTHERS).map(|number| agreement(&policies, number)).collect::<Result<_, _>>()?;
    let question = CallQuestion {
        at: SystemClock.now().micros(),
        endpoint: Some("GET /{ma_so}"),
        purpose: PURPOSE,
        legal_basis: LEGAL_BASIS,
        procedure: None,
        signed: true,
        actor: None,
    };
    let refused = CallQuestion { purpose: "khac", ..question };
    let permits = timed(&policies, &agreements, &question, true)?;
    let refuses = timed(&policies, &agreements, &refused, false)?;
    Ok(Decisions { permits, refuses, anew: anew(&policies, &agreements, &question)? })
}

/// Every question is another: what was decided before is no help.
fn anew(policies: &CallPolicies, agreements: &[PreparedAgreement], question: &CallQuestion<'_>) -> anyhow::Result<f64> {
    let procedures: Vec<String> = (0..ROUNDS).map(|number| format!("1.{number:06}")).collect();
    let before = on_processor()?;
    for procedure in &procedures {
        let question = CallQuestion { procedure: Some(procedure), ..*question };
        for agreement in agreements {
            ensure!(black_box(policies.call(agreement, &question)).is_ok(), "a decision refused");
        }
    }
    let took = on_processor()?.saturating_sub(before);
    Ok(took.as_secs_f64() * 1e6 / count(ROUNDS * agreements.len()))
}

fn timed(
    policies: &CallPolicies,
    agreements: &[PreparedAgreement],
    question: &CallQuestion<'_>,
    permits: bool,
) -> anyhow::Result<f64> {
    let before = on_processor()?;
    let mut permitted = 0;
    for agreement in (0..ROUNDS).flat_map(|_| agreements) {
        permitted += usize::from(black_box(policies.call(agreement, question)).is_ok());
    }
    let took = on_processor()?.saturating_sub(before);
    let asked = ROUNDS * agreements.len();
    ensure!(permitted == if permits { asked } else { 0 }, "{permitted} of {asked} were permitted");
    Ok(took.as_secs_f64() * 1e6 / count(asked))
}

fn agreement(policies: &CallPolicies, number: usize) -> anyhow::Result<PreparedAgreement> {
    let one = |text: &str| BTreeSet::from([text.to_owned()]);
    let fields: Vec<Arc<str>> = ["ma_so", "ten", "chu_ho.ho_ten"].into_iter().map(Arc::from).collect();
    Ok(policies.prepare(&AgreementFacts {
        id: format!("khac-{number}").into(),
        client: SubsystemId::parse(&format!("VN/GOV/000.00.{}.H19/he-thong-{number}", 20 + number % 50))?,
        service: ServiceId::parse(BUSINESS)?,
        valid_from: 0,
        valid_to: None,
        endpoints: one("GET /{ma_so}"),
        purposes: one(PURPOSE),
        legal_bases: one(LEGAL_BASIS),
        procedures: BTreeSet::new(),
        signature_required: true,
        officer: None,
        officer_agencies: BTreeSet::new(),
        hours: None,
        fields: Some(fields.into()),
    })?)
}

/// Time that this thread has run, the first number of the kernel's `schedstat`.
pub fn on_processor() -> anyhow::Result<Duration> {
    let line = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = line.split_whitespace().next().context("schedstat is empty")?;
    Ok(Duration::from_nanos(nanos.parse()?))
}
