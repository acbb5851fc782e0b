//! What a grant is worth now: its scopes, and the post in which its person acts.
//!
//! A post is judged at every token, not when the code was made: one that has ended gives no token that says otherwise,
//! and the answer's `scope` says what is left (RFC 6749 §3.3, §5.1).

use std::{borrow::Cow, sync::Arc};

use super::{Exchange, Grant, GrantError};
use crate::{
    clients::ClientHandle,
    people::post::{self, Post},
};

/// A grant with the scopes that hold now.
pub struct Worth<'a> {
    /// The grant; its scope holds [`post::SCOPE`] only when there is a post.
    pub grant: Cow<'a, Grant>,
    /// The post, when the person holds one in the body that answers for the client.
    pub post: Option<Arc<Post>>,
}

impl Worth<'_> {
    /// The post in which the token lets its person act on the bus: only when the scope says so.
    #[must_use]
    pub fn acting(&self) -> Option<&Post> {
        self.post.as_deref().filter(|_| self.grant.scope.contains(post::SCOPE))
    }
}

/// Weighs a grant. [`GrantError::Scope`] when nothing is left of it.
pub fn weigh<'a>(deps: &Exchange, client: &ClientHandle, mut grant: Cow<'a, Grant>) -> Result<Worth<'a>, GrantError> {
    let post = post_of(deps, client, &grant);
    if post.is_none() && grant.scope.contains(post::SCOPE) {
        let scope = &mut grant.to_mut().scope;
        scope.remove(post::SCOPE);
        if scope.is_empty() {
            return Err(GrantError::Scope);
        }
    }
    Ok(Worth { grant, post })
}

/// The post of a grant's person, looked for only when the grant names one.
pub fn post_of(deps: &Exchange, client: &ClientHandle, grant: &Grant) -> Option<Arc<Post>> {
    let named = grant.scope.contains(post::SCOPE) || post::CLAIMS.iter().any(|claim| grant.claims.contains(*claim));
    // Without a bus there is nothing to act on.
    let body = &client.client.legal_entity.code;
    (named && deps.mint.has_bus()).then(|| deps.posts.acting(grant.link, body, deps.clock.now())).flatten()
}
