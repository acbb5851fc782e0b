//! Starts a whole province, and tells what is known of the broker in it.

use std::{collections::BTreeMap, fmt::Write, sync::Arc};

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sandbox::province::{Part, Province, ProvinceOptions, Storage};
use secrecy::ExposeSecret;
use tempfile::TempDir;

use crate::{
    checks::sha256,
    op::{Client, ClientAuth, Clients, Expects, Held, Op, Side},
    person::Person,
    request::random,
};

/// A running province.
pub struct Ours {
    /// Its broker.
    pub op: Arc<Op>,
    province: Province,
    _folder: TempDir,
}

/// Where answers go; nobody listens there, the browser is stopped before.
const REDIRECT_URI: &str = "http://127.0.0.1:7999/cb";

/// A citizen, who comes through VNeID.
const CITIZEN: Person = Person { provider: "vneid", login: "075085000001", password: "123456" };

/// An officer, who comes through the province's own staff provider.
const OFFICER: Person = Person { provider: "can-bo", login: "dung.pham", password: "123456" };

/// Starts it on free ports.
pub async fn start(side: Side, storage: Storage) -> Result<Ours> {
    let folder = tempfile::tempdir()?;
    let (second, rs256) = (client("kiem-chuan-hai", None)?, client("kiem-chuan-rs256", None)?);
    let file = folder.path().join("clients.toml");
    std::fs::write(&file, entry(&second, "ES256") + &entry(&rs256, "RS256"))?;
    let mut options = ProvinceOptions::new(folder.path().join("province"));
    options.extra_clients = Some(file);
    options.storage = storage;
    let province = Province::start(options).await?;
    let secret = province.secrets().thu_nghiem.expose_secret();
    let first = client("thu-nghiem", Some(secret))?;
    let post = Client { auth: ClientAuth::Post, ..first.clone() };
    let issuer = province.addresses().origin(Part::Broker);
    let clients = Clients { first, second, post, rs256 };
    let op = Op::discover(side, issuer, clients, CITIZEN, expects()).await.context("the broker")?;
    Ok(Ours { op, province, _folder: folder })
}

impl Ours {
    /// Stops it.
    pub async fn stop(self) {
        self.province.stop().await;
    }
}

fn client(id: &str, secret: Option<&str>) -> Result<Client> {
    Ok(Client {
        id: id.to_owned(),
        secret: secret.map_or_else(random, |secret| Ok(secret.to_owned()))?,
        auth: ClientAuth::Basic,
        redirect_uri: REDIRECT_URI.to_owned(),
        post_logout_redirect_uri: Some(REDIRECT_URI.to_owned()),
    })
}

/// The registration of a client that only this suite needs.
fn entry(client: &Client, algorithm: &str) -> String {
    let hash = URL_SAFE_NO_PAD.encode(sha256(client.secret.as_bytes()));
    let mut text = String::from("[[client]]\n");
    for (name, value) in [
        ("client_id", format!("{:?}", client.id)),
        ("name", r#"{ vi = "Kiểm tra tuân thủ", en = "Conformance test" }"#.to_owned()),
        ("legal_entity", r#"{ code = "000.00.99.H19", vi = "Đơn vị kiểm tra", en = "Test body" }"#.to_owned()),
        ("purpose", r#"{ vi = "Kiểm tra tuân thủ", en = "Testing conformance" }"#.to_owned()),
        ("legal_basis", r#""Thỏa thuận thử nghiệm kết nối""#.to_owned()),
        ("credentials", format!(r#"{{ method = "legacy_secret", secret_sha256 = "{hash}" }}"#)),
        ("legacy", "true".to_owned()),
        ("redirect_uris", format!("[{REDIRECT_URI:?}]")),
        ("grant_types", r#"["authorization_code", "refresh_token"]"#.to_owned()),
        ("scopes", r#"["openid"]"#.to_owned()),
        ("providers", r#"["vneid"]"#.to_owned()),
        ("id_token_signed_response_alg", format!("{algorithm:?}")),
    ] {
        let _ = writeln!(text, "{name} = {value}");
    }
    text
}

fn expects() -> Expects {
    let held = BTreeMap::from([
        (
            "profile",
            Held {
                person: CITIZEN,
                claims: &["name", "birthdate", "updated_at"],
                reason: "of the scope `profile` VNeID's dialect A gives `name` and `birthdate`, and the broker \
                         `updated_at`; nobody says which part of a Vietnamese name is the family name, or vouches for \
                         the other claims",
            },
        ),
        ("email", Held { person: OFFICER, claims: &["email", "email_verified"], reason: "" }),
        (
            "address",
            Held {
                person: CITIZEN,
                claims: &[],
                reason: "VNeID's dialect A gives no address, so `address` is left out",
            },
        ),
        (
            "phone",
            Held {
                person: CITIZEN,
                claims: &[],
                reason: "VNeID's dialect A gives no phone number that anybody verified, so `phone` gives nothing",
            },
        ),
    ]);
    Expects {
        held,
        extra_claims: Some((
            &["vn_account_level", "vn_account_type"],
            "`vn_account_level` and `vn_account_type` go with every sign-in to a client that is registered for them, as \
             `acr` does",
        )),
        plain_http: "the province listens on loopback without TLS; any other issuer must be https, and the settings refuse \
                     it otherwise",
        acr: ("urn:lienthong:nd69:1", None),
        default_algorithm: Some(
            "ES256 is the default and RS256 is chosen in the client's registration; the module runs with a client \
             registered for it",
        ),
        unknown_metadata: &[],
    }
}
