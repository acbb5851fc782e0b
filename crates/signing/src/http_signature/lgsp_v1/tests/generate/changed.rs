//! Requests that were changed after they were signed, and bodies without their digest.

use super::{BODY, Draft, made, sha512, spoiled, without_body};
use crate::content_digest;

pub(super) fn all() -> Vec<(&'static str, Draft, &'static str)> {
    let target = |text: &'static str| spoiled(move |draft| text.clone_into(&mut draft.target));
    let field = |name: &'static str, value: &'static str| spoiled(move |draft| draft.set(name, value));
    let digest = |value: String| made(move |draft| draft.set("Content-Digest", value));
    let sha256 = content_digest::value(BODY.as_bytes());
    vec![
        ("the method was changed", spoiled(|draft| draft.method = "PUT".to_owned()), "signature"),
        ("the method is in small letters", spoiled(|draft| draft.method = "post".to_owned()), "signature"),
        ("the host was changed", spoiled(|draft| draft.host = "localhost:8451".to_owned()), "signature"),
        ("the port was left out", spoiled(|draft| draft.host = "localhost".to_owned()), "signature"),
        ("the path was changed", target("/r1/VN/GOV/000.00.00.G01/dancu/TraCuuThongTinCongDan"), "signature"),
        (
            "the path has a slash at its end",
            target("/r1/VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan/"),
            "signature",
        ),
        (
            "a slash of the path is written %2F",
            target("/r1/VN/GOV/000.00.00.G01/dancu%2FXacThucThongTinCongDan"),
            "signature",
        ),
        (
            "a letter of the path is percent-encoded",
            target("/r1/VN/GOV/000.00.00.G01/%64ancu/XacThucThongTinCongDan"),
            "signature",
        ),
        ("the path takes a detour", target("/r1/VN/GOV/000.00.00.G01/dancu/x/../XacThucThongTinCongDan"), "signature"),
        (
            "a percent-encoded octet has its letters in another case",
            made(|draft| draft.target.push_str("/a%2Fb"))
                .with(|draft| draft.target = draft.target.replace("%2F", "%2f")),
            "signature",
        ),
        (
            "a percent-encoded slash was decoded",
            made(|draft| draft.target.push_str("/a%2Fb")).with(|draft| draft.target = draft.target.replace("%2F", "/")),
            "signature",
        ),
        ("a query was added", target("/r1/VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan?a=1"), "signature"),
        (
            "a query was taken away",
            made(|draft| draft.target.push_str("?a=1")).with(|draft| draft.target = draft.target.replace("?a=1", "")),
            "signature",
        ),
        ("a value has its letters in another case", field("Lgsp-Purpose", "xac-minh-cu-tru"), "signature"),
        ("a value has white space inside", field("Lgsp-Legal-Basis", "\"Luat Can cuoc 2023,  Dieu 10\""), "signature"),
        ("a value is written in another form", field("Lgsp-Purpose", "\"XAC-MINH-CU-TRU\""), "signature"),
        ("the type was changed", field("Content-Type", "application/json; charset=utf-8"), "signature"),
        ("the client was changed", field("Lgsp-Client", "\"VN/GOV/000.00.16.H19/khong-quyen\""), "signature"),
        ("the officer was changed", field("Lgsp-Actor", "e30.e30.AA"), "signature"),
        ("the number was changed", field("Lgsp-Id", "\"5d1f0f2e-3b1c-4c55-9d3c-000000000002\""), "signature"),
        (
            "a value has an octet beyond ASCII",
            made(|draft| draft.set("Lgsp-Legal-Basis", "\"Luật Căn cước\"")),
            "malformed",
        ),
        ("the body was changed", spoiled(|draft| draft.body = BODY.replace("01\"", "02\"")), "digest"),
        ("the body was cut", spoiled(|draft| draft.body = BODY[..BODY.len() - 1].to_owned()), "digest"),
        ("the body was taken away", spoiled(|draft| draft.body = String::new()), "digest"),
        ("a body was added", made(without_body).with(|draft| draft.body = "x".to_owned()), "digest"),
        ("of two digests the first is wrong", digest(format!("{}, {sha256}", sha512("other"))), "digest"),
        (
            "of two digests the second is wrong",
            digest(format!("{}, {}", sha512(BODY), content_digest::value(b"other"))),
            "digest",
        ),
        ("the sha-512 is wrong", digest(sha512("other")), "digest"),
        ("the only digest is md5", digest("md5=:XrY7u+Ae7tCTyyK7j1rNww==:".to_owned()), "digest"),
        (
            "there is no body and its digest is that of one",
            made(|draft| {
                without_body(draft);
                draft.remove("Content-Type");
                draft.uncover("content-type");
                draft.set("Content-Digest", content_digest::value(b"x"));
            }),
            "digest",
        ),
        ("the digest is cut", digest("sha-256=:XrY7u+Ae7tCTyyK7j1rNww==:".to_owned()), "digest"),
        ("an algorithm of the digest is repeated", digest(format!("{sha256}, {sha256}")), "digest"),
        ("the digest is of the text, in hexadecimal", digest(format!("sha-256=\"{}\"", "ab".repeat(32))), "digest"),
        (
            "the digest is in the old field",
            made(|draft| {
                draft.remove("Content-Digest");
                draft.uncover("content-digest");
                draft.set("Digest", sha256.replacen("sha-256=:", "SHA-256=", 1).trim_end_matches(':'));
            }),
            "missing-field",
        ),
    ]
}
