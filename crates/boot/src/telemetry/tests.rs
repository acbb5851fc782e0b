use super::json::JsonLines;
use super::redaction::{NEVER_RECORDED, NEVER_RECORDED_ALONE, is_redacted};
use super::settings::TelemetrySettings;
use super::start::text_lines;
use super::{continue_trace, current_traceparent, trace};
use crate::serve::{ServeConfig, bind, serve};
use crate::settings::{Document, Environment};
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::subscriber::with_default;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a layer that writes into `Written` wrote while `work` ran.
fn recorded<L>(layer: impl FnOnce(Written) -> L, work: impl FnOnce()) -> String
where
    L: Layer<Registry> + Send + Sync + 'static,
{
    let written = Written::default();
    with_default(tracing_subscriber::registry().with(layer(written.clone())), work);
    written.text()
}

fn as_json(work: impl FnOnce()) -> Vec<serde_json::Value> {
    let text = recorded(|written| JsonLines(move || written.clone()), work);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_record_is_one_line_of_json_with_the_fields_of_its_spans() {
    let lines = as_json(|| {
        let outer = tracing::info_span!("broker.token.post", reference = "K7", client.id = tracing::field::Empty);
        let _outer = outer.enter();
        outer.record("client.id", "mot-cua");
        let _inner = tracing::info_span!("store.code.spend", attempts = 2).entered();
        tracing::warn!(refusal.code = "invalid_grant", spent = true, share = 0.5, "refused \"it\"\n");
    });
    let mut line = lines[0].clone();
    let timestamp = line.as_object_mut().unwrap().remove("timestamp").unwrap();
    assert!(timestamp.as_str().unwrap().ends_with('Z'), "{timestamp}");
    assert_eq!(
        line,
        serde_json::json!({
            "level": "WARN", "target": "boot::telemetry::tests", "span": "store.code.spend",
            "reference": "K7", "client.id": "mot-cua", "attempts": 2,
            "refusal.code": "invalid_grant", "spent": true, "share": 0.5, "message": "refused \"it\"\n",
        })
    );
}

#[test]
fn an_error_is_recorded_with_everything_beneath_it() {
    #[derive(Debug, thiserror::Error)]
    #[error("the store is gone")]
    struct Outer(#[source] io::Error);
    let error = Outer(io::Error::other("no such file"));
    let lines = as_json(|| tracing::error!(error = &error as &dyn std::error::Error, "failed"));
    assert_eq!(lines[0]["error"], "the store is gone: no such file");
}

fn with_canaries() {
    let span = tracing::info_span!("login", password = "canary", code = "canary", later.token = tracing::field::Empty);
    let _entered = span.enter();
    span.record("later.token", "canary");
    tracing::info!(client.secret = "canary", cookie = ?"canary", vn_citizen_id = %"canary", refusal.code = "kept", "here");
}

#[test]
fn fields_that_are_never_recorded_do_not_appear_in_json() {
    let lines = as_json(with_canaries);
    assert!(!lines[0].to_string().contains("canary"), "{}", lines[0]);
    assert_eq!((&lines[0]["password"], &lines[0]["refusal.code"]), (&"[redacted]".into(), &"kept".into()));
}

#[test]
fn fields_that_are_never_recorded_do_not_appear_in_text() {
    let text = recorded(|written| text_lines(move || written.clone()), with_canaries);
    assert!(text.contains("here") && text.contains("refusal.code=\"kept\""), "{text}");
    assert!(!text.contains("canary"), "{text}");
}

#[test]
fn every_name_of_the_lists_is_redacted_however_it_is_written() {
    for name in NEVER_RECORDED {
        assert!(is_redacted(name) && is_redacted(&format!("client.{name}")), "{name}");
        assert!(is_redacted(&name.to_uppercase().replace('_', "-")), "{name}");
    }
    for name in NEVER_RECORDED_ALONE {
        assert!(is_redacted(name) && !is_redacted(&format!("refusal.{name}")), "{name}");
    }
    assert!(!is_redacted("client.id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_reach_the_collector_joined_into_one_trace_and_without_secrets() {
    let (sender, mut batches) = mpsc::unbounded_channel();
    let collect = post(async move |body: Bytes| sender.send(body.to_vec()).map_err(|_| http::StatusCode::GONE));
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let mut settings = TelemetrySettings::new("broker");
    settings.otlp_endpoint = Some(format!("http://{}", listener.local_addr().unwrap()).parse().unwrap());
    let stop = CancellationToken::new();
    let router = Router::new().route("/v1/traces", collect);
    let server = tokio::spawn(serve(listener, router, ServeConfig::default(), stop.clone()));

    let provider = trace::provider(&settings).unwrap().unwrap();
    let first = with_default(tracing_subscriber::registry().with(trace::layer(&provider)), || {
        let traceparent = tracing::info_span!("broker.authorize.get", code = "canary").in_scope(|| {
            tracing::info!(password = "canary", "an event of the span");
            current_traceparent().unwrap()
        });
        let second = tracing::info_span!("broker.token.post");
        assert!(continue_trace(&second, &traceparent));
        let continued = second.in_scope(|| current_traceparent().unwrap());
        assert_eq!(continued.split('-').nth(1), traceparent.split('-').nth(1), "one trace");
        assert_ne!(continued, traceparent, "two spans");
        traceparent
    });
    tokio::task::spawn_blocking(move || provider.shutdown()).await.unwrap().unwrap();

    let batch = batches.recv().await.unwrap();
    let text = String::from_utf8_lossy(&batch);
    for expected in ["broker.authorize.get", "broker.token.post", "an event of the span", "[redacted]", "service.name"]
    {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert!(!text.contains("canary"), "{text}");
    assert!(first.starts_with("00-") && first.len() == 55);
    stop.cancel();
    server.await.unwrap();
}

#[test]
fn without_a_collector_there_is_no_traceparent_and_nothing_to_continue() {
    assert_eq!(current_traceparent(), None);
    let known = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert!(!continue_trace(&tracing::Span::none(), known));
}

#[test]
fn only_a_whole_traceparent_of_version_00_is_continued() {
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    with_default(tracing_subscriber::registry().with(trace::layer(&provider)), || {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert!(continue_trace(&tracing::info_span!("span"), good));
        for wrong in [
            "",
            "00",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra",
            "00-0af7651916cd43dd8448eb211c8031é-b7ad6b7169203331-01",
        ] {
            assert!(!continue_trace(&tracing::info_span!("span"), wrong), "{wrong}");
        }
    });
}

#[test]
fn the_section_is_read_and_a_filter_without_meaning_is_a_fault() {
    let read = |text: &str| {
        let document = Document::parse(text, "broker.toml".as_ref(), "BROKER", &Environment::empty());
        let settings = TelemetrySettings::read(&document.section("telemetry"), "broker");
        document.finish(settings).map_err(|faults| faults.to_string())
    };
    assert_eq!(read("").unwrap(), TelemetrySettings::new("broker"));
    let text = "[telemetry]\nfilter = \"info,broker=debug\"\notlp_endpoint = \"http://collector:4318\"\nsampling_ratio = 0.1\n";
    assert_eq!(read(text).unwrap().sampling_ratio, 0.1);
    let faults = read("[telemetry]\nfilter = \"info,broker=loud\"\nsampling_ratio = 3\n").unwrap_err();
    assert_eq!(
        faults,
        "broker.toml:2: telemetry.filter: must be a level, or levels by module, such as info,broker=debug\n\
         broker.toml:3: telemetry.sampling_ratio: must be from 0 to 1"
    );
}
