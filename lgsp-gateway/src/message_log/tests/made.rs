//! Calls, and a log to write them to.

use std::{path::Path, sync::Arc, time::Duration};

use clock::{FixedClock, SeededEntropy, Timestamp};
use http::{HeaderMap, Method, StatusCode};
use signing::Sealer;
use tlog::{Signer, Verifier};
use types::{SubsystemId, TransactionId};

use crate::{
    call::{Form, Head},
    message_log::{LogParts, LogSettings, MessageLog, StartError, record::Answer},
    refusal::Code,
    registry::Snapshot,
    storage::{MessageLogStore, embedded::EmbeddedLog, sqlite::SqliteLog},
    trail::{MessageSignature, Trail},
};

pub(crate) const START: Timestamp = Timestamp::from_seconds(1_795_219_200);
pub(crate) const ORIGIN: &str = "lgsp.test/log";

/// A log's folder, keys and clock.
pub(crate) struct Bench {
    pub(crate) folder: Option<tempfile::TempDir>,
    pub(crate) store: Arc<dyn MessageLogStore>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) key: Vec<u8>,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(EmbeddedLog::open(&folder.path().join("gateway.db")).await.unwrap());
        Self { folder: Some(folder), store, clock: Arc::new(FixedClock::at(START)), key: Signer::generate().unwrap() }
    }

    /// A log without a journal, of which each call has rows of its own.
    pub(crate) async fn of_rows() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteLog::open(&folder.path().join("gateway.db")).await.unwrap());
        Self { folder: Some(folder), store, clock: Arc::new(FixedClock::at(START)), key: Signer::generate().unwrap() }
    }

    /// The log of another process.
    pub(crate) async fn of(file: &Path, key: Vec<u8>) -> Self {
        let store = Arc::new(EmbeddedLog::open(file).await.unwrap());
        Self { folder: None, store, clock: Arc::new(FixedClock::at(START)), key }
    }

    pub(crate) fn file(&self) -> std::path::PathBuf {
        self.folder.as_ref().unwrap().path().join("gateway.db")
    }

    pub(crate) fn verifier(&self) -> Verifier {
        self.signer().verifier().clone()
    }

    pub(crate) fn signer(&self) -> Signer {
        Signer::from_pkcs8(ORIGIN, &self.key).unwrap()
    }

    pub(crate) async fn start(&self) -> MessageLog {
        self.start_over(Arc::clone(&self.store), LogSettings::default()).await
    }

    pub(crate) async fn start_over(&self, store: Arc<dyn MessageLogStore>, settings: LogSettings) -> MessageLog {
        // Only stopping signs: a test must not depend on a second passing.
        let settings = LogSettings { checkpoint_every: Duration::from_secs(3600), ..settings };
        MessageLog::start(self.parts(store), settings).await.unwrap()
    }

    /// A log that signs checkpoints as it goes, fast.
    pub(crate) async fn start_signing(&self) -> MessageLog {
        let settings = LogSettings { checkpoint_every: Duration::from_millis(10), ..LogSettings::default() };
        MessageLog::start(self.parts(Arc::clone(&self.store)), settings).await.unwrap()
    }

    pub(crate) async fn try_start(&self) -> Result<MessageLog, StartError> {
        MessageLog::start(self.parts(Arc::clone(&self.store)), LogSettings::default()).await
    }

    fn parts(&self, store: Arc<dyn MessageLogStore>) -> LogParts {
        LogParts {
            store,
            sealer: sealer(),
            signer: self.signer(),
            clock: self.clock.clone(),
            entropy: Arc::new(SeededEntropy::new(1)),
        }
    }
}

pub(crate) fn sealer() -> Arc<Sealer> {
    Arc::new(Sealer::new(&[7; 32]).unwrap())
}

pub(crate) fn id(number: u32) -> TransactionId {
    let [a, b, c, d] = number.to_be_bytes();
    TransactionId::new(START.micros(), [0, 0, 0, 0, 0, 0, a, b, c, d])
}

pub(crate) fn head(number: u32) -> Head {
    Head {
        id: id(number),
        received: START,
        deadline: tokio::time::Instant::now(),
        method: Method::POST,
        authority: "lgsp.test".to_owned(),
        path: "/r1/VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan".to_owned(),
        query: None,
        headers: HeaderMap::new(),
        form: Form::Signed,
        certificate: "11".repeat(32).into(),
        certificate_key: "22".repeat(32).into(),
        registry: Arc::new(Snapshot { version: "33".repeat(32).into(), ..Snapshot::empty(START) }),
    }
}

pub(crate) fn signature(what: &str) -> MessageSignature {
    MessageSignature {
        key_id: "mot-cua".to_owned(),
        algorithm: "ed25519",
        public_key: "MCowBQYDK2VwAyEA".into(),
        base: format!("\"@method\": POST\n\"lgsp-id\": \"{what}\"\n"),
        signature: "c2lnbmF0dXJl".to_owned(),
    }
}

pub(crate) fn trail(number: u32) -> Trail {
    let mut key = [9; 32];
    key[..4].copy_from_slice(&number.to_be_bytes());
    let until = u64::try_from(START.micros() / 1000).unwrap() + 90_000;
    Trail {
        client: Some(SubsystemId::parse("VN/GOV/000.00.15.H19/mot-cua").unwrap()),
        message_id: Some(format!("message-{number}")),
        nonce: Some((key, until)),
        purpose: Some("giai-quyet-tthc".to_owned()),
        officer: Some("can-bo:dung".into()),
        request_digest: Some("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:".to_owned()),
        request_signature: Some(signature("request")),
        ..Trail::default()
    }
}

pub(crate) fn answered() -> Answer<'static> {
    Answer {
        status: StatusCode::OK,
        digest: "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
        refusal: None,
        signature: None,
    }
}

pub(crate) fn refused() -> Answer<'static> {
    Answer { status: StatusCode::FORBIDDEN, refusal: Some(Code::AccessDenied), ..answered() }
}
