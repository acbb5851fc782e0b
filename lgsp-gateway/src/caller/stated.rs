//! What does the caller state about itself and its call? Every header of either form, read once.

use http::HeaderMap;
use types::{ServiceId, SubsystemId};

use super::fields::{item, message_id, missing, parts, subsystem, text, unreadable};
use crate::{
    call::Form,
    refusal::{Code, Refusal},
};

/// The headers of a call, each read or refused on its own, so that a record of a refused call holds what was readable.
#[derive(Debug)]
pub struct Stated {
    /// Who it says it is.
    pub client: Result<Option<SubsystemId>, Refusal>,
    /// The service it says it calls, in our own form.
    pub service: Result<Option<ServiceId>, Refusal>,
    /// Its id of the message.
    pub message_id: Result<Option<String>, Refusal>,
    /// The purpose.
    pub purpose: Result<Option<String>, Refusal>,
    /// The legal basis.
    pub legal_basis: Result<Option<String>, Refusal>,
    /// The procedure.
    pub procedure: Result<Option<String>, Refusal>,
    /// The case or document number.
    pub issue: Result<Option<String>, Refusal>,
    /// What is only checked, because nothing is decided by it and nothing of it is kept.
    pub informative: Result<(), Refusal>,
}

impl Stated {
    /// Reads the headers of this form.
    #[must_use]
    pub fn read(headers: &HeaderMap, form: Form) -> Self {
        match form {
            Form::XRoad => Self::x_road(headers),
            Form::Signed => Self::signed(headers),
        }
    }

    fn x_road(headers: &HeaderMap) -> Self {
        Self {
            client: x_road_client(headers),
            service: Ok(None),
            message_id: x_road_id(headers),
            purpose: Ok(None),
            legal_basis: Ok(None),
            procedure: Ok(None),
            issue: text(headers, "x-road-issue"),
            informative: informative(headers),
        }
    }

    fn signed(headers: &HeaderMap) -> Self {
        Self {
            client: agreeing(required(headers, "lgsp-client", SubsystemId::parse), x_road_client(headers)),
            service: required(headers, "lgsp-service", ServiceId::parse),
            message_id: agreeing(
                required(headers, "lgsp-id", |id| message_id(id.to_owned(), "lgsp-id")),
                x_road_id(headers),
            ),
            purpose: required(headers, "lgsp-purpose", |text| Ok::<_, Refusal>(text.to_owned())),
            legal_basis: required(headers, "lgsp-legal-basis", |text| Ok::<_, Refusal>(text.to_owned())),
            procedure: item(headers, "lgsp-procedure"),
            issue: text(headers, "x-road-issue"),
            informative: informative(headers),
        }
    }
}

fn required<T, E>(
    headers: &HeaderMap,
    name: &'static str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Refusal> {
    let value = item(headers, name)?.ok_or_else(|| missing(name))?;
    parse(&value).map(Some).map_err(|_| unreadable(name))
}

/// Our own header decides; one of X-Road's beside it must say the same.
fn agreeing<T: PartialEq>(
    ours: Result<Option<T>, Refusal>,
    theirs: Result<Option<T>, Refusal>,
) -> Result<Option<T>, Refusal> {
    let ours = ours?;
    match theirs? {
        Some(theirs) if ours.as_ref() != Some(&theirs) => {
            Err(Refusal::new(Code::RepeatedHeader).detail("an X-Road header says otherwise"))
        }
        _ => Ok(ours),
    }
}

fn x_road_client(headers: &HeaderMap) -> Result<Option<SubsystemId>, Refusal> {
    let name = "x-road-client";
    super::fields::single(headers, name)?.map(|value| subsystem(value, name)).transpose()
}

fn x_road_id(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let name = "x-road-id";
    text(headers, name)?.map(|id| message_id(id, name)).transpose()
}

fn informative(headers: &HeaderMap) -> Result<(), Refusal> {
    text(headers, "x-road-userid")?;
    for (name, lengths) in [("x-road-security-server", 4..=4), ("x-road-represented-party", 1..=2)] {
        if let Some(value) = super::fields::single(headers, name)? {
            parts(value, lengths, name)?;
        }
    }
    Ok(())
}
