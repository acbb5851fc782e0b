//! What one operation of a description takes and gives.

use http::{Method, StatusCode};
use serde_json::{Map, Value};

use super::{ContractError, Template, check::Check, parameter::Parameters, reference::resolve};
use crate::{call::METHODS, shape::media};

/// An operation, compiled.
pub(in crate::shape) struct Operation {
    /// What stands in path, query and headers.
    pub(in crate::shape) parameters: Parameters,
    /// What the body of the request may be; `None` when it has none.
    pub(in crate::shape) body: Option<Content>,
    /// Whether the request must have a body.
    pub(in crate::shape) body_required: bool,
    replies: Vec<(Statuses, Content)>,
}

impl Operation {
    /// What an answer with this status may be; `None` when the contract knows no such answer.
    pub(in crate::shape) fn reply(&self, status: StatusCode) -> Option<&Content> {
        let fits = self.replies.iter().filter(|(statuses, _)| statuses.have(status));
        fits.min_by_key(|(statuses, _)| *statuses).map(|(_, content)| content)
    }
}

/// The answers that a response of a description is for, the most particular first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Statuses {
    One(u16),
    Hundred(u16),
    Any,
}

impl Statuses {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "default" => Some(Self::Any),
            text => match text.strip_suffix("XX") {
                Some(digit) => digit.parse().ok().filter(|digit| (1..=5).contains(digit)).map(Self::Hundred),
                None => text.parse().ok().filter(|code| (100..600).contains(code)).map(Self::One),
            },
        }
    }

    fn have(self, status: StatusCode) -> bool {
        match self {
            Self::One(code) => code == status.as_u16(),
            Self::Hundred(digit) => digit == status.as_u16() / 100,
            Self::Any => true,
        }
    }

    fn of_success(self) -> bool {
        matches!(self, Self::One(200..300) | Self::Hundred(2) | Self::Any)
    }
}

/// The media types of a body, each with its check; a type without a schema may hold anything. Empty: no body.
pub(in crate::shape) struct Content(Vec<(String, Option<Check>)>);

impl Content {
    /// Whether there is no body.
    pub(in crate::shape) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The check for a body of this type: `None` when the contract does not know the type, `Some(None)` when it knows no
    /// more than the type.
    pub(in crate::shape) fn of_type(&self, essence: &str) -> Option<Option<&Check>> {
        let fits = self.0.iter().filter(|(range, _)| media::lies_in(essence, range));
        fits.min_by_key(|(range, _)| range.matches('*').count()).map(|(_, check)| check.as_ref())
    }

    fn read(document: &Value, holder: &Value, at: &str) -> Result<Self, ContractError> {
        let mut all = Vec::new();
        for (range, media) in members(holder.get("content")) {
            let essence = media::essence(range).ok_or_else(|| ContractError::part(format!("{at} {range}")))?;
            // Only JSON can be held against a schema; of other types a schema is a description for people.
            let schema = media.get("schema").filter(|_| media::is_json(essence));
            let check = schema.map(|schema| Check::compile(document, schema, at)).transpose()?;
            all.push((essence.to_owned(), check));
        }
        Ok(Self(all))
    }
}

/// An operation with the schemas of its successful answers, which say what fields there are.
pub(super) struct Found<'d> {
    method: Method,
    template: Template,
    operation: Operation,
    pub(super) answers: Vec<&'d Value>,
}

impl Found<'_> {
    pub(super) fn compiled(self) -> (Method, Template, Operation) {
        (self.method, self.template, self.operation)
    }
}

/// All operations of a description; one without any is no contract.
pub(super) fn read_all(document: &Value) -> Result<Vec<Found<'_>>, ContractError> {
    let mut all = Vec::new();
    for (path, item) in members(document.get("paths")) {
        let template = Template::parse(path);
        if !path.starts_with('/') || !template.is_plain() {
            return Err(ContractError::part(path));
        }
        let item = resolve(document, item)?;
        // A description can also have operations for TRACE (OpenAPI 3.1 §4.8.9), which nobody can call.
        for method in &METHODS {
            if let Some(operation) = item.get(method.as_str().to_ascii_lowercase()) {
                all.push(read(document, item, operation, method.clone(), template.clone(), path)?);
            }
        }
    }
    if all.is_empty() { Err(ContractError::part("paths")) } else { Ok(all) }
}

fn read<'d>(
    document: &'d Value,
    item: &'d Value,
    operation: &'d Value,
    method: Method,
    template: Template,
    path: &str,
) -> Result<Found<'d>, ContractError> {
    let at = format!("{method} {path}");
    let parameters = Parameters::read(document, [item, operation], &template, &at)?;
    let (mut body, mut body_required) = (None, false);
    if let Some(request) = operation.get("requestBody") {
        let request = resolve(document, request)?;
        body = Some(Content::read(document, request, &at)?);
        body_required = request.get("required").and_then(Value::as_bool).unwrap_or(false);
    }
    let (mut replies, mut answers) = (Vec::new(), Vec::new());
    for (statuses, response) in members(operation.get("responses")) {
        let statuses = Statuses::parse(statuses).ok_or_else(|| ContractError::part(format!("{at} {statuses}")))?;
        let response = resolve(document, response)?;
        replies.push((statuses, Content::read(document, response, &at)?));
        if statuses.of_success() {
            answers.extend(members(response.get("content")).filter_map(|(_, media)| media.get("schema")));
        }
    }
    if !replies.iter().any(|(statuses, _)| statuses.of_success()) {
        return Err(ContractError::part(format!("{at} responses")));
    }
    let operation = Operation { parameters, body, body_required, replies };
    Ok(Found { method, template, operation, answers })
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.and_then(Value::as_object).into_iter().flat_map(Map::iter);
    members.map(|(name, value)| (name.as_str(), value))
}
