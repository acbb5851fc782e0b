//! With which certificates does the gateway listen, and are they still good? Read from the settings, renewed from the files.

use std::{sync::Arc, time::Duration};

use boot::settings::Section;
use certs::{Files, Live, Revocation, Status};
use clock::{Clock, Timestamp};

/// How often the files are looked at; a change is in force within this time.
pub const WATCH_EVERY: Duration = Duration::from_secs(2);

/// How long before the end of our certificate or of a revocation list an operator is warned.
const WARN_BEFORE: Duration = Duration::from_secs(24 * 3600);

/// Reads the section `[tls]`: `certificate` (our chain, PEM), `key_file` (PEM), `client_authorities` (PEM bundle),
/// `revocation_lists` (a file or a folder of them, PEM or DER) and `revocation_list_max_age`. Without revocation lists
/// `check_revocation = false` must be said. `None` after a fault.
#[must_use]
pub fn read(section: &Section<'_>) -> Option<Files> {
    let (hour, year) = (Duration::from_secs(3600), Duration::from_secs(366 * 24 * 3600));
    let chain = section.path_to("certificate").required();
    let key = section.path_to("key_file").required();
    let anchors = section.path_to("client_authorities").required();
    let lists = section.path_to("revocation_lists").optional();
    let most_age =
        section.duration("revocation_list_max_age").between(hour, year).or(Duration::from_secs(7 * 24 * 3600));
    let check = section.flag("check_revocation").or(true);
    let (lists, most_age, check) = (lists?, most_age?, check?);
    if check && lists.is_none() {
        section.fault("revocation_lists", "is required, unless check_revocation = false is set");
        return None;
    }
    let revocation = if check { Revocation::Checked { most_age } } else { Revocation::NotChecked };
    Some(Files {
        chain: chain?,
        key: key?,
        anchors: vec![anchors?],
        revocation_lists: lists.filter(|_| check).into_iter().collect(),
        revocation,
    })
}

/// Whether the listener could take a call now, for `/ready`; what an operator should see to although calls still go through.
///
/// # Errors
/// The reason, for operators: our certificate or a revocation list is outside its time, so that calls are refused; and why
/// the files as they are now do not help.
pub fn ready(live: &Live, clock: &Arc<dyn Clock>) -> Result<String, String> {
    let (status, now) = (live.status(), clock.now());
    match refusing(&status, now) {
        Some(reason) => Err([reason].into_iter().chain(kept(&status)).collect::<Vec<_>>().join("; ")),
        None => Ok(warnings(&status, now).join("; ")),
    }
}

/// Why nobody gets in now.
fn refusing(status: &Status, now: Timestamp) -> Option<String> {
    if status.identity_not_after < now {
        return Some(format!("our certificate expired at {}", status.identity_not_after));
    }
    // The clock was set back: such a list is not taken.
    if let Some(from) = status.lists_good_from.filter(|from| now < *from) {
        return Some(format!("a revocation list is not valid before {from}"));
    }
    let until = status.lists_good_until.filter(|until| *until <= now)?;
    Some(format!("a revocation list is too old since {until}"))
}

/// Why the files as they are now are not those in use.
fn kept(status: &Status) -> Option<String> {
    let error = status.last_error.as_ref()?;
    Some(format!("the certificates of {} stay in use: {error}", status.loaded_at))
}

/// Certificates that cannot be read anew, or that end soon; otherwise until when they are good.
fn warnings(status: &Status, now: Timestamp) -> Vec<String> {
    let soon = now.plus(WARN_BEFORE);
    let mut warnings: Vec<_> = kept(status).into_iter().collect();
    if status.identity_not_after < soon {
        warnings.push(format!("our certificate ends at {}", status.identity_not_after));
    }
    if let Some(until) = status.lists_good_until.filter(|until| *until < soon) {
        warnings.push(format!("a revocation list is too old from {until}"));
    }
    if warnings.is_empty() {
        let lists = status.lists_good_until.map(|until| format!(", revocation lists until {until}"));
        warnings.push(format!("good until {}{}", status.identity_not_after, lists.unwrap_or_default()));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use boot::settings::{Document, Environment, Faults};

    use super::*;

    fn read_text(text: &str) -> Result<Files, Faults> {
        let document = Document::parse(text, "/etc/gateway.toml".as_ref(), "GATEWAY", &Environment::empty());
        let files = read(&document.section("tls"));
        document.finish(files)
    }

    const WHOLE: &str = "[tls]\ncertificate = \"a.pem\"\nkey_file = \"a.key\"\nclient_authorities = \"ca.pem\"\n";

    #[test]
    fn revocation_is_checked_unless_the_operator_says_that_it_is_not() {
        let files = read_text(&format!("{WHOLE}revocation_lists = \"lists\"\n")).unwrap();
        assert_eq!(files.revocation, Revocation::Checked { most_age: Duration::from_secs(7 * 24 * 3600) });
        assert_eq!(files.revocation_lists, [std::path::Path::new("/etc/lists")]);
        assert!(read_text(WHOLE).is_err());
        let files = read_text(&format!("{WHOLE}check_revocation = false\n")).unwrap();
        assert_eq!((files.revocation, files.revocation_lists), (Revocation::NotChecked, Vec::new()));
    }

    #[test]
    fn nobody_gets_in_outside_the_time_of_our_certificate_and_of_the_lists() {
        let at = Timestamp::from_seconds;
        let status = Status {
            version: "1".into(),
            loaded_at: at(0),
            identity_not_after: at(300),
            lists_good_from: Some(at(100)),
            lists_good_until: Some(at(200)),
            last_error: None,
        };
        let check = |now, expected: Option<&str>| {
            assert_eq!(refusing(&status, at(now)).as_deref(), expected);
        };
        check(99, Some("a revocation list is not valid before 1970-01-01T00:01:40Z"));
        check(100, None);
        check(199, None);
        check(200, Some("a revocation list is too old since 1970-01-01T00:03:20Z"));
        check(301, Some("our certificate expired at 1970-01-01T00:05:00Z"));
        let unchecked = Status { lists_good_from: None, lists_good_until: None, ..status };
        assert_eq!((refusing(&unchecked, at(99)), refusing(&unchecked, at(250))), (None, None));
    }

    #[test]
    fn a_listener_needs_its_chain_its_key_and_its_authorities() {
        for missing in ["certificate", "key_file", "client_authorities"] {
            let text: String =
                WHOLE.lines().filter(|line| !line.starts_with(missing)).map(|line| format!("{line}\n")).collect();
            assert!(read_text(&format!("{text}check_revocation = false\n")).is_err(), "{missing}");
        }
    }
}
