//! Calls for tests of the rooms from here on.

use std::sync::Arc;

use clock::Timestamp;
use contract::Body;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use types::TransactionId;

use super::{Identified, identify};
use crate::{
    call::{Call, Form, Head},
    listener::Accepted,
    refusal::Refusal,
    registry::{
        Snapshot,
        tested::{CLIENT, KEY, monday},
    },
    trail::Trail,
    verify::{Claim, Verified},
};

/// A call that can be changed before it is made.
#[derive(Clone)]
pub(crate) struct Asking {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) key: String,
    pub(crate) registry: Arc<Snapshot>,
    pub(crate) at: Timestamp,
}

impl Asking {
    /// In X-Road's form.
    pub(crate) fn x_road(registry: &Arc<Snapshot>, method: Method, path: &str) -> Self {
        let asking = Self {
            method,
            path: path.to_owned(),
            query: None,
            headers: HeaderMap::new(),
            key: KEY.to_owned(),
            registry: Arc::clone(registry),
            at: monday(),
        };
        asking.with("x-road-client", CLIENT)
    }

    /// In our own form, with everything the agreement of the example wants but an officer.
    pub(crate) fn signed(registry: &Arc<Snapshot>, method: Method, service: &str, path: &str) -> Self {
        Self::x_road(registry, method, &format!("/r1/{service}{path}"))
            .without("x-road-client")
            .with("lgsp-client", &format!("\"{CLIENT}\""))
            .with("lgsp-service", &format!("\"{service}\""))
            .with("lgsp-id", "\"m-1\"")
            .with("lgsp-purpose", "giai-quyet-thu-tuc-hanh-chinh")
            .with("lgsp-legal-basis", "nd-107-2021")
            .with("lgsp-procedure", "\"1.001612.000.00.00.H19\"")
            .with("lgsp-actor", "?0")
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    pub(crate) fn also(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.headers.remove(name);
        self
    }

    pub(crate) fn call(self) -> Call<Accepted> {
        let form = Form::of(&self.headers);
        let head = Head {
            id: TransactionId::new(self.at.micros(), [7; 10]),
            received: self.at,
            deadline: tokio::time::Instant::now(),
            method: self.method,
            authority: "lgsp.test".to_owned(),
            path: self.path,
            query: self.query,
            headers: self.headers,
            form,
            certificate: "11".repeat(32).into(),
            certificate_key: self.key.into(),
            registry: self.registry,
        };
        Call { head: Arc::new(head), body: Body::empty(), stage: Accepted::tested() }
    }

    pub(crate) fn identified(self) -> (Result<Call<Identified>, Refusal>, Trail) {
        let (at, mut trail) = (self.at, Trail::default());
        let call = self.call();
        let head = Arc::clone(&call.head);
        let result = identify(call, &Claim::of(&head), at, &mut trail);
        (result, trail)
    }

    pub(crate) fn verified(self) -> (Call<Verified>, Trail) {
        let (result, trail) = self.identified();
        let call = result.unwrap_or_else(|refusal| panic!("{refusal:?}"));
        let signed = call.head.form == Form::Signed;
        (call.advance(|identified| Verified::tested(identified, signed)), trail)
    }
}
