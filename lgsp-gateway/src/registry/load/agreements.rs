//! `agreements/*.toml`.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use boot::settings::Section;
use policies::{AgreementFacts, HoursFacts, OfficerFacts};
use types::{AccountLevel, AgencyCode, AuthLevel, ServiceId, SubsystemId};

use super::{
    World,
    agencies::Agencies,
    entry::{Entry, keep, validity},
    members::Members,
    services::Services,
    tables,
};
use crate::registry::{Agreement, Endpoint, Grant, Hours, Officer, Release};

/// The longest purpose, legal basis or procedure, in bytes: what the headers of a call can carry.
const LONGEST: usize = 255;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

type Grants = HashMap<(SubsystemId, ServiceId), Vec<Grant>>;

/// Reads the agreements; `None` when one of them could not be prepared.
pub(super) fn read(
    world: &World<'_>,
    agencies: &Agencies<'_>,
    members: &Members<'_>,
    services: &Services<'_>,
) -> Option<Grants> {
    let mut agreements: BTreeMap<Arc<str>, Entry<'_, Agreement>> = BTreeMap::new();
    for section in tables(&world.folder.agreements, "agreement") {
        if let Some(agreement) = agreement(&section, agencies) {
            keep(&mut agreements, Arc::clone(&agreement.id), Entry { at: section, value: agreement }, "id");
        }
    }
    let mut grants = Grants::new();
    let mut whole = true;
    for Entry { at, value } in agreements.into_values() {
        match grant(&at, value, world, members, services) {
            Some(grant) => {
                let pair = (grant.agreement.client.clone(), grant.agreement.service.clone());
                grants.entry(pair).or_default().push(grant);
            }
            None => whole = false,
        }
    }
    whole.then_some(grants)
}

fn agreement(section: &Section<'_>, agencies: &Agencies<'_>) -> Option<Agreement> {
    let id = section.parse_with("id", agreement_id).required();
    let client = section.parse_with("client", SubsystemId::parse).required();
    let service = section.parse_with("service", ServiceId::parse).required();
    let endpoints = section.list_of("endpoints", Endpoint::parse).or(Vec::new());
    let purposes = section.list_of("purposes", stated).required();
    let legal_bases = section.list_of("legal_bases", stated).required();
    let procedures = section.list_of("procedures", stated).or(Vec::new());
    let signature_required = section.flag("signature_required").or(true);
    let keep_bodies = section.flag("keep_bodies").or(false);
    let release = section.list_of_text("release").required();
    let officer = section.optional_section("officer").map(|inner| officer(&inner, agencies));
    let hours = section.optional_section("hours").map(|inner| hours(&inner));
    let validity = validity(section, None);
    for (field, list) in [("purposes", &purposes), ("legal_bases", &legal_bases), ("release", &release)] {
        if list.as_ref().is_some_and(Vec::is_empty) {
            section.fault(field, "must name at least one");
        }
    }
    let agreement = Agreement {
        id: id?,
        client: client?,
        service: service?,
        endpoints: endpoints?,
        purposes: purposes?,
        legal_bases: legal_bases?,
        procedures: procedures?,
        signature_required: signature_required?,
        officer: transposed(officer)?,
        hours: transposed(hours)?,
        release: released(section, &release?)?,
        keep_bodies: keep_bodies?,
        validity: validity?,
    };
    if agreement.officer.is_some() && !agreement.signature_required {
        section.fault("signature_required", "an officer is only known from a signed message");
    }
    Some(agreement)
}

/// `Some(None)` when there is nothing, `None` when it is faulty.
fn transposed<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    read.map_or(Some(None), |read| read.map(Some))
}

fn agreement_id(text: &str) -> Result<Arc<str>, &'static str> {
    let fits =
        text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if fits { Ok(text.into()) } else { Err("must be at most 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'") }
}

/// What a caller must be able to state in a header.
fn stated(text: &str) -> Result<String, &'static str> {
    let fits = text.len() <= LONGEST
        && text.trim() == text
        && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if fits { Ok(text.to_owned()) } else { Err("must be printable ASCII, which a header can carry") }
}

fn released(section: &Section<'_>, fields: &[String]) -> Option<Release> {
    if fields.iter().any(|field| field == "*") {
        if fields.len() > 1 {
            section.fault("release", "\"*\" releases the whole answer, and stands alone");
            return None;
        }
        return Some(Release::Whole);
    }
    let well_formed = fields.iter().all(|field| field.split('.').all(|name| !name.is_empty()));
    if !well_formed {
        section.fault("release", "a field is a path of names between dots");
        return None;
    }
    let mut sorted: Vec<Arc<str>> = fields.iter().map(|field| field.as_str().into()).collect();
    sorted.sort_unstable();
    sorted.dedup();
    Some(Release::Fields(sorted.into()))
}

fn officer(section: &Section<'_>, agencies: &Agencies<'_>) -> Option<Officer> {
    let auth = section.integer::<u8>("min_auth_level", 1..=4).required();
    let account = section.integer::<u8>("min_account_level", 1..=2).optional();
    let further = section.list_of("agencies", AgencyCode::parse).or(Vec::new());
    for code in further.iter().flatten().filter(|code| !agencies.contains_key(*code)) {
        section.fault("agencies", format!("there is no agency {code}"));
    }
    Some(Officer {
        min_auth_level: AuthLevel::try_from(auth?).ok()?,
        min_account_level: account?.map(AccountLevel::try_from).transpose().ok()?,
        agencies: further?,
    })
}

fn hours(section: &Section<'_>) -> Option<Hours> {
    let from = section.parse_with("from", minute).required();
    let to = section.parse_with("to", minute).required();
    let day =
        |text: &str| DAYS.iter().position(|day| *day == text).ok_or("must be one of mon, tue, wed, thu, fri, sat, sun");
    let listed = section.list_of("days", day).optional();
    let days = listed?.map_or([true; 7], |listed| {
        let mut days = [false; 7];
        for (number, day) in days.iter_mut().enumerate() {
            *day = listed.contains(&number);
        }
        days
    });
    let (from, to) = (from?, to?);
    if from >= to {
        section.fault("to", "must be after `from` on the same day");
        return None;
    }
    if days == [false; 7] {
        section.fault("days", "must name at least one");
        return None;
    }
    Some(Hours { from, to, days })
}

/// `HH:MM`, up to `24:00`.
fn minute(text: &str) -> Result<u16, &'static str> {
    let read = || {
        let (hours, minutes) = text.split_once(':')?;
        let two = |digits: &str| {
            let fits = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            fits.then(|| digits.parse::<u16>().ok()).flatten()
        };
        let (hours, minutes) = (two(hours)?, two(minutes)?);
        (minutes < 60 && hours * 60 + minutes <= 24 * 60).then_some(hours * 60 + minutes)
    };
    read().ok_or("must be a time of day such as \"07:30\"")
}

/// Checks an agreement against what it speaks of, and prepares its decisions.
fn grant(
    at: &Section<'_>,
    agreement: Agreement,
    world: &World<'_>,
    members: &Members<'_>,
    services: &Services<'_>,
) -> Option<Grant> {
    let client = members.subsystems.get(&agreement.client).map(|entry| &entry.value);
    let service = services.get(&agreement.service).map(|entry| &entry.value);
    if client.is_none() {
        at.fault("client", format!("there is no subsystem {}", agreement.client));
    }
    if service.is_none() {
        at.fault("service", format!("there is no service {}", agreement.service));
    }
    let (client, service) = (client?, service?);
    for endpoint in &agreement.endpoints {
        let known = service.endpoints.iter().any(|own| own.covers(endpoint) || endpoint.covers(own));
        if !known {
            at.fault("endpoints", format!("the service has no endpoint `{endpoint}`"));
        }
    }
    if let (Release::Fields(fields), Some(contract)) = (&agreement.release, &service.contract) {
        for field in fields.iter().filter(|field| !contract.has_field(field)) {
            at.fault("release", format!("the description of the service has no field `{field}`"));
        }
    }
    let own = if agreement.endpoints.is_empty() { &service.endpoints } else { &agreement.endpoints };
    let endpoints = own.iter().map(|endpoint| (endpoint.clone(), Arc::from(endpoint.to_string()))).collect::<Vec<_>>();
    let facts = facts(&agreement, &client.agency, &endpoints);
    match world.policies.prepare(&facts) {
        Ok(policy) => Some(Grant { agreement: Arc::new(agreement), endpoints, policy }),
        Err(error) => {
            at.fault("id", error.to_string());
            None
        }
    }
}

fn facts(agreement: &Agreement, own: &AgencyCode, endpoints: &[(Endpoint, Arc<str>)]) -> AgreementFacts {
    let further = agreement.officer.iter().flat_map(|officer| &officer.agencies);
    AgreementFacts {
        id: Arc::clone(&agreement.id),
        client: agreement.client.clone(),
        service: agreement.service.clone(),
        valid_from: agreement.validity.from.micros(),
        valid_to: agreement.validity.to.map(|to| to.micros()),
        endpoints: endpoints.iter().map(|(_, name)| name.to_string()).collect(),
        purposes: agreement.purposes.iter().cloned().collect(),
        legal_bases: agreement.legal_bases.iter().cloned().collect(),
        procedures: agreement.procedures.iter().cloned().collect(),
        signature_required: agreement.signature_required,
        officer: agreement.officer.as_ref().map(|officer| OfficerFacts {
            min_auth_level: officer.min_auth_level,
            min_account_level: officer.min_account_level,
        }),
        officer_agencies: further.chain([own]).cloned().collect(),
        hours: agreement.hours.map(|hours| HoursFacts { from: hours.from, to: hours.to, days: hours.days }),
        fields: match &agreement.release {
            Release::Whole => None,
            Release::Fields(fields) => Some(Arc::clone(fields)),
        },
    }
}
