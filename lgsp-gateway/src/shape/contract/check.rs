//! One compiled schema.

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::{Map, Value, json};

use super::ContractError;

/// A schema of a description, compiled.
pub(in crate::shape) struct Check(Validator);

impl Check {
    /// Compiles a schema together with the components that it may refer to.
    pub(super) fn compile(document: &Value, schema: &Value, at: &str) -> Result<Self, ContractError> {
        let mut root = match schema {
            Value::Object(members) => members.clone(),
            Value::Bool(_) => Map::from_iter([("allOf".to_owned(), json!([schema]))]),
            _ => return Err(ContractError::Schema { at: at.to_owned() }),
        };
        if let Some(components) = document.get("components") {
            root.insert("components".to_owned(), components.clone());
        }
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            // Linear time: a pattern of a description must not be a way to keep a processor busy.
            .with_pattern_options(PatternOptions::regex())
            .offline()
            .build(&Value::Object(root))
            .map(Self)
            .map_err(|_| ContractError::Schema { at: at.to_owned() })
    }

    /// Whether the value fits.
    ///
    /// # Errors
    /// The place in the schema that it does not fit: names of the contract, nothing of the value.
    pub(in crate::shape) fn hold(&self, value: &Value) -> Result<(), String> {
        if self.0.is_valid(value) {
            return Ok(());
        }
        Err(self.0.iter_errors(value).next().map(|error| error.schema_path().to_string()).unwrap_or_default())
    }
}
