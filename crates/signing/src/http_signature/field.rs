//! The fields `Signature-Input` and `Signature` of a received message (RFC 9421 §4.1, §4.2).

use http::{HeaderMap, HeaderName};
use sfv::BareItemFromInput;

use super::{
    base::{BaseError, signature_base},
    component::Component,
    message::Message,
    structured::{self, Element, Parameters, Value},
};

/// The name of the field that says what is signed.
pub const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");
/// The name of the field with the signatures.
pub const SIGNATURE: HeaderName = HeaderName::from_static("signature");

/// Why the two fields cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// There is none of the two, or only one.
    #[error("the message has no signature")]
    Missing,
    /// Not a dictionary of inner lists or of byte sequences, or something in it is repeated.
    #[error("the signature fields are malformed")]
    Malformed,
    /// The two fields have other labels (§4), or not the one that is asked for.
    #[error("the signature has another label")]
    Label,
}

/// A signature with what it says of itself. Nothing of it is believed yet.
#[derive(Debug)]
pub struct Unverified<'a> {
    elements: Vec<Element<'a>>,
    parameters: Parameters<'a>,
    signature: Vec<u8>,
}

/// Both fields as one text each, lines joined (RFC 9110 §5.3).
#[derive(Debug)]
pub struct Fields {
    input: String,
    signature: String,
}

impl Fields {
    /// Takes them from the headers.
    ///
    /// # Errors
    /// One of them is missing, or is not ASCII.
    pub fn of(headers: &HeaderMap) -> Result<Self, FieldError> {
        Ok(Self { input: joined(headers, &SIGNATURE_INPUT)?, signature: joined(headers, &SIGNATURE)? })
    }

    /// Finds the signature with this label.
    ///
    /// # Errors
    /// The fields are malformed, differ in their labels, or have no such label.
    pub fn find(&self, label: &str) -> Result<Unverified<'_>, FieldError> {
        Unverified::find(&self.input, &self.signature, label)
    }
}

fn joined(headers: &HeaderMap, name: &HeaderName) -> Result<String, FieldError> {
    let mut text = String::new();
    for line in headers.get_all(name) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(line.to_str().map_err(|_| FieldError::Malformed)?);
    }
    if text.is_empty() { Err(FieldError::Missing) } else { Ok(text) }
}

/// Whether a value of `Signature` is well formed and has a byte sequence under this label.
pub(super) fn has_label(signature: &str, label: &str) -> bool {
    let bytes = |value: &Value<'_>| matches!(value, Value::Item(BareItemFromInput::ByteSequence(_)));
    structured::dictionary(signature)
        .is_some_and(|members| members.iter().any(|member| member.key == label && bytes(&member.value)))
}

impl<'a> Unverified<'a> {
    /// Finds the signature with this label in the values of `Signature-Input` and `Signature`.
    ///
    /// # Errors
    /// The fields are malformed, differ in their labels, or have no such label.
    pub fn find(input: &'a str, signature: &str, label: &str) -> Result<Self, FieldError> {
        let inputs = structured::dictionary(input).ok_or(FieldError::Malformed)?;
        let signatures = structured::dictionary(signature).ok_or(FieldError::Malformed)?;
        // §4: the presence of a label in one field but not in the other is an error.
        let paired = inputs.len() == signatures.len()
            && inputs.iter().all(|input| signatures.iter().any(|signature| signature.key == input.key));
        if !paired {
            return Err(FieldError::Label);
        }
        let input = inputs.into_iter().find(|member| member.key == label).ok_or(FieldError::Label)?;
        let signature = signatures.into_iter().find(|member| member.key == label).ok_or(FieldError::Label)?;
        match (input.value, signature.value) {
            (Value::List(elements), Value::Item(BareItemFromInput::ByteSequence(signature))) => {
                Ok(Self { elements, parameters: input.parameters, signature })
            }
            _ => Err(FieldError::Malformed),
        }
    }

    /// A parameter that is a string, such as `keyid`.
    #[must_use]
    pub fn string(&self, name: &str) -> Option<&str> {
        match self.parameter(name)? {
            BareItemFromInput::String(value) => Some(value.as_str()),
            _ => None,
        }
    }

    /// A parameter that is an integer, such as `created`.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.parameter(name)? {
            BareItemFromInput::Integer(value) => Some(i64::from(*value)),
            _ => None,
        }
    }

    fn parameter(&self, name: &str) -> Option<&BareItemFromInput<'a>> {
        self.parameters.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| value)
    }

    /// The names of its parameters, in their order.
    pub fn parameter_names(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(|(key, _)| key.as_str())
    }

    /// The covered components, in their order.
    ///
    /// # Errors
    /// One that is not known, or has parameters that are not known here.
    pub fn components(&self) -> Result<Vec<Component<'_>>, BaseError> {
        self.elements.iter().map(Component::from_element).collect()
    }

    /// The value of `@signature-params`: the inner list with its parameters in the strict form (§2.3).
    #[must_use]
    pub fn signature_params(&self) -> String {
        let mut text = String::with_capacity(512);
        structured::write_inner_list(&self.elements, &self.parameters, &mut text);
        text
    }

    /// The signature base of the message for this signature (§3.2 step 7).
    ///
    /// # Errors
    /// As [`signature_base`].
    pub fn base(&self, message: &Message<'_>) -> Result<String, BaseError> {
        signature_base(message, &self.components()?, &self.signature_params())
    }

    /// The signature itself.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
}
