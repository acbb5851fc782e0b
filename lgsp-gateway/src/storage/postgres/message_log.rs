//! The message log as rows of Postgres.

use async_trait::async_trait;
use futures::TryStreamExt;

use super::{PostgresLog, limited};
use crate::storage::{
    Batch, Durability, MessageLogStore, StoreError, TileRow,
    fault::{batch, column, number, tile, unavailable, value},
};

/// The row of the head is locked and moves only when it stands where the batch begins; the batch is written only when it
/// moved. Of replicas that try at once one moves it, and the others find that it has moved.
const APPEND: &str = "WITH moved AS (UPDATE log_head SET size = $1 + $3, head = $2 WHERE size = $1 RETURNING 1) \
     INSERT INTO log_batch (first, count, since, until, entries, evidence) SELECT $1, $3, $4, $5, $6, $7 FROM moved";

/// A commit that is flushed flushes all that were made before it. This one has something to flush and locks no row, so appends
/// go on beside it.
const SETTLE: &str = "SELECT head, pg_logical_emit_message(true, 'lgsp', '') FROM log_head";

const KEEP_CHECKPOINT: &str = "WITH thinned AS (DELETE FROM log_checkpoint WHERE size < $1 AND size / 1024 = $1 / 1024) \
     INSERT INTO log_checkpoint (size, note) VALUES ($1, $2) ON CONFLICT DO NOTHING";

/// All of them at once, because each commit is a flush for which those of records wait.
const KEEP_TILES: &str = "INSERT INTO log_tile (level, number, hashes) \
     SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[]) ON CONFLICT DO NOTHING";

const READ: &str = "SELECT first, count, since, until, entries, evidence FROM log_batch \
     WHERE first >= (SELECT max(first) FROM log_batch WHERE first <= $1) ORDER BY first LIMIT $2";

const READ_ENTRIES: &str = "SELECT first, count, since, until, entries, ''::bytea AS evidence FROM log_batch \
     WHERE first >= (SELECT max(first) FROM log_batch WHERE first <= $1) ORDER BY first LIMIT $2";

impl PostgresLog {
    async fn batches(&self, sql: &'static str, index: u64, most_bytes: usize) -> Result<Vec<Batch>, StoreError> {
        // A row that is left over costs its transfer, so there is a limit; no batch is much smaller than this.
        let most_rows = i64::try_from(most_bytes / 256).unwrap_or(i64::MAX).clamp(2, 16_384);
        let query = sqlx::query(sql).bind(column(index)?).bind(most_rows);
        limited(async {
            let mut rows = query.fetch(&self.pool);
            let (mut batches, mut bytes) = (Vec::new(), 0);
            while bytes < most_bytes
                && let Some(row) = rows.try_next().await.map_err(unavailable)?
            {
                // Rows that have come are there at once: the thread serves calls meanwhile.
                tokio::task::consume_budget().await;
                let batch = batch(&row)?;
                if batch.first.saturating_add(u64::from(batch.count)) > index {
                    bytes += batch.entries.len();
                    batches.push(batch);
                }
            }
            Ok(batches)
        })
        .await
    }
}

#[async_trait]
impl MessageLogStore for PostgresLog {
    async fn head(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query("SELECT head FROM log_head").fetch_one(&self.pool);
        let row = limited(async { query.await.map_err(unavailable) }).await?;
        value(&row, "log_head", "head")
    }

    async fn append(&self, batch: &Batch, head: &[u8], durability: Durability) -> Result<(), StoreError> {
        let connection = match durability {
            Durability::Power => &self.power,
            Durability::Process => &self.process,
        };
        let query = sqlx::query(APPEND)
            .bind(column(batch.first)?)
            .bind(head)
            .bind(i64::from(batch.count))
            .bind(column(batch.since)?)
            .bind(column(batch.until)?)
            .bind(batch.entries.as_slice())
            .bind(batch.evidence.as_slice());
        let done = limited(async { query.execute(connection).await.map_err(unavailable) }).await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
    }

    async fn settle(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query(SETTLE).fetch_one(&self.pool);
        let row = limited(async { query.await.map_err(unavailable) }).await?;
        value(&row, "log_head", "head")
    }

    async fn read(&self, index: u64, most_bytes: usize) -> Result<Vec<Batch>, StoreError> {
        self.batches(READ, index, most_bytes).await
    }

    async fn read_entries(&self, index: u64, most_bytes: usize) -> Result<Vec<Batch>, StoreError> {
        self.batches(READ_ENTRIES, index, most_bytes).await
    }

    async fn first_at(&self, millis: u64) -> Result<Option<u64>, StoreError> {
        let query = sqlx::query("SELECT first FROM log_batch WHERE until >= $1 ORDER BY until, first LIMIT 1");
        let query = query.bind(column(millis)?).fetch_optional(&self.pool);
        let row = limited(async { query.await.map_err(unavailable) }).await?;
        row.map(|row| number(&row, "log_batch", "first")).transpose()
    }

    async fn keep_checkpoint(&self, size: u64, note: &str) -> Result<(), StoreError> {
        let query = sqlx::query(KEEP_CHECKPOINT).bind(column(size)?).bind(note).execute(&self.pool);
        limited(async { query.await.map_err(unavailable) }).await?;
        Ok(())
    }

    async fn checkpoint(&self) -> Result<Option<(u64, String)>, StoreError> {
        let query = sqlx::query("SELECT size, note FROM log_checkpoint ORDER BY size DESC LIMIT 1");
        let row = limited(async { query.fetch_optional(&self.pool).await.map_err(unavailable) }).await?;
        row.map(|row| Ok((number(&row, "log_checkpoint", "size")?, value(&row, "log_checkpoint", "note")?))).transpose()
    }

    async fn checkpoints(&self, after: u64, most: u32) -> Result<Vec<(u64, String)>, StoreError> {
        let query = sqlx::query("SELECT size, note FROM log_checkpoint WHERE size > $1 ORDER BY size LIMIT $2");
        let query = query.bind(column(after)?).bind(i64::from(most)).fetch_all(&self.pool);
        let rows = limited(async { query.await.map_err(unavailable) }).await?;
        let read = |row| Ok((number(row, "log_checkpoint", "size")?, value(row, "log_checkpoint", "note")?));
        rows.iter().map(read).collect()
    }

    async fn keep_tiles(&self, tiles: &[TileRow]) -> Result<(), StoreError> {
        let (mut levels, mut numbers, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
        for tile in tiles {
            levels.push(i16::from(tile.level));
            numbers.push(column(tile.number)?);
            hashes.push(tile.hashes.as_slice());
        }
        let query = sqlx::query(KEEP_TILES).bind(levels).bind(numbers).bind(hashes).execute(&self.pool);
        limited(async { query.await.map_err(unavailable) }).await?;
        Ok(())
    }

    async fn tile_count(&self, level: u8) -> Result<u64, StoreError> {
        let query = sqlx::query("SELECT coalesce(max(number) + 1, 0) AS count FROM log_tile WHERE level = $1");
        let query = query.bind(i16::from(level)).fetch_one(&self.pool);
        let row = limited(async { query.await.map_err(unavailable) }).await?;
        number(&row, "log_tile", "count")
    }

    async fn tiles(&self, level: u8, first: u64, most: u32) -> Result<Vec<TileRow>, StoreError> {
        let query = sqlx::query(
            "SELECT number, hashes FROM log_tile WHERE level = $1 AND number >= $2 ORDER BY number LIMIT $3",
        );
        let query = query.bind(i16::from(level)).bind(column(first)?).bind(i64::from(most)).fetch_all(&self.pool);
        let rows = limited(async { query.await.map_err(unavailable) }).await?;
        rows.iter().map(|row| tile(row, level)).collect()
    }

    async fn close(&self) {
        self.power.close().await;
        self.process.close().await;
        self.pool.close().await;
    }
}
