//! Why a policy set, or a client in it, cannot be used at all.

use std::{io, path::PathBuf, sync::Arc};

use cedar_policy::{
    CedarSchemaError, ContextCreationError, EntityAttrEvaluationError, ParseErrors, PolicySetError,
    RequestValidationError, entities_errors::EntitiesError,
};
use types::{ClientId, IdError};

/// A fault of the policy set or of a registration. At start it means: do not start. For one client: do not
/// serve that client.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A file of the set is missing or cannot be read as UTF-8.
    #[error("cannot read policy file {}", .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The schema does not parse.
    #[error("the schema is not valid")]
    Schema(#[source] Box<CedarSchemaError>),
    /// The schema parses, with warnings.
    #[error("the schema has warnings: {}", .0.join("; "))]
    SchemaWarning(Vec<String>),
    /// A policy file does not parse.
    #[error("{file} is not valid Cedar")]
    Syntax {
        /// File name in its folder.
        file: String,
        /// Where and why.
        source: Box<ParseErrors>,
    },
    /// A policy file holds a template; grants are data here, never linked policies.
    #[error("{file} holds a policy template")]
    Template {
        /// File name in its folder.
        file: String,
    },
    /// A policy has no `@id`, or one that does not begin with the name of its file.
    #[error("a policy in {file} needs @id(\"{stem}.<rule>\")", stem = .file.trim_end_matches(".cedar"))]
    Unnamed {
        /// File name in its folder.
        file: String,
    },
    /// A `forbid` without a known `@reason`, or a `permit` with one.
    #[error("policy `{rule}`: each forbid needs a known @reason, a permit has none")]
    ReasonAnnotation {
        /// The `@id` of the policy.
        rule: String,
    },
    /// Two policies share one `@id`.
    #[error("policy `{rule}` cannot be added to the set")]
    Set {
        /// The `@id` of the policy.
        rule: String,
        /// What the engine said.
        source: Box<PolicySetError>,
    },
    /// Strict validation against the schema found errors or warnings; every one is listed.
    #[error("the policies do not fit the schema: {}", .0.join("; "))]
    Invalid(Vec<String>),
    /// One action has more policies than a decision has time for.
    #[error("action `{action}` has {found} policies, at most {most} are allowed")]
    TooMany {
        /// The action.
        action: &'static str,
        /// How many were found.
        found: usize,
        /// The bound.
        most: usize,
    },
    /// A question of this program cannot be asked of this set: its schema is of another version.
    #[error("action `{action}` cannot be decided with this set: {}", .diagnostics.join("; "))]
    SelfTest {
        /// The action.
        action: &'static str,
        /// What the attempt gave.
        diagnostics: Vec<String>,
    },
    /// An identifier of the self-test does not parse.
    #[error("an identifier of the self-test does not parse")]
    Probe(#[source] IdError),
    /// A name that the engine demands could not be formed.
    #[error("a name of the schema does not parse")]
    Name(#[source] Box<ParseErrors>),
    /// A context could not be formed.
    #[error("a context could not be formed")]
    Context(#[source] Box<ContextCreationError>),
    /// A question does not fit the schema.
    #[error("a question does not fit the schema")]
    Request(#[source] Box<RequestValidationError>),
    /// A registration names a provider that is no identifier.
    #[error("client `{client}` names a provider that is no identifier")]
    Provider {
        /// The client.
        client: ClientId,
        /// What an identifier is.
        source: IdError,
    },
    /// A registration has an attribute that the engine cannot take.
    #[error("client `{client}` has an attribute that cannot be read")]
    Attribute {
        /// The client.
        client: ClientId,
        /// Which, and why.
        source: Box<EntityAttrEvaluationError>,
    },
    /// A registration does not conform to the schema.
    #[error("client `{client}` does not fit the schema")]
    Entities {
        /// The client.
        client: ClientId,
        /// Which attribute, and why.
        source: Box<EntitiesError>,
    },
    /// An identifier of the gateway's self-test does not parse.
    #[error("an identifier of the gateway's self-test does not parse")]
    CallProbe,
    /// An agreement names a service without a provider.
    #[error("agreement `{agreement}` names a service without a provider")]
    Provided {
        /// The agreement.
        agreement: Arc<str>,
    },
    /// An agreement has an attribute that the engine cannot take.
    #[error("agreement `{agreement}` has an attribute that cannot be read")]
    AgreementAttribute {
        /// The agreement.
        agreement: Arc<str>,
        /// Which, and why.
        source: Box<EntityAttrEvaluationError>,
    },
    /// An agreement does not conform to the schema.
    #[error("agreement `{agreement}` does not fit the schema")]
    AgreementEntities {
        /// The agreement.
        agreement: Arc<str>,
        /// Which attribute, and why.
        source: Box<EntitiesError>,
    },
}
