//! What was decided already. A decision depends on nothing but the policy set, the prepared client and the question, so
//! the same question need not go to the engine twice while the client stays prepared.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use types::ProviderId;

use crate::{Denied, SignInQuestion};

/// A question, as far as a decision depends on it.
#[derive(PartialEq, Eq, Hash)]
pub(crate) enum Asked {
    SignIn(ProviderId, [u8; 3]),
    Release(Vec<String>),
    Issue(Vec<String>),
}

impl Asked {
    pub(crate) fn sign_in(question: &SignInQuestion<'_>) -> Self {
        let account = question.account_level.map_or(0, types::AccountLevel::get);
        Self::SignIn(question.provider.clone(), [question.auth_level.get(), account, question.required_level.get()])
    }

    pub(crate) fn release(claims: &[&str]) -> Self {
        Self::Release(owned(claims))
    }

    pub(crate) fn issue(scopes: &[&str]) -> Self {
        Self::Issue(owned(scopes))
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The policies that permitted, or the refusal.
type Decision = Result<Arc<[Arc<str>]>, Denied>;

/// How many questions of one client are remembered; more go to the engine each time.
const MOST: usize = 256;

/// The decisions about one prepared client.
#[derive(Default)]
pub(crate) struct Decided(Mutex<HashMap<Asked, Decision>>);

impl Decided {
    /// The decision, made now or before. One that the engine could not make cleanly is made again each time.
    pub(crate) fn once(&self, asked: Asked, decide: impl FnOnce() -> Decision) -> Decision {
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&asked) {
            return known.clone();
        }
        let decision = decide();
        let clean = decision.as_ref().err().is_none_or(|denied| denied.diagnostics.is_empty());
        let mut decided = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if clean && decided.len() < MOST {
            decided.insert(asked, decision.clone());
        }
        decision
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::Reason;

    #[test]
    fn a_clean_decision_is_made_once_and_an_unclean_one_each_time() {
        let decided = Decided::default();
        let made = std::cell::Cell::new(0);
        for _ in 0..3 {
            let decision = decided.once(Asked::release(&["name"]), || {
                made.set(made.get() + 1);
                Ok(Arc::new([Arc::from("policy")]))
            });
            assert!(decision.is_ok());
        }
        assert_eq!(made.get(), 1);
        for _ in 0..3 {
            let denied = decided.once(Asked::issue(&["name"]), || {
                made.set(made.get() + 1);
                Err(Denied { reason: Reason::PolicyError, policies: Arc::new([]), diagnostics: vec!["x".to_owned()] })
            });
            assert!(denied.is_err());
        }
        assert_eq!(made.get(), 4);
    }

    #[test]
    fn questions_that_differ_are_never_taken_for_each_other() {
        let lists: [&[&str]; 6] = [&[], &[""], &["a"], &["a", "b"], &["a\nb"], &["b", "a"]];
        let keys: HashSet<Asked> = lists.iter().flat_map(|list| [Asked::release(list), Asked::issue(list)]).collect();
        assert_eq!(keys.len(), 2 * lists.len());
    }
}
