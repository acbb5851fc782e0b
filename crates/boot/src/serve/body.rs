//! When has an answer been made to its end? When its body is dropped: hyper does so with the last piece, or when nobody is
//! left to take it.

use super::watch::Watch;
use hyper::body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

pin_project! {
    /// A body that notes its end in the connection's [`Watch`].
    pub(super) struct WatchedBody<B> {
        #[pin]
        body: B,
        end: End,
    }
}

struct End(Arc<Watch>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.request_answered();
    }
}

impl<B> WatchedBody<B> {
    pub(super) fn new(body: B, watch: Arc<Watch>) -> Self {
        Self { body, end: End(watch) }
    }
}

impl<B: Body> Body for WatchedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.project().body.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
