//! What an adapter is told, and how often it is asked.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use clock::Timestamp;
use contract::{Actor, Body, Exchange, ExchangeError, ExchangeFault, ExchangeReply, ExchangeRequest};
use http::{HeaderMap, Method, StatusCode};
use tokio::time::Instant;
use types::{AgencyCode, ServiceId, SubsystemId, TransactionId};

use super::{Dispatch, Observe, send::Question};
use crate::{
    call::{Form, Head},
    refusal::{Code, Origin},
    registry::{MappingKind, Service, Snapshot, Style, Validity},
    trail::Trail,
};

const NOW: Timestamp = Timestamp::from_seconds(1_795_219_200);

/// Fails with these errors, one after the other, and then answers.
struct Scripted {
    errors: Vec<ExchangeError>,
    asked: AtomicUsize,
    seen: Mutex<Vec<ExchangeRequest>>,
}

#[async_trait]
impl Exchange for Scripted {
    async fn call(&self, request: ExchangeRequest) -> Result<ExchangeReply, ExchangeError> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        let hangs = request.path == "/hangs";
        self.seen.lock().unwrap().push(request);
        if hangs {
            std::future::pending::<()>().await;
        }
        match self.errors.get(number) {
            Some(error) => Err(error.clone()),
            None => Ok(ExchangeReply { status: StatusCode::OK, headers: HeaderMap::new(), body: Body::empty() }),
        }
    }
}

#[derive(Default)]
struct Outcomes(Mutex<Vec<(String, &'static str)>>);

impl Observe for Outcomes {
    fn asked(&self, adapter: &str, outcome: &'static str, _: Duration) {
        self.0.lock().unwrap().push((adapter.to_owned(), outcome));
    }
}

fn always() -> Validity {
    Validity { from: Timestamp::from_seconds(0), to: None }
}

fn head(method: Method) -> Head {
    let mut registry = Snapshot::empty(NOW);
    let mut map = |kind, ours: &str, theirs: &str, validity| {
        let codes = registry.mappings.entry(("dan-cu".into(), kind, ours.into())).or_default();
        codes.push((Arc::from(theirs), validity));
    };
    map(MappingKind::Officer, "can-bo:dung", "CB-0", Validity { from: Timestamp::from_seconds(0), to: Some(NOW) });
    map(MappingKind::Officer, "can-bo:dung", "CB-1", always());
    map(MappingKind::Procedure, "2.000635.000.00.00.H19", "2.000635", always());
    map(MappingKind::Agency, "000.00.15.H19", "H19.15", always());
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("accept", "application/json"),
        ("x-road-userid", "VN-1"),
        ("x-road-client", "VN/GOV/other/x"),
        ("x-road-request-id", "mine"),
        ("x-road-request-hash", "mine"),
        ("lgsp-client", "x"),
        ("signature", "x"),
        ("content-digest", "x"),
        ("authorization", "Bearer x"),
        ("dpop", "x"),
        ("cookie", "a=b"),
        ("connection", "upgrade"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-anything", "1"),
    ] {
        headers.append(name, value.parse().unwrap());
    }
    Head {
        id: TransactionId::new(NOW.micros(), [1; 10]),
        received: NOW,
        deadline: Instant::now() + Duration::from_secs(60),
        method,
        authority: "lgsp.test".to_owned(),
        path: "/r1/whatever".to_owned(),
        query: Some("a=1".to_owned()),
        headers,
        form: Form::Signed,
        certificate: "11".into(),
        certificate_key: "22".into(),
        registry: Arc::new(registry),
    }
}

fn service() -> Service {
    Service {
        id: ServiceId::parse("VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan").unwrap(),
        title: "t".to_owned(),
        validity: always(),
        enabled: true,
        adapter: "dan-cu".into(),
        style: Style::Rest,
        endpoints: Vec::new(),
        contract: None,
        timeout: Duration::from_secs(10),
        idempotent: vec![Method::PUT],
        max_request_bytes: 1000,
        max_reply_bytes: 1000,
    }
}

struct Case {
    adapter: Arc<Scripted>,
    outcomes: Arc<Outcomes>,
    dispatch: Dispatch,
    trail: Trail,
    as_it_is: bool,
}

fn case(errors: Vec<ExchangeError>) -> Case {
    let adapter = Arc::new(Scripted { errors, asked: AtomicUsize::new(0), seen: Mutex::default() });
    let outcomes = Arc::new(Outcomes::default());
    let adapters = HashMap::from([(Arc::from("dan-cu"), Arc::clone(&adapter) as Arc<dyn Exchange>)]);
    let dispatch = Dispatch::new(adapters).observed(outcomes.clone());
    let trail = Trail { message_id: Some("VN-7".to_owned()), ..Trail::default() };
    Case { adapter, outcomes, dispatch, trail, as_it_is: false }
}

impl Case {
    async fn put(&mut self, head: &Head, service: &Service, path: &str, body: Body) -> Result<(), Code> {
        let actor = Actor { officer: "can-bo:dung".into(), agency: AgencyCode::parse("000.00.15.H19").unwrap() };
        let question = Question {
            head,
            service,
            client: &SubsystemId::parse("VN/GOV/000.00.15.H19/mot-cua").unwrap(),
            path,
            actor: Some(&actor),
            procedure: Some(&"2.000635.000.00.00.H19".into()),
            as_it_is: self.as_it_is,
        };
        let outcome = self.dispatch.put(question, body, &mut self.trail).await;
        outcome.map(drop).map_err(|refusal| refusal.code)
    }
}

fn held() -> Body {
    Body::Held(Bytes::from_static(b"{}"))
}

#[tokio::test]
async fn an_adapter_is_told_who_asks_in_our_codes_and_in_its_own() {
    let mut case = case(Vec::new());
    case.put(&head(Method::POST), &service(), "/a", held()).await.unwrap();
    let seen = case.adapter.seen.lock().unwrap().pop().unwrap();
    let codes = [&seen.foreign.officer, &seen.foreign.procedure, &seen.foreign.agency];
    assert_eq!(codes.map(|code| code.as_deref().unwrap()), ["CB-1", "2.000635", "H19.15"]);
    assert_eq!((seen.path.as_str(), seen.query.as_deref()), ("/a", Some("a=1")));
    assert!(seen.time_left <= Duration::from_secs(10) && seen.time_left > Duration::from_secs(5));
    assert_eq!(case.trail.attempts, 1);
    assert_eq!(*case.outcomes.0.lock().unwrap(), [("dan-cu".to_owned(), "answered")]);
}

#[tokio::test]
async fn only_named_headers_go_on_and_those_of_the_bus_are_its_own() {
    let mut case = case(Vec::new());
    let head = head(Method::POST);
    case.put(&head, &service(), "", held()).await.unwrap();
    let seen = case.adapter.seen.lock().unwrap().pop().unwrap();
    let mut headers: Vec<_> =
        seen.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    headers.sort();
    assert_eq!(
        headers,
        [
            "accept: application/json".to_owned(),
            "x-road-client: VN/GOV/000.00.15.H19/mot-cua".to_owned(),
            "x-road-id: VN-7".to_owned(),
            format!("x-road-request-id: {}", head.id),
            "x-road-userid: VN-1".to_owned(),
        ]
    );
}

#[tokio::test]
async fn to_a_register_of_x_road_everything_goes_that_x_road_lets_pass() {
    let mut case = Case { as_it_is: true, ..case(Vec::new()) };
    let mut head = head(Method::POST);
    head.headers.insert("user-agent", "x".parse().unwrap());
    head.headers.insert("x-road-request-hash", "mine".parse().unwrap());
    head.headers.insert("x-road-security-server", "VN/GOV/x/ss".parse().unwrap());
    case.put(&head, &service(), "", held()).await.unwrap();
    let seen = case.adapter.seen.lock().unwrap().pop().unwrap();
    assert!(seen.as_it_is);
    let header = |name: &str| seen.headers.get(name).map(|value| value.to_str().unwrap());
    for (name, value) in [
        ("authorization", "Bearer x"),
        ("cookie", "a=b"),
        ("x-anything", "1"),
        ("x-road-security-server", "VN/GOV/x/ss"),
        ("x-road-client", "VN/GOV/000.00.15.H19/mot-cua"),
    ] {
        assert_eq!(header(name), Some(value));
    }
    assert_eq!(header("x-road-request-id"), Some(head.id.to_string().as_str()));
    for name in ["user-agent", "connection", "host", "x-road-request-hash"] {
        assert_eq!(header(name), None, "{name}");
    }
}

#[tokio::test]
async fn a_call_is_repeated_once_and_only_where_that_does_no_harm() {
    use ExchangeError::{Cut, Malformed, Refused, Timeout, Unavailable, Unreachable};
    for (method, errors, outcome, attempts) in [
        (Method::GET, vec![Cut], Ok(()), 2),
        (Method::GET, vec![Timeout, Timeout, Cut], Err(Code::ProviderTimeout), 2),
        (Method::GET, vec![Malformed], Err(Code::ProviderMalformed), 1),
        (Method::GET, vec![Refused], Err(Code::ProviderRefused), 1),
        (Method::PUT, vec![Unavailable], Ok(()), 2),
        (Method::POST, vec![Unreachable], Ok(()), 2),
        (Method::POST, vec![Cut], Err(Code::ProviderCut), 1),
        (Method::POST, vec![Timeout], Err(Code::ProviderTimeout), 1),
        (Method::POST, vec![Unavailable], Err(Code::ProviderUnavailable), 1),
    ] {
        let mut case = case(errors.clone());
        let found = case.put(&head(method.clone()), &service(), "", held()).await;
        assert_eq!((found, case.trail.attempts), (outcome, attempts), "{method} {errors:?}");
        assert_eq!(case.trail.once_only, method == Method::POST, "{method}");
    }
    // What was streamed is gone.
    let mut gone = case(vec![Unreachable]);
    let body = Body::Streamed { stream: Box::pin(futures::stream::iter([])), length: None };
    assert_eq!(gone.put(&head(Method::GET), &service(), "", body).await, Err(Code::ProviderUnreachable));
    assert_eq!(gone.trail.attempts, 1);
    // Nor is there a second try when there is hardly any time for it.
    let mut late = case(vec![Unreachable]);
    let short = Service { timeout: Duration::from_millis(250), ..service() };
    assert_eq!(late.put(&head(Method::GET), &short, "", held()).await, Err(Code::ProviderUnreachable));
    assert_eq!(late.trail.attempts, 1);
}

#[tokio::test]
async fn an_adapter_that_breaks_its_promise_of_time_is_left() {
    let moment = Duration::from_millis(50);
    let mut case = case(Vec::new());
    let short = Service { timeout: moment, ..service() };
    assert_eq!(case.put(&head(Method::POST), &short, "/hangs", held()).await, Err(Code::ProviderTimeout));
    let mut head = head(Method::POST);
    head.deadline = Instant::now() + moment;
    assert_eq!(case.put(&head, &service(), "/hangs", held()).await, Err(Code::ProviderTimeout));
    assert!(Instant::now() < head.deadline + Duration::from_secs(5), "the service's own limit was waited for");
}

#[tokio::test]
async fn a_call_whose_time_is_over_is_not_asked_about_any_more() {
    let mut case = case(Vec::new());
    let mut head = head(Method::GET);
    head.deadline = Instant::now();
    assert_eq!(case.put(&head, &service(), "", held()).await, Err(Code::Deadline));
    assert_eq!((case.trail.attempts, case.adapter.asked.load(Ordering::SeqCst)), (0, 0));
}

#[tokio::test]
async fn every_error_of_an_adapter_becomes_the_refusal_of_the_same_fault() {
    use contract::BodyError;
    for (error, code) in [
        (ExchangeError::TooLarge, Code::ProviderTooLarge),
        (ExchangeError::MediaType, Code::ProviderMalformed),
        (ExchangeError::Reported { code: None }, Code::ProviderReported),
        (ExchangeError::Input { field: "HoVaTen".into() }, Code::Input),
        (ExchangeError::Mapping { what: "officer" }, Code::MappingMissing),
        (ExchangeError::Operation, Code::UnknownEndpoint),
        (ExchangeError::Settings, Code::ServiceDisabled),
        (ExchangeError::Body(BodyError::Cut), Code::BodyCut),
        (ExchangeError::Body(BodyError::TooLong), Code::BodyTooLarge),
        (ExchangeError::Body(BodyError::Digest), Code::DigestMismatch),
        (ExchangeError::Body(BodyError::Timeout), Code::BodyTimeout),
        (ExchangeError::Refused, Code::ProviderRefused),
        (ExchangeError::Malformed, Code::ProviderMalformed),
    ] {
        let name = error.code();
        let fault = match error.fault() {
            ExchangeFault::Caller => Origin::Caller,
            ExchangeFault::Gateway => Origin::Gateway,
            ExchangeFault::Provider => Origin::Provider,
        };
        let found = case(vec![error]).put(&head(Method::POST), &service(), "", held()).await;
        assert_eq!((found, code.origin()), (Err(code), fault), "{name}");
    }
}

#[tokio::test]
async fn a_service_whose_adapter_is_unknown_is_switched_off() {
    let mut case = case(Vec::new());
    let other = Service { adapter: "nobody".into(), ..service() };
    assert_eq!(case.put(&head(Method::GET), &other, "", held()).await, Err(Code::ServiceDisabled));
    assert_eq!(case.trail.attempts, 0);
}

mod settings {
    use std::path::Path;

    use boot::settings::{Document, Environment};
    use clock::fixed::FixedClock;

    use super::*;
    use crate::dispatch::AdapterSettings;

    fn read(text: &str, folder: &Path) -> Result<AdapterSettings, String> {
        let file = folder.join("gateway.toml");
        let document = Document::parse(text, &file, "GATEWAY", &Environment::empty());
        let settings = AdapterSettings::read(&document.section("adapter").section("a"));
        document.finish(settings).map_err(|faults| faults.to_string())
    }

    fn builds(text: &str, folder: &Path) -> bool {
        let clock: Arc<dyn clock::Clock> = Arc::new(FixedClock::at(NOW));
        read(text, folder).unwrap().build(&clock).is_ok()
    }

    #[test]
    fn adapters_are_made_from_their_sections() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        for file in ["key", "secret"] {
            let path = folder.path().join(file);
            std::fs::write(&path, "s").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let rest = "[adapter.a]\ndialect = \"rest\"\nurl = \"http://127.0.0.1:1/\"\n";
        assert!(builds(rest, folder.path()));
        assert!(!builds(&rest.replace("127.0.0.1", "10.0.0.1"), folder.path()), "loopback alone unless set");
        let wider = format!("{}allowed_networks = [\"10.0.0.0/8\"]\n", rest.replace("127.0.0.1", "10.0.0.1"));
        assert!(builds(&wider, folder.path()));
        let population = "[adapter.a]\ndialect = \"population\"\nurl = \"http://127.0.0.1:1/\"\nclient = \"VN/GOV/x/y\"\n\
                          user = \"u\"\napi_key_file = \"key\"\nsecret_file = \"secret\"\n";
        assert!(builds(population, folder.path()));
        assert!(!format!("{:?}", read(population, folder.path()).unwrap()).contains("\"s\""));
    }

    #[test]
    fn what_is_missing_or_wrong_is_told_together() {
        let folder = tempfile::tempdir().unwrap();
        let check = |text: &str, parts: &[&str]| {
            let faults = read(text, folder.path()).unwrap_err();
            for part in parts {
                assert!(faults.contains(part), "{part} in {faults}");
            }
        };
        check("[adapter.a]\ndialect = \"fax\"\n", &["dialect", "url"]);
        let population = "[adapter.a]\ndialect = \"population\"\nurl = \"http://127.0.0.1/\"\n";
        check(population, &["client", "user", "api_key_file", "secret_file"]);
        let rest = "[adapter.a]\ndialect = \"rest\"\nurl = \"http://127.0.0.1/\"\n";
        check(&format!("{rest}allowed_networks = [\"10.0.0.1/8\"]\n"), &["allowed_networks"]);
        check(&format!("{rest}certificate_file = \"x\"\n"), &["key_file"]);
        let nobody = format!("{rest}certificate_file = \"x\"\nkey_file = \"y\"\n");
        check(&nobody, &["is shown to nobody without anchors_file"]);
        check(&format!("{rest}unknown = 1\n"), &["unknown"]);
    }
}
