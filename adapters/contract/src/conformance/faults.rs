//! What goes wrong at a provider, and which error must come of it.

use std::time::Duration;

use super::{
    Purpose,
    server::{Action, Reply},
};
use crate::ProviderError::{self, Code, Identity, Keys, Message, Refused, Timeout, Unreachable};

/// One fault at one address.
pub(super) struct Fault {
    pub(super) name: &'static str,
    /// From the good answer to what is done instead.
    pub(super) action: fn(Reply) -> Action,
    pub(super) expected: fn(Purpose) -> &'static [ProviderError],
    /// It only ends by the time limit.
    pub(super) endless: bool,
}

/// Where redirects lead. It must never be asked.
pub(super) const TRAP: &str = "/trap";

const fn fault(
    name: &'static str,
    action: fn(Reply) -> Action,
    expected: fn(Purpose) -> &'static [ProviderError],
) -> Fault {
    Fault { name, action, expected, endless: false }
}

const fn endless(name: &'static str, action: fn(Reply) -> Action) -> Fault {
    Fault { name, action, expected: late, endless: true }
}

fn late(purpose: Purpose) -> &'static [ProviderError] {
    if purpose == Purpose::Keys { &[Timeout, Keys] } else { &[Timeout] }
}

fn gone(purpose: Purpose) -> &'static [ProviderError] {
    if purpose == Purpose::Keys { &[Unreachable, Keys] } else { &[Unreachable] }
}

fn wrong(purpose: Purpose) -> &'static [ProviderError] {
    match purpose {
        Purpose::Keys => &[Message, Keys],
        Purpose::Token => &[Message],
        Purpose::Person => &[Message, Identity],
    }
}

fn refused(purpose: Purpose) -> &'static [ProviderError] {
    match purpose {
        Purpose::Keys => &[Refused, Message, Keys],
        Purpose::Token => &[Refused],
        Purpose::Person => &[Refused, Message],
    }
}

/// A dialect without integrity answers `Message` for a refused code too, lest the difference be an oracle.
fn code(purpose: Purpose) -> &'static [ProviderError] {
    match purpose {
        Purpose::Token => &[Code, Message],
        other => wrong(other),
    }
}

fn page() -> Vec<u8> {
    b"<!doctype html><title>Bao tri</title><p>Please wait".to_vec()
}

fn status(status: u16) -> Action {
    Action::Reply(Reply::json(r#"{"error":"invalid_grant"}"#).with_status(status))
}

fn redirect(status: u16) -> Action {
    Action::Reply(Reply::json("{}").with_status(status).with_header("Location", TRAP))
}

fn json(body: impl Into<Vec<u8>>) -> Action {
    Action::Reply(Reply::json(body))
}

pub(super) const FAULTS: &[Fault] = &[
    endless("says nothing", |_| Action::Silence),
    endless("drips its head", |_| Action::DripHead),
    endless("drips its body", |_| Action::DripBody),
    endless("answers well, but too late", |good| Action::After(Duration::from_secs(30), good)),
    fault("closes within the status line", |_| Action::CutHead, gone),
    fault("closes within the body", Action::CutBody, gone),
    fault("floods with an announced length", |_| Action::Flood { chunked: false }, wrong),
    fault("floods in chunks", |_| Action::Flood { chunked: true }, wrong),
    fault("status 204", |_| Action::Reply(Reply::json("").with_status(204)), wrong),
    fault("status 206", |good| Action::Reply(good.with_status(206)), wrong),
    fault("redirects with 301", |_| redirect(301), wrong),
    fault("redirects with 302", |_| redirect(302), wrong),
    fault("redirects with 303", |_| redirect(303), wrong),
    fault("redirects with 307", |_| redirect(307), wrong),
    fault("redirects with 308", |_| redirect(308), wrong),
    fault("refuses the code with 400", |_| status(400), code),
    fault("refuses us with 401", |_| status(401), refused),
    fault("refuses us with 403", |_| status(403), refused),
    fault("status 404", |_| status(404), wrong),
    fault("status 429", |_| status(429), gone),
    fault("status 500", |_| status(500), gone),
    fault("status 502 with a page", |_| Action::Reply(Reply::typed("text/html", page()).with_status(502)), gone),
    fault("status 503 with a good body", |good| Action::Reply(good.with_status(503)), gone),
    fault("a page with 200", |_| Action::Reply(Reply::typed("text/html; charset=utf-8", page())), wrong),
    fault("a page that says it is JSON", |_| json(page()), wrong),
    fault("an empty body", |_| json(""), wrong),
    fault("null", |_| json("null"), wrong),
    fault("an empty object", |_| json("{}"), wrong),
    fault("an empty array", |_| json("[]"), wrong),
    fault("a text", |_| json(r#""ok""#), wrong),
    fault(
        "numbers where texts belong",
        |_| json(r#"{"access_token":1,"token_type":2,"data":3,"key":4,"sub":5,"keys":6}"#),
        wrong,
    ),
    fault("bytes that are not UTF-8", |_| json(vec![b'{', b'"', 0xff, 0xfe, b'"', b':', b'1', b'}']), wrong),
    fault("deep nesting", |_| json(vec![b'['; 100_000]), wrong),
    fault(
        "half a body of the right length",
        |good| json(good.body.get(..good.body.len() / 2).unwrap_or_default()),
        wrong,
    ),
];
