//! The sections of the file.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use boot::{serve::TlsServeConfig, settings::Section};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use url::Url;

use crate::{
    authorize::{OfficersSettings, acceptable},
    listener::http::{Limits, normal_authority},
    storage::StorageSettings,
    timekeeping::{Server, TimeSettings},
};

/// `[server]`: the listeners, and what they take.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// Where departments reach us, over mutual TLS.
    pub bind: SocketAddr,
    /// Where operators reach health, metrics and the tiles of the log.
    pub operator_bind: SocketAddr,
    /// The hosts, with port where it is not 443, under which we answer. A call to any other is refused.
    pub authorities: Vec<String>,
    /// Bounds of connections.
    pub serve: TlsServeConfig,
    /// Connections of one certificate's key; one more of it is closed.
    pub max_connections_each: usize,
    /// Bounds of a call.
    pub limits: Limits,
    /// Calls that are worked on at the same time; one more is refused.
    pub max_in_flight: usize,
    /// Of these, calls of one subsystem; one more of it is refused.
    pub max_in_flight_each: usize,
    /// Where replies wait that are too long to be held, in unnamed files; beside the settings unless set.
    pub spool_folder: Option<PathBuf>,
}

/// `[signing]`: the key of answers.
#[derive(Clone, Debug)]
pub struct SigningSettings {
    /// The private key, PKCS #8 PEM: Ed25519 or ECDSA P-256.
    pub key: PathBuf,
}

/// `[log]`: the message log.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// The origin line of checkpoints (C2SP tlog-checkpoint), and the name of its key. It never changes.
    pub origin: String,
    /// The Ed25519 key that signs checkpoints, PKCS #8 PEM.
    pub key: PathBuf,
    /// 32 bytes in base64: under it signature bases and copies of bodies are sealed.
    pub evidence_key: SecretSlice<u8>,
    /// How often a checkpoint is signed when the log grew.
    pub checkpoint_every: Duration,
    /// Records that may wait to be written; one more is refused.
    pub queue: usize,
    /// Share of the disk, in percent, from which no new call is taken.
    pub disk_full_percent: u8,
}

/// `[registry]`: members, services, agreements.
#[derive(Clone, Debug)]
pub struct RegistrySettings {
    /// The folder of files.
    pub folder: PathBuf,
    /// How often it is looked at.
    pub reload_every: Duration,
    /// How long the last good state may be used when the folder cannot be read.
    pub max_age: Duration,
}

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 3600);

pub(super) fn server(section: &Section<'_>) -> Option<ServerSettings> {
    let bind = section.socket_addr("bind").required();
    let operator_bind = section.socket_addr("operator_bind").required();
    if bind.zip(operator_bind).is_some_and(|(one, other)| same_place(one, other)) {
        section.fault("operator_bind", "is the place of server.bind: each listener needs its own");
    }
    let authorities = section.list_of_text("authorities").parse(some_host).required();
    let serve = TlsServeConfig::read(section);
    let half = serve.map_or(1, |serve| serve.serve.max_connections.div_ceil(2));
    let max_connections_each = section.integer("max_connections_each", 1..=1_000_000).or(half);
    let limits = Limits::read(section);
    let max_in_flight: Option<usize> = section.integer("max_in_flight", 1..=100_000).or(1024);
    let half = max_in_flight.unwrap_or_default().div_ceil(2);
    let max_in_flight_each = section.integer("max_in_flight_each", 1..=100_000).or(half);
    let spool_folder = section.path_to("spool_folder").optional();
    Some(ServerSettings {
        spool_folder: spool_folder?,
        bind: bind?,
        operator_bind: operator_bind?,
        authorities: authorities?,
        serve: serve?,
        max_connections_each: max_connections_each?,
        limits: limits?,
        max_in_flight: max_in_flight?,
        max_in_flight_each: max_in_flight_each?,
    })
}

/// Whether two listeners would get in each other's way: one port, and one address or every address.
fn same_place(one: SocketAddr, other: SocketAddr) -> bool {
    let same = one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    same && one.port() == other.port() && one.port() != 0
}

fn some_host(authorities: Vec<String>) -> Result<Vec<String>, &'static str> {
    if authorities.is_empty() {
        return Err("must name at least one host; a call to any other is refused, so to none would be every call");
    }
    let normal: Option<Vec<_>> = authorities.iter().map(|host| normal_authority(host)).collect();
    normal.ok_or("must be hosts as they stand in Host: a name or an address, and a port where it is not 443")
}

pub(super) fn signing(section: &Section<'_>) -> Option<SigningSettings> {
    Some(SigningSettings { key: section.path_to("key_file").required()? })
}

pub(super) fn time(section: &Section<'_>) -> Option<TimeSettings> {
    let servers = section.list_of("servers", str::parse::<Server>).or(Vec::new());
    let check_every = section.duration("check_every").between(SECOND, SECOND * 3600).or(SECOND * 30);
    let max_offset = section.duration("max_offset").between(SECOND / 2, SECOND * 30).or(SECOND * 2);
    let timeout = section.duration("timeout").between(SECOND / 10, SECOND * 10).or(SECOND * 2);
    let servers = servers?;
    let repeated = servers.iter().enumerate().any(|(at, one)| servers.iter().skip(at + 1).any(|other| one == other));
    if servers.len() == 1 || repeated {
        section.fault("servers", "one server decides nothing: name two different ones or more, or none");
        return None;
    }
    Some(TimeSettings { servers, check_every: check_every?, max_offset: max_offset?, timeout: timeout? })
}

pub(super) fn log(section: &Section<'_>) -> Option<LogSettings> {
    let origin = section.parse_with("origin", origin).required();
    let key = section.path_to("key_file").required();
    let evidence_key = section.secret_file("evidence_key_file").parse(|text| sealing_key(&text)).required();
    let every = section.duration("checkpoint_every").between(SECOND / 10, SECOND * 3600).or(SECOND);
    let queue = section.integer("queue", 16..=1_000_000).or(8192);
    let disk_full_percent = section.integer("disk_full_percent", 50..=100).or(95);
    Some(LogSettings {
        origin: origin?,
        key: key?,
        evidence_key: evidence_key?,
        checkpoint_every: every?,
        queue: queue?,
        disk_full_percent: disk_full_percent?,
    })
}

/// A key name of C2SP signed-note: no white space, no plus sign, not empty.
fn origin(text: &str) -> Result<String, &'static str> {
    let fits =
        !text.is_empty() && text.len() <= 200 && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+');
    if fits {
        Ok(text.to_owned())
    } else {
        Err("must be plain letters without white space and '+', such as lgsp.example.gov.vn/log")
    }
}

fn sealing_key(text: &SecretString) -> Result<SecretSlice<u8>, &'static str> {
    let key = STANDARD.decode(text.expose_secret().trim()).unwrap_or_default();
    if key.len() == 32 { Ok(SecretSlice::from(key)) } else { Err("must hold 32 bytes in base64") }
}

pub(super) fn registry(section: &Section<'_>) -> Option<RegistrySettings> {
    let folder = section.path_to("folder").required();
    let reload_every = section.duration("reload_every").between(SECOND / 5, SECOND * 60).or(SECOND * 2);
    let max_age = section.duration("max_age").between(SECOND * 60, DAY * 30).or(DAY * 3);
    Some(RegistrySettings { folder: folder?, reload_every: reload_every?, max_age: max_age? })
}

pub(super) fn officers(section: &Section<'_>) -> Option<OfficersSettings> {
    let issuer = section.parse_with("issuer", issuer).required();
    let jwks_uri = section.url("jwks_uri").required();
    let audience = section.text("audience").required();
    let keys_max_age = section.duration("keys_max_age").between(SECOND * 60, DAY * 7).or(DAY);
    let timeout = section.duration("timeout").between(SECOND / 10, SECOND * 60).or(SECOND * 5);
    Some(OfficersSettings {
        issuer: issuer?,
        jwks_uri: jwks_uri?,
        audience: audience?,
        keys_max_age: keys_max_age?,
        timeout: timeout?,
    })
}

/// The issuer stays as it is written, since tokens state it letter by letter.
fn issuer(text: &str) -> Result<String, &'static str> {
    let url = Url::parse(text).map_err(|_| "is no URL")?;
    if acceptable(&url) { Ok(text.to_owned()) } else { Err("must be https, or http on this machine") }
}

#[derive(Clone, Copy)]
enum Kind {
    Sqlite,
    Cluster,
}

pub(super) fn storage(section: &Section<'_>) -> Option<StorageSettings> {
    match section.one_of("kind", &[("sqlite", Kind::Sqlite), ("cluster", Kind::Cluster)]).or(Kind::Sqlite)? {
        Kind::Sqlite => Some(StorageSettings::Embedded { path: section.path_to("path").required()? }),
        Kind::Cluster => {
            let postgres_url = section.secret_file("postgres_url_file").required();
            let postgres_connections = section.integer("postgres_connections", 1..=200).or(8);
            let redis_url = section.secret_file("redis_url_file").required();
            let redis_prefix = section.text("redis_prefix").or("lienthong:gateway:".to_owned());
            Some(StorageSettings::Cluster {
                postgres_url: postgres_url?,
                postgres_connections: postgres_connections?,
                redis_url: redis_url?,
                redis_prefix: redis_prefix?,
            })
        }
    }
}
