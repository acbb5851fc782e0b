//! Do you want to sign out? Asked when a logout request does not prove who sent it
//! (OpenID Connect RP-Initiated Logout 1.0 §2).

use askama::Template;

use super::{ClientView, Frame};

/// What the question shows. Its form is `POST /logout` with `csrf`, the hidden fields, and `decision=sign_out`.
#[derive(Clone, Debug)]
pub struct SignOutPage<'a> {
    /// The application that asked, once it is known for certain.
    pub client: Option<ClientView<'a>>,
    /// Value of the hidden field `csrf`, bound to the session.
    pub csrf: &'a str,
    /// Parameters of the request that the answer needs again, as name and value.
    pub hidden: Vec<(&'a str, &'a str)>,
    /// Who is signed in.
    pub person_name: Option<&'a str>,
    /// Reference number of the log line.
    pub reference: &'a str,
}

#[derive(Template)]
#[template(path = "sign_out.html")]
pub(super) struct SignOutTemplate<'a> {
    frame: Frame<'a>,
    title: String,
    page: &'a SignOutPage<'a>,
}

impl<'a> SignOutTemplate<'a> {
    pub(super) fn new(frame: Frame<'a>, page: &'a SignOutPage<'a>) -> Self {
        Self { title: frame.t.get("sign-out-title").into_owned(), frame, page }
    }
}
