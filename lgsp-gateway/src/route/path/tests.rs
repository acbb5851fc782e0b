use proptest::prelude::*;

use super::*;

/// Ways to say something else than what is read, each put where `@` stands in a path. Families of bus.md §5.4: X-Road
/// 7.7.1, CVE-2021-43557, CVE-2019-9901, and what proxies and application servers are known to read differently.
pub const CONFUSIONS: &[&str] = &[
    // Dots, plain and encoded.
    "/..",
    "/../",
    "/.",
    "/./",
    "/%2e%2e",
    "/%2E%2E",
    "/%2e.",
    "/.%2e",
    "/%2e",
    "/.%2E/",
    "/...",
    "/%2e%2e%2e",
    // Encoded separators.
    "%2f",
    "%2F",
    "/..%2f",
    "/%2e%2e%2f",
    "%2f..%2f",
    "%5c",
    "%5C",
    "/..%5c",
    "/%2e%2e%5c",
    // Separators as they are.
    "//",
    "///",
    "\\",
    "/..\\",
    "/\\/",
    // Encoded twice.
    "%252f",
    "%252F",
    "/%252e%252e",
    "%255c",
    "%25252f",
    "%25%32%66",
    "%%32%66",
    "%25u002f",
    // Over-long and broken UTF-8.
    "%c0%af",
    "%C0%AE%C0%AE",
    "/%c0%ae",
    "%e0%80%af",
    "%f0%80%80%af",
    "%c1%9c",
    "%ff",
    "%ed%a0%80",
    "%c3",
    // Controls and the end of a C string.
    "%00",
    "%0a",
    "%0d%0a",
    "%09",
    "%1f",
    "%7f",
    "%c2%85",
    "\u{0}",
    "\n",
    // Parameters and blanks that software cuts off.
    "/..;",
    "/..;/",
    "/..;x=y/",
    "/.;/",
    "/..%3b/",
    "/%20..",
    "/..%20",
    "/..%20/",
    "/%20",
    // Broken percent signs and the %u form.
    "%",
    "%2",
    "%zz",
    "%2g",
    "%u002e",
    "%u2215",
    // Look-alikes.
    "%ef%bc%8f",
    "%e2%88%95",
    "%ef%bc%8e%ef%bc%8e",
    "%ef%bc%bc",
    "%e2%80%a5",
    "%ef%bc%85",
    "%e2%80%8b",
    "%ef%bb%bf",
    // Bytes that no path has.
    " ",
    "\u{7f}",
    "\u{e9}",
    "ộ",
    "<",
    ">",
    "\"",
    "`",
    "{",
    "}",
    "|",
    "^",
    "[",
    "]",
    "#",
    "?",
];

#[test]
fn every_confusion_is_refused_wherever_it_stands() {
    for confusion in CONFUSIONS {
        for place in ["/a@", "/a@/b", "@/a/b"] {
            let path = place.replace('@', confusion);
            assert!(normalize(&path).is_err(), "{path:?} became {:?}", normalize(&path));
        }
    }
}

#[test]
fn what_can_be_read_in_one_way_has_one_form() {
    for (raw, normal) in [
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("/a/", "/a/"),
        ("/%41%7e%2D%5f%30", "/A~-_0"),
        ("/a%2bb", "/a%2Bb"),
        ("/h%e1%bb%99", "/h%E1%BB%99"),
        ("/a%20b", "/a%20b"),
        ("/100%25", "/100%25"),
        ("/100%25x", "/100%25x"),
        ("/a.b/.well-known/..a/a..", "/a.b/.well-known/..a/a.."),
        ("/a;v=1/b,c/d=e/f:g@h/!$&'()*+", "/a;v=1/b,c/d=e/f:g@h/!$&'()*+"),
        ("/a%3fb%23c", "/a%3Fb%23c"),
    ] {
        assert_eq!(normalize(raw).as_deref(), Ok(normal), "{raw}");
    }
}

#[test]
fn a_refusal_says_which_rule() {
    for (raw, error) in [
        ("", PathError::Form),
        ("a/b", PathError::Form),
        ("*", PathError::Form),
        ("http://x/a", PathError::Form),
        ("/a b", PathError::Character),
        ("/a%2", PathError::Percent),
        ("/a%2f", PathError::Hidden),
        ("/a%252e", PathError::Hidden),
        ("/%c0%ae", PathError::Utf8),
        ("/%ef%bc%8f", PathError::Lookalike),
        ("/a//b", PathError::Dots),
        ("/a/../b", PathError::Dots),
    ] {
        assert_eq!(normalize(raw), Err(error), "{raw}");
    }
    assert_eq!(normalize(&format!("/{}", "a".repeat(LONGEST))), Err(PathError::Form));
    assert!(normalize(&format!("/{}", "a".repeat(LONGEST - 1))).is_ok());
}

/// Paths made of what goes wrong, with harmless pieces between.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("/".to_owned()),
        Just(".".to_owned()),
        Just("%".to_owned()),
        "[a-zA-Z0-9;~+:@ -]{1,3}",
        "%[0-9a-fA-F]{2}",
        proptest::sample::select(CONFUSIONS).prop_map(str::to_owned),
        any::<char>().prop_map(|character| character.to_string()),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    #[test]
    fn the_one_form_is_its_own_form(raw in hostile()) {
        if let Ok(normal) = normalize(&raw) {
            prop_assert_eq!(normalize(&normal), Ok(normal));
        }
    }

    #[test]
    fn decoding_the_one_form_shows_no_new_separator_dot_segment_or_control(raw in hostile()) {
        if let Ok(normal) = normalize(&raw) {
            let decoded = decoded(&normal);
            prop_assert_eq!(decoded.matches('/').count(), raw.matches('/').count());
            prop_assert!(!decoded.chars().any(|one| one.is_control() || one == '\\'));
            for segment in decoded.split('/') {
                prop_assert!(!matches!(segment.trim(), "." | ".."), "{}", segment);
            }
            let again = super::decoded(&decoded);
            prop_assert_eq!(again, decoded, "decoding once more changes it");
        }
    }

    #[test]
    fn a_template_literal_is_found_again_in_a_path(text in "[a-zA-Z0-9 ộạ~+-]{1,12}") {
        if let Some(literal) = segment(&text) {
            prop_assert_eq!(normalize(&format!("/{literal}")), Ok(format!("/{literal}")));
        }
    }
}
