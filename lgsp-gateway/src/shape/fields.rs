//! Which fields of an answer go out: those the agreement names and nothing else.
//!
//! Released values are copied as the register wrote them, so that no number changes its digits on the way.

use std::{borrow::Cow, fmt, sync::Arc};

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::trail::Withheld;

/// Leaves the named fields of a JSON text that was read by [`super::json`] before. `known` says whether a path is a name
/// of the contract; what is withheld under another name is noted as `*`, because the name itself may be data.
///
/// # Errors
/// When the text is not JSON.
pub(super) fn filter(
    text: &[u8],
    released: &[Arc<str>],
    known: impl Fn(&str) -> bool,
    withheld: &mut Withheld,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut work = Work { out: Vec::with_capacity(text.len()), path: String::new(), known: &known, withheld };
    let paths = released.iter().map(AsRef::as_ref).collect();
    let mut reader = serde_json::Deserializer::from_slice(text);
    Part { paths, work: &mut work }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(work.out)
}

struct Work<'a> {
    out: Vec<u8>,
    /// Where we are, dotted.
    path: String,
    known: &'a dyn Fn(&str) -> bool,
    withheld: &'a mut Withheld,
}

impl Work<'_> {
    fn write<E: de::Error>(&mut self, name: &str) -> Result<(), E> {
        serde_json::to_writer(&mut self.out, name).map_err(|_| E::custom("cannot write"))?;
        self.out.push(b':');
        Ok(())
    }

    fn enter(&mut self, name: &str) -> usize {
        let before = self.path.len();
        if before > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        before
    }

    fn withhold(&mut self, name: &str) {
        let before = self.enter(name);
        if !(self.known)(&self.path) {
            self.path.truncate(before);
            self.enter("*");
        }
        self.withheld.add(&self.path);
        self.path.truncate(before);
    }
}

/// A value of which only `paths` below it are released.
struct Part<'w, 'a, 'p> {
    paths: Vec<&'p str>,
    work: &'w mut Work<'a>,
}

/// What is released of a member.
enum Release<'p> {
    Nothing,
    Below(Vec<&'p str>),
    All,
}

/// INVARIANT: a name with a dot in it releases nothing, lest `{"a.b":1}` pass for `{"a":{"b":1}}`.
fn release<'p>(paths: &[&'p str], name: &str) -> Release<'p> {
    if name.contains('.') || name.is_empty() {
        return Release::Nothing;
    }
    let mut below = Vec::new();
    for path in paths {
        match path.strip_prefix(name) {
            Some("") => return Release::All,
            Some(rest) => below.extend(rest.strip_prefix('.')),
            None => {}
        }
    }
    if below.is_empty() { Release::Nothing } else { Release::Below(below) }
}

impl<'de> DeserializeSeed<'de> for Part<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.work.out.push(b'{');
        let mut first = true;
        while let Some(Name(name)) = members.next_key::<Name<'de>>()? {
            let part = release(&self.paths, &name);
            if let Release::Nothing = part {
                self.work.withhold(&name);
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            if !std::mem::take(&mut first) {
                self.work.out.push(b',');
            }
            self.work.write(&name)?;
            if let Release::Below(paths) = part {
                let before = self.work.enter(&name);
                members.next_value_seed(Part { paths, work: self.work })?;
                self.work.path.truncate(before);
            } else {
                self.work.out.extend_from_slice(members.next_value::<&RawValue>()?.get().as_bytes());
            }
        }
        self.work.out.push(b'}');
        Ok(())
    }

    /// Arrays are transparent: a path goes through them to each of their items.
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.work.out.push(b'[');
        let mut first = true;
        loop {
            // The comma is taken back when no item follows.
            let before = self.work.out.len();
            if !first {
                self.work.out.push(b',');
            }
            if items.next_element_seed(Part { paths: self.paths.clone(), work: self.work })?.is_none() {
                self.work.out.truncate(before);
                break;
            }
            first = false;
        }
        self.work.out.push(b']');
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.work.out.extend_from_slice(b"null");
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.hollow();
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.hollow();
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.hollow();
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.hollow();
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.hollow();
        Ok(())
    }
}

impl Part<'_, '_, '_> {
    /// A plain value stands where only something below it was released: it goes out as null.
    fn hollow(self) {
        self.work.out.extend_from_slice(b"null");
        self.work.withhold("*");
    }
}

/// A member's name, borrowed where it holds no escape.
struct Name<'de>(Cow<'de, str>);

impl<'de> de::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(text: &str, released: &[&str]) -> (String, Vec<String>) {
        let released: Vec<Arc<str>> = released.iter().map(|path| (*path).into()).collect();
        let mut withheld = Withheld::default();
        let known = |path: &str| path.starts_with('C');
        let out = filter(text.as_bytes(), &released, known, &mut withheld).unwrap();
        (String::from_utf8(out).unwrap(), withheld.names().to_vec())
    }

    fn check(text: &str, released: &[&str], expected: &str, withheld: &[&str]) {
        let (out, names) = filtered(text, released);
        assert_eq!(out, expected, "{text} {released:?}");
        assert_eq!(names, withheld, "{text} {released:?}");
    }

    #[test]
    fn only_named_fields_go_out_and_a_path_releases_what_lies_below_it() {
        let text = r#"{"CongDan":{"HoVaTen":{"Ho":"Nguyễn","Ten":"An"},"GioiTinh":1,"Cha":{"SoCMND":"1"}},"x":2}"#;
        check(
            text,
            &["CongDan.HoVaTen"],
            r#"{"CongDan":{"HoVaTen":{"Ho":"Nguyễn","Ten":"An"}}}"#,
            &["CongDan.GioiTinh", "CongDan.Cha", "*"],
        );
        check(
            text,
            &["CongDan.HoVaTen.Ten", "CongDan.GioiTinh"],
            r#"{"CongDan":{"HoVaTen":{"Ten":"An"},"GioiTinh":1}}"#,
            &["CongDan.HoVaTen.Ho", "CongDan.Cha", "*"],
        );
        check(text, &[], "{}", &["CongDan", "*"]);
    }

    #[test]
    fn a_name_that_only_begins_alike_is_another_name() {
        check(r#"{"Cha":1,"ChaMe":2,"Ch":3}"#, &["Cha"], r#"{"Cha":1}"#, &["ChaMe", "Ch"]);
        check(r#"{"Ca.b":1,"Ca":{"b":2,"c":3}}"#, &["Ca.b"], r#"{"Ca":{"b":2}}"#, &["Ca.b", "Ca.c"]);
        check(r#"{"\u0043ha":1}"#, &["Cha"], r#"{"Cha":1}"#, &[]);
    }

    #[test]
    fn arrays_are_transparent() {
        check(r#"[{"C":[{"a":1,"b":2},{"b":3}]},{}]"#, &["C.a"], r#"[{"C":[{"a":1},{}]},{}]"#, &["C.b"]);
        check("[]", &["C"], "[]", &[]);
    }

    #[test]
    fn a_plain_value_in_the_place_of_an_object_does_not_go_out() {
        check(r#"{"C":"075085000001"}"#, &["C.a"], r#"{"C":null}"#, &["C.*"]);
        check(r#""075085000001""#, &["C"], "null", &["*"]);
        check(r#"{"C":null}"#, &["C.a"], r#"{"C":null}"#, &[]);
    }

    #[test]
    fn numbers_keep_their_digits() {
        let text = r#"{"C":{"von":12345678901234567890123.10,"y":1e2}}"#;
        check(text, &["C.von"], r#"{"C":{"von":12345678901234567890123.10}}"#, &["C.y"]);
    }
}
