//! `agencies.toml`.

use std::collections::BTreeMap;

use types::AgencyCode;

use super::{
    entry::{Entry, keep, validity},
    folder::Folder,
    tables,
};
use crate::registry::{Agency, snapshot::MOST_SUCCESSORS};

pub(super) type Agencies<'d> = BTreeMap<AgencyCode, Entry<'d, Agency>>;

/// Reads the agencies and checks what they say about each other.
pub(super) fn read(folder: &Folder) -> Agencies<'_> {
    let mut agencies = Agencies::new();
    for section in tables(&folder.agencies, "agency") {
        let code = section.parse_with("code", AgencyCode::parse).required();
        let name = section.text("name").required();
        let parent = section.parse_with("parent", AgencyCode::parse).optional();
        let successor = section.parse_with("successor", AgencyCode::parse).optional();
        let validity = validity(&section, None);
        let agency = || {
            Some(Agency {
                code: code.clone()?,
                name: name?,
                parent: parent?,
                validity: validity?,
                successor: successor?,
            })
        };
        if let Some(agency) = agency() {
            keep(&mut agencies, agency.code.clone(), Entry { at: section, value: agency }, "code");
        }
    }
    for entry in agencies.values() {
        check(entry, &agencies);
    }
    agencies
}

fn check(entry: &Entry<'_, Agency>, agencies: &Agencies<'_>) {
    let Entry { at, value: agency } = entry;
    let named = [("parent", &agency.parent), ("successor", &agency.successor)];
    for (field, code) in named {
        match code {
            Some(code) if !agencies.contains_key(code) => at.fault(field, format!("there is no agency {code}")),
            Some(code) if *code == agency.code => at.fault(field, "is the agency itself"),
            _ => {}
        }
    }
    if agency.successor.is_some() && agency.validity.to.is_none() {
        at.fault("successor", "an agency that has no end (valid_to) has no successor");
    }
    if goes_round(&agency.code, agencies, |agency| agency.successor.as_ref()) {
        at.fault("successor", format!("the successors go round, or there are more than {MOST_SUCCESSORS}"));
    }
    if goes_round(&agency.code, agencies, |agency| agency.parent.as_ref()) {
        at.fault("parent", format!("the agencies above go round, or there are more than {MOST_SUCCESSORS}"));
    }
}

/// Whether the way from here does not end soon.
fn goes_round(
    from: &AgencyCode,
    agencies: &Agencies<'_>,
    next: impl for<'a> Fn(&'a Agency) -> Option<&'a AgencyCode>,
) -> bool {
    let mut code = from;
    for _ in 0..=MOST_SUCCESSORS {
        match agencies.get(code).and_then(|entry| next(&entry.value)) {
            Some(further) => code = further,
            None => return false,
        }
    }
    true
}
