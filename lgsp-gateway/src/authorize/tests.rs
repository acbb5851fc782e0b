//! Whole decisions: token, agreement, policy.

mod fetching;
mod made;
mod tokens;

use std::{sync::Arc, time::Duration};

use http::Method;
use made::{Broker, claims};
use serde_json::json;

use super::*;
use crate::{
    caller::tested::Asking,
    refusal::Code,
    registry::{
        Snapshot, moment,
        tested::{CATALOGUE, POPULATION, monday, policies, snapshot},
    },
    route::{Next, route},
};

const AGREEMENTS: &str = "agreements/mot-cua.toml";

/// Asks with an authorizer of its own.
async fn permit(broker: &Broker, asking: Asking) -> (Result<Call<Permitted>, Refusal>, Trail) {
    let authorizer = Authorizer::new(policies(), broker.officers(), broker.clock());
    let at = asking.at;
    let (call, mut trail) = asking.verified();
    let Ok(Next::Service(call)) = route(call, at, &mut trail) else { panic!("not routed") };
    (authorizer.permit(call, &mut trail).await, trail)
}

/// A call with an officer as the example's agreement wants it.
fn verification(broker: &Broker, registry: &Arc<Snapshot>) -> Asking {
    Asking::signed(registry, Method::POST, POPULATION, "").with("lgsp-actor", &broker.token(&claims()))
}

async fn denied(broker: &Broker, asking: Asking) -> String {
    let (result, trail) = permit(broker, asking).await;
    let refusal = result.map(drop).unwrap_err();
    assert_eq!(refusal.code, Code::AccessDenied, "{refusal:?}");
    assert!(trail.policy_version.is_some());
    refusal.detail.unwrap().into_owned()
}

#[tokio::test]
async fn a_call_as_agreed_is_permitted_and_the_record_says_by_what() {
    let broker = Broker::new();
    let registry = snapshot(&[]);
    let (result, trail) = permit(&broker, verification(&broker, &registry)).await;
    let call = result.unwrap();
    assert_eq!(&*call.stage.agreement().id, "mot-cua-xac-thuc");
    assert_eq!(call.stage.permit().agreement(), &call.stage.agreement().id);
    assert_eq!(call.stage.permit().fields().unwrap()[0].as_ref(), "KetQua");
    let actor = call.stage.actor().unwrap();
    assert_eq!((&*actor.officer, actor.agency.as_str()), ("can-bo:dung", "000.00.15.H19"));
    assert_eq!(call.stage.procedure().unwrap().as_ref(), "1.001612.000.00.00.H19");
    assert_eq!(trail.agreement.as_deref(), Some("mot-cua-xac-thuc"));
    assert_eq!(trail.policies.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["call_service.permit"]);
    assert_eq!(trail.policy_version.as_ref(), Some(policies().version()));
    assert_eq!((trail.officer.as_deref(), trail.officer_level), (Some("can-bo:dung"), Some(2)));
    assert_eq!(trail.officer_agency.as_deref(), Some("000.00.15.H19"));
}

#[tokio::test]
async fn each_condition_of_an_agreement_has_its_refusal() {
    let broker = Broker::new();
    let registry = snapshot(&[]);
    let whole = || verification(&broker, &registry);
    let with = |claim: &str, value: serde_json::Value| {
        let mut claims = claims();
        claims[claim] = value;
        whole().with("lgsp-actor", &broker.token(&claims))
    };
    for (asking, reason) in [
        (whole().with("lgsp-purpose", "khac"), "purpose_not_agreed"),
        (whole().with("lgsp-legal-basis", "khac"), "legal_basis_not_agreed"),
        (whole().with("lgsp-procedure", "\"2.0\""), "procedure_not_agreed"),
        (whole().without("lgsp-procedure"), "procedure_not_agreed"),
        (whole().with("lgsp-actor", "?0"), "officer_missing"),
        (with("vn_agency", json!("000.00.16.H19")), "officer_agency_not_agreed"),
        (with("acr", json!("1")), "officer_level_too_low"),
        (with("vn_account_level", json!(1)), "officer_level_too_low"),
        (with("vn_account_level", json!(null)), "officer_level_too_low"),
    ] {
        assert_eq!(denied(&broker, asking).await, reason);
    }
}

#[tokio::test]
async fn an_agreement_holds_in_its_time_and_in_its_hours() {
    let registry = snapshot(&[]);
    for (at, reason) in [
        ("2025-12-31T23:59:59+07:00", "agreement_not_in_force"),
        ("2027-01-01T00:00:00+07:00", "agreement_not_in_force"),
        ("2026-11-23T05:59:59+07:00", "outside_hours"),
        ("2026-11-23T19:00:00+07:00", "outside_hours"),
        ("2026-11-22T10:00:00+07:00", "outside_hours"),
    ] {
        let at = moment(at).unwrap();
        let broker = Broker::at(at);
        // Keys of the example begin with 2026; before that nobody is identified, so the call is made at a good time.
        let (result, _) = permit(&broker, verification(&broker, &registry)).await;
        let refusal = result.map(drop).unwrap_err();
        assert_eq!(refusal.detail.as_deref(), Some(reason), "{at}");
    }
    for at in ["2026-11-23T06:00:00+07:00", "2026-11-23T18:59:59+07:00", "2026-11-28T10:00:00+07:00"] {
        let broker = Broker::at(moment(at).unwrap());
        assert!(permit(&broker, verification(&broker, &registry)).await.0.is_ok(), "{at}");
    }
}

#[tokio::test]
async fn without_an_agreement_nothing_is_permitted() {
    let broker = Broker::new();
    let other = "client = \"VN/GOV/000.00.00.G01/dancu\"";
    let own = "client = \"VN/GOV/000.00.15.H19/mot-cua\"";
    let registry = snapshot(&[(AGREEMENTS, own, other)]);
    assert_eq!(denied(&broker, verification(&broker, &registry)).await, "there is no agreement");
}

#[tokio::test]
async fn an_x_road_client_is_let_in_where_no_signature_is_demanded_and_by_the_first_purpose() {
    let broker = Broker::new();
    let registry = snapshot(&[]);
    let asking = Asking::x_road(&registry, Method::GET, &format!("/r1/{CATALOGUE}/gioi-tinh"));
    let (result, trail) = permit(&broker, asking).await;
    let call = result.unwrap();
    assert_eq!(call.stage.permit().fields(), None, "the whole answer");
    assert_eq!(trail.purpose.as_deref(), Some("tra-cuu-danh-muc"));
    assert_eq!(trail.legal_basis.as_deref(), Some("nd-47-2024"));
    let population = Asking::x_road(&registry, Method::POST, &format!("/r1/{POPULATION}"));
    assert_eq!(denied(&broker, population).await, "signature_missing");
}

#[tokio::test]
async fn an_officer_who_is_not_demanded_must_still_be_of_the_consumers_agency() {
    let broker = Broker::new();
    let registry = snapshot(&[]);
    let asking = |agency: &str| {
        let mut claims = claims();
        claims["vn_agency"] = json!(agency);
        Asking::signed(&registry, Method::GET, CATALOGUE, "/a")
            .with("lgsp-purpose", "tra-cuu-danh-muc")
            .with("lgsp-legal-basis", "nd-47-2024")
            .with("lgsp-actor", &broker.token(&claims))
    };
    assert!(permit(&broker, asking("000.00.15.H19")).await.0.is_ok());
    assert_eq!(denied(&broker, asking("000.00.16.H19")).await, "officer_agency_not_agreed");
}

#[tokio::test]
async fn an_agreement_about_one_path_permits_no_other() {
    let broker = Broker::new();
    let one = "endpoints = [\"GET /gioi-tinh\"]";
    let registry = snapshot(&[(AGREEMENTS, "endpoints = [\"GET /{danh_muc}\"]", one)]);
    let asking = |path: &str| Asking::x_road(&registry, Method::GET, &format!("/r1/{CATALOGUE}/{path}"));
    assert!(permit(&broker, asking("gioi-tinh")).await.0.is_ok());
    assert!(permit(&broker, asking("gioi%2Dtinh")).await.0.is_ok(), "the same path, in its one form");
    for path in ["dan-toc", "gioi-tinh%3b", "Gioi-tinh", "gioi-tinh%20"] {
        assert_eq!(denied(&broker, asking(path)).await, "endpoint_not_agreed", "{path}");
    }
}

#[tokio::test]
async fn a_copy_of_the_request_is_taken_only_where_the_agreement_wants_copies() {
    let broker = Broker::new();
    let copy = async |kept: &str| {
        let registry = snapshot(&[(AGREEMENTS, "keep_bodies = false", kept)]);
        permit(&broker, verification(&broker, &registry)).await.1.request_copy
    };
    assert_eq!(copy("keep_bodies = false").await, None);
    assert_eq!(copy("keep_bodies = true").await, Some(BodyCopy::Whole(bytes::Bytes::new())));
}

/// Two more agreements on one service, each with a purpose of its own.
fn second(id: &str, purpose: &str, from: &str) -> String {
    format!(
        "[[agreement]]\nid = \"{id}\"\nclient = \"VN/GOV/000.00.15.H19/mot-cua\"\nservice = \"{CATALOGUE}\"\npurposes = \
         [\"{purpose}\"]\nlegal_bases = [\"nd-47-2024\"]\nsignature_required = false\nrelease = [\"*\"]\nvalid_from = \"{from}\"\n"
    )
}

#[tokio::test]
async fn of_several_agreements_the_first_by_id_that_permits_is_used() {
    let broker = Broker::new();
    let more = second("b", "tra-cuu-danh-muc", "2026-01-01") + &second("a", "khac", "2027-01-01");
    let registry = snapshot(&[(AGREEMENTS, "", &more)]);
    let asking = |purpose: &str| {
        Asking::signed(&registry, Method::GET, CATALOGUE, "/a")
            .with("lgsp-purpose", purpose)
            .with("lgsp-legal-basis", "nd-47-2024")
    };
    let (result, trail) = permit(&broker, asking("tra-cuu-danh-muc")).await;
    assert!(result.is_ok());
    assert_eq!(trail.agreement.as_deref(), Some("b"), "it comes before mot-cua-danh-muc");
    let (result, trail) = permit(&broker, asking("khac")).await;
    assert!(result.is_err(), "a does not hold yet, and the others have another purpose");
    assert!(trail.agreement.is_some());
}

#[tokio::test]
async fn a_decision_that_cannot_be_made_cleanly_is_a_fault_and_no_permit() {
    let broker = Broker::new();
    let registry = snapshot(&[]);
    // A set that differs in a comment is another set, which does not know what the registry prepared.
    let dir = tempfile::tempdir().unwrap();
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
    std::fs::create_dir(dir.path().join("gateway")).unwrap();
    std::fs::copy(source.join("schema.cedarschema"), dir.path().join("schema.cedarschema")).unwrap();
    let text = std::fs::read_to_string(source.join("gateway/call_service.cedar")).unwrap();
    std::fs::write(dir.path().join("gateway/call_service.cedar"), format!("{text}\n// x\n")).unwrap();
    let other = Arc::new(CallPolicies::load_from(dir.path()).unwrap());
    let authorizer = Authorizer::new(other, broker.officers(), broker.clock());
    let (call, mut trail) = verification(&broker, &registry).verified();
    let Ok(Next::Service(call)) = route(call, monday(), &mut trail) else { panic!("not routed") };
    let refusal = authorizer.permit(call, &mut trail).await.map(drop).unwrap_err();
    assert_eq!(refusal.code, Code::PolicyFailed);
}

#[tokio::test]
async fn without_keys_no_officer_is_believed_and_a_system_alone_is() {
    let broker = Broker::new();
    broker.publish(Err(KeysError::Unreachable));
    let registry = snapshot(&[]);
    let (result, trail) = permit(&broker, verification(&broker, &registry)).await;
    assert_eq!(result.map(drop).unwrap_err().code, Code::ActorKeysUnavailable);
    assert_eq!(trail.officer, None);
    let alone = Asking::signed(&registry, Method::GET, CATALOGUE, "/a")
        .with("lgsp-purpose", "tra-cuu-danh-muc")
        .with("lgsp-legal-basis", "nd-47-2024");
    assert!(permit(&broker, alone).await.0.is_ok());
    broker.pass(Duration::from_secs(1));
}
