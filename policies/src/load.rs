//! From policy files to a checked set: parse, name, validate against the schema, fail at start.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
    sync::Arc,
};

use aws_lc_rs::digest::{Context as Hash, SHA256};
use cedar_policy::{Effect, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};

use crate::{PolicyError, Reason, engine::Engine, permit::Because, request::Names, slice::Slice};

/// One service's part of the policies: its folder, and the files that a set cannot be without. Further files beside them
/// are loaded too.
pub(crate) struct Room {
    folder: &'static str,
    files: &'static [(&'static str, &'static str)],
}

/// What the broker asks.
pub(crate) const BROKER: Room = Room {
    folder: "broker",
    files: &[
        ("issue_to_client.cedar", include_str!("../broker/issue_to_client.cedar")),
        ("release_claims.cedar", include_str!("../broker/release_claims.cedar")),
        ("sign_in.cedar", include_str!("../broker/sign_in.cedar")),
    ],
};

/// What the gateway asks.
pub(crate) const GATEWAY: Room =
    Room { folder: "gateway", files: &[("call_service.cedar", include_str!("../gateway/call_service.cedar"))] };

/// A policy may read attributes of the client and of the provider, nothing behind those: that is all a
/// prepared client carries.
const DEREFERENCES: u32 = 1;

/// The text of a whole set.
pub(crate) struct Sources {
    schema: String,
    files: BTreeMap<String, String>,
}

impl Sources {
    /// The set that was compiled in.
    pub(crate) fn embedded(room: &Room) -> Self {
        let files = room.files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Self { schema: include_str!("../schema.cedarschema").to_owned(), files }
    }

    /// The set in a folder laid out like this package.
    pub(crate) fn read(dir: &Path, room: &Room) -> Result<Self, PolicyError> {
        let folder = dir.join(room.folder);
        let unreadable = |source| PolicyError::Unreadable { path: folder.clone(), source };
        let mut files = BTreeMap::new();
        for (name, _) in room.files {
            files.insert((*name).to_owned(), text(&folder.join(name))?);
        }
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if name.ends_with(".cedar") && !files.contains_key(name) {
                files.insert(name.to_owned(), text(&path)?);
            }
        }
        Ok(Self { schema: text(&dir.join("schema.cedarschema"))?, files })
    }

    /// SHA-256 of every name and text, each preceded by its length, as lower-case hex.
    fn version(&self) -> String {
        let mut hash = Hash::new(&SHA256);
        let named = self.files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        for part in std::iter::once(("schema.cedarschema", self.schema.as_str())).chain(named) {
            for text in [part.0, part.1] {
                hash.update(text.len().to_string().as_bytes());
                hash.update(b":");
                hash.update(text.as_bytes());
            }
        }
        hash.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn text(path: &Path) -> Result<String, PolicyError> {
    fs::read_to_string(path).map_err(|source| PolicyError::Unreadable { path: path.to_owned(), source })
}

/// What a policy is called, and what its refusal means.
pub(crate) struct Rule<R> {
    pub(crate) name: Arc<str>,
    /// `None` for a permit.
    pub(crate) reason: Option<R>,
}

/// A parsed and validated set, whatever is asked of it.
pub(crate) struct Checked<R> {
    pub(crate) version: Arc<str>,
    pub(crate) schema: Schema,
    pub(crate) set: PolicySet,
    pub(crate) rules: HashMap<PolicyId, Rule<R>>,
}

/// Checks a whole set.
pub(crate) fn check<R: Because>(sources: &Sources) -> Result<Checked<R>, PolicyError> {
    let schema = parse_schema(&sources.schema)?;
    let mut set = PolicySet::new();
    let mut rules = HashMap::new();
    for (file, text) in &sources.files {
        let parsed: PolicySet =
            text.parse().map_err(|source| PolicyError::Syntax { file: file.clone(), source: Box::new(source) })?;
        if parsed.templates().next().is_some() {
            return Err(PolicyError::Template { file: file.clone() });
        }
        for policy in parsed.policies() {
            let rule = rule(file, policy)?;
            let policy = policy.new_id(PolicyId::new(&rule.name));
            let id = policy.id().clone();
            set.add(policy)
                .map_err(|source| PolicyError::Set { rule: rule.name.to_string(), source: Box::new(source) })?;
            rules.insert(id, rule);
        }
    }
    validate(&set, &schema)?;
    Ok(Checked { version: sources.version().into(), schema, set, rules })
}

/// The broker's set, checked.
pub(crate) struct Loaded {
    pub(crate) engine: Engine<Reason>,
    pub(crate) names: Names,
    /// Which policies each action is decided by.
    pub(crate) sign_in: Slice,
    pub(crate) release_claims: Slice,
    pub(crate) issue_to_client: Slice,
}

/// Checks the broker's set.
pub(crate) fn compile(sources: &Sources) -> Result<Loaded, PolicyError> {
    let checked = check(sources)?;
    let names = Names::new()?;
    Ok(Loaded {
        sign_in: Slice::new(&checked.set, &names.sign_in, "sign_in")?,
        release_claims: Slice::new(&checked.set, &names.release_claims, "release_claims")?,
        issue_to_client: Slice::new(&checked.set, &names.issue_to_client, "issue_to_client")?,
        engine: Engine::new(checked),
        names,
    })
}

fn parse_schema(text: &str) -> Result<Schema, PolicyError> {
    let (schema, warnings) =
        Schema::from_cedarschema_str(text).map_err(|source| PolicyError::Schema(Box::new(source)))?;
    let warnings: Vec<String> = warnings.map(|warning| warning.to_string()).collect();
    if warnings.is_empty() { Ok(schema) } else { Err(PolicyError::SchemaWarning(warnings)) }
}

fn rule<R: Because>(file: &str, policy: &Policy) -> Result<Rule<R>, PolicyError> {
    let unnamed = || PolicyError::Unnamed { file: file.to_owned() };
    let name = policy.annotation("id").ok_or_else(unnamed)?;
    let stem = file.strip_suffix(".cedar").unwrap_or(file);
    name.strip_prefix(stem)
        .and_then(|rest| rest.strip_prefix('.'))
        .filter(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        .ok_or_else(unnamed)?;
    let reason = match (policy.effect(), policy.annotation("reason")) {
        (Effect::Permit, None) => None,
        (Effect::Forbid, Some(text)) => {
            Some(R::from_annotation(text).ok_or_else(|| PolicyError::ReasonAnnotation { rule: name.to_owned() })?)
        }
        _ => return Err(PolicyError::ReasonAnnotation { rule: name.to_owned() }),
    };
    Ok(Rule { name: name.into(), reason })
}

/// Strict, and a warning counts as an error: a policy that can never apply is a mistake of its author.
fn validate(set: &PolicySet, schema: &Schema) -> Result<(), PolicyError> {
    let result = Validator::new(schema.clone()).validate_with_level(set, ValidationMode::Strict, DEREFERENCES);
    if result.validation_passed_without_warnings() {
        return Ok(());
    }
    let errors = result.validation_errors().map(|error| format!("policy `{}`: {error}", error.policy_id()));
    let warnings = result.validation_warnings().map(|warning| format!("policy `{}`: {warning}", warning.policy_id()));
    let mut found: Vec<String> = errors.chain(warnings).collect();
    found.sort();
    Err(PolicyError::Invalid(found))
}
