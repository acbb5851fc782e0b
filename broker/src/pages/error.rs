//! What went wrong, whose fault is it, and what can the person do now?

use std::borrow::Cow;

use askama::Template;

use super::{ClientView, Frame, WayOn, client::way_on};

/// What an error page shows. The reference number stands out on it: it finds the log line.
#[derive(Clone, Copy, Debug)]
pub struct ErrorPage<'a> {
    /// What happened.
    pub kind: ErrorKind<'a>,
    /// The application, once it is known for certain.
    pub client: Option<ClientView<'a>>,
    /// The way on. Without one, the application's own page is offered if it is known.
    pub way_on: Option<WayOn<'a>>,
    /// Reference number of the log line.
    pub reference: &'a str,
}

/// Every reason for which a person sees an error page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind<'a> {
    /// No client is registered under this `client_id`.
    UnknownClient,
    /// The `redirect_uri` is not registered for this client, so nobody is sent there.
    RedirectUri,
    /// A request that cannot be read, before there is a place to answer to.
    BadRequest {
        /// Name of the parameter at fault, as the specification writes it.
        parameter: &'a str,
    },
    /// The login attempt is over or took too long.
    LoginExpired,
    /// The attempt belongs to another browser, or its cookie is gone.
    LoginElsewhere,
    /// The provider's answer was used before.
    CallbackReplayed,
    /// The provider cannot be reached or does not answer in time.
    ProviderDown,
    /// Too many people wait for the provider already.
    ProviderBusy,
    /// The provider refused our request.
    ProviderRefused,
    /// The person stopped at the provider.
    ProviderDeclined,
    /// The provider's answer failed a check; which one is for the log alone.
    ProviderMessage,
    /// Load was shed.
    Overloaded,
    /// Body or headers above the limit.
    TooLarge,
    /// The request took longer than it may.
    Timeout,
    /// No such page.
    NotFound,
    /// The page exists, but not for this method.
    MethodNotAllowed,
    /// A fault of ours.
    Internal,
}

impl ErrorKind<'_> {
    /// Every kind, for tables and tests; the parameter of [`Self::BadRequest`] is an example.
    pub const ALL: [ErrorKind<'static>; 17] = [
        ErrorKind::UnknownClient,
        ErrorKind::RedirectUri,
        ErrorKind::BadRequest { parameter: "client_id" },
        ErrorKind::LoginExpired,
        ErrorKind::LoginElsewhere,
        ErrorKind::CallbackReplayed,
        ErrorKind::ProviderDown,
        ErrorKind::ProviderBusy,
        ErrorKind::ProviderRefused,
        ErrorKind::ProviderDeclined,
        ErrorKind::ProviderMessage,
        ErrorKind::Overloaded,
        ErrorKind::TooLarge,
        ErrorKind::Timeout,
        ErrorKind::NotFound,
        ErrorKind::MethodNotAllowed,
        ErrorKind::Internal,
    ];

    /// The name of this kind in the translators' files.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::UnknownClient => "unknown-client",
            Self::RedirectUri => "redirect-uri",
            Self::BadRequest { .. } => "bad-request",
            Self::LoginExpired => "login-expired",
            Self::LoginElsewhere => "login-elsewhere",
            Self::CallbackReplayed => "callback-replayed",
            Self::ProviderDown => "provider-down",
            Self::ProviderBusy => "provider-busy",
            Self::ProviderRefused => "provider-refused",
            Self::ProviderDeclined => "provider-declined",
            Self::ProviderMessage => "provider-message",
            Self::Overloaded => "overloaded",
            Self::TooLarge => "too-large",
            Self::Timeout => "timeout",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Internal => "internal",
        }
    }

    fn parameter(&self) -> &str {
        match self {
            Self::BadRequest { parameter } => parameter,
            _ => "",
        }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
pub(super) struct ErrorTemplate<'a> {
    frame: Frame<'a>,
    title: String,
    page: &'a ErrorPage<'a>,
    what: Cow<'a, str>,
    advice: Cow<'a, str>,
    way_on: Option<(&'a str, Cow<'a, str>)>,
}

impl<'a> ErrorTemplate<'a> {
    pub(super) fn new(frame: Frame<'a>, page: &'a ErrorPage<'a>) -> Self {
        let t = frame.t;
        let key = |part: &str| format!("error-{}-{part}", page.kind.slug());
        Self {
            title: t.get(&key("title")).into_owned(),
            what: t.fill(&key("what"), &[("parameter", page.kind.parameter())]),
            advice: t.get(&key("do")),
            way_on: way_on(&frame, page.way_on, page.client.as_ref()),
            frame,
            page,
        }
    }
}
