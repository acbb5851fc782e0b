//! Where the answer may go: exactly where the client registered, compared as text (RFC 9700 §2.1).

use crate::{
    authorization::refusal::PersonRefusal,
    clients::{Client, client::ApplicationType},
    parameters::Parameters,
};

/// The `redirect_uri` if the client registered it.
pub fn check(client: &Client, parameters: &Parameters) -> Result<String, PersonRefusal> {
    let asked = parameters.get("redirect_uri").ok().flatten().ok_or(PersonRefusal::RedirectUri)?;
    if is_registered(client.application_type, &client.redirect_uris, asked) {
        Ok(asked.to_owned())
    } else {
        Err(PersonRefusal::RedirectUri)
    }
}

/// Whether the address equals a registered one, character by character. For a native client the port of a loopback
/// address is free (RFC 8252 §7.3), and nothing else is: no prefix, no pattern, no normalising.
#[must_use]
pub fn is_registered(application: ApplicationType, registered: &[String], asked: &str) -> bool {
    registered.iter().any(|known| {
        known == asked
            || (application == ApplicationType::Native
                && match (split_loopback(known), split_loopback(asked)) {
                    (Some(known), Some(asked)) => known == asked,
                    _ => false,
                })
    })
}

/// The loopback host and the path with query of an `http` address, the port left out; `None` for any other address.
fn split_loopback(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]", "localhost"].into_iter().find(|host| rest.starts_with(host))?;
    let after = rest.strip_prefix(host)?;
    let path = match after.strip_prefix(':') {
        Some(port_and_path) => {
            let end = port_and_path.find(['/', '?', '#']).unwrap_or(port_and_path.len());
            let (port, path) = port_and_path.split_at_checked(end)?;
            let digits = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
            (digits && port.parse::<u16>().is_ok_and(|port| port > 0)).then_some(path)?
        }
        None => after,
    };
    (path.starts_with('/') && !path.contains('#')).then_some((host, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web(asked: &str) -> bool {
        is_registered(ApplicationType::Web, &["https://mot-cua.dongnai.gov.vn/cb?x=1".to_owned()], asked)
    }

    fn native(asked: &str) -> bool {
        let registered = ["http://127.0.0.1/cb".to_owned(), "http://[::1]/cb".to_owned()];
        is_registered(ApplicationType::Native, &registered, asked)
    }

    #[test]
    fn cve_04_a_web_address_matches_only_as_a_whole() {
        assert!(web("https://mot-cua.dongnai.gov.vn/cb?x=1"));
        for mutation in [
            "https://mot-cua.dongnai.gov.vn/cb",
            "https://mot-cua.dongnai.gov.vn/cb?x=1&y=2",
            "https://mot-cua.dongnai.gov.vn/cb?x=12",
            "https://mot-cua.dongnai.gov.vn/cb?x=1#",
            "https://mot-cuaXdongnai.gov.vn/cb?x=1",
            "https://mot-cua.dongnai.gov.vn.evil.example/cb?x=1",
            "https://mot-cua.dongnai.gov.vn:443/cb?x=1",
            "https://MOT-CUA.dongnai.gov.vn/cb?x=1",
            "HTTPS://mot-cua.dongnai.gov.vn/cb?x=1",
            "http://mot-cua.dongnai.gov.vn/cb?x=1",
            " https://mot-cua.dongnai.gov.vn/cb?x=1",
            "https://mot-cua.dongnai.gov.vn/cb?x=1 ",
            "https://mot-cua.dongnai.gov.vn//cb?x=1",
            "https://mot-cua.dongnai.gov.vn/CB?x=1",
            "https://mot-cua.dongnai.gov.vn/%63b?x=1",
            "//mot-cua.dongnai.gov.vn/cb?x=1",
            "",
        ] {
            assert!(!web(mutation), "{mutation}");
        }
    }

    #[test]
    fn cve_01_user_info_and_several_at_signs_do_not_match() {
        for mutation in [
            "https://mot-cua.dongnai.gov.vn@evil.example/cb?x=1",
            "https://evil.example@mot-cua.dongnai.gov.vn/cb?x=1",
            "https://a@b@mot-cua.dongnai.gov.vn/cb?x=1",
            "https://mot-cua.dongnai.gov.vn\\@evil.example/cb?x=1",
        ] {
            assert!(!web(mutation), "{mutation}");
        }
        for mutation in
            ["http://127.0.0.1@evil.example/cb", "http://127.0.0.1:80@evil.example/cb", "http://a@127.0.0.1/cb"]
        {
            assert!(!native(mutation), "{mutation}");
        }
    }

    #[test]
    fn cve_03_dot_segments_and_path_parameters_do_not_match() {
        for mutation in [
            "https://mot-cua.dongnai.gov.vn/x/../cb?x=1",
            "https://mot-cua.dongnai.gov.vn/..;/cb?x=1",
            "https://mot-cua.dongnai.gov.vn/cb;/?x=1",
            "https://mot-cua.dongnai.gov.vn/./cb?x=1",
            "https://mot-cua.dongnai.gov.vn/cb/..?x=1",
        ] {
            assert!(!web(mutation), "{mutation}");
        }
    }

    #[test]
    fn cve_02_only_the_port_of_a_native_loopback_is_free() {
        for ok in ["http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", "http://[::1]:9/cb"] {
            assert!(native(ok), "{ok}");
        }
        for bad in [
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:+80/cb",
            "http://127.0.0.1:80/cb2",
            "http://127.0.0.1:80/cb?x=1",
            "http://127.0.0.1:80/cb#f",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.2/cb",
            "http://localhost/cb",
            "https://127.0.0.1/cb",
            "http://127.1/cb",
            "http://[::1]evil.example/cb",
        ] {
            assert!(!native(bad), "{bad}");
        }
        let web = ["http://127.0.0.1/cb".to_owned()];
        assert!(!is_registered(ApplicationType::Web, &web, "http://127.0.0.1:8080/cb"));
    }

    #[test]
    fn cve_32_letter_case_is_never_ignored() {
        assert!(!native("http://127.0.0.1/CB"));
        assert!(!native("HTTP://127.0.0.1/cb"));
        let localhost = ["http://localhost/cb".to_owned()];
        assert!(!is_registered(ApplicationType::Native, &localhost, "http://LOCALHOST:1/cb"));
    }
}
