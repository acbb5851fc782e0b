//! Which subsystem may call which service, for which purpose, and what it gets: the gateway's question.
//!
//! [`CallPolicies::load`] parses and validates the set once, [`CallPolicies::prepare`] turns an agreement into a
//! [`PreparedAgreement`] once per state of the registry, and then each question is one call.

mod decided;
mod entities;
mod facts;
mod permit;
mod question;
mod reason;
mod self_test;

use std::{fmt, path::Path, sync::Arc};

use crate::{
    Denied, PolicyError,
    engine::{Engine, Question},
    load::{self, GATEWAY, Sources},
    slice::Slice,
};

pub use entities::PreparedAgreement;
pub use facts::{AgreementFacts, HoursFacts, OfficerFacts};
pub use permit::CallPermit;
pub use question::{ActorFacts, CallQuestion};
pub use reason::CallReason;

use self::{entities::Prepared, question::Names};

/// A validated policy set that answers the gateway.
pub struct CallPolicies {
    engine: Engine<CallReason>,
    names: Names,
    call_service: Slice,
}

impl fmt::Debug for CallPolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallPolicies").field("version", self.engine.version()).finish_non_exhaustive()
    }
}

impl CallPolicies {
    /// The set that was compiled into this program.
    ///
    /// # Errors
    /// Any fault, as for [`CallPolicies::load_from`]; a tested build has none.
    pub fn load() -> Result<Self, PolicyError> {
        Self::from_sources(&Sources::embedded(&GATEWAY))
    }

    /// The set in a folder: `schema.cedarschema` and `gateway/*.cedar`, of which `call_service.cedar` must be present.
    ///
    /// # Errors
    /// A missing file, a syntax error, a policy without `@id` or `@reason`, any error or warning of strict validation, or
    /// a schema that this program cannot ask. The caller does not start.
    pub fn load_from(dir: &Path) -> Result<Self, PolicyError> {
        Self::from_sources(&Sources::read(dir, &GATEWAY)?)
    }

    fn from_sources(sources: &Sources) -> Result<Self, PolicyError> {
        let checked = load::check(sources)?;
        let names = Names::new()?;
        let call_service = Slice::new(&checked.set, &names.call_service, "call_service")?;
        let policies = Self { engine: Engine::new(checked), names, call_service };
        self_test::run(&policies)?;
        Ok(policies)
    }

    /// SHA-256 over the text of the set, as lower-case hex: with it a decision can be replayed years later.
    #[must_use]
    pub fn version(&self) -> &Arc<str> {
        self.engine.version()
    }

    /// Ids of all policies, sorted.
    #[must_use]
    pub fn rules(&self) -> Vec<Arc<str>> {
        self.engine.rules()
    }

    /// Checks an agreement against the schema, once.
    ///
    /// # Errors
    /// The agreement does not fit; the registry that holds it is not to be used.
    pub fn prepare(&self, facts: &AgreementFacts) -> Result<PreparedAgreement, PolicyError> {
        entities::prepare(facts, &self.names, self.engine.schema(), self.engine.version())
    }

    /// May the consumer of this agreement make this call?
    ///
    /// # Errors
    /// [`Denied`], with the reason to act on.
    pub fn call(
        &self,
        agreement: &PreparedAgreement,
        question: &CallQuestion<'_>,
    ) -> Result<CallPermit, Denied<CallReason>> {
        let prepared = agreement.0.as_ref();
        if prepared.version != *self.engine.version() {
            return Err(Denied::failed(vec!["the agreement was prepared by another policy set".to_owned()]));
        }
        let policies = prepared.decided.once(question, || {
            let entities = prepared.entities(&self.names, self.engine.schema());
            let entities = entities.map_err(|error| Denied::because(&error))?;
            self.engine.decide(entities, self.asked(prepared, question))
        })?;
        // INVARIANT: a policy that was added locally may refuse more, and may not grant what no agreement lists.
        prepared.lists(question)?;
        Ok(CallPermit { agreement: Arc::clone(&prepared.id), policies, fields: prepared.fields.clone() })
    }

    /// Whether the question fits the schema, as [`Engine::check`].
    fn check(&self, agreement: &PreparedAgreement, question: &CallQuestion<'_>) -> Result<(), Denied<CallReason>> {
        self.engine.check(self.asked(&agreement.0, question))
    }

    fn asked(&self, prepared: &Prepared, question: &CallQuestion<'_>) -> Question<'_> {
        Question {
            slice: &self.call_service,
            principal: prepared.client.clone(),
            resource: prepared.service.clone(),
            context: question::context(prepared, question),
        }
    }
}

#[cfg(test)]
mod tests;
