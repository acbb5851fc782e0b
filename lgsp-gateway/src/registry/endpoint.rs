//! Which calls of a service does an entry speak of? A method and a path template.

use std::{fmt, sync::Arc};

use http::Method;

use crate::{call::METHODS, route::path};

/// A method and a path template below the service: `*` stands for one segment, `**` as the last for any number, `{name}`
/// for one segment with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The method; `None` for any.
    pub method: Option<Method>,
    /// The template, empty or beginning with `/`. Its literal segments are in the form that paths have after
    /// normalisation.
    pub template: Arc<str>,
}

/// Why a text is no endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The method is not one that the bus carries.
    #[error("must begin with one of {METHODS:?} or * for any")]
    Method,
    /// The template does not begin with `/`, or is longer than a path may be.
    #[error("the template must begin with '/'")]
    Start,
    /// A segment is empty, `.` or `..`, or has a character that no path has.
    #[error("a segment of the template could not be a segment of a path")]
    Segment,
    /// `**` before the last segment, or a star or brace inside one.
    #[error("'**' may only be the last segment, and '*' or '{{name}}' a whole one")]
    Wildcard,
}

/// A method that calls may have, as it is written.
pub(super) fn method_named(name: &str) -> Option<Method> {
    METHODS.iter().find(|method| method.as_str() == name).cloned()
}

impl Endpoint {
    /// Reads `METHOD` or `METHOD /template`.
    ///
    /// # Errors
    /// [`EndpointError`] says which part is wrong.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let (method, template) = text.split_once(' ').unwrap_or((text, ""));
        let method = match method {
            "*" => None,
            name => Some(method_named(name).ok_or(EndpointError::Method)?),
        };
        Ok(Self { method, template: template_of(template)?.into() })
    }

    /// Whether this call is one of those it speaks of. HEAD is asked like GET.
    #[must_use]
    pub fn matches(&self, method: &Method, path: &str) -> bool {
        self.takes(method) && fits(&self.template, path)
    }

    fn takes(&self, method: &Method) -> bool {
        let asked = if *method == Method::HEAD { &Method::GET } else { method };
        self.method.as_ref().is_none_or(|own| own == asked || own == method)
    }

    /// Whether everything that `other` speaks of is among what this one speaks of.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let methods = self.method.is_none() || self.method == other.method;
        methods && template_covers(&self.template, &other.template)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method.as_ref().map_or("*", Method::as_str))?;
        if self.template.is_empty() { Ok(()) } else { write!(f, " {}", self.template) }
    }
}

fn template_of(text: &str) -> Result<String, EndpointError> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let segments: Vec<&str> = text.strip_prefix('/').ok_or(EndpointError::Start)?.split('/').collect();
    let mut template = String::with_capacity(text.len());
    for (place, segment) in segments.iter().enumerate() {
        template.push('/');
        match *segment {
            "**" if place + 1 == segments.len() => template.push_str(segment),
            "*" => template.push_str(segment),
            named if is_named(named) => template.push_str(segment),
            other if other.contains(['*', '{', '}']) => return Err(EndpointError::Wildcard),
            // `/` alone is the path of the service with a slash behind it.
            "" if segments.len() == 1 => {}
            literal => template.push_str(&path::segment(literal).ok_or(EndpointError::Segment)?),
        }
    }
    Ok(template)
}

fn is_named(segment: &str) -> bool {
    let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    })
}

/// `*` and `{name}`.
fn is_one(segment: &str) -> bool {
    segment == "*" || segment.starts_with('{')
}

fn fits(template: &str, path: &str) -> bool {
    let mut asked = path.split('/');
    for own in template.split('/') {
        if own == "**" {
            return true;
        }
        match asked.next() {
            Some(segment) if is_one(own) => {
                if segment.is_empty() {
                    return false;
                }
            }
            Some(segment) if segment == own => {}
            _ => return false,
        }
    }
    asked.next().is_none()
}

fn template_covers(wide: &str, narrow: &str) -> bool {
    let mut inner = narrow.split('/');
    for own in wide.split('/') {
        if own == "**" {
            return true;
        }
        match inner.next() {
            Some("**") | None => return false,
            Some(segment) if is_one(own) && !segment.is_empty() => {}
            Some(segment) if segment == own => {}
            Some(_) => return false,
        }
    }
    inner.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Endpoint {
        Endpoint::parse(text).unwrap()
    }

    #[test]
    fn a_template_fits_the_paths_it_says_and_no_others() {
        for (text, fitting, other) in [
            ("GET", vec![""], vec!["/", "/a"]),
            ("GET /", vec!["/"], vec!["", "/a"]),
            ("GET /{id}", vec!["/a", "/%2B"], vec!["", "/", "/a/", "/a/b"]),
            ("GET /v1/*/x", vec!["/v1/a/x"], vec!["/v1/x", "/v1//x", "/v1/a/b/x", "/V1/a/x"]),
            ("GET /v1/**", vec!["/v1", "/v1/", "/v1/a", "/v1/a/b/"], vec!["", "/v2", "/v1a"]),
            ("GET /**", vec!["", "/", "/a/b"], vec![]),
        ] {
            let endpoint = endpoint(text);
            for path in fitting {
                assert!(endpoint.matches(&Method::GET, path), "{text} should fit {path:?}");
            }
            for path in other {
                assert!(!endpoint.matches(&Method::GET, path), "{text} should not fit {path:?}");
            }
        }
    }

    #[test]
    fn a_method_is_the_one_it_says_and_head_is_like_get() {
        for (text, method, expected) in [
            ("GET", Method::GET, true),
            ("GET", Method::HEAD, true),
            ("HEAD", Method::HEAD, true),
            ("HEAD", Method::GET, false),
            ("POST", Method::HEAD, false),
            ("POST", Method::GET, false),
            ("*", Method::DELETE, true),
        ] {
            assert_eq!(endpoint(text).matches(&method, ""), expected, "{text} {method}");
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused_by_its_part() {
        for (text, error) in [
            ("", EndpointError::Method),
            ("get /a", EndpointError::Method),
            ("TRACE /a", EndpointError::Method),
            ("CONNECT", EndpointError::Method),
            ("GET a", EndpointError::Start),
            ("GET  /a", EndpointError::Start),
            ("GET /a//b", EndpointError::Segment),
            ("GET /a/../b", EndpointError::Segment),
            ("GET /a/%2e", EndpointError::Segment),
            ("GET /a/", EndpointError::Segment),
            ("GET /**/a", EndpointError::Wildcard),
            ("GET /a*", EndpointError::Wildcard),
            ("GET /{}", EndpointError::Wildcard),
            ("GET /{a}b", EndpointError::Wildcard),
        ] {
            assert_eq!(Endpoint::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_literal_is_kept_in_the_form_of_a_normalised_path() {
        assert_eq!(&*endpoint("GET /hộ/{số_bad}".replace("{số_bad}", "*").as_str()).template, "/h%E1%BB%99/*");
        assert_eq!(endpoint("GET /tra-cuu").to_string(), "GET /tra-cuu");
        assert_eq!(endpoint("*").to_string(), "*");
    }

    #[test]
    fn one_covers_another_when_all_its_calls_are_among_its_own() {
        for (wide, narrow, expected) in [
            ("GET /{id}", "GET /{ma}", true),
            ("GET /{id}", "GET /abc", true),
            ("GET /abc", "GET /{id}", false),
            ("* /**", "POST /a/b", true),
            ("GET /**", "POST /a", false),
            ("GET /**", "* /a", false),
            ("GET /a/**", "GET /a", true),
            ("GET /a/*", "GET /a/**", false),
            ("GET /a", "GET /a/b", false),
        ] {
            assert_eq!(endpoint(wide).covers(&endpoint(narrow)), expected, "{wide} over {narrow}");
        }
    }
}
