//! A gateway that could not sign, record or decide does not start, and one that has no room refuses.

use std::{fs, time::Duration};

use boot::settings::Environment;
use lgsp_gateway::{StartError, settings::Settings, storage::StorageSettings};
use sandbox::province::Part;
use serde_json::json;

use super::world::{World, an, http, refused};

#[tokio::test]
async fn a_gateway_that_lacks_a_key_its_registry_or_its_store_does_not_start() {
    let mut world = World::start().await;
    world.province.stop_gateway().await;
    let start = async |spoil: &dyn Fn(&mut Settings)| {
        let mut settings = world.province.gateway_settings().unwrap();
        let free = "127.0.0.1:0".parse().unwrap();
        (settings.server.bind, settings.server.operator_bind) = (free, free);
        spoil(&mut settings);
        lgsp_gateway::start(settings).await.map(drop)
    };
    let nowhere = || world.folder().join("nowhere");
    let faults = async |spoil: &dyn Fn(&mut Settings)| match start(spoil).await {
        Err(StartError::Faults(faults)) => faults.to_string(),
        other => panic!("{other:?}"),
    };
    let signing = faults(&|settings| settings.signing.key = nowhere()).await;
    assert!(signing.contains(": signing.key_file: "), "{signing}");
    let log = faults(&|settings| settings.log.key = nowhere()).await;
    assert!(log.contains(": log.key_file: "), "{log}");
    let registry = faults(&|settings| settings.registry.folder = nowhere()).await;
    assert!(registry.contains("nowhere: cannot be read"), "{registry}");
    let certificates = faults(&|settings| settings.tls.key = nowhere()).await;
    assert!(certificates.contains(": tls.key_file: "), "{certificates}");
    let path = nowhere().join("gateway.db");
    let spoil = |settings: &mut Settings| settings.storage = StorageSettings::Embedded { path: path.clone() };
    assert!(matches!(start(&spoil).await, Err(StartError::Store(_))));
    let contract = world.folder().join("registry/services/xac-thuc.openapi.json");
    let good = fs::read_to_string(&contract).unwrap();
    fs::write(&contract, "{}").unwrap();
    let broken = faults(&|_| ()).await;
    assert!(broken.contains("registry/services/dan-cu.toml:"), "{broken}");
    fs::write(&contract, good).unwrap();
    assert!(start(&|_| ()).await.is_ok());
}

/// While a department's call waits for its register, what becomes of the same department's next call, and of `meanwhile`?
async fn while_one_waits<T>(world: &World, meanwhile: impl Future<Output = T>) -> (sandbox::bus::Refused, T) {
    let asked = "XacThucThongTinCongDan";
    world.tell(Part::Population, &json!({ "delay_ms": 4_000, "delay_at": [asked] })).await;
    let question = world.question(an());
    let count = async || {
        let address = world.province.addresses().at(Part::Population, "/_operator/requests");
        http().get(address).send().await.unwrap().bytes().await.unwrap()
    };
    let before = count().await;
    let slow = world.ask(&question);
    let second = async {
        // The first has its place when the register has its question.
        while count().await == before {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        (world.refused(&question).await, meanwhile.await)
    };
    let (first, second) = tokio::join!(slow, second);
    assert!(first.is_ok(), "{first:?}");
    world.tell(Part::Population, &json!({})).await;
    world.answered(&question).await;
    second
}

#[tokio::test]
async fn a_call_beyond_the_places_is_refused_at_once_and_a_place_comes_back() {
    let environment = Environment::empty().with("GATEWAY__SERVER__MAX_IN_FLIGHT", "1");
    let world = World::with(|options| options.environment = environment).await;
    let (second, ()) = while_one_waits(&world, async {}).await;
    assert_eq!((second.code.as_str(), second.status.as_u16()), ("overloaded", 503));
    assert_eq!((second.origin.as_str(), second.retry), ("gateway", true));
}

#[tokio::test]
async fn a_department_that_takes_its_part_of_the_places_leaves_room_for_another() {
    let environment = Environment::empty().with("GATEWAY__SERVER__MAX_IN_FLIGHT_EACH", "1");
    let world = World::with(|options| options.environment = environment).await;
    let stranger = world.province.caller("khong-quyen").unwrap();
    let question = world.question(an());
    let other = async { refused(stranger.call(&question.message(Some(&world.officer))).await) };
    let (second, other) = while_one_waits(&world, other).await;
    assert_eq!((second.code.as_str(), second.status.as_u16()), ("too-many-calls", 429));
    assert_eq!((second.origin.as_str(), second.retry), ("caller", true));
    // It has no agreement, and a place.
    assert_eq!(other.code, "access-denied");
}
