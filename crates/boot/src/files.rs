//! How does a service handle its files? It holds one against all other processes, makes them for its owner alone, and reads what is a
//! file, up to a bound.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::Path,
};

/// A file that one process holds against all others, for as long as this value lives. The system lets go of it with the process,
/// however that ends.
#[derive(Debug)]
pub struct Hold(File);

impl Hold {
    /// Takes the file, which is made when it is not there; what it says stays as it is.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] when it is held already, here or by another process.
    pub fn take(path: &Path) -> Result<Self, TryLockError> {
        let file = private_file(path).map_err(TryLockError::Error)?;
        file.try_lock()?;
        Ok(Self(file))
    }

    /// Takes `<file>.lock`, for a file that others may open to read.
    ///
    /// # Errors
    /// As [`Hold::take`].
    pub fn beside(path: &Path) -> Result<Self, TryLockError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        Self::take(Path::new(&name))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // Closing alone would not do: a child that is just being started has the same open file until it becomes its program.
        // Where this fails there is nothing to be done, and closing lets go soon.
        let _ = self.0.unlock();
    }
}

/// Opens a file to read and write, as it is; where it is not there it is made so that only its owner may read it.
///
/// # Errors
/// Whatever the system says.
pub fn private_file(path: &Path) -> io::Result<File> {
    private().truncate(false).read(true).open(path)
}

/// Writes a file that, where it is not there yet, is made so that only its owner may read it.
///
/// # Errors
/// Whatever the system says.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    private().truncate(true).open(path)?.write_all(content)
}

/// Reads a file of at most `most` bytes. A pipe or a device is no file: reading it might never end.
///
/// # Errors
/// Whatever the system says; [`io::ErrorKind::InvalidInput`] when it is no regular file, [`io::ErrorKind::FileTooLarge`].
pub fn read_file(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    // Asked before it is opened, because opening a pipe waits for somebody to write into it.
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    }
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {most} bytes"));
    if metadata.len() > most {
        return Err(too_large());
    }
    let mut content = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut content)?;
    if u64::try_from(content.len()).unwrap_or(u64::MAX) > most { Err(too_large()) } else { Ok(content) }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.create(true).write(true);
    options
}

#[cfg(test)]
mod tests {
    use super::{Hold, read_file};
    use std::{fs::TryLockError, io::ErrorKind, path::Path};

    #[test]
    fn one_holds_a_file_and_lets_go_of_it_at_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.db");
        let held = Hold::beside(&path).unwrap();
        assert!(matches!(Hold::beside(&path), Err(TryLockError::WouldBlock)));
        // As a child has it that was begun meanwhile: the same open file once more.
        let inherited = held.0.try_clone().unwrap();
        drop(held);
        let again = Hold::beside(&path).unwrap();
        drop(inherited);
        assert!(matches!(Hold::beside(&path), Err(TryLockError::WouldBlock)));
        drop(again);
    }

    #[test]
    fn a_file_is_read_up_to_its_bound_and_what_is_no_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read_file(&path, 5).unwrap(), b"12345");
        for (path, most, expected) in [
            (path.as_path(), 4, ErrorKind::FileTooLarge),
            (folder.path(), 5, ErrorKind::InvalidInput),
            (Path::new("/dev/zero"), 5, ErrorKind::InvalidInput),
            (&folder.path().join("nowhere"), 5, ErrorKind::NotFound),
        ] {
            assert_eq!(read_file(path, most).unwrap_err().kind(), expected, "{}", path.display());
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_made_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("marker");
        drop(Hold::take(&path).unwrap());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "kept").unwrap();
        drop(Hold::take(&path).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "kept");
    }
}
