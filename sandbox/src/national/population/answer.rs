//! What the database knows about the five people of the province: everything that it could know, all of it invented.

use adapter_soap::Element;

use super::{
    ANSWER, SERVICES,
    question::{Birth, Question},
};
use crate::people::{PEOPLE, Person};

/// The envelope of a good answer.
pub(super) fn to(question: &Question) -> Option<String> {
    about(question, find(question))
}

/// The envelope of an answer about this person.
pub(super) fn about(question: &Question, person: Option<&Person>) -> Option<String> {
    let content = if question.service == SERVICES[0] {
        Element::text("KetQua", if person.is_some() { "true" } else { "false" })
    } else {
        Element::parent("CongdanCollection", person.map(citizen).into_iter().collect())
    };
    let answer = vec![Element::text("MaYeuCau", &question.id), Element::text("MaLoi", "0"), content];
    Element::parent(question.response(), answer).envelope(ANSWER).ok()
}

/// Number, name and birth date must all be right.
fn find(question: &Question) -> Option<&'static Person> {
    PEOPLE.iter().find(|person| {
        let numbered = match (&question.number, &question.card) {
            (Some(number), None) => number == person.number,
            (None, Some(card)) => *card == card_of(person),
            _ => false,
        };
        let date = person.birth_date.replace('-', "");
        let born = match &question.birth {
            Birth::Year(year) => date.starts_with(year.as_str()) && year.len() == 4,
            Birth::Date(stated) => *stated == date,
        };
        numbered && born && question.name == person.name.to_uppercase()
    })
}

/// The former card: nine digits that are nobody's.
fn card_of(person: &Person) -> String {
    format!("270{}", person.number.get(6..).unwrap_or_default())
}

fn citizen(person: &Person) -> Element {
    let date = person.birth_date.replace('-', "");
    let year = date.get(..4).unwrap_or_default().to_owned();
    let text = Element::text;
    let family = person.name.split_whitespace().next().unwrap_or_default().to_uppercase();
    let male = person.gender == "male";
    Element::parent(
        "CongDan",
        vec![
            text("SoDinhDanh", person.number),
            Element::text("SoCMND", card_of(person)),
            // As the real one often does: the whole name in `Ten`.
            Element::parent("HoVaTen", vec![Element::text("Ten", person.name.to_uppercase())]),
            text("GioiTinh", if male { "1" } else { "2" }),
            text("DanToc", "01"),
            text("TonGiao", "00"),
            text("TinhTrangHonNhan", "1"),
            text("NhomMau", "04"),
            Element::parent("NgayThangNamSinh", vec![Element::text("Nam", year), Element::text("NgayThangNam", date)]),
            place("NoiDangKyKhaiSinh", "26041", "Ủy ban nhân dân phường Trấn Biên"),
            place("QueQuan", "26062", "Ấp 3"),
            place("ThuongTru", "26041", "12 Cách Mạng Tháng Tám, khu phố 2"),
            place("NoiOHienTai", "26041", "12 Cách Mạng Tháng Tám, khu phố 2"),
            text("QuocTich", "VN"),
            relative("Cha", format!("{family} VĂN MÔ PHỎNG"), "075050999991", None),
            relative("Me", "LÊ THỊ MÔ PHỎNG".to_owned(), "075152999992", None),
            relative("VoChong", "NGƯỜI MÔ PHỎNG".to_owned(), "075185999993", None),
            relative("NguoiDaiDien", String::new(), "", None),
            relative("ChuHo", format!("{family} VĂN MÔ PHỎNG"), "075050999991", Some("03")),
            text("SoSoHoKhau", "750000001"),
        ],
    )
}

fn place(name: &'static str, commune: &str, detail: &str) -> Element {
    Element::parent(
        name,
        vec![
            Element::text("MaTinhThanh", "75"),
            // Districts were abolished; the field is still there.
            Element::text("MaQuanHuyen", "731"),
            Element::text("MaPhuongXa", commune),
            Element::text("ChiTiet", detail),
            Element::text("QuocGia", "VN"),
        ],
    )
}

fn relative(name: &'static str, full_name: String, number: &str, relation: Option<&str>) -> Element {
    let mut all = vec![
        Element::text("HoVaTen", full_name),
        Element::text("QuocTich", "VN"),
        Element::text("SoDinhDanh", number),
        Element::text("SoCMND", ""),
    ];
    all.extend(relation.map(|relation| Element::text("QuanHe", relation)));
    Element::parent(name, all)
}
