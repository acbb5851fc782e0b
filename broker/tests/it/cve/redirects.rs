//! Where an answer may be sent: no text but a registered one, whatever a browser would make of it.

use broker::{authorization::redirect_uri::is_registered, clients::client::ApplicationType};
use url::Url;

use crate::support::{Ask, Browser, Site};

/// Pieces that parsers disagree about.
const PIECES: &[&str] = &[
    "https",
    "http",
    "HTTPS",
    "javascript",
    "data",
    ":",
    "//",
    "/",
    "\\",
    "@",
    "%40",
    "#",
    "%23",
    "?",
    ";",
    "..",
    "%2e",
    "..;",
    "app.test",
    "APP.test",
    "app。test",
    "evil.test",
    "127.0.0.1",
    "127.1",
    "[::1]",
    "localhost",
    "0x7f000001",
    "cb",
    "/cb",
    "CB",
    "x=1",
    "&",
    ":443",
    ":80",
    ":51004",
    ":0",
    " ",
    "\t",
    "%0a",
    "\u{200b}",
    "*",
    "%",
    "a",
];

/// SplitMix64: the same texts in every run.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    usize::try_from((mixed ^ (mixed >> 31)) % 1_000_003).unwrap()
}

/// Whatever we take, a browser's parser must take to the very place that was registered.
#[track_caller]
fn agrees(application: ApplicationType, registered: &str, asked: &str) -> bool {
    if !is_registered(application, &[registered.to_owned()], asked) {
        return false;
    }
    let (registered, parsed) = (Url::parse(registered).unwrap(), Url::parse(asked).unwrap());
    let free_port = application == ApplicationType::Native;
    assert_eq!(parsed.scheme(), registered.scheme(), "{asked}");
    assert_eq!(parsed.host_str(), registered.host_str(), "{asked}");
    assert_eq!((parsed.path(), parsed.query()), (registered.path(), registered.query()), "{asked}");
    assert!(free_port || parsed.port() == registered.port(), "{asked}");
    assert!(parsed.username().is_empty() && parsed.password().is_none() && parsed.fragment().is_none(), "{asked}");
    true
}

#[test]
fn cve_01_what_we_take_for_registered_a_browser_takes_to_the_registered_place() {
    let mut seed = 7;
    let mut taken = 0;
    for (application, registered) in [
        (ApplicationType::Web, "https://app.test/cb?x=1"),
        (ApplicationType::Web, "http://127.0.0.1:51004/cb"),
        (ApplicationType::Native, "http://127.0.0.1/cb"),
        (ApplicationType::Native, "http://[::1]/cb"),
        (ApplicationType::Native, "http://localhost/cb"),
        (ApplicationType::Native, "vn.gov.app:/cb"),
    ] {
        assert!(agrees(application, registered, registered));
        for _ in 0..40_000 {
            let mut asked = registered.to_owned();
            for _ in 0..=next(&mut seed) % 3 {
                let mut at = next(&mut seed) % (asked.len() + 1);
                while !asked.is_char_boundary(at) {
                    at -= 1;
                }
                let piece = PIECES[next(&mut seed) % PIECES.len()];
                match next(&mut seed) % 3 {
                    0 => asked.insert_str(at, piece),
                    1 => asked.truncate(at),
                    _ => {
                        let end = (at + piece.len()).min(asked.len());
                        if asked.is_char_boundary(end) {
                            asked.replace_range(at..end, piece);
                        }
                    }
                }
            }
            if agrees(application, registered, &asked) {
                taken += 1;
            }
        }
    }
    assert!(taken > 50, "the search never met an address that is taken, so it proves nothing: {taken}");
}

async fn none_is_followed(client: &str, addresses: &[&str]) {
    let site = Site::open().await;
    for address in addresses {
        let answer = site.get(&Ask::of(client).with("redirect_uri", address).path()).await;
        assert!(answer.status == 400 && answer.is_page(), "{address}: {answer:?}");
        assert!(answer.headers.get("location").is_none() && !answer.body.contains("evil"), "{address}: {answer:?}");
        // An error that would go back by redirect goes nowhere either (row 20).
        let ask = Ask::of(client).with("redirect_uri", address).with("scope", "x").with("prompt", "none");
        assert_eq!(site.get(&ask.path()).await.status, 400, "{address}");
    }
    site.close().await;
}

#[tokio::test]
async fn cve_01_user_info_is_never_followed() {
    none_is_followed(
        "truong-hoc",
        &[
            "https://truong-hoc.test@evil.test/cb?tab=1",
            "https://a@b@truong-hoc.test/cb?tab=1",
            "https://truong-hoc.test\\@evil.test/cb?tab=1",
            "https://evil.test#@truong-hoc.test/cb?tab=1",
        ],
    )
    .await;
}

#[tokio::test]
async fn cve_02_a_loopback_address_is_free_in_its_port_alone() {
    none_is_followed(
        "cong-dan-so",
        &[
            "http://127.0.0.1.evil.test/cb",
            "http://127.0.0.1:80@evil.test/cb",
            "http://127.0.0.1:1/other",
            "http://127.0.0.2:1/cb",
            "http://localhost:1/cb",
            "http://127.1:1/cb",
            "https://127.0.0.1:1/cb",
        ],
    )
    .await;
}

#[tokio::test]
async fn cve_03_nothing_is_normalized_before_it_is_compared() {
    none_is_followed(
        "truong-hoc",
        &[
            "https://truong-hoc.test/x/../cb?tab=1",
            "https://truong-hoc.test/..;/cb?tab=1",
            "https://truong-hoc.test/%63b?tab=1",
            "https://truong-hoc.test:443/cb?tab=1",
            "https://truong-hoc.test//cb?tab=1",
        ],
    )
    .await;
}

#[tokio::test]
async fn cve_04_no_prefix_and_no_pattern() {
    none_is_followed(
        "truong-hoc",
        &[
            "https://truong-hoc.test/cb",
            "https://truong-hoc.test/cb?tab=1&next=https://evil.test",
            "https://truong-hoc.test/cb?tab=12",
            "https://truong-hocXtest/cb?tab=1",
            "https://truong-hoc.test.evil.test/cb?tab=1",
            "https://truong-hoc.test/*",
        ],
    )
    .await;
}

#[tokio::test]
async fn cve_05_no_scheme_that_runs_code() {
    none_is_followed(
        "truong-hoc",
        &["javascript:alert(1)", "JavaScript://truong-hoc.test/cb?tab=1", "data:text/html,x"],
    )
    .await;
}

#[tokio::test]
async fn cve_32_letter_case_always_counts() {
    none_is_followed(
        "truong-hoc",
        &[
            "HTTPS://truong-hoc.test/cb?tab=1",
            "https://Truong-Hoc.test/cb?tab=1",
            "https://truong-hoc.test/CB?tab=1",
            "https://truong-hoc.test/cb?Tab=1",
        ],
    )
    .await;
}

#[tokio::test]
async fn cve_39_after_signing_out_only_a_registered_address_is_followed() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let tokens = browser.tokens("truong-hoc", &Ask::of("truong-hoc"), "an").await;
    let hint = tokens.text("id_token");
    for address in [
        "https://evil.test/",
        "https://truong-hoc.test",
        "https://truong-hoc.test/?x=1",
        "https://truong-hoc.test/cb?tab=1",
        "//evil.test/",
        "/\\evil.test",
        "javascript:alert(1)",
        "https://mot-cua.test/",
    ] {
        let pairs = [("id_token_hint", &*hint), ("post_logout_redirect_uri", address)];
        let answer = browser.post("/logout", &pairs).await;
        assert!(answer.status == 400 && answer.is_page(), "{address}: {answer:?}");
    }
    assert_eq!(site.count("signed_out").await, 0, "a request that is refused ends nothing");
    // Without a client nothing is registered: the person stays here.
    let answer = site.get("/logout?post_logout_redirect_uri=https://evil.test/&state=x").await;
    assert!(answer.status == 200 && !answer.body.contains("evil"), "{answer:?}");
    site.close().await;
}
