//! Hands a shaped call to the adapter of its service: deadline, and retry only where the call is idempotent.
