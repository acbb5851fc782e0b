//! What does this page say, in this language?

use std::borrow::Cow;

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

use super::{Locale, PagesError};

/// The translators' files, bound into the program.
pub(super) const VI: &str = include_str!("../../locales/vi.ftl");
pub(super) const EN: &str = include_str!("../../locales/en.ftl");

/// Both languages, parsed.
pub(super) struct Library {
    vi: FluentBundle<FluentResource>,
    en: FluentBundle<FluentResource>,
}

impl Library {
    /// Parses both files; a faulty one is an error at start and not a page without words.
    pub(super) fn new() -> Result<Self, PagesError> {
        Ok(Self { vi: bundle(Locale::Vi, VI)?, en: bundle(Locale::En, EN)? })
    }

    /// The words of one language.
    pub(super) fn texts(&self, locale: Locale) -> Texts<'_> {
        let words = match locale {
            Locale::Vi => &self.vi,
            Locale::En => &self.en,
        };
        Texts { locale, words, original: &self.vi }
    }
}

fn bundle(locale: Locale, source: &str) -> Result<FluentBundle<FluentResource>, PagesError> {
    let resource = FluentResource::try_new(source.to_owned()).map_err(|_| PagesError::Unreadable { locale })?;
    let language: LanguageIdentifier = locale.tag().parse().map_err(|_| PagesError::Unreadable { locale })?;
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // The isolation marks are invisible characters for mixed writing directions; both our languages run left to right.
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).map_err(|_| PagesError::RepeatedKey { locale })?;
    Ok(bundle)
}

/// The words of one language, for one page.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a> {
    locale: Locale,
    words: &'a FluentBundle<FluentResource>,
    original: &'a FluentBundle<FluentResource>,
}

impl<'a> Texts<'a> {
    /// The BCP 47 tag of the language.
    pub(super) fn tag(&self) -> &'static str {
        self.locale.tag()
    }

    /// Whether a message exists, in either language.
    pub(super) fn has(&self, key: &str) -> bool {
        self.words.has_message(key) || self.original.has_message(key)
    }

    /// A message without blanks.
    pub(super) fn get(&self, key: &str) -> Cow<'a, str> {
        self.format(key, None)
    }

    /// A message with its blanks filled. What is filled in is text, never markup and never another message.
    pub(super) fn fill(&self, key: &str, blanks: &[(&str, &str)]) -> Cow<'a, str> {
        let arguments: FluentArgs<'_> = blanks.iter().copied().collect();
        Cow::Owned(self.format(key, Some(&arguments)).into_owned())
    }

    /// INVARIANT: every key of the templates exists in both files, which a test checks. Should one be missing all
    /// the same, the person reads Vietnamese, and at worst the key, but never an empty page.
    fn format(&self, key: &str, arguments: Option<&FluentArgs<'_>>) -> Cow<'a, str> {
        for bundle in [self.words, self.original] {
            if let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) {
                let mut errors = Vec::new();
                return Cow::Owned(bundle.format_pattern(pattern, arguments, &mut errors).into_owned());
            }
        }
        Cow::Owned(key.to_owned())
    }
}
