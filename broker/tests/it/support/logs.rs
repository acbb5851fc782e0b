//! Everything that this process logs, at any level.

use std::{
    io::{self, Write},
    sync::{Mutex, OnceLock, PoisonError},
};

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static STARTED: OnceLock<()> = OnceLock::new();

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts to listen, once in the process, to what the broker itself says and what its libraries warn of.
pub fn capture() {
    STARTED.get_or_init(|| {
        let filter = tracing_subscriber::EnvFilter::new("debug,broker=trace");
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| Sink).init();
    });
}

/// Whether the text, or its form as it stands in a URL, was logged by now.
#[must_use]
pub fn hold(text: &str) -> bool {
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    let lines = String::from_utf8_lossy(&lines);
    lines.contains(text) || lines.contains(&encoded)
}

/// The lines that carry this reference number.
#[must_use]
pub fn of(reference: &str) -> String {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    let lines = String::from_utf8_lossy(&lines);
    lines.lines().filter(|line| line.contains(reference)).collect::<Vec<_>>().join("\n")
}
