//! A broker process with the VNeID stand-in beside it.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener as StdListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use broker::storage::{StorageSettings, Stores};
use clock::{SystemClock, SystemEntropy};
use sandbox::national::vneid::{self, RegisteredClient, RelyingPartyKey, VneidStandIn};
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;
use url::Url;

use super::cluster;

/// The client's redirect address; nobody listens there, a browser stops before it.
pub const REDIRECT: &str = "http://127.0.0.1:7999/cb";
/// The client's secret.
pub const SECRET: &str = "SDu2yqcN_N4VmPSWrWWQNMsU1oFPFAyEKDlfBjbYZ2c";

/// A running broker.
pub struct Server {
    /// Its public port.
    pub port: u16,
    /// The RSA private key that opens what VNeID sends, as PEM.
    pub private_key: String,
    folder: TempDir,
    storage: StorageSettings,
    child: Child,
}

impl Server {
    /// Starts a broker on the embedded store and waits until it answers.
    pub async fn start() -> Self {
        Self::start_on(StorageSettings::Embedded { path: "broker.db".into() }).await
    }

    /// Starts a broker on the embedded store that sends its traces to this address.
    pub async fn start_traced(collector: &str) -> Self {
        let telemetry = format!("otlp_endpoint = {collector:?}\n");
        Self::start_with(StorageSettings::Embedded { path: "broker.db".into() }, &telemetry).await
    }

    /// Starts a broker on Postgres and Redis.
    pub async fn start_on_servers() -> Self {
        Self::start_on(cluster::storage()).await
    }

    async fn start_on(storage: StorageSettings) -> Self {
        Self::start_with(storage, "").await
    }

    async fn start_with(storage: StorageSettings, telemetry: &str) -> Self {
        broker::install_crypto();
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_port();
        let key = tokio::task::spawn_blocking(RelyingPartyKey::generate).await.expect("a task").expect("a key");
        let private_key = key.private_pem().expect("PEM").expose_secret().to_owned();
        let upstream = stand_in(port, &key).await;
        write_files(folder.path(), port, upstream, &private_key, &storage);
        add_telemetry(folder.path(), telemetry);
        let child = spawn(folder.path());
        let server = Self { port, private_key, folder, storage, child };
        server.answers().await;
        server
    }

    /// The issuer.
    pub fn issuer(&self) -> Url {
        Url::parse(&format!("http://localhost:{}/", self.port)).expect("a URL")
    }

    /// Kills it as a power cut does, and starts it again on what it left.
    pub async fn kill_and_start(&mut self) {
        self.child.kill().expect("the process takes SIGKILL");
        self.child.wait().expect("the process ends");
        self.child = spawn(self.folder.path());
        self.answers().await;
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let sent = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> ExitStatus {
        for _ in 0..600 {
            if let Some(status) = self.child.try_wait().expect("the process can be asked") {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the broker did not end within 30 s: {}", self.log());
    }

    /// Runs the program beside the broker, with its settings; gives whether it ended well, and what it said and complained.
    pub fn run(&self, args: &[&str]) -> (bool, String, String) {
        let mut command = Command::new(program("broker", "broker"));
        command.arg("--config").arg(self.folder.path().join("broker.toml")).args(args).current_dir(self.folder.path());
        let output = command.output().expect("the program runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.success(), text(&output.stdout), text(&output.stderr))
    }

    /// Everything it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("broker.log")).unwrap_or_default()
    }

    /// The bytes of every file of the store.
    pub fn store_bytes(&self) -> Vec<u8> {
        ["broker.db", "broker.db-wal"]
            .iter()
            .filter_map(|name| fs::read(self.folder.path().join(name)).ok())
            .flatten()
            .collect()
    }

    /// The stores of a broker that has ended.
    pub async fn stores(&self) -> Stores {
        let settings = match &self.storage {
            StorageSettings::Embedded { path } => StorageSettings::Embedded { path: self.folder.path().join(path) },
            cluster => cluster.clone(),
        };
        broker::storage::open(&settings).await.expect("the store opens")
    }

    async fn answers(&self) {
        for _ in 0..400 {
            if tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the broker did not answer within 20 s: {}", self.log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn free_port() -> u16 {
    StdListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// A program beside this test, of the package and the name. `cargo test --workspace` has built it; a run of this package
/// alone may not have.
pub fn program(package: &'static str, name: &'static str) -> PathBuf {
    static PROGRAMS: Mutex<BTreeMap<&str, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut known = PROGRAMS.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(name).or_insert_with(|| find_program(package, name)).clone()
}

fn find_program(package: &str, name: &str) -> PathBuf {
    let here = std::env::current_exe().expect("this program");
    let target = here.ancestors().nth(2).expect("a target folder");
    let program = target.join(name);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let sources = ["broker", "lgsp-gateway", "crates", "adapters", "policies", "certs"];
    let changed = sources.iter().map(|folder| newest(&root.join(folder))).max();
    let changed = changed.unwrap_or(SystemTime::UNIX_EPOCH);
    if !fs::metadata(&program).and_then(|found| found.modified()).is_ok_and(|built| built > changed) {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--locked", "-p", package, "--bin", name]);
        cargo.env("CARGO_TARGET_DIR", target.parent().expect("a parent"));
        assert!(cargo.status().expect("cargo runs").success());
    }
    program
}

fn newest(folder: &Path) -> SystemTime {
    let entries = fs::read_dir(folder).expect("sources").map(|entry| entry.expect("an entry"));
    let times = entries.map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => newest(&entry.path()),
        _ => entry.metadata().and_then(|found| found.modified()).expect("a time"),
    });
    times.max().unwrap_or(SystemTime::UNIX_EPOCH)
}

fn spawn(folder: &Path) -> Child {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("broker.log")).expect("a log");
    let mut command = Command::new(program("broker", "broker"));
    command.arg("--config").arg(folder.join("broker.toml")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    command.spawn().expect("the broker starts")
}

fn add_telemetry(folder: &Path, lines: &str) {
    let path = folder.join("broker.toml");
    let text = fs::read_to_string(&path).expect("the settings");
    fs::write(path, text.replace("[telemetry]\n", &format!("[telemetry]\n{lines}"))).expect("the settings");
}

async fn stand_in(port: u16, key: &RelyingPartyKey) -> u16 {
    let callback = Url::parse(&format!("http://localhost:{port}/callback/vneid")).expect("a URL");
    let router = vneid::router(VneidStandIn {
        clients: vec![RegisteredClient {
            client_id: "test".to_owned(),
            client_secret: SecretString::from("upstream-canary"),
            name: "test".to_owned(),
            redirect_uris: vec![callback],
            public_key: key.public_der().expect("DER"),
        }],
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::new()),
        code_lifetime: Duration::from_secs(30),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

fn write_files(folder: &Path, port: u16, upstream: u16, private_key: &str, storage: &StorageSettings) {
    let operator = free_port();
    let storage = match storage {
        StorageSettings::Embedded { path } => format!("path = {path:?}"),
        StorageSettings::Cluster { postgres_url, redis_url, redis_prefix, .. } => {
            write(folder, "postgres-url", postgres_url.expose_secret());
            write(folder, "redis-url", redis_url.expose_secret());
            let files = "kind = \"cluster\"\npostgres_url_file = \"postgres-url\"\nredis_url_file = \"redis-url\"";
            format!("{files}\nredis_prefix = {redis_prefix:?}")
        }
    };
    write(folder, "root.key", &STANDARD.encode([7; 32]));
    write(folder, "rsa.pem", private_key);
    write(folder, "secret", "upstream-canary");
    write(
        folder,
        "broker.toml",
        &format!(
            r#"
[server]
issuer = "http://localhost:{port}"
bind = "127.0.0.1:{port}"
operator_bind = "127.0.0.1:{operator}"
head_timeout = "1s"
[storage]
{storage}
[keys]
root_key_file = "root.key"
[clients]
file = "clients.toml"
[province]
name_vi = "tỉnh"
name_en = "province"
[telemetry]
format = "json"
filter = "debug"
[provider.vneid]
dialect = "vneid"
name_vi = "VNeID"
name_en = "VNeID"
asserted_level = 1
issuer = "vneid"
authorize_url = "http://localhost:{upstream}/authorize"
token_url = "http://localhost:{upstream}/token"
userinfo_url = "http://localhost:{upstream}/userinfo"
client_id = "test"
client_secret_file = "secret"
private_key_file = "rsa.pem"
"#
        ),
    );
    let hash = signing::Digest::of(SECRET).base64url();
    write(
        folder,
        "clients.toml",
        &format!(
            r#"
[[client]]
client_id = "thu-nghiem"
legacy = true
legal_basis = "thử"
name = {{ vi = "Thử", en = "Test" }}
purpose = {{ vi = "Thử", en = "Test" }}
legal_entity = {{ code = "000.00.00.H19", vi = "Sở", en = "Body" }}
credentials = {{ method = "legacy_secret", secret_sha256 = "{hash}" }}
redirect_uris = ["{REDIRECT}"]
grant_types = ["authorization_code", "refresh_token", "client_credentials"]
scopes = ["openid", "profile", "vn_identity"]
claims = ["name", "birthdate", "vn_citizen_id"]
providers = ["vneid"]
"#
        ),
    );
}

fn write(folder: &Path, name: &str, text: &str) {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(folder.join(name));
    file.and_then(|mut file| file.write_all(text.as_bytes())).expect("the folder is writable");
}
