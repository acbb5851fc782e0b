//! The order of the suite, and the verdict on each case.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::StreamExt;
use tokio::{net::TcpListener, time::Instant};
use url::Url;

use super::{
    ExchangeDialect, Violation,
    faults::{self, Expected, Fault},
};
use crate::{
    Body, BodyError, Exchange, ExchangeError, ExchangeFault, ExchangeReply,
    conformance::{
        Logs, Patience,
        server::{Action, FLOOD_BYTES, Reply, Request, Server},
    },
};

/// The patience with adapters that keep their promises.
const PATIENCE: Patience =
    Patience { long: Duration::from_secs(15), short: Duration::from_millis(400), slack: Duration::from_secs(3) };
/// More than any good answer of a fixture, far less than a flood.
const MAX_ANSWER_BYTES: u64 = 2 * 1024 * 1024;

/// The status of an answer that came to its end, or how it failed.
type Outcome = Result<u16, ExchangeError>;

/// Puts an adapter through everything and returns what it did wrong: nothing, when it keeps its promises.
pub async fn exchange(dialect: Arc<dyn ExchangeDialect>) -> Vec<Violation> {
    exchange_with(dialect, PATIENCE).await
}

/// The same with another patience: an adapter that keeps no time is found out sooner with less.
pub async fn exchange_with(dialect: Arc<dyn ExchangeDialect>, patience: Patience) -> Vec<Violation> {
    let mut suite = Suite { dialect, patience, violations: Vec::new() };
    let logs = Logs::capture();
    tracing::info!("exchange-conformance-marker");
    if !logs.is_some_and(|logs| logs.hold("exchange-conformance-marker")) {
        suite.violation("logs", "cannot be captured: this process has another subscriber");
    }
    suite.goes_well().await;
    for fault in faults::FAULTS {
        suite.survives(fault).await;
    }
    suite.sees_through_lies().await;
    suite.finds_nobody().await;
    suite.has_no_time().await;
    suite.passes_on_no_half_of_a_call().await;
    if let Some(logs) = logs {
        for (at, secret) in suite.dialect.canaries().iter().enumerate() {
            if logs.hold(secret) {
                suite.violation("logs", format!("canary {at} was logged"));
            }
        }
    }
    suite.violations
}

struct Suite {
    dialect: Arc<dyn ExchangeDialect>,
    patience: Patience,
    violations: Vec<Violation>,
}

/// The whole answer: a stream is worth what its end says.
async fn drained(reply: Result<ExchangeReply, ExchangeError>) -> Outcome {
    let ExchangeReply { status, body, .. } = reply?;
    if let Body::Streamed { mut stream, .. } = body {
        while let Some(piece) = stream.next().await {
            piece.map_err(|error| match error {
                BodyError::Cut => ExchangeError::Cut,
                BodyError::TooLong => ExchangeError::TooLarge,
                BodyError::Timeout => ExchangeError::Timeout,
                BodyError::Digest => ExchangeError::Malformed,
            })?;
        }
    }
    Ok(status.as_u16())
}

impl Suite {
    fn violation(&mut self, case: impl Into<String>, found: impl Into<String>) {
        self.violations.push(Violation::new(case, found));
    }

    /// A register that does with each request, and its good answer, what `mood` says.
    async fn scene(
        &mut self,
        mood: impl Fn(&Request, Reply) -> Action + Send + Sync + 'static,
    ) -> Option<(Server, Arc<dyn Exchange>)> {
        let dialect = Arc::clone(&self.dialect);
        let server = Server::start(move |_, request| mood(request, dialect.answer(request))).await;
        let Ok(server) = server else {
            self.violation("suite", "no loopback port");
            return None;
        };
        let exchange = self.dialect.exchange(server.base(), MAX_ANSWER_BYTES);
        Some((server, exchange))
    }

    async fn call(&self, exchange: &dyn Exchange, time_left: Duration) -> Outcome {
        let mut request = self.dialect.request();
        request.time_left = time_left;
        // A call that hangs must not hang the suite.
        let call = async { drained(exchange.call(request).await).await };
        tokio::time::timeout(time_left + self.patience.slack * 4, call).await.unwrap_or(Err(ExchangeError::Settings))
    }

    fn expect(&mut self, case: &str, outcome: &Outcome, expected: &Expected) {
        let fits = match (outcome, expected) {
            (Err(error), Expected::Error(codes)) => codes.contains(&error.code()),
            (Ok(status), Expected::Status(expected)) => status == expected,
            _ => false,
        };
        if !fits {
            let wanted = match expected {
                Expected::Error(codes) => format!("{codes:?}"),
                Expected::Status(status) => format!("status {status}"),
            };
            self.violation(case, format!("{outcome:?} in place of {wanted}"));
        }
    }

    async fn goes_well(&mut self) {
        let Some((server, exchange)) = self.scene(|_, good| Action::Reply(good)).await else { return };
        if !server.seen().is_empty() {
            self.violation("a good register", "was asked before there was a call");
        }
        // Twice, so that whatever is kept of the first call serves the second.
        for calls in 1..=2 {
            let outcome = self.call(exchange.as_ref(), self.patience.long).await;
            self.expect("a good register", &outcome, &Expected::Status(200));
            if server.seen().len() != calls {
                self.violation("a good register", format!("{} requests for {calls} calls", server.seen().len()));
            }
        }
    }

    async fn survives(&mut self, fault: &'static Fault) {
        let Some((server, exchange)) = self.scene(|_, good| (fault.action)(good)).await else { return };
        let time_left = if fault.endless { self.patience.short } else { self.patience.long };
        let began = Instant::now();
        let outcome = self.call(exchange.as_ref(), time_left).await;
        let took = began.elapsed();
        let expected = if self.dialect.understands() { &fault.understood } else { &fault.passed };
        self.expect(fault.name, &outcome, expected);
        if fault.endless && took > time_left + self.patience.slack {
            self.violation(fault.name, format!("took {took:?} of {time_left:?}"));
        }
        if server.poured() >= FLOOD_BYTES {
            self.violation(fault.name, "was read to the end");
        }
        self.asked_once(fault.name, &server);
    }

    fn asked_once(&mut self, case: &str, server: &Server) {
        let seen = server.seen();
        if seen.len() != 1 {
            self.violation(case, format!("{} requests for one call", seen.len()));
        }
        if seen.iter().any(|request| request.path == faults::TRAP) {
            self.violation(case, "the redirect was followed");
        }
    }

    async fn sees_through_lies(&mut self) {
        let mut at = 0;
        // The number of lies is known when the first request has come.
        loop {
            let (liar, count) = (Arc::clone(&self.dialect), Arc::new(std::sync::atomic::AtomicUsize::new(0)));
            let told = Arc::clone(&count);
            let scene = self.scene(move |request, good| {
                let lies = liar.lies(request);
                told.store(lies.len(), std::sync::atomic::Ordering::SeqCst);
                Action::Reply(lies.into_iter().nth(at).map_or(good, |lie| lie.reply))
            });
            let Some((server, exchange)) = scene.await else { return };
            let outcome = self.call(exchange.as_ref(), self.patience.long).await;
            let Some(request) = server.seen().into_iter().next() else { return };
            let lies = self.dialect.lies(&request);
            let Some(lie) = lies.get(at) else { return };
            if outcome.as_ref().err() != Some(&lie.expected) {
                self.violation(format!("lie: {}", lie.name), format!("{outcome:?} in place of {:?}", lie.expected));
            }
            self.asked_once(lie.name, &server);
            at += 1;
            if at >= count.load(std::sync::atomic::Ordering::SeqCst) {
                return;
            }
        }
    }

    /// Nobody listens there: nothing was sent, and the error must say so.
    async fn finds_nobody(&mut self) {
        let base = async {
            let address = TcpListener::bind(("127.0.0.1", 0)).await.ok()?.local_addr().ok()?;
            Url::parse(&format!("http://{address}")).ok()
        };
        let Some(base) = base.await else { return };
        let exchange = self.dialect.exchange(&base, MAX_ANSWER_BYTES);
        let outcome = self.call(exchange.as_ref(), self.patience.long).await;
        self.expect("nobody listens", &outcome, &Expected::Error(&["provider.unreachable"]));
    }

    async fn has_no_time(&mut self) {
        let Some((_server, exchange)) = self.scene(|_, good| Action::Reply(good)).await else { return };
        let outcome = self.call(exchange.as_ref(), Duration::ZERO).await;
        self.expect("no time is left", &outcome, &Expected::Error(&["provider.timeout"]));
    }

    /// The caller's body breaks off: that is the caller's fault, and the register must not take it for a whole call.
    async fn passes_on_no_half_of_a_call(&mut self) {
        let Some((server, exchange)) = self.scene(|_, good| Action::Reply(good)).await else { return };
        let mut request = self.dialect.request();
        let pieces = [Ok(Bytes::from_static(b"{")), Err(BodyError::Cut)];
        request.method = http::Method::POST;
        request.body = Body::Streamed { stream: Box::pin(futures::stream::iter(pieces)), length: Some(100) };
        request.time_left = self.patience.long;
        let case = "the caller's body breaks off";
        match exchange.call(request).await {
            Err(error) if error.fault() == ExchangeFault::Caller => {}
            other => self.violation(case, format!("{other:?} in place of an error of the caller")),
        }
        if !server.seen().is_empty() {
            self.violation(case, "the register got a whole request");
        }
    }
}
