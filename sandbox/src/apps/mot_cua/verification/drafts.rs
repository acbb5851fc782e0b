//! Forms whose sender must log in again first: kept for that moment, so that nothing has to be typed twice.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use clock::Timestamp;

use super::form::Typed;

/// Long enough for a login; what a form holds is personal data, so no longer.
const LONGEST: Duration = Duration::from_secs(600);

/// Beyond this nothing more is kept.
const MOST: usize = 1_000;

/// The forms, by the `sub` of who typed them.
#[derive(Default)]
pub struct Drafts(Mutex<HashMap<String, (Timestamp, Typed)>>);

impl Drafts {
    /// Keeps a form for its owner.
    pub fn keep(&self, subject: &str, typed: Typed, now: Timestamp) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (since, _)| now.since(*since) <= LONGEST);
        if kept.len() < MOST {
            kept.insert(subject.to_owned(), (now, typed));
        }
    }

    /// Gives the owner the form back, once.
    pub fn take(&self, subject: &str, now: Timestamp) -> Option<Typed> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, typed) = kept.remove(subject)?;
        (now.since(since) <= LONGEST).then_some(typed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_comes_back_once_to_its_owner_and_not_after_ten_minutes() {
        let (drafts, now) = (Drafts::default(), Timestamp::from_seconds(1_000));
        let typed = Typed { ho_ten: "Nguyễn Văn An".to_owned(), ..Typed::blank() };
        drafts.keep("dung", typed.clone(), now);
        assert!(drafts.take("binh", now).is_none());
        assert_eq!(drafts.take("dung", now).unwrap().ho_ten, "Nguyễn Văn An");
        assert!(drafts.take("dung", now).is_none());
        drafts.keep("dung", typed, now);
        assert!(drafts.take("dung", now.plus(LONGEST).plus(Duration::from_secs(1))).is_none());
    }
}
