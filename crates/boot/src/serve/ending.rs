//! How does a connection end so that the peer still reads the last answer?
//!
//! Closing a socket with unread bytes in it makes the kernel send a reset, which may overtake the answer. So the end of
//! our side is announced first, and what still comes is thrown away for a short while.

use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// How long and how much is thrown away before the socket is closed anyway.
const PATIENCE: Duration = Duration::from_millis(1500);
const MOST: usize = 16 * 1024 * 1024;

pub(super) const TOO_MANY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\nretry-after: 1\r\n\r\n";
pub(super) const TOO_SLOW: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
pub(super) const AMBIGUOUS: &[u8] = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Says a last word and closes in an orderly way.
pub(super) async fn answer_and_close(mut io: impl AsyncRead + AsyncWrite + Unpin, answer: &[u8]) {
    // The peer may be gone already: there is nobody left to tell.
    let _ = timeout(PATIENCE, async {
        io.write_all(answer).await?;
        io.flush().await
    })
    .await;
    linger(io).await;
}

/// Ends our side, reads until the peer ends its own, and closes.
pub(super) async fn linger(mut io: impl AsyncRead + AsyncWrite + Unpin) {
    let _ = timeout(PATIENCE, async {
        io.shutdown().await?;
        let mut scratch = [0; 4096];
        let mut thrown_away = 0;
        while thrown_away < MOST {
            match io.read(&mut scratch).await? {
                0 => break,
                bytes => thrown_away += bytes,
            }
        }
        Ok::<(), std::io::Error>(())
    })
    .await;
}
