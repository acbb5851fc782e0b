//! How an application presents itself: name, owner, colours, and why it needs each claim.

/// What people see of an application.
#[derive(Debug)]
pub struct Face {
    /// `client_id`; also the prefix of its cookies, because ports do not separate cookies (RFC 6265 §8.5).
    pub client_id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The legal body that runs it.
    pub body: &'static str,
    /// The class of the page body, which sets its colours: three open tabs must not look alike.
    pub colours: &'static str,
    /// Why it needs each claim, in the words of the page.
    pub reasons: &'static [(&'static str, &'static str)],
    /// What a person may do whose account level is too low.
    pub level_advice: &'static str,
    /// Pages at which a login may end instead of the front page.
    pub returns: &'static [&'static str],
}

impl Face {
    /// Where this claim stands on the page: in the order of the reasons, what has none at the end.
    #[must_use]
    pub fn rank(&self, claim: &str) -> usize {
        self.reasons.iter().position(|(name, _)| *name == claim).unwrap_or(self.reasons.len())
    }

    /// Why the application needs this claim.
    #[must_use]
    pub fn reason(&self, claim: &str) -> &'static str {
        self.reasons
            .iter()
            .find(|(name, _)| *name == claim)
            .map_or("Cổng đăng nhập gửi kèm; ứng dụng này không dùng đến.", |(_, reason)| reason)
    }
}

/// What a claim is called on a page.
#[must_use]
pub fn label(claim: &str) -> &str {
    match claim {
        "name" => "Họ và tên",
        "family_name" => "Họ",
        "given_name" => "Tên",
        "preferred_username" => "Tên đăng nhập",
        "birthdate" => "Ngày sinh",
        "gender" => "Giới tính",
        "email" => "Thư điện tử công vụ",
        "email_verified" => "Thư điện tử đã xác minh",
        "vn_citizen_id" => "Số định danh cá nhân",
        "vn_account_level" => "Mức độ tài khoản định danh",
        "vn_account_type" => "Loại tài khoản",
        "vn_agency" => "Đơn vị công tác",
        "vn_officer" => "Mã cán bộ",
        other => other,
    }
}

/// The value of a claim as a page may show it: of the personal identification number only the last three digits.
#[must_use]
pub fn shown(claim: &str, value: &serde_json::Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match claim {
        "vn_citizen_id" => {
            let last: String = text.chars().skip(text.chars().count().saturating_sub(3)).collect();
            format!("••• ••• ••• {last}")
        }
        "birthdate" => match text.splitn(3, '-').collect::<Vec<_>>().as_slice() {
            [year, month, day] => format!("{day}/{month}/{year}"),
            _ => text,
        },
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_shows_three_digits_of_the_number_at_most() {
        assert_eq!(shown("vn_citizen_id", &json!("075085000001")), "••• ••• ••• 001");
        assert_eq!(shown("vn_citizen_id", &json!("")), "••• ••• ••• ");
    }

    #[test]
    fn a_birth_date_reads_as_people_write_it() {
        assert_eq!(shown("birthdate", &json!("1985-03-14")), "14/03/1985");
        assert_eq!(shown("birthdate", &json!("1985")), "1985");
        assert_eq!(shown("vn_account_level", &json!(2)), "2");
    }
}
