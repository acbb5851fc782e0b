//! What the operator asked for, typed. Reading reports every fault at once; `broker.example.toml` documents every key.

pub mod provider;
pub mod server;

use std::path::{Path, PathBuf};

use boot::{
    limits::RequestLimits,
    settings::{Document, Environment, Faults, Section},
    telemetry::TelemetrySettings,
};
use secrecy::SecretSlice;

pub use provider::{Dialect, ProviderSettings};
pub use server::ServerSettings;

use crate::{login::Lifetimes, pages::ProvinceName, storage::StorageSettings, tokens::keys::LONGEST_LIFE};

/// The prefix of environment variables that overlay the file.
pub const PREFIX: &str = "BROKER";

/// Every setting of the broker.
#[derive(Debug)]
pub struct Settings {
    /// Listeners and their bounds.
    pub server: ServerSettings,
    /// Where things are kept.
    pub storage: StorageSettings,
    /// The 32-byte root key under which everything sealed is sealed.
    pub root_key: SecretSlice<u8>,
    /// The clients file.
    pub clients_file: PathBuf,
    /// The posts file, where officers act on the bus.
    pub posts_file: Option<PathBuf>,
    /// What the bus calls itself: the second audience of an officer's token.
    pub bus_audience: Option<String>,
    /// The province as pages name it.
    pub province: ProvinceName,
    /// Where a person finds the services of the province.
    pub home_uri: Option<url::Url>,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// The upstream providers, in the order of the file.
    pub providers: Vec<ProviderSettings>,
    /// Logs and traces.
    pub telemetry: TelemetrySettings,
}

impl Settings {
    /// Reads the file and what overlays it.
    pub fn read(path: &Path, environment: &Environment) -> Result<Self, Faults> {
        Self::from_document(Document::read(path, PREFIX, environment))
    }

    /// Reads a document.
    pub fn from_document(document: Document) -> Result<Self, Faults> {
        let server = server::read(&document.section("server"));
        let storage = storage(&document.section("storage"));
        let root_key = root_key(&document.section("keys"));
        let clients_file = document.section("clients").path_to("file").required();
        let posts_file = document.section("posts").path_to("file").optional();
        let issuer = server.as_ref().map(|server| server.issuer.as_str());
        let bus_audience = bus(&document.section("bus"), issuer, posts_file.as_ref().is_some_and(Option::is_some));
        let province = province(&document.section("province"));
        let home_uri = document.section("province").url("home_uri").optional();
        let lifetimes = lifetimes(&document.section("lifetimes"));
        let telemetry = TelemetrySettings::read(&document.section("telemetry"), "broker");
        let providers = document.root().subsections("provider");
        if providers.is_empty() {
            document.root().fault("provider", "at least one [provider.NAME] is needed");
        }
        let requests =
            server.as_ref().map_or(RequestLimits::default().max_in_flight, |server| server.limits.max_in_flight);
        let read = |(name, section): &(String, Section<'_>)| provider::read(name, section, requests);
        let providers: Vec<_> = providers.iter().map(read).collect();
        let settings = || {
            Some(Self {
                server: server?,
                storage: storage?,
                root_key: root_key?,
                clients_file: clients_file?,
                posts_file: posts_file?,
                bus_audience: bus_audience?,
                province: province?,
                home_uri: home_uri?,
                lifetimes: lifetimes?,
                providers: providers.into_iter().collect::<Option<Vec<_>>>()?,
                telemetry: telemetry?,
            })
        };
        let built = settings();
        document.finish(built)
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Sqlite,
    Cluster,
}

fn storage(section: &Section<'_>) -> Option<StorageSettings> {
    match section.one_of("kind", &[("sqlite", Kind::Sqlite), ("cluster", Kind::Cluster)]).or(Kind::Sqlite)? {
        Kind::Sqlite => Some(StorageSettings::Embedded { path: section.path_to("path").required()? }),
        Kind::Cluster => {
            let postgres_url = section.secret_file("postgres_url_file").required();
            let postgres_connections = section.integer("postgres_connections", 1..=200).or(16);
            let redis_url = section.secret_file("redis_url_file").required();
            let redis_prefix = section.text("redis_prefix").or("lienthong:".to_owned());
            Some(StorageSettings::Cluster {
                postgres_url: postgres_url?,
                postgres_connections: postgres_connections?,
                redis_url: redis_url?,
                redis_prefix: redis_prefix?,
            })
        }
    }
}

fn root_key(section: &Section<'_>) -> Option<SecretSlice<u8>> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use secrecy::ExposeSecret;
    let key = section.secret_file("root_key_file").parse(|text| {
        let key = STANDARD.decode(text.expose_secret().trim()).unwrap_or_default();
        if key.len() == 32 { Ok(SecretSlice::from(key)) } else { Err("must hold 32 bytes in base64") }
    });
    key.required()
}

/// The audience stands in tokens exactly as it is written, so only its form is checked.
fn bus(section: &Section<'_>, issuer: Option<&str>, has_posts: bool) -> Option<Option<String>> {
    let absolute = |text: String| match url::Url::parse(&text) {
        Ok(url) if url.has_host() && url.fragment().is_none() => Ok(text),
        _ => Err("must be an absolute address without a fragment"),
    };
    let audience = section.text("audience").parse(absolute).optional()?;
    if audience.is_some() && audience.as_deref() == issuer {
        section.fault("audience", "must not be the issuer itself");
    }
    if audience.is_some() && !has_posts {
        section.fault("audience", "needs posts.file: without posts nobody could act on the bus");
    }
    Some(audience)
}

fn province(section: &Section<'_>) -> Option<ProvinceName> {
    let (vi, en) = (section.text("name_vi").required(), section.text("name_en").required());
    Some(ProvinceName { vi: vi?, en: en? })
}

fn lifetimes(section: &Section<'_>) -> Option<Lifetimes> {
    use std::time::Duration;
    let seconds = Duration::from_secs;
    let attempt = section.duration("attempt").between(seconds(30), seconds(600)).or(seconds(600));
    let code = section.duration("code").between(seconds(5), seconds(600)).or(seconds(60));
    let session = section.duration("session").between(seconds(60), LONGEST_LIFE).or(seconds(8 * 3600));
    Some(Lifetimes { attempt: attempt?, code: code?, session: session? })
}
