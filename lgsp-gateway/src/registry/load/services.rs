//! `services/*.toml`.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use boot::settings::Section;
use http::Method;
use types::ServiceId;

use super::{
    World,
    entry::{Entry, keep, validity},
    members::Members,
    tables,
};
use crate::{
    registry::{Endpoint, Service, Style, endpoint},
    route::is_reserved,
    shape::Contract,
};

pub(super) type Services<'d> = BTreeMap<ServiceId, Entry<'d, Arc<Service>>>;

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(600);
const MIB: usize = 1 << 20;
/// The largest limit that a service may have, in bytes.
const LARGEST: usize = 1 << 40;

/// Reads the services.
pub(super) fn read<'w>(world: &World<'w>, members: &Members<'_>) -> Services<'w> {
    let mut services = Services::new();
    for section in tables(&world.folder.services, "service") {
        if let Some(service) = service(&section, world, members) {
            keep(&mut services, service.id.clone(), Entry { at: section, value: Arc::new(service) }, "id");
        }
    }
    services
}

fn service(section: &Section<'_>, world: &World<'_>, members: &Members<'_>) -> Option<Service> {
    let id = section.parse_with("id", ServiceId::parse).required();
    let title = section.text("title").required();
    let adapter = section.text("adapter").required();
    let style = section.one_of("style", &[("openapi", Style::OpenApi), ("rest", Style::Rest)]).required();
    let openapi = section.path_to("openapi").optional();
    let endpoints = section.list_of("endpoints", Endpoint::parse).required();
    let timeout = section.duration("timeout").between(SHORTEST, LONGEST).or(Duration::from_secs(30));
    let idempotent = section.list_of("idempotent", method).or(Vec::new());
    let max_request = section.byte_size("max_request").between(0, LARGEST).or(MIB);
    let max_reply = section.byte_size("max_reply").between(1, LARGEST).or(10 * MIB);
    let enabled = section.flag("enabled").or(true);
    if let Some(adapter) = adapter.as_ref().filter(|adapter| !world.adapters.contains(*adapter)) {
        section.fault("adapter", format!("the settings have no adapter `{adapter}`"));
    }
    if endpoints.as_ref().is_some_and(Vec::is_empty) {
        section.fault("endpoints", "a service without an endpoint cannot be called");
    }
    let contract = contract(section, style?, openapi?.as_deref(), world);
    let id = id?;
    if is_reserved(id.code()) {
        section.fault("id", format!("the service code {} belongs to the bus itself", id.code()));
    }
    let provider = id.provider().and_then(|provider| members.subsystems.get(&provider));
    let Some(provider) = provider else {
        section.fault("id", "there is no such subsystem to provide it");
        return None;
    };
    let validity = validity(section, Some(provider.value.validity));
    let endpoints = endpoints?;
    described(section, contract.as_ref(), &endpoints);
    Some(Service {
        id,
        title: title?,
        validity: validity?,
        enabled: enabled?,
        adapter: adapter?.into(),
        style: style?,
        endpoints,
        contract: contract.map(Arc::new),
        timeout: timeout?,
        idempotent: idempotent?,
        max_request_bytes: u64::try_from(max_request?).ok()?,
        max_reply_bytes: u64::try_from(max_reply?).ok()?,
    })
}

fn method(text: &str) -> Result<Method, &'static str> {
    endpoint::method_named(text).ok_or("is no method that the bus carries")
}

fn contract(section: &Section<'_>, style: Style, file: Option<&Path>, world: &World<'_>) -> Option<Contract> {
    match (style, file) {
        (Style::OpenApi, Some(file)) => {
            let contract =
                world.folder.text(file).and_then(|text| Contract::parse(text).map_err(|error| error.to_string()));
            contract.map_err(|message| section.fault("openapi", message)).ok()
        }
        (Style::OpenApi, None) => {
            section.fault("openapi", "is required for the style openapi");
            None
        }
        (Style::Rest, Some(_)) => {
            section.fault("openapi", "a service of the style rest has no description");
            None
        }
        (Style::Rest, None) => None,
    }
}

/// What is offered must be described, or it could not be checked.
fn described(section: &Section<'_>, contract: Option<&Contract>, endpoints: &[Endpoint]) {
    let Some(contract) = contract else { return };
    for endpoint in endpoints {
        let known = match &endpoint.method {
            Some(method) => contract.has_operation(method, &endpoint.template),
            None => false,
        };
        if !known {
            section.fault("endpoints", format!("the description has no operation for `{endpoint}`"));
        }
    }
}
