//! What goes to whom, for what, and on which basis? Public bodies inform; others ask for consent
//! (Luật Bảo vệ dữ liệu cá nhân Điều 9 and 19, NĐ 356/2025 Điều 6).

use std::borrow::Cow;

use askama::Template;

use super::{ClientView, Frame};
use crate::claims::catalogue;

/// What the information or consent page shows. Its form is `POST /consent` with `login` and `decision`,
/// which is `approve` or `deny`.
#[derive(Clone, Debug)]
pub struct ConsentPage<'a> {
    /// The application that receives the claims.
    pub client: ClientView<'a>,
    /// What it needs them for, as registered in the language of the page.
    pub purpose: &'a str,
    /// The rule or agreement that allows it, as registered: in Vietnamese, whatever the language of the page.
    pub legal_basis: &'a str,
    /// Whether the person is told or asked.
    pub kind: ConsentKind,
    /// Every claim that will be released; the page puts them in the order of the catalogue, the name first.
    pub claims: Vec<ClaimView<'a>>,
    /// The person's name, so that a wrong account is noticed here.
    pub person_name: Option<&'a str>,
    /// The provider that confirmed the person.
    pub provider_name: &'a str,
    /// Opaque handle of the login attempt, sent back in the hidden field `login`.
    pub login: &'a str,
    /// Reference number of the log line.
    pub reference: &'a str,
}

/// On what the release rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentKind {
    /// A legal basis other than consent: the person is told, and may still turn back.
    Information,
    /// The person's consent: an explicit act, with nothing chosen beforehand.
    Consent,
}

impl ConsentKind {
    fn key(self, part: &str) -> String {
        match self {
            Self::Information => format!("information-{part}"),
            Self::Consent => format!("consent-{part}"),
        }
    }
}

/// One claim that will be released.
#[derive(Clone, Copy, Debug)]
pub struct ClaimView<'a> {
    /// Name of the claim, as `birthdate`; the page has the words for it.
    pub name: &'a str,
    /// The value, if the page shall show it.
    pub value: Option<&'a str>,
}

/// Claims that recognise a person across bodies and are announced as such.
const SENSITIVE: [&str; 1] = ["vn_citizen_id"];

/// A claim in the person's language.
struct ClaimLine<'a> {
    label: Cow<'a, str>,
    about: Cow<'a, str>,
    value: Option<&'a str>,
    sensitive: bool,
}

impl<'a> ClaimLine<'a> {
    /// A claim we have no words for is named as it is: the person must see that it goes out.
    fn new(frame: &Frame<'a>, claim: &ClaimView<'a>) -> Self {
        let key = format!("claim-{}", claim.name);
        let about = format!("{key}-about");
        let (label, about) = if frame.t.has(&about) {
            (frame.t.get(&key), frame.t.get(&about))
        } else {
            (frame.t.fill("claim-other", &[("name", claim.name)]), frame.t.get("claim-other-about"))
        };
        Self { label, about, value: claim.value, sensitive: SENSITIVE.contains(&claim.name) }
    }
}

#[derive(Template)]
#[template(path = "consent.html")]
pub(super) struct ConsentTemplate<'a> {
    frame: Frame<'a>,
    title: String,
    page: &'a ConsentPage<'a>,
    lead: Cow<'a, str>,
    person: Cow<'a, str>,
    claims: Vec<ClaimLine<'a>>,
    has_sensitive: bool,
    basis_note: Cow<'a, str>,
    approve: Cow<'a, str>,
    deny: Cow<'a, str>,
}

impl<'a> ConsentTemplate<'a> {
    pub(super) fn new(frame: Frame<'a>, page: &'a ConsentPage<'a>) -> Self {
        let t = frame.t;
        let place = |claim: &&ClaimView<'_>| catalogue::CLAIMS.iter().position(|name| *name == claim.name);
        let mut ordered: Vec<_> = page.claims.iter().collect();
        ordered.sort_by_key(|claim| place(claim).unwrap_or(usize::MAX));
        let claims: Vec<_> = ordered.into_iter().map(|claim| ClaimLine::new(&frame, claim)).collect();
        let person = match page.person_name {
            Some(name) => t.fill("consent-person", &[("person", name), ("provider", page.provider_name)]),
            None => t.fill("consent-provider", &[("provider", page.provider_name)]),
        };
        Self {
            title: t.fill(&page.kind.key("title"), &[("client", page.client.name)]).into_owned(),
            lead: t.get(&page.kind.key("lead")),
            person,
            has_sensitive: claims.iter().any(|claim| claim.sensitive),
            claims,
            basis_note: t.get(&page.kind.key("basis-note")),
            approve: t.get(&page.kind.key("approve")),
            deny: t.get(&page.kind.key("deny")),
            frame,
            page,
        }
    }
}
