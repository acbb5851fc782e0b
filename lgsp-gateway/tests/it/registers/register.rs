//! A register on a free port behind TLS, and the files of an adapter that is to reach it.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use boot::settings::{Document, Environment};
use certs::authority::{Authority, Issued, KeyKind, Leaf, Usage};
use clock::{Clock, FixedClock, SystemClock, Timestamp};
use contract::{Actor, Body, Exchange, ExchangeError, ExchangeRequest, ForeignCodes};
use http::{HeaderMap, Method, StatusCode};
use lgsp_gateway::dispatch::{AdapterSettings, Renewed};
use rustls::{
    RootCertStore, ServerConfig, SupportedProtocolVersion,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;
use types::{AgencyCode, ServiceId, SubsystemId, TransactionId};

pub const DAY: Duration = Duration::from_secs(24 * 3600);
const SERVICE: &str = "VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan";

/// The world's time in these tests; certificates are made around it.
pub fn now() -> Timestamp {
    static NOW: std::sync::LazyLock<Timestamp> = std::sync::LazyLock::new(|| SystemClock.now());
    *NOW
}

pub fn authority(name: &str) -> Authority {
    Authority::create(name, now().minus(100 * DAY), now().plus(1000 * DAY)).unwrap()
}

/// A server's certificate.
pub fn server(name: &str) -> Leaf<'_> {
    let (not_before, not_after) = (now().minus(DAY), now().plus(30 * DAY));
    let usages = &[Usage::Server, Usage::Client];
    Leaf { name, organization: None, usages, dns: &["localhost"], ips: &[], not_before, not_after }
}

/// What the register saw of one request.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The certificate of the client.
    pub client: Option<Vec<u8>>,
    /// The head.
    pub head: String,
}

/// A running register. It answers every request with `{}`.
pub struct Register {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    config: Arc<Mutex<Arc<ServerConfig>>>,
}

impl Register {
    /// Shows this certificate, and demands one of this authority from its clients where there is one.
    pub async fn start(
        shown: &Issued,
        demanded: Option<&Authority>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Self {
        let listener = TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let config = Arc::new(Mutex::new(config(shown, demanded, versions)));
        let (noted, used) = (Arc::clone(&seen), Arc::clone(&config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = TlsAcceptor::from(Arc::clone(&used.lock().unwrap()));
                let noted = Arc::clone(&noted);
                tokio::spawn(async move {
                    // A client that is not believed, or does not believe, ends here.
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let certificates = stream.get_ref().1.peer_certificates();
                    let client = certificates.and_then(|chain| chain.first()).map(|certificate| certificate.to_vec());
                    let _end = answer(stream, client, &noted).await;
                });
            }
        });
        Self { address, seen, config }
    }

    /// Shows another certificate from the next connection on.
    pub fn show(&self, shown: &Issued, demanded: Option<&Authority>, versions: &[&'static SupportedProtocolVersion]) {
        *self.config.lock().unwrap() = config(shown, demanded, versions);
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn config(
    shown: &Issued,
    demanded: Option<&Authority>,
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions).unwrap();
    let builder = match demanded {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(der(authority.certificate_pem())).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let key = PrivateKeyDer::from_pem_slice(shown.key_pem.as_bytes()).unwrap();
    Arc::new(builder.with_single_cert(vec![der(&shown.chain_pem)], key).unwrap())
}

/// The first certificate of a text.
pub fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

async fn answer(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    client: Option<Vec<u8>>,
    noted: &Mutex<Vec<Seen>>,
) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    loop {
        let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n").map(|at| at + 4) else {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        while bytes.len() < end + length.unwrap_or(0_usize) {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
        }
        bytes.drain(..end + length.unwrap_or(0));
        noted.lock().unwrap().push(Seen { client: client.clone(), head });
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}").await?;
    }
}

/// The folder of an adapter's files.
pub struct Adapter {
    folder: TempDir,
    pub address: SocketAddr,
}

impl Adapter {
    pub fn of(register: &Register) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), address: register.address }
    }

    pub fn put(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn put_identity(&self, issued: &Issued) {
        self.put("us.pem", &issued.chain_pem);
        self.put("us.key", &issued.key_pem);
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The adapter as the gateway makes it of a section of its settings.
    pub fn build(&self, dialect: &str, lines: &str) -> Arc<Renewed> {
        let port = self.address.port();
        let text = format!("[adapter.a]\ndialect = {dialect:?}\nurl = \"https://localhost:{port}/\"\n{lines}");
        let document = Document::parse(&text, &self.path("gateway.toml"), "GATEWAY", &Environment::empty());
        let settings = AdapterSettings::read(&document.section("adapter").section("a"));
        let settings = document.finish(settings).unwrap_or_else(|faults| panic!("{faults}"));
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(now()));
        Renewed::build("a", &Arc::new(settings), &clock).unwrap()
    }
}

/// Makes one call.
pub async fn call(exchange: &dyn Exchange) -> Result<StatusCode, ExchangeError> {
    let body = r#"{"SoDinhDanh":"075085000001","HoVaTen":"A B","NgayThangNamSinh":{"NgayThangNam":"19850314"}}"#;
    let request = ExchangeRequest {
        transaction: TransactionId::new(1_795_219_200_123_456, [1; 10]),
        service: ServiceId::parse(SERVICE).unwrap(),
        client: SubsystemId::parse("VN/GOV/000.00.15.H19/mot-cua").unwrap(),
        actor: Some(Actor { officer: "can-bo:dung".into(), agency: AgencyCode::parse("000.00.15.H19").unwrap() }),
        procedure: Some("2.000635.000.00.00.H19".into()),
        foreign: ForeignCodes {
            officer: Some("CB-1".into()),
            procedure: Some("2.000635".into()),
            agency: Some("000.00.15.H19".into()),
        },
        method: Method::POST,
        path: String::new(),
        query: None,
        headers: HeaderMap::new(),
        body: Body::Held(body.into()),
        as_it_is: false,
        time_left: Duration::from_secs(20),
    };
    exchange.call(request).await.map(|reply| reply.status)
}

pub fn issue(authority: &Authority, leaf: &Leaf<'_>) -> Issued {
    authority.issue(leaf, KeyKind::P256).unwrap()
}
