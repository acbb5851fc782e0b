//! Logins on their way: which `state` belongs to which browser, and what must be remembered until its answer comes.
//! Each is good for one answer, so tabs side by side do not disturb each other and no answer counts twice.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use clock::Timestamp;
use signing::Digest;

use super::relying_party::{LoginError, Remembered};

/// A person who needs longer starts again.
const LONGEST: Duration = Duration::from_secs(600);

/// Beyond this the oldest are forgotten: a sample application must not be filled up from outside.
const MOST: usize = 10_000;

struct Attempt {
    browser: Digest,
    started: Timestamp,
    remembered: Remembered,
    back: &'static str,
}

/// Every login on its way.
#[derive(Default)]
pub struct Attempts(Mutex<HashMap<String, Attempt>>);

impl Attempts {
    /// Remembers a login that a browser begins now; it ends at the page `back` of the application.
    pub fn begin(&self, state: String, browser: &str, remembered: Remembered, back: &'static str, now: Timestamp) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, attempt| now.since(attempt.started) <= LONGEST);
        if waiting.len() >= MOST {
            let oldest = waiting.iter().min_by_key(|(_, attempt)| attempt.started).map(|(state, _)| state.clone());
            oldest.and_then(|state| waiting.remove(&state));
        }
        waiting.insert(state, Attempt { browser: Digest::of(browser), started: now, remembered, back });
    }

    /// Takes out what belongs to an answer, and where the person goes then. A state that another browser began stays
    /// there, for its owner.
    pub fn end(&self, state: &str, browser: &str, now: Timestamp) -> Result<(Remembered, &'static str), LoginError> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = waiting.get(state).is_some_and(|attempt| attempt.browser.matches(&Digest::of(browser)));
        if !ours {
            return Err(LoginError::UnknownAttempt);
        }
        let attempt = waiting.remove(state).ok_or(LoginError::UnknownAttempt)?;
        if now.since(attempt.started) > LONGEST {
            return Err(LoginError::Expired);
        }
        Ok((attempt.remembered, attempt.back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remembered() -> Remembered {
        Remembered { nonce: "n".to_owned(), verifier: "v".to_owned() }
    }

    fn begun() -> (Attempts, Timestamp) {
        let (attempts, now) = (Attempts::default(), Timestamp::from_seconds(1_000));
        attempts.begin("one".to_owned(), "browser", remembered(), "/", now);
        attempts.begin("two".to_owned(), "browser", remembered(), "/", now);
        (attempts, now)
    }

    #[test]
    fn each_tab_has_its_own_attempt_and_each_answer_counts_once() {
        let (attempts, now) = begun();
        assert!(attempts.end("two", "browser", now).is_ok());
        assert!(attempts.end("one", "browser", now).is_ok());
        assert!(matches!(attempts.end("one", "browser", now), Err(LoginError::UnknownAttempt)));
    }

    #[test]
    fn the_answer_in_another_browser_is_refused_and_the_owner_still_gets_in() {
        let (attempts, now) = begun();
        assert!(matches!(attempts.end("one", "stranger", now), Err(LoginError::UnknownAttempt)));
        assert!(attempts.end("one", "browser", now).is_ok());
    }

    #[test]
    fn a_login_that_took_longer_than_ten_minutes_is_expired() {
        let (attempts, now) = begun();
        let late = now.plus(LONGEST).plus(Duration::from_secs(1));
        assert!(matches!(attempts.end("one", "browser", late), Err(LoginError::Expired)));
    }
}
