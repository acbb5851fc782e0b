//! Sends messages as one department, and judges what comes back.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use clock::{Clock, Entropy};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use signing::{
    content_digest,
    http_signature::{
        Request, Response, SigningKey, VerifyingKey,
        lgsp_v1::{self, Limits, reply, request},
    },
};
use url::Url;

use super::{Answer, CallError, Message, Refused};

/// The gateway allows a call a minute; a caller that gives up earlier learns less.
const LONGEST_CALL: Duration = Duration::from_secs(65);

/// How long a signature holds.
const LIFETIME: Duration = Duration::from_secs(60);

/// Who calls.
pub struct Department {
    /// The subsystem: `instance/class/member/subsystem`.
    pub subsystem: String,
    /// The registered id of the key.
    pub key_id: String,
    /// The certificate chain, PEM.
    pub certificate: String,
    /// The private key of both the certificate and the signatures, PKCS #8 PEM.
    pub key: SecretString,
}

/// Whom it calls, as the operator of the bus has told it.
#[derive(Clone)]
pub struct Gateway {
    /// `https://host:port`.
    pub origin: String,
    /// The authority of its certificate, PEM.
    pub anchor: String,
    /// The keys of its answers; a `keyid` is the RFC 7638 thumbprint.
    pub keys: Vec<Arc<VerifyingKey>>,
}

/// Why there is no caller.
#[derive(Debug, thiserror::Error)]
pub enum NoCaller {
    /// The key cannot be read.
    #[error("the key of the department cannot be read")]
    Key(#[source] signing::http_signature::HttpKeyError),
    /// Certificate and key do not fit, or the anchor cannot be read.
    #[error("the certificate of the department or of the gateway's authority cannot be used")]
    Tls(#[source] reqwest::Error),
    /// The gateway's address is not one.
    #[error("the gateway's address cannot be used")]
    Address,
}

/// A department's caller.
pub struct Caller {
    http: reqwest::Client,
    gateway: Gateway,
    origin: Url,
    authority: String,
    subsystem: String,
    key_id: String,
    key: SigningKey,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// A message in its final form. Whoever tests the gateway may change it before it is sent.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Method.
    pub method: Method,
    /// Path and query as they are sent.
    pub target: String,
    /// Headers, the signature among them.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// What came back, not yet believed.
#[derive(Clone, Debug)]
pub struct Received {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Received {
    /// The value of a header, when it is there once.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Caller {
    /// A caller; it speaks to nobody yet.
    pub fn new(
        department: &Department,
        gateway: Gateway,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, NoCaller> {
        let pem = [department.certificate.as_str(), department.key.expose_secret()].join("\n");
        let identity = reqwest::Identity::from_pem(pem.as_bytes()).map_err(NoCaller::Tls)?;
        let anchors = reqwest::Certificate::from_pem_bundle(gateway.anchor.as_bytes()).map_err(NoCaller::Tls)?;
        let http = reqwest::Client::builder()
            .identity(identity)
            .tls_certs_only(anchors)
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(LONGEST_CALL)
            .no_proxy()
            .build()
            .map_err(NoCaller::Tls)?;
        let origin: Url = gateway.origin.parse().map_err(|_| NoCaller::Address)?;
        let host = origin.host_str().ok_or(NoCaller::Address)?;
        let authority = origin.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self {
            http,
            authority,
            origin,
            gateway,
            subsystem: department.subsystem.clone(),
            key_id: department.key_id.clone(),
            key: SigningKey::from_pkcs8_pem(department.key.expose_secret()).map_err(NoCaller::Key)?,
            clock,
            entropy,
        })
    }

    /// The same caller, whose connections go to another address for the same name: to one of several gateways, as a
    /// balancer that passes TLS through would lead them.
    pub fn by_way_of(mut self, origin: &str) -> Result<Self, NoCaller> {
        self.origin = origin.parse().map_err(|_| NoCaller::Address)?;
        Ok(self)
    }

    /// Signs, sends and judges.
    ///
    /// # Errors
    /// A refusal of the gateway, or that there was no answer that can be believed.
    pub async fn call(&self, message: &Message<'_>) -> Result<Answer, CallError> {
        let prepared = self.prepare(message)?;
        let received = self.send(&prepared).await?;
        self.judge(&prepared, received)
    }

    /// The signed form of a message.
    pub fn prepare(&self, message: &Message<'_>) -> Result<Prepared, CallError> {
        let mut headers = HeaderMap::new();
        let (media_type, body) = message.body.clone().map_or((None, Vec::new()), |(kind, body)| (Some(kind), body));
        content_digest::set(&mut headers, &body);
        if let Some(media_type) = media_type {
            put(&mut headers, "content-type", media_type)?;
        }
        put(&mut headers, "lgsp-client", &format!("\"{}\"", self.subsystem))?;
        put(&mut headers, "lgsp-service", &format!("\"{}\"", message.service))?;
        put(&mut headers, "lgsp-id", &format!("\"{}\"", self.random()?))?;
        put(&mut headers, "lgsp-purpose", &format!("\"{}\"", message.purpose))?;
        put(&mut headers, "lgsp-legal-basis", &format!("\"{}\"", message.legal_basis))?;
        if let Some(procedure) = message.procedure {
            put(&mut headers, "lgsp-procedure", &format!("\"{procedure}\""))?;
        }
        put(&mut headers, "lgsp-actor", message.actor.map_or("?0", |token| token.expose_secret()))?;
        let target = format!("/r1/{}{}", message.service, message.path);
        let mut prepared = Prepared { method: message.method.clone(), target, headers, body };
        self.sign(&mut prepared)?;
        Ok(prepared)
    }

    /// Signs a message as it stands, with a new nonce.
    pub fn sign(&self, prepared: &mut Prepared) -> Result<(), CallError> {
        let nonce = self.random()?;
        let occasion = request::Occasion { created: self.clock.now(), lifetime: LIFETIME, nonce: &nonce };
        let signed = request::sign(&self.request(prepared), &self.key, &self.key_id, occasion);
        signed.map_err(|_| CallError::Own)?.apply(&mut prepared.headers);
        Ok(())
    }

    /// Sends a message as it stands.
    pub async fn send(&self, prepared: &Prepared) -> Result<Received, CallError> {
        let url = self.origin.join(&prepared.target).map_err(|_| CallError::Own)?;
        let request = self.http.request(prepared.method.clone(), url).headers(prepared.headers.clone());
        let request = request.header(header::HOST, &self.authority);
        let answer = request.body(prepared.body.clone()).send().await.map_err(|_| CallError::Unreachable)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.map_err(|_| CallError::Unreachable)?.to_vec();
        Ok(Received { status, headers, body })
    }

    /// Sends a call in X-Road's form: no signature, only the client header (PR-REST §4.3).
    pub async fn send_plain(
        &self,
        method: Method,
        target: &str,
        body: Option<(&'static str, Vec<u8>)>,
    ) -> Result<Received, CallError> {
        let mut headers = HeaderMap::new();
        put(&mut headers, "x-road-client", &self.subsystem)?;
        let (media_type, body) = body.map_or((None, Vec::new()), |(kind, body)| (Some(kind), body));
        if let Some(media_type) = media_type {
            put(&mut headers, "content-type", media_type)?;
        }
        self.send(&Prepared { method, target: target.to_owned(), headers, body }).await
    }

    /// Believes an answer or a refusal only when the gateway signed it for this very message.
    pub fn judge(&self, prepared: &Prepared, received: Received) -> Result<Answer, CallError> {
        self.believe(prepared, &received).map_err(CallError::NotBelieved)?;
        let record = lgsp_v1::text(&received.headers, &lgsp_v1::LGSP_RECORD);
        if let Some(code) = lgsp_v1::text(&received.headers, &lgsp_v1::LGSP_ERROR) {
            return Err(CallError::Refused(refused(code, record, &received)));
        }
        let decision = received.header("lgsp-decision").unwrap_or_default();
        Ok(Answer {
            agreement: text_member(decision, "agreement"),
            withheld: withheld(decision),
            record: record.ok_or(CallError::NotBelieved("no record"))?,
            status: received.status,
            body: received.body,
        })
    }

    fn believe(&self, prepared: &Prepared, received: &Received) -> Result<(), &'static str> {
        let response =
            Response { status: received.status, headers: &received.headers, request: Some(self.request(prepared)) };
        let known = |id: &str| self.gateway.keys.iter().find(|key| key.thumbprint().as_ref() == id).cloned();
        reply::check(&response, self.clock.now(), Limits::default(), known).map_err(|error| error.name())?;
        content_digest::check(&received.headers, &received.body)
            .map_err(|_| "the body is not the one that was signed")?;
        Ok(())
    }

    fn request<'a>(&'a self, prepared: &'a Prepared) -> Request<'a> {
        let (path, query) = match prepared.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (prepared.target.as_str(), None),
        };
        let (method, headers) = (&prepared.method, &prepared.headers);
        Request { method, scheme: "https", authority: &self.authority, path, query, headers }
    }

    /// 128 random bits, as text that fits a structured string.
    fn random(&self) -> Result<String, CallError> {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes).map_err(|_| CallError::Own)?;
        Ok(STANDARD.encode(bytes))
    }
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) -> Result<(), CallError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| CallError::Own)?;
    value.set_sensitive(name == "lgsp-actor");
    headers.insert(HeaderName::from_static(name), value);
    Ok(())
}

/// The members of a problem document that a caller acts on (RFC 9457).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    detail: Option<String>,
    origin: String,
    retry: bool,
}

fn refused(code: String, record: Option<String>, received: &Received) -> Refused {
    let is_problem = received.header(header::CONTENT_TYPE.as_str()) == Some("application/problem+json");
    let problem = is_problem.then(|| serde_json::from_slice(&received.body).ok()).flatten();
    let Problem { detail, origin, retry } = problem.unwrap_or_default();
    Refused { status: received.status, code, origin, retry, detail, record }
}

/// A text member of the decision, which is a dictionary (RFC 9651 §3.2). No value of it holds a comma: they are names.
fn text_member(decision: &str, name: &str) -> Option<String> {
    decision
        .split(',')
        .find_map(|one| one.trim().strip_prefix(name)?.strip_prefix("=\"")?.strip_suffix('"').map(str::to_owned))
}

/// The fields that were withheld: one text, separated by blanks.
fn withheld(decision: &str) -> Vec<String> {
    text_member(decision, "withheld")
        .map(|names| names.split_whitespace().map(str::to_owned).collect())
        .unwrap_or_default()
}
