//! What goes wrong at a register, and what must come of it.

use std::time::Duration;

use crate::conformance::server::{Action, Reply};

/// What a call must end with.
pub(super) enum Expected {
    /// An error with one of these codes ([`crate::ExchangeError::code`]).
    Error(&'static [&'static str]),
    /// This status, passed on.
    Status(u16),
}

use Expected::{Error, Status};

/// One fault.
pub(super) struct Fault {
    pub(super) name: &'static str,
    /// From the good answer to what is done instead.
    pub(super) action: fn(Reply) -> Action,
    /// For a dialect that understands answers.
    pub(super) understood: Expected,
    /// For one that passes them on.
    pub(super) passed: Expected,
    /// It only ends by the time that is left.
    pub(super) endless: bool,
}

/// Where redirects lead. It must never be asked.
pub(super) const TRAP: &str = "/trap";

const TIMEOUT: Expected = Error(&["provider.timeout"]);
const CUT: Expected = Error(&["provider.cut"]);
const TOO_LARGE: Expected = Error(&["provider.too_large"]);
const MALFORMED: Expected = Error(&["provider.malformed"]);
const MEDIA_TYPE: Expected = Error(&["provider.media_type"]);
const REFUSED: Expected = Error(&["provider.refused"]);
const UNAVAILABLE: Expected = Error(&["provider.unavailable"]);
const REPORTED: Expected = Error(&["provider.reported"]);

const fn fault(name: &'static str, action: fn(Reply) -> Action, understood: Expected, passed: Expected) -> Fault {
    Fault { name, action, understood, passed, endless: false }
}

const fn endless(name: &'static str, action: fn(Reply) -> Action) -> Fault {
    Fault { name, action, understood: TIMEOUT, passed: TIMEOUT, endless: true }
}

fn status(mut good: Reply, status: u16) -> Action {
    good.body = b"{}".to_vec();
    Action::Reply(good.with_status(status))
}

fn redirect(good: Reply, to: u16) -> Action {
    Action::Reply(good.with_status(to).with_header("Location", TRAP))
}

fn body(mut good: Reply, body: impl Into<Vec<u8>>) -> Action {
    good.body = body.into();
    Action::Reply(good)
}

fn page() -> Reply {
    Reply::typed("text/html; charset=utf-8", "<!doctype html><title>Bao tri</title><p>Please wait")
}

pub(super) const FAULTS: &[Fault] = &[
    endless("says nothing", |_| Action::Silence),
    endless("drips its head", |_| Action::DripHead),
    endless("drips its body", |_| Action::DripBody),
    endless("answers well, but too late", |good| Action::After(Duration::from_secs(30), good)),
    fault("closes before the head", |_| Action::Raw(Vec::new()), CUT, CUT),
    fault("closes within the head", |_| Action::CutHead, CUT, CUT),
    fault("closes within the body", Action::CutBody, CUT, CUT),
    fault(
        "closes within a chunk",
        |_| {
            Action::Raw(
                b"HTTP/1.1 200 X\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n<a>".to_vec(),
            )
        },
        CUT,
        CUT,
    ),
    fault("floods with an announced length", |_| Action::Flood { chunked: false }, TOO_LARGE, TOO_LARGE),
    fault("floods in chunks", |_| Action::Flood { chunked: true }, TOO_LARGE, TOO_LARGE),
    fault("says what is not HTTP", |_| Action::Raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec()), MALFORMED, MALFORMED),
    fault(
        "has two lengths that differ",
        |_| Action::Raw(b"HTTP/1.1 200 X\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}".to_vec()),
        MALFORMED,
        MALFORMED,
    ),
    fault("redirects with 301", |good| redirect(good, 301), MALFORMED, MALFORMED),
    fault("redirects with 302", |good| redirect(good, 302), MALFORMED, MALFORMED),
    fault("redirects with 303", |good| redirect(good, 303), MALFORMED, MALFORMED),
    fault("redirects with 307", |good| redirect(good, 307), MALFORMED, MALFORMED),
    fault("redirects with 308", |good| redirect(good, 308), MALFORMED, MALFORMED),
    fault("refuses us with 401", |good| status(good, 401), REFUSED, REFUSED),
    fault("refuses us with 403", |good| status(good, 403), REFUSED, REFUSED),
    fault("status 400", |good| status(good, 400), REPORTED, Status(400)),
    fault("status 404", |good| status(good, 404), REPORTED, Status(404)),
    fault("status 429", |good| status(good, 429), UNAVAILABLE, UNAVAILABLE),
    fault("status 500", |good| status(good, 500), REPORTED, Status(500)),
    fault("status 502", |_| Action::Reply(page().with_status(502)), UNAVAILABLE, UNAVAILABLE),
    fault("status 503 with a good body", |good| Action::Reply(good.with_status(503)), UNAVAILABLE, UNAVAILABLE),
    fault("status 504", |good| status(good, 504), UNAVAILABLE, UNAVAILABLE),
    fault("status 204", |good| body(good.with_status(204), ""), MALFORMED, Status(204)),
    fault("status 206 with a good body", |good| Action::Reply(good.with_status(206)), MALFORMED, Status(206)),
    fault("a page with 200", |_| Action::Reply(page()), MEDIA_TYPE, Status(200)),
    fault("a page under the right type", |good| body(good, page().body), MALFORMED, Status(200)),
    fault("an empty body", |good| body(good, ""), MALFORMED, Status(200)),
    fault("bytes that are not UTF-8", |good| body(good, [0xff, 0xfe, 0x00]), MALFORMED, Status(200)),
    fault("deep elements", |good| body(good, "<a>".repeat(10_000)), MALFORMED, Status(200)),
    fault("deep arrays", |good| body(good, "[".repeat(10_000)), MALFORMED, Status(200)),
    fault(
        "an entity bomb",
        |good| body(good, r#"<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>"#),
        MALFORMED,
        Status(200),
    ),
    fault(
        "an external entity",
        |good| body(good, r#"<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>"#),
        MALFORMED,
        Status(200),
    ),
    fault(
        "half a body of the right length",
        |good| {
            let half = good.body.get(..good.body.len() / 2).unwrap_or_default().to_vec();
            body(good, half)
        },
        MALFORMED,
        Status(200),
    ),
];
