//! Is it a question that the database would answer?

use adapter_soap::{Node, envelope, read::read as parse};
use axum::http::{HeaderMap, StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret;
use signing::Digest;

use super::{PopulationStandIn, QUESTION, SERVICES};

/// How far a timestamp may be off, in milliseconds.
const TOLERANCE: i64 = 5 * 60 * 1000;
/// The elements of a question in their order, and whether each must be there. Of the two numbers one must.
const ORDER: [(&str, bool); 11] = [
    ("MaYeuCau", true),
    ("MaDVC", true),
    ("MaTichHop", true),
    ("MaCanBo", true),
    ("MaDonVi", true),
    ("TaiKhoan", false),
    ("SoDienThoai", false),
    ("SoDinhDanh", false),
    ("SoCMND", false),
    ("HoVaTen", true),
    ("NgayThangNamSinh", true),
];

/// Why the address itself refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The client or its key.
    Client,
    /// The user, its digest, or the time in it.
    User,
}

impl Refused {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::Client => StatusCode::FORBIDDEN,
            Self::User => StatusCode::UNAUTHORIZED,
        }
    }

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Client => "X-Road-Client or ApiKey is not known",
            Self::User => "Authorization or Timestamp does not fit",
        }
    }
}

/// A fault that a question gets: a code and a text for engineers.
pub(super) struct Fault {
    pub(super) code: &'static str,
    pub(super) text: &'static str,
}

/// A question that is in order.
pub(super) struct Question {
    pub(super) service: &'static str,
    pub(super) id: String,
    pub(super) number: Option<String>,
    pub(super) card: Option<String>,
    pub(super) name: String,
    pub(super) birth: Birth,
}

/// The choice in `NgayThangNamSinh`.
pub(super) enum Birth {
    Year(String),
    Date(String),
}

/// Whether it is the bus that asks.
pub(super) fn credentials(config: &PopulationStandIn, headers: &HeaderMap) -> Result<(), Refused> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if header("x-road-client") != config.client || header("apikey") != config.api_key.expose_secret() {
        return Err(Refused::Client);
    }
    let timestamp = header("timestamp");
    let now = config.clock.now().micros() / 1000;
    let stated: i64 = timestamp.parse().map_err(|_| Refused::User)?;
    let PopulationStandIn { auth_url, user, secret, .. } = config;
    let digest = Digest::of(format!("{auth_url}{user}{timestamp}{}", secret.expose_secret()));
    let hex: String = digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = format!("Basic {}", STANDARD.encode(format!("{user}:{hex}")));
    // `SOAPAction` must be there and say nothing.
    let action = matches!(header("soapaction"), "" | "\"\"") && headers.contains_key("soapaction");
    let fits = header("authorization") == expected && now.abs_diff(stated) <= TOLERANCE.unsigned_abs() && action;
    if fits { Ok(()) } else { Err(Refused::User) }
}

/// Takes a question apart.
pub(super) fn read(config: &PopulationStandIn, body: &[u8]) -> Result<Question, Fault> {
    const fn fault(code: &'static str, text: &'static str) -> Fault {
        Fault { code, text }
    }
    let node = parse(body).and_then(envelope::open).map_err(|_| fault("XML", "không phải SOAP 1.1"))?;
    let service = SERVICES.into_iter().find(|service| node.is(QUESTION, service));
    let service = service.ok_or(fault("DichVu", "không có dịch vụ này"))?;
    in_order(&node).map_err(|text| fault("ThuTu", text))?;
    let text = |name: &str| {
        let found = node.children.iter().find(|child| child.name == name);
        found.map(|child| child.text.clone()).filter(|text| !text.is_empty())
    };
    let known =
        |name: &str, all: &std::collections::HashSet<String>| text(name).is_some_and(|code| all.contains(&code));
    if !known("MaCanBo", &config.officers) {
        return Err(fault("MaCanBo", "cán bộ chưa được cấp khóa"));
    }
    if !known("MaDVC", &config.procedures) {
        return Err(fault("MaDVC", "mã dịch vụ công chưa được khai báo"));
    }
    if !known("MaDonVi", &config.agencies) {
        return Err(fault("MaDonVi", "mã đơn vị chưa được khai báo"));
    }
    let (number, card) = (text("SoDinhDanh"), text("SoCMND"));
    let name = text("HoVaTen").filter(|name| *name == name.to_uppercase());
    let birth = node.children.iter().find(|child| child.name == "NgayThangNamSinh").and_then(birth);
    match (text("MaYeuCau"), number.is_some() != card.is_some(), name, birth) {
        (Some(id), true, Some(name), Some(birth)) => Ok(Question { service, id, number, card, name, birth }),
        _ => Err(fault("ThieuDuLieu", "cần số, họ tên viết hoa và ngày sinh cùng nhau")),
    }
}

fn in_order(node: &Node) -> Result<(), &'static str> {
    let mut left = ORDER.iter();
    for child in &node.children {
        loop {
            let (name, required) = left.next().ok_or("phần tử thừa hoặc sai thứ tự")?;
            if child.is(QUESTION, name) {
                break;
            }
            if *required {
                return Err("thiếu phần tử hoặc sai thứ tự");
            }
        }
    }
    if left.any(|(_, required)| *required) { Err("thiếu phần tử") } else { Ok(()) }
}

fn birth(node: &Node) -> Option<Birth> {
    let [only] = node.children.as_slice() else { return None };
    if only.is(QUESTION, "Nam") {
        return Some(Birth::Year(only.text.clone()));
    }
    only.is(QUESTION, "NgayThangNam").then(|| Birth::Date(only.text.clone()))
}
