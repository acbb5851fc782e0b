//! When does an entry hold?

use clock::Timestamp;
use time::{Date, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::format_description};

/// From when until when an entry holds. Everything that law or reorganisation can change has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment at which it holds no more; `None` while no end is known.
    pub to: Option<Timestamp>,
}

impl Validity {
    /// Whether it holds at this moment.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }

    /// The time in which both hold; `None` when there is none.
    #[must_use]
    pub fn within(self, other: Self) -> Option<Self> {
        let to = match (self.to, other.to) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        let both = Self { from: self.from.max(other.from), to };
        both.to.is_none_or(|to| both.from < to).then_some(both)
    }

    /// Whether there is a moment at which both hold.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.within(other).is_some()
    }
}

/// Why a text is no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a date such as \"2026-07-01\" (midnight in Vietnam) or a moment such as \"2026-07-01T08:00:00+07:00\""
)]
pub struct MomentError;

/// Reads a date, which means midnight in Vietnam, or a moment of RFC 3339.
///
/// # Errors
/// [`MomentError`] for anything else.
pub fn moment(text: &str) -> Result<Timestamp, MomentError> {
    let vietnam = UtcOffset::from_hms(7, 0, 0).map_err(|_| MomentError)?;
    let read = Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map(|date| date.midnight().assume_offset(vietnam))
        .or_else(|_| OffsetDateTime::parse(text, &Rfc3339))
        .map_err(|_| MomentError)?;
    let micros = i64::try_from(read.unix_timestamp_nanos() / 1_000).map_err(|_| MomentError)?;
    Ok(Timestamp::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validity(from: i64, to: Option<i64>) -> Validity {
        Validity { from: Timestamp::from_seconds(from), to: to.map(Timestamp::from_seconds) }
    }

    #[test]
    fn a_date_is_midnight_in_vietnam_and_a_moment_is_itself() {
        assert_eq!(moment("2026-11-22").unwrap().rfc3339(), "2026-11-21T17:00:00Z");
        assert_eq!(moment("2026-11-22T08:00:00+07:00").unwrap().rfc3339(), "2026-11-22T01:00:00Z");
        for bad in ["", "2026", "22/11/2026", "2026-13-01", "2026-02-30", "2026-11-22T08:00:00", "2026-11-22 "] {
            assert_eq!(moment(bad), Err(MomentError), "{bad:?}");
        }
    }

    #[test]
    fn the_end_is_the_first_moment_outside() {
        let week = validity(10, Some(20));
        for (at, holds) in [(9, false), (10, true), (19, true), (20, false)] {
            assert_eq!(week.holds(Timestamp::from_seconds(at)), holds, "{at}");
        }
        assert!(validity(10, None).holds(Timestamp::from_seconds(1 << 40)));
    }

    #[test]
    fn what_lies_in_two_validities_holds_in_both() {
        let week = validity(10, Some(20));
        assert_eq!(week.within(validity(15, None)), Some(validity(15, Some(20))));
        assert_eq!(week.within(validity(0, Some(12))), Some(validity(10, Some(12))));
        assert_eq!(validity(5, None).within(validity(6, None)), Some(validity(6, None)));
        assert_eq!(week.within(validity(20, Some(30))), None);
    }
}
