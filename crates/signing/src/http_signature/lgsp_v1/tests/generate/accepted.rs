//! Requests that keep the profile, in each way that is open to a caller.

use super::{BODY, Draft, NOW, made, sha512, spoiled, thumbprint, without_body};
use crate::content_digest;

pub(super) fn all() -> Vec<(&'static str, Draft)> {
    vec![
        ("accepted", Draft::new().signed()),
        (
            "accepted with the thumbprint as key id",
            made(|draft| draft.param("keyid", format!("\"{}\"", thumbprint(1)))),
        ),
        ("accepted with an algorithm that is the key's", made(|draft| draft.param("alg", "\"ed25519\""))),
        ("accepted with its components in another order", made(|draft| draft.covered.reverse())),
        ("accepted with a query", made(|draft| draft.target.push_str("?ngay=2026-11-22&x=%2F"))),
        (
            "accepted without a body and a type",
            made(|draft| {
                without_body(draft);
                draft.remove("Content-Type");
                draft.uncover("content-type");
            }),
        ),
        ("accepted without a body but with a type", made(without_body)),
        ("accepted with sha-512 alone", made(|draft| draft.set("Content-Digest", sha512(BODY)))),
        (
            "accepted with two digests that both hold",
            made(|draft| {
                draft.set("Content-Digest", format!("{}, {}", sha512(BODY), content_digest::value(BODY.as_bytes())));
            }),
        ),
        (
            "accepted with a procedure that is covered",
            made(|draft| {
                draft.set("Lgsp-Procedure", "\"1.004222\"");
                draft.cover("lgsp-procedure");
            }),
        ),
        (
            "accepted with an authorization that is covered",
            made(|draft| {
                draft.set("Authorization", "Bearer abc");
                draft.cover("authorization");
            }),
        ),
        (
            "accepted beside a signature with another label",
            spoiled(|draft| {
                for (name, more) in [("Signature-Input", ", other=()"), ("Signature", ", other=:AAAA:")] {
                    draft.headers.iter_mut().find(|(known, _)| known == name).unwrap().1.push_str(more);
                }
            }),
        ),
        (
            "accepted with white space around a value",
            spoiled(|draft| draft.set("Lgsp-Purpose", "   XAC-MINH-CU-TRU  ")),
        ),
        ("accepted with its host in capitals", spoiled(|draft| draft.host = "LocalHost:8450".to_owned())),
        (
            "accepted at the edge of the clocks",
            made(|draft| {
                draft.param("created", (NOW + 30).to_string());
                draft.param("expires", (NOW + 90).to_string());
            }),
        ),
    ]
}
