//! How do connections become requests, and how do they end? The accept loop of every listener, HTTP/1.1 over TCP or TLS.
//!
//! hyper speaks HTTP; what is ours is the bounds: how many connections, how long a request head may take and how large
//! it may be, how long a connection may rest, and an orderly end in which no request in flight is lost.

mod accept;
mod body;
mod config;
mod connection;
mod door;
mod ending;
mod framing;
mod stream;
mod tls;
mod watch;

#[cfg(test)]
mod tests;

pub use accept::{Drained, bind, serve};
pub use axum::extract::ConnectInfo;
pub use config::{ServeConfig, TlsServeConfig};
pub use tls::{PeerCertificates, Tls, TlsPeer, serve_tls};
