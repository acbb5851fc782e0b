//! Answers that a browser can bring and that are no answer to this attempt.

use crate::ProviderError::{self, Declined, Message, Response};

/// One bad callback.
pub(super) struct Bad {
    pub(super) name: &'static str,
    /// From the good query to the bad one.
    pub(super) change: fn(&str) -> String,
    pub(super) expected: &'static [ProviderError],
}

fn without(query: &str, name: &str) -> String {
    query.split('&').filter(|pair| !is(pair, name)).collect::<Vec<_>>().join("&")
}

fn twice(query: &str, name: &str) -> String {
    let again: String = query.split('&').filter(|pair| is(pair, name)).map(|pair| format!("&{pair}")).collect();
    format!("{query}{again}")
}

fn replaced(query: &str, name: &str, value: &str) -> String {
    format!("{}&{name}={value}", without(query, name))
}

fn is(pair: &str, name: &str) -> bool {
    pair.split_once('=').is_some_and(|(key, _)| key == name)
}

const UNUSABLE: &[ProviderError] = &[Response, Message];

pub(super) const BAD: &[Bad] = &[
    Bad {
        name: "the person declined",
        change: |good| format!("error=access_denied&{}", without(good, "code")),
        expected: &[Declined],
    },
    Bad {
        name: "the provider reports an error",
        change: |good| format!("error=server_error&{}", without(good, "code")),
        expected: &[Response],
    },
    Bad {
        name: "an error beside the code",
        change: |good| format!("{good}&error=server_error"),
        expected: &[Response],
    },
    Bad {
        name: "declined in the name of another attempt",
        change: |good| replaced(&format!("error=access_denied&{}", without(good, "code")), "state", "another"),
        expected: &[Response],
    },
    Bad { name: "nothing", change: |_| String::new(), expected: UNUSABLE },
    Bad { name: "no state", change: |good| without(good, "state"), expected: &[Response] },
    Bad { name: "two states", change: |good| twice(good, "state"), expected: &[Response] },
    Bad { name: "the state of another", change: |good| replaced(good, "state", "another"), expected: &[Response] },
    Bad { name: "no code", change: |good| without(good, "code"), expected: UNUSABLE },
    Bad { name: "two codes", change: |good| twice(good, "code"), expected: UNUSABLE },
    Bad { name: "an empty code", change: |good| replaced(good, "code", ""), expected: UNUSABLE },
    Bad {
        name: "a code of one megabyte",
        change: |good| replaced(good, "code", &"A".repeat(1_000_000)),
        expected: UNUSABLE,
    },
    Bad { name: "a code that is not UTF-8", change: |good| replaced(good, "code", "%FF%FE"), expected: UNUSABLE },
];
