//! What does a secret's file hold, and is it kept like a secret?

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// More than any key or password needs, a chain of PEM blocks included.
const LARGEST_SECRET: u64 = 64 * 1024;

/// A secret: at most 64 KiB.
pub(super) fn read(path: &Path) -> Result<SecretString, String> {
    private_text(path, LARGEST_SECRET)
}

/// The content of a file that is kept like a secret, without one newline at its end. The error says what is wrong with the
/// file (missing, empty, not UTF-8, larger than `largest` bytes, readable by everyone), never anything of its content.
pub fn private_text(path: &Path, largest: u64) -> Result<SecretString, String> {
    let shown = path.display();
    let cannot = |error: std::io::Error| format!("the file {shown} cannot be read: {error}");
    // Asked before it is opened: whoever opens a pipe waits for its writer.
    if !std::fs::metadata(path).map_err(cannot)?.is_file() {
        return Err(format!("{shown} is not a file"));
    }
    let file = File::open(path).map_err(cannot)?;
    let metadata = file.metadata().map_err(cannot)?;
    if open_to_everyone(&metadata) {
        return Err(format!("the file {shown} may be read by everyone; take that right away (chmod o-rwx)"));
    }
    if metadata.len() > largest {
        return Err(format!("the file {shown} is larger than {largest} bytes"));
    }
    // Room for the whole file at once, so that no copy stays behind in memory when the buffer would grow.
    let capacity = usize::try_from(metadata.len()).unwrap_or_default().saturating_add(64);
    let mut content = Zeroizing::new(String::with_capacity(capacity));
    file.take(largest).read_to_string(&mut content).map_err(cannot)?;
    let secret = content.strip_suffix('\n').map_or(content.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if secret.trim().is_empty() {
        return Err(format!("the file {shown} is empty"));
    }
    Ok(SecretString::from(secret))
}

#[cfg(unix)]
fn open_to_everyone(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o007 != 0
}

#[cfg(not(unix))]
fn open_to_everyone(_: &std::fs::Metadata) -> bool {
    false
}
