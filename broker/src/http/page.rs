//! Pages and redirects for people: the one place that sets their headers.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::state::AppState;
use crate::{
    clients::{Client, ClientHandle, client::Bilingual},
    ids::Reference,
    pages::{ClientView, ErrorKind, ErrorPage, Locale, WayOn, WayOnKind},
};

/// An error that a person sees.
#[derive(Debug)]
pub struct PageError {
    status: StatusCode,
    kind: ErrorKind<'static>,
    refusal: &'static str,
    client: Option<ClientHandle>,
    way_on: Option<String>,
    reference: Option<Reference>,
    retry_after: Option<u16>,
}

impl PageError {
    /// An error with nothing known of the application.
    #[must_use]
    pub const fn new(status: StatusCode, kind: ErrorKind<'static>, refusal: &'static str) -> Self {
        Self { status, kind, refusal, client: None, way_on: None, reference: None, retry_after: None }
    }

    /// The same error, with what is known of the application and the way back to it.
    #[must_use]
    pub fn about(self, client: Option<ClientHandle>, way_on: Option<String>, reference: Option<Reference>) -> Self {
        Self { client, way_on, reference: reference.or(self.reference), ..self }
    }

    /// The same error, which may be over in so many seconds (RFC 9110 §10.2.3).
    #[must_use]
    pub fn retry_after(self, seconds: u16) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Logs the refusal once and renders the page.
    #[must_use]
    pub fn respond(self, app: &AppState, locale: Locale, reference: Reference) -> Response {
        let reference = self.reference.unwrap_or(reference);
        if self.status.is_server_error() {
            tracing::error!(login.id = %reference, refusal.code = self.refusal, "refused with a page");
        } else {
            tracing::info!(login.id = %reference, refusal.code = self.refusal, "refused with a page");
        }
        let view = self.client.as_ref().map(|client| view(&client.client, locale));
        let home = self.client.is_none().then_some(app.home_uri.as_deref()).flatten();
        let way_on = match (&self.way_on, home) {
            (Some(url), _) => Some(WayOn { url, kind: WayOnKind::Back }),
            (None, Some(url)) => Some(WayOn { url, kind: WayOnKind::Open }),
            (None, None) => None,
        };
        let text = reference.to_string();
        let html = app.pages.error(locale, &ErrorPage { kind: self.kind, client: view, way_on, reference: &text });
        let mut response = html_response(self.status, html, &[]);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The words of the page's language.
#[must_use]
pub fn word(text: &Bilingual, locale: Locale) -> &str {
    match locale {
        Locale::Vi => &text.vi,
        Locale::En => &text.en,
    }
}

/// A client as pages show it.
#[must_use]
pub fn view(client: &Client, locale: Locale) -> ClientView<'_> {
    let legal_entity = match locale {
        Locale::Vi => &client.legal_entity.vi,
        Locale::En => &client.legal_entity.en,
    };
    ClientView {
        name: word(&client.name, locale),
        legal_entity,
        client_uri: client.client_uri.as_ref().map(url::Url::as_str),
    }
}

/// The language of a page: what the request asked for, else the browser's.
#[must_use]
pub fn locale(ui_locales: &[String], headers: &HeaderMap) -> Locale {
    let asked: Vec<&str> = ui_locales.iter().map(String::as_str).collect();
    Locale::negotiate(&asked, headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()))
}

/// A page. Its forms may lead here and to `targets`, nowhere else; browsers count the redirects that answer a form.
#[must_use]
pub fn html_response(status: StatusCode, html: String, targets: &[String]) -> Response {
    let mut policy = String::from(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    );
    for target in targets {
        policy.push(' ');
        policy.push_str(target);
    }
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // A policy that is no header value would be a page without protection.
    match HeaderValue::from_str(&policy) {
        Ok(policy) => headers.insert(header::CONTENT_SECURITY_POLICY, policy),
        Err(_) => headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'")),
    };
    harden(headers);
    response
}

/// `303 See Other`: a form's body is never sent on (RFC 9700 §4.12).
#[must_use]
pub fn see_other(url: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(url) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    harden(response.headers_mut());
    response
}

fn harden(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// The origin of an address for `form-action`; a private scheme stands for itself, and so does the scheme of an address
/// whose host a policy cannot name.
#[must_use]
pub fn form_target(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    match url.origin() {
        url::Origin::Opaque(_) => Some(format!("{}:", url.scheme())),
        // A policy has no way to write an IPv6 address (CSP3 §2.3.1), and a browser passes over what it cannot read.
        url::Origin::Tuple(scheme, url::Host::Ipv6(_), _) => Some(format!("{scheme}:")),
        origin => Some(origin.ascii_serialization()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_lead_to_every_address_that_can_be_registered() {
        for (address, target) in [
            ("https://mot-cua.dongnai.gov.vn/cb?x=1", "https://mot-cua.dongnai.gov.vn"),
            ("http://127.0.0.1:51004/cb", "http://127.0.0.1:51004"),
            ("http://[::1]:51004/cb", "http:"),
            ("vn.gov.dongnai.congdan:/cb", "vn.gov.dongnai.congdan:"),
        ] {
            assert_eq!(form_target(address).as_deref(), Some(target));
        }
    }
}
