//! The posts file: read whole, judged whole, every fault reported by line and none with a word about a person.

use std::{collections::HashMap, fmt, path::Path, sync::Arc};

use clock::Timestamp;
use secrecy::ExposeSecret;
use serde::Deserialize;
use signing::Sealer;
use time::{Date, Month, OffsetDateTime, Time, UtcOffset};
use toml::value::{Datetime, Offset};
use types::{AgencyCode, ProviderId};

use super::{OfficerCode, Post, Posts};
use crate::{claims::mapping, people::person::LinkKey, upstream::Providers};

/// Room for some ten thousand posts, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(default, rename = "post")]
    posts: Vec<toml::Spanned<toml::Table>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    provider: ProviderId,
    subject: String,
    agency: AgencyCode,
    officer: OfficerCode,
    role: String,
}

/// Takes a moment out of a table: a value that was read already gives its moments to nobody but by name.
fn take_moment(table: &mut toml::Table, name: &'static str) -> Result<Option<Timestamp>, String> {
    let Some(written) = table.remove(name) else { return Ok(None) };
    let read = written.as_datetime().and_then(moment);
    read.map(Some).ok_or_else(|| format!("{name} is neither a day nor a moment with an offset"))
}

/// All faults of a posts file, one line each.
#[derive(Debug, Default)]
pub struct PostFaults(Vec<String>);

impl fmt::Display for PostFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for PostFaults {}

/// Reads the file. A subject may be a person's number, so the file is kept like a secret, and of a subject only the keyed
/// index stays in memory.
pub fn read(path: &Path, providers: &Providers, sealer: &Sealer) -> Result<Posts, PostFaults> {
    let name = path.display();
    let text = boot::settings::private_text(path, LARGEST).map_err(|why| PostFaults(vec![why]))?;
    let text = text.expose_secret();
    // The parser's own words may show a piece of the file.
    let wire: Wire = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        PostFaults(vec![format!("{name}:{line}: is not TOML with [[post]] tables alone")])
    })?;
    let mut faults = Vec::new();
    let mut posts: HashMap<LinkKey, Vec<Arc<Post>>> = HashMap::new();
    for table in wire.posts {
        let line = line_of(text, table.span().start);
        match judge(table.into_inner(), providers, sealer, &posts) {
            Ok((person, post)) => posts.entry(person).or_default().push(Arc::new(post)),
            Err(fault) => faults.push(format!("{name}:{line}: {fault}")),
        }
    }
    if faults.is_empty() { Ok(Posts::new(posts)) } else { Err(PostFaults(faults)) }
}

fn line_of(text: &str, place: usize) -> usize {
    text.get(..place).unwrap_or_default().matches('\n').count() + 1
}

fn judge(
    mut table: toml::Table,
    providers: &Providers,
    sealer: &Sealer,
    others: &HashMap<LinkKey, Vec<Arc<Post>>>,
) -> Result<(LinkKey, Post), String> {
    let from = take_moment(&mut table, "valid_from")?.ok_or("missing field `valid_from`")?;
    let to = take_moment(&mut table, "valid_to")?;
    let entry: Entry = table.try_into().map_err(|error: toml::de::Error| harmless(error.message()))?;
    let provider = providers.known(&entry.provider).ok_or("names a provider that is not configured")?;
    if entry.subject.is_empty() {
        return Err("subject is empty".to_owned());
    }
    if to.is_some_and(|to| to <= from) {
        return Err("valid_to is not after valid_from".to_owned());
    }
    let person = mapping::link(sealer, &provider.issuer, &entry.subject);
    let post = Post { agency: entry.agency, officer: entry.officer, role: entry.role, from, to };
    let clash = |other: &Arc<Post>| other.agency == post.agency && other.overlaps(&post);
    if others.get(&person).into_iter().flatten().any(clash) {
        return Err("the same person holds another post in the same agency at the same time".to_owned());
    }
    Ok((person, post))
}

/// What the reader says of an entry; where it would show a value, which may be a person's number, only that it is wrong.
fn harmless(message: &str) -> String {
    let shows_a_value = message.starts_with("invalid type") || message.starts_with("invalid value");
    if shows_a_value { "a value is not of the kind it must be".to_owned() } else { message.to_owned() }
}

/// Vietnam has one time zone, UTC+7, and no summer time.
const VIETNAM_HOURS: i8 = 7;

/// A moment with an offset as it is, a day as its first moment in Vietnam.
fn moment(written: &Datetime) -> Option<Timestamp> {
    let date = written.date?;
    let date = Date::from_calendar_date(date.year.into(), Month::try_from(date.month).ok()?, date.day).ok()?;
    let (time, offset) = match (written.time, written.offset) {
        (None, None) => (Time::MIDNIGHT, UtcOffset::from_hms(VIETNAM_HOURS, 0, 0).ok()?),
        (Some(time), Some(Offset::Z)) => (of_day(time)?, UtcOffset::UTC),
        (Some(time), Some(Offset::Custom { minutes })) => {
            (of_day(time)?, UtcOffset::from_whole_seconds(i32::from(minutes).checked_mul(60)?).ok()?)
        }
        // A time without an offset says nothing.
        _ => return None,
    };
    Some(Timestamp::from_seconds(OffsetDateTime::new_in_offset(date, time, offset).unix_timestamp()))
}

fn of_day(time: toml::value::Time) -> Option<Time> {
    Time::from_hms(time.hour, time.minute, time.second).ok()
}

#[cfg(test)]
mod tests;
