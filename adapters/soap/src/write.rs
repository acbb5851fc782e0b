//! An envelope, element by element in the order given.

use crate::ENVELOPE;

/// A text has a character that XML 1.0 cannot carry (XML 1.0 §2.2). It says nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the element {element} holds a character that XML cannot carry")]
pub struct WriteError {
    /// Whose text.
    pub element: &'static str,
}

/// An element to be written, in the one namespace of the message.
#[derive(Clone)]
pub struct Element {
    name: &'static str,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Text(String),
    Children(Vec<Element>),
}

impl Element {
    /// An element with a text.
    #[must_use]
    pub fn text(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, content: Content::Text(text.into()) }
    }

    /// An element with elements, in this order.
    #[must_use]
    pub fn parent(name: &'static str, children: Vec<Self>) -> Self {
        Self { name, content: Content::Children(children) }
    }

    /// The whole message with this element as its body; it and all below it are in `namespace`.
    ///
    /// # Errors
    /// [`WriteError`] for a text that cannot be carried.
    pub fn envelope(&self, namespace: &str) -> Result<String, WriteError> {
        let mut out = String::with_capacity(1024);
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"");
        out.push_str(ENVELOPE);
        out.push_str("\" xmlns:ns=\"");
        escape(&mut out, namespace);
        out.push_str("\"><soapenv:Header/><soapenv:Body>");
        self.write(&mut out)?;
        out.push_str("</soapenv:Body></soapenv:Envelope>");
        Ok(out)
    }

    fn write(&self, out: &mut String) -> Result<(), WriteError> {
        out.extend(["<ns:", self.name, ">"]);
        match &self.content {
            Content::Text(text) if !text.chars().all(carried) => return Err(WriteError { element: self.name }),
            Content::Text(text) => escape(out, text),
            Content::Children(children) => children.iter().try_for_each(|child| child.write(out))?,
        }
        out.extend(["</ns:", self.name, ">"]);
        Ok(())
    }
}

/// `Char` of XML 1.0 §2.2.
const fn carried(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn escape(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A reader makes a line feed of it otherwise (XML 1.0 §2.11).
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{envelope, read};

    #[test]
    fn elements_stand_in_the_order_they_were_given_in() {
        let element =
            Element::parent("B", vec![Element::text("Z", "1"), Element::parent("A", vec![Element::text("C", "<&>")])]);
        let text = element.envelope("urn:x").unwrap();
        let body = "<soapenv:Body><ns:B><ns:Z>1</ns:Z><ns:A><ns:C>&lt;&amp;&gt;</ns:C></ns:A></ns:B></soapenv:Body>";
        assert!(text.contains(body), "{text}");
        assert!(text.contains(r#"xmlns:ns="urn:x""#));
        assert_eq!(Element::text("A", "\u{0}").envelope("urn:x"), Err(WriteError { element: "A" }));
    }

    proptest! {
        #[test]
        fn every_text_that_can_be_carried_is_read_back_as_it_was(text in "\\PC*") {
            let written = Element::parent("B", vec![Element::text("T", text.clone())]).envelope("urn:x").unwrap();
            let body = envelope::open(read::read(written.as_bytes()).unwrap()).unwrap();
            let read = body.child("urn:x", "T").unwrap().unwrap().text.clone();
            prop_assert_eq!(read, text);
        }
    }
}
