//! Sweeping, readiness and closing.

use async_trait::async_trait;
use clock::Timestamp;

use super::{
    Sqlite,
    row::column,
    script::{Script, Values},
};
use crate::storage::{KEEP_ENDED, StoreCare, StoreError, row::unavailable};

/// A table with what expires, walked in the order of its key, so that it needs no index for its expiry.
struct Swept {
    /// The last key of the next step after `?1`, and of the whole table when fewer rows are left.
    bound: &'static str,
    /// Removes what expired by `?3` between `?1` and `?2`.
    remove: Script,
    /// How long after its expiry a row is kept.
    grace: std::time::Duration,
}

/// A table's two statements. A macro, because only a macro can join texts at compile time. A step is 512 rows, so that
/// nobody waits long behind it.
macro_rules! swept {
    ($table:literal, $key:literal, $expiry:literal, $grace:expr) => {
        Swept {
            bound: concat!(
                "SELECT max(",
                $key,
                ") AS bound FROM (SELECT ",
                $key,
                " FROM ",
                $table,
                " WHERE ",
                $key,
                " > ?1 ORDER BY ",
                $key,
                " LIMIT 512)"
            ),
            remove: &[concat!(
                "DELETE FROM ",
                $table,
                " WHERE ",
                $key,
                " > ?1 AND ",
                $key,
                " <= ?2 AND ",
                $expiry,
                " <= ?3 RETURNING 1"
            )],
            grace: $grace,
        }
    };
}

const NO_GRACE: std::time::Duration = std::time::Duration::ZERO;

const SWEPT: [Swept; 6] = [
    swept!("login", "handle", "expires_at", NO_GRACE),
    swept!("once", "key", "expires_at", NO_GRACE),
    swept!("refresh", "hash", "expires_at", KEEP_ENDED),
    swept!("grant_family", "id", "expires_at", KEEP_ENDED),
    swept!("session", "id", "expires_at", KEEP_ENDED),
    swept!("revoked_token", "id", "until", NO_GRACE),
];

const BEAT: Script =
    &["INSERT INTO heartbeat (id, beats) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET beats = beats + 1"];

#[async_trait]
impl StoreCare for Sqlite {
    async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut gone = self.codes.sweep(now)?;
        self.recent.sweep(now);
        for table in &SWEPT {
            let mut after = Vec::new();
            while let Some(bound) = self.bound(table, &after)? {
                let values =
                    Values::new().with(after.as_slice()).with(bound.as_slice()).with(now.minus(table.grace).micros());
                let removed = self.writer.run(table.remove, values).await?;
                gone = gone.saturating_add(removed.iter().flatten().count().try_into().unwrap_or(u64::MAX));
                after = bound;
            }
        }
        Ok(gone)
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.writer.run(BEAT, Values::new()).await?;
        self.readers.one("SELECT beats FROM heartbeat", &Values::new()).map(drop)
    }

    async fn close(&self) {
        self.recent.close();
        if let Err(error) = self.write_codes_down().await {
            tracing::error!(error = %error, "codes in flight could not be written down; their logins begin again");
        }
        self.readers.close();
        self.writer.close().await;
        // A poisoned lock still holds the file, and letting go of it is all there is to do.
        drop(self.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
    }
}

impl Sqlite {
    fn bound(&self, table: &Swept, after: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.readers.one(table.bound, &Values::new().with(after))?;
        let row = row.ok_or_else(|| unavailable(rusqlite::Error::QueryReturnedNoRows))?;
        column(&row, "swept", "bound")
    }
}
