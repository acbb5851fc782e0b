//! What follows from what the servers say?

use std::time::Duration;

use super::Reading;

/// What one round of questions says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A server says that the clock is within the bound, and no two agree that it is not.
    Right,
    /// Two servers agree that it is not.
    Wrong {
        /// How far it is ahead, in microseconds, by the first of the two.
        ahead: i64,
    },
    /// Nothing follows: nobody answered well enough, one alone says that it is wrong, or they contradict each other.
    Unclear,
}

/// Decides. Two servers agree when what they say differs by no more than the bound. A reading that may itself be wrong by more
/// than half of the bound says nothing.
pub(super) fn of(readings: &[Reading], most: Duration) -> Verdict {
    let most = i64::try_from(most.as_micros()).unwrap_or(i64::MAX);
    let clear: Vec<i64> =
        readings.iter().filter(|reading| reading.uncertain <= most / 2).map(|reading| reading.ahead).collect();
    let (off, right): (Vec<i64>, Vec<i64>) = clear.iter().partition(|ahead| ahead.saturating_abs() > most);
    let agree = |one: i64, other: i64| one.saturating_sub(other).saturating_abs() <= most;
    let witness = off.iter().enumerate().find(|(at, one)| off.iter().skip(at + 1).any(|other| agree(**one, *other)));
    match (witness, right.is_empty()) {
        (Some((_, ahead)), _) => Verdict::Wrong { ahead: *ahead },
        (None, false) => Verdict::Right,
        (None, true) => Verdict::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_that_agree_make_a_clock_wrong_and_one_makes_it_right() {
        let check = |seconds: &[f64], expected: fn(Verdict) -> bool| {
            let micros = |seconds: &f64| Duration::from_secs_f64(seconds.abs()).as_micros();
            let signed = |seconds: &f64| i64::try_from(micros(seconds)).unwrap() * if *seconds < 0.0 { -1 } else { 1 };
            let readings: Vec<_> = seconds.iter().map(|own| Reading { ahead: signed(own), uncertain: 0 }).collect();
            let verdict = of(&readings, Duration::from_secs(2));
            assert!(expected(verdict), "{seconds:?}: {verdict:?}");
        };
        let wrong: fn(Verdict) -> bool = |verdict| matches!(verdict, Verdict::Wrong { .. });
        let right: fn(Verdict) -> bool = |verdict| verdict == Verdict::Right;
        let unclear: fn(Verdict) -> bool = |verdict| verdict == Verdict::Unclear;
        check(&[], unclear);
        check(&[0.1], right);
        check(&[60.0], unclear);
        check(&[0.1, -0.1], right);
        check(&[2.0, 2.0], right);
        check(&[2.1, 2.2], wrong);
        check(&[-2.1, -2.2], wrong);
        check(&[3.0, 4.5], wrong);
        check(&[3.0, 60.0], unclear);
        check(&[3.0, -3.0], unclear);
        check(&[60.0, 0.0], right);
        check(&[60.0, 60.1, 0.0], wrong);
    }

    #[test]
    fn a_reading_that_is_too_uncertain_says_nothing() {
        let reading = |uncertain| Reading { ahead: 60_000_000, uncertain };
        let most = Duration::from_secs(2);
        assert_eq!(of(&[reading(1_000_001), reading(0)], most), Verdict::Unclear);
        assert_eq!(of(&[reading(1_000_000), reading(0)], most), Verdict::Wrong { ahead: 60_000_000 });
    }
}
