//! Several gateways on one store.

use std::sync::Arc;

use futures::future::join_all;

use super::made::{Bench, answered, head, trail};
use crate::{
    message_log::{Audit, verify},
    storage::MessageLogStore,
};

/// Calls through every replica at once; the log that comes of it holds.
pub(crate) async fn write_one_log(replicas: &[Arc<dyn MessageLogStore>]) {
    let bench = Bench::new().await;
    let mut logs = Vec::new();
    for replica in replicas {
        logs.push(Arc::new(bench.start_over(Arc::clone(replica), crate::message_log::LogSettings::default()).await));
    }
    let calls = (0..300_u32).map(|number| {
        let log = Arc::clone(&logs[usize::try_from(number).unwrap() % logs.len()]);
        tokio::spawn(async move {
            let opened = log.open(&head(number), &trail(number)).await.unwrap();
            log.close_with(&head(number), &trail(number), opened, answered()).await.unwrap();
        })
    });
    join_all(calls).await.into_iter().for_each(Result::unwrap);
    for log in &logs {
        log.stop().await;
    }
    let audit = Audit { log: bench.verifier(), kept: Vec::new(), evidence: Some(super::made::sealer()) };
    let report = verify(replicas[0].as_ref(), &audit).await.unwrap();
    assert_eq!((report.fault, report.entries, report.evidence, report.signed), (None, 600, 300, 600));
    assert!(report.open.is_empty());
}
