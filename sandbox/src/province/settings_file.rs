//! `broker.toml` of the province: read by the broker with the loader that it has for everybody.

use std::fmt::Write;

use secrecy::{ExposeSecret, SecretString};

use crate::{
    national::staff::ACR_PASSWORD,
    people::{AGENCY_OF_DUNG, OFFICER_DUNG, PEOPLE, Role},
};

use super::{
    parts::{Addresses, Part},
    state::{State, StateError},
};

/// Where the broker keeps what it must keep.
#[derive(Clone)]
pub enum Storage {
    /// SQLite in the state folder.
    Embedded,
    /// Postgres and Redis.
    Cluster {
        /// `postgres://…`
        postgres: SecretString,
        /// `redis://…`
        redis: SecretString,
        /// What every key in Redis begins with; also keeps provinces on one server apart.
        redis_prefix: String,
    },
}

/// Writes the secrets that the storage needs, and gives the section.
fn storage(state: &State, storage: &Storage) -> Result<String, StateError> {
    let Storage::Cluster { postgres, redis, redis_prefix } = storage else {
        return Ok("kind = \"sqlite\"\npath = \"broker.db\"".to_owned());
    };
    state.write("secrets/postgres-url", postgres.expose_secret())?;
    state.write("secrets/redis-url", redis.expose_secret())?;
    let prefix = serde_json::Value::from(redis_prefix.as_str());
    Ok(format!(
        "kind = \"cluster\"\npostgres_url_file = \"secrets/postgres-url\"\nredis_url_file = \"secrets/redis-url\"\n\
         redis_prefix = {prefix}"
    ))
}

/// Writes the file.
pub fn write(state: &State, addresses: &Addresses, kept_in: &Storage) -> Result<(), StateError> {
    let storage = storage(state, kept_in)?;
    let (issuer, home) = (addresses.origin(Part::Broker), addresses.at(Part::MotCua, "/"));
    let (bind, operator) = (addresses.socket(Part::Broker), addresses.socket(Part::Operator));
    let (vneid, staff) = (addresses.origin(Part::Vneid), addresses.origin(Part::Staff));
    let text = format!(
        r#"# Viết lại ở mỗi lần khởi động; mọi khóa được giải thích trong broker/broker.example.toml.
# Written anew at each start; broker/broker.example.toml explains every key.

[server]
issuer = "{issuer}"
bind = "{bind}"
operator_bind = "{operator}"
drain_timeout = "5s"

[storage]
{storage}

[keys]
root_key_file = "secrets/root.key"

[clients]
file = "clients.toml"

[posts]
file = "posts.toml"

[bus]
audience = "{BUS_AUDIENCE}"

[province]
name_vi = "Tỉnh thử nghiệm"
name_en = "Trial province"
home_uri = "{home}"

[telemetry]
format = "json"

[provider.vneid]
dialect = "vneid"
name_vi = "VNeID"
name_en = "VNeID"
hint_vi = "Tài khoản định danh điện tử của công dân"
hint_en = "The electronic identity account of citizens"
ceiling = 1
asserted_level = 1
issuer = "{vneid}"
authorize_url = "{vneid}{VNEID_AUTHORIZE}"
token_url = "{vneid}{VNEID_TOKEN}"
userinfo_url = "{vneid}{VNEID_USERINFO}"
client_id = "{CLIENT_ID}"
client_secret_file = "secrets/vneid.secret"
private_key_file = "keys/vneid-rsa.pem"
cipher = "aes-ecb"
encryption = "required"

[provider.can-bo]
dialect = "oidc"
name_vi = "Tài khoản cán bộ"
name_en = "Staff account"
hint_vi = "Cán bộ, công chức, viên chức của tỉnh"
hint_en = "Officers and staff of the province"
ceiling = 2
issuer = "{staff}"
client_id = "{CLIENT_ID}"
client_secret_file = "secrets/can-bo.secret"
allow_http = true
scopes = ["openid", "profile", "email"]
# Tỉnh cấp tài khoản cho cán bộ sau khi đối chiếu căn cước trực tiếp. Staff are proven in person before they get one.
asserted_account_level = 2

[provider.can-bo.level_by_acr]
"{ACR_PASSWORD}" = 1
"#
    );
    state.write("posts.toml", &posts())?;
    state.write("broker.toml", &text)
}

/// The posts of the province: the officer may come as staff or as a citizen, and is the same officer.
fn posts() -> String {
    let mut text = String::from("# Viết lại ở mỗi lần khởi động. Written anew at each start.\n");
    for person in PEOPLE.iter().filter(|person| person.role == Role::Officer) {
        let staff = person.staff.map(|staff| ("can-bo", staff.subject));
        for (provider, subject) in staff.into_iter().chain([("vneid", person.number)]) {
            let _ = write!(
                text,
                "\n[[post]]\nprovider = \"{provider}\"\nsubject = \"{subject}\"\nagency = \"{AGENCY_OF_DUNG}\"\n\
                 officer = \"{OFFICER_DUNG}\"\nrole = \"chuyen-vien-mot-cua\"\nvalid_from = 2026-01-01\n"
            );
        }
    }
    text
}

/// What the bus calls itself in this province, whatever port it has: a name in tokens, not an address that is called.
pub const BUS_AUDIENCE: &str = "https://localhost:8450";

/// What the broker is called at both stand-ins.
pub const CLIENT_ID: &str = "lien-thong";

const VNEID_AUTHORIZE: &str = "/authorize";
const VNEID_TOKEN: &str = "/token";
const VNEID_USERINFO: &str = "/userinfo";
