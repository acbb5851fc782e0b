//! The record of every call: opened before anything is believed, closed before the answer leaves. No record, no call.

/// The proof that a record is open, and durable enough to dispatch.
#[derive(Debug)]
pub struct Opened(());

/// The proof that a record is closed and durable.
#[derive(Debug)]
pub struct Closed(());
