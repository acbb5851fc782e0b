//! Starts what is measured, and walks a person's way through it once.

use std::{
    net::TcpListener as StdListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use clock::{SystemClock, SystemEntropy};
use sandbox::{
    browser::Browser,
    national::vneid::{self, RegisteredClient, RelyingPartyKey, VneidStandIn},
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    cost::{self, Processes},
    target::Kind,
};

/// Paths of the endpoints.
pub struct Paths {
    pub authorize: &'static str,
    pub token: &'static str,
    pub userinfo: &'static str,
    pub jwks: &'static str,
    pub introspection: &'static str,
}

const OURS: Paths = Paths {
    authorize: "/authorize",
    token: "/token",
    userinfo: "/userinfo",
    jwks: "/jwks",
    introspection: "/introspect",
};

const PEERS: Paths = Paths {
    authorize: "/auth",
    token: "/token",
    userinfo: "/me",
    jwks: "/jwks",
    introspection: "/token/introspection",
};

/// A running server.
pub struct Server {
    pub name: &'static str,
    pub port: u16,
    pub host: String,
    pub paths: Paths,
    pub redirect_uri: &'static str,
    /// The header line of `client_secret_basic`.
    pub authorization: String,
    /// The server itself.
    pub processes: Processes,
    /// Its databases.
    pub stores: Processes,
    child: Child,
    _state: tempfile::TempDir,
}

/// A finished login.
pub struct LoggedIn {
    pub code: String,
    pub cookies: Vec<String>,
}

const REDIRECT: &str = "http://127.0.0.1:7999/cb";
const SECRET: &str = "SDu2yqcN_N4VmPSWrWWQNMsU1oFPFAyEKDlfBjbYZ2c";

impl Server {
    /// Starts it and waits until it answers.
    pub async fn start(broker: &Path, kind: &Kind) -> anyhow::Result<Self> {
        let state = tempfile::tempdir()?;
        let port = free_port()?;
        let (child, stores, paths) = match kind {
            Kind::Peer { node_modules } => (peer(node_modules, port)?, Processes::default(), PEERS),
            Kind::Sqlite => (ours(broker, state.path(), port, kind).await?, Processes::default(), OURS),
            Kind::Cluster { postgres, redis } => {
                let stores = [postgres, redis].map(|address| Url::parse(address).ok()?.port().and_then(cost::listener));
                let stores = Processes::of(stores.into_iter().flatten().collect());
                (ours(broker, state.path(), port, kind).await?, stores, OURS)
            }
        };
        let server = Self {
            name: kind.name(),
            port,
            host: format!("localhost:{port}"),
            paths,
            redirect_uri: REDIRECT,
            authorization: format!("authorization: Basic {}\r\n", STANDARD.encode(format!("thu-nghiem:{SECRET}"))),
            processes: Processes::of(vec![child.id()]),
            stores,
            child,
            _state: state,
        };
        for _ in 0..200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if let Ok(mut connection) = crate::client::Connection::open(port, &server.host).await
                && connection.send("GET", server.paths.jwks, "", "").await.is_ok_and(|answer| answer.status == 200)
            {
                return Ok(server);
            }
        }
        bail!("{} did not answer within 10 s", server.name)
    }

    /// Ends it.
    pub fn stop(mut self) {
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }

    /// The target of an authorization request.
    pub fn authorize_target(&self, challenge: &str) -> String {
        let redirect: String = url::form_urlencoded::byte_serialize(REDIRECT.as_bytes()).collect();
        format!(
            "{}?client_id=thu-nghiem&response_type=code&redirect_uri={redirect}&scope=openid+profile&state=bench&nonce=n\
             &code_challenge={challenge}&code_challenge_method=S256",
            self.paths.authorize
        )
    }

    /// The whole address of an authorization request.
    pub fn authorize_url(&self, challenge: &str) -> String {
        format!("http://{}{}", self.host, self.authorize_target(challenge))
    }

    /// Goes a person's way until the application has its code: every form that comes is filled in and sent.
    pub async fn log_in(&self, authorize: &str) -> anyhow::Result<LoggedIn> {
        let mut browser = Browser::new()?;
        let mut page = browser.open_once(&Url::parse(authorize)?).await?;
        for _ in 0..20 {
            if let Some(location) = page.location()? {
                if location.as_str().starts_with(REDIRECT) {
                    let code =
                        location.query_pairs().find(|(name, _)| name == "code").context("no code")?.1.into_owned();
                    let origin = Url::parse(&format!("http://{}/", self.host))?;
                    let cookies = browser.cookies().header_for(&origin).map(|line| vec![line]).unwrap_or_default();
                    return Ok(LoggedIn { code, cookies });
                }
                page = browser.open_once(&location).await?;
                continue;
            }
            let forms = page.forms();
            let mut form =
                forms.into_iter().next().with_context(|| format!("a page without a form: {}", page.text()))?;
            for (field, value) in
                [("so_dinh_danh", "075085000001"), ("mat_khau", "123456"), ("login", "an"), ("password", "x")]
            {
                // The broker's own hidden field `login` is not a text to fill in.
                if form.has(field) && form.value(field).is_none_or(str::is_empty) {
                    form = form.with(field, value);
                }
            }
            for (name, value) in [("provider", "vneid"), ("decision", "approve")] {
                form = form.clone().press(name, value).unwrap_or(form);
            }
            page = browser.submit_once(&page, &form).await?;
        }
        bail!("the login did not end")
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(StdListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn peer(node_modules: &Path, port: u16) -> anyhow::Result<Child> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/peer.mjs");
    let node_modules = node_modules.canonicalize().context("--node-modules")?;
    let mut command = Command::new("node");
    command.arg(script).env("NODE_ENV", "production").env("NODE_MODULES", node_modules);
    command.env("PORT", port.to_string()).env("SECRET", SECRET).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().context("node")
}

/// The broker as an operator would run it, with the VNeID stand-in inside this driver.
async fn ours(broker: &Path, state: &Path, port: u16, kind: &Kind) -> anyhow::Result<Child> {
    ensure!(broker.exists(), "{} is missing: cargo build --release -p broker", broker.display());
    let key = tokio::task::spawn_blocking(RelyingPartyKey::generate).await??;
    let callback = Url::parse(&format!("http://localhost:{port}/callback/vneid"))?;
    let stand_in = vneid::router(VneidStandIn {
        clients: vec![RegisteredClient {
            client_id: "bench".to_owned(),
            client_secret: SecretString::from("bench"),
            name: "bench".to_owned(),
            redirect_uris: vec![callback],
            public_key: key.public_der()?,
        }],
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::new()),
        code_lifetime: Duration::from_secs(30),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let upstream = listener.local_addr()?.port();
    tokio::spawn(async move { axum::serve(listener, stand_in).await });
    write(state, "root.key", &STANDARD.encode([7; 32]))?;
    write(state, "rsa.pem", key.private_pem()?.expose_secret())?;
    write(state, "secret", "bench")?;
    let storage = match kind {
        Kind::Cluster { postgres, redis } => {
            write(state, "postgres-url", postgres)?;
            write(state, "redis-url", redis)?;
            format!(
                "kind = \"cluster\"\npostgres_url_file = \"postgres-url\"\nredis_url_file = \"redis-url\"\nredis_prefix = \"bench-{port}:\""
            )
        }
        _ => "kind = \"sqlite\"\npath = \"broker.db\"".to_owned(),
    };
    let operator = free_port()?;
    write(
        state,
        "broker.toml",
        &format!(
            "[server]\nissuer = \"http://localhost:{port}\"\nbind = \"127.0.0.1:{port}\"\noperator_bind = \"127.0.0.1:{operator}\"\n\
         [storage]\n{storage}\n[keys]\nroot_key_file = \"root.key\"\n[clients]\nfile = \"clients.toml\"\n\
         [province]\nname_vi = \"x\"\nname_en = \"x\"\n[telemetry]\nfilter = \"info\"\n\
         [provider.vneid]\ndialect = \"vneid\"\nname_vi = \"VNeID\"\nname_en = \"VNeID\"\nasserted_level = 1\nissuer = \"vneid\"\n\
         authorize_url = \"http://localhost:{upstream}/authorize\"\ntoken_url = \"http://localhost:{upstream}/token\"\n\
         userinfo_url = \"http://localhost:{upstream}/userinfo\"\nclient_id = \"bench\"\nclient_secret_file = \"secret\"\n\
         private_key_file = \"rsa.pem\"\n"
        ),
    )?;
    let hash = URL_SAFE_NO_PAD.encode(signing::Digest::of(SECRET).as_bytes());
    write(
        state,
        "clients.toml",
        &format!(
            "[[client]]\nclient_id = \"thu-nghiem\"\nlegacy = true\nlegal_basis = \"x\"\nmin_auth_level = 1\n\
         name = {{ vi = \"x\", en = \"x\" }}\npurpose = {{ vi = \"x\", en = \"x\" }}\n\
         legal_entity = {{ code = \"000.00.00.H19\", vi = \"x\", en = \"x\" }}\n\
         credentials = {{ method = \"legacy_secret\", secret_sha256 = \"{hash}\" }}\nredirect_uris = [\"{REDIRECT}\"]\n\
         grant_types = [\"authorization_code\", \"refresh_token\", \"client_credentials\"]\nscopes = [\"openid\", \"profile\"]\n\
         claims = [\"name\", \"birthdate\"]\nproviders = [\"vneid\"]\n"
        ),
    )?;
    let mut command = Command::new(broker);
    command.arg("--config").arg(state.join("broker.toml")).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(std::fs::File::create(state.join("broker.log"))?);
    command.spawn().context("the broker did not start")
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(folder.join(name))?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    Ok(())
}
