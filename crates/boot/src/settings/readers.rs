//! Which types can a setting have? One reader for each.

use super::secret_file;
use super::section::Section;
use super::setting::Setting;
use super::tree::{Node, Value};
use super::units;
use secrecy::SecretString;
use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

impl<'d> Section<'d> {
    /// A text; an empty one is a fault, since nobody means it.
    pub fn text(&self, key: &str) -> Setting<'d, String> {
        self.setting(key, |node| text_of(node, "a text").map(str::to_owned))
    }

    /// A text that `parse` understands. The error's `Display` becomes the fault, so it must not repeat the value if that
    /// may be secret.
    pub fn parse_with<T, E: Display>(&self, key: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Setting<'d, T> {
        self.setting(key, |node| parse(text_of(node, "a text")?).map_err(|error| error.to_string()))
    }

    /// A length of time with its unit: `"300ms"`, `"90s"`, `"15m"`, `"8h"`, `"30d"`.
    pub fn duration(&self, key: &str) -> Setting<'d, Duration> {
        self.setting(key, |node| units::duration(text_of(node, units::A_DURATION)?))
    }

    /// A number of bytes with its unit: `"512B"`, `"64KiB"`, `"1MiB"`, `"2GiB"`.
    pub fn byte_size(&self, key: &str) -> Setting<'d, usize> {
        self.setting(key, |node| units::byte_size(text_of(node, units::A_SIZE)?))
    }

    /// An integer within the range.
    pub fn integer<N>(&self, key: &str, range: RangeInclusive<N>) -> Setting<'d, N>
    where
        N: TryFrom<i64> + PartialOrd + Display,
    {
        self.setting(key, |node| {
            let number = match &node.value {
                Value::Integer(number) => *number,
                Value::Variable { text, .. } => text.trim().parse().map_err(|_| "must be an integer".to_owned())?,
                other => return Err(wrong_type("an integer", other)),
            };
            let inside = N::try_from(number).ok().filter(|number| range.contains(number));
            inside.ok_or_else(|| format!("must be from {} to {}", range.start(), range.end()))
        })
    }

    /// A share from 0 to 1.
    pub fn ratio(&self, key: &str) -> Setting<'d, f64> {
        self.setting(key, |node| {
            let share = match &node.value {
                Value::Float(share) => *share,
                Value::Integer(0) => 0.0,
                Value::Integer(1) => 1.0,
                Value::Integer(_) => return Err("must be from 0 to 1".to_owned()),
                Value::Variable { text, .. } => text.trim().parse().map_err(|_| "must be a number".to_owned())?,
                other => return Err(wrong_type("a number", other)),
            };
            (0.0..=1.0).contains(&share).then_some(share).ok_or_else(|| "must be from 0 to 1".to_owned())
        })
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &str) -> Setting<'d, bool> {
        self.setting(key, |node| match &node.value {
            Value::Flag(flag) => Ok(*flag),
            Value::Variable { text, .. } => text.parse().map_err(|_| "must be true or false".to_owned()),
            other => Err(wrong_type("true or false", other)),
        })
    }

    /// One of a few words.
    pub fn one_of<T: Clone>(&self, key: &str, choices: &[(&str, T)]) -> Setting<'d, T> {
        self.setting(key, |node| {
            let text = text_of(node, "a text")?;
            let chosen = choices.iter().find(|(word, _)| *word == text).map(|(_, meaning)| meaning.clone());
            chosen.ok_or_else(|| {
                let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
                format!("must be one of {}", words.join(", "))
            })
        })
    }

    /// An absolute http or https address. One that holds a password is a fault: secrets have files.
    pub fn url(&self, key: &str) -> Setting<'d, Url> {
        self.setting(key, |node| {
            let url = Url::parse(text_of(node, "a URL")?).map_err(|error| format!("is no URL: {error}"))?;
            if !matches!(url.scheme(), "http" | "https") {
                return Err("must be an http or https URL".to_owned());
            }
            if !url.username().is_empty() || url.password().is_some() {
                return Err("must not hold a user name or password".to_owned());
            }
            Ok(url)
        })
    }

    /// An IP address with a port, such as `127.0.0.1:8400` or `[::]:8400`.
    pub fn socket_addr(&self, key: &str) -> Setting<'d, SocketAddr> {
        self.setting(key, |node| {
            let text = text_of(node, "an address such as \"127.0.0.1:8400\"")?;
            text.parse()
                .map_err(|_| "must be an IP address with a port, such as 127.0.0.1:8400 or [::]:8400".to_owned())
        })
    }

    /// A path; a relative one begins at the folder of the settings file. Whether anything is there is not looked at.
    pub fn path_to(&self, key: &str) -> Setting<'d, PathBuf> {
        self.setting(key, |node| Ok(self.document.folder.join(Path::new(text_of(node, "a path")?))))
    }

    /// The content of the file that this key names, without one newline at its end.
    ///
    /// A file that is missing, empty, not UTF-8, larger than 64 KiB, or readable by everyone is a fault.
    pub fn secret_file(&self, key: &str) -> Setting<'d, SecretString> {
        self.path_to(key).parse(|path| secret_file::read(&path))
    }
}

pub(super) fn text_of<'n>(node: &'n Node, wanted: &str) -> Result<&'n str, String> {
    match &node.value {
        Value::Text(text) | Value::Variable { text, .. } if text.is_empty() => Err("must not be empty".to_owned()),
        Value::Text(text) | Value::Variable { text, .. } => Ok(text),
        other => Err(wrong_type(wanted, other)),
    }
}

pub(super) fn wrong_type(wanted: &str, found: &Value) -> String {
    format!("must be {wanted}, but is {}", found.kind())
}
