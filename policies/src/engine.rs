//! The engine itself, whatever is asked of it: default deny, deny on any diagnostic, and the names of the policies that
//! decided.

use std::{collections::HashMap, sync::Arc};

use cedar_policy::{
    Authorizer, Context, Decision, Diagnostics, Entities, EntityUid, PolicyId, Request, Response, Schema,
};

use crate::{
    Denied, PolicyError,
    load::{Checked, Rule},
    permit::Because,
    slice::Slice,
};

/// A checked set's rules and schema, with what evaluates them.
pub(crate) struct Engine<R> {
    pub(crate) version: Arc<str>,
    schema: Schema,
    rules: HashMap<PolicyId, Rule<R>>,
    authorizer: Authorizer,
}

/// What the engine is asked, in its own words, about the action of the slice.
pub(crate) struct Question<'a> {
    pub(crate) slice: &'a Slice,
    pub(crate) principal: EntityUid,
    pub(crate) resource: EntityUid,
    pub(crate) context: Result<Context, PolicyError>,
}

impl<R: Because> Engine<R> {
    /// Takes a checked set; the policies themselves are sliced by action beside it.
    pub(crate) fn new(checked: Checked<R>) -> Self {
        let Checked { version, schema, rules, set: _ } = checked;
        Self { version, schema, rules, authorizer: Authorizer::new() }
    }

    pub(crate) fn version(&self) -> &Arc<str> {
        &self.version
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Ids of all policies, sorted.
    pub(crate) fn rules(&self) -> Vec<Arc<str>> {
        let mut names: Vec<_> = self.rules.values().map(|rule| Arc::clone(&rule.name)).collect();
        names.sort();
        names
    }

    /// Whether a question fits the schema. It depends on the types in it and not on their values, so it is asked at start,
    /// once for each form that this program's questions have, and [`Engine::decide`] does not ask again.
    pub(crate) fn check(&self, question: Question<'_>) -> Result<(), Denied<R>> {
        request(question, Some(&self.schema)).map(|_fits| ())
    }

    /// Asks. `Ok` only when the engine allows, reports nothing, and names the policies.
    pub(crate) fn decide(&self, entities: &Entities, question: Question<'_>) -> Result<Arc<[Arc<str>]>, Denied<R>> {
        let slice = question.slice;
        let response = self.ask(slice, entities, &request(question, None)?);
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
                let reason = rules.iter().filter_map(|rule| rule.reason).min().unwrap_or(R::NOT_PERMITTED);
                Err(Denied { reason, policies, diagnostics: Vec::new() })
            }
        }
    }

    /// The answer of the whole slice. Most answers are yes, and the short form gives them for less; only the whole slice says
    /// no, and why.
    fn ask(&self, slice: &Slice, entities: &Entities, request: &Request) -> Response {
        let brief = self.authorizer.is_authorized(request, slice.brief(), entities);
        if brief.decision() == Decision::Allow {
            return brief;
        }
        self.authorizer.is_authorized(request, slice.whole(), entities)
    }

    /// The policies that made the decision, sorted by name.
    fn determining(&self, diagnostics: &Diagnostics) -> Result<Vec<&Rule<R>>, Denied<R>> {
        let find = |id| self.rules.get(id).ok_or_else(|| Denied::failed(vec![format!("unknown policy `{id}`")]));
        let mut rules = diagnostics.reason().map(find).collect::<Result<Vec<_>, _>>()?;
        rules.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(rules)
    }
}

fn request<R: Because>(question: Question<'_>, schema: Option<&Schema>) -> Result<Request, Denied<R>> {
    let Question { slice, principal, resource, context } = question;
    let context = context.map_err(|error| Denied::because(&error))?;
    Request::new(principal, slice.action().clone(), resource, context, schema)
        .map_err(|source| Denied::because(&PolicyError::Request(Box::new(source))))
}
