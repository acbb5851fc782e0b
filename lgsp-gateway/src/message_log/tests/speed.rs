//! How fast the log is written and verified. A measurement: run it in release on a quiet machine, with `--nocapture`.

use std::sync::Arc;

use super::made::{Bench, answered, head, signature, trail};
use crate::message_log::{Audit, record::Answer, verify};

/// How many calls; a debug build only shows that the measurement works.
const CALLS: u32 = if cfg!(debug_assertions) { 2_000 } else { 100_000 };

/// CPU time of this process so far, in seconds (`proc(5)`, 100 ticks a second).
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    let ticks: u32 = fields[11].parse::<u32>().unwrap() + fields[12].parse::<u32>().unwrap();
    f64::from(ticks) / 100.0
}

async fn measure(callers: u32, calls: u32) {
    let bench = Bench::new().await;
    let log = Arc::new(bench.start().await);
    let (started, before) = (tokio::time::Instant::now(), cpu());
    let tasks = (0..callers).map(|caller| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            let call = head(0);
            let (reply, mut trail) = (signature("reply"), trail(0));
            trail.request_signature.as_mut().unwrap().base = "x".repeat(1100);
            for number in (caller..calls).step_by(usize::try_from(callers).unwrap()) {
                let call = crate::call::Head { id: super::made::id(number), ..head_of(&call) };
                let opened = log.open(&call, &trail).await.unwrap();
                let answer = Answer { signature: Some(&reply), ..answered() };
                log.close_with(&call, &trail, opened, answer).await.unwrap();
            }
        })
    });
    futures::future::join_all(tasks).await.into_iter().for_each(Result::unwrap);
    let (seconds, used) = (started.elapsed().as_secs_f64(), cpu() - before);
    log.stop().await;
    let per_call = used / f64::from(calls) * 1e6;
    println!("{callers} callers: {:.0} calls/s, {per_call:.1} µs CPU a call", f64::from(calls) / seconds);

    let audit = Audit { log: bench.verifier(), kept: Vec::new(), evidence: None };
    let (started, before) = (tokio::time::Instant::now(), cpu());
    let report = verify(bench.store.as_ref(), &audit).await.unwrap();
    assert_eq!((report.fault, report.entries), (None, u64::from(calls) * 2));
    let (seconds, used) = (started.elapsed().as_secs_f64(), cpu() - before);
    let records = f64::from(calls) * 2.0;
    println!("verified: {:.0} records/s, {:.2} µs CPU a record", records / seconds, used / records * 1e6);
    let fast = cfg!(debug_assertions) || records / seconds >= 200_000.0;
    assert!(fast, "verification is slower than it may be");
}

/// The same call under another id; the headers of a call cannot be cloned for less.
fn head_of(call: &crate::call::Head) -> crate::call::Head {
    crate::call::Head { registry: Arc::clone(&call.registry), ..head(0) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures; run it alone, in release, on a quiet machine"]
async fn the_log_is_verified_at_two_hundred_thousand_records_a_second() {
    measure(32, CALLS).await;
    measure(1, CALLS / 10).await;
}
