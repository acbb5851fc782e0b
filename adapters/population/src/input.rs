//! What a department asks, in JSON with the database's own names.

use std::borrow::Cow;

use contract::ExchangeError;
use serde::Deserialize;
use types::PersonalId;
use unicode_normalization::UnicodeNormalization;

/// The longest name that is passed on, in characters.
const LONGEST_NAME: usize = 200;

/// The question as it comes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(rename = "SoDinhDanh")]
    number: Option<String>,
    #[serde(rename = "SoCMND")]
    old_number: Option<String>,
    #[serde(rename = "HoVaTen")]
    name: Option<String>,
    #[serde(rename = "NgayThangNamSinh")]
    birth: Option<RawBirth>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBirth {
    #[serde(rename = "Nam")]
    year: Option<String>,
    #[serde(rename = "NgayThangNam")]
    date: Option<String>,
}

/// Who is asked about: number, name and birth date together. The database gives nothing for less.
pub(crate) struct Input {
    pub(crate) number: Number,
    /// In capitals.
    pub(crate) name: String,
    pub(crate) birth: Birth,
}

/// The number of a person.
pub(crate) enum Number {
    /// `SoDinhDanh`, twelve digits.
    Personal(PersonalId),
    /// `SoCMND`, nine digits: the former identity card.
    Card(String),
}

/// When a person was born, as far as it is known.
pub(crate) enum Birth {
    /// `Nam`, the year alone.
    Year(String),
    /// `NgayThangNam`, yyyyMMdd.
    Date(String),
}

/// Reads the body of a call.
///
/// # Errors
/// [`ExchangeError::Input`] with the name of the field that is missing or cannot be.
pub(crate) fn read(body: &[u8]) -> Result<Input, ExchangeError> {
    let raw: Raw = serde_json::from_slice(body).map_err(|_| wrong("body"))?;
    let number = match (raw.number, raw.old_number) {
        (Some(number), None) => Number::Personal(PersonalId::parse(&number).map_err(|_| wrong("SoDinhDanh"))?),
        (None, Some(number)) if digits(&number, 9) => Number::Card(number),
        (None, Some(_)) => return Err(wrong("SoCMND")),
        // Two numbers may be of two people.
        (None, None) | (Some(_), Some(_)) => return Err(wrong("SoDinhDanh")),
    };
    let name = raw.name.map(|name| normal_name(&name));
    let fits = |name: &String| !name.is_empty() && name.chars().count() <= LONGEST_NAME;
    let name = name.filter(fits).ok_or(wrong("HoVaTen"))?;
    let birth = match raw.birth {
        Some(RawBirth { year: Some(year), date: None }) if digits(&year, 4) => Birth::Year(year),
        Some(RawBirth { year: None, date: Some(date) }) if digits(&date, 8) => Birth::Date(date),
        _ => return Err(wrong("NgayThangNamSinh")),
    };
    Ok(Input { number, name, birth })
}

/// A name as the database writes it: in capitals, with single spaces, and each letter in one sign with its marks, however the
/// keyboard composed it (Unicode normalization form C).
pub(crate) fn normal_name(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase().nfc().collect()
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

const fn wrong(field: &'static str) -> ExchangeError {
    ExchangeError::Input { field: Cow::Borrowed(field) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_name_and_birth_date_are_demanded_together() {
        let check = |body: &str, field: Option<&str>| {
            let found = match read(body.as_bytes()) {
                Ok(_) => None,
                Err(ExchangeError::Input { field }) => Some(field),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(found.as_deref(), field, "{body}");
        };
        let date = r#""NgayThangNamSinh":{"NgayThangNam":"19850314"}"#;
        check(&format!(r#"{{"SoDinhDanh":"075085000001","HoVaTen":"Nguyễn Văn An",{date}}}"#), None);
        check(r#"{"SoCMND":"270000001","HoVaTen":"A","NgayThangNamSinh":{"Nam":"1985"}}"#, None);
        check(&format!(r#"{{"HoVaTen":"A",{date}}}"#), Some("SoDinhDanh"));
        check(&format!(r#"{{"SoDinhDanh":"07508500000","HoVaTen":"A",{date}}}"#), Some("SoDinhDanh"));
        check(
            &format!(r#"{{"SoDinhDanh":"075085000001","SoCMND":"270000001","HoVaTen":"A",{date}}}"#),
            Some("SoDinhDanh"),
        );
        check(&format!(r#"{{"SoCMND":"27000000","HoVaTen":"A",{date}}}"#), Some("SoCMND"));
        check(&format!(r#"{{"SoDinhDanh":"075085000001",{date}}}"#), Some("HoVaTen"));
        check(&format!(r#"{{"SoDinhDanh":"075085000001","HoVaTen":" ",{date}}}"#), Some("HoVaTen"));
        check(r#"{"SoDinhDanh":"075085000001","HoVaTen":"A"}"#, Some("NgayThangNamSinh"));
        for birth in
            ["{}", r#"{"Nam":"85"}"#, r#"{"NgayThangNam":"14/03/1985"}"#, r#"{"Nam":"1985","NgayThangNam":"19850314"}"#]
        {
            let body = format!(r#"{{"SoDinhDanh":"075085000001","HoVaTen":"A","NgayThangNamSinh":{birth}}}"#);
            check(&body, Some("NgayThangNamSinh"));
        }
        check(&format!(r#"{{"SoDinhDanh":"075085000001","HoVaTen":"A",{date},"MaCanBo":"x"}}"#), Some("body"));
        check("", Some("body"));
    }

    #[test]
    fn names_go_out_in_capitals_with_their_marks() {
        // The second has each mark as a sign of its own, as some keyboards write them.
        for name in [" nguyễn  văn an", "Nguye\u{302}\u{303}n Va\u{306}n An"] {
            let body =
                format!(r#"{{"SoDinhDanh":"075085000001","HoVaTen":"{name}","NgayThangNamSinh":{{"Nam":"1985"}}}}"#);
            assert_eq!(read(body.as_bytes()).unwrap().name, "NGUYỄN VĂN AN", "{name:?}");
        }
    }
}
