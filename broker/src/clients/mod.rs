//! Registered clients.

pub mod client;
pub mod credentials;
pub mod file;
pub mod registry;

pub use client::Client;
pub use registry::{ClientHandle, ClientRegistry, PreparedClient};
