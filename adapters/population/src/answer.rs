//! What the database says, as JSON with its own names. Only what is known here comes through.

use adapter_soap::{Node, envelope};
use contract::ExchangeError;
use serde_json::{Map, Value, json};

use crate::{
    ANSWER,
    input::{Birth, Input, Number, normal_name},
    question::Operation,
};

/// What an element holds.
enum Shape {
    Text,
    Group(&'static [(&'static str, Shape)]),
}

use Shape::{Group, Text};

const PLACE: Shape =
    Group(&[("MaTinhThanh", Text), ("MaQuanHuyen", Text), ("MaPhuongXa", Text), ("ChiTiet", Text), ("QuocGia", Text)]);
const RELATIVE: Shape = Group(&[("HoVaTen", Text), ("QuocTich", Text), ("SoDinhDanh", Text), ("SoCMND", Text)]);

/// `CongDan`.
const CITIZEN: &[(&str, Shape)] = &[
    ("SoDinhDanh", Text),
    ("SoCMND", Text),
    ("HoVaTen", Group(&[("Ho", Text), ("ChuDem", Text), ("Ten", Text)])),
    ("GioiTinh", Text),
    ("DanToc", Text),
    ("TonGiao", Text),
    ("TinhTrangHonNhan", Text),
    ("NhomMau", Text),
    ("NgayThangNamSinh", Group(&[("Nam", Text), ("NgayThangNam", Text)])),
    ("NoiDangKyKhaiSinh", PLACE),
    ("QueQuan", PLACE),
    ("ThuongTru", PLACE),
    ("NoiOHienTai", PLACE),
    ("QuocTich", Text),
    ("Cha", RELATIVE),
    ("Me", RELATIVE),
    ("VoChong", RELATIVE),
    ("NguoiDaiDien", RELATIVE),
    (
        "ChuHo",
        Group(&[("HoVaTen", Text), ("QuocTich", Text), ("SoDinhDanh", Text), ("SoCMND", Text), ("QuanHe", Text)]),
    ),
    ("SoSoHoKhau", Text),
];

/// Reads the answer to the question with this number about this person.
///
/// # Errors
/// [`ExchangeError::Reported`] for an error in a good answer; [`ExchangeError::Malformed`] for an answer to another
/// question, about another person, or in another form.
pub(crate) fn read(operation: Operation, number: &str, input: &Input, answer: &Node) -> Result<Value, ExchangeError> {
    if !answer.is(ANSWER, operation.answer()) || text(answer, "MaYeuCau")? != Some(number) {
        return Err(ExchangeError::Malformed);
    }
    if let Some(code) = text(answer, "MaLoi")?.filter(|code| !code.trim_matches('0').is_empty()) {
        return Err(ExchangeError::Reported { code: envelope::plain(code) });
    }
    match operation {
        Operation::Verify => match text(answer, "KetQua")? {
            // `xsd:boolean` has two words for each.
            Some("true" | "1") => Ok(json!({ "KetQua": true })),
            Some("false" | "0") => Ok(json!({ "KetQua": false })),
            _ => Err(ExchangeError::Malformed),
        },
        Operation::LookUp => {
            let collection = one(answer, "CongdanCollection")?.ok_or(ExchangeError::Malformed)?;
            let citizens = collection.children.iter().map(|citizen| about(citizen, input)).collect::<Result<_, _>>()?;
            Ok(json!({ "CongDan": Value::Array(citizens) }))
        }
    }
}

/// One person, who must be the one that was asked about.
fn about(citizen: &Node, input: &Input) -> Result<Value, ExchangeError> {
    let numbered = match &input.number {
        Number::Personal(asked) => text(citizen, "SoDinhDanh")?.map(|stated| stated == asked.expose()),
        Number::Card(asked) => text(citizen, "SoCMND")?.map(|stated| stated == asked),
    };
    let known = citizen.is(ANSWER, "CongDan") && numbered == Some(true);
    if !known || !is_named(citizen, input)? || !is_born(citizen, input)? {
        return Err(ExchangeError::Malformed);
    }
    group(citizen, CITIZEN).map(Value::Object)
}

/// Whether the name, as far as one is stated, is the one that was asked about.
fn is_named(citizen: &Node, input: &Input) -> Result<bool, ExchangeError> {
    let Some(name) = one(citizen, "HoVaTen")? else { return Ok(true) };
    let mut parts = Vec::new();
    for part in ["Ho", "ChuDem", "Ten"] {
        parts.extend(text(name, part)?);
    }
    Ok(parts.is_empty() || normal_name(&parts.join(" ")) == input.name)
}

/// Whether the birth date, as far as it is stated and was asked about, is that one.
fn is_born(citizen: &Node, input: &Input) -> Result<bool, ExchangeError> {
    let Some(born) = one(citizen, "NgayThangNamSinh")? else { return Ok(true) };
    let (year, date) = (text(born, "Nam")?, text(born, "NgayThangNam")?);
    Ok(match &input.birth {
        Birth::Date(asked) => {
            date.is_none_or(|date| date == asked) && year.is_none_or(|year| asked.get(..4) == Some(year))
        }
        Birth::Year(asked) => {
            date.is_none_or(|date| date.get(..4) == Some(asked)) && year.is_none_or(|year| year == asked)
        }
    })
}

fn group(node: &Node, shapes: &[(&str, Shape)]) -> Result<Map<String, Value>, ExchangeError> {
    let mut object = Map::new();
    for (name, shape) in shapes {
        let value = match shape {
            Text => text(node, name)?.map(|text| Value::String(text.to_owned())),
            Group(shapes) => one(node, name)?.map(|inner| group(inner, shapes)).transpose()?.map(Value::Object),
        };
        object.extend(value.map(|value| ((*name).to_owned(), value)));
    }
    Ok(object)
}

fn one<'n>(node: &'n Node, name: &str) -> Result<Option<&'n Node>, ExchangeError> {
    node.child(ANSWER, name).map_err(|_| ExchangeError::Malformed)
}

/// The text of an element that must be plain; `None` when it is missing or empty.
fn text<'n>(node: &'n Node, name: &str) -> Result<Option<&'n str>, ExchangeError> {
    let Some(found) = one(node, name)? else { return Ok(None) };
    if !found.children.is_empty() {
        return Err(ExchangeError::Malformed);
    }
    Ok(Some(found.text.trim()).filter(|text| !text.is_empty()))
}
