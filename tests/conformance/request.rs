//! Authorization requests, as an application makes them.

use anyhow::Result;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clock::{Entropy, SystemEntropy};
use url::Url;

use crate::{
    checks::sha256,
    op::{Client, Op},
};

/// An authorization request with PKCE S256: the official modules run without it by default, but both providers demand it.
#[derive(Clone, Debug)]
pub struct Request {
    /// In the order in which they are sent.
    pub parameters: Vec<(String, String)>,
    /// `code_verifier`
    pub verifier: String,
}

impl Request {
    /// `scope=openid`, with `state` and `nonce`.
    pub fn new(client: &Client) -> Result<Self> {
        let verifier = random()?;
        let challenge = URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()));
        let request = Self { parameters: Vec::new(), verifier };
        Ok(request
            .with("client_id", &client.id)
            .with("redirect_uri", &client.redirect_uri)
            .with("response_type", "code")
            .with("scope", "openid")
            .with("state", &random()?)
            .with("nonce", &random()?)
            .with("code_challenge", &challenge)
            .with("code_challenge_method", "S256"))
    }

    /// Sets a parameter.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.parameters.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.parameters.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// Leaves a parameter out.
    pub fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(known, _)| known != name);
        self
    }

    /// The last parameter first: their order must not matter.
    pub fn reversed(mut self) -> Self {
        self.parameters.reverse();
        self
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The address to open.
    pub fn url(&self, op: &Op) -> Result<Url> {
        let mut url = op.endpoint("authorization_endpoint")?;
        url.query_pairs_mut().extend_pairs(&self.parameters);
        Ok(url)
    }
}

/// 256 random bits, base64url.
pub fn random() -> Result<String> {
    let mut bytes = [0; 32];
    SystemEntropy::new().fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
