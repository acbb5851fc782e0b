//! `mappings/*.toml`: our codes as foreign systems know them.

use std::sync::Arc;

use boot::settings::Section;
use types::AgencyCode;

use super::{World, agencies::Agencies, entry::validity, tables};
use crate::registry::{MappingKind, Mappings, Validity};

const KINDS: [(&str, MappingKind); 3] =
    [("officer", MappingKind::Officer), ("procedure", MappingKind::Procedure), ("agency", MappingKind::Agency)];

/// Reads the mappings.
pub(super) fn read(world: &World<'_>, agencies: &Agencies<'_>) -> Mappings {
    let mut mappings = Mappings::new();
    for section in tables(&world.folder.mappings, "mapping") {
        let Some((key, theirs, validity)) = mapping(&section, world, agencies) else { continue };
        let known = mappings.entry(key).or_default();
        if known.iter().any(|(_, other)| other.overlaps(validity)) {
            section.fault("ours", "has another mapping at the same time");
        }
        known.push((theirs, validity));
    }
    mappings
}

type Mapping = ((Arc<str>, MappingKind, Arc<str>), Arc<str>, Validity);

fn mapping(section: &Section<'_>, world: &World<'_>, agencies: &Agencies<'_>) -> Option<Mapping> {
    let adapter = section.text("adapter").required();
    let kind = section.one_of("kind", &KINDS).required();
    let ours = section.text("ours").required();
    let theirs = section.text("theirs").required();
    let validity = validity(section, None);
    if let Some(adapter) = adapter.as_ref().filter(|adapter| !world.adapters.contains(*adapter)) {
        section.fault("adapter", format!("the settings have no adapter `{adapter}`"));
    }
    let mut ours = ours?;
    if kind? == MappingKind::Agency {
        match AgencyCode::parse(&ours).ok().filter(|code| agencies.contains_key(code)) {
            Some(code) => ours = code.to_string(),
            None => section.fault("ours", format!("there is no agency {ours}")),
        }
    }
    Some(((adapter?.into(), kind?, ours.into()), theirs?.into(), validity?))
}
