//! How a program here starts, is watched, and stops. The only crate that reads the environment.
//!
//! In the order of a start: [`settings`] reads what the operator asked for; [`block_on`] makes what it runs on; a [`Hold`] keeps
//! others from what one process alone may write; [`telemetry`] begins to record; [`metrics`] count, and [`admin`] shows them to
//! operators beside health; [`limits`] bounds each request and [`serve`] each connection; [`shutdown`] says when to stop.

pub mod admin;
mod files;
pub mod limits;
pub mod metrics;
mod runtime;
pub mod serve;
pub mod settings;
pub mod shutdown;
pub mod telemetry;

pub use files::{Hold, private_file, read_file, write_private};
pub use runtime::block_on;
