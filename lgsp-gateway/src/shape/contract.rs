//! The contract of a service: its OpenAPI description, with one compiled check per operation.

use std::{collections::HashSet, fmt};

use http::Method;
use serde_json::Value;

mod check;
mod declared;
mod operation;
mod parameter;
mod reference;
mod servers;
mod template;

pub(super) use operation::{Content, Operation};

use template::Template;

/// Why a description cannot be a contract. `at` is where, as a path of its own names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    /// It is not JSON, is nested too deeply, or has a name twice.
    #[error("the description is not well-formed JSON")]
    Syntax,
    /// It is not of OpenAPI 3.1.
    #[error("the description is not of OpenAPI 3.1")]
    Version,
    /// A reference leads out of the document, nowhere, or in a circle.
    #[error("the reference {at} leads nowhere inside the description")]
    Reference {
        /// The reference.
        at: String,
    },
    /// A schema is not one, or cannot be compiled.
    #[error("the schema of {at} cannot be used")]
    Schema {
        /// Whose.
        at: String,
    },
    /// A part misses something or is of a kind that cannot be checked here.
    #[error("{at} cannot be used")]
    Part {
        /// Which.
        at: String,
    },
}

impl ContractError {
    fn part(at: impl Into<String>) -> Self {
        Self::Part { at: at.into() }
    }
}

/// An OpenAPI 3.1 description, ready to be asked.
pub struct Contract {
    text: String,
    operations: Vec<(Method, Template, Operation)>,
    fields: HashSet<String>,
}

impl fmt::Debug for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contract({} operations)", self.operations.len())
    }
}

impl Contract {
    /// Reads a description and compiles every check in it. Nothing outside the text is looked at.
    ///
    /// # Errors
    /// What cannot be checked later is refused now: a service is better without its contract than with half of it.
    pub fn parse(text: String) -> Result<Self, ContractError> {
        let mut document: Value = super::json::parse(text.as_bytes()).map_err(|_| ContractError::Syntax)?;
        let version = document.get("openapi").and_then(Value::as_str).unwrap_or_default();
        if version != "3.1" && !version.starts_with("3.1.") {
            return Err(ContractError::Version);
        }
        reference::check_all(&document)?;
        let operations = operation::read_all(&document)?;
        let fields = declared::fields(&document, &operations);
        let operations = operations.into_iter().map(operation::Found::compiled).collect();
        // One that names no server goes out byte for byte.
        let text = if servers::hide(&mut document) { document.to_string() } else { text };
        Ok(Self { text, operations, fields })
    }

    /// The description as it is published: without the addresses of servers.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a successful answer can have this field: dotted, arrays transparent, as `CongDan.HoVaTen.Ten`.
    #[must_use]
    pub fn has_field(&self, path: &str) -> bool {
        self.fields.contains(path)
    }

    /// Whether the description has an operation for this method and path template. Names in braces do not matter, and
    /// the path of the service itself is `` or `/`.
    #[must_use]
    pub fn has_operation(&self, method: &Method, template: &str) -> bool {
        let asked = Template::parse(template);
        self.operations.iter().any(|(own, template, _)| own == method && template.same_shape(&asked))
    }

    /// The operation that a method and a path mean, and the values of the path's parameters, still percent-encoded. A
    /// path without parameters goes before one with (OpenAPI 3.1 §4.8.8.2).
    pub(super) fn find<'c, 'p>(
        &'c self,
        method: &Method,
        path: &'p str,
    ) -> Option<(&'c Operation, Vec<(&'c str, &'p str)>)> {
        let with = |method: &Method| {
            let fits = self.operations.iter().filter(|(own, ..)| own == method);
            let fits = fits.filter_map(|(_, template, operation)| Some((operation, template.matches(path)?)));
            fits.min_by_key(|(_, values)| values.len())
        };
        // RFC 9110 §9.3.2: HEAD is GET without the body.
        with(method).or_else(|| (method == Method::HEAD).then(|| with(&Method::GET)).flatten())
    }
}
