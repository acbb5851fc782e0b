//! What was decided already in this minute. A decision depends on nothing but the policy set, the prepared agreement and the
//! question, whose time is a whole minute; so the same question need not go to the engine twice in one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{CallQuestion, CallReason};
use crate::Denied;

/// The policies that permitted, or the refusal.
type Decision = Result<Arc<[Arc<str>]>, Denied<CallReason>>;

/// How many questions about one agreement are remembered in one minute; more go to the engine each time.
const MOST: usize = 256;

/// The decisions about one prepared agreement.
#[derive(Default)]
pub(super) struct Decided(Mutex<Known>);

#[derive(Default)]
struct Known {
    minute: i64,
    decisions: HashMap<Box<[u8]>, Decision>,
}

impl Decided {
    /// The decision, made now or before in this minute. One that the engine could not make cleanly is made again each time.
    pub(super) fn once(&self, question: &CallQuestion<'_>, decide: impl FnOnce() -> Decision) -> Decision {
        let (minute, asked) = (question.minute(), asked(question));
        {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if known.minute == minute
                && let Some(decision) = known.decisions.get(asked.as_slice())
            {
                return decision.clone();
            }
        }
        let decision = decide();
        let clean = decision.as_ref().err().is_none_or(|denied| denied.diagnostics.is_empty());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.minute != minute {
            known.minute = minute;
            known.decisions.clear();
        }
        if clean && known.decisions.len() < MOST {
            known.decisions.insert(asked.into(), decision.clone());
        }
        decision
    }
}

/// Everything of a question but its time. Each text is preceded by its length and one that is missing is marked, so that no two
/// questions look the same.
fn asked(question: &CallQuestion<'_>) -> Vec<u8> {
    let CallQuestion { at: _, endpoint, purpose, legal_basis, procedure, signed, actor } = question;
    let agency = actor.as_ref().map(|actor| actor.agency.as_str());
    let texts = [*endpoint, Some(*purpose), Some(*legal_basis), *procedure, agency];
    let mut key = Vec::with_capacity(192);
    for text in texts {
        match text {
            Some(text) => {
                key.push(1);
                key.extend_from_slice(&text.len().to_ne_bytes());
                key.extend_from_slice(text.as_bytes());
            }
            None => key.push(0),
        }
    }
    key.push(u8::from(*signed));
    if let Some(actor) = actor {
        key.push(actor.auth_level.get());
        key.push(actor.account_level.map_or(0, types::AccountLevel::get));
    }
    key
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, collections::HashSet};

    use types::{AccountLevel, AgencyCode, AuthLevel};

    use super::*;
    use crate::ActorFacts;

    const QUESTION: CallQuestion<'static> = CallQuestion {
        at: 0,
        endpoint: Some("GET"),
        purpose: "a",
        legal_basis: "b",
        procedure: None,
        signed: true,
        actor: None,
    };

    #[test]
    fn a_clean_decision_is_made_once_a_minute_and_an_unclean_one_each_time() {
        let decided = Decided::default();
        let made = Cell::new(0);
        let ask = |at: i64, clean: bool| {
            let question = CallQuestion { at, purpose: if clean { "a" } else { "x" }, ..QUESTION };
            decided.once(&question, || {
                made.set(made.get() + 1);
                if clean { Ok(Arc::new([])) } else { Err(Denied::failed(vec!["x".to_owned()])) }
            })
        };
        for (at, clean, expected) in [
            (0, true, 1),
            (59_999_999, true, 1),
            (60_000_000, true, 2),
            (60_000_000, false, 3),
            (60_000_000, false, 4),
            (119_999_999, true, 4),
            (0, true, 5),
        ] {
            assert_eq!(ask(at, clean).is_ok(), clean);
            assert_eq!(made.get(), expected, "{at} {clean}");
        }
    }

    #[test]
    fn questions_that_differ_are_never_taken_for_each_other() {
        let agency = AgencyCode::parse("H19").unwrap();
        let other = AgencyCode::parse("H20").unwrap();
        let actor = ActorFacts { agency: &agency, auth_level: AuthLevel::ONE, account_level: None };
        let questions = [
            QUESTION,
            CallQuestion { endpoint: None, ..QUESTION },
            CallQuestion { endpoint: Some(""), ..QUESTION },
            CallQuestion { purpose: "a1:b", legal_basis: "", ..QUESTION },
            CallQuestion { purpose: "", legal_basis: "ab", ..QUESTION },
            CallQuestion { procedure: Some(""), ..QUESTION },
            CallQuestion { procedure: Some("-"), ..QUESTION },
            CallQuestion { procedure: Some("\0"), ..QUESTION },
            CallQuestion { legal_basis: "b\0", ..QUESTION },
            CallQuestion { signed: false, ..QUESTION },
            CallQuestion { actor: Some(actor), ..QUESTION },
            CallQuestion { actor: Some(ActorFacts { agency: &other, ..actor }), ..QUESTION },
            CallQuestion { actor: Some(ActorFacts { auth_level: AuthLevel::UNKNOWN, ..actor }), ..QUESTION },
            CallQuestion { actor: Some(ActorFacts { account_level: Some(AccountLevel::ONE), ..actor }), ..QUESTION },
        ];
        let keys: HashSet<Vec<u8>> = questions.iter().map(asked).collect();
        assert_eq!(keys.len(), questions.len());
    }
}
