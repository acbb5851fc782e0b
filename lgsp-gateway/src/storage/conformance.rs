//! One suite for each port, run by every implementation.

pub(super) mod replay_store;
