//! Who shall confirm who you are? Shown when a client allows several providers.

use askama::Template;

use super::{ClientView, Frame};

/// What the chooser shows. Each provider is a form of its own: `POST action` with `login` and `provider`. The last form has
/// `decision=cancel` in its place.
#[derive(Clone, Debug)]
pub struct ChooseProvider<'a> {
    /// The application the person is signing in to.
    pub client: ClientView<'a>,
    /// The providers, in the order in which they are offered.
    pub providers: Vec<ProviderView<'a>>,
    /// Opaque handle of the login attempt, sent back in the hidden field `login`.
    pub login: &'a str,
    /// Path the forms post to.
    pub action: &'a str,
    /// Reference number of the log line.
    pub reference: &'a str,
}

/// One provider to choose.
#[derive(Clone, Copy, Debug)]
pub struct ProviderView<'a> {
    /// Value of the field `provider`.
    pub id: &'a str,
    /// What people call it.
    pub name: &'a str,
    /// Who it is for, in one line.
    pub hint: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "choose_provider.html")]
pub(super) struct ChooseProviderTemplate<'a> {
    frame: Frame<'a>,
    title: String,
    page: &'a ChooseProvider<'a>,
}

impl<'a> ChooseProviderTemplate<'a> {
    pub(super) fn new(frame: Frame<'a>, page: &'a ChooseProvider<'a>) -> Self {
        Self { title: frame.t.get("choose-title").into_owned(), frame, page }
    }
}
