//! Why may this person not go on, and what can they do? The page behind `unmet_authentication_requirements`.

use std::borrow::Cow;

use askama::Template;
use types::{AccountLevel, AuthLevel};

use super::{ClientView, Frame, link};

/// What the page of an unmet level shows.
#[derive(Clone, Debug)]
pub struct UnmetPage<'a> {
    /// The application whose minimum is not met.
    pub client: ClientView<'a>,
    /// Which minimum, and what there is instead.
    pub needs: Unmet,
    /// Back to the application, carrying the OAuth error.
    pub return_url: &'a str,
    /// A form that leads to the chooser, if another provider could reach the level.
    pub other_provider: Option<OtherProvider<'a>>,
    /// Reference number of the log line.
    pub reference: &'a str,
}

/// The two scales that NĐ 69/2024 keeps apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// The account was not proven well enough.
    AccountLevel {
        /// The client's minimum.
        needed: AccountLevel,
        /// The level of the account, if the provider told one.
        has: Option<AccountLevel>,
    },
    /// The person did not authenticate strongly enough.
    AuthLevel {
        /// The client's minimum.
        needed: AuthLevel,
        /// What this sign-in reached.
        has: AuthLevel,
    },
}

/// A form `POST action` with the hidden field `login` and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct OtherProvider<'a> {
    /// Path the form posts to.
    pub action: &'a str,
    /// Opaque handle of the login attempt.
    pub login: &'a str,
}

#[derive(Template)]
#[template(path = "unmet.html")]
pub(super) struct UnmetTemplate<'a> {
    frame: Frame<'a>,
    title: String,
    page: &'a UnmetPage<'a>,
    needed: Cow<'a, str>,
    has: Cow<'a, str>,
    advice: Cow<'a, str>,
    return_url: Option<&'a str>,
}

impl<'a> UnmetTemplate<'a> {
    pub(super) fn new(frame: Frame<'a>, page: &'a UnmetPage<'a>) -> Self {
        let t = frame.t;
        let (scale, needed, has) = match page.needs {
            Unmet::AccountLevel { needed, has } => ("account", needed.to_string(), has.map(|level| level.to_string())),
            Unmet::AuthLevel { needed, has } => {
                ("auth", needed.to_string(), (has > AuthLevel::UNKNOWN).then(|| has.to_string()))
            }
        };
        // An account without a level cannot be raised: another one must be used.
        let advice = if matches!(page.needs, Unmet::AccountLevel { has: None, .. }) { "none-do" } else { "do" };
        let key = |part: &str| format!("unmet-{scale}-{part}");
        Self {
            title: t.get(&key("title")).into_owned(),
            needed: t.fill(&key("needed"), &[("client", page.client.name), ("needed", &needed)]),
            has: match has {
                Some(level) => t.fill(&key("has"), &[("has", &level)]),
                None => t.get(&key("none")),
            },
            advice: t.fill(&key(advice), &[("needed", &needed)]),
            return_url: link::leading_away(page.return_url),
            frame,
            page,
        }
    }
}
