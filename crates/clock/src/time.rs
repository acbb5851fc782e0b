//! What time it is.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// A moment in UTC, in whole microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the epoch, as stores keep it.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From seconds since the epoch, as JWT claims carry it (RFC 7519 §2, NumericDate).
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This moment and a duration; saturates at the end of time.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This moment less a duration.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// How old something of the moment `then` is. [`Duration::MAX`] when that lies more than a minute ahead: the clock was set
    /// back since, and nobody knows.
    #[must_use]
    pub fn age_of(self, then: Self) -> Duration {
        if then.since(self) > Duration::from_secs(60) { Duration::MAX } else { self.since(then) }
    }

    /// RFC 3339 text in UTC with whole seconds, for logs and records.
    #[must_use]
    pub fn rfc3339(self) -> String {
        ::time::OffsetDateTime::from_unix_timestamp(self.seconds())
            .ok()
            .and_then(|moment| moment.format(&::time::format_description::well_known::Rfc3339).ok())
            .unwrap_or_else(|| self.seconds().to_string())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock: the only place that asks it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one room that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_keeps_its_order_and_prints_in_utc() {
        let start = Timestamp::from_seconds(1_795_219_200);
        let later = start.plus(Duration::from_secs(61));
        assert!(later > start);
        assert_eq!(later.since(start), Duration::from_secs(61));
        assert_eq!(start.since(later), Duration::ZERO);
        assert_eq!((later.age_of(start), start.age_of(later)), (Duration::from_secs(61), Duration::MAX));
        assert_eq!(start.age_of(start.plus(Duration::from_secs(60))), Duration::ZERO);
        assert_eq!(start.rfc3339(), "2026-11-21T00:00:00Z");
    }
}
