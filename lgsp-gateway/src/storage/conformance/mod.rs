//! One suite for each port, run by every implementation.

pub(crate) mod message_log;
pub(super) mod replay_store;
mod run;
