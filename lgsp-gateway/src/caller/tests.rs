use std::time::Duration;

use http::Method;

use super::tested::Asking;
use crate::{
    refusal::Code,
    registry::{
        Freshness,
        tested::{CLIENT, POPULATION, monday, snapshot},
    },
};

const PATH: &str = "/r1/VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan";

fn signed() -> Asking {
    Asking::signed(&snapshot(&[]), Method::POST, POPULATION, "")
}

fn x_road() -> Asking {
    Asking::x_road(&snapshot(&[]), Method::POST, PATH)
}

fn refused(asking: Asking) -> Code {
    asking.identified().0.map(drop).unwrap_err().code
}

#[test]
fn the_certificate_says_who_calls_and_the_headers_what() {
    let (call, trail) = signed().with("x-road-issue", "HS-2026/17").identified();
    let call = call.unwrap();
    assert_eq!(call.stage.subsystem().id.as_str(), CLIENT);
    assert_eq!(trail.client.as_ref().unwrap().as_str(), CLIENT);
    assert_eq!(trail.service_asked.as_ref().unwrap().as_str(), POPULATION);
    assert_eq!(trail.message_id.as_deref(), Some("m-1"));
    assert_eq!(trail.purpose.as_deref(), Some("giai-quyet-thu-tuc-hanh-chinh"));
    assert_eq!(trail.legal_basis.as_deref(), Some("nd-107-2021"));
    assert_eq!(trail.procedure.as_deref(), Some("1.001612.000.00.00.H19"));
    assert_eq!(trail.issue.as_deref(), Some("HS-2026/17"));
}

#[test]
fn an_x_road_caller_gets_an_id_when_it_sends_none() {
    let (call, trail) = x_road().identified();
    assert_eq!(trail.message_id, Some(format!("VN-{}", call.unwrap().head.id)));
    let (call, trail) = x_road().with("x-road-id", "ho-so-1").identified();
    assert!(call.is_ok());
    assert_eq!(trail.message_id.as_deref(), Some("ho-so-1"));
}

#[test]
fn each_part_of_an_x_road_client_is_decoded_on_its_own() {
    let (call, _) = x_road().with("x-road-client", "VN/GOV/000%2E00.15.H19/mot%2Dcua").identified();
    assert!(call.is_ok());
    for bad in ["VN/GOV%2F000.00.15.H19/mot-cua", "VN/GOV/000.00.15.H19/mot-cua%2", "VN/GOV/%C0%AE/mot-cua", "VN", ""] {
        assert_eq!(refused(x_road().with("x-road-client", bad)), Code::BadRequest, "{bad}");
    }
}

#[test]
fn a_client_header_that_is_not_the_certificates_is_refused() {
    assert_eq!(refused(x_road().with("x-road-client", "VN/GOV/000.00.16.H19/khong-quyen")), Code::ClientMismatch);
    assert_eq!(refused(x_road().with("x-road-client", "VN/GOV/000.00.15.H19/MOT-CUA")), Code::ClientMismatch);
    assert_eq!(refused(signed().with("lgsp-client", "\"VN/GOV/000.00.16.H19/x\"")), Code::ClientMismatch);
}

#[test]
fn a_certificate_that_nobody_has_now_is_refused_and_still_recorded_as_nobody() {
    let mut asking = signed();
    asking.key = "00".repeat(32);
    let (result, trail) = asking.identified();
    assert_eq!(result.map(drop).unwrap_err().code, Code::UnknownCertificate);
    assert_eq!(trail.client, None);
    let mut late = signed();
    late.at = crate::registry::moment("2028-01-01").unwrap();
    assert_eq!(refused(late), Code::UnknownCertificate);
}

#[test]
fn a_registry_that_is_too_old_lets_nobody_in() {
    let dir = crate::registry::tested::changed("agencies.toml", "", "");
    let read = crate::registry::load::read(
        dir.path(),
        &crate::registry::tested::policies(),
        &clock::fixed::FixedClock::at(monday()),
        &crate::registry::tested::adapters(),
    );
    let mut registry = read.outcome.unwrap();
    registry.freshness = Freshness::new(monday(), Some(Duration::from_secs(60)));
    let registry = std::sync::Arc::new(registry);
    let mut asking = Asking::signed(&registry, Method::POST, POPULATION, "");
    asking.at = monday().plus(Duration::from_secs(60));
    assert!(asking.clone().identified().0.is_ok());
    asking.at = monday().plus(Duration::from_secs(61));
    assert_eq!(refused(asking.clone()), Code::RegistryExpired);
    registry.freshness.confirm(asking.at);
    assert!(asking.identified().0.is_ok());
}

#[test]
fn a_header_that_decides_something_comes_once() {
    for name in [
        "lgsp-client",
        "lgsp-service",
        "lgsp-id",
        "lgsp-purpose",
        "lgsp-legal-basis",
        "lgsp-procedure",
        "x-road-issue",
        "x-road-userid",
        "x-road-security-server",
        "x-road-represented-party",
    ] {
        let asking = signed().with(name, "a").also(name, "a");
        assert_eq!(refused(asking), Code::RepeatedHeader, "{name}");
    }
    for name in ["x-road-client", "x-road-id"] {
        let value = if name == "x-road-client" { CLIENT } else { "a" };
        assert_eq!(refused(x_road().with(name, value).also(name, value)), Code::RepeatedHeader, "{name}");
    }
}

#[test]
fn our_form_needs_each_of_its_headers() {
    for name in ["lgsp-client", "lgsp-service", "lgsp-id", "lgsp-purpose", "lgsp-legal-basis"] {
        assert_eq!(refused(signed().without(name)), Code::BadRequest, "{name}");
    }
    assert!(signed().without("lgsp-procedure").identified().0.is_ok());
    assert_eq!(refused(x_road().without("x-road-client")), Code::BadRequest);
}

#[test]
fn a_call_with_any_header_of_our_form_is_judged_by_it() {
    let (result, _) = x_road().with("signature-input", "lgsp=()").identified();
    assert_eq!(result.map(drop).unwrap_err().code, Code::BadRequest, "its Lgsp headers are missing");
    let (result, _) = x_road().with("lgsp-x", "1").identified();
    assert_eq!(result.map(drop).unwrap_err().code, Code::BadRequest);
}

#[test]
fn the_two_forms_must_not_contradict_each_other_nor_the_path() {
    assert!(signed().with("x-road-client", CLIENT).with("x-road-id", "m-1").identified().0.is_ok());
    for (name, value) in [
        ("x-road-client", "VN/GOV/000.00.16.H19/x"),
        ("x-road-id", "m-2"),
        ("lgsp-service", "\"VN/GOV/000.00.00.G01/dancu/TraCuuThongTinCongDan\""),
    ] {
        assert_eq!(refused(signed().with(name, value)), Code::RepeatedHeader, "{name}: {value}");
    }
}

#[test]
fn what_could_forge_a_record_is_refused() {
    for name in ["lgsp-id", "lgsp-purpose", "lgsp-legal-basis", "lgsp-procedure"] {
        for value in ["\"a\\\\\"; x", "(a b)", "1", "\"a\";p=1", "\"\"", "a, b", "\"a", ":YQ==:", "\" a\"", "\u{1ea1}"]
        {
            assert_eq!(refused(signed().with(name, value)), Code::BadRequest, "{name}: {value}");
        }
        assert_eq!(refused(signed().with(name, &format!("\"{}\"", "x".repeat(256)))), Code::BadRequest, "{name}");
    }
    for (name, value) in [
        ("x-road-id", "a b"),
        ("x-road-id", "a\"b"),
        ("x-road-id", "<a>"),
        ("x-road-id", ""),
        ("x-road-issue", "\u{1ea1}"),
        ("x-road-userid", "a\tb"),
        ("x-road-security-server", "VN/GOV/a"),
        ("x-road-security-server", "VN/GOV/a/b/c"),
        ("x-road-represented-party", "a/b/c"),
        ("x-road-represented-party", "a%2Fb/c"),
    ] {
        assert_eq!(refused(x_road().with(name, value)), Code::BadRequest, "{name}: {value}");
    }
    let long = "x".repeat(256);
    for name in ["x-road-id", "x-road-issue", "x-road-userid"] {
        assert_eq!(refused(x_road().with(name, &long)), Code::BadRequest, "{name}");
    }
    let fine = x_road()
        .with("x-road-userid", "VN123")
        .with("x-road-security-server", "VN/GOV/000.00.15.H19/ss1")
        .with("x-road-represented-party", "COM/123");
    assert!(fine.identified().0.is_ok());
}

#[test]
fn a_refused_call_is_recorded_with_what_could_be_read() {
    let (result, trail) = signed().with("lgsp-purpose", "(a)").with("lgsp-client", "\"VN/GOV/x/y\"").identified();
    assert!(result.is_err());
    assert_eq!(trail.client.as_ref().unwrap().as_str(), CLIENT);
    assert_eq!(trail.service_asked.as_ref().unwrap().as_str(), POPULATION);
    assert_eq!((trail.message_id.as_deref(), trail.purpose), (Some("m-1"), None));
    let mut asking = x_road();
    asking.path = format!("{PATH}/..%2f");
    let (result, trail) = asking.identified();
    assert_eq!(result.map(drop).unwrap_err().code, Code::AmbiguousPath);
    assert!(trail.message_id.is_some() && trail.service_asked.is_none());
}

#[test]
fn the_list_of_clients_needs_no_client_header_but_a_certificate() {
    let registry = snapshot(&[]);
    let list = Asking::x_road(&registry, Method::GET, "/listClients").without("x-road-client");
    assert!(list.clone().identified().0.is_ok());
    assert_eq!(refused(list.clone().with("x-road-client", "VN/GOV/a/b")), Code::ClientMismatch);
    let mut stranger = list.clone();
    stranger.key = "00".repeat(32);
    assert_eq!(refused(stranger), Code::UnknownCertificate);
    let signed = Asking::signed(&registry, Method::GET, POPULATION, "");
    assert_eq!(refused(Asking { path: "/listClients".to_owned(), ..signed }), Code::BadRequest);
}
