//! What a person is told when a login did not work: what happened and what to do, never only a code.

use http::StatusCode;

use super::{face::Face, relying_party::LoginError};

/// The words of an error page.
pub struct Explanation {
    /// Its status.
    pub status: StatusCode,
    /// Its heading.
    pub title: &'static str,
    /// What happened.
    pub what: &'static str,
    /// What to do.
    pub advice: &'static str,
    /// The code for whoever is asked for help.
    pub code: String,
    /// What the broker says to developers.
    pub detail: Option<String>,
}

/// The page for an error.
#[must_use]
pub fn explain(error: &LoginError, face: &'static Face) -> Explanation {
    let (status, title, what, advice) = words(error, face);
    let (code, detail) = match error {
        LoginError::Refused { code, description } => (code.clone(), description.clone()),
        other => (other.to_string(), None),
    };
    Explanation { status, title, what, advice, code, detail }
}

type Words = (StatusCode, &'static str, &'static str, &'static str);

fn words(error: &LoginError, face: &'static Face) -> Words {
    match error {
        LoginError::Unreachable | LoginError::Metadata(_) | LoginError::UserInfo => (
            StatusCode::BAD_GATEWAY,
            "Cổng đăng nhập chưa trả lời",
            "Ứng dụng không nhận được trả lời từ cổng đăng nhập của tỉnh. Bạn chưa đăng nhập, và chưa có gì thay đổi.",
            "Hãy đợi một lát rồi đăng nhập lại.",
        ),
        LoginError::Refused { code, .. } => refused(code, face),
        LoginError::UnknownAttempt => (
            StatusCode::BAD_REQUEST,
            "Lần đăng nhập này không còn dùng được",
            "Câu trả lời này đã được dùng một lần, hoặc thuộc về một trình duyệt khác. Vì an toàn, mỗi lần đăng nhập \
             chỉ có giá trị một lần trong đúng trình duyệt đã bắt đầu.",
            "Hãy bắt đầu đăng nhập lại từ trang này.",
        ),
        LoginError::Expired => (
            StatusCode::BAD_REQUEST,
            "Đã quá 10 phút",
            "Lần đăng nhập này kéo dài quá lâu nên đã hết hạn.",
            "Hãy đăng nhập lại; lần này sẽ nhanh hơn nếu bạn chuẩn bị sẵn số định danh và mật khẩu.",
        ),
        LoginError::ForeignAnswer | LoginError::EmptyAnswer | LoginError::NoIdToken | LoginError::NotBelieved => (
            StatusCode::BAD_REQUEST,
            "Không kiểm chứng được câu trả lời",
            "Ứng dụng nhận được một câu trả lời mà nó không chứng minh được là của cổng đăng nhập, nên không cho vào.",
            "Hãy đăng nhập lại từ trang này. Nếu vẫn gặp, đừng nhập mật khẩu nữa và báo cho cán bộ hỗ trợ.",
        ),
        LoginError::Assertion | LoginError::Entropy => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "Ứng dụng đang gặp lỗi",
            "Lỗi nằm ở ứng dụng này, không phải ở bạn. Bạn chưa đăng nhập.",
            "Hãy thử lại sau vài phút.",
        ),
    }
}

fn refused(code: &str, face: &'static Face) -> Words {
    match code {
        "access_denied" => (
            StatusCode::FORBIDDEN,
            "Bạn chưa đăng nhập",
            "Bạn đã chọn không tiếp tục, hoặc cổng đăng nhập không cho tài khoản này vào ứng dụng. Không thông tin nào \
             được gửi tới đây.",
            "Bạn có thể đăng nhập lại bất cứ lúc nào, hoặc dùng tài khoản khác.",
        ),
        "unmet_authentication_requirements" => (
            StatusCode::FORBIDDEN,
            "Tài khoản chưa đủ mức độ",
            "Tài khoản định danh bạn vừa dùng chưa đạt mức độ mà ứng dụng này yêu cầu. Không thông tin nào được gửi \
             tới đây.",
            face.level_advice,
        ),
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => (
            StatusCode::UNAUTHORIZED,
            "Cần bạn đăng nhập",
            "Cổng đăng nhập cần bạn xác nhận trước khi vào ứng dụng này.",
            "Hãy bấm Đăng nhập lại.",
        ),
        "temporarily_unavailable" | "server_error" => (
            StatusCode::BAD_GATEWAY,
            "Cổng đăng nhập đang bận",
            "Cổng đăng nhập hoặc hệ thống định danh quốc gia tạm thời không phục vụ được.",
            "Hãy đợi vài phút rồi đăng nhập lại.",
        ),
        _ => (
            StatusCode::BAD_GATEWAY,
            "Cổng đăng nhập không nhận yêu cầu",
            "Cổng đăng nhập từ chối yêu cầu của ứng dụng này. Đây là việc của người vận hành ứng dụng, không phải của \
             bạn.",
            "Hãy thử lại; nếu vẫn gặp, gửi mã lỗi dưới đây cho cán bộ hỗ trợ.",
        ),
    }
}
