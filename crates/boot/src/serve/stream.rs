//! Which bytes have come? A stream that notes what it sees in the connection's [`Watch`], and gives hyper one message at a time.

use super::framing::Framing;
use super::watch::Watch;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub(super) struct WatchedStream<I> {
    pub(super) io: I,
    watch: Arc<Watch>,
    framing: Framing,
    /// What came together with a message and is part of the next one: hyper gets it when it is done with the first.
    held: Vec<u8>,
}

impl<I> WatchedStream<I> {
    pub(super) fn new(io: I, watch: Arc<Watch>) -> Self {
        Self { io, watch, framing: Framing::default(), held: Vec::new() }
    }

    /// Whether what is held has to wait: the message before it is not answered, or nobody knows where that ends.
    fn has_to_wait(&self) -> bool {
        self.framing.is_broken() || self.framing.is_between() && !self.watch.may_begin()
    }

    /// Follows what came behind the first `before` bytes of the buffer, leaves there what hyper may have, and holds the rest.
    fn follow(&mut self, buffer: &mut ReadBuf<'_>, before: usize) -> Poll<io::Result<()>> {
        let came = buffer.filled().get(before..).unwrap_or_default();
        if self.framing.is_between() && self.watch.may_begin() {
            self.framing.begin();
        }
        let was_head = self.framing.is_head();
        let ours = match self.framing.follow(came) {
            Ok(ours) => ours,
            Err(ambiguity) => {
                // hyper gets nothing of it; the connection's loop ends it, and still has a word to say.
                self.watch.found_ambiguous(ambiguity);
                buffer.set_filled(before);
                return Poll::Pending;
            }
        };
        if was_head && !self.framing.is_blank() {
            self.watch.head_began();
        }
        // What is taken out of `held` is taken from its beginning.
        self.held.splice(..0, came.iter().skip(ours).copied());
        buffer.set_filled(before + ours);
        if self.framing.is_body() || !self.held.is_empty() {
            self.watch.more_is_under_way();
        } else {
            self.watch.nothing_is_under_way();
        }
        if ours > 0 { Poll::Ready(Ok(())) } else { self.hold_back() }
    }

    /// Gives nothing: before the present message is answered, when the connection's loop asks again, or at all.
    fn hold_back(&self) -> Poll<io::Result<()>> {
        if self.framing.is_broken() {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "the chunks of a body are ambiguous")));
        }
        self.watch.holds_back();
        Poll::Pending
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for WatchedStream<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        if !this.held.is_empty() {
            if this.has_to_wait() {
                return this.hold_back();
            }
            let part = this.held.len().min(buffer.remaining());
            buffer.put_slice(this.held.get(..part).unwrap_or_default());
            this.held.drain(..part);
            if this.held.is_empty() {
                this.held = Vec::new();
            }
            return this.follow(buffer, before);
        }
        ready!(Pin::new(&mut this.io).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            return this.follow(buffer, before);
        }
        if buffer.remaining() > 0 {
            this.watch.peer_finished();
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
