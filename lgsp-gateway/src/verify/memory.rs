//! Does the memory of nonces know what was accepted before? After a restart, of ours or of Redis, or when somebody emptied it,
//! it is told again by the message log, whose opened records name every nonce. Until then nothing signed is accepted.

use std::time::Duration;

use crate::{
    message_log::MessageLog,
    storage::{ReplayStore, StoreError},
};

/// How far back the log is searched: longer than any signature may be good (60 s and twice 30 s of skew).
const WINDOW: Duration = Duration::from_secs(180);

/// Tells the memory of nonces what the log knows, when it has to be told; whether it had to.
///
/// # Errors
/// The log or the memory does not answer, or there is more than can be remembered.
pub async fn complete(log: &MessageLog, replay: &dyn ReplayStore) -> Result<bool, StoreError> {
    if replay.remembers().await? {
        return Ok(false);
    }
    replay.restore(log.recent_nonces(WINDOW).await?).await?;
    Ok(true)
}

/// Looks every second, for as long as it is polled.
pub async fn keep_complete(log: &MessageLog, replay: &dyn ReplayStore) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        ticks.tick().await;
        match complete(log, replay).await {
            Ok(told) => {
                failing = false;
                if told {
                    tracing::warn!("the memory of nonces had lost what it knew, and was told again by the message log");
                }
            }
            Err(error) if !failing => {
                failing = true;
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the memory of nonces cannot be told what it must know"
                );
            }
            Err(_) => {}
        }
    }
}
