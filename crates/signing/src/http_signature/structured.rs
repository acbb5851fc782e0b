//! Dictionaries of RFC 9651 as they came, with every repetition refused: where the general rule lets the last of two equal
//! keys win, a signature must not leave that to the reader.

use std::convert::Infallible;

use sfv::{
    BareItemFromInput, KeyRef, ListSerializer, Parser,
    visitor::{DictionaryVisitor, EntryVisitor, InnerListVisitor, ItemVisitor, ParameterVisitor},
};

/// The most signatures of a message, components of a signature, and parameters of either: no real message comes near, and
/// what is compared with each other stays little.
const MOST_MEMBERS: usize = 16;
const MOST_ELEMENTS: usize = 64;
const MOST_PARAMETERS: usize = 16;

/// Parameters in their order.
pub(super) type Parameters<'a> = Vec<(&'a KeyRef, BareItemFromInput<'a>)>;

/// An item of an inner list.
#[derive(Debug)]
pub(super) struct Element<'a> {
    pub(super) value: BareItemFromInput<'a>,
    pub(super) parameters: Parameters<'a>,
}

/// What a key of a dictionary stands for.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Item(BareItemFromInput<'a>),
    List(Vec<Element<'a>>),
}

/// A key, its value and the value's parameters.
#[derive(Debug)]
pub(super) struct Member<'a> {
    pub(super) key: &'a str,
    pub(super) value: Value<'a>,
    pub(super) parameters: Parameters<'a>,
}

/// Reads a dictionary; `None` when it is not one, has a key or a parameter twice, or too many of them.
pub(super) fn dictionary(text: &str) -> Option<Vec<Member<'_>>> {
    Parser::new(text).parse_dictionary_with_visitor(Members(Vec::new())).ok()
}

/// An inner list with its parameters, in its one strict form (RFC 9651 §4.1.1.1).
pub(super) fn write_inner_list(elements: &[Element<'_>], parameters: &Parameters<'_>, output: &mut String) {
    let mut list = ListSerializer::with_buffer(output);
    let mut inner = list.inner_list();
    for element in elements {
        let _ = inner.bare_item(&element.value).parameters(pairs(&element.parameters)).finish();
    }
    let _ = inner.finish().parameters(pairs(parameters)).finish();
}

fn pairs<'b>(parameters: &'b Parameters<'_>) -> impl Iterator<Item = (&'b KeyRef, &'b BareItemFromInput<'b>)> {
    parameters.iter().map(|(key, value)| (*key, value))
}

/// Something came twice, or too often.
#[derive(Debug, thiserror::Error)]
#[error("a key or a parameter is repeated, or there are too many")]
struct Repeated;

struct Members<'a>(Vec<Member<'a>>);

impl<'a> DictionaryVisitor<'a> for Members<'a> {
    type Out = Vec<Member<'a>>;
    type Error = Repeated;

    fn entry(&mut self, key: &'a KeyRef) -> Result<impl EntryVisitor<'a>, Repeated> {
        let key = key.as_str();
        if self.0.len() >= MOST_MEMBERS || self.0.iter().any(|member| member.key == key) {
            return Err(Repeated);
        }
        Ok(Entry { members: &mut self.0, key })
    }

    fn finish(self) -> Result<Self::Out, Repeated> {
        Ok(self.0)
    }
}

struct Entry<'b, 'a> {
    members: &'b mut Vec<Member<'a>>,
    key: &'a str,
}

impl<'a> EntryVisitor<'a> for Entry<'_, 'a> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'a>, Infallible> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'a>, Infallible> {
        Ok(List { entry: self, elements: Vec::with_capacity(16) })
    }
}

impl<'a> ItemVisitor<'a> for Entry<'_, 'a> {
    type Out = ();
    type Error = Infallible;

    fn bare_item(self, value: BareItemFromInput<'a>) -> Result<impl ParameterVisitor<'a, Out = ()>, Infallible> {
        Ok(MemberParameters { entry: self, value: Value::Item(value), parameters: Vec::new() })
    }
}

struct List<'b, 'a> {
    entry: Entry<'b, 'a>,
    elements: Vec<Element<'a>>,
}

impl<'a> InnerListVisitor<'a> for List<'_, 'a> {
    type Error = Infallible;

    fn item(&mut self) -> Result<impl ItemVisitor<'a>, Infallible> {
        Ok(InList(&mut self.elements))
    }

    fn finish(self) -> Result<impl ParameterVisitor<'a>, Infallible> {
        Ok(MemberParameters { entry: self.entry, value: Value::List(self.elements), parameters: Vec::with_capacity(6) })
    }
}

struct InList<'b, 'a>(&'b mut Vec<Element<'a>>);

impl<'a> ItemVisitor<'a> for InList<'_, 'a> {
    type Out = ();
    type Error = Infallible;

    fn bare_item(self, value: BareItemFromInput<'a>) -> Result<impl ParameterVisitor<'a, Out = ()>, Infallible> {
        Ok(ElementParameters { elements: self.0, value, parameters: Vec::new() })
    }
}

fn add<'a>(parameters: &mut Parameters<'a>, key: &'a KeyRef, value: BareItemFromInput<'a>) -> Result<(), Repeated> {
    if parameters.len() >= MOST_PARAMETERS || parameters.iter().any(|(known, _)| *known == key) {
        return Err(Repeated);
    }
    parameters.push((key, value));
    Ok(())
}

struct MemberParameters<'b, 'a> {
    entry: Entry<'b, 'a>,
    value: Value<'a>,
    parameters: Parameters<'a>,
}

impl<'a> ParameterVisitor<'a> for MemberParameters<'_, 'a> {
    type Out = ();
    type Error = Repeated;

    fn parameter(&mut self, key: &'a KeyRef, value: BareItemFromInput<'a>) -> Result<(), Repeated> {
        add(&mut self.parameters, key, value)
    }

    fn finish(self) -> Result<(), Repeated> {
        let Self { entry, value, parameters } = self;
        entry.members.push(Member { key: entry.key, value, parameters });
        Ok(())
    }
}

struct ElementParameters<'b, 'a> {
    elements: &'b mut Vec<Element<'a>>,
    value: BareItemFromInput<'a>,
    parameters: Parameters<'a>,
}

impl<'a> ParameterVisitor<'a> for ElementParameters<'_, 'a> {
    type Out = ();
    type Error = Repeated;

    fn parameter(&mut self, key: &'a KeyRef, value: BareItemFromInput<'a>) -> Result<(), Repeated> {
        add(&mut self.parameters, key, value)
    }

    fn finish(self) -> Result<(), Repeated> {
        let Self { elements, value, parameters } = self;
        if elements.len() >= MOST_ELEMENTS {
            return Err(Repeated);
        }
        elements.push(Element { value, parameters });
        Ok(())
    }
}
