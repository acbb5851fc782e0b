//! The one file a page links, and the address under which it may be kept for ever.

use std::sync::LazyLock;

use signing::Digest;

/// The content of the stylesheet, to be served at [`stylesheet_path`] as `text/css; charset=utf-8`.
pub const STYLESHEET: &str = include_str!("../../assets/broker.css");

/// Derived from a constant alone, so it holds no state.
static PATH: LazyLock<String> = LazyLock::new(|| {
    let name: String = Digest::of(STYLESHEET).as_bytes().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("/assets/broker-{name}.css")
});

/// The path of the stylesheet, `/assets/broker-<hash>.css`. It changes with the content, so an answer may be cached
/// without end.
#[must_use]
pub fn stylesheet_path() -> &'static str {
    &PATH
}
