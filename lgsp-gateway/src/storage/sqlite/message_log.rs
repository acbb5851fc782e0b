//! The message log as rows of SQLite.

use async_trait::async_trait;
use futures::TryStreamExt;
use sqlx::{Arguments, Encode, Sqlite, Type, sqlite::SqliteArguments};

use super::{
    SqliteLog,
    writer::{NotOpen, Outcome, Script, script},
};
use crate::storage::{
    Batch, Durability, MessageLogStore, StoreError, TileRow,
    fault::{batch, column, number, tile, unavailable, value},
};

/// The row of the head moves only when it stands where the batch begins; the batch is written only when it moved.
const APPEND: Script = script!(
    "UPDATE log_head SET size = ?1 + ?3, head = ?2 WHERE size = ?1",
    "INSERT INTO log_batch (first, count, since, until, entries, evidence) \
     SELECT ?1, ?3, ?4, ?5, ?6, ?7 WHERE changes() = 1"
);

/// Writes what is there again, because only a commit that writes something is flushed.
const SETTLE: Script = script!("UPDATE log_head SET size = size RETURNING head");

const KEEP_CHECKPOINT: Script = script!(
    "DELETE FROM log_checkpoint WHERE size < ?1 AND size / 1024 = ?1 / 1024",
    "INSERT INTO log_checkpoint (size, note) VALUES (?1, ?2) ON CONFLICT DO NOTHING"
);

const KEEP_TILE: Script =
    script!("INSERT INTO log_tile (level, number, hashes) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");

const READ: &str = "SELECT first, count, since, until, entries, evidence FROM log_batch \
     WHERE first >= (SELECT max(first) FROM log_batch WHERE first <= ?1) ORDER BY first";

/// The evidence is the last column, so that what is not asked for is not read either.
const READ_ENTRIES: &str = "SELECT first, count, since, until, entries, x'' AS evidence FROM log_batch \
     WHERE first >= (SELECT max(first) FROM log_batch WHERE first <= ?1) ORDER BY first";

/// Values of a script, by number.
#[derive(Default)]
struct Values(SqliteArguments);

impl Values {
    fn and<'v>(mut self, value: impl Encode<'v, Sqlite> + Type<Sqlite>) -> Result<Self, StoreError> {
        self.0.add(value).map_err(StoreError::Failed)?;
        Ok(self)
    }
}

impl SqliteLog {
    /// How many entries there are.
    pub(in crate::storage) async fn size(&self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT size FROM log_head").fetch_one(&self.readers).await.map_err(unavailable)?;
        number(&row, "log_head", "size")
    }

    /// Appends as [`MessageLogStore::append`] does, without a copy of the batch.
    pub(in crate::storage) async fn extend(
        &self,
        batch: Batch,
        head: Vec<u8>,
        durability: Durability,
    ) -> Result<(), StoreError> {
        let Batch { first, count, since, until, entries, evidence } = batch;
        let values = Values::default().and(column(first)?)?.and(head)?.and(i64::from(count))?;
        let values = values.and(column(since)?)?.and(column(until)?)?.and(entries)?.and(evidence)?;
        let outcome = self.write(&APPEND, durability, values).await?;
        if outcome.changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
    }

    async fn batches(&self, sql: &'static str, index: u64, most_bytes: usize) -> Result<Vec<Batch>, StoreError> {
        let mut rows = sqlx::query(sql).bind(column(index)?).fetch(&self.readers);
        let (mut batches, mut bytes) = (Vec::new(), 0);
        while bytes < most_bytes
            && let Some(row) = rows.try_next().await.map_err(unavailable)?
        {
            let batch = batch(&row)?;
            if batch.first.saturating_add(u64::from(batch.count)) > index {
                bytes += batch.entries.len();
                batches.push(batch);
            }
        }
        Ok(batches)
    }

    async fn write(&self, script: &Script, durability: Durability, values: Values) -> Result<Outcome, StoreError> {
        let writer = self.writer.as_ref().ok_or_else(|| unavailable(NotOpen))?;
        writer.run(script, durability, values.0).await
    }
}

#[async_trait]
impl MessageLogStore for SqliteLog {
    async fn head(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query("SELECT head FROM log_head").fetch_one(&self.readers).await.map_err(unavailable)?;
        value(&row, "log_head", "head")
    }

    async fn append(&self, batch: &Batch, head: &[u8], durability: Durability) -> Result<(), StoreError> {
        self.extend(batch.clone(), head.to_vec(), durability).await
    }

    async fn settle(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let outcome = self.write(&SETTLE, Durability::Power, Values::default()).await?;
        let row = outcome.rows.first().ok_or(StoreError::Unreadable { table: "log_head" })?;
        value(row, "log_head", "head")
    }

    async fn read(&self, index: u64, most_bytes: usize) -> Result<Vec<Batch>, StoreError> {
        self.batches(READ, index, most_bytes).await
    }

    async fn read_entries(&self, index: u64, most_bytes: usize) -> Result<Vec<Batch>, StoreError> {
        self.batches(READ_ENTRIES, index, most_bytes).await
    }

    async fn first_at(&self, millis: u64) -> Result<Option<u64>, StoreError> {
        let query = sqlx::query("SELECT first FROM log_batch WHERE until >= ?1 ORDER BY until, first LIMIT 1");
        let row = query.bind(column(millis)?).fetch_optional(&self.readers).await.map_err(unavailable)?;
        row.map(|row| number(&row, "log_batch", "first")).transpose()
    }

    async fn keep_checkpoint(&self, size: u64, note: &str) -> Result<(), StoreError> {
        let values = Values::default().and(column(size)?)?.and(note)?;
        self.write(&KEEP_CHECKPOINT, Durability::Power, values).await?;
        Ok(())
    }

    async fn checkpoint(&self) -> Result<Option<(u64, String)>, StoreError> {
        let query = sqlx::query("SELECT size, note FROM log_checkpoint ORDER BY size DESC LIMIT 1");
        let row = query.fetch_optional(&self.readers).await.map_err(unavailable)?;
        row.map(|row| Ok((number(&row, "log_checkpoint", "size")?, value(&row, "log_checkpoint", "note")?))).transpose()
    }

    async fn checkpoints(&self, after: u64, most: u32) -> Result<Vec<(u64, String)>, StoreError> {
        let query = sqlx::query("SELECT size, note FROM log_checkpoint WHERE size > ?1 ORDER BY size LIMIT ?2");
        let rows = query.bind(column(after)?).bind(i64::from(most)).fetch_all(&self.readers).await;
        let read = |row| Ok((number(row, "log_checkpoint", "size")?, value(row, "log_checkpoint", "note")?));
        rows.map_err(unavailable)?.iter().map(read).collect()
    }

    async fn keep_tiles(&self, tiles: &[TileRow]) -> Result<(), StoreError> {
        for tile in tiles {
            let values =
                Values::default().and(i64::from(tile.level))?.and(column(tile.number)?)?.and(tile.hashes.as_slice())?;
            self.write(&KEEP_TILE, Durability::Process, values).await?;
        }
        Ok(())
    }

    async fn tile_count(&self, level: u8) -> Result<u64, StoreError> {
        let query = sqlx::query("SELECT coalesce(max(number) + 1, 0) AS count FROM log_tile WHERE level = ?1");
        let row = query.bind(i64::from(level)).fetch_one(&self.readers).await.map_err(unavailable)?;
        number(&row, "log_tile", "count")
    }

    async fn tiles(&self, level: u8, first: u64, most: u32) -> Result<Vec<TileRow>, StoreError> {
        let query = sqlx::query(
            "SELECT number, hashes FROM log_tile WHERE level = ?1 AND number >= ?2 ORDER BY number LIMIT ?3",
        );
        let query = query.bind(i64::from(level)).bind(column(first)?).bind(i64::from(most));
        let rows = query.fetch_all(&self.readers).await.map_err(unavailable)?;
        rows.iter().map(|row| tile(row, level)).collect()
    }

    async fn close(&self) {
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
        self.readers.close().await;
        if let Ok(mut lock) = self.lock.lock() {
            lock.take();
        }
    }
}
