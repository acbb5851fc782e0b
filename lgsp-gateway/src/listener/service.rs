//! One request of a connection: a place, a call, its way, an answer.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures::FutureExt;
use hyper::{Request, Response, body::Incoming};
use tower::Service;

use super::{
    accept::Peer,
    http::{self, Answer, Refused},
};
use crate::{app::App, refusal::Refusal, reply::RecordedReply, stack};

/// Answers every request of every connection.
#[derive(Clone)]
pub struct Answering {
    app: Arc<App>,
}

impl Answering {
    /// Answers with this application.
    #[must_use]
    pub const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

impl Service<Request<Incoming>> for Answering {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let app = Arc::clone(&self.app);
        Box::pin(async move { Ok(answer(app, request).await) })
    }
}

async fn answer(app: Arc<App>, request: Request<Incoming>) -> Response<Answer> {
    let method = request.method().clone();
    let Some(peer) = request.extensions().get::<Arc<Peer>>().cloned() else {
        // INVARIANT: the listener puts the peer of the connection into every request.
        return http::answer(RecordedReply::failed(), &method);
    };
    let registry = app.registry.get();
    let caller = registry.subsystem_of_key(&peer.certificate.key_sha256, app.clock.now());
    let place = match app.places.take(caller.map(|subsystem| subsystem.id.clone())) {
        Ok(place) => place,
        Err(code) => {
            let (parts, _unread) = request.into_parts();
            let head = app.accepting.head(parts, &peer, registry);
            let head = head.map_or_else(|refused| refused.head, |(head, _)| Some(head));
            return http::answer(stack::refuse(&app, head, Refusal::new(code)), &method);
        }
    };
    let way = async move {
        let reply = match app.accepting.accept(request, &peer, registry).await {
            Ok(call) => stack::answer(&app, call).await,
            Err(refused) => {
                let Refused { head, refusal } = *refused;
                stack::refuse(&app, head, refusal)
            }
        };
        drop(place);
        reply
    };
    http::answer(ToItsEnd::of(way).await, &method)
}

/// The way of a call, which is gone to its end: a caller that leaves does not end what was begun, and a panic does not end
/// the connection. It becomes a task of its own only when the caller leaves.
struct ToItsEnd(Option<Pin<Box<dyn Future<Output = RecordedReply> + Send>>>);

impl ToItsEnd {
    fn of(way: impl Future<Output = RecordedReply> + Send + 'static) -> Self {
        // What a panic leaves behind is its own call's, and that is over.
        let way = AssertUnwindSafe(way).catch_unwind().map(|answered| {
            answered.unwrap_or_else(|_| {
                tracing::error!(refusal.code = "internal", "a call was not answered");
                RecordedReply::failed()
            })
        });
        Self(Some(Box::pin(way)))
    }
}

impl Future for ToItsEnd {
    type Output = RecordedReply;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<RecordedReply> {
        let Some(way) = &mut self.0 else { return Poll::Pending };
        let reply = ready!(way.as_mut().poll(cx));
        self.0 = None;
        Poll::Ready(reply)
    }
}

impl Drop for ToItsEnd {
    fn drop(&mut self) {
        if let Some(way) = self.0.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(way);
        }
    }
}
