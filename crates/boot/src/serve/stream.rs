//! Which bytes have come? A stream that notes what it sees in the connection's [`Watch`].

use super::framing::HeadScan;
use super::watch::{Phase, Watch};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub(super) struct WatchedStream<I> {
    pub(super) io: I,
    pub(super) watch: Arc<Watch>,
    pub(super) scan: HeadScan,
}

impl<I: AsyncRead + Unpin> AsyncRead for WatchedStream<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            if self.watch.phase() == Phase::Idle {
                self.scan = HeadScan::default();
            }
            self.watch.bytes_came();
            if self.watch.phase() == Phase::Head
                && let Err(ambiguity) = self.scan.look(buffer.filled().get(before..).unwrap_or_default())
            {
                // hyper gets nothing of it; the connection's loop ends it, and still has a word to say.
                self.watch.found_ambiguous(ambiguity);
                buffer.set_filled(before);
                return Poll::Pending;
            }
        } else if buffer.remaining() > 0 {
            self.watch.peer_finished();
        }
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for WatchedStream<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.watch.writing();
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, bytes))?;
        self.watch.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.watch.writing();
        let written = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, slices))?;
        self.watch.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.io).poll_flush(cx))?;
        self.watch.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
