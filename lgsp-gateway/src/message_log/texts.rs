//! Which texts of a caller stand in a record in the open, and which only in its sealed evidence?
//!
//! What may name a person is sealed: a text with a number as long as a person's, and a purpose, legal basis or procedure that
//! no agreement lists, which is then free text. No digest stands in its place, because numbers and names can be tried.

use serde::{Serialize, Serializer, ser::SerializeMap};
use tlog::{
    Hash,
    evidence::{SEALED, may_be_personal},
};

use crate::{
    call::Head,
    caller::LONGEST_TEXT,
    registry::{Agreement, Grant},
    trail::Trail,
};

/// A text of the caller.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    text: &'a str,
    open: bool,
}

impl<'a> Text<'a> {
    /// A text that names nothing but what we or the registry name.
    pub(super) const fn open(text: &'a str) -> Self {
        Self { text, open: true }
    }

    fn free(text: &'a str) -> Self {
        Self { text, open: !may_be_personal(text) }
    }
}

/// As it stands in the open; of one that is longer than any of a caller's the digest.
impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.open {
            serializer.serialize_str(SEALED)
        } else if self.text.len() <= LONGEST_TEXT {
            serializer.serialize_str(self.text)
        } else {
            serializer.collect_str(&format_args!("sha-256=:{}:", Hash::of(self.text.as_bytes())))
        }
    }
}

/// The texts of one caller about one call.
pub(super) struct Texts<'a> {
    pub(super) message_id: Option<Text<'a>>,
    pub(super) service_asked: Option<Text<'a>>,
    pub(super) purpose: Option<Text<'a>>,
    pub(super) legal_basis: Option<Text<'a>>,
    pub(super) procedure: Option<Text<'a>>,
    pub(super) issue: Option<Text<'a>>,
}

impl<'a> Texts<'a> {
    pub(super) fn of(head: &Head, trail: &'a Trail) -> Self {
        let registry = &head.registry;
        // The agreements of the call come first: they nearly always list what it states.
        let own = trail.client.as_ref().zip(trail.service_found.as_ref());
        let own = own.map_or(&[][..], |(client, service)| registry.grants(client, service));
        let listed = |text: &'a Option<String>, list: List| {
            let text = text.as_deref()?;
            let open = is_listed(own, list, text) || registry.agreements.values().any(|all| is_listed(all, list, text));
            Some(Text { text, open })
        };
        let service = trail.service_asked.as_ref().map(types::ServiceId::as_str);
        Self {
            message_id: message_id(head, trail),
            // A service that was found is one of the registry, or a former name of one.
            service_asked: service.map(if trail.service_found.is_some() { Text::open } else { Text::free }),
            purpose: listed(&trail.purpose, |agreement| &agreement.purposes),
            legal_basis: listed(&trail.legal_basis, |agreement| &agreement.legal_bases),
            procedure: listed(&trail.procedure, |agreement| &agreement.procedures),
            issue: trail.issue.as_deref().map(Text::free),
        }
    }

    /// Those that do not stand in the open, as a JSON object.
    pub(super) fn sealed(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        let sealed = Sealed(self.named().into_iter().filter_map(|(name, text)| Some((name, text?))).collect());
        if sealed.0.iter().all(|(_, text)| text.open) { Ok(None) } else { serde_json::to_vec(&sealed).map(Some) }
    }

    fn named(&self) -> [(&'static str, Option<Text<'a>>); 6] {
        [
            ("message_id", self.message_id),
            ("service_asked", self.service_asked),
            ("purpose", self.purpose),
            ("legal_basis", self.legal_basis),
            ("procedure", self.procedure),
            ("issue", self.issue),
        ]
    }
}

struct Sealed<'a>(Vec<(&'static str, Text<'a>)>);

impl Serialize for Sealed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, text) in self.0.iter().filter(|(_, text)| !text.open) {
            map.serialize_entry(name, text.text)?;
        }
        map.end()
    }
}

/// The id of the message. What we made of the call's own number is ours, whatever digits are in it.
pub(super) fn message_id<'a>(head: &Head, trail: &'a Trail) -> Option<Text<'a>> {
    let id = trail.message_id.as_deref()?;
    let given = id.strip_suffix(head.id.to_string().as_str()).unwrap_or(id);
    Some(Text { text: id, open: !may_be_personal(given) })
}

/// One of the lists of an agreement.
type List = fn(&Agreement) -> &[String];

/// Whether one of these agreements lists the text.
fn is_listed(grants: &[Grant], list: List, text: &str) -> bool {
    grants.iter().any(|grant| list(&grant.agreement).iter().any(|own| own == text))
}
