//! The log as anyone may read it whom the operator lets: checkpoint, tiles and entries under the names of C2SP `tlog-tiles`.

use tlog::{
    entries,
    tile::{self, Level, TilePath},
};

use super::tiles::{each_entry, hashes};
use crate::storage::{MessageLogStore, StoreError};

/// What is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The body.
    pub bytes: Vec<u8>,
    /// Its type.
    pub content_type: &'static str,
    /// Whether it will never be another under this name, and may be cached for as long as anyone likes.
    pub immutable: bool,
}

/// What stands under a path: `checkpoint`, `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`. `None` for another path, and
/// for what the newest checkpoint does not cover.
///
/// # Errors
/// When the store does not answer.
pub async fn published(store: &dyn MessageLogStore, path: &str) -> Result<Option<Published>, StoreError> {
    let Some((size, note)) = store.checkpoint().await? else { return Ok(None) };
    if path == "checkpoint" {
        let content_type = "text/plain; charset=utf-8";
        return Ok(Some(Published { bytes: note.into_bytes(), content_type, immutable: false }));
    }
    let Some(tile) = TilePath::parse(path) else { return Ok(None) };
    let Some((first, end)) = tile.span().filter(|(_, end)| *end <= size) else { return Ok(None) };
    let bytes = match tile.level {
        Level::Entries => {
            let (mut bundle, mut fits) = (Vec::new(), true);
            each_entry(store, first, end, |entry| fits &= entries::push(&mut bundle, entry).is_ok()).await?;
            if !fits {
                return Err(StoreError::Unreadable { table: "log_batch" });
            }
            bundle
        }
        Level::Hashes(level) => {
            // In a tree that ends where the tile ends, the tile is as wide as it was asked for.
            let hashes = hashes(store, end, level, tile.number).await?;
            let wide = hashes.len() == usize::from(tile.width);
            if !wide {
                return Err(StoreError::Unreadable { table: "log_tile" });
            }
            tile::encode(&hashes)
        }
    };
    Ok(Some(Published { bytes, content_type: "application/octet-stream", immutable: true }))
}
