//! Within which bounds does a listener work?

use std::time::Duration;

/// The bounds of one listener. Each has a default that suits a public service behind a load balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeConfig {
    /// Connections at the same time; further ones get a 503 at once.
    pub max_connections: usize,
    /// From the first byte of a request to the end of its head. Slower clients get a 408.
    pub head_timeout: Duration,
    /// How long a connection may rest between requests. Longer than that of the load balancer in front, so that it is
    /// never we who close a connection it is about to use.
    pub idle_timeout: Duration,
    /// Request line and headers together, in bytes; at least 8192. Beyond it the answer is 431.
    pub max_head_bytes: usize,
    /// How long requests in flight may go on after the stop.
    pub drain_timeout: Duration,
}

/// hyper's smallest buffer.
pub(super) const SMALLEST_HEAD: usize = 8192;

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            max_head_bytes: 32 * 1024,
            drain_timeout: Duration::from_secs(25),
        }
    }
}
