//! What is covered: a component's name and parameters, as written in `Signature-Input` (RFC 9421 §2, §2.5).

use std::borrow::Cow;

use sfv::{BareItemFromInput, ItemSerializer, StringRef};

use super::{base::BaseError, structured::Element};

/// A covered component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component<'a> {
    /// The name without quotes: a field in lower case, or a derived component with its `@`.
    pub name: Cow<'a, str>,
    /// `;req`: taken from the request that is answered (§2.4).
    pub req: bool,
    /// `;sf`: written again in the strict form of structured fields (§2.1.1).
    pub sf: bool,
    /// `;bs`: each field line wrapped as bytes (§2.1.3).
    pub bs: bool,
    /// `;key`: one member of a dictionary (§2.1.2).
    pub key: Option<Cow<'a, str>>,
    /// `;name`: which query parameter (§2.2.8).
    pub query_parameter: Option<Cow<'a, str>>,
    /// Name and parameters in the strict form: what stands before the colon in the signature base.
    pub(super) identifier: Cow<'a, str>,
}

impl Component<'static> {
    /// A component without parameters, from its name and its name in quotes.
    const fn plain(name: &'static str, identifier: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            req: false,
            sf: false,
            bs: false,
            key: None,
            query_parameter: None,
            identifier: Cow::Borrowed(identifier),
        }
    }
}

impl<'a> Component<'a> {
    /// A component without parameters.
    #[must_use]
    pub fn new(name: &'a str) -> Self {
        Self { name: Cow::Borrowed(name), identifier: Cow::Owned(format!("\"{name}\"")), ..Component::plain("", "") }
    }

    /// The same, taken from the request (§2.4). Only for a component that has no parameter yet.
    #[must_use]
    pub fn of_request(mut self) -> Self {
        self.req = true;
        self.identifier.to_mut().push_str(";req");
        self
    }

    /// One member of a dictionary field (§2.1.2); `key` has no character that needs an escape.
    #[must_use]
    pub fn member(mut self, key: &'a str) -> Self {
        let identifier = self.identifier.to_mut();
        identifier.push_str(";key=\"");
        identifier.push_str(key);
        identifier.push('"');
        self.key = Some(Cow::Borrowed(key));
        self
    }

    /// Name and parameters as they stand in the signature base, such as `"signature";req;key="lgsp"`.
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// Reads an element of the inner list. Unknown parameters and contradicting ones are errors (§2.5 step 2.4), and so is
    /// `;tr`: trailers take no part here.
    pub(super) fn from_element(element: &'a Element<'_>) -> Result<Self, BaseError> {
        let BareItemFromInput::String(name) = &element.value else { return Err(BaseError::Component) };
        let name = name.as_str();
        // A field is named in lower case (§2.1); anything else has no second spelling either.
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) || name == "@signature-params" {
            return Err(BaseError::Component);
        }
        let mut component = Component { name: Cow::Borrowed(name), ..Component::plain("", "") };
        for (key, value) in &element.parameters {
            match (key.as_str(), value) {
                ("req", BareItemFromInput::Boolean(true)) => component.req = true,
                ("sf", BareItemFromInput::Boolean(true)) => component.sf = true,
                ("bs", BareItemFromInput::Boolean(true)) => component.bs = true,
                ("key", BareItemFromInput::String(key)) => component.key = Some(Cow::Borrowed(key.as_str())),
                ("name", BareItemFromInput::String(name)) => {
                    component.query_parameter = Some(Cow::Borrowed(name.as_str()));
                }
                _ => return Err(BaseError::Component),
            }
        }
        let derived = name.starts_with('@');
        let of_field = component.sf || component.bs || component.key.is_some();
        let named = component.query_parameter.is_some();
        if (component.bs && (component.sf || component.key.is_some()))
            || (derived && of_field)
            || (named != (name == "@query-param"))
        {
            return Err(BaseError::Component);
        }
        component.identifier = Cow::Owned(identifier(name, element)?);
        Ok(component)
    }
}

/// A component without parameters, prepared: its name, and the same in quotes.
pub(super) const fn listed(name: &'static str, identifier: &'static str) -> Component<'static> {
    Component::plain(name, identifier)
}

/// A component of the request, prepared: its name, and its identifier with `;req`.
pub(super) const fn listed_of_request(name: &'static str, identifier: &'static str) -> Component<'static> {
    let mut component = Component::plain(name, identifier);
    component.req = true;
    component
}

/// The strict form (RFC 9421 §2.5: `component-name` and `parameters`).
fn identifier(name: &str, element: &Element<'_>) -> Result<String, BaseError> {
    let mut text = String::with_capacity(name.len() + 16);
    let quoted = StringRef::from_str(name).map_err(|_| BaseError::Component)?;
    let parameters = element.parameters.iter().map(|(key, value)| (*key, value));
    let _ = ItemSerializer::with_buffer(&mut text).bare_item(quoted).parameters(parameters).finish();
    Ok(text)
}
