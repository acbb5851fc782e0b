//! The OpenID provider that a module runs against, and what is known of it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use clock::{Clock, SystemClock};
use serde_json::Value;
use url::Url;

use crate::{checks::jwks::Jwks, person::Person};

/// Which of the providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The broker on SQLite.
    Ours,
    /// The broker on Postgres and Redis.
    Cluster,
    /// `oidc-provider` from npm: a wrong test shows against it.
    Control,
}

impl Side {
    /// Every side, in the order of the table.
    pub const ALL: [Self; 3] = [Self::Ours, Self::Cluster, Self::Control];

    /// The first part of a test's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Cluster => "cluster",
            Self::Control => "control",
        }
    }
}

/// How a client proves itself (OIDC Core §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_secret_basic`
    Basic,
    /// `client_secret_post`
    Post,
}

/// A client that is registered at the provider.
#[derive(Clone, Debug)]
pub struct Client {
    /// `client_id`
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// How it sends the secret.
    pub auth: ClientAuth,
    /// Its redirect URI.
    pub redirect_uri: String,
    /// Where people may go after signing out, if registered.
    pub post_logout_redirect_uri: Option<String>,
}

/// The clients of the suite.
#[derive(Clone, Debug)]
pub struct Clients {
    /// Most modules use this one.
    pub first: Client,
    /// A stranger, for what is bound to the first.
    pub second: Client,
    /// Sends its secret in the form.
    pub post: Client,
    /// Gets its ID tokens signed with RS256.
    pub rs256: Client,
}

/// What the person's record at the provider holds, and what the provider does by decision. What the documents allow to
/// differ stands here with its reason, so that a module can report it by name.
#[derive(Clone, Debug, Default)]
pub struct Expects {
    /// For each scope, who to ask and which of its claims must come.
    pub held: BTreeMap<&'static str, Held>,
    /// Claims beyond those asked for that may come, with the reason.
    pub extra_claims: Option<(&'static [&'static str], &'static str)>,
    /// Why the issuer is not https here.
    pub plain_http: &'static str,
    /// The `acr` value to ask for, and why none may come back.
    pub acr: (&'static str, Option<&'static str>),
    /// Why the default algorithm of ID tokens is not RS256.
    pub default_algorithm: Option<&'static str>,
    /// Discovery members that no registry knows, and why they are there.
    pub unknown_metadata: &'static [(&'static str, &'static str)],
}

/// What a person's record holds for a scope.
#[derive(Clone, Debug)]
pub struct Held {
    /// Whose record.
    pub person: Person,
    /// The claims that must come.
    pub claims: &'static [&'static str],
    /// Why other claims of the scope do not come; empty when all do.
    pub reason: &'static str,
}

/// A provider under test.
#[derive(Debug)]
pub struct Op {
    /// Which one.
    pub side: Side,
    /// Its issuer.
    pub issuer: String,
    /// Its discovery document.
    pub metadata: Value,
    /// Its keys.
    pub jwks: Jwks,
    /// Clients registered there.
    pub clients: Clients,
    /// Who signs in unless a module says otherwise.
    pub person: Person,
    /// What is known of it.
    pub expects: Expects,
    /// The client for everything that is no browser.
    pub http: reqwest::Client,
}

impl Op {
    /// Reads metadata and keys of the provider.
    pub async fn discover(
        side: Side,
        issuer: String,
        clients: Clients,
        person: Person,
        expects: Expects,
    ) -> Result<Arc<Self>> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .no_proxy()
            .build()?;
        let address = format!("{issuer}/.well-known/openid-configuration");
        let metadata: Value = http.get(&address).send().await?.json().await.context("discovery")?;
        let jwks_uri = metadata.get("jwks_uri").and_then(Value::as_str).context("no jwks_uri")?;
        let jwks = Jwks::read(http.get(jwks_uri).send().await?.json().await?)?;
        Ok(Arc::new(Self { side, issuer, metadata, jwks, clients, person, expects, http }))
    }

    /// The address of an endpoint, by its name in the metadata.
    pub fn endpoint(&self, name: &str) -> Result<Url> {
        let address = self.metadata.get(name).and_then(Value::as_str).with_context(|| format!("no {name}"))?;
        Ok(address.parse()?)
    }

    /// Whether a metadata list holds `value`.
    pub fn lists(&self, name: &str, value: &str) -> bool {
        let list = self.metadata.get(name).and_then(Value::as_array);
        list.is_some_and(|list| list.iter().any(|listed| listed == value))
    }

    /// A metadata flag.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.metadata.get(name).and_then(Value::as_bool)
    }

    /// Whether the provider says that it puts `iss` into answers (RFC 9207 §3).
    pub fn names_itself(&self) -> bool {
        self.flag("authorization_response_iss_parameter_supported") == Some(true)
    }
}

/// Now, in seconds since the epoch.
pub fn now() -> i64 {
    SystemClock.now().seconds()
}

/// Fails with both texts unless they are equal.
pub fn equal(what: &str, expected: &str, got: Option<&str>) -> Result<()> {
    ensure!(got == Some(expected), "{what} is {got:?}, not {expected:?}");
    Ok(())
}
