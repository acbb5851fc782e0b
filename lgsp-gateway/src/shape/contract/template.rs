//! Path templates of a description (OpenAPI 3.1 §4.8.8).

/// A path with names in braces for whole segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Text(String),
    Name(String),
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.split('/').take(if path.is_empty() { 0 } else { usize::MAX })
}

impl Template {
    pub(super) fn parse(path: &str) -> Self {
        let segment = |segment: &str| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => Segment::Name(name.to_owned()),
            None => Segment::Text(segment.to_owned()),
        };
        Self(segments(path).map(segment).collect())
    }

    /// Whether each name stands for a whole segment; a template like `/{a}.json` cannot be told apart reliably.
    pub(super) fn is_plain(&self) -> bool {
        self.0.iter().all(|segment| match segment {
            Segment::Text(text) | Segment::Name(text) => !text.is_empty() && !text.contains(['{', '}']),
        })
    }

    /// The names in braces.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Name(name) => Some(name.as_str()),
            Segment::Text(_) => None,
        })
    }

    /// The values of the names, where the path fits.
    pub(super) fn matches<'t, 'p>(&'t self, path: &'p str) -> Option<Vec<(&'t str, &'p str)>> {
        let mut values = Vec::new();
        let mut given = segments(path);
        for segment in &self.0 {
            match (segment, given.next()?) {
                (Segment::Text(text), found) if text == found => {}
                (Segment::Name(name), found) if !found.is_empty() => values.push((name.as_str(), found)),
                _ => return None,
            }
        }
        given.next().is_none().then_some(values)
    }

    /// Whether the other one matches the same paths.
    pub(super) fn same_shape(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(own, other)| own.same_shape(other))
    }
}

impl Segment {
    fn same_shape(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Name(_), Self::Name(_)) => true,
            // `*` of an agreement stands for one segment, like a name.
            (Self::Name(_), Self::Text(text)) => text == "*",
            (Self::Text(_), Self::Name(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_matches_whole_segments() {
        let check = |template: &str, path: &str, expected: Option<Vec<(&str, &str)>>| {
            assert_eq!(Template::parse(template).matches(path), expected, "{template} {path}");
        };
        check("/", "", Some(vec![]));
        check("/", "/", Some(vec![]));
        check("/tra-cuu", "/tra-cuu", Some(vec![]));
        check("/{ma_so}", "/8001", Some(vec![("ma_so", "8001")]));
        check("/{ma_so}", "/", None);
        check("/{ma_so}", "/8001/x", None);
        check("/a/{b}/c", "/a/1/c", Some(vec![("b", "1")]));
        check("/a/{b}/c", "/a//c", None);
        check("/a", "/A", None);
    }
}
