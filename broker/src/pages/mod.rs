//! What does a person see? Views come in, whole HTML documents go out; nothing here does I/O or decides anything.
//!
//! The pages need no script and no inline style, so this policy fits all of them:
//! `default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action …`.
//! Browsers apply `form-action` to the redirect that answers a form as well. So the page of `choose_provider` needs
//! `'self'` and the providers' login addresses, and that of `consent` needs `'self'` and the client's `redirect_uri`.
//!
//! The words stand in `broker/locales/*.ftl`, the documents in `broker/templates`, the looks in
//! `broker/assets/broker.css`. Everything that comes from a person, a client or a registration is escaped.

mod choose_provider;
mod client;
mod consent;
mod error;
mod frame;
mod link;
mod locale;
mod sign_out;
mod signed_out;
mod stylesheet;
mod texts;
mod unmet;

#[cfg(test)]
mod tests;

pub use choose_provider::{ChooseProvider, ProviderView};
pub use client::{ClientView, WayOn, WayOnKind};
pub use consent::{ClaimView, ConsentKind, ConsentPage};
pub use error::{ErrorKind, ErrorPage};
pub use locale::Locale;
pub use sign_out::SignOutPage;
pub use signed_out::{SignedOutPage, UpstreamLogout};
pub use stylesheet::{STYLESHEET, stylesheet_path};
pub use unmet::{OtherProvider, Unmet, UnmetPage};

use std::fmt;

use askama::Template;

use frame::Frame;
use texts::{Library, Texts};

/// How the province is called in the header of each page, as "tỉnh Đồng Nai".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvinceName {
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

/// Why the pages cannot be made ready at start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PagesError {
    /// The file of a language is not well formed.
    #[error("the texts of language {locale} are not well formed")]
    Unreadable {
        /// The language.
        locale: Locale,
    },
    /// A key stands twice in the file of a language.
    #[error("the texts of language {locale} have the same key twice")]
    RepeatedKey {
        /// The language.
        locale: Locale,
    },
}

/// All pages of the broker, in all its languages.
pub struct Pages {
    province: ProvinceName,
    library: Library,
}

impl Pages {
    /// Reads the texts of both languages.
    ///
    /// # Errors
    /// A file of texts is faulty; nothing that an operator can set leads here.
    pub fn new(province: ProvinceName) -> Result<Self, PagesError> {
        Ok(Self { province, library: Library::new()? })
    }

    /// The page on which a person chooses a provider.
    #[must_use]
    pub fn choose_provider(&self, locale: Locale, page: &ChooseProvider<'_>) -> String {
        document(&choose_provider::ChooseProviderTemplate::new(self.frame(locale, page.reference), page))
    }

    /// The page that tells, or asks, what goes to the application.
    #[must_use]
    pub fn consent(&self, locale: Locale, page: &ConsentPage<'_>) -> String {
        document(&consent::ConsentTemplate::new(self.frame(locale, page.reference), page))
    }

    /// The page of a person whose level is too low for the application.
    #[must_use]
    pub fn unmet(&self, locale: Locale, page: &UnmetPage<'_>) -> String {
        document(&unmet::UnmetTemplate::new(self.frame(locale, page.reference), page))
    }

    /// The page of a refusal that cannot go back to a client as an OAuth error.
    #[must_use]
    pub fn error(&self, locale: Locale, page: &ErrorPage<'_>) -> String {
        document(&error::ErrorTemplate::new(self.frame(locale, page.reference), page))
    }

    /// The question before a logout.
    #[must_use]
    pub fn sign_out(&self, locale: Locale, page: &SignOutPage<'_>) -> String {
        document(&sign_out::SignOutTemplate::new(self.frame(locale, page.reference), page))
    }

    /// The page after a logout.
    #[must_use]
    pub fn signed_out(&self, locale: Locale, page: &SignedOutPage<'_>) -> String {
        document(&signed_out::SignedOutTemplate::new(self.frame(locale, page.reference), page))
    }

    fn frame<'a>(&'a self, locale: Locale, reference: &'a str) -> Frame<'a> {
        let province = match locale {
            Locale::Vi => &self.province.vi,
            Locale::En => &self.province.en,
        };
        Frame { t: self.library.texts(locale), province, stylesheet: stylesheet_path(), reference }
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("province", &self.province).finish_non_exhaustive()
    }
}

/// Read by the person if a page could not be written at all.
const UNWRITTEN: &str = "<!doctype html><html lang=\"vi\"><head><meta charset=\"utf-8\"><title>Cổng xác thực tập trung</title></head>\
<body><main><h1>Cổng đang gặp sự cố</h1><p>Trang này không hiển thị được. Hãy quay lại ứng dụng và thử lại.</p>\
<p lang=\"en\">This page cannot be shown. Go back to the application and try again.</p></main></body></html>";

/// Writing to memory fails only if a value refuses to be written, and text never does.
fn document(template: &impl Template) -> String {
    template.render().unwrap_or_else(|_| UNWRITTEN.to_owned())
}
