//! What an application asks at `/authorize`.

use signing::Digest;

/// The verifier that every request here is bound to, unless a test says otherwise.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// An authorization request, parameter by parameter.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The parameters, in order.
    pub parameters: Vec<(String, String)>,
}

impl Ask {
    /// A good request of this client.
    #[must_use]
    pub fn of(client: &str) -> Self {
        let redirect_uri = redirect_uri(client);
        let challenge = Digest::of(VERIFIER).base64url();
        let pairs = [
            ("client_id", client),
            ("redirect_uri", &redirect_uri),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", "state-of-the-application"),
            ("nonce", "nonce-of-the-application"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        Self { parameters: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into() }
    }

    /// The same with this parameter, in place of one that is there.
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Self {
        let mut without = self.without(name);
        without.parameters.push((name.to_owned(), value.to_owned()));
        without
    }

    /// The same without this parameter.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(known, _)| known != name);
        self
    }

    /// As a query or a form body.
    #[must_use]
    pub fn encoded(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.parameters).finish()
    }

    /// The path with the query.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/authorize?{}", self.encoded())
    }
}

/// Where each client of the site has its answers sent.
#[must_use]
pub fn redirect_uri(client: &str) -> String {
    match client {
        "cong-dan-so" => "http://127.0.0.1:51004/cb".to_owned(),
        _ => format!("https://{client}.test/cb?tab=1"),
    }
}
