//! From a typed question to what the engine is asked.

use cedar_policy::{Context, EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use types::{AccountLevel, AuthLevel, ProviderId};

use crate::PolicyError;

/// May a person whom this provider vouches for enter the client?
#[derive(Clone, Copy, Debug)]
pub struct SignInQuestion<'a> {
    /// Who vouches.
    pub provider: &'a ProviderId,
    /// The effective authentication level: what the provider asserted, already capped by its ceiling.
    pub auth_level: AuthLevel,
    /// The account level; `None` for an account that has none.
    pub account_level: Option<AccountLevel>,
    /// The level that the request demands as essential; [`AuthLevel::UNKNOWN`] when it demands none.
    pub required_level: AuthLevel,
}

/// May these claims about a person go to the client?
///
/// Only claims that registrations list are asked for; protocol claims such as `sub`, `iss` or `acr` are not.
#[derive(Clone, Copy, Debug)]
pub struct ReleaseQuestion<'a> {
    /// Names of the claims, in any order.
    pub claims: &'a [&'a str],
}

/// Every fixed name of the schema that this program uses, parsed once.
pub(crate) struct Names {
    pub(crate) client: EntityTypeName,
    pub(crate) provider: EntityTypeName,
    pub(crate) legal_entity: EntityTypeName,
    pub(crate) issuer: EntityUid,
    pub(crate) sign_in: EntityUid,
    pub(crate) release_claims: EntityUid,
    pub(crate) issue_to_client: EntityUid,
}

impl Names {
    pub(crate) fn new() -> Result<Self, PolicyError> {
        let action = type_name("Broker::Action")?;
        Ok(Self {
            client: type_name("Broker::Client")?,
            provider: type_name("Broker::Provider")?,
            legal_entity: type_name("Broker::LegalEntity")?,
            issuer: uid(&type_name("Broker::Issuer")?, "broker"),
            sign_in: uid(&action, "sign_in"),
            release_claims: uid(&action, "release_claims"),
            issue_to_client: uid(&action, "issue_to_client"),
        })
    }
}

/// Parses the name of an entity type.
pub(crate) fn type_name(text: &str) -> Result<EntityTypeName, PolicyError> {
    text.parse().map_err(|source| PolicyError::Name(Box::new(source)))
}

/// Names an entity without building and parsing a text.
pub(crate) fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

/// An account without a level counts as 0, in questions and registrations alike.
pub(crate) fn account_level(level: Option<AccountLevel>) -> i64 {
    level.map_or(0, |level| i64::from(level.get()))
}

/// The context of `sign_in`.
pub(crate) fn sign_in(question: &SignInQuestion<'_>) -> Result<Context, PolicyError> {
    context([
        ("auth_level".to_owned(), RestrictedExpression::new_long(question.auth_level.get().into())),
        ("account_level".to_owned(), RestrictedExpression::new_long(account_level(question.account_level))),
        ("required_level".to_owned(), RestrictedExpression::new_long(question.required_level.get().into())),
    ])
}

/// The context of the questions about a set of names.
pub(crate) fn names(key: &str, names: &[&str]) -> Result<Context, PolicyError> {
    let set = names.iter().map(|name| RestrictedExpression::new_string((*name).to_owned()));
    context([(key.to_owned(), RestrictedExpression::new_set(set))])
}

fn context<const N: usize>(pairs: [(String, RestrictedExpression); N]) -> Result<Context, PolicyError> {
    Context::from_pairs(pairs).map_err(|source| PolicyError::Context(Box::new(source)))
}
