//! For whom is there a place? So many calls are worked on at the same time, and so many of one caller, so that one that sends
//! slowly, or asks a slow register, leaves room for the others.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use types::SubsystemId;

use super::counts::{Counted, Counts};
use crate::refusal::Code;

/// Who takes a place; `None` for everybody the registry does not know, together.
type Caller = Option<SubsystemId>;

/// The places of a gateway.
#[derive(Debug)]
pub struct Places {
    all: Arc<Semaphore>,
    most: usize,
    most_each: usize,
    taken: Arc<Counts<Caller>>,
}

/// A place, free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    _of_all: OwnedSemaphorePermit,
    _of_caller: Counted<Caller>,
}

impl Places {
    /// So many places, of which one caller takes at most `most_each`.
    #[must_use]
    pub fn new(most: usize, most_each: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(most)), most, most_each, taken: Arc::default() }
    }

    /// Takes a place for a caller.
    ///
    /// # Errors
    /// [`Code::Overloaded`] when there is none, [`Code::TooManyCalls`] when this caller has taken all it may.
    pub fn take(&self, caller: Caller) -> Result<Place, Code> {
        let of_all = Arc::clone(&self.all).try_acquire_owned().map_err(|_| Code::Overloaded)?;
        let of_caller = self.taken.count(&caller, self.most_each).ok_or(Code::TooManyCalls)?;
        Ok(Place { _of_all: of_all, _of_caller: of_caller })
    }

    /// How many places are taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.most.saturating_sub(self.all.available_permits())
    }

    /// Waits until all places are free.
    pub async fn wait_until_free(&self) {
        // An error means that the places were closed, which nobody does.
        let _all = self.all.acquire_many(u32::try_from(self.most).unwrap_or(u32::MAX)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(name: &str) -> Caller {
        Some(SubsystemId::parse(&format!("VN/GOV/000.00.15.H19/{name}")).unwrap())
    }

    #[tokio::test]
    async fn one_caller_takes_its_part_and_leaves_the_rest_to_others() {
        let places = Places::new(4, 2);
        let (mut own, other) = (Vec::new(), caller("b"));
        for _ in 0..2 {
            own.push(places.take(caller("a")).unwrap());
        }
        assert_eq!(places.take(caller("a")).unwrap_err(), Code::TooManyCalls);
        let strangers = [places.take(None).unwrap(), places.take(None).unwrap()];
        // Everything is taken now, and that comes first.
        for who in [None, other.clone(), caller("a")] {
            assert_eq!(places.take(who).unwrap_err(), Code::Overloaded);
        }
        drop(strangers);
        let others = places.take(other).unwrap();
        own.pop();
        own.push(places.take(caller("a")).unwrap());
        assert_eq!(places.take(caller("a")).unwrap_err(), Code::TooManyCalls);
        drop((own, others));
        places.wait_until_free().await;
        assert!(places.taken.is_empty());
    }

    #[tokio::test]
    async fn who_waits_for_all_places_waits_for_the_last() {
        let places = Places::new(2, 2);
        let place = places.take(None).unwrap();
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(50), places.wait_until_free()).await;
        assert!(waiting.is_err());
        drop(place);
        places.wait_until_free().await;
    }
}
