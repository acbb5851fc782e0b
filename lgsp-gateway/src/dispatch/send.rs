//! One call to one adapter, repeated at most once.

use std::{collections::HashMap, sync::Arc, time::Duration};

use contract::{Actor, Body, Exchange, ExchangeError, ExchangeReply, ExchangeRequest, ForeignCodes};
use http::Method;
use tokio::time::{Instant, timeout_at};
use types::SubsystemId;

use super::headers::passing;
use crate::{
    call::{Call, Form, Head},
    refusal::{Code, Refusal},
    registry::{MappingKind, Release, Service},
    shape::Shaped,
    trail::Trail,
};

/// How long to wait before the one repetition.
const BACKOFF: Duration = Duration::from_millis(100);
/// A repetition needs at least this much time, or it is not begun.
const WORTH_TRYING: Duration = Duration::from_millis(200);

/// Is told of every question to a register.
pub trait Observe: Send + Sync {
    /// The adapter's name in the settings, what came of it ([`ExchangeError::code`], or `answered`), and how long it took.
    fn asked(&self, adapter: &str, outcome: &'static str, took: Duration);
}

/// The systems behind the gateway, by the names of the settings.
pub struct Dispatch {
    adapters: HashMap<Arc<str>, Arc<dyn Exchange>>,
    observer: Option<Arc<dyn Observe>>,
}

impl Dispatch {
    /// Dispatches to these adapters.
    #[must_use]
    pub fn new(adapters: HashMap<Arc<str>, Arc<dyn Exchange>>) -> Self {
        Self { adapters, observer: None }
    }

    /// The same, telling `observer` of every question.
    #[must_use]
    pub fn observed(self, observer: Arc<dyn Observe>) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// Asks the register. `trail.attempts` says how often.
    ///
    /// # Errors
    /// The adapter's error by its name; [`Code::ServiceDisabled`] when the settings have no such adapter; [`Code::Deadline`]
    /// when there is no time left to ask.
    pub async fn send(&self, call: Call<Shaped>, trail: &mut Trail) -> Result<(Shaped, ExchangeReply), Refusal> {
        let Call { head, body, stage: shaped } = call;
        let service = Arc::clone(shaped.permitted().routed().service());
        let permitted = shaped.permitted();
        let question = Question {
            head: &head,
            service: &service,
            client: &permitted.routed().verified().identified().subsystem().id,
            path: permitted.routed().path(),
            actor: permitted.actor(),
            procedure: permitted.procedure(),
            as_it_is: head.form == Form::XRoad && permitted.agreement().release == Release::Whole,
        };
        let reply = self.put(question, body, trail).await?;
        Ok((shaped, reply))
    }

    /// Asks, and asks once more where that does no harm.
    pub(super) async fn put(
        &self,
        question: Question<'_>,
        body: Body,
        trail: &mut Trail,
    ) -> Result<ExchangeReply, Refusal> {
        let Question { head, service, .. } = question;
        let Some(adapter) = self.adapters.get(&service.adapter) else {
            tracing::error!(adapter = %service.adapter, service.id = %service.id, "a service names an adapter that the settings lack");
            return Err(Code::ServiceDisabled.into());
        };
        let now = Instant::now();
        if head.deadline <= now {
            // It came too late, or we took too long: the register was not asked, and is not to blame.
            return Err(Code::Deadline.into());
        }
        let deadline = head.deadline.min(now + service.timeout);
        let harmless = is_harmless(&head.method, service);
        trail.once_only = !harmless;
        let again = match &body {
            Body::Held(bytes) => Some(bytes.clone()),
            Body::Streamed { .. } => None,
        };
        let named = (&*service.adapter, adapter.as_ref());
        let mut outcome = self.ask(named, question.with(body, trail), deadline, trail).await;
        if let (Err(error), Some(bytes)) = (&outcome, again)
            && error.retry()
            && (harmless || *error == ExchangeError::Unreachable)
            && deadline.saturating_duration_since(Instant::now()) > BACKOFF + WORTH_TRYING
        {
            tokio::time::sleep(BACKOFF).await;
            outcome = self.ask(named, question.with(Body::Held(bytes), trail), deadline, trail).await;
        }
        outcome.map_err(Refusal::from)
    }

    async fn ask(
        &self,
        (name, adapter): (&str, &dyn Exchange),
        mut request: ExchangeRequest,
        deadline: Instant,
        trail: &mut Trail,
    ) -> Result<ExchangeReply, ExchangeError> {
        let began = Instant::now();
        request.time_left = deadline.saturating_duration_since(began);
        trail.attempts = trail.attempts.saturating_add(1);
        // The adapter promises to end in time; that it does so does not depend on its promise.
        let outcome = match timeout_at(deadline, adapter.call(request)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(ExchangeError::Timeout),
        };
        let code = outcome.as_ref().err().map_or("answered", ExchangeError::code);
        if let Some(observer) = &self.observer {
            observer.asked(name, code, began.elapsed());
        }
        outcome
    }
}

/// Whether it does no harm to ask the register twice: for reading, and where the registry says so. Otherwise a call that may have
/// reached it is not repeated, by us or by the caller.
fn is_harmless(method: &Method, service: &Service) -> bool {
    matches!(*method, Method::GET | Method::HEAD) || service.idempotent.contains(method)
}

/// What a request to the adapter is made of.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) head: &'a Head,
    pub(super) service: &'a Service,
    pub(super) client: &'a SubsystemId,
    pub(super) path: &'a str,
    pub(super) actor: Option<&'a Actor>,
    pub(super) procedure: Option<&'a Arc<str>>,
    pub(super) as_it_is: bool,
}

impl Question<'_> {
    fn with(self, body: Body, trail: &Trail) -> ExchangeRequest {
        ExchangeRequest {
            transaction: self.head.id,
            service: self.service.id.clone(),
            client: self.client.clone(),
            actor: self.actor.cloned(),
            procedure: self.procedure.cloned(),
            foreign: self.foreign_codes(),
            method: self.head.method.clone(),
            path: self.path.to_owned(),
            query: self.head.query.clone(),
            headers: passing(self.head, trail, self.client.as_str(), self.as_it_is),
            body,
            as_it_is: self.as_it_is,
            time_left: Duration::ZERO,
        }
    }

    /// Our codes as the register knows them, as of the moment of the call.
    fn foreign_codes(self) -> ForeignCodes {
        let registry = &self.head.registry;
        if registry.mappings.is_empty() {
            return ForeignCodes::default();
        }
        let code = |kind: MappingKind, ours: Arc<str>| {
            registry.foreign_code(&self.service.adapter, kind, &ours, self.head.received).cloned()
        };
        ForeignCodes {
            officer: self.actor.and_then(|actor| code(MappingKind::Officer, Arc::clone(&actor.officer))),
            procedure: self.procedure.and_then(|own| code(MappingKind::Procedure, Arc::clone(own))),
            // The third part of an identifier is the member's code, which is an agency's.
            agency: code(MappingKind::Agency, self.client.part(2).into()),
        }
    }
}
