//! What was decided, in one header: `permit` or `deny`, the agreement, the policy set, and what was withheld.

use http::HeaderValue;
use sfv::{DictSerializer, KeyRef, StringRef};

use crate::trail::Trail;

/// How many characters of the policy set's version are shown.
const VERSION: usize = 12;
/// How many characters of names of withheld fields are shown; the count is always whole.
const NAMES: usize = 1000;

/// The value of `Lgsp-Decision`: a dictionary (RFC 9651 §3.2), as
/// `permit, agreement="tt-01", policy="3fb2c1d09a77", withheld="NoiO SoDienThoai", withheld-count=2`. A call that was refused
/// before an agreement was found is a `deny`.
pub(super) fn value(trail: &Trail) -> Option<HeaderValue> {
    let Some(agreement) = &trail.agreement else { return Some(HeaderValue::from_static("deny")) };
    let mut dictionary = DictSerializer::new();
    let _ = dictionary.bare_item(KeyRef::from_str("permit").ok()?, true);
    let mut text = |key: &str, value: &str| {
        // What does not fit a string of the header is left out: the record has it.
        if let (Ok(key), Ok(value)) = (KeyRef::from_str(key), StringRef::from_str(value)) {
            let _ = dictionary.bare_item(key, value);
        }
    };
    text("agreement", agreement);
    if let Some(version) = &trail.policy_version {
        text("policy", version.get(..VERSION).unwrap_or(version));
    }
    if !trail.withheld.is_empty() {
        text("withheld", &names(&trail.withheld));
        let count = i64::try_from(trail.withheld.len()).ok()?;
        let _ = dictionary.bare_item(KeyRef::from_str("withheld-count").ok()?, sfv::Integer::try_from(count).ok()?);
    }
    HeaderValue::try_from(dictionary.finish()?).ok()
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
