//! Every dependency once, made from settings. The only file that names concrete adapters, clocks and stores.

use std::sync::Arc;

use adapter_oidc::OidcProvider;
use adapter_vneid::VneidProvider;
use clock::{Clock, Entropy, SystemClock, SystemEntropy};
use contract::IdentityProvider;
use policies::Policies;
use secrecy::ExposeSecret;
use signing::Sealer;

use crate::{
    clients::{self, ClientRegistry, credentials::ClientCheck, file::ClientFaults, registry::PrepareError},
    grant::Exchange,
    http::{App, AppState, browser::CookieNames, discovery},
    login::Login,
    pages::{Pages, PagesError},
    people::post::{self, PostFaults, Posts},
    settings::{Dialect, ProviderSettings, Settings},
    storage::{self, StoreError, Stores},
    tokens::{
        Mint,
        keys::{self, KeysError},
        rotation::Keys,
    },
    upstream::{Calls, Provider, Providers},
};

/// Why the broker does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The clients file has faults.
    #[error("the clients file has faults:\n{0}")]
    Clients(#[from] ClientFaults),
    /// The posts file has faults.
    #[error("the posts file has faults:\n{0}")]
    Posts(#[from] PostFaults),
    /// A client cannot be prepared.
    #[error("client {0} cannot be used")]
    Client(types::ClientId, #[source] PrepareError),
    /// A provider's settings do not work.
    #[error("provider {0} cannot be used: {1}")]
    Provider(types::ProviderId, String),
    /// The policies do not load.
    #[error("the policies cannot be used")]
    Policies(#[from] policies::PolicyError),
    /// The stores do not open.
    #[error("the stores cannot be used")]
    Store(#[from] StoreError),
    /// The keys cannot be had.
    #[error("the signing keys cannot be used")]
    Keys(#[from] KeysError),
    /// The root key is not usable.
    #[error("the root key cannot be used")]
    RootKey(#[from] signing::SealingError),
    /// The pages do not load.
    #[error("the pages cannot be used")]
    Pages(#[from] PagesError),
    /// A listener cannot be opened.
    #[error("{name} cannot listen on {address}: {source}")]
    Bind {
        /// Which listener.
        name: &'static str,
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Metrics cannot be set up.
    #[error("metrics cannot be set up: {0}")]
    Metrics(String),
}

/// Time and chance, which a test may hold still.
#[derive(Clone)]
pub struct World {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives chance.
    pub entropy: Arc<dyn Entropy>,
}

impl World {
    /// The machine's own.
    #[must_use]
    pub fn real() -> Self {
        Self { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy::new()) }
    }
}

/// Everything that settings alone decide: checked without opening a store or a port.
pub struct Checked {
    /// Decides.
    pub policies: Arc<Policies>,
    /// The clients of the file.
    pub clients: Vec<clients::Client>,
    /// The providers of the settings.
    pub providers: Providers,
    /// The posts of the file.
    pub posts: Posts,
    /// Renders.
    pub pages: Pages,
    /// Seals.
    pub sealer: Arc<Sealer>,
}

/// Checks what settings name: clients, providers, policies, pages, root key.
pub fn check(settings: &mut Settings, world: &World) -> Result<Checked, StartError> {
    let sealer = Arc::new(Sealer::new(settings.root_key.expose_secret())?);
    let policies = Arc::new(Policies::load()?);
    let providers = std::mem::take(&mut settings.providers);
    let providers: Vec<Provider> =
        providers.into_iter().map(|provider| make(provider, world)).collect::<Result<_, _>>()?;
    let names: Vec<String> = providers.iter().map(|provider| provider.id.to_string()).collect();
    let providers = Providers::new(providers);
    let (highest, bus) = (providers.highest_ceiling(), settings.bus_audience.as_deref());
    let setting = clients::file::Setting { providers: &names, highest, bus };
    let clients = clients::file::read(&settings.clients_file, setting)?;
    let posts = match &settings.posts_file {
        Some(path) => post::read(path, &providers, &sealer)?,
        None => Posts::default(),
    };
    for client in &clients {
        clients::registry::prepare(client.clone(), &policies, &providers.switched_off())
            .map_err(|error| StartError::Client(client.client_id.clone(), error))?;
    }
    let pages = Pages::new(settings.province.clone())?;
    Ok(Checked { policies, clients, providers, posts, pages, sealer })
}

fn make(settings: ProviderSettings, world: &World) -> Result<Provider, StartError> {
    let World { clock, entropy } = world;
    let form_target = [vec![settings.dialect.form_target()], settings.login_origins].concat().join(" ");
    let issuer = settings.dialect.issuer().to_owned();
    let id = settings.id.clone();
    let fault = |error: &dyn std::fmt::Display| StartError::Provider(id.clone(), error.to_string());
    let adapter: Arc<dyn IdentityProvider> = match settings.dialect {
        Dialect::Vneid(vneid) => {
            Arc::new(VneidProvider::new(*vneid, Arc::clone(entropy)).map_err(|error| fault(&error))?)
        }
        Dialect::Oidc(oidc) => {
            let made = OidcProvider::new(*oidc, Arc::clone(clock), Arc::clone(entropy));
            Arc::new(made.map_err(|error| fault(&error))?)
        }
    };
    Ok(Provider {
        id: settings.id,
        issuer,
        name: settings.name,
        hint: settings.hint,
        enabled: settings.enabled,
        form_target,
        ceiling: settings.ceiling,
        calls: Calls::at_most(settings.max_calls),
        adapter,
    })
}

/// Opens the stores, loads the clients into them, reads or makes the keys, and puts everything together.
pub async fn build(settings: &Settings, checked: Checked, world: &World) -> Result<AppState, StartError> {
    let World { clock, entropy } = world.clone();
    let Checked { policies, clients, providers, posts, pages, sealer } = checked;
    let stores: Stores = storage::open(&settings.storage).await?;
    stores.clients.replace_all(&clients, clock.now()).await?;
    let ring = keys::load(&*stores.keys, &sealer, &*clock, &*entropy).await?;
    let issuer: Arc<str> = settings.server.issuer.as_str().into();
    let bus: Option<Arc<str>> = settings.bus_audience.as_deref().map(Into::into);
    let discovery = discovery::document(&issuer, providers.highest_ceiling(), bus.as_deref());
    let mint = Arc::new(Mint::new(
        Arc::clone(&issuer),
        bus,
        ring,
        Arc::clone(&sealer),
        Arc::clone(&clock),
        Arc::clone(&entropy),
    ));
    let registry = ClientRegistry::new(Arc::clone(&stores.clients), Arc::clone(&policies), providers.switched_off());
    let login = Login {
        issuer: Arc::clone(&issuer),
        stores: stores.clone(),
        clients: registry.clone(),
        providers,
        policies: Arc::clone(&policies),
        mint: Arc::clone(&mint),
        sealer: Arc::clone(&sealer),
        posts: posts.clone(),
        clock: Arc::clone(&clock),
        entropy: Arc::clone(&entropy),
        lifetimes: settings.lifetimes,
        strangers: Arc::default(),
    };
    let client_check = ClientCheck {
        registry,
        once: Arc::clone(&stores.once),
        clock: Arc::clone(&clock),
        issuer: Arc::clone(&issuer),
    };
    let keys = Keys {
        store: Arc::clone(&stores.keys),
        sealer: Arc::clone(&sealer),
        clock: Arc::clone(&clock),
        entropy: Arc::clone(&entropy),
    };
    let exchange = Exchange { stores, mint, policies, sealer, posts, clock, entropy: Arc::clone(&entropy) };
    Ok(AppState(Arc::new(App {
        login,
        exchange,
        client_check,
        keys,
        pages,
        cookies: CookieNames::new(&issuer),
        discovery,
        home_uri: settings.home_uri.as_ref().map(ToString::to_string),
        entropy,
    })))
}
