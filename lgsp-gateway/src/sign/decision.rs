//! What was decided, in one header: `permit` or `deny`, the agreement, the policy set, and what was withheld.

use http::HeaderValue;
use sfv::{DictSerializer, KeyRef, StringRef};

use crate::{refusal::Code, trail::Trail};

/// How many characters of the policy set's version are shown.
const VERSION: usize = 12;
/// How many characters of names of withheld fields are shown; the count is always whole.
const NAMES: usize = 1000;

/// The value of `Lgsp-Decision`: a dictionary (RFC 9651 §3.2), as
/// `permit, agreement="tt-01", policy="3fb2c1d09a77", withheld="NoiO SoDienThoai", withheld-count=2`. The agreement of a `deny`
/// is the one that came nearest.
pub(super) fn value(trail: &Trail, refusal: Option<Code>) -> Option<HeaderValue> {
    let mut dictionary = DictSerializer::new();
    let decision = if permitted(trail, refusal) { "permit" } else { "deny" };
    let _ = dictionary.bare_item(KeyRef::from_str(decision).ok()?, true);
    let mut text = |key: &str, value: &str| {
        // What does not fit a string of the header is left out: the record has it.
        if let (Ok(key), Ok(value)) = (KeyRef::from_str(key), StringRef::from_str(value)) {
            let _ = dictionary.bare_item(key, value);
        }
    };
    if let Some(agreement) = &trail.agreement {
        text("agreement", agreement);
    }
    if let Some(version) = &trail.policy_version {
        text("policy", version.get(..VERSION).unwrap_or(version));
    }
    if !trail.withheld.is_empty() {
        text("withheld", &names(trail.withheld.names()));
        let count = i64::try_from(trail.withheld.len()).ok()?;
        let _ = dictionary.bare_item(KeyRef::from_str("withheld-count").ok()?, sfv::Integer::try_from(count).ok()?);
    }
    HeaderValue::try_from(dictionary.finish()?).ok()
}

/// Whether the call had been permitted when it ended. What cannot be told from the refusal counts as permitted only when the
/// register was asked.
fn permitted(trail: &Trail, refusal: Option<Code>) -> bool {
    match refusal {
        None => true,
        Some(Code::RequestContract | Code::Input | Code::MappingMissing) => trail.agreement.is_some(),
        Some(Code::AccessDenied | Code::PolicyFailed | Code::ActorInvalid | Code::ActorKeysUnavailable) => false,
        Some(_) => trail.attempts > 0 && trail.agreement.is_some(),
    }
}

/// The names, separated by blanks, as many as fit.
fn names(withheld: &[String]) -> String {
    let mut names = String::new();
    for name in withheld {
        if names.len() + name.len() >= NAMES {
            break;
        }
        if !names.is_empty() {
            names.push(' ');
        }
        names.push_str(name);
    }
    names
}
