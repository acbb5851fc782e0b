//! The policies of one action, in the two forms in which they are asked: all of them, and fewer that give the same yes.

use std::sync::Arc;

use cedar_policy::{
    ActionConstraint, EntityUid, Policy, PolicySet, PolicySetError,
    pst::{self, BinaryOp, Clause, Effect, Expr, Literal, PstConstructionError, StaticPolicy, Template, UnaryOp},
};

use crate::PolicyError;

/// The engine walks every policy of an action, so their number bounds the time of a decision.
const MOST_POLICIES: usize = 50;

/// What decides one action.
pub(crate) struct Slice {
    action: EntityUid,
    /// Every policy that can speak to the action.
    whole: PolicySet,
    /// INVARIANT: about the same question and entities, where this allows, `whole` gives the same answer, by the same permits
    /// and with the same faults. [`brief`] says why. A no of it says nothing.
    brief: PolicySet,
}

impl Slice {
    /// The policies that can speak to `action`. Only a scope that names another action leaves a policy out, so a policy over
    /// all actions or a group stays in.
    pub(crate) fn new(set: &PolicySet, action: &EntityUid, name: &'static str) -> Result<Self, PolicyError> {
        let concerns = |policy: &&Policy| match policy.action_constraint() {
            ActionConstraint::Eq(uid) => uid == *action,
            ActionConstraint::In(_) | ActionConstraint::Any => true,
        };
        let concerned: Vec<_> = set.policies().filter(concerns).collect();
        if concerned.len() > MOST_POLICIES {
            return Err(PolicyError::TooMany { action: name, found: concerned.len(), most: MOST_POLICIES });
        }
        Self::of(concerned, action)
    }

    /// Both forms of policies that all can speak to `action`.
    pub(crate) fn of<'a>(
        policies: impl IntoIterator<Item = &'a Policy>,
        action: &EntityUid,
    ) -> Result<Self, PolicyError> {
        let fault = |source: PolicySetError| {
            let rule = action.id().unescaped().to_owned();
            PolicyError::Set { rule, source: Box::new(source) }
        };
        let [whole, brief] = forms(policies).map_err(|source| fault(source.into()))?;
        let whole = PolicySet::from_policies(whole).map_err(fault)?;
        let brief = PolicySet::from_policies(brief).map_err(fault)?;
        Ok(Self { action: action.clone(), whole, brief })
    }

    pub(crate) fn action(&self) -> &EntityUid {
        &self.action
    }

    pub(crate) fn whole(&self) -> &PolicySet {
        &self.whole
    }

    pub(crate) fn brief(&self) -> &PolicySet {
        &self.brief
    }
}

fn forms<'a>(policies: impl IntoIterator<Item = &'a Policy>) -> Result<[Vec<Policy>; 2], PstConstructionError> {
    let whole: Vec<_> = policies.into_iter().map(restated).collect::<Result<_, _>>()?;
    let brief = brief(&whole)?;
    let restore = |body| Policy::from_pst(pst::Policy::Static(StaticPolicy::try_from(body)?));
    let restored = |bodies: Vec<Template>| bodies.into_iter().map(restore).collect::<Result<_, _>>();
    Ok([restored(whole)?, restored(brief)?])
}

/// The policy without two things that cost time and decide nothing. Its places in the source text: at each step of an
/// evaluation the engine counts the references to that text up and down, and all threads share the count. A scope that
/// names one action: no other is asked about.
fn restated(policy: &Policy) -> Result<Template, PstConstructionError> {
    let mut body = policy.to_pst()?.body().clone();
    if matches!(body.action, pst::ActionConstraint::Eq(_)) {
        body.action = pst::ActionConstraint::Any;
    }
    Ok(body)
}

/// Fewer policies that give the yes of all. Each permit gets a last clause `unless { a || b || … }` with the conditions of the
/// forbids, so that the engine walks one policy and not one more for each forbid. It holds exactly when the permit does and
/// each of a, b, … was evaluated to false: `||` goes on only after a false, and a fault is a fault of the permit. Two kinds of
/// forbids are not among them: one with a scope stays a policy of its own, and one that is [`excluded`] by each permit is left
/// out.
fn brief(policies: &[Template]) -> Result<Vec<Template>, PstConstructionError> {
    let (mut permits, forbids): (Vec<_>, Vec<_>) =
        policies.iter().cloned().partition(|policy| policy.effect == Effect::Permit);
    let open = forbids.into_iter().filter(|forbid| !permits.iter().all(|permit| excluded(forbid, permit)));
    let (scoped, anywhere): (Vec<_>, Vec<_>) = open.partition(is_scoped);
    if let Some(forbidden) = anywhere.iter().map(condition).reduce(|one, other| binary(BinaryOp::Or, one, other)) {
        for permit in &mut permits {
            permit.try_add_clause(Clause::Unless(Arc::clone(&forbidden)))?;
        }
    }
    permits.extend(scoped);
    Ok(permits)
}

/// Whether the forbid cannot hold, nor fail, where the permit holds: all it says is `unless { x && y && … }`, and the permit
/// has each of these terms word for word among the terms of its `when`. Where it holds, each was evaluated to true.
fn excluded(forbid: &Template, permit: &Template) -> bool {
    let [Clause::Unless(demanded)] = forbid.clauses().as_slice() else { return false };
    let given: Vec<_> = permit.clauses().iter().filter_map(when).flat_map(terms).collect();
    terms(demanded).iter().all(|term| given.contains(term))
}

fn when(clause: &Clause) -> Option<&Arc<Expr>> {
    match clause {
        Clause::When(condition) => Some(condition),
        Clause::Unless(_) => None,
    }
}

/// What the expression joins by `&&`.
fn terms(expression: &Arc<Expr>) -> Vec<&Expr> {
    match expression.as_ref() {
        Expr::BinaryOp { op: BinaryOp::And, left, right } => [terms(left), terms(right)].concat(),
        term => vec![term],
    }
}

fn is_scoped(policy: &Template) -> bool {
    let anywhere = policy.principal == pst::PrincipalConstraint::Any
        && policy.action == pst::ActionConstraint::Any
        && policy.resource == pst::ResourceConstraint::Any;
    !anywhere
}

/// When a policy without a scope holds.
fn condition(policy: &Template) -> Arc<Expr> {
    let clauses = policy.clauses().iter().map(|clause| match clause {
        Clause::When(condition) => Arc::clone(condition),
        Clause::Unless(condition) => Arc::new(Expr::UnaryOp { op: UnaryOp::Not, expr: Arc::clone(condition) }),
    });
    let joined = clauses.reduce(|one, other| binary(BinaryOp::And, one, other));
    joined.unwrap_or_else(|| Arc::new(Expr::Literal(Literal::Bool(true))))
}

fn binary(op: BinaryOp, left: Arc<Expr>, right: Arc<Expr>) -> Arc<Expr> {
    Arc::new(Expr::BinaryOp { op, left, right })
}

#[cfg(test)]
mod tests;
