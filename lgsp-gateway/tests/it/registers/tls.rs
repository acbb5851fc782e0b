//! Towards a register over TLS: whom we believe, who we are to it, and what happens when the files of either change.

use certs::authority::Leaf;
use contract::ExchangeError;
use http::StatusCode;
use lgsp_gateway::dispatch::Renewal;
use rustls::version::{TLS12, TLS13};

use super::register::{Adapter, DAY, Register, authority, call, der, issue, now, server};
use crate::listener::gate::BOTH;

const ANCHORS: &str = "anchors_file = \"ca.pem\"\n";
const MUTUAL: &str = "anchors_file = \"ca.pem\"\ncertificate_file = \"us.pem\"\nkey_file = \"us.key\"\n";
/// The dialects, each with what it needs besides.
const DIALECTS: [(&str, &str); 2] = [
    ("rest", ""),
    (
        "population",
        "client = \"VN/GOV/000.00.00.H19/lgsp\"\nuser = \"u\"\napi_key_file = \"key\"\nsecret_file = \"secret\"\n",
    ),
];

/// The answer of the test's register: to the dialect of the population database it is none.
fn answered(dialect: &str) -> Result<StatusCode, ExchangeError> {
    if dialect == "rest" { Ok(StatusCode::OK) } else { Err(ExchangeError::MediaType) }
}

fn secrets(adapter: &Adapter) {
    adapter.put("key", "first-key");
    adapter.put("secret", "first-secret");
}

#[tokio::test]
async fn a_register_is_believed_by_its_authority_its_name_and_its_time() {
    let (ours, other) = (authority("ours"), authority("ours"));
    let good = issue(&ours, &server("register"));
    let register = Register::start(&good, None, BOTH).await;
    let adapter = Adapter::of(&register);
    adapter.put("ca.pem", ours.certificate_pem());
    secrets(&adapter);
    for (dialect, more) in DIALECTS {
        let build = || adapter.build(dialect, &format!("{ANCHORS}{more}"));
        register.show(&good, None, BOTH);
        assert_eq!(call(build().as_ref()).await, answered(dialect), "{dialect}");
        let seen = register.seen().len();
        for (what, shown) in [
            ("another authority of the same name", issue(&other, &server("register"))),
            (
                "expired",
                issue(&ours, &Leaf { not_before: now().minus(9 * DAY), not_after: now().minus(DAY), ..server("r") }),
            ),
            ("not yet valid", issue(&ours, &Leaf { not_before: now().plus(DAY), ..server("r") })),
            ("another name", issue(&ours, &Leaf { dns: &["register.example"], ..server("r") })),
            (
                "a name that only looks like it",
                issue(&ours, &Leaf { dns: &["localhost.example"], ..server("localhost") }),
            ),
        ] {
            register.show(&shown, None, BOTH);
            assert_eq!(call(build().as_ref()).await, Err(ExchangeError::Unreachable), "{dialect}: {what}");
            assert_eq!(register.seen().len(), seen, "{dialect}: {what}: nothing is sent to it");
        }
    }
}

#[tokio::test]
async fn a_register_that_demands_a_certificate_gets_ours_and_says_when_it_does_not_take_it() {
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    let shown = issue(&ours, &server("register"));
    for versions in [&[&TLS13][..], &[&TLS12]] {
        let register = Register::start(&shown, Some(&theirs), versions).await;
        let adapter = Adapter::of(&register);
        adapter.put("ca.pem", ours.certificate_pem());
        secrets(&adapter);
        for (dialect, more) in DIALECTS {
            let us = issue(&theirs, &server("gateway"));
            adapter.put_identity(&us);
            let known = adapter.build(dialect, &format!("{MUTUAL}{more}"));
            assert_eq!(call(known.as_ref()).await, answered(dialect), "{dialect}");
            assert_eq!(register.seen().last().unwrap().client.as_deref(), Some(&*der(&us.chain_pem)));
            let seen = register.seen().len();
            let nobody = adapter.build(dialect, &format!("{ANCHORS}{more}"));
            assert_eq!(call(nobody.as_ref()).await, Err(ExchangeError::Refused), "{dialect}: without a certificate");
            for (what, shown) in [
                ("of another authority", issue(&ours, &server("gateway"))),
                (
                    "expired",
                    issue(
                        &theirs,
                        &Leaf { not_before: now().minus(9 * DAY), not_after: now().minus(DAY), ..server("g") },
                    ),
                ),
            ] {
                adapter.put_identity(&shown);
                let unknown = adapter.build(dialect, &format!("{MUTUAL}{more}"));
                assert_eq!(call(unknown.as_ref()).await, Err(ExchangeError::Refused), "{dialect}: {what}");
            }
            assert_eq!(register.seen().len(), seen, "{dialect}");
        }
    }
}

#[tokio::test]
async fn anchors_and_certificate_are_renewed_from_their_files_without_a_restart() {
    let (old, new, theirs) = (authority("old"), authority("new"), authority("theirs"));
    let register = Register::start(&issue(&old, &server("register")), Some(&theirs), BOTH).await;
    let adapter = Adapter::of(&register);
    adapter.put("ca.pem", old.certificate_pem());
    adapter.put_identity(&issue(&theirs, &server("gateway")));
    let exchange = adapter.build("rest", MUTUAL);
    assert_eq!(call(exchange.as_ref()).await, Ok(StatusCode::OK));
    assert_eq!(exchange.look(), Renewal::Same);

    // The register moves to a new authority; ours follows.
    register.show(&issue(&new, &server("register")), Some(&theirs), BOTH);
    adapter.put("ca.pem", new.certificate_pem());
    assert_eq!(exchange.look(), Renewal::Swapped);
    assert_eq!(call(exchange.as_ref()).await, Ok(StatusCode::OK), "connections to the old one are not used any more");
    let renewed = issue(&theirs, &server("gateway"));
    adapter.put("us.pem", &renewed.chain_pem);
    assert_eq!(exchange.look(), Renewal::Kept, "a certificate without its key is not used");
    assert_eq!(call(exchange.as_ref()).await, Ok(StatusCode::OK));
    adapter.put("us.key", &renewed.key_pem);
    assert_eq!(exchange.look(), Renewal::Swapped);
    assert_eq!(call(exchange.as_ref()).await, Ok(StatusCode::OK));
    assert_eq!(register.seen().last().unwrap().client.as_deref(), Some(&*der(&renewed.chain_pem)));

    for wrong in ["", "nonsense"] {
        adapter.put("ca.pem", wrong);
        assert_eq!((exchange.look(), exchange.look()), (Renewal::Kept, Renewal::Kept), "{wrong:?}");
        assert_eq!(call(exchange.as_ref()).await, Ok(StatusCode::OK), "{wrong:?}");
    }
    std::fs::remove_file(adapter.path("ca.pem")).unwrap();
    assert_eq!(exchange.look(), Renewal::Kept);
    adapter.put("ca.pem", new.certificate_pem());
    assert_eq!((exchange.look(), call(exchange.as_ref()).await), (Renewal::Same, Ok(StatusCode::OK)));
    // An authority that is taken away is not believed any more.
    adapter.put("ca.pem", old.certificate_pem());
    assert_eq!((exchange.look(), call(exchange.as_ref()).await), (Renewal::Swapped, Err(ExchangeError::Unreachable)));
}

#[tokio::test]
async fn secrets_towards_a_register_are_renewed_from_their_files() {
    let ours = authority("ours");
    let register = Register::start(&issue(&ours, &server("register")), None, BOTH).await;
    let adapter = Adapter::of(&register);
    adapter.put("ca.pem", ours.certificate_pem());
    secrets(&adapter);
    let (dialect, more) = DIALECTS[1];
    let exchange = adapter.build(dialect, &format!("{ANCHORS}{more}"));
    let key = async || {
        let _ = call(exchange.as_ref()).await;
        let head = register.seen().last().unwrap().head.clone();
        head.split("apikey: ").nth(1).unwrap().lines().next().unwrap().to_owned()
    };
    assert_eq!(key().await, "first-key");
    adapter.put("key", "second-key");
    assert_eq!((exchange.look(), key().await.as_str()), (Renewal::Swapped, "second-key"));
    adapter.put("key", "");
    assert_eq!((exchange.look(), key().await.as_str()), (Renewal::Kept, "second-key"), "an empty secret is none");
}

#[tokio::test]
async fn the_loop_renews_by_itself() {
    let (old, new) = (authority("old"), authority("new"));
    let register = Register::start(&issue(&new, &server("register")), None, BOTH).await;
    let adapter = Adapter::of(&register);
    adapter.put("ca.pem", old.certificate_pem());
    let exchange = adapter.build("rest", ANCHORS);
    assert_eq!(call(exchange.as_ref()).await, Err(ExchangeError::Unreachable));
    let every = std::time::Duration::from_millis(2);
    let watching = tokio::spawn(lgsp_gateway::dispatch::watch(vec![exchange.clone()], every));
    adapter.put("ca.pem", new.certificate_pem());
    let renewed = async { while call(exchange.as_ref()).await.is_err() {} };
    tokio::time::timeout(DAY / 1440, renewed).await.unwrap();
    watching.abort();
}
