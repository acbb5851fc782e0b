//! `broker --config … keys …`: what an operator does to the signing keys, beside brokers that run. It works on the store
//! itself; every replica looks there within a second. Beside that it shows what to register at a provider.

use std::{fmt::Write, sync::Arc};

use adapter_oidc::ClientAuth;
use clap::Subcommand;
use secrecy::ExposeSecret;
use signing::{Algorithm, Sealer};

use crate::{
    app::{StartError, World},
    settings::{Dialect, Settings},
    storage::{self, StoredKey},
    tokens::rotation::{Haste, Keys, RotationError, due},
};

/// What to do to which keys.
#[derive(Clone, Debug, Subcommand)]
pub enum KeysCommand {
    /// Those that we sign with.
    #[command(flatten)]
    Signing(SigningKeys),
    /// Shows the public half of the key by which we prove ourselves to a provider, as the key set to register there.
    Provider {
        /// The provider, as the settings name it.
        name: String,
    },
}

/// What to do to the keys that we sign with.
#[derive(Clone, Debug, Subcommand)]
pub enum SigningKeys {
    /// Shows every key, its state, and what may be done with it when.
    List,
    /// Makes a key and shows it to clients; it does not sign yet.
    Announce {
        /// ES256 or RS256.
        #[arg(value_parser = algorithm)]
        algorithm: Algorithm,
    },
    /// Lets an announced key sign; the one that signed retires, and goes by itself once everything it signed has expired.
    Activate {
        /// The key, as `list` names it.
        #[arg(allow_hyphen_values = true)]
        kid: String,
        /// Do not wait until every client can have seen it.
        #[arg(long)]
        force: bool,
    },
    /// Removes a key that retires, or takes back one that was only announced.
    Retire {
        /// The key, as `list` names it.
        #[arg(allow_hyphen_values = true)]
        kid: String,
        /// Do not wait until everything it signed has expired: all of it is refused at once.
        #[arg(long)]
        force: bool,
    },
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum KeysCommandError {
    /// Store or root key do not open.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The key is left as it is.
    #[error(transparent)]
    Rotation(#[from] RotationError),
    /// There is no such provider, or we prove ourselves to it in another way.
    #[error("there is no provider {0} with client_auth = \"private_key_jwt\"")]
    Provider(String),
}

fn algorithm(name: &str) -> Result<Algorithm, String> {
    Algorithm::from_name(name)
        .ok_or_else(|| format!("must be one of {}", Algorithm::ALL.map(Algorithm::name).join(", ")))
}

fn haste(force: bool) -> Haste {
    if force { Haste::Force } else { Haste::Wait }
}

/// Does it, and gives what to tell the operator.
pub async fn run(command: &KeysCommand, settings: &Settings, world: &World) -> Result<String, KeysCommandError> {
    let command = match command {
        KeysCommand::Provider { name } => {
            return key_set(settings, name).ok_or_else(|| KeysCommandError::Provider(name.clone()));
        }
        KeysCommand::Signing(command) => command,
    };
    let sealer = Arc::new(Sealer::new(settings.root_key.expose_secret()).map_err(StartError::RootKey)?);
    let cabinet = storage::open_keys(&settings.storage).await.map_err(StartError::Store)?;
    let World { clock, entropy } = world.clone();
    let keys = Keys { store: Arc::clone(&cabinet.keys), sealer, clock, entropy };
    let told = act(&keys, command).await;
    cabinet.care.close().await;
    Ok(told?)
}

/// The key set of a provider to which we prove ourselves by key.
fn key_set(settings: &Settings, name: &str) -> Option<String> {
    let provider = settings.providers.iter().find(|provider| provider.id.as_str() == name)?;
    let Dialect::Oidc(settings) = &provider.dialect else { return None };
    let ClientAuth::PrivateKeyJwt(key) = &settings.client_auth else { return None };
    Some(format!("{:#}\n", serde_json::json!({ "keys": [key.public_jwk()] })))
}

async fn act(keys: &Keys, command: &SigningKeys) -> Result<String, RotationError> {
    match command {
        SigningKeys::List => Ok(table(&keys.store.all().await?)),
        SigningKeys::Announce { algorithm } => {
            let key = keys.announce(*algorithm).await?;
            let from = due(&key).unwrap_or(key.since);
            Ok(format!("announced {} ({algorithm}); it may be activated from {from}\n", key.kid))
        }
        SigningKeys::Activate { kid, force } => {
            keys.activate(kid, haste(*force)).await?;
            Ok(format!("{kid} signs\n"))
        }
        SigningKeys::Retire { kid, force } => {
            keys.retire(kid, haste(*force)).await?;
            Ok(format!("{kid} is gone\n"))
        }
    }
}

fn table(keys: &[StoredKey]) -> String {
    let mut text = format!("{:<43}  {:<9}  {:<9}  {:<20}  NEXT\n", "KEY", "ALGORITHM", "STATE", "SINCE");
    for key in keys {
        let next = match (due(key), key.state) {
            (Some(due), signing::KeyState::Announced) => format!("may be activated from {due}"),
            (Some(due), _) => format!("goes by itself after {due}"),
            (None, _) => String::new(),
        };
        let (algorithm, state, since) = (key.algorithm.name(), key.state.name(), key.since.to_string());
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<43}  {algorithm:<9}  {state:<9}  {since:<20}  {next}", key.kid);
    }
    text
}
