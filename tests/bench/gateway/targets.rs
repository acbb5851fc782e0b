//! What is measured: nginx as a plain mutual-TLS proxy, and gateways, all in front of one register.

use std::{
    cell::Cell,
    net::TcpListener as StdListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use certs::authority::KeyKind;
use signing::http_signature::VerifyingKey;
use tokio_rustls::rustls::ClientConfig;
use url::Url;

use super::{
    connection::{Answer, Connection},
    department::{self, Department, What},
    pki::{self, Pki},
    registry, reply, settings,
};
use crate::cost::{self, Processes};

/// The proxy beside which everything is measured.
pub const NGINX: &str = "nginx";

/// A call that can be made again and again.
pub struct Call {
    /// Its method.
    pub method: &'static str,
    /// The service.
    pub service: &'static str,
    /// What follows it in the path.
    pub path: String,
    /// Its body, with a media type when there is one.
    pub body: Vec<u8>,
    /// `sha-256=:…:` of it.
    pub digest: String,
}

impl Call {
    /// A call without a body.
    pub fn get(service: &'static str, path: &str) -> Self {
        Self {
            method: "GET",
            service,
            path: path.to_owned(),
            body: Vec::new(),
            digest: department::content_digest(b""),
        }
    }

    /// What is signed of it.
    pub fn what(&self) -> What<'_> {
        let content_type = (!self.body.is_empty()).then_some("application/json");
        let Self { method, service, path, body, digest } = self;
        What { method, service, path, content_type, digest, length: body.len() }
    }
}

/// A running server.
pub struct Target {
    /// Its name in the table.
    pub name: &'static str,
    /// Where departments reach it.
    pub port: u16,
    /// Who calls.
    pub department: Department,
    /// How they connect.
    pub tls: Arc<ClientConfig>,
    /// The server itself.
    pub processes: Processes,
    /// Its databases.
    pub stores: Processes,
    /// Its settings file, when it is a gateway.
    pub config: Option<PathBuf>,
    /// How many calls it has answered.
    pub calls: Cell<usize>,
    /// The key of its answers, when it signs them.
    answers: Option<Arc<VerifyingKey>>,
    child: Running,
}

/// A process that ends with the measurement, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // nginx and the gateways end in order when they are told; one that does not is not waited for.
        let pid = self.0.id().to_string();
        let _told = Command::new("kill").arg("-TERM").arg(pid).status();
        for _ in 0..100 {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _killed = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Where a gateway keeps things.
#[derive(Clone, Copy)]
pub enum Storage<'a> {
    /// One SQLite file.
    Sqlite,
    /// `postgres://…` and `redis://…`.
    Cluster {
        /// A database that may be thrown away.
        postgres: &'a str,
        /// The short-lived store.
        redis: &'a str,
    },
}

/// What every target shares.
pub struct Place<'a> {
    /// The folder of the measurement.
    pub folder: &'a Path,
    /// Its certificates.
    pub pki: &'a Pki,
    /// Where the register listens.
    pub register: u16,
}

impl Place<'_> {
    /// Starts nginx with one worker.
    pub async fn nginx(&self, program: &Path) -> anyhow::Result<Target> {
        let port = free_port()?;
        let config = super::write(self.folder, "nginx.conf", &settings::nginx(self.folder, port, self.register))?;
        let mut command = Command::new(program);
        command.arg("-p").arg(self.folder).arg("-c").arg(&config).args(["-g", "daemon off;"]);
        self.started(NGINX, port, KeyKind::Ed25519, None, Processes::default(), command).await
    }

    /// Starts the barest program that verifies and signs (`bare.rs`), in a process of its own.
    pub async fn bare(&self, name: &'static str, kind: KeyKind) -> anyhow::Result<Target> {
        let port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("bare")
            .arg(self.folder)
            .arg(pki::name(kind))
            .args([port, self.register].map(|port| port.to_string()));
        self.started(name, port, kind, None, Processes::default(), command).await
    }

    /// Starts a gateway whose department and whose answers sign with this kind of key.
    pub async fn gateway(
        &self,
        name: &'static str,
        program: &Path,
        kind: KeyKind,
        storage: Storage<'_>,
    ) -> anyhow::Result<Target> {
        let program = program.canonicalize();
        let program = program.context("the gateway's program is missing: cargo build --release -p lgsp-gateway")?;
        let (port, operator) = (free_port()?, free_port()?);
        let home = self.folder.join(format!("gateway-{port}"));
        std::fs::create_dir(&home)?;
        registry::write(&home.join("registry"), self.pki.key(kind))?;
        let settings = settings::gateway(&home, self.folder, kind, (port, operator), self.register, storage)?;
        let config = super::write(&home, "gateway.toml", &settings)?;
        let mut command = Command::new(&program);
        command.arg("--config").arg(&config).current_dir(&home).env("TMPDIR", &home);
        let stores = match storage {
            Storage::Sqlite => Processes::default(),
            Storage::Cluster { postgres, redis } => {
                let found = [postgres, redis].map(|address| Url::parse(address).ok()?.port().and_then(cost::listener));
                Processes::of(found.into_iter().flatten().collect())
            }
        };
        self.started(name, port, kind, Some(config), stores, command).await
    }

    async fn started(
        &self,
        name: &'static str,
        port: u16,
        kind: KeyKind,
        config: Option<PathBuf>,
        stores: Processes,
        mut command: Command,
    ) -> anyhow::Result<Target> {
        let log = self.folder.join(format!("{port}.log"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(std::fs::File::create(&log)?);
        let mut child = Running(command.spawn().with_context(|| format!("{name} did not start"))?);
        let authority = format!("localhost:{port}");
        let answers = if name == NGINX {
            None
        } else {
            let pem = std::fs::read_to_string(self.folder.join(format!("signing-{}.key", pki::name(kind))))?;
            Some(Arc::clone(signing::http_signature::SigningKey::from_pkcs8_pem(&pem)?.public()))
        };
        let department = Department::new(registry::CLIENT, "mot-cua", self.pki.key(kind), authority)?;
        let tls = self.pki.client(kind)?;
        for _ in 0..200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if let Some(status) = child.0.try_wait()? {
                bail!("{name} ended with {status}:\n{}", std::fs::read_to_string(&log)?);
            }
            if Connection::open(port, &tls).await.is_ok() {
                let processes = Processes::of(vec![child.0.id()]);
                return Ok(Target {
                    name,
                    port,
                    department,
                    tls,
                    processes,
                    stores,
                    config,
                    calls: Cell::new(0),
                    answers,
                    child,
                });
            }
        }
        bail!("{name} did not listen within 10 s:\n{}", std::fs::read_to_string(&log)?);
    }
}

impl Target {
    /// The process itself.
    pub fn pid(&self) -> u32 {
        self.child.0.id()
    }

    /// Whether the answer belongs to this call and is signed by this gateway. A proxy that signs nothing passes.
    pub fn check(&self, call: &Call, request: &[u8], answer: &Answer<'_>) -> anyhow::Result<()> {
        match &self.answers {
            None => Ok(()),
            Some(key) => reply::check(key, call, request, answer),
        }
    }

    /// Ends it as an operator would.
    pub fn stop(self) {
        drop(self.child);
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(StdListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
