//! The decision: deny by default, deny on any diagnostic, and say which policies made it.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    path::Path,
    sync::Arc,
};

use cedar_policy::{Authorizer, Context, Decision, Diagnostics, EntityUid, PolicyId, PolicySet, Request, Schema};
use types::ProviderId;

use crate::{
    ClientFacts, ClientPermit, Denied, PolicyError, PreparedClient, Reason, ReleasePermit, ReleaseQuestion,
    SignInPermit, SignInQuestion,
    decided::Asked,
    entities,
    load::{self, Loaded, Rule, Sources},
    request::{self, Names},
    self_test,
};

/// A validated policy set.
pub struct Policies {
    version: Arc<str>,
    schema: Schema,
    names: Names,
    rules: HashMap<PolicyId, Rule>,
    sign_in: PolicySet,
    release_claims: PolicySet,
    issue_to_client: PolicySet,
    authorizer: Authorizer,
}

impl fmt::Debug for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policies").field("version", &self.version).finish_non_exhaustive()
    }
}

impl Policies {
    /// The set that was compiled into this program.
    ///
    /// # Errors
    /// Any fault, as for [`Policies::load_from`]; a tested build has none.
    pub fn load() -> Result<Self, PolicyError> {
        Self::from_sources(&Sources::embedded())
    }

    /// The set in a folder: `schema.cedarschema` and `broker/*.cedar`, of which the three that are compiled in
    /// must be present by name.
    ///
    /// # Errors
    /// A missing file, a syntax error, a policy without `@id` or `@reason`, any error or warning of strict
    /// validation, or a schema that this program cannot ask. The caller does not start.
    pub fn load_from(dir: &Path) -> Result<Self, PolicyError> {
        Self::from_sources(&Sources::read(dir)?)
    }

    fn from_sources(sources: &Sources) -> Result<Self, PolicyError> {
        let Loaded { version, schema, names, rules, sign_in, release_claims, issue_to_client } =
            load::compile(sources)?;
        let authorizer = Authorizer::new();
        let policies = Self { version, schema, names, rules, sign_in, release_claims, issue_to_client, authorizer };
        self_test::run(&policies)?;
        Ok(policies)
    }

    /// SHA-256 over the text of the set, as lower-case hex: with it a decision can be replayed years later.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Ids of all policies, sorted.
    #[must_use]
    pub fn rules(&self) -> Vec<Arc<str>> {
        let mut names: Vec<_> = self.rules.values().map(|rule| Arc::clone(&rule.name)).collect();
        names.sort();
        names
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
        entities::prepare(facts, switched_off, &self.names, &self.schema, &self.version)
    }

    /// May this person enter this client at this level?
    ///
    /// # Errors
    /// [`Denied`], with the reason to act on.
    pub fn sign_in(&self, client: &PreparedClient, question: &SignInQuestion<'_>) -> Result<SignInPermit, Denied> {
        self.check_version(client)?;
        let asked = Asked::sign_in(question);
        let decide = || {
            let resource = request::uid(&self.names.provider, question.provider.as_str());
            self.decide(client, &self.names.sign_in, &self.sign_in, resource, request::sign_in(question))
        };
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
        let decide = || {
            let (resource, context) = (self.names.issuer.clone(), request::names("claims", question.claims));
            self.decide(client, &self.names.release_claims, &self.release_claims, resource, context)
        };
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
        let decide = || {
            let (resource, context) = (self.names.issuer.clone(), request::names("scopes", scopes));
            self.decide(client, &self.names.issue_to_client, &self.issue_to_client, resource, context)
        };
        let policies = client.0.decided.once(Asked::issue(scopes), decide)?;
        let scopes = registered(&client.0.scopes, scopes, Reason::ScopeNotRegistered)?;
        Ok(ClientPermit { client_id: client.client_id().clone(), scopes, policies })
    }

    fn check_version(&self, client: &PreparedClient) -> Result<(), Denied> {
        if client.0.version == self.version {
            return Ok(());
        }
        Err(Denied::failed(vec!["the client was prepared by another policy set".to_owned()]))
    }

    /// Asks the engine. `Ok` only when it allows, reports nothing, and names the policies.
    fn decide(
        &self,
        client: &PreparedClient,
        action: &EntityUid,
        set: &PolicySet,
        resource: EntityUid,
        context: Result<Context, PolicyError>,
    ) -> Result<Arc<[Arc<str>]>, Denied> {
        let client = client.0.as_ref();
        let context = context.map_err(|error| Denied::because(&error))?;
        let request = Request::new(client.uid.clone(), action.clone(), resource, context, Some(&self.schema))
            .map_err(|source| Denied::because(&PolicyError::Request(Box::new(source))))?;
        let response = self.authorizer.is_authorized(&request, set, &client.entities);
        let diagnostics = response.diagnostics();
        // INVARIANT: the engine skips a policy that fails, and a skipped forbid would open the door; so any
        // diagnostic is a refusal, whatever the decision says.
        let failures: Vec<String> = diagnostics.errors().map(ToString::to_string).collect();
        if !failures.is_empty() {
            return Err(Denied::failed(failures));
        }
        let rules = self.determining(diagnostics)?;
        let policies = rules.iter().map(|rule| Arc::clone(&rule.name)).collect();
        match response.decision() {
            Decision::Allow if !rules.is_empty() => Ok(policies),
            Decision::Allow => Err(Denied::failed(vec!["allowed by no policy".to_owned()])),
            Decision::Deny => {
                let reason = rules.iter().filter_map(|rule| rule.reason).min().unwrap_or(Reason::NotPermitted);
                Err(Denied { reason, policies, diagnostics: Vec::new() })
            }
        }
    }

    /// The policies that made the decision, sorted by name.
    fn determining(&self, diagnostics: &Diagnostics) -> Result<Vec<&Rule>, Denied> {
        let find = |id| self.rules.get(id).ok_or_else(|| Denied::failed(vec![format!("unknown policy `{id}`")]));
        let mut rules = diagnostics.reason().map(find).collect::<Result<Vec<_>, _>>()?;
        rules.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(rules)
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
