//! Within which bounds does a listener work?

use crate::settings::Section;
use std::time::Duration;

/// The bounds of one listener. Each has a default that suits a public service behind a load balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeConfig {
    /// Connections at the same time; further ones get a 503 at once.
    pub max_connections: usize,
    /// From the first byte of a request to the end of its head. Slower clients get a 408, at the latest when half as
    /// much again has passed; it is the same with `idle_timeout`.
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

impl ServeConfig {
    /// Reads `max_connections`, `head_timeout`, `idle_timeout`, `max_head` and `drain_timeout`; none is required. `None`
    /// after a fault.
    #[must_use]
    pub fn read(section: &Section<'_>) -> Option<Self> {
        let (second, hour) = (Duration::from_secs(1), Duration::from_secs(3600));
        let default = Self::default();
        let max_connections = section.integer("max_connections", 1..=1_000_000).or(default.max_connections);
        let head_timeout = section.duration("head_timeout").between(second, hour).or(default.head_timeout);
        let idle_timeout = section.duration("idle_timeout").between(second, hour).or(default.idle_timeout);
        let max_head_bytes = section.byte_size("max_head").between(SMALLEST_HEAD, 1 << 20).or(default.max_head_bytes);
        let drain_timeout = section.duration("drain_timeout").between(Duration::ZERO, hour).or(default.drain_timeout);
        Some(Self {
            max_connections: max_connections?,
            head_timeout: head_timeout?,
            idle_timeout: idle_timeout?,
            max_head_bytes: max_head_bytes?,
            drain_timeout: drain_timeout?,
        })
    }
}

/// The bounds of a listener that speaks TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TlsServeConfig {
    /// The bounds after the handshake; a connection counts from its acceptance on.
    pub serve: ServeConfig,
    /// From the acceptance of a connection to the end of its handshake.
    pub handshake_timeout: Duration,
    /// Handshakes that are unfinished at the same time; when there are more the oldest is given up. Well below
    /// `max_connections`, so that strangers cannot take all places.
    pub max_handshakes: usize,
}

impl Default for TlsServeConfig {
    fn default() -> Self {
        Self { serve: ServeConfig::default(), handshake_timeout: Duration::from_secs(10), max_handshakes: 1000 }
    }
}

impl TlsServeConfig {
    /// Reads what [`ServeConfig::read`] reads, `handshake_timeout` and `max_handshakes`; none is required. `None` after a
    /// fault.
    #[must_use]
    pub fn read(section: &Section<'_>) -> Option<Self> {
        let (tenth, minute) = (Duration::from_millis(100), Duration::from_secs(60));
        let default = Self::default();
        let serve = ServeConfig::read(section);
        let handshake_timeout =
            section.duration("handshake_timeout").between(tenth, minute).or(default.handshake_timeout);
        let max_handshakes = section.integer("max_handshakes", 1..=100_000).or(default.max_handshakes);
        let (serve, handshake_timeout, max_handshakes) = (serve?, handshake_timeout?, max_handshakes?);
        if max_handshakes >= serve.max_connections {
            section.fault("max_handshakes", "must be less than max_connections, or strangers could take all places");
            return None;
        }
        Some(Self { serve, handshake_timeout, max_handshakes })
    }
}

#[cfg(test)]
mod tests {
    use super::{ServeConfig, TlsServeConfig};
    use crate::settings::{Document, Environment, Faults};
    use std::time::Duration;

    fn read(text: &str) -> Result<ServeConfig, Faults> {
        let document = Document::parse(text, "broker.toml".as_ref(), "BROKER", &Environment::empty());
        let config = ServeConfig::read(&document.section("server"));
        document.finish(config)
    }

    #[test]
    fn what_is_not_set_keeps_its_default() {
        assert_eq!(read("").unwrap(), ServeConfig::default());
        let config = read("[server]\nmax_head = \"16KiB\"\nidle_timeout = \"2m\"\n").unwrap();
        assert_eq!((config.max_head_bytes, config.idle_timeout), (16_384, Duration::from_secs(120)));
    }

    #[test]
    fn a_bound_that_would_refuse_everybody_is_a_fault() {
        for wrong in ["max_connections = 0", "head_timeout = \"0s\"", "max_head = \"1KiB\"", "idle_timeout = \"2d\""] {
            assert!(read(&format!("[server]\n{wrong}\n")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn strangers_may_not_have_as_many_handshakes_as_there_are_places() {
        let read = |text: &str| {
            let document = Document::parse(text, "gateway.toml".as_ref(), "GATEWAY", &Environment::empty());
            let config = TlsServeConfig::read(&document.section("server"));
            document.finish(config)
        };
        assert_eq!(read("").unwrap(), TlsServeConfig::default());
        assert!(read("[server]\nmax_connections = 100\nmax_handshakes = 99\n").is_ok());
        assert!(read("[server]\nmax_connections = 100\nmax_handshakes = 100\n").is_err());
        assert!(read("[server]\nhandshake_timeout = \"2h\"\n").is_err());
    }
}
