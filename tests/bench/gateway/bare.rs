//! What no gateway made of these libraries can be cheaper than: a program that ends mutual TLS, verifies the caller's signature,
//! asks the register over a kept connection, and signs its answer. It decides nothing, filters nothing and keeps nothing.

use std::{convert::Infallible, path::Path, sync::Arc};

use anyhow::{Context, ensure};
use axum::body::Bytes;
use certs::{Identity, Revocation, Trust, authority::KeyKind, tls};
use clock::{Clock, Entropy, SystemClock, SystemEntropy};
use futures::lock::Mutex;
use http::{HeaderValue, Request, Response, StatusCode, header::HOST};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, client::conn::http1::SendRequest, service::service_fn};
use hyper_util::rt::TokioIo;
use signing::{
    content_digest,
    http_signature::{
        self, SigningKey,
        lgsp_v1::{LGSP_DECISION, LGSP_ID, Limits, reply, request::Claimed},
    },
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

use super::{pki, registry};

/// Where it finds what it needs, from the command line of the process.
pub struct Bare {
    tls: Arc<ServerConfig>,
    caller: SigningKey,
    own: SigningKey,
    key_id: String,
    register: u16,
    entropy: SystemEntropy,
}

/// Runs it until the process is ended: `bench bare FOLDER KIND PORT REGISTER`.
pub async fn run(mut given: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let mut next = || given.next().context("bench bare FOLDER KIND PORT REGISTER");
    let (folder, kind, port, register) = (next()?, next()?, next()?.parse()?, next()?.parse()?);
    let kind = if kind == pki::name(KeyKind::P256) { KeyKind::P256 } else { KeyKind::Ed25519 };
    let bare = Arc::new(Bare::read(Path::new(&folder), kind, register)?);
    let acceptor = TlsAcceptor::from(Arc::clone(&bare.tls));
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (acceptor, bare) = (acceptor.clone(), Arc::clone(&bare));
        tokio::spawn(async move {
            let served = async { bare.connection(acceptor.accept(stream).await?).await };
            if let Err(error) = served.await {
                eprintln!("{error:#}");
            }
        });
    }
}

impl Bare {
    fn read(folder: &Path, kind: KeyKind, register: u16) -> anyhow::Result<Self> {
        let file = |name: String| std::fs::read(folder.join(&name)).context(name);
        let key = |name: String| SigningKey::from_pkcs8_pem(&String::from_utf8(file(name)?)?).context("a key");
        let identity = Identity::from_pem(&file("server.pem".to_owned())?, &file("server.key".to_owned())?)?;
        let trust = Arc::new(Trust::new(&file("ca.pem".to_owned())?, &[], Revocation::NotChecked)?);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let own = key(format!("signing-{}.key", pki::name(kind)))?;
        Ok(Self {
            tls: tls::server_config(&identity, &trust, &clock)?,
            caller: key(format!("{}.key", pki::name(kind)))?,
            key_id: own.public().thumbprint().to_string(),
            own,
            register,
            entropy: SystemEntropy::new(),
        })
    }

    /// Answers the calls of one connection, with one connection to the register.
    async fn connection(&self, stream: tokio_rustls::server::TlsStream<TcpStream>) -> anyhow::Result<()> {
        let upstream = TcpStream::connect(("127.0.0.1", self.register)).await?;
        upstream.set_nodelay(true)?;
        let (sender, driver) = hyper::client::conn::http1::handshake(TokioIo::new(upstream)).await?;
        let sender = Mutex::new(sender);
        let service = service_fn(|request| self.answered(&sender, request));
        let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        // One task drives both ends: nothing is handed from one to another.
        let (served, driven) = futures::future::join(served, driver).await;
        served?;
        Ok(driven?)
    }

    async fn answered(
        &self,
        sender: &Mutex<SendRequest<Full<Bytes>>>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        Ok(self.answer(sender, request).await.unwrap_or_else(|error| {
            let mut refused = Response::new(Full::new(Bytes::from(format!("{error:#}"))));
            *refused.status_mut() = StatusCode::BAD_GATEWAY;
            refused
        }))
    }

    async fn answer(
        &self,
        sender: &Mutex<SendRequest<Full<Bytes>>>,
        request: Request<Incoming>,
    ) -> anyhow::Result<Response<Full<Bytes>>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        content_digest::check(&parts.headers, &body)?;
        let authority = parts.headers.get(HOST).context("no host")?.to_str()?;
        let of = http_signature::Request {
            method: &parts.method,
            scheme: "https",
            authority,
            path: parts.uri.path(),
            query: parts.uri.query(),
            headers: &parts.headers,
        };
        let now = SystemClock.now();
        let claimed = Claimed::of(&parts.headers, Limits::default())?;
        claimed.prove(&of, self.caller.public())?;
        claimed.timely(now, Limits::default())?;

        let path = parts.uri.path().strip_prefix("/r1/").and_then(|path| path.strip_prefix(registry::BUSINESS));
        let asked =
            Request::builder().method(parts.method.clone()).uri(format!("/HoKinhDoanh{}", path.context("path")?));
        let asked = asked.header(HOST, "localhost").body(Full::new(body))?;
        let reply = {
            let mut sender = sender.lock().await;
            sender.ready().await?;
            sender.send_request(asked).await?
        };
        ensure!(reply.status() == StatusCode::OK, "the register answers {}", reply.status());
        let (mut head, body) = reply.into_parts();
        let body = body.collect().await?.to_bytes();

        content_digest::set(&mut head.headers, &body);
        head.headers.insert(LGSP_DECISION, HeaderValue::from_static("permit"));
        if let Some(id) = parts.headers.get(LGSP_ID) {
            head.headers.insert(LGSP_ID, id.clone());
        }
        let mut nonce = [0; 16];
        self.entropy.fill(&mut nonce)?;
        let response = http_signature::Response { status: head.status, headers: &head.headers, request: Some(of) };
        let signed = reply::sign(&response, &self.own, &self.key_id, now, &hex(nonce))?;
        signed.apply(&mut head.headers);
        Ok(Response::from_parts(head, Full::new(body)))
    }
}

fn hex(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}
