//! What the gateway of the province reads, as an operator would write it: settings, registry, secrets; and what the
//! departments know of it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clock::{Clock, Entropy};
use secrecy::SecretString;
use signing::http_signature::VerifyingKey;

use super::{
    parts::{Addresses, Part},
    settings_file::{BUS_AUDIENCE, Storage},
    state::{State, StateError},
};
use crate::{
    bus::{Caller, Department, Gateway, NoCaller},
    national::population::PopulationStandIn,
};

/// The registry of the province: the same files at each start, beside whatever else lies in the folder.
const REGISTRY: &[(&str, &str)] = &[
    ("agencies.toml", include_str!("../../registry/agencies.toml")),
    ("agreements/mot-cua.toml", include_str!("../../registry/agreements/mot-cua.toml")),
    ("mappings/dan-cu.toml", include_str!("../../registry/mappings/dan-cu.toml")),
    ("members/callers.toml", include_str!("../../registry/members/callers.toml")),
    ("members/providers.toml", include_str!("../../registry/members/providers.toml")),
    ("services/dan-cu.toml", include_str!("../../registry/services/dan-cu.toml")),
    ("services/xac-thuc.openapi.json", include_str!("../../registry/services/xac-thuc.openapi.json")),
    ("services/tra-cuu.openapi.json", include_str!("../../registry/services/tra-cuu.openapi.json")),
    ("services/ho-kinh-doanh.openapi.json", include_str!("../../registry/services/ho-kinh-doanh.openapi.json")),
    ("services/tinh.toml", include_str!("../../registry/services/tinh.toml")),
];

/// Departments with a certificate, and the subsystem each of them is.
pub const DEPARTMENTS: [(&str, &str); 2] =
    [("mot-cua", "VN/GOV/000.00.15.H19/mot-cua"), ("khong-quyen", "VN/GOV/000.00.16.H19/khong-quyen")];

/// The gateway's settings.
pub const SETTINGS: &str = "gateway.toml";

/// The folder of its registry.
pub const REGISTRY_FOLDER: &str = "registry";

/// Its message log, when it is kept in a file.
pub const MESSAGE_LOG: &str = "gateway.db";

/// Writes everything that the gateway reads.
pub fn write(state: &State, addresses: &Addresses, kept_in: &Storage) -> Result<(), StateError> {
    state.sealing_key("secrets/gateway-evidence.key")?;
    state.message_key("secrets/gateway-log.key")?;
    state.write("secrets/dan-cu-api.secret", PopulationStandIn::API_KEY)?;
    state.write("secrets/dan-cu.secret", PopulationStandIn::SECRET)?;
    let answers = state.message_key("secrets/gateway-answers.key")?;
    state.write("pki/gateway-answers.pub", &public_pem(answers.public()))?;
    for (name, _) in DEPARTMENTS {
        let key = state.message_key(&format!("pki/{name}.key"))?;
        state.write(&format!("{REGISTRY_FOLDER}/keys/{name}.pub"), &public_pem(key.public()))?;
        let certificate = state.read(&format!("pki/{name}.pem"))?;
        state.write(&format!("{REGISTRY_FOLDER}/certificates/{name}.pem"), &certificate)?;
    }
    for (file, text) in REGISTRY {
        state.write(&format!("{REGISTRY_FOLDER}/{file}"), text)?;
    }
    state.write(SETTINGS, &settings(addresses, kept_in))
}

fn settings(addresses: &Addresses, kept_in: &Storage) -> String {
    let storage = storage(kept_in);
    let (bind, operator) = (addresses.socket(Part::Gateway), addresses.socket(Part::GatewayOperator));
    let authority = format!("localhost:{}", addresses.port(Part::Gateway));
    let (issuer, jwks) = (addresses.origin(Part::Broker), addresses.at(Part::Broker, "/jwks"));
    let (client, user) = (PopulationStandIn::CLIENT, PopulationStandIn::USER);
    let (population, register) = (addresses.origin(Part::Population), addresses.origin(Part::Register));
    format!(
        r#"# Viết lại ở mỗi lần khởi động; mọi khóa được giải thích trong lgsp-gateway/gateway.example.toml.
# Written anew at each start; lgsp-gateway/gateway.example.toml explains every key.

[server]
bind = "{bind}"
operator_bind = "{operator}"
authorities = ["{authority}"]
drain_timeout = "5s"

[tls]
certificate = "pki/gateway.pem"
key_file = "pki/gateway.key"
client_authorities = "pki/ca.pem"
revocation_lists = "pki/crl.pem"

[signing]
key_file = "secrets/gateway-answers.key"

[log]
origin = "localhost/lien-thong"
key_file = "secrets/gateway-log.key"
evidence_key_file = "secrets/gateway-evidence.key"

[registry]
folder = "{REGISTRY_FOLDER}"
reload_every = "1s"

[officers]
issuer = "{issuer}"
jwks_uri = "{jwks}"
audience = "{BUS_AUDIENCE}"

[storage]
{storage}

[telemetry]
format = "json"

[adapter.dan-cu]
dialect = "population"
url = "{population}/"
client = "{client}"
api_key_file = "secrets/dan-cu-api.secret"
user = "{user}"
secret_file = "secrets/dan-cu.secret"

[adapter.so-dang-ky]
dialect = "rest"
url = "{register}/"
"#
    )
}

/// The file of the message log; `None` when it is kept in Postgres.
#[must_use]
pub fn message_log(kept_in: &Storage, folder: &Path) -> Option<PathBuf> {
    matches!(kept_in, Storage::Embedded).then(|| folder.join(MESSAGE_LOG))
}

/// The section `[storage]`; the secrets of a cluster are those that the broker's settings have written.
fn storage(kept_in: &Storage) -> String {
    let Storage::Cluster { redis_prefix, .. } = kept_in else {
        return format!("kind = \"sqlite\"\npath = \"{MESSAGE_LOG}\"");
    };
    let prefix = serde_json::Value::from(format!("{redis_prefix}gateway:"));
    format!(
        "kind = \"cluster\"\npostgres_url_file = \"secrets/postgres-url\"\nredis_url_file = \"secrets/redis-url\"\n\
         redis_prefix = {prefix}"
    )
}

/// What every department of the province is told of the gateway.
pub fn gateway(state: &State, addresses: &Addresses) -> Result<Gateway, StateError> {
    let answers = state.message_key("secrets/gateway-answers.key")?;
    Ok(Gateway {
        origin: addresses.origin(Part::Gateway),
        anchor: state.read("pki/ca.pem")?,
        keys: vec![answers.public().clone()],
    })
}

/// The caller of one of the departments.
pub fn caller(
    state: &State,
    gateway: Gateway,
    name: &str,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Caller, CallerError> {
    let (_, subsystem) = DEPARTMENTS.into_iter().find(|(known, _)| *known == name).ok_or(CallerError::Unknown)?;
    let department = Department {
        subsystem: subsystem.to_owned(),
        key_id: name.to_owned(),
        certificate: state.read(&format!("pki/{name}.pem"))?,
        key: SecretString::from(state.read(&format!("pki/{name}.key"))?),
    };
    Ok(Caller::new(&department, gateway, clock, entropy)?)
}

/// Why a department cannot call.
#[derive(Debug, thiserror::Error)]
pub enum CallerError {
    /// There is no department of this name.
    #[error("there is no such department in the province")]
    Unknown,
    /// Its files cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// Key or certificate cannot be used.
    #[error(transparent)]
    Caller(#[from] NoCaller),
}

fn public_pem(key: &VerifyingKey) -> String {
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", key.spki_base64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_log_is_a_file_only_in_the_embedded_province() {
        let folder = Path::new("/province");
        assert_eq!(message_log(&Storage::Embedded, folder), Some(folder.join("gateway.db")));
        let secret = || SecretString::from("postgres://localhost");
        let cluster = Storage::Cluster { postgres: secret(), redis: secret(), redis_prefix: "p:".to_owned() };
        assert_eq!(message_log(&cluster, folder), None);
    }
}
