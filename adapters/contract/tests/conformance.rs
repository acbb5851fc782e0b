//! The suite is believed only because it finds a careless adapter: each test breaks one promise of a good one.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a fixture that fails is a failed test")]

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use clock::Timestamp;
use contract::{
    AccountType, Attempt, Callback, IdentityProvider, PersonProfile, ProviderError, VerifiedIdentity,
    conformance::{
        Dialect, Lie, Limits, Patience, Purpose, Reply, Request, Step, Violation, identity_provider,
        identity_provider_with,
    },
};
use serde_json::Value;
use types::{AuthLevel, ProviderId};
use url::Url;

/// Which promise the adapter breaks.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Flaw {
    #[default]
    None,
    LogsTheCode,
    FollowsRedirects,
    WaitsForever,
    LimitsEachExchangeAlone,
    ReadsEverything,
    IgnoresStatus,
    IgnoresState,
    InventsPeople,
}

struct Careless {
    flaw: Flaw,
    id: ProviderId,
    base: Url,
    limits: Limits,
    client: reqwest::Client,
}

impl Careless {
    fn new(flaw: Flaw, base: &Url, limits: Limits) -> Self {
        let redirects = match flaw {
            Flaw::FollowsRedirects => reqwest::redirect::Policy::default(),
            _ => reqwest::redirect::Policy::none(),
        };
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).redirect(redirects).build().unwrap();
        Self { flaw, id: ProviderId::parse("careless").unwrap(), base: base.clone(), limits, client }
    }

    async fn fetch(&self, path: &str, body: Option<String>) -> Result<Value, ProviderError> {
        let url = self.base.join(path).unwrap();
        let request = match body {
            Some(body) => self.client.post(url).body(body),
            None => self.client.get(url),
        };
        let mut answer = request.send().await.map_err(|_| ProviderError::Unreachable)?;
        match answer.status().as_u16() {
            200 => {}
            _ if self.flaw == Flaw::IgnoresStatus => {}
            400 => return Err(ProviderError::Message),
            401 | 403 => return Err(ProviderError::Refused),
            429 | 500.. => return Err(ProviderError::Unreachable),
            _ => return Err(ProviderError::Message),
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| ProviderError::Unreachable)? {
            body.extend_from_slice(&chunk);
            if body.len() > self.limits.max_answer_bytes && self.flaw != Flaw::ReadsEverything {
                return Err(ProviderError::Message);
            }
        }
        serde_json::from_slice(&body).map_err(|_| ProviderError::Message)
    }

    async fn exchange(&self, callback: &Callback) -> Result<VerifiedIdentity, ProviderError> {
        let code = callback.form_parameter("code").filter(|code| (1..=1000).contains(&code.len()));
        let code = code.ok_or(ProviderError::Response)?;
        if self.flaw == Flaw::LogsTheCode {
            tracing::debug!(%code, "trading");
        }
        let token = self.limited(self.fetch("/token", Some(code))).await?;
        token["access_token"].as_str().ok_or(ProviderError::Message)?;
        let person = self.limited(self.fetch("/person", None)).await?;
        let invented = (self.flaw == Flaw::InventsPeople).then_some("somebody");
        let subject = person["sub"].as_str().or(invented).ok_or(ProviderError::Identity)?;
        Ok(VerifiedIdentity {
            issuer: self.base.to_string(),
            subject: subject.to_owned(),
            asserted: AuthLevel::UNKNOWN,
            account_level: None,
            account_type: AccountType::Person,
            citizen_id: None,
            auth_time: None::<Timestamp>,
            profile: PersonProfile::default(),
        })
    }

    async fn limited<T>(&self, work: impl Future<Output = Result<T, ProviderError>>) -> Result<T, ProviderError> {
        if self.flaw != Flaw::LimitsEachExchangeAlone {
            return work.await;
        }
        tokio::time::timeout(self.limits.timeout, work).await.unwrap_or(Err(ProviderError::Timeout))
    }
}

#[async_trait]
impl IdentityProvider for Careless {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    async fn login_url(&self, attempt: &Attempt) -> Result<Url, ProviderError> {
        let mut url = self.base.join("/authorize").unwrap();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("state", &attempt.state)
            .append_pair("redirect_uri", attempt.redirect_uri.as_str());
        Ok(url)
    }

    async fn redeem(&self, attempt: &Attempt, callback: &Callback) -> Result<VerifiedIdentity, ProviderError> {
        let of_this_attempt = callback.form_parameter("state").as_deref() == Some(attempt.state.as_str());
        if !of_this_attempt && self.flaw != Flaw::IgnoresState {
            return Err(ProviderError::Response);
        }
        match callback.form_parameter("error").as_deref() {
            Some("access_denied") => return Err(ProviderError::Declined),
            Some(_) => return Err(ProviderError::Response),
            None => {}
        }
        let limit = match self.flaw {
            // Longer than the suite allows, shorter than a developer would wait.
            Flaw::WaitsForever => Duration::from_millis(400),
            Flaw::LimitsEachExchangeAlone => Duration::from_secs(3),
            _ => self.limits.timeout,
        };
        tokio::time::timeout(limit, self.exchange(callback)).await.unwrap_or(Err(ProviderError::Timeout))
    }

    fn logout_url(&self, _: &Url) -> Option<Url> {
        None
    }
}

/// Less patience than good adapters get, so that what is too long for the suite need not be long for a test. What it finds
/// too much on a busy machine does not matter: each test asks for one finding.
const PATIENCE: Patience =
    Patience { long: Duration::from_secs(15), short: Duration::from_millis(100), slack: Duration::from_millis(100) };

struct Plain(Flaw);

impl Dialect for Plain {
    fn provider(&self, base: &Url, limits: Limits) -> Arc<dyn IdentityProvider> {
        Arc::new(Careless::new(self.0, base, limits))
    }

    fn steps(&self) -> Vec<Step> {
        vec![Step { path: "/token", purpose: Purpose::Token }, Step { path: "/person", purpose: Purpose::Person }]
    }

    fn answer(&self, _: &Url, _: &Attempt, request: &Request) -> Reply {
        match request.path.as_str() {
            "/token" => Reply::json(r#"{"access_token":"canary-token"}"#),
            "/person" => Reply::json(r#"{"sub":"person-1"}"#),
            _ => Reply::json("{}").with_status(404),
        }
    }

    fn callback(&self, _: &Url, attempt: &Attempt) -> String {
        // One code for each flaw: all tests of this binary share one log.
        format!("state={}&code=canary-code-{}", attempt.state, self.0 as u8)
    }

    fn lies(&self, _: &Url, _: &Attempt) -> Vec<Lie> {
        vec![Lie {
            name: "nobody",
            path: "/person",
            reply: Reply::json(r#"{"name":"x"}"#),
            expected: ProviderError::Identity,
        }]
    }

    fn canaries(&self) -> Vec<String> {
        vec![format!("canary-code-{}", self.0 as u8), "canary-token".to_owned()]
    }
}

async fn found(flaw: Flaw) -> Vec<Violation> {
    match flaw {
        Flaw::None => identity_provider(Arc::new(Plain(flaw))).await,
        _ => identity_provider_with(Arc::new(Plain(flaw)), PATIENCE).await,
    }
}

async fn check(flaw: Flaw, case: &str) {
    let violations = found(flaw).await;
    assert!(violations.iter().any(|violation| violation.case.contains(case)), "{violations:#?}");
}

#[tokio::test]
async fn an_adapter_that_keeps_its_promises_passes() {
    assert_eq!(found(Flaw::None).await, []);
}

#[tokio::test]
async fn a_logged_code_is_found() {
    check(Flaw::LogsTheCode, "logs").await;
}

#[tokio::test]
async fn a_followed_redirect_is_found() {
    check(Flaw::FollowsRedirects, "/token redirects with 302").await;
}

#[tokio::test]
async fn a_missing_time_limit_is_found() {
    check(Flaw::WaitsForever, "/token says nothing").await;
}

#[tokio::test]
async fn a_limit_that_starts_anew_with_each_exchange_is_found() {
    check(Flaw::LimitsEachExchangeAlone, "each exchange takes 0.7 of the limit").await;
}

#[tokio::test]
async fn an_unbounded_answer_is_found() {
    check(Flaw::ReadsEverything, "/token floods in chunks").await;
}

#[tokio::test]
async fn an_ignored_status_is_found() {
    check(Flaw::IgnoresStatus, "/person status 503 with a good body").await;
}

#[tokio::test]
async fn an_unchecked_state_is_found() {
    check(Flaw::IgnoresState, "callback: the state of another").await;
}

#[tokio::test]
async fn an_invented_person_is_found() {
    check(Flaw::InventsPeople, "lie: nobody").await;
}
