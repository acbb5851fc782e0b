//! Reads HTML as far as forms, links and text need it: a flat sequence of tags and words, no tree.

use std::collections::BTreeMap;

/// A piece of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tag {
    /// `<name attribute="value">`; names in lower case, values decoded.
    Open {
        /// The element.
        name: String,
        /// Its attributes; one without a value is empty.
        attributes: BTreeMap<String, String>,
    },
    /// `</name>`.
    Close {
        /// The element.
        name: String,
    },
    /// Words between tags, decoded.
    Text(String),
}

/// The pieces of a page in order; comments, scripts and styles are left out.
pub fn tags(html: &str) -> impl Iterator<Item = Tag> + '_ {
    let mut rest = html;
    std::iter::from_fn(move || next(&mut rest))
}

/// What a person reads, white space folded.
#[must_use]
pub fn text(html: &str) -> String {
    let mut words = String::new();
    for tag in tags(html) {
        match tag {
            Tag::Text(text) => words.push_str(&text),
            Tag::Open { .. } | Tag::Close { .. } => words.push(' '),
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn next(rest: &mut &str) -> Option<Tag> {
    loop {
        if rest.is_empty() {
            return None;
        }
        let Some(markup) = rest.strip_prefix('<') else {
            let (words, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
            *rest = after;
            return Some(Tag::Text(decode(words)));
        };
        if let Some(comment) = markup.strip_prefix("!--") {
            *rest = comment.split_once("-->").map_or("", |(_, after)| after);
        } else if markup.starts_with('!') {
            *rest = markup.split_once('>').map_or("", |(_, after)| after);
        } else if let Some(close) = markup.strip_prefix('/') {
            let (name, after) = close.split_once('>').unwrap_or((close, ""));
            *rest = after;
            return Some(Tag::Close { name: name.trim().to_ascii_lowercase() });
        } else {
            let (tag, after) = open(markup);
            *rest = after;
            if let Tag::Open { name, .. } = &tag
                && matches!(name.as_str(), "script" | "style")
            {
                let end = format!("</{name}");
                *rest = after.find(&end).and_then(|at| after.get(at..)).unwrap_or("");
            }
            return Some(tag);
        }
    }
}

fn open(markup: &str) -> (Tag, &str) {
    let end = markup.find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/')).unwrap_or(markup.len());
    let (name, mut rest) = markup.split_at(end);
    let mut attributes = BTreeMap::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (Tag::Open { name: name.to_ascii_lowercase(), attributes }, after);
        }
        if rest.is_empty() {
            return (Tag::Open { name: name.to_ascii_lowercase(), attributes }, "");
        }
        let (attribute, value, after) = attribute(rest);
        attributes.entry(attribute).or_insert(value);
        rest = after;
    }
}

fn attribute(text: &str) -> (String, String, &str) {
    let ends_name = |c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/');
    // At least one character is taken, so that a stray sign cannot hold the reader up.
    let first = text.chars().next().map_or(0, char::len_utf8);
    let end = text.get(first..).and_then(|tail| tail.find(ends_name)).map_or(text.len(), |at| at + first);
    let (name, rest) = text.split_at(end);
    let name = name.to_ascii_lowercase();
    let Some(value) = rest.trim_start().strip_prefix('=').map(str::trim_start) else {
        return (name, String::new(), rest);
    };
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            let (value, after) = quoted.split_once(quote).unwrap_or((quoted, ""));
            return (name, decode(value), after);
        }
    }
    let end = value.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(value.len());
    let (value, after) = value.split_at(end);
    (name, decode(value), after)
}

/// Character references: the five of XML and numbers, which is what template engines write.
fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        match after.split_once(';').and_then(|(name, tail)| Some((reference(name)?, tail))) {
            Some((character, tail)) => {
                decoded.push(character);
                rest = tail;
            }
            None => {
                decoded.push('&');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

fn reference(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_as_a_person_reads_it() {
        let page =
            "<!doctype html><style>p{}</style><!-- no --><p>Xin chào, &#60;An&gt; &amp; Bình</p><script>x<y</script>";
        assert_eq!(text(page), "Xin chào, <An> & Bình");
    }

    #[test]
    fn attributes_are_read_with_any_quotes_and_without_a_value() {
        let Some(Tag::Open { name, attributes }) = tags("<INPUT name='a b' VALUE=\"1 > 2 &#39;\" checked x=3>").next()
        else {
            panic!("no tag")
        };
        assert_eq!(name, "input");
        assert_eq!(attributes["name"], "a b");
        assert_eq!(attributes["value"], "1 > 2 '");
        assert_eq!(attributes["checked"], "");
        assert_eq!(attributes["x"], "3");
    }

    #[test]
    fn broken_markup_ends_instead_of_hanging() {
        for broken in ["<", "<a", "<a href", "<a href=", "<a =", "<!--", "</", "&", "<a \"", "<script>"] {
            assert!(tags(broken).count() <= 2, "{broken}");
        }
    }
}
