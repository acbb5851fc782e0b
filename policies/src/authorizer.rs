//! The decision: deny by default, deny on any diagnostic, and say which policies made it.

use std::{collections::BTreeSet, fmt, path::Path, sync::Arc};

use types::ProviderId;

use crate::{
    ClientFacts, ClientPermit, Denied, PolicyError, PreparedClient, Reason, ReleasePermit, ReleaseQuestion,
    SignInPermit, SignInQuestion,
    decided::Asked,
    engine::{Engine, Question},
    entities,
    load::{self, BROKER, Loaded, Sources},
    request::{self, Names},
    self_test,
    slice::Slice,
};

/// A validated policy set.
pub struct Policies {
    engine: Engine<Reason>,
    names: Names,
    sign_in: Slice,
    release_claims: Slice,
    issue_to_client: Slice,
}

impl fmt::Debug for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policies").field("version", &self.engine.version()).finish_non_exhaustive()
    }
}

impl Policies {
    /// The set that was compiled into this program.
    ///
    /// # Errors
    /// Any fault, as for [`Policies::load_from`]; a tested build has none.
    pub fn load() -> Result<Self, PolicyError> {
        Self::from_sources(&Sources::embedded(&BROKER))
    }

    /// The set in a folder: `schema.cedarschema` and `broker/*.cedar`, of which the three that are compiled in
    /// must be present by name.
    ///
    /// # Errors
    /// A missing file, a syntax error, a policy without `@id` or `@reason`, any error or warning of strict
    /// validation, or a schema that this program cannot ask. The caller does not start.
    pub fn load_from(dir: &Path) -> Result<Self, PolicyError> {
        Self::from_sources(&Sources::read(dir, &BROKER)?)
    }

    fn from_sources(sources: &Sources) -> Result<Self, PolicyError> {
        let Loaded { engine, names, sign_in, release_claims, issue_to_client } = load::compile(sources)?;
        let policies = Self { engine, names, sign_in, release_claims, issue_to_client };
        self_test::run(&policies)?;
        Ok(policies)
    }

    /// SHA-256 over the text of the set, as lower-case hex: with it a decision can be replayed years later.
    #[must_use]
    pub fn version(&self) -> &str {
        self.engine.version()
    }

    /// Ids of all policies, sorted.
    #[must_use]
    pub fn rules(&self) -> Vec<Arc<str>> {
        self.engine.rules()
    }

    /// Checks a registration against the schema, once; every provider counts as switched on.
    ///
    /// # Errors
    /// The registration does not fit; that client is not to be served.
    pub fn prepare(&self, facts: &ClientFacts) -> Result<PreparedClient, PolicyError> {
        self.prepare_without(facts, &BTreeSet::new())
    }

    /// As [`Policies::prepare`], with some providers switched off.
    ///
    /// # Errors
    /// The registration does not fit; that client is not to be served.
    pub fn prepare_without(
        &self,
        facts: &ClientFacts,
        switched_off: &BTreeSet<ProviderId>,
    ) -> Result<PreparedClient, PolicyError> {
        entities::prepare(facts, switched_off, &self.names, self.engine.schema(), self.engine.version())
    }

    /// May this person enter this client at this level?
    ///
    /// # Errors
    /// [`Denied`], with the reason to act on.
    pub fn sign_in(&self, client: &PreparedClient, question: &SignInQuestion<'_>) -> Result<SignInPermit, Denied> {
        self.check_version(client)?;
        let asked = Asked::sign_in(question);
        let decide = || self.engine.decide(&client.0.entities, self.asked_sign_in(client, question));
        let policies = client.0.decided.once(asked, decide)?;
        Ok(SignInPermit {
            client_id: client.client_id().clone(),
            provider: question.provider.clone(),
            auth_level: question.auth_level,
            account_level: question.account_level,
            policies,
        })
    }

    /// May these claims go to this client?
    ///
    /// # Errors
    /// [`Denied`]; nothing is released, not even the part that is registered.
    pub fn release(&self, client: &PreparedClient, question: &ReleaseQuestion<'_>) -> Result<ReleasePermit, Denied> {
        self.check_version(client)?;
        let asked = Asked::release(question.claims);
        let decide = || self.engine.decide(&client.0.entities, self.asked_release(client, question));
        let policies = client.0.decided.once(asked, decide)?;
        let claims = registered(&client.0.claims, question.claims, Reason::ClaimNotRegistered)?;
        Ok(ReleasePermit { client_id: client.client_id().clone(), claims, policies })
    }

    /// May this client have a token for itself with these scopes?
    ///
    /// # Errors
    /// [`Denied`], with the reason to act on.
    pub fn issue_to_client(&self, client: &PreparedClient, scopes: &[&str]) -> Result<ClientPermit, Denied> {
        self.check_version(client)?;
        let decide = || self.engine.decide(&client.0.entities, self.asked_issue(client, scopes));
        let policies = client.0.decided.once(Asked::issue(scopes), decide)?;
        let scopes = registered(&client.0.scopes, scopes, Reason::ScopeNotRegistered)?;
        Ok(ClientPermit { client_id: client.client_id().clone(), scopes, policies })
    }

    fn check_version(&self, client: &PreparedClient) -> Result<(), Denied> {
        if client.0.version == *self.engine.version() {
            return Ok(());
        }
        Err(Denied::failed(vec!["the client was prepared by another policy set".to_owned()]))
    }

    /// Whether the question fits the schema, as [`Engine::check`].
    pub(crate) fn check(&self, asked: Question<'_>) -> Result<(), Denied> {
        self.engine.check(asked)
    }

    pub(crate) fn asked_sign_in(&self, client: &PreparedClient, question: &SignInQuestion<'_>) -> Question<'_> {
        let principal = client.0.uid.clone();
        let resource = request::uid(&self.names.provider, question.provider.as_str());
        Question { slice: &self.sign_in, principal, resource, context: request::sign_in(question) }
    }

    pub(crate) fn asked_release(&self, client: &PreparedClient, question: &ReleaseQuestion<'_>) -> Question<'_> {
        let (principal, resource) = (client.0.uid.clone(), self.names.issuer.clone());
        let context = request::names("claims", question.claims);
        Question { slice: &self.release_claims, principal, resource, context }
    }

    pub(crate) fn asked_issue(&self, client: &PreparedClient, scopes: &[&str]) -> Question<'_> {
        let (principal, resource) = (client.0.uid.clone(), self.names.issuer.clone());
        Question { slice: &self.issue_to_client, principal, resource, context: request::names("scopes", scopes) }
    }
}

/// The registration's own names of what is asked. The engine has already judged them; this holds even if a
/// policy that was added locally permits more than a registration lists.
fn registered(listed: &BTreeSet<Arc<str>>, asked: &[&str], otherwise: Reason) -> Result<Vec<Arc<str>>, Denied> {
    let refuse = || Denied { reason: otherwise, policies: Arc::new([]), diagnostics: Vec::new() };
    let find = |name: &&str| listed.get(*name).cloned().ok_or_else(refuse);
    let mut names = asked.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

#[cfg(test)]
mod tests;
