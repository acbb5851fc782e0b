//! How well a stand-in behaves, and the operator calls that change it:
//!
//! ```text
//! POST   /_operator/behaviour  {"delay_ms": 500, "delay_at": ["DanhMuc"], "fail": {"at": "TapTin", "status": 503},
//!                               "lie": {"at": "HoKinhDoanh", "how": "garbage"}}
//! GET    /_operator/behaviour  what is in force
//! DELETE /_operator/behaviour  back to good behaviour, and counts from zero
//! GET    /_operator/requests   how often each service was asked
//! ```

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use futures::StreamExt;
use serde::{Deserialize, Serialize};

/// What an operator may ask for. The default is a system that behaves well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// How long to wait before an answer, in milliseconds.
    pub delay_ms: u64,
    /// Which services wait; none named means all.
    pub delay_at: Vec<String>,
    /// Which service answers with an error, and which.
    pub fail: Option<Failure>,
    /// Whose answer is wrong, and how.
    pub lie: Option<Lie>,
}

/// A service that answers with an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Which one.
    pub at: String,
    /// The HTTP status, 400 to 599.
    pub status: u16,
}

/// An answer that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lie {
    /// Whose.
    pub at: String,
    /// In which way.
    pub how: LieHow,
}

/// In which way an answer is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LieHow {
    /// Bytes that mean nothing, under the right type.
    Garbage,
    /// A page for people.
    WrongType,
    /// The whole length is announced, half of it comes.
    Cut,
    /// Sixteen megabytes.
    Oversize,
    /// Status 200, and an error of the system's own inside.
    ErrorInside,
    /// A fault of SOAP under status 200; garbage where there is no SOAP.
    FaultInside,
    /// A good answer about another person or thing.
    WrongPerson,
    /// A good answer to another request.
    OtherRequest,
    /// A document type with an entity in it; garbage where there is no XML.
    Doctype,
}

/// What an operator wants of one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A good one.
    Good,
    /// This error.
    Failure(StatusCode),
    /// This lie.
    Lie(LieHow),
}

/// The mood of one stand-in.
pub struct Mood {
    /// So that a well-behaved stand-in takes no lock.
    good: AtomicBool,
    behaviour: Mutex<Behaviour>,
    asked: Vec<(&'static str, AtomicU64)>,
}

impl Mood {
    /// A good mood, for these services.
    #[must_use]
    pub fn new(services: &[&'static str]) -> Arc<Self> {
        let asked = services.iter().map(|service| (*service, AtomicU64::new(0))).collect();
        Arc::new(Self { good: AtomicBool::new(true), behaviour: Mutex::default(), asked })
    }

    /// Counts a request, waits as told, and says what is wanted.
    pub async fn meet(&self, service: &str) -> Wanted {
        if let Some((_, count)) = self.asked.iter().find(|(name, _)| *name == service) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        if self.good.load(Ordering::Acquire) {
            return Wanted::Good;
        }
        let behaviour = self.behaviour();
        let waits = behaviour.delay_at.is_empty() || behaviour.delay_at.iter().any(|at| at == service);
        if waits && behaviour.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(behaviour.delay_ms)).await;
        }
        if let Some(failure) = behaviour.fail.filter(|failure| failure.at == service) {
            return Wanted::Failure(StatusCode::from_u16(failure.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        }
        behaviour.lie.filter(|lie| lie.at == service).map_or(Wanted::Good, |lie| Wanted::Lie(lie.how))
    }

    fn behaviour(&self) -> Behaviour {
        self.behaviour.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn behave(&self, behaviour: Behaviour) {
        let good = behaviour == Behaviour::default();
        *self.behaviour.lock().unwrap_or_else(PoisonError::into_inner) = behaviour;
        self.good.store(good, Ordering::Release);
    }
}

/// The operator calls.
pub fn operator(mood: Arc<Mood>) -> Router {
    Router::new()
        .route("/_operator/behaviour", get(show).post(change).delete(reset))
        .route("/_operator/requests", get(requests))
        .with_state(mood)
}

async fn show(State(mood): State<Arc<Mood>>) -> Json<Behaviour> {
    Json(mood.behaviour())
}

/// Replaces all of it; what is not named is good again.
async fn change(State(mood): State<Arc<Mood>>, Json(behaviour): Json<Behaviour>) -> Response {
    if behaviour.fail.as_ref().is_some_and(|failure| !(400..=599).contains(&failure.status)) {
        return (StatusCode::UNPROCESSABLE_ENTITY, "fail.status must be 400 to 599").into_response();
    }
    let known = |at: &String| mood.asked.iter().any(|(name, _)| name == at);
    let places = behaviour.fail.iter().map(|failure| &failure.at).chain(behaviour.lie.iter().map(|lie| &lie.at));
    if !places.chain(&behaviour.delay_at).all(known) {
        return (StatusCode::UNPROCESSABLE_ENTITY, "there is no such service").into_response();
    }
    mood.behave(behaviour.clone());
    Json(behaviour).into_response()
}

async fn reset(State(mood): State<Arc<Mood>>) -> Json<Behaviour> {
    mood.behave(Behaviour::default());
    mood.asked.iter().for_each(|(_, count)| count.store(0, Ordering::Relaxed));
    Json(Behaviour::default())
}

async fn requests(State(mood): State<Arc<Mood>>) -> Json<BTreeMap<&'static str, u64>> {
    Json(mood.asked.iter().map(|(name, count)| (*name, count.load(Ordering::Relaxed))).collect())
}

/// The body that announces all of `whole` and ends after half of it.
pub fn cut(whole: &Bytes) -> (usize, Body) {
    let half = whole.slice(..whole.len() / 2);
    let pieces = futures::stream::iter([Ok(half)]);
    // A moment later, so that the first half is on its way when the connection breaks.
    let end = futures::stream::once(async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    (whole.len(), Body::from_stream(pieces.chain(end)))
}
