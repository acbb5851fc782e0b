//! A reply that is larger than what is held in memory, kept in an unnamed file until it is sent.
//!
//! A signature states the digest of a body before its first byte, so the whole of it must be there before it is sent.

use std::{
    fmt,
    fs::File,
    io::{self, ErrorKind},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use contract::{BodyError, BodyStream};
use futures::StreamExt;
use signing::content_digest::Hasher;
use tokio::sync::Semaphore;

/// How much is read from the file at once, in bytes.
const PIECE: usize = 16 * 1024;
/// How many pieces are written or read at once. Each takes a thread, and more of them make no disk faster.
const AT_ONCE: usize = 4;
/// How many names are tried before giving up.
const TRIES: u32 = 100;

/// Where large replies wait.
#[derive(Clone, Debug)]
pub struct Spools {
    folder: Arc<Path>,
    made: Arc<AtomicU64>,
    hands: Hands,
}

/// What reads and writes: a file blocks whoever does.
#[derive(Clone, Debug)]
struct Hands(Arc<Semaphore>);

impl Hands {
    async fn with<T: Send + 'static>(&self, act: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
        let _one = self.0.acquire().await.map_err(io::Error::other)?;
        tokio::task::spawn_blocking(act).await.map_err(io::Error::other)?
    }
}

/// Why a reply could not be kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum SpoolError {
    /// It did not come to its end.
    #[error("the reply did not come to its end")]
    Body(#[from] BodyError),
    /// The file cannot be made, written or read.
    #[error("the spool file cannot be written")]
    File(#[from] io::Error),
}

impl Spools {
    /// Keeps replies in files of this folder. It should be on a disk: what lies there must not count as memory.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let hands = Hands(Arc::new(Semaphore::new(AT_ONCE)));
        Self { folder: folder.into().into(), made: Arc::default(), hands }
    }

    /// Whether a folder takes files.
    ///
    /// # Errors
    /// Why it does not.
    pub fn check(folder: &Path) -> io::Result<()> {
        make_unnamed(folder, &AtomicU64::new(0)).map(drop)
    }

    /// Takes a whole body, at most `most` bytes.
    pub(super) async fn keep(&self, mut stream: BodyStream, most: u64) -> Result<Spool, SpoolError> {
        let file = Arc::new(self.unnamed().await?);
        let mut digest = Hasher::new();
        let mut bytes: u64 = 0;
        while let Some(piece) = stream.next().await {
            let piece = piece?;
            let at = bytes;
            bytes = bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if bytes > most {
                return Err(BodyError::TooLong.into());
            }
            digest.update(&piece);
            let file = Arc::clone(&file);
            self.hands.with(move || file.write_all_at(&piece, at)).await?;
        }
        Ok(Spool { file, bytes, digest: digest.finish().value(), hands: self.hands.clone() })
    }

    /// A file that only this process has: made anew (never opened), for its owner alone, and without a name from here on.
    async fn unnamed(&self) -> io::Result<File> {
        let (folder, made) = (Arc::clone(&self.folder), Arc::clone(&self.made));
        self.hands.with(move || make_unnamed(&folder, &made)).await
    }
}

fn make_unnamed(folder: &Path, made: &AtomicU64) -> io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create_new(true).mode(0o600);
    for _ in 0..TRIES {
        let number = made.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("lgsp-reply-{}-{number}", std::process::id()));
        match options.open(&path) {
            Ok(file) => return std::fs::remove_file(&path).map(|()| file),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// A body in an unnamed file. Its space is free again when it is dropped.
pub struct Spool {
    file: Arc<File>,
    bytes: u64,
    digest: String,
    hands: Hands,
}

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spool({} bytes)", self.bytes)
    }
}

impl Spool {
    /// Its length in bytes.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// `sha-256=:…:` of the body (RFC 9530 §2).
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The body. It ends with [`BodyError::Cut`] when the file cannot be read any more.
    #[must_use]
    pub fn into_stream(self) -> BodyStream {
        Box::pin(futures::stream::try_unfold((self, 0), |(spool, at)| async move {
            if at == spool.bytes {
                return Ok(None);
            }
            let piece = spool.read(at).await.map_err(|_| BodyError::Cut)?;
            let read = u64::try_from(piece.len()).map_err(|_| BodyError::Cut)?;
            Ok(Some((piece, (spool, at.saturating_add(read)))))
        }))
    }

    /// The piece at this place; an error when there is nothing.
    async fn read(&self, at: u64) -> io::Result<Bytes> {
        let left = usize::try_from(self.bytes.saturating_sub(at)).unwrap_or(usize::MAX);
        let mut piece = vec![0; left.min(PIECE)];
        let file = Arc::clone(&self.file);
        self.hands.with(move || file.read_exact_at(&mut piece, at).map(|()| piece.into())).await
    }
}

#[cfg(test)]
mod tests {
    use signing::content_digest;

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn pieces(count: usize) -> BodyStream {
        let piece = Bytes::from(vec![b'x'; 100_000]);
        Box::pin(futures::stream::iter(vec![Ok(piece); count]))
    }

    #[tokio::test]
    async fn a_body_comes_out_as_it_went_in_and_leaves_no_name_behind() {
        let folder = folder();
        let spool = Spools::new(folder.path()).keep(pieces(7), 700_000).await.unwrap();
        assert_eq!((spool.bytes(), spool.digest()), (700_000, content_digest::value(&vec![b'x'; 700_000]).as_str()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let out: Vec<Bytes> = spool.into_stream().map(Result::unwrap).collect().await;
        assert_eq!(out.concat(), vec![b'x'; 700_000]);
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_or_cut_is_not_kept() {
        let folder = folder();
        let spools = Spools::new(folder.path());
        let long = spools.keep(pieces(7), 699_999).await;
        assert!(matches!(long, Err(SpoolError::Body(BodyError::TooLong))));
        let cut = Box::pin(pieces(1).chain(futures::stream::iter([Err(BodyError::Cut)])));
        assert!(matches!(spools.keep(cut, u64::MAX).await, Err(SpoolError::Body(BodyError::Cut))));
    }

    #[tokio::test]
    async fn a_file_that_lies_in_the_way_is_never_written_to() {
        let folder = folder();
        let way = folder.path().join(format!("lgsp-reply-{}-0", std::process::id()));
        std::fs::write(&way, "mine").unwrap();
        Spools::new(folder.path()).keep(pieces(1), u64::MAX).await.unwrap();
        assert_eq!(std::fs::read_to_string(way).unwrap(), "mine");
        let nowhere = Spools::new(folder.path().join("nowhere")).keep(pieces(1), u64::MAX).await;
        assert!(matches!(nowhere, Err(SpoolError::File(_))));
    }
}
