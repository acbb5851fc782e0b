//! The session is over; where does the person go from here?

use std::borrow::Cow;

use askama::Template;

use super::{ClientView, Frame, WayOn, client::way_on, link};

/// What the last page of a logout shows.
#[derive(Clone, Copy, Debug)]
pub struct SignedOutPage<'a> {
    /// The application that asked, once it is known for certain.
    pub client: Option<ClientView<'a>>,
    /// The way on. Without one, the application's own page is offered if it is known.
    pub way_on: Option<WayOn<'a>>,
    /// Where the person may also sign out upstream.
    pub upstream_logout: Option<UpstreamLogout<'a>>,
    /// Reference number of the log line.
    pub reference: &'a str,
}

/// A provider's own logout page.
#[derive(Clone, Copy, Debug)]
pub struct UpstreamLogout<'a> {
    /// What people call the provider.
    pub provider_name: &'a str,
    /// Its logout page.
    pub url: &'a str,
}

struct UpstreamLine<'a> {
    remark: Cow<'a, str>,
    label: Cow<'a, str>,
    url: &'a str,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
pub(super) struct SignedOutTemplate<'a> {
    frame: Frame<'a>,
    title: String,
    way_on: Option<(&'a str, Cow<'a, str>)>,
    upstream: Option<UpstreamLine<'a>>,
}

impl<'a> SignedOutTemplate<'a> {
    pub(super) fn new(frame: Frame<'a>, page: &'a SignedOutPage<'a>) -> Self {
        let t = frame.t;
        let upstream = page.upstream_logout.and_then(|upstream| {
            Some(UpstreamLine {
                url: link::web_page(upstream.url)?,
                remark: t.fill("signed-out-upstream", &[("provider", upstream.provider_name)]),
                label: t.fill("signed-out-upstream-link", &[("provider", upstream.provider_name)]),
            })
        });
        Self {
            title: t.get("signed-out-title").into_owned(),
            way_on: way_on(&frame, page.way_on, page.client.as_ref()),
            upstream,
            frame,
        }
    }
}
