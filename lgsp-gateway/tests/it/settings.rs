//! The settings file: the example is one, and what does not go together is told.

use lgsp_gateway::settings::Settings;

use crate::place::{EXAMPLE, Place};

fn read(text: &str) -> Result<Settings, String> {
    Place::new().read(text)
}

/// The example with every key that stands there as a comment.
fn whole() -> String {
    let is_key = |rest: &str| {
        let name = rest.split(" = ").next().unwrap_or_default();
        rest.contains(" = ") && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if is_key(rest) => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect()
}

#[test]
fn the_example_is_read_without_a_fault_as_it_stands_and_with_every_key() {
    let settings = read(EXAMPLE).unwrap();
    assert_eq!((settings.adapters.len(), settings.time.servers.len()), (2, 0));
    let cluster = whole().replace("kind = \"sqlite\"\n", "kind = \"cluster\"\n").replace("path = \"gateway.db\"\n", "");
    assert_eq!(read(&cluster).unwrap().time.servers.len(), 3);
}

#[test]
fn time_servers_are_two_different_ones_at_least_or_none() {
    let with = |servers: &str| read(&EXAMPLE.replace("check_every", &format!("servers = {servers}\ncheck_every")));
    assert_eq!(with("[]").unwrap().time.servers.len(), 0);
    assert_eq!(with(r#"["a", "b:1123"]"#).unwrap().time.servers.len(), 2);
    for (servers, part) in [
        (r#"["a"]"#, "one server decides nothing"),
        (r#"["a", "b", "a:123"]"#, "one server decides nothing"),
        (r#"["a", "http://b"]"#, "servers[2]: must be a host"),
    ] {
        let fault = with(servers).unwrap_err();
        assert!(fault.contains("time.servers") && fault.contains(part), "{servers}: {fault}");
    }
    let slow = EXAMPLE.replace("max_offset = \"2s\"", "max_offset = \"5m\"");
    assert!(read(&slow).unwrap_err().contains("time.max_offset"));
}

#[test]
fn what_would_let_no_call_in_or_believe_anybody_is_a_fault() {
    for (from, to, fault) in [
        (
            r#"authorities = ["lgsp.dongnai.gov.vn"]"#,
            "authorities = []",
            "server.authorities: must name at least one host",
        ),
        (
            r#"authorities = ["lgsp.dongnai.gov.vn"]"#,
            r#"authorities = ["lgsp.dongnai.gov.vn", "https://lgsp.dongnai.gov.vn"]"#,
            "server.authorities: must be hosts as they stand in Host",
        ),
        (r#"["lgsp.dongnai.gov.vn"]"#, r#"["localhost/x"]"#, "server.authorities: must be hosts"),
        ("127.0.0.1:8451", "127.0.0.1:8450", "server.operator_bind: is the place of server.bind"),
        ("127.0.0.1:8451", "0.0.0.0:8450", "server.operator_bind: is the place of server.bind"),
        (
            r#"issuer = "https://dangnhap"#,
            r#"issuer = "http://dangnhap"#,
            "officers.issuer: must be https, or http on this machine",
        ),
        (r#"issuer = "https://dangnhap"#, r#"issuer = "dangnhap"#, "officers.issuer: is no URL"),
    ] {
        let told = read(&EXAMPLE.replace(from, to)).unwrap_err();
        assert!(told.lines().count() == 1 && told.contains(fault), "{to}: {told}");
    }
    let named = EXAMPLE.replace(r#"["lgsp.dongnai.gov.vn"]"#, r#"["LGSP.dongnai.gov.vn:443", "[::1]:8450"]"#);
    assert_eq!(read(&named).unwrap().server.authorities, ["lgsp.dongnai.gov.vn", "[::1]:8450"]);
    let local = EXAMPLE.replace("https://dangnhap.dongnai.gov.vn", "http://localhost:8400");
    assert!(read(&local).is_ok());
    let any = EXAMPLE.replace("0.0.0.0:8450", "127.0.0.1:0").replace("127.0.0.1:8451", "127.0.0.1:0");
    assert!(read(&any).is_ok(), "each gets a free port");
}
