//! What a newcomer reads first: who can log in, what each of them shows, and where to look.

use types::AccountLevel;

use crate::people::{PASSWORD, PEOPLE, Person, Role};

/// One invented person in the guide.
pub struct Sample {
    /// Full name.
    pub name: &'static str,
    /// What to type at VNeID.
    pub number: &'static str,
    /// Birth date as people write it, `14/03/1985`.
    pub born: String,
    /// What they do.
    pub role: &'static str,
    /// Account level.
    pub level: u8,
    /// What to type at the staff provider, for those who have an account there.
    pub username: Option<&'static str>,
    /// What a login as this person shows.
    pub shows: &'static str,
}

/// An address with what is to be seen there.
pub struct Sight {
    /// What it is called.
    pub name: &'static str,
    /// The address or the file.
    pub address: String,
    /// What is to be seen there.
    pub what: &'static str,
    /// Whether a browser can open it.
    pub opens: bool,
}

/// The guide of one province.
pub struct Guide {
    /// The people.
    pub people: Vec<Sample>,
    /// Everybody's password.
    pub password: &'static str,
    /// The school, for the second login.
    pub school: String,
    /// Document management.
    pub documents: String,
    /// What to look at.
    pub sights: Vec<Sight>,
}

impl Guide {
    /// The guide for these addresses.
    #[must_use]
    pub fn new(school: String, documents: String, sights: Vec<Sight>) -> Self {
        Self { people: PEOPLE.iter().map(sample).collect(), password: PASSWORD, school, documents, sights }
    }
}

fn sample(person: &'static Person) -> Sample {
    Sample {
        name: person.name,
        number: person.number,
        born: person.born(),
        role: person.role.vietnamese(),
        level: person.account_level.get(),
        username: person.staff.map(|staff| staff.username),
        shows: shows(person),
    }
}

/// What a login as this person shows.
#[must_use]
pub fn shows(person: &Person) -> &'static str {
    match (person.role, person.account_level, person.gender) {
        (_, AccountLevel::ONE, _) => "Vào được trường học; ở Một cửa, cổng giải thích vì sao mức độ 1 chưa đủ.",
        (Role::Officer, ..) => {
            "Vào Quản lý văn bản bằng tài khoản cán bộ; bằng VNeID thì hệ thống biết anh là ai, nhưng chưa biết chức vụ."
        }
        (Role::Teacher, ..) => {
            "Có cả VNeID và tài khoản cán bộ: cổng không tự ghép hai tài khoản, mã người dùng (sub) khác nhau."
        }
        (_, _, "female") => "Công dân thứ hai: ở cửa sổ ẩn danh, chị không thấy hồ sơ của người khác.",
        _ => "Đường đi thông thường: nộp hồ sơ, rồi sang trường học mà không phải đăng nhập lại.",
    }
}
