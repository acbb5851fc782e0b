//! Everything that is logged in this process, by anybody, at any level: where secrets would show.

use std::{
    io::{self, Write},
    sync::{Mutex, OnceLock, PoisonError},
};

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static STARTED: OnceLock<bool> = OnceLock::new();

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

/// The log of this process: events of `tracing` and of the older `log`, down to the finest level.
#[derive(Clone, Copy, Debug)]
pub struct Logs(());

impl Logs {
    /// Starts to listen; `None` when another subscriber was set before, because then nothing can be proven.
    #[must_use]
    pub fn capture() -> Option<Self> {
        let started = STARTED.get_or_init(|| {
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_ansi(false)
                .with_writer(|| Sink)
                .try_init()
                .is_ok()
        });
        started.then_some(Self(()))
    }

    /// Whether the text, or its form as it stands in a URL, was logged by now.
    #[must_use]
    pub fn hold(self, text: &str) -> bool {
        let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        [text, encoded.as_str()].into_iter().any(|text| contains(&lines, text.as_bytes()))
    }
}

fn contains(lines: &[u8], text: &[u8]) -> bool {
    !text.is_empty() && lines.windows(text.len()).any(|window| window == text)
}
