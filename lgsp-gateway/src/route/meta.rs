//! What does the bus say about itself? The metaservices that an X-Road client expects, on X-Road's own wire (PR-MREST §4
//! and §5, PR-META §2).

use std::fmt::Write;

use bytes::Bytes;
use clock::Timestamp;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};
use types::{ServiceId, SubsystemId};

use super::unknown;
use crate::{
    call::Head,
    refusal::{Code, Refusal},
    registry::{Endpoint, Service, Snapshot, Style},
    reply::{Reply, ReplyBody},
    trail::Trail,
};

/// A question about the services of one provider, under a service code that no service may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// All services and endpoints.
    ListMethods,
    /// Those that an agreement lets this caller use.
    AllowedMethods,
    /// The description of one.
    GetOpenApi,
    /// A metaservice of X-Road that this bus does not have.
    Absent,
}

/// Service codes that mean a question (PR-MREST, PR-META, PR-OPMON).
pub const RESERVED: [(&str, Question); 7] = [
    ("listMethods", Question::ListMethods),
    ("allowedMethods", Question::AllowedMethods),
    ("getOpenAPI", Question::GetOpenApi),
    ("getWsdl", Question::Absent),
    ("getSecurityServerMetrics", Question::Absent),
    ("getSecurityServerOperationalData", Question::Absent),
    ("getSecurityServerHealthData", Question::Absent),
];

impl Question {
    /// The question that a service code is, if it is one.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        RESERVED.iter().find(|(name, _)| *name == code).map(|(_, question)| *question)
    }

    /// Answers it.
    ///
    /// # Errors
    /// [`Code::UnknownMember`], [`Code::UnknownService`] for a provider, a service or a question that there is not; [`Code::UnknownEndpoint`] for
    /// anything but GET without a further path; [`Code::BadRequest`] for a missing `serviceCode`.
    pub fn answer(
        self,
        head: &Head,
        caller: &SubsystemId,
        asked: &ServiceId,
        path: &str,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<Reply, Refusal> {
        only_get(head, path)?;
        trail.endpoint = Some(format!("GET {}", asked.code()).into());
        let registry = &head.registry;
        let unknown = || unknown(registry, asked, now);
        let provider = asked.provider().ok_or_else(unknown)?;
        let provider = registry.provider_now(&provider, now).ok_or_else(unknown)?.clone();
        trail.service_found = ServiceId::parse(&format!("{provider}/{}", asked.code())).ok();
        match self {
            Self::ListMethods => Ok(methods(&offered(registry, &provider, now), |service| service.endpoints.clone())),
            Self::AllowedMethods => {
                let allowed = |service: &Service| allowed(registry, caller, service, now);
                let services: Vec<_> = offered(registry, &provider, now);
                let services = services.into_iter().filter(|service| !allowed(service).is_empty()).collect::<Vec<_>>();
                Ok(methods(&services, allowed))
            }
            Self::GetOpenApi => open_api(head, &provider, now),
            Self::Absent => Err(Code::UnknownService.into()),
        }
    }
}

fn only_get(head: &Head, path: &str) -> Result<(), Refusal> {
    let get = matches!(head.method, Method::GET | Method::HEAD) && path.is_empty();
    if get { Ok(()) } else { Err(Code::UnknownEndpoint.into()) }
}

/// The services of a provider that are offered now, by their codes.
fn offered<'r>(registry: &'r Snapshot, provider: &SubsystemId, now: Timestamp) -> Vec<&'r Service> {
    let own = |service: &&Service| service.id.provider().as_ref() == Some(provider);
    let mut services: Vec<&Service> = registry.services.values().map(AsRef::as_ref).filter(own).collect();
    services.retain(|service| service.validity.holds(now));
    services.sort_by(|one, other| one.id.cmp(&other.id));
    services
}

/// The endpoints of a service that an agreement in force lets the caller use.
fn allowed(registry: &Snapshot, caller: &SubsystemId, service: &Service, now: Timestamp) -> Vec<Endpoint> {
    let mut endpoints: Vec<Endpoint> = Vec::new();
    for grant in registry.grants(caller, &service.id) {
        if grant.agreement.validity.holds(now) {
            let new = grant.endpoints.iter().map(|(endpoint, _)| endpoint);
            let new: Vec<_> = new.filter(|endpoint| !endpoints.contains(endpoint)).cloned().collect();
            endpoints.extend(new);
        }
    }
    endpoints
}

fn methods(services: &[&Service], endpoints: impl Fn(&Service) -> Vec<Endpoint>) -> Reply {
    let list: Vec<Value> = services.iter().map(|service| method(service, &endpoints(service))).collect();
    json_reply(&json!({ "service": list }))
}

fn method(service: &Service, endpoints: &[Endpoint]) -> Value {
    let part = |number| service.id.part(number);
    let list: Vec<Value> = endpoints.iter().map(endpoint).collect();
    json!({
        "member_class": part(1),
        "member_code": part(2),
        "subsystem_code": part(3),
        "service_code": part(4),
        "object_type": "SERVICE",
        "xroad_instance": part(0),
        "service_type": match service.style { Style::Rest => "REST", Style::OpenApi => "OPENAPI" },
        "endpoint_list": list,
    })
}

/// In X-Road's templates a name is `*`, and the service itself is `/`.
fn endpoint(endpoint: &Endpoint) -> Value {
    let segment = |segment: &str| if segment.starts_with('{') { "*".to_owned() } else { segment.to_owned() };
    let path = match &*endpoint.template {
        "" => "/".to_owned(),
        template => template.split('/').map(segment).collect::<Vec<_>>().join("/"),
    };
    json!({ "method": endpoint.method.as_ref().map_or("*", Method::as_str), "path": path })
}

fn open_api(head: &Head, provider: &SubsystemId, now: Timestamp) -> Result<Reply, Refusal> {
    let code = service_code(head.query.as_deref().unwrap_or_default())?;
    let id = ServiceId::parse(&format!("{provider}/{code}")).map_err(|_| Code::UnknownService)?;
    let service = head.registry.service_now(&id, now).ok_or(Code::UnknownService)?;
    let contract = service
        .contract
        .as_ref()
        .ok_or_else(|| Refusal::new(Code::UnknownService).detail("the service has no OpenAPI description"))?;
    Ok(reply("application/json;charset=utf-8", contract.text().to_owned()))
}

/// The one `serviceCode` of the query.
fn service_code(query: &str) -> Result<String, Refusal> {
    let bad = |why: &'static str| Refusal::new(Code::BadRequest).detail(why);
    let mut codes = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "serviceCode");
    let (_, code) = codes.next().ok_or_else(|| bad("serviceCode is missing"))?;
    if codes.next().is_some() {
        return Err(bad("serviceCode is repeated"));
    }
    if types::member::is_part(&code) { Ok(code.into_owned()) } else { Err(bad("serviceCode is no service code")) }
}

/// `GET /listClients[?xRoadInstance=]`: members and subsystems that take part now.
///
/// # Errors
/// [`Code::UnknownEndpoint`] for another method than GET.
pub fn list_clients(head: &Head, now: Timestamp, trail: &mut Trail) -> Result<Reply, Refusal> {
    only_get(head, "")?;
    trail.endpoint = Some("GET listClients".into());
    let query = head.query.as_deref().unwrap_or_default();
    let mut instances = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "xRoadInstance");
    let instance = instances.next().map(|(_, value)| value.into_owned());
    if instances.next().is_some() {
        return Err(Refusal::new(Code::BadRequest).detail("xRoadInstance is repeated"));
    }
    let clients = clients(&head.registry, instance.as_deref(), now);
    Ok(if wants_json(&head.headers) {
        json_reply(&json!({ "member": clients.iter().map(Client::json).collect::<Vec<_>>() }))
    } else {
        reply("text/xml;charset=utf-8", xml(&clients))
    })
}

/// A member, or one of its subsystems.
struct Client<'r> {
    /// Three or four parts.
    parts: Vec<&'r str>,
    name: &'r str,
    subsystem_name: Option<&'r str>,
}

fn clients<'r>(registry: &'r Snapshot, instance: Option<&str>, now: Timestamp) -> Vec<Client<'r>> {
    let here = |id: &str| instance.is_none_or(|instance| id.split('/').next() == Some(instance));
    let members = registry.members.values().filter(|member| member.validity.holds(now) && here(member.id.as_str()));
    let mut subsystems: Vec<_> = registry.subsystems.values().filter(|one| one.validity.holds(now)).collect();
    subsystems.sort_by(|one, other| one.id.cmp(&other.id));
    let mut list = Vec::new();
    for member in members {
        list.push(Client { parts: member.id.as_str().split('/').collect(), name: &member.name, subsystem_name: None });
        for subsystem in subsystems.iter().filter(|subsystem| subsystem.id.member() == member.id) {
            let parts = subsystem.id.as_str().split('/').collect();
            list.push(Client { parts, name: &member.name, subsystem_name: Some(&subsystem.name) });
        }
    }
    list
}

const NAMES: [&str; 4] = ["xroad_instance", "member_class", "member_code", "subsystem_code"];
const XML_NAMES: [&str; 4] = ["xRoadInstance", "memberClass", "memberCode", "subsystemCode"];

impl Client<'_> {
    fn kind(&self) -> &'static str {
        if self.parts.len() > 3 { "SUBSYSTEM" } else { "MEMBER" }
    }

    fn json(&self) -> Value {
        let mut id = serde_json::Map::from_iter([("object_type".to_owned(), Value::from(self.kind()))]);
        id.extend(NAMES.iter().zip(&self.parts).map(|(name, part)| ((*name).to_owned(), Value::from(*part))));
        let mut client = json!({ "id": id, "name": self.name });
        if let (Some(name), Some(members)) = (self.subsystem_name, client.as_object_mut()) {
            members.insert("subsystem_name".to_owned(), Value::from(name));
        }
        client
    }
}

/// The schema of PR-META C.1.
fn xml(clients: &[Client<'_>]) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xroad:clientList xmlns:xroad=\"http://x-road.eu/xsd/xroad.xsd\" \
         xmlns:id=\"http://x-road.eu/xsd/identifiers\">",
    );
    for client in clients {
        // Writing to a String cannot fail.
        let _ = write!(text, "<xroad:member><xroad:id id:objectType=\"{}\">", client.kind());
        for (name, part) in XML_NAMES.iter().zip(&client.parts) {
            let _ = write!(text, "<id:{name}>{}</id:{name}>", escaped(part));
        }
        let _ = write!(text, "</xroad:id><xroad:name>{}</xroad:name>", escaped(client.name));
        if let Some(name) = client.subsystem_name {
            let _ = write!(text, "<xroad:subsystemName>{}</xroad:subsystemName>", escaped(name));
        }
        text.push_str("</xroad:member>");
    }
    text.push_str("</xroad:clientList>");
    text
}

fn escaped(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).fold(String::with_capacity(text.len()), |mut to, one| {
        match one {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' => to.push_str("&quot;"),
            '\'' => to.push_str("&apos;"),
            other => to.push(other),
        }
        to
    })
}

/// X-Road's own default is XML; JSON for whoever asks for it (PR-META §2).
fn wants_json(headers: &HeaderMap) -> bool {
    let values = headers.get_all(http::header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = values.flat_map(|value| value.split(','));
    ranges.any(|range| range.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")))
}

fn json_reply(value: &Value) -> Reply {
    reply("application/json;charset=utf-8", value.to_string())
}

fn reply(kind: &'static str, body: String) -> Reply {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]);
    Reply { status: StatusCode::OK, headers, body: ReplyBody::Held(Bytes::from(body)) }
}
