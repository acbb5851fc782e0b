//! Request parameters as they arrived: from a query or a form body, decoded once, each judged when it is asked for.

use percent_encoding::percent_decode_str;

/// Why a parameter cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterFault {
    /// It stands there more than once (RFC 6749 §3.1).
    #[error("is repeated")]
    Repeated,
    /// Its bytes are not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// It holds a control character such as NUL, CR or LF.
    #[error("holds a control character")]
    Control,
    /// It is longer than the endpoint reads.
    #[error("is too long")]
    TooLong,
    /// There are more parameters than any endpoint reads.
    #[error("are too many")]
    TooMany,
}

/// One parameter of a request.
struct Parameter {
    name: String,
    value: Result<String, ParameterFault>,
}

/// All parameters of a request. It may hold secrets, so it never prints.
pub struct Parameters(Vec<Parameter>);

/// The longest value any endpoint reads, in bytes.
pub const LONGEST_VALUE: usize = 8 * 1024;

/// How many parameters any endpoint reads; a request with more is refused before they are compared.
pub const MOST_PARAMETERS: usize = 64;

impl Parameters {
    /// Reads `application/x-www-form-urlencoded` text: a raw query or a form body.
    #[must_use]
    pub fn parse(encoded: &[u8]) -> Self {
        let pairs = encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
        // One more than is read, so that the excess shows.
        Self(pairs.take(MOST_PARAMETERS + 1).map(Parameter::read).collect())
    }

    /// The value; `None` when it is missing or empty, which RFC 6749 §3.1 treats alike.
    pub fn get(&self, name: &str) -> Result<Option<&str>, ParameterFault> {
        let mut found = self.0.iter().filter(|parameter| parameter.name == name);
        let Some(first) = found.next() else { return Ok(None) };
        if found.next().is_some() {
            return Err(ParameterFault::Repeated);
        }
        match &first.value {
            Ok(value) if value.is_empty() => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(fault) => Err(*fault),
        }
    }

    /// The first parameter that is repeated or unreadable, known to us or not, by name.
    #[must_use]
    pub fn first_fault(&self) -> Option<(&str, ParameterFault)> {
        if self.0.len() > MOST_PARAMETERS {
            return Some(("(all)", ParameterFault::TooMany));
        }
        self.0.iter().enumerate().find_map(|(at, parameter)| {
            let repeated = self.0.iter().skip(at + 1).any(|later| later.name == parameter.name);
            let fault = if repeated { Some(ParameterFault::Repeated) } else { parameter.value.as_ref().err().copied() };
            fault.map(|fault| (parameter.name.as_str(), fault))
        })
    }
}

impl Parameter {
    fn read(pair: &[u8]) -> Self {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default());
        let name = decode(name).unwrap_or_else(|fault| format!("({fault})"));
        Self { name, value: decode(value) }
    }
}

fn decode(bytes: &[u8]) -> Result<String, ParameterFault> {
    if bytes.len() > 3 * LONGEST_VALUE {
        return Err(ParameterFault::TooLong);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ParameterFault::NotUtf8)?;
    let spaced = if text.contains('+') { text.replace('+', " ") } else { text.to_owned() };
    let decoded = percent_decode_str(&spaced).decode_utf8().map_err(|_| ParameterFault::NotUtf8)?;
    if decoded.chars().any(char::is_control) {
        return Err(ParameterFault::Control);
    }
    if decoded.len() > LONGEST_VALUE {
        return Err(ParameterFault::TooLong);
    }
    Ok(decoded.into_owned())
}

impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parameters({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_once_and_empty_is_missing() {
        let parameters = Parameters::parse(b"a=1+2%2B&b=&c&d=%C3%A9");
        assert_eq!(parameters.get("a"), Ok(Some("1 2+")));
        assert_eq!(parameters.get("b"), Ok(None));
        assert_eq!(parameters.get("c"), Ok(None));
        assert_eq!(parameters.get("d"), Ok(Some("é")));
        assert_eq!(parameters.get("e"), Ok(None));
        assert_eq!(parameters.first_fault(), None);
    }

    #[test]
    fn a_flood_of_parameters_is_refused_without_comparing_them() {
        let flood: String = (0..20_000).map(|number| format!("p{number}=1&")).collect();
        let parameters = Parameters::parse(flood.as_bytes());
        assert_eq!(parameters.first_fault(), Some(("(all)", ParameterFault::TooMany)));
    }

    #[test]
    fn each_fault_has_its_name() {
        let long = format!("x={}", "a".repeat(LONGEST_VALUE + 1));
        for (encoded, fault) in [
            ("x=1&x=1", ParameterFault::Repeated),
            ("x=1&%78=2", ParameterFault::Repeated),
            ("x=%ff", ParameterFault::NotUtf8),
            ("x=%00", ParameterFault::Control),
            ("x=%0d%0a", ParameterFault::Control),
            (long.as_str(), ParameterFault::TooLong),
        ] {
            let parameters = Parameters::parse(encoded.as_bytes());
            assert_eq!(parameters.get("x"), Err(fault), "{}", encoded.len());
            assert_eq!(parameters.first_fault(), Some(("x", fault)));
        }
    }
}
