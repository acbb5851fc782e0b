//! A listener on a free port with a throw-away authority, and callers that speak to it byte by byte.

use std::{
    convert::Infallible,
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use boot::serve::{Drained, ServeConfig, TlsServeConfig, bind};
use certs::{
    Files, Live, Revocation,
    authority::{Authority, Issued, KeyKind, Leaf, Usage},
};
use clock::{Clock, FixedClock, SystemClock, SystemEntropy, Timestamp};
use contract::Body;
use futures::StreamExt;
use http::{HeaderMap, Request, StatusCode};
use hyper::body::Incoming;
use lgsp_gateway::{
    listener::{
        accept::{Peer, serve},
        body::BodyLimits,
        http::{Accepting, Limits, answer},
    },
    registry::Snapshot,
    reply::RecordedReply,
};
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    version::{TLS12, TLS13},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_util::sync::CancellationToken;

pub const HOUR: Duration = Duration::from_secs(3600);
pub const DAY: Duration = Duration::from_secs(24 * 3600);
pub const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

pub struct Gate {
    pub folder: TempDir,
    pub authority: Authority,
    pub clock: Arc<FixedClock>,
    pub live: Arc<Live>,
    pub address: SocketAddr,
    pub stop: CancellationToken,
    pub end: JoinHandle<Drained>,
    /// What became a call, as `METHOD path`.
    pub calls: Arc<Mutex<Vec<String>>>,
}

pub fn tls_bounds() -> TlsServeConfig {
    TlsServeConfig::default()
}

/// Bounds that a test can wait for.
pub fn short() -> (TlsServeConfig, Limits) {
    let (brief, long) = (Duration::from_millis(400), Duration::from_secs(30));
    let serve = ServeConfig { head_timeout: brief, idle_timeout: long, ..ServeConfig::default() };
    let tls = TlsServeConfig { serve, handshake_timeout: brief, ..TlsServeConfig::default() };
    let body = BodyLimits { held_bytes: 4096, most_bytes: 1 << 20, held_within: brief, piece_within: brief };
    (tls, Limits { call_within: long, body })
}

impl Gate {
    pub fn open() -> Self {
        Self::within(tls_bounds(), Limits::default())
    }

    pub fn within(bounds: TlsServeConfig, limits: Limits) -> Self {
        Self::for_each(bounds, limits, usize::MAX)
    }

    /// A gate where one certificate's key has so many connections at most.
    pub fn for_each(bounds: TlsServeConfig, limits: Limits, most_each: usize) -> Self {
        let now = SystemClock.now();
        let authority = Authority::create("Gate CA", now.minus(DAY), now.plus(1000 * DAY)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(now));
        put(&folder, "ca.pem", authority.certificate_pem());
        put(&folder, "crl.pem", &authority.crl(now.minus(2 * HOUR), now.plus(100 * DAY)).unwrap());
        put_server(&folder, &authority, "gateway", now);
        let files = Files {
            chain: folder.path().join("gateway.pem"),
            key: folder.path().join("gateway.key"),
            anchors: vec![folder.path().join("ca.pem")],
            revocation_lists: vec![folder.path().join("crl.pem")],
            revocation: Revocation::Checked { most_age: DAY },
        };
        let live = Arc::new(Live::load(files, clock.clone()).unwrap());
        let accepting = Accepting {
            limits,
            clock: clock.clone(),
            entropy: Arc::new(SystemEntropy::new()),
            certificates: Arc::clone(&live),
        };
        let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, calls) = (CancellationToken::new(), Arc::<Mutex<Vec<String>>>::default());
        let (noted, registry) = (Arc::clone(&calls), Arc::new(Snapshot::empty(now)));
        let service = tower::service_fn(move |request: Request<Incoming>| {
            let (accepting, noted, registry) = (accepting.clone(), Arc::clone(&noted), Arc::clone(&registry));
            async move { Ok::<_, Infallible>(serve_one(request, accepting, noted, registry).await) }
        });
        let end = tokio::spawn(serve(listener, Arc::clone(&live), service, (bounds, most_each), stop.clone()));
        Self { folder, authority, clock, live, address, stop, end, calls }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    pub fn leaf<'a>(&self, name: &'a str) -> Leaf<'a> {
        let (not_before, not_after) = (self.now().minus(HOUR), self.now().plus(30 * DAY));
        Leaf { name, organization: None, usages: &[Usage::Client], dns: &[], ips: &[], not_before, not_after }
    }

    /// A caller that everybody believes.
    pub fn caller(&self, name: &str) -> Issued {
        self.authority.issue(&self.leaf(name), KeyKind::Ed25519).unwrap()
    }

    /// The same as files for curl and openssl: `NAME.pem`, `NAME.key`.
    pub fn put_caller(&self, name: &str, issued: &Issued) {
        put(&self.folder, &format!("{name}.pem"), &issued.chain_pem);
        put(&self.folder, &format!("{name}.key"), &issued.key_pem);
    }

    pub fn put_server(&self, name: &str) {
        put_server(&self.folder, &self.authority, name, self.now());
    }

    /// Publishes a revocation list as of now.
    pub fn put_list(&self) {
        put(&self.folder, "crl.pem", &self.authority.crl(self.now(), self.now().plus(100 * DAY)).unwrap());
    }

    pub fn config(&self, versions: &[&'static SupportedProtocolVersion], caller: Option<&Issued>) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority.certificate_pem().as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
        let builder = builder.with_root_certificates(roots);
        Arc::new(match caller {
            Some(caller) => {
                let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(caller.chain_pem.as_bytes()).collect();
                let key = PrivateKeyDer::from_pem_slice(caller.key_pem.as_bytes()).unwrap();
                builder.with_client_auth_cert(chain.unwrap(), key).unwrap()
            }
            None => builder.with_no_client_auth(),
        })
    }

    pub async fn connect_with(&self, config: &Arc<ClientConfig>) -> std::io::Result<TlsStream<TcpStream>> {
        let tcp = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::clone(config)).connect(name, tcp).await
    }

    pub async fn connect(&self, caller: &Issued) -> TlsStream<TcpStream> {
        self.connect_with(&self.config(BOTH, Some(caller))).await.unwrap()
    }

    /// Connects, asks once and gives the whole answer, or why there is none.
    pub async fn ask_with(&self, config: &Arc<ClientConfig>) -> std::io::Result<String> {
        let mut stream = self.connect_with(config).await?;
        stream.write_all(b"GET /asked HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer).await {
            Ok(_) => {}
            Err(error) if answer.is_empty() => return Err(error),
            Err(_) => {}
        }
        Ok(String::from_utf8(answer).unwrap())
    }

    pub async fn ask(&self, caller: &Issued) -> std::io::Result<String> {
        self.ask_with(&self.config(BOTH, Some(caller))).await
    }
}

fn put(folder: &TempDir, name: &str, content: &str) {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn put_server(folder: &TempDir, authority: &Authority, name: &str, now: Timestamp) {
    let server = Leaf {
        name,
        organization: None,
        usages: &[Usage::Server],
        dns: &["localhost"],
        ips: &[IpAddr::V4(Ipv4Addr::LOCALHOST)],
        not_before: now.minus(HOUR),
        not_after: now.plus(30 * DAY),
    };
    let issued = authority.issue(&server, KeyKind::P256).unwrap();
    put(folder, "gateway.pem", &issued.chain_pem);
    put(folder, "gateway.key", &issued.key_pem);
}

/// Answers a call with what it is, and a refusal with its code.
async fn serve_one(
    request: Request<Incoming>,
    accepting: Accepting,
    noted: Arc<Mutex<Vec<String>>>,
    registry: Arc<Snapshot>,
) -> http::Response<lgsp_gateway::listener::http::Answer> {
    let (method, peer) = (request.method().clone(), request.extensions().get::<Arc<Peer>>().cloned().unwrap());
    let (status, text) = match accepting.accept(request, &peer, registry).await {
        // The stages behind refuse such a call once it is recorded; nothing here may take it for one.
        Ok(call) if call.stage.fault().is_some() => {
            let fault = call.stage.fault().unwrap();
            let detail = fault.detail.as_deref().unwrap_or_default();
            (fault.code.status(), format!("refused: {} {detail}", fault.code.name()))
        }
        Ok(call) => {
            noted.lock().unwrap().push(format!("{} {}", call.head.method, call.head.path));
            let (kind, length) = match call.body {
                Body::Held(bytes) => ("held", Ok(bytes.len())),
                Body::Streamed { mut stream, .. } => {
                    let mut length = 0;
                    let end = loop {
                        match stream.next().await {
                            Some(Ok(piece)) => length += piece.len(),
                            Some(Err(error)) => break Err(error),
                            None => break Ok(length),
                        }
                    };
                    ("streamed", end)
                }
            };
            match length {
                Ok(length) => {
                    let head = &call.head;
                    let query = head.query.as_deref().unwrap_or("-");
                    let text = format!(
                        "{} {} {} {query} {} {kind} {length} {}",
                        head.method,
                        head.authority,
                        head.path,
                        head.form.as_str(),
                        head.certificate_key
                    );
                    (StatusCode::OK, text)
                }
                Err(error) => (StatusCode::BAD_REQUEST, format!("{kind} {error:?}")),
            }
        }
        Err(refused) => {
            let code = refused.refusal.code;
            assert!(refused.head.is_some(), "{}", code.name());
            (code.status(), format!("refused: {} {}", code.name(), refused.refusal.detail.unwrap_or_default()))
        }
    };
    let reply = RecordedReply { status, headers: HeaderMap::new(), body: Body::Held(text.into_bytes().into()) };
    answer(reply, &method)
}

/// Everything until the end, whatever end that is.
pub async fn rest(stream: &mut TlsStream<TcpStream>) -> String {
    let mut bytes = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await.expect("an end");
    String::from_utf8(bytes).unwrap()
}

/// Sends on a connection of its own and reads to the end.
pub async fn say(gate: &Gate, caller: &Issued, bytes: &[u8]) -> String {
    let mut stream = gate.connect(caller).await;
    stream.write_all(bytes).await.unwrap();
    rest(&mut stream).await
}

/// Asks on an open connection that stays open, and reads one answer.
pub async fn ask_on(stream: &mut TlsStream<TcpStream>) -> String {
    stream.write_all(b"GET /open HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.unwrap();
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8(bytes.clone()).unwrap();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length: usize = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
            if body.len() == length {
                return text;
            }
        }
        assert!(read > 0, "the connection ended: {text}");
    }
}
