//! What every page has around its own content: province, language, stylesheet, reference number.

use std::borrow::Cow;

use super::{Texts, link};

/// The surroundings of one page.
pub(super) struct Frame<'a> {
    pub(super) t: Texts<'a>,
    pub(super) province: &'a str,
    pub(super) stylesheet: &'static str,
    pub(super) reference: &'a str,
}

impl<'a> Frame<'a> {
    /// What the browser shows as the name of the tab.
    pub(super) fn document_title(&self, title: &str) -> Cow<'a, str> {
        let portal = self.t.get("portal-name");
        self.t.fill("page-title", &[("title", title), ("portal", &portal), ("province", self.province)])
    }

    /// The address of an application's own web page, if there is one.
    pub(super) fn web_page<'u>(&self, address: &Option<&'u str>) -> Option<&'u str> {
        address.and_then(link::web_page)
    }
}
