//! The one place that names concrete adapters and builds their clients.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use adapter_population::{PopulationExchange, PopulationSettings};
use adapter_rest::{Network, RestExchange, RestSettings};
use boot::settings::{Section, private_text};
use certs::{Identity, Revocation, Trust};
use clock::Clock;
use contract::Exchange;
use url::Url;

use super::renewed::LARGEST;

/// The system of one `[adapter.NAME]`.
#[derive(Debug)]
pub struct AdapterSettings {
    dialect: Dialect,
    url: Url,
    allowed_networks: Vec<Network>,
    anchors_file: Option<PathBuf>,
    identity: Option<(PathBuf, PathBuf)>,
    connect_timeout: Duration,
    hold: usize,
    max_answer: usize,
}

/// How the system speaks.
#[derive(Debug)]
enum Dialect {
    /// Any REST register; `by_service` puts the service's code between address and path, for an address that has several
    /// services behind it.
    Rest { by_service: bool },
    /// The national population database.
    Population(Box<Population>),
}

/// What the contract with the owner of the population database fixes; secrets by their files.
#[derive(Debug)]
struct Population {
    client: String,
    api_key: PathBuf,
    user: String,
    secret: PathBuf,
    auth_url: Option<String>,
    integration: String,
    account: Option<String>,
    phone: Option<String>,
}

#[derive(Clone, Copy)]
enum DialectName {
    Rest,
    Population,
}

/// Why an adapter cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum AdapterError {
    /// The address, its networks or a limit do not go together.
    #[error("the adapter's settings do not go together")]
    Settings(#[source] adapter_rest::SettingsError),
    /// Anchors, certificate or key for the register cannot be used.
    #[error("the adapter's anchors or identity cannot be used")]
    Certificates(#[source] certs::CertificateError),
    /// A secret cannot be used.
    #[error("a secret of the adapter cannot be used: {0}")]
    Secret(String),
    /// A file cannot be read.
    #[error("the file {} cannot be read", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl AdapterSettings {
    /// Reads the section of one adapter; every fault is reported to it.
    #[must_use]
    pub fn read(section: &Section<'_>) -> Option<Self> {
        let names = [("rest", DialectName::Rest), ("population", DialectName::Population)];
        let dialect = match section.one_of("dialect", &names).required() {
            Some(DialectName::Rest) => {
                section.flag("service_in_path").or(true).map(|by_service| Dialect::Rest { by_service })
            }
            Some(DialectName::Population) => {
                population(section).map(|settings| Dialect::Population(Box::new(settings)))
            }
            None => None,
        };
        let url = section.url("url").required();
        let allowed_networks = section.list_of("allowed_networks", str::parse::<Network>).or(loopback());
        let anchors_file = section.path_to("anchors_file").optional();
        let (certificate, key) =
            (section.path_to("certificate_file").optional(), section.path_to("key_file").optional());
        let identity = match (certificate?, key?) {
            (Some(certificate), Some(key)) => Some(Some((certificate, key))),
            (None, None) => Some(None),
            _ => {
                section.fault("certificate_file", "certificate_file and key_file go together");
                None
            }
        };
        if let (Some(None), Some(Some(_))) = (&anchors_file, &identity) {
            section.fault("certificate_file", "is shown to nobody without anchors_file");
        }
        let connect_timeout = section.duration("connect_timeout").or(RestSettings::DEFAULT_CONNECT_TIMEOUT);
        let hold = section.byte_size("hold").or(256 * 1024);
        let max_answer = section.byte_size("max_answer").or(1024 * 1024 * 1024);
        Some(Self {
            dialect: dialect?,
            url: url?,
            allowed_networks: allowed_networks?,
            anchors_file: anchors_file?,
            identity: identity?,
            connect_timeout: connect_timeout?,
            hold: hold?,
            max_answer: max_answer?,
        })
    }

    /// Makes the adapter. Nothing is sent.
    ///
    /// # Errors
    /// What does not work of the settings.
    pub fn build(&self, clock: &Arc<dyn Clock>) -> Result<Arc<dyn Exchange>, AdapterError> {
        let rest = self.rest(clock)?;
        match &self.dialect {
            Dialect::Rest { by_service } => {
                let exchange = RestExchange::new(&rest).map_err(AdapterError::Settings)?;
                Ok(Arc::new(if *by_service { exchange.by_service() } else { exchange }))
            }
            Dialect::Population(own) => {
                let settings = PopulationSettings {
                    upstream: rest,
                    client: own.client.clone(),
                    api_key: private_text(&own.api_key, LARGEST_SECRET).map_err(AdapterError::Secret)?,
                    user: own.user.clone(),
                    secret: private_text(&own.secret, LARGEST_SECRET).map_err(AdapterError::Secret)?,
                    auth_url: own.auth_url.clone().unwrap_or_else(|| self.url.to_string()),
                    integration: own.integration.clone(),
                    account: own.account.clone(),
                    phone: own.phone.clone(),
                };
                let exchange = PopulationExchange::new(settings, Arc::clone(clock));
                Ok(Arc::new(exchange.map_err(AdapterError::Settings)?))
            }
        }
    }

    /// The files it is made of, besides the settings.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        let secrets = match &self.dialect {
            Dialect::Rest { .. } => None,
            Dialect::Population(own) => Some([&own.api_key, &own.secret]),
        };
        let identity = self.identity.iter().flat_map(|(certificate, key)| [certificate, key]);
        let files = self.anchors_file.iter().chain(identity).chain(secrets.into_iter().flatten());
        files.map(PathBuf::as_path)
    }

    fn rest(&self, clock: &Arc<dyn Clock>) -> Result<RestSettings, AdapterError> {
        let mut rest = RestSettings::new(self.url.clone(), self.allowed_networks.clone());
        rest.connect_timeout = self.connect_timeout;
        rest.hold_bytes = u64::try_from(self.hold).unwrap_or(u64::MAX);
        rest.max_answer_bytes = u64::try_from(self.max_answer).unwrap_or(u64::MAX);
        if let Some(path) = &self.anchors_file {
            let anchors = boot::read_file(path, LARGEST);
            let anchors = anchors.map_err(|source| AdapterError::File { path: path.clone(), source })?;
            let trust = Trust::new(&anchors, &[], Revocation::NotChecked).map_err(AdapterError::Certificates)?;
            let identity = self.identity.as_ref().map(|(chain, key)| Identity::read(chain, key)).transpose();
            let identity = identity.map_err(AdapterError::Certificates)?;
            let tls = certs::tls::client_config(identity.as_ref(), &Arc::new(trust), clock);
            rest.tls = Some(tls.map_err(AdapterError::Certificates)?);
        }
        Ok(rest)
    }
}

/// The longest secret, in bytes.
const LARGEST_SECRET: u64 = 64 * 1024;

/// A file that holds a secret: it must be one now, and is read again whenever the adapter is built.
fn secret(section: &Section<'_>, key: &str) -> Option<PathBuf> {
    section.secret_file(key).required()?;
    section.path_to(key).required()
}

/// Where an adapter reaches unless set: this machine alone.
fn loopback() -> Vec<Network> {
    ["127.0.0.0/8", "::1"].into_iter().filter_map(|network| network.parse().ok()).collect()
}

fn population(section: &Section<'_>) -> Option<Population> {
    let (client, api_key) = (section.text("client").required(), secret(section, "api_key_file"));
    let (user, secret) = (section.text("user").required(), secret(section, "secret_file"));
    let auth_url = section.text("auth_url").optional();
    let integration = section.text("integration_code").or("037".to_owned());
    let (account, phone) = (section.text("account").optional(), section.text("phone").optional());
    Some(Population {
        client: client?,
        api_key: api_key?,
        user: user?,
        secret: secret?,
        auth_url: auth_url?,
        integration: integration?,
        account: account?,
        phone: phone?,
    })
}
