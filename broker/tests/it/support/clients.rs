//! The applications of the site: how each is registered, and how it proves itself.

use std::sync::{Arc, OnceLock};

use clock::Timestamp;
use serde_json::{Value, json};
use signing::{Algorithm, Digest, SigningKey, jws};

use super::ISSUER;

/// The secret of the legacy client.
pub const SECRET: &str = "c2VjcmV0LW9mLXRoZS1zY2hvb2wtYXBwbGljYXRpb24";

/// The private keys of the clients that have some.
pub struct Keys {
    /// Of `mot-cua`.
    pub mot_cua: SigningKey,
    /// Of `qlvb`, an RSA one.
    pub qlvb: SigningKey,
    /// Of `may-chu`.
    pub may_chu: SigningKey,
}

impl Keys {
    /// The keys of every site of this process: making RSA keys takes its time.
    #[must_use]
    pub fn of_this_process() -> Arc<Self> {
        static KEYS: OnceLock<Arc<Keys>> = OnceLock::new();
        Arc::clone(KEYS.get_or_init(|| Arc::new(Self::make())))
    }

    fn make() -> Self {
        let key = |algorithm| SigningKey::from_pkcs8(algorithm, &SigningKey::generate(algorithm).unwrap()).unwrap();
        Self { mot_cua: key(Algorithm::ES256), qlvb: key(Algorithm::RS256), may_chu: key(Algorithm::ES256) }
    }

    /// The key of a client that has one.
    #[must_use]
    pub fn of(&self, client: &str) -> &SigningKey {
        match client {
            "mot-cua" => &self.mot_cua,
            "qlvb" => &self.qlvb,
            "may-chu" => &self.may_chu,
            other => panic!("{other} has no key"),
        }
    }
}

/// The claims of a good assertion.
#[must_use]
pub fn assertion_claims(client: &str, now: Timestamp, jti: &str) -> Value {
    let now = now.seconds();
    json!({ "iss": client, "sub": client, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": jti })
}

/// A signed assertion.
#[must_use]
pub fn assertion(key: &SigningKey, claims: &Value) -> String {
    jws::sign(key, "JWT", claims).unwrap()
}

fn jwks(key: &SigningKey) -> String {
    let members = key.public_jwk().as_object().unwrap().iter();
    let members: Vec<String> = members.map(|(name, value)| format!("{name} = {value}")).collect();
    format!(r#"{{ method = "private_key_jwt", jwks = {{ keys = [{{ {} }}] }} }}"#, members.join(", "))
}

/// The clients file of the site.
#[must_use]
pub fn file(keys: &Keys) -> String {
    let secret = format!(r#"{{ method = "legacy_secret", secret_sha256 = "{}" }}"#, Digest::of(SECRET).base64url());
    let (mot_cua, qlvb, may_chu) = (jwks(&keys.mot_cua), jwks(&keys.qlvb), jwks(&keys.may_chu));
    let person = r#"["authorization_code", "refresh_token"]"#;
    let everything = r#"["openid", "profile", "vn_identity", "offline_access"]"#;
    let mut text = String::new();
    for (id, body, rest) in [
        (
            "mot-cua",
            "000.00.15.H19",
            format!(
                r#"credentials = {mot_cua}
grant_types = ["authorization_code", "refresh_token", "client_credentials"]
scopes = ["openid", "profile", "vn_identity", "offline_access", "ho-so.doc", "lgsp"]
claims = ["name", "birthdate", "vn_citizen_id", "vn_account_level", "vn_agency", "vn_officer"]
providers = ["vneid", "can-bo"]"#
            ),
        ),
        (
            "qlvb",
            "000.01.15.H19",
            format!(
                r#"credentials = {qlvb}
grant_types = {person}
scopes = {everything}
claims = ["name"]
providers = ["vneid"]
min_account_level = 2"#
            ),
        ),
        (
            "truong-hoc",
            "000.00.15.H19",
            format!(
                r#"credentials = {secret}
legacy = true
release_page = "consent"
id_token_signed_response_alg = "RS256"
grant_types = ["authorization_code", "refresh_token", "client_credentials"]
scopes = {everything}
claims = ["name", "birthdate", "vn_account_level"]
providers = ["vneid"]"#
            ),
        ),
        (
            "cong-dan-so",
            "000.02.15.H19",
            format!(
                r#"credentials = {{ method = "public" }}
application_type = "native"
grant_types = {person}
scopes = {everything}
claims = ["name"]
providers = ["vneid"]"#
            ),
        ),
        (
            "cap-cao",
            "000.03.15.H19",
            format!(
                r#"credentials = {secret}
legacy = true
grant_types = {person}
scopes = ["openid", "profile", "vn_identity", "offline_access", "lgsp"]
claims = ["name", "vn_agency", "vn_officer"]
providers = ["vneid", "can-bo"]
min_auth_level = 2"#
            ),
        ),
        (
            "may-chu",
            "000.04.15.H19",
            format!(
                r#"credentials = {may_chu}
grant_types = ["client_credentials"]
scopes = ["ho-so.doc"]
may_introspect = ["mot-cua"]"#
            ),
        ),
        (
            "da-tat",
            "000.05.15.H19",
            format!(
                r#"enabled = false
credentials = {secret}
legacy = true
grant_types = ["authorization_code", "refresh_token", "client_credentials"]
scopes = {everything}
claims = ["name"]
providers = ["vneid"]"#
            ),
        ),
    ] {
        let redirects = match id {
            "may-chu" => String::new(),
            "cong-dan-so" => r#"redirect_uris = ["http://127.0.0.1/cb", "http://[::1]/cb"]"#.to_owned(),
            id => format!(
                r#"redirect_uris = ["https://{id}.test/cb?tab=1"]
post_logout_redirect_uris = ["https://{id}.test/"]
client_uri = "https://{id}.test/""#
            ),
        };
        text.push_str(&format!(
            r#"
[[client]]
client_id = "{id}"
name = {{ vi = "Ứng dụng {id}", en = "Application {id}" }}
legal_entity = {{ code = "{body}", vi = "Cơ quan {body}", en = "Body {body}" }}
purpose = {{ vi = "Thử nghiệm", en = "Testing" }}
legal_basis = "Nghị định 118/2025/NĐ-CP"
{rest}
{redirects}
"#
        ));
    }
    text
}
