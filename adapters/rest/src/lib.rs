//! Any REST register: the call goes on as it came, below the base address of the settings, and the answer comes back as the
//! register gave it.
//!
//! In the order of a call: [`settings`] fixed where the register is, [`exchange`] judges the answer's status,
//! [`upstream`] sends one request over a pool of connections, `connect` lets it reach nothing but allowed networks,
//! `outgoing` and `incoming` are the two bodies. Other protocol adapters send through [`Upstream`] too.

mod connect;
pub mod exchange;
mod incoming;
pub mod network;
mod outgoing;
pub mod settings;
pub mod upstream;

#[cfg(test)]
mod tests;

pub use exchange::RestExchange;
pub use network::Network;
pub use settings::{RestSettings, SettingsError};
pub use upstream::{Answer, Outgoing, Upstream};
