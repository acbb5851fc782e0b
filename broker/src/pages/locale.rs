//! In which language does this person read?

use std::fmt;

/// A language the pages are written in. Vietnamese is the default of a Vietnamese public service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    /// Tiếng Việt.
    #[default]
    Vi,
    /// English.
    En,
}

/// More wishes than this are noise, not a person's choice.
const MOST_WISHES: usize = 32;

impl Locale {
    /// Every language, the default first.
    pub const ALL: [Self; 2] = [Self::Vi, Self::En];

    /// The language of a page: the first of `ui_locales` that we have (OIDC Core §3.1.2.1), else the best of the
    /// browser's `Accept-Language` (RFC 9110 §12.5.4), else Vietnamese.
    ///
    /// Neither can fail: what is not a language tag is passed over.
    #[must_use]
    pub fn negotiate(ui_locales: &[&str], accept_language: Option<&str>) -> Self {
        let asked_by_client = ui_locales.iter().take(MOST_WISHES).find_map(|tag| Self::from_tag(tag));
        asked_by_client.or_else(|| Self::preferred(accept_language?)).unwrap_or_default()
    }

    /// The BCP 47 tag, as it stands in `<html lang>` and `Content-Language`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// A tag is ours when its primary subtag is (RFC 4647 §3.4): `en-GB` reads English.
    fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|locale| primary.eq_ignore_ascii_case(locale.tag()))
    }

    /// The range with the highest weight that we have; among equals the first.
    fn preferred(accept_language: &str) -> Option<Self> {
        let mut best: Option<(Weight, Self)> = None;
        for range in accept_language.split(',').take(MOST_WISHES) {
            let (tag, weight) =
                range.split_once(';').map_or((range, Weight::FULL), |(tag, rest)| (tag, Weight::read(rest)));
            let Some(locale) = Self::from_tag(tag) else { continue };
            if weight > Weight::NONE && best.is_none_or(|(highest, _)| weight > highest) {
                best = Some((weight, locale));
            }
        }
        best.map(|(_, locale)| locale)
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// A quality value in thousandths (RFC 9110 §12.4.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Weight(u16);

impl Weight {
    const NONE: Self = Self(0);
    const FULL: Self = Self(1000);

    /// Reads `q=0.8`; a weight that cannot be read counts as none, so that garbage never wins.
    fn read(parameter: &str) -> Self {
        let Some(value) =
            parameter.trim().strip_prefix(['q', 'Q']).and_then(|rest| rest.trim_start().strip_prefix('='))
        else {
            return Self::NONE;
        };
        let (whole, fraction) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
        let fraction_fits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
        match (whole, fraction_fits) {
            ("1", true) => Self::FULL,
            ("0", true) => Self(format!("{fraction:0<3}").parse().unwrap_or(0)),
            _ => Self::NONE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ui_locales: &[&str], accept_language: Option<&str>, expected: Locale) {
        assert_eq!(Locale::negotiate(ui_locales, accept_language), expected, "{ui_locales:?} {accept_language:?}");
    }

    #[test]
    fn vietnamese_is_spoken_when_nobody_asks_for_anything() {
        check(&[], None, Locale::Vi);
        check(&[], Some(""), Locale::Vi);
        check(&["fr", "zh-Hans"], Some("fr-FR, de;q=0.9, *;q=0.1"), Locale::Vi);
    }

    #[test]
    fn the_client_is_heard_before_the_browser() {
        check(&["en"], Some("vi"), Locale::En);
        check(&["fr", "vi-VN", "en"], Some("en"), Locale::Vi);
        check(&["EN-gb"], None, Locale::En);
    }

    #[test]
    fn the_weight_decides_and_not_the_order() {
        check(&[], Some("en-US,en;q=0.9,vi;q=0.8"), Locale::En);
        check(&[], Some("en;q=0.3, vi;q=0.9"), Locale::Vi);
        check(&[], Some("vi;q=0, en;q=0.001"), Locale::En);
        check(&[], Some("en;q=1.000,vi"), Locale::En);
    }

    #[test]
    fn a_header_that_is_no_language_list_changes_nothing() {
        for garbage in ["en;q=", "en;q=9", "en;q=0.1234", "en;level=1", ";;;,,,", "\0", "english", "e n"] {
            check(&[], Some(garbage), Locale::Vi);
        }
        check(&[], Some(&"fr,".repeat(10_000)), Locale::Vi);
    }
}
