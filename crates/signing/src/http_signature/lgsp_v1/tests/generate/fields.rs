//! Requests whose signature fields are not what they should be.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Draft, NONCE, NOW, spoiled, thumbprint};

pub(super) fn all() -> Vec<(&'static str, Draft, &'static str)> {
    let input = |change: &'static dyn Fn(&str) -> String| {
        spoiled(|draft| {
            let value = &mut draft.headers.iter_mut().find(|(known, _)| known == "Signature-Input").unwrap().1;
            *value = change(value);
        })
    };
    let signature = |change: &'static dyn Fn(&str) -> String| {
        spoiled(|draft| {
            let value = &mut draft.headers.iter_mut().find(|(known, _)| known == "Signature").unwrap().1;
            *value = change(value);
        })
    };
    let twice = |name: &'static str| {
        spoiled(|draft| {
            let value = draft.headers.iter().find(|(known, _)| known == name).unwrap().1.clone();
            draft.headers.push((name.to_owned(), value));
        })
    };
    vec![
        ("there is no signature", Draft::new(), "missing"),
        ("there is no Signature-Input", spoiled(|draft| draft.remove("Signature-Input")), "missing"),
        ("there is no Signature", spoiled(|draft| draft.remove("Signature")), "missing"),
        ("Signature-Input is sent twice", twice("Signature-Input"), "repeated-field"),
        ("Signature is sent twice", twice("Signature"), "repeated-field"),
        ("the label is another", Draft::new().with(|draft| draft.label = "sig1").signed(), "label"),
        ("the label is the gateway's", Draft::new().with(|draft| draft.label = "gw").signed(), "label"),
        ("the labels of the two fields differ", input(&|value| value.replacen("lgsp=", "lgsq=", 1)), "label"),
        ("a label has no signature", input(&|value| format!("{value}, other=()")), "label"),
        ("a signature has no label", signature(&|value| format!("{value}, other=:AAAA:")), "label"),
        ("a label is repeated in Signature-Input", input(&|value| format!("{value}, {value}")), "malformed"),
        ("a label is repeated in Signature", signature(&|value| format!("lgsp=:AAAA:, {value}")), "malformed"),
        ("a parameter is repeated", input(&|value| format!("{value};created={NOW}")), "malformed"),
        ("a quote is not closed", input(&|value| value.replacen("\"@method\"", "\"@method", 1)), "malformed"),
        ("Signature-Input has something after its end", input(&|value| format!("{value} x")), "malformed"),
        ("the signature is a text", signature(&|value| value.replace(':', "\"")), "malformed"),
        ("the signature is not base64", signature(&|value| value.replacen("=:", "=:!", 1)), "malformed"),
        ("the signature is cut", signature(&|value| format!("{}:", &value[..value.len() - 9])), "signature"),
        ("the signature is longer", signature(&|value| value.replacen("=:", "=:AAAA", 1)), "signature"),
        ("the signature is empty", signature(&|_| "lgsp=::".to_owned()), "signature"),
        ("the signature is of zeros", signature(&|_| format!("lgsp=:{}:", STANDARD.encode([0; 64]))), "signature"),
        ("the nonce was changed", input(&|value| value.replace(NONCE, "BAECAwQFBgcICQoLDA0ODw==")), "signature"),
        (
            "the window was moved",
            input(&|value| value.replace(&format!("={}", NOW + 60), &format!("={}", NOW + 59))),
            "signature",
        ),
        (
            "parameters have another order",
            input(&|value| {
                value.replace(
                    &format!(";created={NOW};expires={}", NOW + 60),
                    &format!(";expires={};created={NOW}", NOW + 60),
                )
            }),
            "signature",
        ),
        (
            "components have another order",
            input(&|value| value.replace("\"@method\" \"@authority\"", "\"@authority\" \"@method\"")),
            "signature",
        ),
        (
            "the key id was exchanged for the thumbprint",
            input(&|value| value.replace("\"mot-cua\"", &format!("\"{}\"", thumbprint(1)))),
            "signature",
        ),
        ("the algorithm was added afterwards", input(&|value| format!("{value};alg=\"ed25519\"")), "signature"),
    ]
}
