//! The exchange suite finds the promises that an adapter breaks.

#![expect(clippy::unwrap_used, reason = "a fixture that fails is a failed test")]

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use contract::{
    Body, Exchange, ExchangeError, ExchangeReply, ExchangeRequest, ForeignCodes,
    conformance::{
        self, Patience, Reply, Request,
        exchange::{ExchangeDialect, ExchangeLie, exchange_with},
    },
};
use http::{HeaderMap, Method};
use types::{ServiceId, SubsystemId, TransactionId};
use url::Url;

/// An adapter as one writes it on the first day: it follows, repeats, takes everything and logs it.
struct Careless {
    client: reqwest::Client,
    base: Url,
}

#[async_trait]
impl Exchange for Careless {
    async fn call(&self, request: ExchangeRequest) -> Result<ExchangeReply, ExchangeError> {
        let Body::Held(body) = request.body else { return Err(ExchangeError::Malformed) };
        tracing::info!(?body, "calling");
        let send = || self.client.post(self.base.clone()).body(body.clone()).send();
        let answer = match send().await {
            Ok(answer) => answer,
            Err(_) => send().await.map_err(|_| ExchangeError::Unreachable)?,
        };
        let status = answer.status();
        let body = answer.bytes().await.map_err(|_| ExchangeError::Malformed)?;
        Ok(ExchangeReply { status, headers: HeaderMap::new(), body: Body::Held(body) })
    }
}

/// Less patience than good adapters get: what is too long for the suite need then not be long for a test.
const PATIENCE: Patience =
    Patience { long: Duration::from_secs(15), short: Duration::from_millis(100), slack: Duration::from_millis(200) };
/// Slow enough to break the limit of every case.
const TOO_LONG: Duration = Duration::from_millis(400);

struct Dialect;

impl ExchangeDialect for Dialect {
    fn exchange(&self, base: &Url, _: u64) -> Arc<dyn Exchange> {
        let client = reqwest::Client::builder().no_proxy().read_timeout(TOO_LONG).build().unwrap();
        Arc::new(Careless { client, base: base.clone() })
    }

    fn request(&self) -> ExchangeRequest {
        ExchangeRequest {
            transaction: TransactionId::new(1, [1; 10]),
            service: ServiceId::parse("VN/GOV/a/b/c").unwrap(),
            client: SubsystemId::parse("VN/GOV/a/b").unwrap(),
            actor: None,
            procedure: None,
            foreign: ForeignCodes::default(),
            method: Method::POST,
            path: String::new(),
            query: None,
            headers: HeaderMap::new(),
            body: Body::Held("the canary".into()),
            as_it_is: false,
            time_left: Duration::ZERO,
        }
    }

    fn answer(&self, _: &Request) -> Reply {
        Reply::json("{}")
    }

    fn understands(&self) -> bool {
        true
    }

    fn lies(&self, _: &Request) -> Vec<ExchangeLie> {
        vec![ExchangeLie { name: "a lie", reply: Reply::json("[]"), expected: ExchangeError::Malformed }]
    }

    fn canaries(&self) -> Vec<String> {
        vec!["the canary".to_owned(), "never said".to_owned()]
    }
}

#[tokio::test]
async fn a_careless_adapter_is_found_out() {
    let violations = exchange_with(Arc::new(Dialect), PATIENCE).await;
    let found = |case: &str, what: &str| {
        let mut all = violations.iter();
        assert!(all.any(|one| one.case == case && one.found.contains(what)), "{case}: {what} in {violations:#?}");
    };
    found("closes before the head", "2 requests for one call");
    found("redirects with 302", "the redirect was followed");
    found("says nothing", "took");
    found("drips its body", "took");
    found("floods with an announced length", "was read to the end");
    found("refuses us with 401", "Ok(401)");
    found("a page with 200", "Ok(200)");
    found("lie: a lie", "Ok(200)");
    found("the caller's body breaks off", "Malformed");
    found("logs", "canary 0 was logged");
    let innocent = |one: &conformance::Violation| one.case != "a good register" && one.found != "canary 1 was logged";
    assert!(violations.iter().all(innocent), "{violations:#?}");
}
