//! Requests whose signature has other parameters, or another key.

use aws_lc_rs::hmac;

use super::{Draft, NOW, made, public_pem};

pub(super) fn all() -> Vec<(&'static str, Draft, &'static str)> {
    let without = |name: &'static str| made(move |draft| draft.params.retain(|(known, _)| known != name));
    let param = |name: &'static str, value: String| made(move |draft| draft.param(name, value));
    let text = |value: &str| format!("\"{value}\"");
    vec![
        ("created is missing", without("created"), "parameters"),
        ("expires is missing", without("expires"), "parameters"),
        ("nonce is missing", without("nonce"), "parameters"),
        ("keyid is missing", without("keyid"), "parameters"),
        ("tag is missing", without("tag"), "tag"),
        ("tag is another", param("tag", text("lgsp-v2")), "tag"),
        ("tag is a token", param("tag", "lgsp-v1".to_owned()), "tag"),
        ("nonce is too short", param("nonce", text("AAECAwQFBgc=")), "parameters"),
        ("nonce is too long", param("nonce", text(&"A".repeat(129))), "parameters"),
        ("created is a text", param("created", text(&NOW.to_string())), "parameters"),
        ("created has a fraction", param("created", format!("{NOW}.5")), "parameters"),
        ("a parameter is not known", param("x", "1".to_owned()), "parameters"),
        ("expires is not after created", param("expires", NOW.to_string()), "parameters"),
        ("the window is too long", param("expires", (NOW + 61).to_string()), "window"),
        (
            "it has expired",
            made(|draft| {
                draft.param("created", (NOW - 91).to_string());
                draft.param("expires", (NOW - 31).to_string());
            }),
            "stale",
        ),
        (
            "it was made in the future",
            made(|draft| {
                draft.param("created", (NOW + 31).to_string());
                draft.param("expires", (NOW + 60).to_string());
            }),
            "future",
        ),
        ("the algorithm is another", param("alg", text("ecdsa-p256-sha256")), "algorithm"),
        ("the algorithm is one that is refused", param("alg", text("rsa-v1_5-sha256")), "algorithm"),
        ("the algorithm is none", param("alg", text("none")), "algorithm"),
        ("the algorithm is a token", param("alg", "ed25519".to_owned()), "algorithm"),
        ("the algorithm is in capitals", param("alg", text("Ed25519")), "algorithm"),
        (
            "the public key is used as a shared secret",
            {
                let draft = Draft::new().with(|draft| draft.param("alg", text("hmac-sha256")));
                let secret = hmac::Key::new(hmac::HMAC_SHA256, public_pem(1).as_bytes());
                let signature = hmac::sign(&secret, draft.base().as_bytes());
                draft.signed_by(signature.as_ref())
            },
            "algorithm",
        ),
        ("the key is not known", param("keyid", text("nobody")), "unknown-key"),
        (
            "the key has expired",
            made(|draft| {
                draft.param("keyid", text("mot-cua-2025"));
                draft.seed = 3;
            }),
            "unknown-key",
        ),
        (
            "the key is another member's",
            made(|draft| {
                draft.param("keyid", text("khong-quyen"));
                draft.seed = 2;
            }),
            "unknown-key",
        ),
        ("another member's key signs under this member's id", made(|draft| draft.seed = 2), "signature"),
        ("the key is of another algorithm than the signature", param("keyid", text("mot-cua-p256")), "signature"),
    ]
}
