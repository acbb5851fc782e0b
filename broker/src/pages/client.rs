//! How an application appears to the person, and the way on from a page that ends a login.

use std::borrow::Cow;

use super::{frame::Frame, link};

/// An OAuth client as a person should recognise it. All of it comes from the registration, nothing from the request.
#[derive(Clone, Copy, Debug)]
pub struct ClientView<'a> {
    /// Name of the application, as "Một cửa điện tử".
    pub name: &'a str,
    /// Name of the legal body that answers for it, as "Sở Khoa học và Công nghệ".
    pub legal_entity: &'a str,
    /// Address of the application's own page (`client_uri`, RFC 7591 §2).
    pub client_uri: Option<&'a str>,
}

/// Where a person goes from a page that has no other way on.
#[derive(Clone, Copy, Debug)]
pub struct WayOn<'a> {
    /// Absolute address; one that would run a script is left out of the page.
    pub url: &'a str,
    /// What the link promises.
    pub kind: WayOnKind,
}

/// What a way on promises, in the words of its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayOnKind {
    /// Back to the application, with the OAuth error or without a login.
    Back,
    /// Begin this login again.
    TryAgain,
    /// Open the application's own page or, where no application is known, the services of the province.
    Open,
}

impl WayOnKind {
    fn label<'a>(self, frame: &Frame<'a>, client: Option<&ClientView<'_>>) -> Cow<'a, str> {
        match (self, client) {
            (Self::TryAgain, _) => frame.t.get("try-again"),
            (Self::Back, Some(client)) => frame.t.fill("back-to-client", &[("client", client.name)]),
            (Self::Back, None) => frame.t.get("back-to-application"),
            (Self::Open, Some(client)) => frame.t.fill("open-client", &[("client", client.name)]),
            (Self::Open, None) => frame.t.get("open-services"),
        }
    }
}

/// Address and label of a way on. Without one, the application's own page is better than a dead end.
pub(super) fn way_on<'a, 'v>(
    frame: &Frame<'a>,
    wanted: Option<WayOn<'v>>,
    client: Option<&ClientView<'v>>,
) -> Option<(&'v str, Cow<'a, str>)> {
    let wanted = wanted.and_then(|way| Some((link::leading_away(way.url)?, way.kind)));
    let home = || Some((frame.web_page(&client?.client_uri)?, WayOnKind::Open));
    wanted.or_else(home).map(|(url, kind)| (url, kind.label(frame, client)))
}
