//! What concerns the whole process, and so cannot share one with the unit tests.

mod signal;
mod telemetry;
