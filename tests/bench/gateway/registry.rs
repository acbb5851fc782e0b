//! The registry of the measurement: our agreement among a thousand others on the same service, so that nothing is measured
//! on a toy.

use std::{fmt::Write as _, path::Path};

use signing::http_signature::SigningKey;

use super::department::{LEGAL_BASIS, PURPOSE};

/// Who calls.
pub const CLIENT: &str = "VN/GOV/000.00.15.H19/mot-cua";
/// The register that is asked.
pub const BUSINESS: &str = "VN/GOV/000.00.00.H19/dang-ky-kinh-doanh/HoKinhDoanh";
/// The one that takes and gives files.
pub const FILES: &str = "VN/GOV/000.00.00.H19/danh-muc/TapTin";
/// Agreements on [`BUSINESS`] besides ours.
pub const OTHERS: usize = 1000;
/// Other members, and so subsystems of each.
const MEMBERS: usize = 50;

/// Writes the folder.
pub fn write(folder: &Path, key_pem: &str) -> anyhow::Result<()> {
    for name in ["members", "services", "agreements"] {
        std::fs::create_dir_all(folder.join(name))?;
    }
    let put = |name: &str, text: &str| super::write(folder, name, text).map(|_| ());
    put("agencies.toml", &agencies())?;
    put("members/ours.toml", &ours(key_pem)?)?;
    put("services/services.toml", SERVICES)?;
    put(
        "services/ho-kinh-doanh.openapi.json",
        include_str!("../../../lgsp-gateway/contracts/ho-kinh-doanh.openapi.json"),
    )?;
    put(
        "agreements/ours.toml",
        &(agreement("ours", CLIENT, BUSINESS, RELEASED) + &agreement("files", CLIENT, FILES, "\"*\"")),
    )?;
    for member in 0..MEMBERS {
        let code = format!("000.00.{}.H19", 20 + member);
        let (mut members, mut agreements) =
            (format!("[[member]]\nid = \"VN/GOV/{code}\"\nname = \"Sở {member}\"\n"), String::new());
        for number in 0..OTHERS / MEMBERS {
            writeln!(members, "[[member.subsystem]]\ncode = \"he-thong-{number}\"\nname = \"Hệ thống {number}\"")?;
            let client = format!("VN/GOV/{code}/he-thong-{number}");
            agreements += &agreement(&format!("khac-{member}-{number}"), &client, BUSINESS, RELEASED);
        }
        put(&format!("members/{code}.toml"), &members)?;
        put(&format!("agreements/{code}.toml"), &agreements)?;
    }
    Ok(())
}

/// What our agreement releases: the answer has more.
const RELEASED: &str = r#""ma_so", "ten", "tinh_trang", "nganh_nghe", "dia_chi.tinh_thanh", "chu_ho.ho_ten""#;

const SERVICES: &str = r#"
[[service]]
id = "VN/GOV/000.00.00.H19/dang-ky-kinh-doanh/HoKinhDoanh"
title = "Đăng ký hộ kinh doanh"
adapter = "so-dang-ky"
style = "openapi"
openapi = "ho-kinh-doanh.openapi.json"
endpoints = ["GET /{ma_so}", "POST /tra-cuu"]

[[service]]
id = "VN/GOV/000.00.00.H19/danh-muc/TapTin"
title = "Tập tin"
adapter = "so-dang-ky"
style = "rest"
endpoints = ["GET /{ten}", "PUT /{ten}"]
timeout = "10m"
max_request = "200MiB"
max_reply = "200MiB"
"#;

fn agencies() -> String {
    let agency =
        |code: &str| format!("[[agency]]\ncode = \"{code}\"\nname = \"{code}\"\nvalid_from = \"2015-01-01\"\n");
    let others: String = (0..MEMBERS).map(|member| agency(&format!("000.00.{}.H19", 20 + member))).collect();
    agency("000.00.00.H19") + &agency("000.00.15.H19") + &others
}

fn ours(key_pem: &str) -> anyhow::Result<String> {
    let key = SigningKey::from_pkcs8_pem(key_pem)?;
    let spki = key.public().spki_base64();
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, spki.as_bytes())?;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &der);
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!(
        "[[member]]\nid = \"VN/GOV/000.00.15.H19\"\nname = \"Sở Tư pháp\"\n\
         [[member.subsystem]]\ncode = \"mot-cua\"\nname = \"Một cửa\"\n\
         [[member.subsystem.certificate_keys]]\nsha256 = \"{hash}\"\nvalid_from = \"2026-01-01\"\n\
         [[member.subsystem.signature_keys]]\nid = \"mot-cua\"\npem = \"\"\"\n-----BEGIN PUBLIC KEY-----\n{spki}\n-----END PUBLIC KEY-----\n\"\"\"\n\
         valid_from = \"2026-01-01\"\n\
         [[member]]\nid = \"VN/GOV/000.00.00.H19\"\nname = \"UBND tỉnh\"\n\
         [[member.subsystem]]\ncode = \"dang-ky-kinh-doanh\"\nname = \"Đăng ký kinh doanh\"\n\
         [[member.subsystem]]\ncode = \"danh-muc\"\nname = \"Danh mục\"\n"
    ))
}

fn agreement(id: &str, client: &str, service: &str, release: &str) -> String {
    format!(
        "[[agreement]]\nid = \"{id}\"\nclient = \"{client}\"\nservice = \"{service}\"\npurposes = [\"{PURPOSE}\"]\n\
         legal_bases = [\"{LEGAL_BASIS}\"]\nrelease = [{release}]\nvalid_from = \"2026-01-01\"\n"
    )
}
