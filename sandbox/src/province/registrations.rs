//! The clients of the province, as `clients.toml` registers them at the broker.

use std::fmt::Write;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use signing::{Digest, SigningKey};

use super::parts::{Addresses, Part};
use crate::apps::routes::{CALLBACK, SIGNED_OUT};

/// Keys and secrets of the clients.
pub struct Credentials<'a> {
    /// Case handling.
    pub mot_cua: &'a SigningKey,
    /// Document management.
    pub qlvb: &'a SigningKey,
    /// The school's legacy secret.
    pub truong_hoc: &'a SecretString,
    /// The secret for vendors who try.
    pub thu_nghiem: &'a SecretString,
}

/// The whole file.
#[must_use]
pub fn file(addresses: &Addresses, credentials: &Credentials<'_>) -> String {
    let all = [
        mot_cua(addresses, credentials),
        qlvb(addresses, credentials),
        truong_hoc(addresses, credentials),
        thu_nghiem(credentials),
        cong_dan_so(),
    ];
    let mut text = String::from("# Viết lại ở mỗi lần khởi động. Written anew at each start.\n");
    all.iter().for_each(|table| text.push_str(table));
    text
}

fn mot_cua(addresses: &Addresses, credentials: &Credentials<'_>) -> String {
    let own = own_addresses(addresses, Part::MotCua);
    let keys = keys(credentials.mot_cua);
    format!(
        r#"
[[client]]
client_id = "mot-cua"
name = {{ vi = "Một cửa điện tử", en = "One-stop case handling" }}
legal_entity = {{ code = "000.00.15.H19", vi = "Trung tâm Phục vụ hành chính công tỉnh", en = "Provincial Public Administration Service Centre" }}
purpose = {{ vi = "Tiếp nhận hồ sơ thủ tục hành chính, đối chiếu người nộp và trả kết quả", en = "Taking in administrative cases, matching the applicant and returning the result" }}
legal_basis = "Nghị định 118/2025/NĐ-CP về thực hiện thủ tục hành chính theo cơ chế một cửa, một cửa liên thông"
{own}
credentials = {{ method = "private_key_jwt", jwks = {{ keys = [{keys}] }} }}
grant_types = ["authorization_code"]
scopes = ["openid", "profile", "vn_identity", "lgsp"]
claims = ["name", "birthdate", "vn_citizen_id", "vn_account_level", "vn_agency", "vn_officer"]
providers = ["vneid", "can-bo"]
min_account_level = 2
"#
    )
}

fn qlvb(addresses: &Addresses, credentials: &Credentials<'_>) -> String {
    let own = own_addresses(addresses, Part::Qlvb);
    let keys = keys(credentials.qlvb);
    format!(
        r#"
[[client]]
client_id = "qlvb"
name = {{ vi = "Quản lý văn bản và điều hành", en = "Document management" }}
legal_entity = {{ code = "000.00.00.H19", vi = "Văn phòng Ủy ban nhân dân tỉnh", en = "Office of the Provincial People's Committee" }}
purpose = {{ vi = "Ghi tên người xử lý văn bản và báo khi có văn bản đến", en = "Naming who handles a document, and telling them when one arrives" }}
legal_basis = "Nghị định 30/2020/NĐ-CP về công tác văn thư"
{own}
credentials = {{ method = "private_key_jwt", jwks = {{ keys = [{keys}] }} }}
grant_types = ["authorization_code"]
scopes = ["openid", "profile", "email"]
claims = ["name", "email"]
providers = ["can-bo", "vneid"]
min_auth_level = 1
"#
    )
}

fn truong_hoc(addresses: &Addresses, credentials: &Credentials<'_>) -> String {
    let own = own_addresses(addresses, Part::TruongHoc);
    let hash = hash(credentials.truong_hoc);
    format!(
        r#"
[[client]]
client_id = "truong-hoc"
name = {{ vi = "Trường học số", en = "Digital school" }}
legal_entity = {{ code = "000.21.15.H19", vi = "Trường THPT Bình Minh", en = "Binh Minh High School" }}
purpose = {{ vi = "Nhận ra học sinh, phụ huynh và giáo viên của trường", en = "Recognising pupils, parents and teachers of the school" }}
legal_basis = "Luật Giáo dục 2019, Điều 60; Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15"
{own}
credentials = {{ method = "legacy_secret", secret_sha256 = "{hash}" }}
legacy = true
grant_types = ["authorization_code"]
scopes = ["openid", "profile"]
claims = ["name", "birthdate"]
providers = ["vneid"]
min_account_level = 1
"#
    )
}

/// For vendors who want to try their own software: in the province only. It belongs to the officer's agency, so that a
/// token for the bus can be tried too.
fn thu_nghiem(credentials: &Credentials<'_>) -> String {
    let hash = hash(credentials.thu_nghiem);
    format!(
        r#"
# Chỉ có trong tỉnh thử nghiệm. In the province only.
[[client]]
client_id = "thu-nghiem"
name = {{ vi = "Ứng dụng thử nghiệm", en = "Trial application" }}
legal_entity = {{ code = "000.00.15.H19", vi = "Trung tâm Phục vụ hành chính công tỉnh", en = "Provincial Public Administration Service Centre" }}
purpose = {{ vi = "Thử kết nối phần mềm với cổng đăng nhập, chỉ với dữ liệu bịa", en = "Trying software against the broker, with invented data only" }}
legal_basis = "Thỏa thuận thử nghiệm kết nối"
credentials = {{ method = "legacy_secret", secret_sha256 = "{hash}" }}
legacy = true
redirect_uris = ["http://127.0.0.1:7999/cb", "http://localhost:7999/cb"]
post_logout_redirect_uris = ["http://127.0.0.1:7999/", "http://localhost:7999/", "http://127.0.0.1:7999/cb", "http://localhost:7999/cb"]
grant_types = ["authorization_code", "refresh_token", "client_credentials"]
scopes = ["openid", "profile", "email", "phone", "address", "vn_identity", "lgsp", "offline_access"]
claims = ["name", "birthdate", "gender", "updated_at", "email", "email_verified", "phone_number", "address", "vn_citizen_id", "vn_account_level", "vn_account_type", "vn_agency", "vn_officer"]
providers = ["vneid", "can-bo"]
"#
    )
}

/// A public native client: the port of its loopback redirect is free (RFC 8252 §7.3).
fn cong_dan_so() -> String {
    r#"
# Chỉ có trong tỉnh thử nghiệm. In the province only.
[[client]]
client_id = "cong-dan-so"
name = { vi = "Công dân số", en = "Digital Citizen" }
legal_entity = { code = "000.00.13.H19", vi = "Sở Khoa học và Công nghệ", en = "Department of Science and Technology" }
purpose = { vi = "Cho công dân xem thông tin của mình trên điện thoại", en = "Letting citizens see their own data on a phone" }
legal_basis = "Sự đồng ý của người dùng; Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15"
release_page = "consent"
application_type = "native"
credentials = { method = "public" }
redirect_uris = ["http://127.0.0.1/cb", "http://[::1]/cb", "http://localhost/cb"]
grant_types = ["authorization_code", "refresh_token"]
scopes = ["openid", "profile", "vn_identity", "offline_access"]
claims = ["name", "birthdate", "vn_account_level"]
providers = ["vneid"]
min_account_level = 1
"#
    .to_owned()
}

fn own_addresses(addresses: &Addresses, part: Part) -> String {
    let (home, back, out) = (addresses.at(part, "/"), addresses.at(part, CALLBACK), addresses.at(part, SIGNED_OUT));
    format!("client_uri = \"{home}\"\nredirect_uris = [\"{back}\"]\npost_logout_redirect_uris = [\"{out}\"]")
}

fn hash(secret: &SecretString) -> String {
    Digest::of(secret.expose_secret()).base64url()
}

/// A public JWK as a TOML inline table; every member of ours is plain text.
fn keys(key: &SigningKey) -> String {
    let mut table = String::from("{ ");
    let members = key.public_jwk().as_object().into_iter().flatten();
    for (name, value) in members.filter_map(|(name, value)| value.as_str().map(|text| (name, text))) {
        if table.len() > 2 {
            table.push_str(", ");
        }
        // Base64url and algorithm names need no escaping, but a JSON string is a TOML basic string anyway.
        let _ = write!(table, "{name} = {}", Value::from(value));
    }
    table.push_str(" }");
    table
}
