//! The order of the suite, and the verdict on each case.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;
use url::Url;

use super::{
    Dialect, Limits, Patience, Purpose, Step, Violation, callbacks, faults,
    faults::Fault,
    login,
    logs::Logs,
    server::{Action, FLOOD_BYTES, Reply, Request, Server},
};
use crate::{Attempt, IdentityProvider, ProviderError, VerifiedIdentity};

/// The patience with adapters that keep their promises.
const PATIENCE: Patience =
    Patience { long: Duration::from_secs(15), short: Duration::from_millis(400), slack: Duration::from_secs(2) };
const MAX_ANSWER_BYTES: usize = 64 * 1024;

type Outcome = Result<VerifiedIdentity, ProviderError>;

/// Puts an adapter through everything and returns what it did wrong: nothing, when it keeps its promises.
pub async fn identity_provider(dialect: Arc<dyn Dialect>) -> Vec<Violation> {
    identity_provider_with(dialect, PATIENCE).await
}

/// The same with another patience: an adapter that keeps no time is found out sooner with less.
pub async fn identity_provider_with(dialect: Arc<dyn Dialect>, patience: Patience) -> Vec<Violation> {
    let mut suite = Suite { dialect, patience, violations: Vec::new() };
    let logs = Logs::capture();
    tracing::info!("conformance-marker");
    if !logs.is_some_and(|logs| logs.hold("conformance-marker")) {
        suite.violation("logs", "cannot be captured: this process has another subscriber");
    }
    suite.goes_well().await;
    for bad in callbacks::BAD {
        suite.refuses_callback(bad).await;
    }
    suite.finds_nobody().await;
    for step in suite.dialect.steps() {
        for fault in faults::FAULTS {
            suite.survives(step, fault).await;
        }
    }
    suite.counts_all_exchanges_against_one_limit().await;
    suite.recovers().await;
    suite.sees_through_lies().await;
    if let Some(logs) = logs {
        suite.logs_no_secret(logs);
    }
    suite.violations
}

struct Suite {
    dialect: Arc<dyn Dialect>,
    patience: Patience,
    violations: Vec<Violation>,
}

/// One provider in one mood, the adapter made for it, and one attempt.
struct Scene {
    server: Server,
    provider: Arc<dyn IdentityProvider>,
    attempt: Attempt,
    query: String,
}

impl Scene {
    async fn login(&self) -> Outcome {
        login(self.provider.as_ref(), &self.attempt, &self.query).await
    }
}

fn attempt() -> Option<Attempt> {
    Some(Attempt {
        state: "conformance-state-Zm9yIG9uZSBhdHRlbXB0IG9ubHk".to_owned(),
        nonce: "conformance-nonce-Zm9yIG9uZSBhdHRlbXB0IG9ubHk".to_owned(),
        code_verifier: "conformance-verifier-Zm9yIG9uZSBhdHRlbXB0IG9ubHk".to_owned(),
        redirect_uri: Url::parse("https://broker.example/callback/under-test").ok()?,
        ui_locales: vec!["vi".to_owned(), "en".to_owned()],
        fresh: false,
    })
}

fn at_step(step: Step) -> impl Fn(&Request) -> bool {
    move |request| request.path == step.path
}

impl Suite {
    fn violation(&mut self, case: impl Into<String>, found: impl Into<String>) {
        self.violations.push(Violation::new(case, found));
    }

    /// A provider that answers well except where `mood` says otherwise.
    async fn scene(
        &mut self,
        timeout: Duration,
        mood: impl Fn(&Request, Reply) -> Action + Send + Sync + 'static,
    ) -> Option<Scene> {
        let attempt = attempt()?;
        let (dialect, about) = (Arc::clone(&self.dialect), attempt.clone());
        let server = Server::start(move |base, request| mood(request, dialect.answer(base, &about, request))).await;
        self.scene_at(server.ok(), timeout, attempt)
    }

    fn scene_at(&mut self, server: Option<Server>, timeout: Duration, attempt: Attempt) -> Option<Scene> {
        let Some(server) = server else {
            self.violation("suite", "no loopback port");
            return None;
        };
        let limits = Limits { timeout, max_answer_bytes: MAX_ANSWER_BYTES };
        let provider = self.dialect.provider(server.base(), limits);
        let query = self.dialect.callback(server.base(), &attempt);
        Some(Scene { server, provider, attempt, query })
    }

    fn expect(&mut self, case: &str, outcome: &Outcome, expected: &[ProviderError]) {
        match outcome {
            Err(error) if expected.contains(error) => {}
            Err(error) => self.violation(case, format!("{error:?} in place of {expected:?}")),
            Ok(_) => self.violation(case, format!("a login in place of {expected:?}")),
        }
    }

    async fn goes_well(&mut self) {
        let Some(scene) = self.scene(self.patience.long, |_, good| Action::Reply(good)).await else { return };
        if !scene.server.seen().is_empty() {
            self.violation("making the adapter", "asks the provider before anybody logs in");
        }
        match scene.provider.login_url(&scene.attempt).await {
            Ok(url) => self.inspect_login_url(&scene.attempt, &url),
            Err(error) => self.violation("login_url", format!("{error:?}")),
        }
        match scene.login().await {
            Ok(identity) => self.inspect_identity(&identity),
            Err(error) => self.violation("a good login", format!("{error:?}")),
        }
        let seen = scene.server.seen();
        for step in self.dialect.steps() {
            if !seen.iter().any(at_step(step)) {
                self.violation("a good login", format!("never asks at {}", step.path));
            }
        }
    }

    fn inspect_login_url(&mut self, attempt: &Attempt, url: &Url) {
        let wanted =
            [("response_type", "code"), ("state", &attempt.state), ("redirect_uri", attempt.redirect_uri.as_str())];
        for (name, value) in wanted {
            let found: Vec<_> = url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value).collect();
            if found != [value] {
                self.violation("login_url", format!("{name} is not there once with its value"));
            }
        }
        let secrets = self.dialect.canaries().into_iter().chain([attempt.code_verifier.clone()]);
        for (at, secret) in secrets.enumerate() {
            if url.query_pairs().any(|(_, value)| value.contains(&secret)) {
                self.violation("login_url", format!("carries canary {at} (the last is the code_verifier)"));
            }
        }
    }

    fn inspect_identity(&mut self, identity: &VerifiedIdentity) {
        let sound = |text: &str| !text.trim().is_empty() && !text.chars().any(char::is_control);
        if !sound(&identity.issuer) || !sound(&identity.subject) || identity.subject.len() > 255 {
            self.violation("a good login", "issuer or subject is empty, too long or holds a control character");
        }
        let profile = &identity.profile;
        let facts = [&profile.name, &profile.birthdate, &profile.gender, &profile.email, &profile.phone_number];
        if facts.into_iter().flatten().any(|fact| !sound(fact)) {
            self.violation("a good login", "a fact of the profile is present and empty");
        }
    }

    async fn refuses_callback(&mut self, bad: &callbacks::Bad) {
        let case = format!("callback: {}", bad.name);
        let Some(mut scene) = self.scene(self.patience.long, |_, good| Action::Reply(good)).await else { return };
        scene.query = (bad.change)(&scene.query);
        let outcome = scene.login().await;
        self.expect(&case, &outcome, bad.expected);
        let token_steps = self.dialect.steps().into_iter().filter(|step| step.purpose == Purpose::Token);
        if token_steps.into_iter().any(|step| scene.server.seen().iter().any(at_step(step))) {
            self.violation(case, "the provider was asked for tokens");
        }
    }

    async fn finds_nobody(&mut self) {
        let Some(scene) = self.scene(self.patience.long, |_, good| Action::Reply(good)).await else { return };
        let Scene { server, provider, attempt, query } = scene;
        drop(server);
        // The port is free again once the aborted task has let go of it.
        tokio::task::yield_now().await;
        let outcome = login(provider.as_ref(), &attempt, &query).await;
        self.expect("nobody listens", &outcome, &[ProviderError::Unreachable, ProviderError::Keys]);
    }

    async fn survives(&mut self, step: Step, fault: &Fault) {
        let case = format!("{} {}", step.path, fault.name);
        let limit = if fault.endless { self.patience.short } else { self.patience.long };
        let (at, action) = (at_step(step), fault.action);
        let mood = move |request: &Request, good| if at(request) { action(good) } else { Action::Reply(good) };
        let Some(scene) = self.scene(limit, mood).await else { return };
        let started = Instant::now();
        let outcome = scene.login().await;
        // Two calls, each within its limit.
        if started.elapsed() > limit * 2 + self.patience.slack {
            self.violation(&case, format!("took {:?} with a limit of {limit:?}", started.elapsed()));
        }
        self.expect(&case, &outcome, (fault.expected)(step.purpose));
        if scene.server.seen().iter().any(|request| request.path == faults::TRAP) {
            self.violation(&case, "the redirect was followed");
        }
        if scene.server.poured() >= FLOOD_BYTES {
            self.violation(&case, "all of the flood was read");
        }
    }

    async fn counts_all_exchanges_against_one_limit(&mut self) {
        let slow: Vec<_> = self.dialect.steps().into_iter().filter(|step| step.purpose != Purpose::Keys).collect();
        if slow.len() < 2 {
            return;
        }
        let limit = Duration::from_secs(1);
        let mood = move |request: &Request, good| {
            let is_slow = slow.iter().any(|step| step.path == request.path);
            if is_slow { Action::After(limit.mul_f32(0.7), good) } else { Action::Reply(good) }
        };
        let Some(scene) = self.scene(limit, mood).await else { return };
        let outcome = scene.login().await;
        self.expect("each exchange takes 0.7 of the limit", &outcome, &[ProviderError::Timeout]);
    }

    async fn recovers(&mut self) {
        for step in self.dialect.steps().into_iter().filter(|step| step.purpose != Purpose::Keys) {
            let (at, failed) = (at_step(step), AtomicBool::new(false));
            let mood = move |request: &Request, good: Reply| {
                let fails = at(request) && !failed.swap(true, Ordering::SeqCst);
                Action::Reply(if fails { good.with_status(503) } else { good })
            };
            let Some(scene) = self.scene(self.patience.long, mood).await else { return };
            let case = format!("{} after an outage", step.path);
            let first = scene.login().await;
            self.expect(&case, &first, &[ProviderError::Unreachable]);
            if let Err(error) = scene.login().await {
                self.violation(case, format!("the next login fails with {error:?}"));
            }
        }
    }

    async fn sees_through_lies(&mut self) {
        let (Some(attempt), Ok(nowhere)) = (attempt(), Url::parse("http://127.0.0.1:1/")) else { return };
        for (at, lie) in self.dialect.lies(&nowhere, &attempt).into_iter().enumerate() {
            let case = format!("lie: {}", lie.name);
            let scene = self.lying_scene(attempt.clone(), at).await;
            let Some(scene) = scene else { return };
            let outcome = scene.login().await;
            self.expect(&case, &outcome, &[lie.expected]);
            if !scene.server.seen().iter().any(|request| request.path == lie.path) {
                self.violation(case, "was never asked for");
            }
        }
    }

    /// The lie is made anew for each request, because it may hold the server's own address.
    async fn lying_scene(&mut self, attempt: Attempt, at: usize) -> Option<Scene> {
        let (liar, about) = (Arc::clone(&self.dialect), attempt.clone());
        let server = Server::start(move |base, request| {
            let lie = liar.lies(base, &about).into_iter().nth(at).filter(|lie| lie.path == request.path);
            Action::Reply(lie.map_or_else(|| liar.answer(base, &about, request), |lie| lie.reply))
        })
        .await;
        self.scene_at(server.ok(), self.patience.long, attempt)
    }

    fn logs_no_secret(&mut self, logs: Logs) {
        let attempt = attempt().map(|attempt| [attempt.state, attempt.nonce, attempt.code_verifier]);
        let secrets = self.dialect.canaries().into_iter().chain(attempt.into_iter().flatten());
        for (at, secret) in secrets.enumerate() {
            if logs.hold(&secret) {
                self.violation("logs", format!("canary {at} was logged (the last three are the attempt's own)"));
            }
        }
    }
}
