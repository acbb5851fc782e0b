//! Every refusal has one name, and here is what provokes it: the log line of its reference number says that name.

use std::path::Path;

use http::Request;

use crate::support::{Answer, Ask, Browser, Site, logs};

/// Refusals that nothing from outside provokes, and why.
const OUT_OF_REACH: &[(&str, &str)] = &[
    ("login.internal", "an impossible case with a name of its own"),
    ("login.redirect", "a registered address that is no URL is refused at start"),
    ("grant.mint", "needs a ring without a signing key, which start refuses"),
    ("grant.person", "needs a row that was changed by hand"),
    ("userinfo.person", "needs a row that was changed by hand"),
    ("grant.denied", "a grant whose claims were taken from the registration; see `cases/` of the policies"),
    ("userinfo.denied", "a grant whose claims were taken from the registration; see `cases/` of the policies"),
    ("client.unusable", "a registration that start would not have loaded"),
    ("client.store", "the registry keeps what it found for a second; the store's own suite closes it"),
    ("provider.settings", "only an adapter says so"),
    ("login.no_provider", "answered at the client, without a number: see cve_11"),
    ("login.unknown_client", "see flows/disabled.rs: a page without its own line when the client is gone"),
    ("refresh.reused", "said beside grant.invalid: see flows/refresh.rs"),
    ("grant.store", "see cve_31"),
    ("login.store", "see cve_31"),
    ("logout.store", "see cve_31"),
    ("userinfo.store", "see cve_31"),
    ("http.overloaded", "the layer around the router: see the tests of `boot`"),
    ("http.timeout", "the layer around the router: see the tests of `boot`"),
    ("http.panic", "the layer around the router: see the tests of `boot`"),
];

/// Every name in the sources that a refusal has.
fn named(folder: &Path, found: &mut std::collections::BTreeSet<String>) {
    let rooms = ["authorize.", "login.", "grant.", "client.", "logout.", "userinfo.", "http.", "request.", "refresh."];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            named(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        // A name stands where `refusal.code` gets it, where a `code()` gives it, or where an error is made with it.
        for quoted in text.split('"').skip(1).step_by(2) {
            let known = rooms.iter().any(|room| quoted.starts_with(room) && quoted.len() > room.len());
            if known && quoted.chars().all(|letter| letter.is_ascii_lowercase() || letter == '.' || letter == '_') {
                found.insert(quoted.to_owned());
            }
        }
    }
}

/// Fields of log lines look like names of refusals.
const FIELDS: &[&str] = &["login.id", "client.id", "request.duration_ms"];

#[tokio::test]
async fn every_refusal_is_provoked_and_found_in_the_log_by_its_number() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let mut provoked = std::collections::BTreeSet::new();
    let mut expect = |name: &str, answer: &Answer| {
        let reference = answer.reference().unwrap_or_else(|| panic!("{name}: {answer:?}"));
        let lines = logs::of(&reference);
        assert!(lines.contains(name), "{name} is not in: {lines}");
        provoked.insert(name.to_owned());
    };
    let form = async |path: &str, encoded: &str| site.form(path, encoded).await;
    let refused = async |client: &str, pairs: &[(&str, &str)]| site.as_client(client, "/token", pairs).await;

    expect("authorize.unknown_client", &site.get("/authorize").await);
    expect("authorize.redirect_uri", &site.get("/authorize?client_id=truong-hoc").await);
    let json = Request::post("/authorize").header("content-type", "application/json").body(String::new().into());
    expect("authorize.content_type", &site.send(json.unwrap()).await);

    let state = browser.begin(&Ask::of("mot-cua"), "vneid").await;
    expect("login.unknown_attempt", &browser.callback("vneid", "never", "an").await);
    expect("login.other_provider", &browser.callback("can-bo", &state, "an").await);
    expect("login.other_browser", &Browser::new(&site).callback("vneid", &state, "an").await);
    expect("login.provider_not_allowed", &browser.callback("khong-co", &state, "an").await);
    for (code, name) in [
        ("nonsense", "provider.message"),
        ("unreachable", "provider.unreachable"),
        ("timeout", "provider.timeout"),
        ("refused", "provider.refused"),
        ("nobody", "provider.identity"),
        ("keyless", "provider.keys"),
        ("other", "provider.response"),
    ] {
        let state = browser.begin(&Ask::of("truong-hoc"), "vneid").await;
        expect(name, &browser.callback("vneid", &state, code).await);
    }

    expect("client.missing", &form("/token", "grant_type=x").await);
    expect("client.unknown", &form("/token", "client_id=khong-co").await);
    expect("client.method", &form("/token", "client_id=truong-hoc").await);
    expect("client.secret", &form("/token", "client_id=truong-hoc&client_secret=x").await);
    let kind = "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    expect("client.assertion", &form("/token", &format!("{kind}&client_assertion=x")).await);
    let assertion = site.assertion("may-chu");
    let twice = format!("grant_type=client_credentials&{kind}&client_assertion={assertion}");
    assert_eq!(form("/token", &twice).await.status, 200);
    expect("client.replayed", &form("/token", &twice).await);
    let broken = Request::post("/token").header("authorization", "Basic !").header("content-type", FORM);
    expect("client.basic", &site.send(broken.body(String::new().into()).unwrap()).await);
    expect("client.public", &form("/introspect", "client_id=cong-dan-so&token=x").await);
    expect("request.invalid", &form("/token", "x=1&x=1").await);

    expect("grant.request", &refused("truong-hoc", &[]).await);
    expect("grant.unsupported", &refused("truong-hoc", &[("grant_type", "password")]).await);
    expect("grant.unauthorized_client", &refused("cong-dan-so", &[("grant_type", "client_credentials")]).await);
    expect("grant.invalid", &site.trade("truong-hoc", "x").await);
    expect("grant.scope", &refused("truong-hoc", &[("grant_type", "client_credentials"), ("scope", "x")]).await);

    expect("userinfo.no_token", &site.get("/userinfo").await);
    expect("userinfo.request", &form("/userinfo", "access_token=x&access_token=x").await);
    expect("userinfo.token", &site.userinfo("x").await);
    let alone = refused("truong-hoc", &[("grant_type", "client_credentials")]).await.text("access_token");
    expect("userinfo.scope", &site.userinfo(&alone).await);

    expect("logout.parameter", &site.get("/logout?x=1&x=1").await);
    expect("logout.hint", &site.get("/logout?id_token_hint=x").await);
    expect("logout.client", &site.get("/logout?client_id=khong-co").await);
    let elsewhere = "/logout?client_id=truong-hoc&post_logout_redirect_uri=https://evil.test/";
    expect("logout.redirect_uri", &site.get(elsewhere).await);
    expect("http.not_found", &site.get("/x").await);
    expect("http.method_not_allowed", &site.get("/token").await);
    expect("http.too_large", &form("/consent", &"a".repeat(3 * 1024 * 1024)).await);

    let mut all = std::collections::BTreeSet::new();
    named(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    all.retain(|name| !FIELDS.contains(&name.as_str()));
    let uncovered: Vec<&String> = all
        .iter()
        .filter(|name| !provoked.contains(*name) && !OUT_OF_REACH.iter().any(|(known, _)| known == name))
        .collect();
    assert!(uncovered.is_empty(), "no test provokes {uncovered:?}");
    assert!(all.len() > 30, "the sources were not read: {all:?}");
    site.close().await;
}

const FORM: &str = "application/x-www-form-urlencoded";
