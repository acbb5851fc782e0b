//! Every route there is has a file here that attacks its parameters.

/// The routes, and the file that asks each of them. A route that is missing here fails the test.
const COVERED: &[(&str, &str)] = &[
    ("/.well-known/openid-configuration", "discovery"),
    ("/jwks", "discovery"),
    ("/authorize", "authorize"),
    ("/choose", "choose"),
    ("/callback/{provider}", "callback"),
    ("/consent", "consent"),
    ("/token", "token"),
    ("/userinfo", "userinfo"),
    ("/introspect", "introspect"),
    ("/revoke", "introspect"),
    ("/logout", "logout"),
    ("/assets/{file}", "assets"),
];

const ROUTES: &str = include_str!("../../../src/http/mod.rs");

/// Every route of the table.
pub(super) fn routes() -> Vec<&'static str> {
    ROUTES.split(".route(\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect()
}

#[test]
fn every_route_is_covered_and_every_row_is_a_route() {
    let routes = routes();
    assert!(!routes.is_empty());
    for route in &routes {
        assert!(COVERED.iter().any(|(covered, _)| covered == route), "{route} has no row");
    }
    for (covered, file) in COVERED {
        assert!(routes.contains(covered), "{covered} is no route");
        let path = format!("{}/tests/it/endpoints/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let asked = covered.split('{').next().unwrap();
        assert!(text.contains(asked), "{path} never asks {covered}");
    }
}
