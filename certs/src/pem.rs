//! What do the files hold? Read whole, bounded in size, private keys only when others cannot read them.

use std::{
    fs::{File, Metadata},
    io::{self, ErrorKind, Read},
    path::Path,
};

use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, pem::PemObject};

use crate::{CertificateError, ListFile};

/// The most that is read of a chain or of anchors, in bytes.
pub(crate) const MOST_PEM: u64 = 1 << 20;
/// The most that is read of a private key, in bytes.
pub(crate) const MOST_KEY: u64 = 64 << 10;
/// The most that is read of a revocation list, in bytes: about a million entries.
pub(crate) const MOST_LIST: u64 = 64 << 20;

/// Reads a file of at most `most` bytes.
pub(crate) fn read(path: &Path, most: u64) -> Result<Vec<u8>, CertificateError> {
    read_if(path, most, |_| Ok(()))
}

/// Reads a file of revocation lists, or every file of a folder in the order of their names; hidden ones are the work of whoever puts them there.
pub(crate) fn read_lists(path: &Path) -> Result<Vec<ListFile>, CertificateError> {
    let list = |path: &Path| Ok(ListFile { path: path.to_owned(), content: read(path, MOST_LIST)? });
    let cannot = |source| CertificateError::File { path: path.display().to_string(), source };
    if !path.is_dir() {
        return Ok(vec![list(path)?]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !hidden && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    files.iter().map(|file| list(file)).collect()
}

/// Reads a private key, unless everyone may.
pub(crate) fn read_key(path: &Path) -> Result<Vec<u8>, CertificateError> {
    read_if(path, MOST_KEY, |metadata| {
        if open_to_everyone(metadata) {
            return Err(CertificateError::OpenKey { path: path.display().to_string() });
        }
        Ok(())
    })
}

fn read_if(
    path: &Path,
    most: u64,
    fits: impl FnOnce(&Metadata) -> Result<(), CertificateError>,
) -> Result<Vec<u8>, CertificateError> {
    let cannot = |source| CertificateError::File { path: path.display().to_string(), source };
    // Before it is opened: whoever opens a pipe waits for its writer, and a device has no end.
    if !std::fs::metadata(path).map_err(cannot)?.is_file() {
        return Err(cannot(io::Error::new(ErrorKind::InvalidInput, "it is no regular file")));
    }
    let file = File::open(path).map_err(cannot)?;
    let metadata = file.metadata().map_err(cannot)?;
    fits(&metadata)?;
    let mut content = Vec::with_capacity(usize::try_from(metadata.len().min(most)).unwrap_or_default());
    file.take(most + 1).read_to_end(&mut content).map_err(cannot)?;
    if u64::try_from(content.len()).unwrap_or(u64::MAX) > most {
        return Err(CertificateError::TooLarge { path: path.display().to_string(), most });
    }
    Ok(content)
}

#[cfg(unix)]
fn open_to_everyone(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o007 != 0
}

#[cfg(not(unix))]
fn open_to_everyone(_: &Metadata) -> bool {
    false
}

/// All certificates of a PEM text, in order; at least one.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = read.map_err(|_| CertificateError::Malformed("certificate"))?;
    if certificates.is_empty() { Err(CertificateError::Missing("certificate")) } else { Ok(certificates) }
}

/// The one private key of a PEM text (PKCS #8, SEC 1 or PKCS #1, not encrypted).
pub(crate) fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, CertificateError> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| CertificateError::Malformed("private key"))
}

/// The revocation lists of one file: PEM blocks, or one list in DER as authorities publish it (RFC 5280 §5).
pub(crate) fn revocation_lists(content: &[u8]) -> Result<Vec<CertificateRevocationListDer<'static>>, String> {
    // A DER list begins with the tag of a SEQUENCE, which no PEM text does.
    if content.first() == Some(&0x30) {
        return Ok(vec![CertificateRevocationListDer::from(content.to_vec())]);
    }
    let read: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(content).collect();
    match read {
        Ok(lists) if !lists.is_empty() => Ok(lists),
        Ok(_) => Err("no list (X509 CRL, PEM or DER) is in it".to_owned()),
        Err(error) => Err(format!("it is no PEM: {error}")),
    }
}
