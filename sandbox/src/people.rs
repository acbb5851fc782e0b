//! The invented people of the province. Nobody here exists; the numbers belong to nobody.

use types::{AccountLevel, AuthLevel};

/// The code of the officer Phạm Quốc Dũng, as the broker's posts and the gateway's registry know him.
pub const OFFICER_DUNG: &str = "can-bo:dung";

/// The agency in which he holds his post: the body that answers for case handling.
pub const AGENCY_OF_DUNG: &str = "000.00.15.H19";

/// The password of everyone, at every stand-in.
pub const PASSWORD: &str = "123456";

/// What somebody does in the stories of the province.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Comes to the public administration with a matter of their own.
    Citizen,
    /// Teaches at a school of the province.
    Teacher,
    /// Goes to that school.
    Pupil,
    /// Handles cases in an agency of the province.
    Officer,
}

impl Role {
    /// The word for the table of people, Vietnamese.
    #[must_use]
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::Citizen => "công dân",
            Self::Teacher => "giáo viên",
            Self::Pupil => "học sinh",
            Self::Officer => "cán bộ",
        }
    }

    /// The word for the table of people, English.
    #[must_use]
    pub const fn english(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Teacher => "teacher",
            Self::Pupil => "pupil",
            Self::Officer => "officer",
        }
    }
}

/// An account at the province's own staff identity provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaffAccount {
    /// What its owner types as user name, and the local part of the e-mail address.
    pub username: &'static str,
    /// The provider's stable identifier of the account: its `sub`.
    pub subject: &'static str,
    /// Work e-mail address, in a domain that cannot exist (RFC 2606 §2).
    pub email: &'static str,
    /// The level that a login there amounts to: a password is one factor.
    pub level: AuthLevel,
}

/// One invented person.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// The 12-digit personal identification number. Invented, so it may print.
    pub number: &'static str,
    /// Full name, family name first.
    pub name: &'static str,
    /// Birth date, ISO 8601.
    pub birth_date: &'static str,
    /// `male` or `female` (OIDC Core §5.1).
    pub gender: &'static str,
    /// What they do here.
    pub role: Role,
    /// Level of the electronic identification account (mức độ tài khoản định danh).
    pub account_level: AccountLevel,
    /// The account at the staff identity provider, for those who work for the province.
    pub staff: Option<StaffAccount>,
}

impl Person {
    /// The birth date as people write it, `14/03/1985`: what the counter's form takes.
    #[must_use]
    pub fn born(&self) -> String {
        self.birth_date.rsplit('-').collect::<Vec<_>>().join("/")
    }
}

/// Everybody, in the order of the table that the province prints.
pub const PEOPLE: [Person; 5] = [
    Person {
        number: "075085000001",
        name: "Nguyễn Văn An",
        birth_date: "1985-03-14",
        gender: "male",
        role: Role::Citizen,
        account_level: AccountLevel::TWO,
        staff: None,
    },
    Person {
        number: "070190000002",
        name: "Trần Thị Bình",
        birth_date: "1990-11-20",
        gender: "female",
        role: Role::Teacher,
        account_level: AccountLevel::TWO,
        staff: Some(StaffAccount {
            username: "binh.tran",
            subject: "a4b1f1de-5c0f-4d0c-9d55-7f1f3a1c0002",
            email: "binh.tran@truong.example",
            level: AuthLevel::ONE,
        }),
    },
    Person {
        number: "067209000003",
        name: "Lê Minh Châu",
        birth_date: "2009-09-05",
        gender: "male",
        role: Role::Pupil,
        account_level: AccountLevel::ONE,
        staff: None,
    },
    Person {
        number: "075079000004",
        name: "Phạm Quốc Dũng",
        birth_date: "1979-06-28",
        gender: "male",
        role: Role::Officer,
        account_level: AccountLevel::TWO,
        staff: Some(StaffAccount {
            username: "dung.pham",
            subject: "a4b1f1de-5c0f-4d0c-9d55-7f1f3a1c0004",
            email: "dung.pham@tinh.example",
            level: AuthLevel::ONE,
        }),
    },
    Person {
        number: "075172000006",
        name: "Võ Thị Giang",
        birth_date: "1972-01-09",
        gender: "female",
        role: Role::Citizen,
        account_level: AccountLevel::TWO,
        staff: None,
    },
];

/// The person with this personal identification number.
#[must_use]
pub fn by_number(number: &str) -> Option<&'static Person> {
    PEOPLE.iter().find(|person| person.number == number)
}

/// The person with this user name at the staff identity provider.
#[must_use]
pub fn by_username(username: &str) -> Option<&'static Person> {
    PEOPLE.iter().find(|person| person.staff.is_some_and(|staff| staff.username == username))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use types::PersonalId;

    use super::*;

    #[test]
    fn every_number_is_well_formed_and_belongs_to_one_person() {
        let numbers: HashSet<_> = PEOPLE.iter().map(|person| person.number).collect();
        assert_eq!(numbers.len(), PEOPLE.len());
        assert!(numbers.iter().all(|number| PersonalId::parse(number).is_ok()));
        assert!(PEOPLE.iter().all(|person| by_number(person.number).is_some_and(|found| found.name == person.name)));
    }

    #[test]
    fn a_birth_date_is_told_as_people_write_it() {
        let [an, ..] = PEOPLE;
        assert_eq!(an.born(), "14/03/1985");
    }

    #[test]
    fn only_those_who_work_for_the_province_have_a_staff_account() {
        for person in PEOPLE {
            assert_eq!(person.staff.is_some(), matches!(person.role, Role::Teacher | Role::Officer), "{}", person.name);
        }
        assert!(by_username("dung.pham").is_some_and(|person| person.role == Role::Officer));
        assert!(by_username("an.nguyen").is_none());
    }
}
