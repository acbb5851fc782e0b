//! What an officer types to verify a citizen: read, checked field by field, and given back as it was when something is
//! wrong with it.

use serde::Deserialize;
use serde_json::{Value, json};
use types::PersonalId;
use unicode_normalization::UnicodeNormalization;

/// A code with the words for it.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// What goes over the bus.
    pub code: &'static str,
    /// What the officer reads.
    pub name: &'static str,
}

/// Why the data are wanted. The first is what the agreement was made for; the second shows what the bus says to another.
pub const PURPOSES: [Choice; 2] = [
    Choice { code: "giai-quyet-tthc", name: "Giải quyết thủ tục hành chính" },
    Choice {
        code: "thong-ke", name: "Thống kê (thỏa thuận không cho phép; chọn để xem trục từ chối)"
    },
];

/// For which procedure, by its national code.
pub const PROCEDURES: [Choice; 3] = [
    Choice { code: "2.000635.000.00.00.H19", name: "Cấp bản sao trích lục hộ tịch" },
    Choice { code: "1.001612.000.00.00.H19", name: "Đăng ký thành lập hộ kinh doanh" },
    Choice { code: "1.004873.000.00.00.H19", name: "Xác nhận tình trạng hôn nhân" },
];

/// What is asked of the population database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Whether number, name and birth date belong together: yes or no, and no more.
    #[default]
    XacThuc,
    /// The data of the person, as far as the agreement goes.
    TraCuu,
}

impl Question {
    /// The service that answers it.
    #[must_use]
    pub const fn service(self) -> &'static str {
        match self {
            Self::XacThuc => "VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan",
            Self::TraCuu => "VN/GOV/000.00.00.G01/dancu/TraCuuThongTinCongDan",
        }
    }
}

/// The form as it was typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// Proof that the form comes from a page of this session.
    pub csrf: String,
    /// Personal identification number.
    pub so_dinh_danh: String,
    /// Full name.
    pub ho_ten: String,
    /// Birth date as people write it, `14/03/1985`, or the year alone.
    pub ngay_sinh: String,
    /// Purpose, by its code.
    pub muc_dich: String,
    /// Procedure, by its code.
    pub thu_tuc: String,
    /// Yes or no, or the data.
    pub cach: Question,
}

/// What is wrong with the form, field by field; `None` where nothing is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// With the number.
    pub number: Option<&'static str>,
    /// With the name.
    pub name: Option<&'static str>,
    /// With the birth date.
    pub birth_date: Option<&'static str>,
    /// With purpose or procedure, which a browser cannot send by itself.
    pub choice: Option<&'static str>,
}

impl Faults {
    /// Whether there is none.
    #[must_use]
    pub fn none(&self) -> bool {
        *self == Self::default()
    }

    /// Each with the field it belongs to, in the order of the form.
    #[must_use]
    pub fn list(&self) -> Vec<(&'static str, &'static str)> {
        let all = [
            ("so-dinh-danh", self.number),
            ("ho-ten", self.name),
            ("ngay-sinh", self.birth_date),
            ("muc-dich", self.choice),
        ];
        all.into_iter().filter_map(|(field, fault)| Some((field, fault?))).collect()
    }
}

/// A question that can be sent.
pub struct Inquiry {
    /// What is asked.
    pub question: Question,
    /// Purpose.
    pub purpose: &'static str,
    /// Procedure.
    pub procedure: &'static str,
    /// The body, as the contract of both services wants it.
    pub body: Value,
}

const NUMBER: &str = "Nhập số định danh cá nhân gồm đúng 12 chữ số.";
const NAME: &str = "Nhập đầy đủ họ, chữ đệm và tên như trên thẻ căn cước.";
const BIRTH_DATE: &str = "Nhập ngày sinh dạng ngày/tháng/năm, ví dụ 14/03/1985; nếu giấy tờ chỉ ghi năm thì nhập năm.";
const CHOICE: &str = "Chọn mục đích và thủ tục trong danh sách.";

impl Typed {
    /// A form that nobody has typed into yet.
    #[must_use]
    pub fn blank() -> Self {
        let [purpose, ..] = PURPOSES;
        let [procedure, ..] = PROCEDURES;
        Self { muc_dich: purpose.code.to_owned(), thu_tuc: procedure.code.to_owned(), ..Self::default() }
    }

    /// Reads the form. Spaces that people put into numbers and around names are not mistakes, nor are letters whose marks a keyboard
    /// sends as signs of their own.
    pub fn read(&self) -> Result<Inquiry, Faults> {
        let number: String = self.so_dinh_danh.chars().filter(|char| !char.is_whitespace()).collect();
        let name = self.ho_ten.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
        let name: String = name.nfc().collect();
        let birth_date = birth_date(self.ngay_sinh.trim());
        let purpose = PURPOSES.iter().find(|purpose| purpose.code == self.muc_dich);
        let procedure = PROCEDURES.iter().find(|procedure| procedure.code == self.thu_tuc);
        let faults = Faults {
            number: PersonalId::parse(&number).is_err().then_some(NUMBER),
            name: (!is_name(&name)).then_some(NAME),
            birth_date: birth_date.is_none().then_some(BIRTH_DATE),
            choice: (purpose.is_none() || procedure.is_none()).then_some(CHOICE),
        };
        match (purpose, procedure, birth_date) {
            (Some(purpose), Some(procedure), Some(birth_date)) if faults.none() => Ok(Inquiry {
                question: self.cach,
                purpose: purpose.code,
                procedure: procedure.code,
                body: json!({ "SoDinhDanh": number, "HoVaTen": name, "NgayThangNamSinh": birth_date }),
            }),
            _ => Err(faults),
        }
    }
}

/// A name has at least two words of letters; the population database knows none with digits.
fn is_name(name: &str) -> bool {
    let letters = |word: &str| word.chars().all(|char| char.is_alphabetic() || "'-.".contains(char));
    name.split(' ').count() >= 2 && name.chars().count() <= 100 && name.split(' ').all(letters)
}

/// `14/03/1985` or `1985`, as the database writes dates.
fn birth_date(text: &str) -> Option<Value> {
    let digits = |part: &str, most: usize| {
        let plain = (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse::<u32>().ok()).flatten()
    };
    let year = |part: &str| digits(part, 4).filter(|year| (1900..=2100).contains(year));
    let parts: Vec<&str> = text.split(['/', '-', '.']).map(str::trim).collect();
    match parts.as_slice() {
        [only] => Some(json!({ "Nam": year(only)?.to_string() })),
        [day, month, last] => {
            let (day, month, year) = (digits(day, 2)?, digits(month, 2)?, year(last)?);
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let longest = match month {
                2 => 28 + u32::from(leap),
                4 | 6 | 9 | 11 => 30,
                1..=12 => 31,
                _ => return None,
            };
            (1..=longest).contains(&day).then(|| json!({ "NgayThangNam": format!("{year:04}{month:02}{day:02}") }))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Typed {
        Typed {
            so_dinh_danh: " 075 085 000 001".to_owned(),
            ho_ten: "nguyễn  văn an ".to_owned(),
            ngay_sinh: "14/3/1985".to_owned(),
            ..Typed::blank()
        }
    }

    #[test]
    fn a_form_becomes_the_question_of_the_contract() {
        let combining = Typed { ho_ten: "Nguye\u{302}\u{303}n Va\u{306}n An".to_owned(), ..typed() };
        let inquiry = typed().read().ok().unwrap();
        assert_eq!(combining.read().ok().unwrap().body, inquiry.body);
        let wanted = json!({
            "SoDinhDanh": "075085000001", "HoVaTen": "NGUYỄN VĂN AN", "NgayThangNamSinh": { "NgayThangNam": "19850314" }
        });
        assert_eq!(inquiry.body, wanted);
        assert_eq!((inquiry.question, inquiry.purpose), (Question::XacThuc, "giai-quyet-tthc"));
    }

    #[test]
    fn each_mistake_is_told_beside_its_field() {
        for (number, name, date, faulty) in [
            ("", "", "", vec!["so-dinh-danh", "ho-ten", "ngay-sinh"]),
            ("07508500000", "Nguyễn Văn An", "1985", vec!["so-dinh-danh"]),
            ("075085000001", "An", "1985", vec!["ho-ten"]),
            ("075085000001", "Nguyễn Văn An 2", "1985", vec!["ho-ten"]),
            ("075085000001", "Nguyễn Văn An", "31/04/1985", vec!["ngay-sinh"]),
            ("075085000001", "Nguyễn Văn An", "29/02/1900", vec!["ngay-sinh"]),
            ("075085000001", "Nguyễn Văn An", "1985-03-14", vec!["ngay-sinh"]),
        ] {
            let form = Typed {
                so_dinh_danh: number.to_owned(),
                ho_ten: name.to_owned(),
                ngay_sinh: date.to_owned(),
                ..Typed::blank()
            };
            let faults = form.read().err().unwrap();
            let fields: Vec<_> = faults.list().iter().map(|(field, _)| *field).collect();
            assert_eq!(fields, faulty, "{number} {name} {date}");
        }
    }

    #[test]
    fn a_purpose_that_the_page_does_not_offer_is_not_sent() {
        let form = Typed { muc_dich: "gi-do".to_owned(), ..typed() };
        assert_eq!(form.read().err().unwrap().list().len(), 1);
    }

    #[test]
    fn a_leap_day_and_a_year_alone_are_dates() {
        assert_eq!(birth_date("29/02/2000").unwrap()["NgayThangNam"], "20000229");
        assert_eq!(birth_date("1950").unwrap()["Nam"], "1950");
    }
}
