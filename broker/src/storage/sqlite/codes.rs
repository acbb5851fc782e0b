//! Authorization codes. They live a minute and one process uses the store, so they are kept in its memory; a graceful stop
//! writes them down and the next start takes them up again.
//!
//! After `kill -9` they are gone: one that was not spent yet is unknown, and its login is begun again. One that was spent
//! is unknown too, and still ends its family: a grant's id is made from its code, so whoever brings a code that nobody
//! knows is asked about by that id (`grant::authorization_code`).

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use clock::Timestamp;
use signing::Digest;

use super::{
    Sqlite,
    row::{bytes_as, column, json, moment},
    script::{Script, Values},
};
use crate::{
    grant::PendingGrant,
    ids::GrantId,
    storage::{
        CodeStore, KEEP_SPENT_CODES, Spend, StoreError,
        row::{to_json, unavailable},
    },
};

/// How many codes may wait to be spent; one more is refused until some expire.
const MOST_WAITING: usize = 65_536;

/// How many spent codes are remembered; the oldest is forgotten first, and then found by its grant.
const MOST_SPENT: usize = 65_536;

const SAVE: Script =
    &["INSERT OR REPLACE INTO code (code, grant_id, expires_at, spent_at, body) VALUES (?1, ?2, ?3, ?4, ?5)"];

/// Reads and removes in one act: a code that was taken up must not be there after the next `kill -9`.
const TAKE_UP: Script = &["DELETE FROM code RETURNING code, grant_id, expires_at, spent_at IS NOT NULL AS spent, body"];

/// No more codes are taken.
#[derive(Debug, thiserror::Error)]
enum CodesError {
    /// Too many wait.
    #[error("too many codes wait to be spent")]
    Full,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// The codes of this process.
#[derive(Debug, Default)]
pub(super) struct Codes(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    waiting: HashMap<Digest, Box<PendingGrant>>,
    spent: HashMap<Digest, Spent>,
    /// Spent codes in the order in which they were, some perhaps forgotten meanwhile.
    order: VecDeque<Digest>,
    closed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Spent {
    grant: GrantId,
    expires_at: Timestamp,
}

impl Kept {
    fn remember(&mut self, code: Digest, spent: Spent) {
        self.spent.insert(code, spent);
        self.order.push_back(code);
        if self.order.len() > MOST_SPENT
            && let Some(oldest) = self.order.pop_front()
        {
            self.spent.remove(&oldest);
        }
    }
}

impl Codes {
    fn kept(&self) -> Result<MutexGuard<'_, Kept>, StoreError> {
        // Nothing in here stops halfway, so what a panic elsewhere left behind is whole.
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.closed { Err(unavailable(CodesError::Closed)) } else { Ok(kept) }
    }

    /// Forgets what nobody need know any more; gives how much that was.
    pub(super) fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut kept = self.kept()?;
        let before = kept.waiting.len() + kept.spent.len();
        let long_over = now.minus(KEEP_SPENT_CODES);
        kept.waiting.retain(|_, pending| long_over < pending.expires_at);
        kept.spent.retain(|_, spent| long_over < spent.expires_at);
        let Kept { spent, order, .. } = &mut *kept;
        order.retain(|code| spent.contains_key(code));
        let gone = before.saturating_sub(kept.waiting.len() + kept.spent.len());
        Ok(gone.try_into().unwrap_or(u64::MAX))
    }

    /// Takes everything out; afterwards the store is closed.
    fn close(&self) -> (HashMap<Digest, Box<PendingGrant>>, HashMap<Digest, Spent>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.closed = true;
        (std::mem::take(&mut kept.waiting), std::mem::take(&mut kept.spent))
    }
}

impl Sqlite {
    /// Takes up the codes that the last graceful stop wrote down.
    pub(super) async fn take_up_codes(&self) -> Result<(), StoreError> {
        let results = self.writer.run(TAKE_UP, Values::new()).await?;
        let mut kept = self.codes.kept()?;
        for row in results.iter().flatten() {
            let code = bytes_as(row, "code", "code", Digest::from_slice)?;
            if column(row, "code", "spent")? {
                let grant = bytes_as(row, "code", "grant_id", GrantId::from_slice)?;
                kept.remember(code, Spent { grant, expires_at: moment(row, "code", "expires_at")? });
            } else {
                kept.waiting.insert(code, Box::new(json(row, "code", "body")?));
            }
        }
        Ok(())
    }

    /// Writes the codes down and takes no more.
    pub(super) async fn write_codes_down(&self) -> Result<(), StoreError> {
        let (waiting, spent) = self.codes.close();
        let mut rows = Vec::with_capacity(waiting.len() + spent.len());
        for (code, pending) in waiting {
            let (grant, body) = (pending.grant.id, to_json(&pending)?);
            rows.push((code, grant, pending.expires_at, None, body));
        }
        rows.extend(
            spent.into_iter().map(|(code, spent)| (code, spent.grant, spent.expires_at, Some(0_i64), String::new())),
        );
        // A few at a time, so that they share commits and the queue of the writer is never full.
        for some in rows.chunks(64) {
            let saves = some.iter().map(|(code, grant, expires_at, spent_at, body)| {
                let values = Values::new()
                    .with(code.as_bytes())
                    .with(grant.as_bytes())
                    .with(expires_at.micros())
                    .with(*spent_at)
                    .with(body.as_str());
                self.writer.run(SAVE, values)
            });
            futures::future::try_join_all(saves).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl CodeStore for Sqlite {
    async fn keep(&self, code: &Digest, pending: &PendingGrant) -> Result<(), StoreError> {
        let mut kept = self.codes.kept()?;
        if kept.waiting.len() >= MOST_WAITING {
            return Err(unavailable(CodesError::Full));
        }
        kept.waiting.insert(*code, Box::new(pending.clone()));
        Ok(())
    }

    async fn spend(&self, code: &Digest, now: Timestamp) -> Result<Spend, StoreError> {
        let mut kept = self.codes.kept()?;
        if let Some(spent) = kept.spent.get(code) {
            return Ok(Spend::Replayed(spent.grant));
        }
        match kept.waiting.get(code) {
            None => return Ok(Spend::Unknown),
            Some(pending) if pending.expires_at <= now => return Ok(Spend::Expired),
            Some(_) => {}
        }
        let Some(pending) = kept.waiting.remove(code) else { return Ok(Spend::Unknown) };
        kept.remember(*code, Spent { grant: pending.grant.id, expires_at: pending.expires_at });
        Ok(Spend::Fresh(pending))
    }
}
