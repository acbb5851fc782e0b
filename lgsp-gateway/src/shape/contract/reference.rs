//! References inside a description. They never lead out of it: what a call is held against must not depend on what some
//! server says today.

use serde_json::Value;

use super::ContractError;

/// How many references may lead to each other.
const LONGEST_CHAIN: usize = 16;
/// Where the things lie that can be referred to; it is the part that every compiled schema carries with it.
const ROOM: &str = "#/components/";

/// Refuses a description with a reference that leads elsewhere. `example` and `default` are data, where `$ref` is a name
/// like any other; it is refused there too, which costs nobody anything.
pub(super) fn check_all(document: &Value) -> Result<(), ContractError> {
    let mut rest = vec![document];
    while let Some(value) = rest.pop() {
        match value {
            Value::Array(items) => rest.extend(items),
            Value::Object(members) => {
                rest.extend(members.values());
                for name in ["$id", "$dynamicRef", "$anchor", "$dynamicAnchor"] {
                    // A property of that name is an object; the keyword is a text.
                    if let Some(Value::String(at)) = members.get(name) {
                        return Err(ContractError::Reference { at: at.clone() });
                    }
                }
                if let Some(Value::String(at)) = members.get("$ref")
                    && target(document, at).is_none()
                {
                    return Err(ContractError::Reference { at: at.clone() });
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// What stands here, or what the reference here leads to.
pub(super) fn resolve<'d>(document: &'d Value, value: &'d Value) -> Result<&'d Value, ContractError> {
    let mut value = value;
    for _ in 0..LONGEST_CHAIN {
        let Some(at) = value.get("$ref").and_then(Value::as_str) else { return Ok(value) };
        value = target(document, at).ok_or_else(|| ContractError::Reference { at: at.to_owned() })?;
    }
    Err(ContractError::Reference { at: value.get("$ref").and_then(Value::as_str).unwrap_or_default().to_owned() })
}

fn target<'d>(document: &'d Value, at: &str) -> Option<&'d Value> {
    document.pointer(at.starts_with(ROOM).then(|| at.trim_start_matches('#'))?)
}
