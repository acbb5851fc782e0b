//! What operators see of calls: numbers by service and outcome, and one line for every refusal. Names of ours only, never a
//! path, a header or a person.

use std::{sync::Arc, time::Duration};

use boot::metrics::Metrics;
use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram},
};

use crate::{
    call::Head,
    dispatch::Observe,
    refusal::{Code, Origin},
    registry::Watch,
    timekeeping::Timekeeper,
    trail::Trail,
};

/// The instruments of calls, made once.
#[derive(Debug)]
pub struct Measure {
    calls: Counter<u64>,
    seconds: Histogram<f64>,
    withheld: Counter<u64>,
}

impl Measure {
    /// Makes them.
    #[must_use]
    pub fn new(metrics: &Metrics) -> Self {
        let meter = metrics.meter();
        let calls = meter.u64_counter("gateway.calls").with_description("Calls answered, by service and outcome");
        let seconds = meter.f64_histogram("gateway.call.duration").with_unit("s");
        let seconds = seconds.with_description("From the head of a call to its signed answer, by outcome");
        let seconds =
            seconds.with_boundaries(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0]);
        let withheld = meter.u64_counter("gateway.fields.withheld");
        let withheld = withheld.with_description("Fields removed from answers, by service");
        Self { calls: calls.build(), seconds: seconds.build(), withheld: withheld.build() }
    }

    /// Counts an answer, and writes the line of a refusal.
    pub fn answered(&self, head: &Head, trail: &Trail, refused: Option<Code>, took: Duration) {
        let service = service(trail).unwrap_or("(none)");
        let outcome = refused.map_or("answered", |code| code.name());
        let service = KeyValue::new("service", service.to_owned());
        let outcome = KeyValue::new("outcome", outcome);
        self.seconds.record(took.as_secs_f64(), std::slice::from_ref(&outcome));
        if !trail.withheld.is_empty() {
            let withheld = u64::try_from(trail.withheld.len()).unwrap_or(u64::MAX);
            self.withheld.add(withheld, std::slice::from_ref(&service));
        }
        self.calls.add(1, &[service, outcome]);
        if let Some(code) = refused {
            tell(head, trail, code);
        }
    }
}

/// Shows how the registry stands: its version, its age, and how much is wrong with its folder.
pub fn registry(metrics: &Metrics, watch: &Arc<Watch>) {
    let meter = metrics.meter();
    let (version, age, faults) = (Arc::clone(watch), Arc::clone(watch), Arc::clone(watch));
    meter
        .u64_observable_gauge("gateway.registry.info")
        .with_description("Always 1, with the version of the registry in use")
        .with_callback(move |seen| seen.observe(1, &[KeyValue::new("version", version.status().version)]))
        .build();
    meter
        .f64_observable_gauge("gateway.registry.age")
        .with_unit("s")
        .with_description("Since the registry in use was last known to be what its folder says")
        .with_callback(move |seen| seen.observe(age.status().age.as_secs_f64(), &[]))
        .build();
    meter
        .u64_observable_gauge("gateway.registry.faults")
        .with_description("Faults of the registry folder now; the last good state is in use")
        .with_callback(move |seen| {
            seen.observe(u64::try_from(faults.status().faults.len()).unwrap_or(u64::MAX), &[]);
        })
        .build();
}

/// Shows how far our clock is from each time server, and how long ago that was said.
pub fn clock(metrics: &Metrics, timekeeper: &Arc<Timekeeper>) {
    let meter = metrics.meter();
    let (offset, age, wrong) = (Arc::clone(timekeeper), Arc::clone(timekeeper), Arc::clone(timekeeper));
    let seconds =
        |micros: i64| Duration::from_micros(micros.unsigned_abs()).as_secs_f64() * if micros < 0 { -1.0 } else { 1.0 };
    meter
        .f64_observable_gauge("gateway.clock.offset")
        .with_unit("s")
        .with_description("How far our clock is ahead of a time server, by server; negative when it is behind")
        .with_callback(move |seen| {
            for one in offset.seen() {
                seen.observe(seconds(one.reading.ahead), &[KeyValue::new("server", one.server)]);
            }
        })
        .build();
    meter
        .f64_observable_gauge("gateway.clock.age")
        .with_unit("s")
        .with_description("Since a time server last answered, by server")
        .with_callback(move |seen| {
            for one in age.seen() {
                seen.observe(one.age.as_secs_f64(), &[KeyValue::new("server", one.server)]);
            }
        })
        .build();
    meter
        .u64_observable_gauge("gateway.clock.wrong")
        .with_description("1 while two time servers agree that our clock is wrong, so that nothing is signed")
        .with_callback(move |seen| seen.observe(u64::from(wrong.wrong()), &[]))
        .build();
}

/// The instruments of registers.
#[derive(Debug)]
pub struct Registers {
    asked: Counter<u64>,
    seconds: Histogram<f64>,
}

impl Registers {
    /// Makes them.
    #[must_use]
    pub fn new(metrics: &Metrics) -> Self {
        let asked = metrics.meter().u64_counter("gateway.register.asked");
        let asked = asked.with_description("Questions to registers, by adapter and outcome").build();
        let seconds = metrics.meter().f64_histogram("gateway.register.duration").with_unit("s");
        let seconds = seconds.with_description("From question to answer of a register, by adapter").build();
        Self { asked, seconds }
    }
}

impl Observe for Registers {
    fn asked(&self, adapter: &str, outcome: &'static str, took: Duration) {
        let adapter = KeyValue::new("adapter", adapter.to_owned());
        self.seconds.record(took.as_secs_f64(), std::slice::from_ref(&adapter));
        self.asked.add(1, &[adapter, KeyValue::new("outcome", outcome)]);
    }
}

/// The service that was called, by its name in the registry. What a caller invents is none: only a name whose endpoint was
/// found becomes a label or stands in a line.
fn service(trail: &Trail) -> Option<&str> {
    trail.endpoint.as_ref()?;
    trail.service_found.as_ref().or(trail.service_asked.as_ref()).map(types::ServiceId::as_str)
}

/// One line: `error!` where a human must look, `warn!` for the rest.
fn tell(head: &Head, trail: &Trail, code: Code) {
    let member = trail.client.as_ref().map_or("", |id| id.as_str());
    let service = service(trail).unwrap_or_default();
    let (transaction, name) = (head.id, code.name());
    if code.origin() == Origin::Gateway {
        tracing::error!(transaction.id = %transaction, refusal.code = name, member.id = member, service.id = service, "call.refused");
    } else {
        tracing::warn!(transaction.id = %transaction, refusal.code = name, member.id = member, service.id = service, "call.refused");
    }
}
