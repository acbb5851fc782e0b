//! XML of others, as a tree of bounded size. A document type is refused with the first byte of it, and with it entities of
//! any kind; so are processing instructions and every encoding but UTF-8.

use quick_xml::{
    NsReader,
    events::{BytesRef, BytesStart, Event},
    name::ResolveResult,
};

/// How deep elements may lie in each other.
pub const MAX_DEPTH: usize = 64;
/// How many elements a message has at most.
pub const MAX_ELEMENTS: usize = 20_000;
/// How many attributes an element has at most, namespace declarations included.
pub const MAX_ATTRIBUTES: usize = 32;

/// Why a message is not taken. It repeats nothing of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is not well-formed XML 1.0 with namespaces, or not UTF-8.
    #[error("the message is not well-formed XML")]
    Syntax,
    /// It has a document type, an entity, or a processing instruction.
    #[error("the message has a document type, an entity or a processing instruction")]
    Forbidden,
    /// It is nested too deeply, or has too many elements or attributes.
    #[error("the message is too deep or has too many elements")]
    TooMuch,
    /// It is no envelope of SOAP 1.1 with one element in its body, or demands an understanding that nobody has.
    #[error("the message is not a SOAP 1.1 envelope")]
    Envelope,
}

/// An element that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its namespace, empty when it has none.
    pub namespace: String,
    /// Its name without prefix.
    pub name: String,
    /// Its attributes but for namespace declarations: namespace, name, value.
    pub attributes: Vec<(String, String, String)>,
    /// Its own text, pieces joined; that between its elements included.
    pub text: String,
    /// Its elements.
    pub children: Vec<Node>,
}

impl Node {
    /// The one element of this name below; `None` when there is none.
    ///
    /// # Errors
    /// [`ReadError::Envelope`] when there are several: nobody knows which counts.
    pub fn child(&self, namespace: &str, name: &str) -> Result<Option<&Self>, ReadError> {
        let mut found = self.children.iter().filter(|child| child.is(namespace, name));
        match (found.next(), found.next()) {
            (first, None) => Ok(first),
            _ => Err(ReadError::Envelope),
        }
    }

    /// Whether it has this name.
    #[must_use]
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.name == name && self.namespace == namespace
    }
}

/// Reads a whole message.
///
/// # Errors
/// Why it is not taken.
pub fn read(bytes: &[u8]) -> Result<Node, ReadError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ReadError::Syntax)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = NsReader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    let mut tree = Tree::default();
    loop {
        match reader.read_event().map_err(|_| ReadError::Syntax)? {
            Event::Start(start) => {
                tree.open(element(&start, &reader)?)?;
            }
            Event::Empty(start) => {
                tree.open(element(&start, &reader)?)?;
                tree.close()?;
            }
            Event::End(_) => tree.close()?,
            Event::Text(text) => tree.text(&text.xml10_content())?,
            Event::CData(text) => tree.cdata(&text.xml10_content())?,
            Event::GeneralRef(reference) => tree.reference(&reference)?,
            Event::Decl(declaration) => {
                let encoding = declaration.encoding().transpose().map_err(|_| ReadError::Syntax)?;
                if tree.begun || encoding.is_some_and(|name| !name.eq_ignore_ascii_case("utf-8")) {
                    return Err(ReadError::Syntax);
                }
                tree.begun = true;
            }
            Event::Comment(_) => {}
            Event::DocType(_) | Event::PI(_) => return Err(ReadError::Forbidden),
            Event::Eof => return tree.finish(),
        }
    }
}

fn element(start: &BytesStart<'_>, reader: &NsReader<&[u8]>) -> Result<Node, ReadError> {
    let (namespace, name) = reader.resolver().resolve_element(start.name());
    let mut attributes = Vec::new();
    for (count, attribute) in start.attributes().enumerate() {
        let attribute = attribute.map_err(|_| ReadError::Syntax)?;
        if count >= MAX_ATTRIBUTES {
            return Err(ReadError::TooMuch);
        }
        if attribute.key.as_namespace_binding().is_none() {
            let (namespace, name) = reader.resolver().resolve_attribute(attribute.key);
            let value = quick_xml::escape::unescape(&attribute.value).map_err(|_| ReadError::Forbidden)?;
            attributes.push((bound(namespace)?, name.as_ref().to_owned(), value.into_owned()));
        }
    }
    Ok(Node {
        namespace: bound(namespace)?,
        name: name.as_ref().to_owned(),
        attributes,
        text: String::new(),
        children: Vec::new(),
    })
}

fn bound(namespace: ResolveResult<'_>) -> Result<String, ReadError> {
    match namespace {
        ResolveResult::Bound(namespace) => Ok(namespace.as_ref().to_owned()),
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Unknown(_) => Err(ReadError::Syntax),
    }
}

#[derive(Default)]
struct Tree {
    /// The elements that are open, the outermost first.
    open: Vec<Node>,
    root: Option<Node>,
    elements: usize,
    begun: bool,
}

impl Tree {
    fn open(&mut self, node: Node) -> Result<(), ReadError> {
        self.begun = true;
        self.elements += 1;
        if self.open.len() >= MAX_DEPTH || self.elements > MAX_ELEMENTS {
            return Err(ReadError::TooMuch);
        }
        if self.root.is_some() {
            return Err(ReadError::Syntax);
        }
        self.open.push(node);
        Ok(())
    }

    fn close(&mut self) -> Result<(), ReadError> {
        let node = self.open.pop().ok_or(ReadError::Syntax)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ReadError> {
        match self.open.last_mut() {
            Some(node) => node.text.push_str(text),
            None if text.chars().all(|letter| matches!(letter, ' ' | '\t' | '\r' | '\n')) => {}
            None => return Err(ReadError::Syntax),
        }
        Ok(())
    }

    fn cdata(&mut self, text: &str) -> Result<(), ReadError> {
        self.open.last_mut().ok_or(ReadError::Syntax)?.text.push_str(text);
        Ok(())
    }

    /// The five of XML itself and numbers; any other needs a document type, which there is none of.
    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), ReadError> {
        let node = self.open.last_mut().ok_or(ReadError::Syntax)?;
        let letter = match reference.resolve_char_ref().map_err(|_| ReadError::Syntax)? {
            Some(letter) => letter,
            None => match &**reference {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                _ => return Err(ReadError::Forbidden),
            },
        };
        node.text.push(letter);
        Ok(())
    }

    fn finish(self) -> Result<Node, ReadError> {
        self.root.filter(|_| self.open.is_empty()).ok_or(ReadError::Syntax)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, error: ReadError) {
        assert_eq!(read(text.as_bytes()), Err(error), "{}", text.get(..200).unwrap_or(text));
    }

    #[test]
    fn names_are_told_by_namespace_and_not_by_prefix() {
        let node = read(br#"<?xml version="1.0"?><!-- x --><a:r xmlns:a="urn:1" xmlns="urn:2"><b a:c="&lt;1">x&#65;<![CDATA[<]]>&amp;</b><n xmlns=""/></a:r>"#).unwrap();
        assert!(node.is("urn:1", "r"));
        let b = node.child("urn:2", "b").unwrap().unwrap();
        assert_eq!(
            (b.text.as_str(), b.attributes.as_slice()),
            ("xA<&", &[("urn:1".to_owned(), "c".to_owned(), "<1".to_owned())][..])
        );
        assert!(node.child("", "n").unwrap().is_some());
        assert!(node.child("urn:1", "b").unwrap().is_none());
    }

    #[test]
    fn what_makes_xml_dangerous_is_refused() {
        let bomb = r#"<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>"#;
        check(bomb, ReadError::Forbidden);
        check(r#"<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>"#, ReadError::Forbidden);
        check(r#"<!DOCTYPE a SYSTEM "http://169.254.169.254/x.dtd"><a/>"#, ReadError::Forbidden);
        check("<a>&x;</a>", ReadError::Forbidden);
        check(r#"<a b="&x;"/>"#, ReadError::Forbidden);
        check("<?xml-stylesheet href='x'?><a/>", ReadError::Forbidden);
        check("<a><?php x?></a>", ReadError::Forbidden);
    }

    #[test]
    fn depth_number_and_attributes_are_bounded() {
        assert!(read(format!("{}{}", "<a>".repeat(64), "</a>".repeat(64)).as_bytes()).is_ok());
        check(&format!("{}{}", "<a>".repeat(65), "</a>".repeat(65)), ReadError::TooMuch);
        check(&"<a>".repeat(10_000), ReadError::TooMuch);
        check(&format!("<a>{}</a>", "<b/>".repeat(20_000)), ReadError::TooMuch);
        let attributes: String = (0..33).map(|number| format!(" a{number}=''")).collect();
        check(&format!("<a{attributes}/>"), ReadError::TooMuch);
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for text in [
            "",
            "x",
            "<a>",
            "<a></b>",
            "</a>",
            "<a/><a/>",
            "<a/>x",
            "x<a/>",
            "<a b='1' b='2'/>",
            "<p:a/>",
            "<a>&</a>",
            "<a>&#0;</a>",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(read(b"<a>\xff</a>"), Err(ReadError::Syntax));
        check(r#"<?xml version="1.0" encoding="UTF-16"?><a/>"#, ReadError::Syntax);
        check("<a/><?xml version='1.0'?>", ReadError::Syntax);
    }
}
