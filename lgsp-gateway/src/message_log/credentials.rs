//! What of a signed message could be used by whoever reads it? The officer's token above all: it stands in the signature base,
//! which a bundle must repeat to the byte.

use std::{fmt::Write, time::Duration};

use clock::Timestamp;
use signing::jws;

/// What stands in the place of a secret.
const MASK: &str = "(masked)";

/// How long after its end a token may still be taken by a clock that is slow.
const SKEW: Duration = Duration::from_secs(60);

/// Until when a credential may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Usable {
    /// Until then.
    Until(Timestamp),
    /// That cannot be seen in it.
    Unknown,
}

/// The base, with which nobody can act: tokens without their signature, other credentials not at all.
pub(super) fn masked(base: &str) -> String {
    let mut out = String::with_capacity(base.len());
    for (place, line) in base.split('\n').enumerate() {
        let line_feed = if place > 0 { "\n" } else { "" };
        let token = |value: &str| value.rsplit_once('.').map(|(rest, _)| format!("{rest}.{MASK}"));
        let hidden = match credential(line) {
            Some((name, Credential::Authorization(value))) => {
                let scheme = value.split_once(' ').map_or("", |(scheme, _)| scheme);
                Some((name, format!("{scheme} {MASK}")))
            }
            Some((name, Credential::Token(value))) => token(value).map(|value| (name, value)),
            None => None,
        };
        // A text takes everything that is written to it.
        let _written = match hidden {
            Some((name, value)) => write!(out, "{line_feed}{name}: {value}"),
            None => write!(out, "{line_feed}{line}"),
        };
    }
    out
}

/// Until when the last of the credentials in a base may be used; `None` when there is none that could be at this moment.
pub(super) fn usable(base: &str, now: Timestamp) -> Option<Usable> {
    let credentials = base.split('\n').filter_map(credential);
    credentials.filter_map(|(_, credential)| credential.usable()).filter(|usable| *usable > Usable::Until(now)).max()
}

enum Credential<'a> {
    /// A compact JWS.
    Token(&'a str),
    /// A scheme and what it wants.
    Authorization(&'a str),
}

fn credential(line: &str) -> Option<(&str, Credential<'_>)> {
    let (name, value) = line.split_once(": ")?;
    match name {
        "\"authorization\"" => Some((name, Credential::Authorization(value))),
        "\"lgsp-actor\"" | "\"dpop\"" => Some((name, Credential::Token(value))),
        _ => None,
    }
}

impl Credential<'_> {
    fn usable(&self) -> Option<Usable> {
        match self {
            // What is no token, or has no end, is accepted by nobody.
            Self::Token(value) => end(value).map(Usable::Until),
            Self::Authorization(value) => {
                let token = value.split_once(' ').and_then(|(_, token)| end(token));
                Some(token.map_or(Usable::Unknown, Usable::Until))
            }
        }
    }
}

/// When a token ends, as it says itself.
fn end(token: &str) -> Option<Timestamp> {
    let claims = jws::unverified_claims(token.trim_matches('"')).ok()?;
    Some(Timestamp::from_seconds(claims.get("exp")?.as_i64()?).plus(SKEW))
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: Timestamp = Timestamp::from_seconds(1_795_219_200);
    /// `{"alg":"ES256"}` and `{"exp":1795219200}`.
    const TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjE3OTUyMTkyMDB9.c2VjcmV0";

    #[test]
    fn nobody_can_act_with_what_is_shown() {
        let base = format!(
            "\"@method\": GET\n\"lgsp-actor\": {TOKEN}\n\"authorization\": Bearer abc\n\"dpop\": \"{TOKEN}\"\n\"a\": 1.2.3"
        );
        let shown = masked(&base);
        assert!(!shown.contains("c2VjcmV0") && !shown.contains("abc"), "{shown}");
        assert!(
            shown.starts_with(
                "\"@method\": GET\n\"lgsp-actor\": eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjE3OTUyMTkyMDB9.(masked)\n"
            )
        );
        assert!(shown.contains("\"authorization\": Bearer (masked)\n") && shown.ends_with("\n\"a\": 1.2.3"), "{shown}");
        let plain = "\"@method\": GET\n\"lgsp-actor\": ?0\n\"@signature-params\": ()";
        assert_eq!(masked(plain), plain);
    }

    #[test]
    fn a_token_may_be_used_until_its_end_and_another_credential_for_ever() {
        let check = |base: &str, now: Timestamp, expected| assert_eq!(usable(base, now), expected, "{base}");
        let until = END.plus(SKEW);
        for actor in [format!("\"lgsp-actor\": {TOKEN}"), format!("\"x\": 1\n\"lgsp-actor\": \"{TOKEN}\"")] {
            check(&actor, END, Some(Usable::Until(until)));
            check(&actor, until, None);
        }
        check(&format!("\"authorization\": Bearer {TOKEN}"), until, None);
        check("\"authorization\": Bearer abc", until, Some(Usable::Unknown));
        check("\"authorization\": Basic YTpi", until, Some(Usable::Unknown));
        for nothing in ["\"lgsp-actor\": ?0", "\"lgsp-actor\": a.b.c", "\"lgsp-id\": \"1\"", ""] {
            check(nothing, END, None);
        }
    }
}
