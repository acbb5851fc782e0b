//! `members/*.toml`: members, their subsystems, and the keys by which those are known.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use boot::settings::Section;
use certs::PeerCertificate;
use signing::http_signature::VerifyingKey;
use types::{AgencyCode, MemberId, SubsystemId, member::is_part};

use super::{
    agencies::Agencies,
    entry::{Entry, keep, validity},
    folder::Folder,
};
use crate::registry::{Member, MemberKey, Subsystem, Validity};

/// Members and subsystems, with their places.
#[derive(Default)]
pub(super) struct Members<'d> {
    pub(super) members: BTreeMap<MemberId, Entry<'d, Member>>,
    pub(super) subsystems: BTreeMap<SubsystemId, Entry<'d, Arc<Subsystem>>>,
    /// Whose a certificate's key is.
    certificates: HashMap<Arc<str>, SubsystemId>,
    /// Whose a signature key is, by each of its names.
    keys: HashMap<Arc<str>, SubsystemId>,
}

impl Members<'_> {
    pub(super) fn by_certificate_key(&self) -> HashMap<Arc<str>, Arc<Subsystem>> {
        let found = |(key, id): (&Arc<str>, &SubsystemId)| {
            self.subsystems.get(id).map(|entry| (Arc::clone(key), Arc::clone(&entry.value)))
        };
        self.certificates.iter().filter_map(found).collect()
    }
}

/// Reads the members.
pub(super) fn read<'d>(folder: &'d Folder, agencies: &Agencies<'_>) -> Members<'d> {
    let mut members = Members::default();
    for document in &folder.members {
        for section in document.root().tables("member") {
            let member = member(&section, agencies);
            for inner in section.tables("subsystem") {
                if let Some(subsystem) = subsystem(&inner, member.as_ref(), folder) {
                    add(&mut members, subsystem, inner);
                }
            }
            if let Some(member) = member {
                keep(&mut members.members, member.id.clone(), Entry { at: section, value: member }, "id");
            }
        }
    }
    members
}

fn member(section: &Section<'_>, agencies: &Agencies<'_>) -> Option<Member> {
    let id = section.parse_with("id", MemberId::parse).required();
    let name = section.text("name").required();
    let agency = section.parse_with("agency", AgencyCode::parse).optional();
    let (field, agency) = match (agency?, &id) {
        (Some(agency), _) => ("agency", agency),
        (None, Some(id)) => match AgencyCode::parse(id.part(2)) {
            Ok(agency) => ("id", agency),
            Err(error) => {
                section.fault("id", format!("its code is no agency code: {error}"));
                return None;
            }
        },
        (None, None) => return None,
    };
    let Some(known) = agencies.get(&agency) else {
        section.fault(field, format!("there is no agency {agency}"));
        return None;
    };
    let validity = validity(section, Some(known.value.validity));
    Some(Member { id: id?, name: name?, agency, validity: validity? })
}

fn subsystem(section: &Section<'_>, member: Option<&Member>, folder: &Folder) -> Option<Subsystem> {
    let part = |text: &str| if is_part(text) { Ok(text.to_owned()) } else { Err("is no part of an identifier") };
    let code = section.parse_with("code", part).required();
    let name = section.text("name").required();
    // The parent's validity is that of the member; when the member is faulty, its faults are reported there.
    let always = Validity { from: clock::Timestamp::from_seconds(0), to: None };
    let validity = validity(section, Some(member.map_or(always, |member| member.validity)));
    let certificate_keys = certificate_keys(section, validity, folder);
    let keys = signature_keys(section, validity, folder);
    let (member, code) = (member?, code?);
    let id = SubsystemId::parse(&format!("{}/{code}", member.id)).ok()?;
    let agency = member.agency.clone();
    Some(Subsystem { id, name: name?, validity: validity?, agency, certificate_keys: certificate_keys?, keys: keys? })
}

fn add<'d>(members: &mut Members<'d>, subsystem: Subsystem, at: Section<'d>) {
    let id = subsystem.id.clone();
    for (key, _) in &subsystem.certificate_keys {
        if let Some(owner) = members.certificates.insert(Arc::clone(key), id.clone()) {
            at.fault("certificate_keys", format!("the certificate key {key} is already that of {owner}"));
        }
    }
    for name in subsystem.keys.iter().flat_map(|key| &key.ids) {
        if let Some(owner) = members.keys.insert(Arc::clone(name), id.clone()) {
            at.fault("signature_keys", format!("the signature key {name} is already that of {owner}"));
        }
    }
    keep(&mut members.subsystems, id, Entry { at, value: Arc::new(subsystem) }, "code");
}

/// `None` when one of them is faulty.
fn certificate_keys(
    section: &Section<'_>,
    parent: Option<Validity>,
    folder: &Folder,
) -> Option<Vec<(Arc<str>, Validity)>> {
    let stated = section.tables("certificate_keys");
    let files = section.list_of_text("certificate_files").optional();
    let mut keys: Vec<Option<(Arc<str>, Validity)>> = Vec::new();
    for inner in &stated {
        let key = inner.parse_with("sha256", sha256).required();
        let holds = parent.and_then(|parent| validity(inner, Some(parent)));
        keys.push(key.zip(holds));
    }
    for (number, file) in (1..).zip(files?.unwrap_or_default()) {
        let key = folder.text(&folder.members_dir().join(&file)).and_then(|text| {
            let certificate = PeerCertificate::from_pem(text.as_bytes());
            certificate.map_err(|_| "is no certificate in PEM".to_owned())
        });
        match key {
            Ok(certificate) => keys.push(parent.map(|parent| (Arc::clone(&certificate.key_sha256), parent))),
            Err(message) => {
                section.fault("certificate_files", format!("file {number}: {message}"));
                keys.push(None);
            }
        }
    }
    keys.into_iter().collect()
}

fn sha256(text: &str) -> Result<Arc<str>, &'static str> {
    let fits = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if fits { Ok(text.to_ascii_lowercase().into()) } else { Err("must be a SHA-256 as 64 hexadecimal digits") }
}

/// `None` when one of them is faulty.
fn signature_keys(section: &Section<'_>, parent: Option<Validity>, folder: &Folder) -> Option<Vec<MemberKey>> {
    section
        .tables("signature_keys")
        .iter()
        .map(|inner| signature_key(inner, parent, folder))
        .collect::<Vec<_>>()
        .into_iter()
        .collect()
}

fn signature_key(section: &Section<'_>, parent: Option<Validity>, folder: &Folder) -> Option<MemberKey> {
    let id = section.parse_with("id", key_id).optional();
    let file = section.path_to("file").optional();
    let pem = section.text("pem").optional();
    let holds = parent.and_then(|parent| validity(section, Some(parent)));
    let key = match (file?, pem?) {
        (Some(file), None) => from_file(section, &file, folder),
        (None, Some(pem)) => parsed(section, "pem", &pem),
        (Some(_), Some(_)) => {
            section.fault("pem", "is given beside `file`; one of the two is enough");
            None
        }
        (None, None) => {
            section.fault("file", "a key needs `file` or `pem`");
            None
        }
    }?;
    let ids = id?.into_iter().chain([Arc::clone(key.thumbprint())]).collect();
    Some(MemberKey { ids, key: Arc::new(key), validity: holds? })
}

fn from_file(section: &Section<'_>, file: &Path, folder: &Folder) -> Option<VerifyingKey> {
    match folder.text(file) {
        Ok(text) => parsed(section, "file", &text),
        Err(message) => {
            section.fault("file", message);
            None
        }
    }
}

fn parsed(section: &Section<'_>, field: &str, pem: &str) -> Option<VerifyingKey> {
    match VerifyingKey::from_pem(pem.trim()) {
        Ok(key) => Some(key),
        Err(error) => {
            section.fault(field, error.to_string());
            None
        }
    }
}

fn key_id(text: &str) -> Result<Arc<str>, &'static str> {
    let fits = text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'));
    if fits { Ok(text.into()) } else { Err("must be at most 128 visible ASCII characters without quotes") }
}
