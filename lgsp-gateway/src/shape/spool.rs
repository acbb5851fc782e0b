//! A reply that is larger than what is held in memory, kept in an unnamed file until it is sent.
//!
//! A signature states the digest of a body before its first byte, so the whole of it must be there before it is sent.

use std::{
    fmt,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::{Bytes, BytesMut};
use contract::{BodyError, BodyStream};
use futures::StreamExt;
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
};

use super::digest::Growing;

/// How much is read from the file at once, in bytes.
const PIECE: usize = 32 * 1024;
/// How many names are tried before giving up.
const TRIES: u32 = 100;

/// Where large replies wait.
#[derive(Clone, Debug)]
pub struct Spools {
    folder: Arc<Path>,
    made: Arc<AtomicU64>,
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
        Self { folder: folder.into().into(), made: Arc::default() }
    }

    /// Takes a whole body, at most `most` bytes.
    pub(super) async fn keep(&self, mut stream: BodyStream, most: u64) -> Result<Spool, SpoolError> {
        let mut file = self.unnamed().await?;
        let mut digest = Growing::new();
        let mut bytes: u64 = 0;
        while let Some(piece) = stream.next().await {
            let piece = piece?;
            bytes = bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if bytes > most {
                return Err(BodyError::TooLong.into());
            }
            digest.add(&piece);
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        file.rewind().await?;
        Ok(Spool { file, bytes, digest: digest.finish() })
    }

    /// A file that only this process has: made anew (never opened), for its owner alone, and without a name from here on.
    async fn unnamed(&self) -> io::Result<File> {
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let (folder, made) = (Arc::clone(&self.folder), Arc::clone(&self.made));
        let open = move || {
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
        };
        let file = tokio::task::spawn_blocking(open).await.map_err(io::Error::other)??;
        Ok(File::from_std(file))
    }
}

/// A body in an unnamed file. Its space is free again when it is dropped.
pub struct Spool {
    file: File,
    bytes: u64,
    digest: String,
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
        Box::pin(futures::stream::try_unfold((self.file, self.bytes), |(mut file, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            let piece = read(&mut file).await.map_err(|_| BodyError::Cut)?;
            let length = u64::try_from(piece.len()).map_err(|_| BodyError::Cut)?;
            let left = left.checked_sub(length).filter(|_| length > 0).ok_or(BodyError::Cut)?;
            Ok(Some((piece, (file, left))))
        }))
    }
}

async fn read(file: &mut File) -> io::Result<Bytes> {
    let mut piece = BytesMut::with_capacity(PIECE);
    file.read_buf(&mut piece).await?;
    Ok(piece.freeze())
}

#[cfg(test)]
mod tests {
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
        assert_eq!((spool.bytes(), spool.digest()), (700_000, super::super::digest::of(&vec![b'x'; 700_000]).as_str()));
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
