//! What is in an envelope: the one element of its body, or a fault.

use std::borrow::Cow;

use crate::{
    ENVELOPE,
    read::{Node, ReadError},
};

/// A code that may be logged is at most this long.
const LONGEST_CODE: usize = 64;

/// The one element of the body (SOAP 1.1 §4).
///
/// # Errors
/// [`ReadError::Envelope`] when it is no such envelope, or has a header that must be understood.
pub fn open(envelope: Node) -> Result<Node, ReadError> {
    if !envelope.is(ENVELOPE, "Envelope") {
        return Err(ReadError::Envelope);
    }
    let must = |node: &Node| {
        node.attributes.iter().any(|(namespace, name, value)| {
            namespace == ENVELOPE && name == "mustUnderstand" && !matches!(value.trim(), "0" | "false")
        })
    };
    if envelope.child(ENVELOPE, "Header")?.is_some_and(|header| header.children.iter().any(must)) {
        return Err(ReadError::Envelope);
    }
    envelope.child(ENVELOPE, "Body")?.ok_or(ReadError::Envelope)?;
    let body = envelope.children.into_iter().find(|child| child.is(ENVELOPE, "Body"));
    let mut content = body.into_iter().flat_map(|body| body.children);
    match (content.next(), content.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(ReadError::Envelope),
    }
}

/// The code of a fault (SOAP 1.1 §4.4), without its prefix; `Some(None)` for a fault whose code is not short and plain.
/// Its text is never looked at: registers write names and numbers into it.
#[must_use]
pub fn fault(node: &Node) -> Option<Option<Cow<'static, str>>> {
    if !node.is(ENVELOPE, "Fault") {
        return None;
    }
    let code = node.children.iter().find(|child| child.name == "faultcode").map(|child| child.text.trim());
    Some(code.and_then(|code| plain(code.rsplit_once(':').map_or(code, |(_, local)| local))))
}

/// The code, when it can be nothing but a code.
#[must_use]
pub fn plain(code: &str) -> Option<Cow<'static, str>> {
    // Twelve digits in a row are a person's number, whatever stands around them.
    let number = code.as_bytes().windows(9).any(|run| run.iter().all(u8::is_ascii_digit));
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let short = (1..=LONGEST_CODE).contains(&code.len());
    (short && !number && code.bytes().all(fits)).then(|| Cow::Owned(code.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read;

    fn envelope(header: &str, body: &str) -> Result<Node, ReadError> {
        open(read(
            format!(r#"<s:Envelope xmlns:s="{ENVELOPE}">{header}<s:Body>{body}</s:Body></s:Envelope>"#).as_bytes(),
        )?)
    }

    #[test]
    fn the_one_element_of_the_body_comes_out() {
        assert!(envelope("", "<a/>").unwrap().is("", "a"));
        assert!(envelope("<s:Header><x/></s:Header>", "<a/>").is_ok());
        assert_eq!(envelope("", ""), Err(ReadError::Envelope));
        assert_eq!(envelope("", "<a/><b/>"), Err(ReadError::Envelope));
        assert_eq!(envelope("<s:Body><b/></s:Body>", "<a/>"), Err(ReadError::Envelope));
        assert_eq!(envelope(r#"<s:Header><x s:mustUnderstand="1"/></s:Header>"#, "<a/>"), Err(ReadError::Envelope));
        let twelve =
            r#"<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><a/></s:Body></s:Envelope>"#;
        assert_eq!(open(read(twelve.as_bytes()).unwrap()), Err(ReadError::Envelope));
    }

    #[test]
    fn a_fault_gives_its_code_and_never_its_text() {
        let code = |code: &str| {
            let text =
                format!("<s:Fault><faultcode>{code}</faultcode><faultstring>Nguyễn Văn An</faultstring></s:Fault>");
            fault(&envelope("", &text).unwrap())
        };
        assert_eq!(code("s:Client.MaDVC"), Some(Some("Client.MaDVC".into())));
        assert_eq!(code("DC_037"), Some(Some("DC_037".into())));
        for other in ["", "075085000001", "So 075085000001", "không có", &"A".repeat(65)] {
            assert_eq!(code(other), Some(None), "{other}");
        }
        assert_eq!(fault(&envelope("", "<Fault/>").unwrap()), None);
    }
}
