//! May a page offer this address as a link?

use url::Url;

/// Schemes that run or show something in the page's own name instead of leading elsewhere.
const NEVER: [&str; 5] = ["javascript", "data", "vbscript", "blob", "file"];

/// The address, if it is absolute and leads away from this page. A native application's own scheme
/// (`vn.example.app:/back`) is fine (RFC 8252 §7.1).
///
/// Registration has checked these addresses already; the page does not rely on it.
pub(super) fn leading_away(address: &str) -> Option<&str> {
    let url = Url::parse(address).ok()?;
    let fits = !NEVER.contains(&url.scheme()) && !address.chars().any(char::is_control);
    fits.then_some(address)
}

/// The address, if it is a web page a person can look at.
pub(super) fn web_page(address: &str) -> Option<&str> {
    leading_away(address).filter(|text| Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_runs_a_script_is_never_a_link() {
        for bad in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "/relative",
            "",
            "vbscript:x",
        ] {
            assert_eq!(leading_away(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_web_page_and_a_native_application_are_links() {
        for good in ["https://app.example/cb?error=x&state=y", "http://127.0.0.1:7999/cb", "vn.example.app:/back"] {
            assert_eq!(leading_away(good), Some(good));
        }
        assert_eq!(web_page("vn.example.app:/back"), None);
    }
}
