//! What stands in path, query and headers of an operation.

use std::borrow::Cow;

use http::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::{Number, Value};

use super::{ContractError, Template, check::Check, reference::resolve};

/// The parameters of an operation.
pub(in crate::shape) struct Parameters {
    all: Vec<Parameter>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Path,
    Query,
    Header,
}

/// How a text becomes a value of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Boolean,
}

struct Parameter {
    name: String,
    place: Place,
    required: bool,
    kind: Kind,
    /// It may come more than once (`style: form`, `explode: true`).
    list: bool,
    check: Option<Check>,
}

impl Parameters {
    /// Reads the parameters of a path and of its operation; the operation's go before the path's of the same name.
    pub(super) fn read(
        document: &Value,
        holders: [&Value; 2],
        template: &Template,
        at: &str,
    ) -> Result<Self, ContractError> {
        let mut all: Vec<Parameter> = Vec::new();
        for holder in holders {
            for parameter in holder.get("parameters").and_then(Value::as_array).into_iter().flatten() {
                let parameter = resolve(document, parameter)?;
                // What the gateway and HTTP themselves decide is not a parameter (OpenAPI 3.1 §4.8.12.1).
                let Some(parameter) = Parameter::read(document, parameter, at)? else { continue };
                all.retain(|other| other.name != parameter.name || other.place != parameter.place);
                all.push(parameter);
            }
        }
        let declared = |name: &str| all.iter().any(|own| own.place == Place::Path && own.name == name);
        match template.names().find(|name| !declared(name)) {
            Some(name) => Err(ContractError::part(format!("{at} {name}"))),
            None => Ok(Self { all }),
        }
    }

    /// Whether a call's parameters fit.
    ///
    /// # Errors
    /// The name of the parameter that does not, or `query` when there is one that the contract does not know.
    pub(in crate::shape) fn hold(
        &self,
        path: &[(&str, &str)],
        query: Option<&str>,
        headers: &HeaderMap,
    ) -> Result<(), String> {
        let query: Vec<_> = pairs(query).collect();
        let known = |name: &str| self.all.iter().any(|own| own.place == Place::Query && own.name == name);
        if query.iter().any(|(name, _)| !name.as_deref().is_some_and(known)) {
            return Err("query".to_owned());
        }
        for parameter in &self.all {
            let values: Option<Vec<Cow<'_, str>>> = match parameter.place {
                Place::Path => {
                    path.iter().filter(|(name, _)| *name == parameter.name).map(|(_, text)| decoded(text)).collect()
                }
                Place::Query => {
                    let own = query.iter().filter(|(name, _)| name.as_deref() == Some(parameter.name.as_str()));
                    own.map(|(_, value)| value.clone()).collect()
                }
                Place::Header => {
                    let own = headers.get_all(&parameter.name).into_iter();
                    own.map(|value| value.to_str().ok().map(Cow::Borrowed)).collect()
                }
            };
            if !values.is_some_and(|values| parameter.holds(&values)) {
                return Err(parameter.name.clone());
            }
        }
        Ok(())
    }
}

impl Parameter {
    fn read(document: &Value, parameter: &Value, at: &str) -> Result<Option<Self>, ContractError> {
        let text = |name: &str| parameter.get(name).and_then(Value::as_str);
        let name = text("name").ok_or_else(|| ContractError::part(at))?;
        let at = format!("{at} {name}");
        let place = match text("in") {
            Some("path") => Place::Path,
            Some("query") => Place::Query,
            Some("header") if ["accept", "content-type", "authorization"].contains(&&*name.to_ascii_lowercase()) => {
                return Ok(None);
            }
            Some("header") => Place::Header,
            _ => return Err(ContractError::part(at)),
        };
        let exploded = parameter.get("explode").is_none_or(|explode| explode == true);
        if parameter.get("content").is_some() || !matches!(text("style"), None | Some("form" | "simple")) || !exploded {
            return Err(ContractError::part(at));
        }
        let schema = parameter.get("schema");
        let shape = schema.map(|schema| resolve(document, schema)).transpose()?;
        let list = shape.is_some_and(|shape| shape.get("type").is_some_and(|kind| kind == "array"));
        if list && place != Place::Query {
            return Err(ContractError::part(at));
        }
        let shape = if list { shape.and_then(|shape| shape.get("items")) } else { shape };
        let shape = shape.map(|shape| resolve(document, shape)).transpose()?;
        let kind = match shape.and_then(|shape| shape.get("type")).and_then(Value::as_str) {
            Some("integer" | "number") => Kind::Number,
            Some("boolean") => Kind::Boolean,
            Some("object" | "array") => return Err(ContractError::part(at)),
            _ => Kind::Text,
        };
        let required = place == Place::Path || parameter.get("required").is_some_and(|required| required == true);
        let check = schema.map(|schema| Check::compile(document, schema, &at)).transpose()?;
        Ok(Some(Self { name: name.to_owned(), place, required, kind, list, check }))
    }

    fn holds(&self, values: &[Cow<'_, str>]) -> bool {
        let fits = |value: &Value| self.check.as_ref().is_none_or(|check| check.hold(value).is_ok());
        let value = |text: &str| self.kind.value(text);
        match values {
            [] => !self.required,
            [one] if !self.list => value(one).is_some_and(|value| fits(&value)),
            many if self.list => {
                many.iter().map(|text| value(text)).collect::<Option<_>>().is_some_and(|all| fits(&Value::Array(all)))
            }
            // Readers disagree about which of two counts.
            _ => false,
        }
    }
}

impl Kind {
    fn value(self, text: &str) -> Option<Value> {
        match self {
            Self::Text => Some(Value::String(text.to_owned())),
            Self::Number => text.parse::<Number>().ok().map(Value::Number),
            Self::Boolean => text.parse().ok().map(Value::Bool),
        }
    }
}

type Decoded<'q> = Option<Cow<'q, str>>;

/// The pairs of a query, decoded; a part that is not UTF-8 is `None`.
fn pairs(query: Option<&str>) -> impl Iterator<Item = (Decoded<'_>, Decoded<'_>)> {
    query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (plus(name), plus(value))
    })
}

/// In a query `+` is a space (WHATWG URL, application/x-www-form-urlencoded).
fn plus(text: &str) -> Decoded<'_> {
    if text.contains('+') {
        return decoded(&text.replace('+', " ")).map(|text| Cow::Owned(text.into_owned()));
    }
    decoded(text)
}

fn decoded(text: &str) -> Decoded<'_> {
    percent_decode_str(text).decode_utf8().ok()
}
