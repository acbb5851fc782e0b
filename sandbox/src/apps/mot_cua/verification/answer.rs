//! What came of a question, ready for the page.

use http::StatusCode;
use serde_json::Value;

use super::{
    form::Question,
    words::{self, Words},
};
use crate::bus::{Answer, CallError, Refused};

/// What came of a question.
pub enum Outcome {
    /// An answer that the gateway signed.
    Answered(Answer),
    /// None.
    Failed(CallError),
    /// The officer's token has ended, so nothing was asked.
    LoginEnded,
}

/// One released datum.
#[derive(Debug, PartialEq, Eq)]
pub struct Datum {
    /// Its name in the contract.
    pub field: String,
    /// Its Vietnamese name.
    pub label: String,
    /// Its value.
    pub value: String,
}

/// The part of the page that tells what came of the question.
pub struct Shown {
    /// Its heading.
    pub title: &'static str,
    /// The colour it has: `ok`, `no` or `error`.
    pub kind: &'static str,
    /// What happened.
    pub what: String,
    /// What to do, when there is something.
    pub advice: Option<&'static str>,
    /// Whose matter a refusal is.
    pub whose: Option<&'static str>,
    /// Whether trying again may help, for a refusal.
    pub retry: Option<&'static str>,
    /// The code of a refusal.
    pub code: Option<String>,
    /// What was released, for an inquiry after data.
    pub data: Vec<Datum>,
    /// The number of the record in the message log.
    pub record: Option<String>,
    /// The agreement that permitted it.
    pub agreement: Option<String>,
    /// The fields that were withheld.
    pub withheld: Vec<Datum>,
    status: StatusCode,
    login: bool,
}

impl Shown {
    /// What the page tells.
    #[must_use]
    pub fn of(question: Question, outcome: Outcome) -> Self {
        match outcome {
            Outcome::Answered(answer) => answered(question, answer),
            Outcome::Failed(error) => failed(error),
            Outcome::LoginEnded => Self {
                title: "Phiên công vụ đã hết hạn",
                what: "Thẻ công vụ trong phiên đăng nhập này đã hết hạn, nên yêu cầu chưa được gửi đi.".to_owned(),
                advice: Some("Hãy đăng nhập lại. Những gì bạn đã nhập được giữ lại trong 10 phút."),
                login: true,
                status: StatusCode::FORBIDDEN,
                ..Self::blank("error")
            },
        }
    }

    /// Whether a new login is what helps.
    #[must_use]
    pub const fn needs_login(&self) -> bool {
        self.login
    }

    /// Whether this is an answer and not a refusal.
    #[must_use]
    pub fn is_answer(&self) -> bool {
        self.kind != "error"
    }

    /// The status of the page.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether anything is known of the question's way: not when it was never sent.
    #[must_use]
    pub fn has_trace(&self) -> bool {
        self.is_answer() || self.record.is_some() || self.code.is_some() || self.retry.is_some()
    }

    fn blank(kind: &'static str) -> Self {
        Self {
            title: "",
            kind,
            what: String::new(),
            advice: None,
            whose: None,
            retry: None,
            code: None,
            data: Vec::new(),
            record: None,
            agreement: None,
            withheld: Vec::new(),
            status: if kind == "error" { StatusCode::BAD_GATEWAY } else { StatusCode::OK },
            login: false,
        }
    }
}

fn answered(question: Question, answer: Answer) -> Shown {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let (record, agreement) = (Some(answer.record), answer.agreement);
    let withheld = answer.withheld.iter().map(|field| datum(field, String::new())).collect();
    let blank = |kind| Shown { record, agreement, withheld, ..Shown::blank(kind) };
    match question {
        Question::XacThuc if body.get("KetQua") == Some(&Value::Bool(true)) => Shown {
            title: "Đúng: thông tin khớp",
            what: "Số định danh, họ tên và ngày sinh khớp với cơ sở dữ liệu quốc gia về dân cư.".to_owned(),
            ..blank("ok")
        },
        Question::XacThuc => Shown {
            title: "Sai: thông tin không khớp",
            what:
                "Số định danh, họ tên và ngày sinh không cùng thuộc về một người trong cơ sở dữ liệu quốc gia về dân \
                   cư."
                .to_owned(),
            advice: Some("Hãy đối chiếu lại với giấy tờ của công dân; cơ sở dữ liệu không nói phần nào sai."),
            ..blank("no")
        },
        Question::TraCuu => {
            let mut data = Vec::new();
            leaves("", &body, &mut data);
            if data.is_empty() {
                return Shown {
                    title: "Không tìm thấy",
                    what: "Không có công dân nào khớp với cả ba thông tin.".to_owned(),
                    advice: Some("Hãy đối chiếu lại với giấy tờ của công dân."),
                    ..blank("no")
                };
            }
            Shown {
                title: "Thông tin công dân",
                what: "Chỉ gồm những trường mà thỏa thuận cho phép.".to_owned(),
                data,
                ..blank("ok")
            }
        }
    }
}

fn failed(error: CallError) -> Shown {
    let refused = match error {
        CallError::Refused(refused) => refused,
        CallError::Unreachable => {
            return Shown {
                title: "Chưa xác minh được",
                what: "Phần mềm một cửa không nối được tới trục liên thông.".to_owned(),
                advice: Some("Hãy thử lại sau ít phút; nếu vẫn gặp, báo bộ phận hỗ trợ."),
                retry: Some("Có."),
                ..Shown::blank("error")
            };
        }
        CallError::NotBelieved(_) | CallError::Own => {
            return Shown {
                title: "Không kiểm chứng được câu trả lời",
                what: "Phần mềm một cửa nhận được một câu trả lời không chứng minh được là của trục liên thông, nên \
                       không hiện ra."
                    .to_owned(),
                advice: Some("Hãy báo bộ phận hỗ trợ ngay; đừng dùng kết quả lấy bằng đường khác."),
                retry: Some("Không."),
                ..Shown::blank("error")
            };
        }
    };
    let Words { what, advice } = words::words(&refused.code);
    let login = refused.code == "actor-invalid";
    Shown {
        title: "Trục liên thông từ chối",
        what: what.to_owned(),
        advice: Some(advice),
        whose: Some(words::whose(&refused.origin)),
        retry: Some(if refused.retry {
            "Có, sau ít phút."
        } else {
            "Không; gửi lại y như vậy cũng bị từ chối."
        }),
        status: status(&refused),
        record: refused.record,
        code: Some(
            refused.detail.map_or_else(|| refused.code.clone(), |detail| format!("{} ({detail})", refused.code)),
        ),
        login,
        ..Shown::blank("error")
    }
}

/// What a refusal of the gateway means for whoever opened the page. What this application or the register does wrong is behind
/// the page, and so a bad gateway.
fn status(refused: &Refused) -> StatusCode {
    match (refused.code.as_str(), refused.origin.as_str()) {
        ("access-denied" | "actor-invalid", _) => StatusCode::FORBIDDEN,
        ("input" | "request-contract", _) => StatusCode::UNPROCESSABLE_ENTITY,
        ("too-many-calls", _) | (_, "gateway") if refused.retry => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_GATEWAY,
    }
}

/// Every leaf of the answer with its path; a list stands for its elements.
fn leaves(path: &str, value: &Value, found: &mut Vec<Datum>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| leaves(&below(name), value, found)),
        Value::Array(elements) => elements.iter().for_each(|value| leaves(path, value, found)),
        Value::Null => {}
        Value::String(text) => found.push(datum(path, text.clone())),
        other => found.push(datum(path, other.to_string())),
    }
}

fn datum(path: &str, value: String) -> Datum {
    let words: Vec<&str> = path.split('.').filter(|part| *part != "CongDan").map(word).collect();
    let last = path.rsplit('.').next().unwrap_or_default();
    let value = match last {
        "NgayThangNam" => date(&value),
        "GioiTinh" => sex(value),
        _ => value,
    };
    Datum { field: path.to_owned(), label: words.join(" – "), value }
}

fn date(value: &str) -> String {
    match (value.get(..4), value.get(4..6), value.get(6..8)) {
        (Some(year), Some(month), Some(day)) if value.len() == 8 => format!("{day}/{month}/{year}"),
        _ => value.to_owned(),
    }
}

/// The database has a code of its catalogue; one that is not known here is shown as it is.
fn sex(code: String) -> String {
    match code.as_str() {
        "1" => "Nam".to_owned(),
        "2" => "Nữ".to_owned(),
        _ => code,
    }
}

/// The names of the population database in words.
fn word(field: &str) -> &str {
    match field {
        "SoDinhDanh" => "Số định danh",
        "SoCMND" => "Số CMND",
        "HoVaTen" => "Họ và tên",
        "Ho" => "Họ",
        "ChuDem" => "Chữ đệm",
        "Ten" => "Tên",
        "GioiTinh" => "Giới tính",
        "DanToc" => "Dân tộc",
        "TonGiao" => "Tôn giáo",
        "TinhTrangHonNhan" => "Tình trạng hôn nhân",
        "NhomMau" => "Nhóm máu",
        "NgayThangNamSinh" => "Ngày sinh",
        "Nam" => "năm",
        "NgayThangNam" => "ngày",
        "NoiDangKyKhaiSinh" => "Nơi đăng ký khai sinh",
        "QueQuan" => "Quê quán",
        "ThuongTru" => "Thường trú",
        "NoiOHienTai" => "Nơi ở hiện tại",
        "MaTinhThanh" => "mã tỉnh",
        "MaQuanHuyen" => "mã huyện",
        "MaPhuongXa" => "mã xã",
        "ChiTiet" => "chi tiết",
        "QuocGia" => "quốc gia",
        "QuocTich" => "Quốc tịch",
        "Cha" => "Cha",
        "Me" => "Mẹ",
        "VoChong" => "Vợ hoặc chồng",
        "NguoiDaiDien" => "Người đại diện",
        "ChuHo" => "Chủ hộ",
        "QuanHe" => "quan hệ",
        "SoSoHoKhau" => "Số sổ hộ khẩu",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(body: &Value) -> Outcome {
        Outcome::Answered(Answer {
            status: StatusCode::OK,
            body: body.to_string().into_bytes(),
            record: "r".to_owned(),
            agreement: Some("a".to_owned()),
            withheld: vec!["CongDan.Cha".to_owned()],
        })
    }

    #[test]
    fn only_a_plain_yes_is_shown_as_yes() {
        assert_eq!(Shown::of(Question::XacThuc, answer(&json!({ "KetQua": true }))).kind, "ok");
        for body in [json!({ "KetQua": false }), json!({ "KetQua": "true" }), json!({}), json!(null)] {
            assert_eq!(Shown::of(Question::XacThuc, answer(&body)).kind, "no", "{body}");
        }
    }

    #[test]
    fn data_are_shown_by_their_paths_and_what_is_withheld_by_name() {
        let body = json!({ "CongDan": [{ "HoVaTen": { "Ten": "NGUYỄN VĂN AN" }, "NgayThangNamSinh": { "NgayThangNam": "19850314" }, "GioiTinh": "1" }] });
        let shown = Shown::of(Question::TraCuu, answer(&body));
        let data: Vec<_> = shown.data.iter().map(|datum| (datum.field.as_str(), datum.value.as_str())).collect();
        assert_eq!(
            data,
            [
                ("CongDan.HoVaTen.Ten", "NGUYỄN VĂN AN"),
                ("CongDan.NgayThangNamSinh.NgayThangNam", "14/03/1985"),
                ("CongDan.GioiTinh", "Nam"),
            ]
        );
        assert_eq!(shown.withheld.iter().map(|datum| datum.label.as_str()).collect::<Vec<_>>(), ["Cha"]);
    }

    fn refused(code: &str, origin: &str, retry: bool) -> Shown {
        let refused = Refused {
            status: StatusCode::FORBIDDEN,
            code: code.to_owned(),
            origin: origin.to_owned(),
            retry,
            detail: None,
            record: Some("r".to_owned()),
        };
        Shown::of(Question::XacThuc, Outcome::Failed(CallError::Refused(refused)))
    }

    #[test]
    fn a_refusal_says_whose_matter_it_is_and_whether_to_retry() {
        let shown = refused("provider-timeout", "provider", true);
        assert!(shown.whose.unwrap().contains("dân cư") && shown.retry.unwrap().starts_with("Có"));
        let shown = refused("actor-invalid", "caller", false);
        assert!(shown.needs_login() && shown.record.is_some());
    }

    #[test]
    fn the_status_of_the_page_says_whether_the_officer_the_bus_or_the_register_is_meant() {
        for (code, origin, retry, status) in [
            ("access-denied", "caller", false, 403),
            ("actor-invalid", "caller", false, 403),
            ("input", "caller", false, 422),
            ("overloaded", "gateway", true, 503),
            ("too-many-calls", "caller", true, 503),
            ("mapping-missing", "gateway", false, 502),
            ("signature-invalid", "caller", false, 502),
            ("provider-timeout", "provider", true, 502),
        ] {
            assert_eq!(refused(code, origin, retry).status().as_u16(), status, "{code}");
        }
        let ended = Shown::of(Question::XacThuc, Outcome::LoginEnded);
        assert_eq!((ended.status().as_u16(), ended.has_trace()), (403, false));
        assert!(refused("access-denied", "caller", false).has_trace());
    }
}
