//! A refusal of the bus in the words of the page: what happened, whose matter it is, whether to try again.

/// What an officer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// What happened.
    pub what: &'static str,
    /// What to do.
    pub advice: &'static str,
}

/// Whose matter it is, by the `origin` of the problem document.
#[must_use]
pub fn whose(origin: &str) -> &'static str {
    match origin {
        "caller" => "Phía gọi: yêu cầu hoặc phần mềm một cửa.",
        "gateway" => "Trục liên thông của tỉnh.",
        "provider" => "Hệ thống được hỏi: cơ sở dữ liệu quốc gia về dân cư.",
        _ => "Chưa rõ.",
    }
}

/// The words for a code of the gateway; `None` for one that this application does not know.
#[must_use]
pub fn known(code: &str) -> Option<Words> {
    of_the_officer(code)
        .or_else(|| of_the_application(code))
        .or_else(|| of_the_gateway(code))
        .or_else(|| of_the_register(code))
}

/// The words for any code.
#[must_use]
pub fn words(code: &str) -> Words {
    known(code).unwrap_or(Words {
        what: "Trục liên thông từ chối yêu cầu này.",
        advice: "Hãy gửi mã lỗi và mã bản ghi dưới đây cho bộ phận hỗ trợ.",
    })
}

/// What the officer can mend.
fn of_the_officer(code: &str) -> Option<Words> {
    let (what, advice) = match code {
        "access-denied" => (
            "Không có thỏa thuận nào cho phép yêu cầu này: mục đích, thủ tục, mức độ đăng nhập hoặc giờ làm việc không \
             nằm trong thỏa thuận.",
            "Hãy chọn đúng mục đích và thủ tục của hồ sơ. Nếu hồ sơ thật sự cần, đơn vị bạn phải bổ sung thỏa thuận.",
        ),
        "actor-invalid" => (
            "Trục không nhận thẻ công vụ của bạn: phiên đăng nhập đã hết hạn, hoặc không thuộc đơn vị này.",
            "Hãy đăng nhập lại bằng tài khoản cán bộ. Những gì bạn đã nhập được giữ lại.",
        ),
        "request-contract" | "input" => (
            "Yêu cầu thiếu hoặc sai một thông tin mà cơ sở dữ liệu dân cư đòi hỏi.",
            "Hãy kiểm tra lại số định danh, họ tên và ngày sinh rồi gửi lại.",
        ),
        _ => return None,
    };
    Some(Words { what, advice })
}

/// What whoever runs this application must mend.
fn of_the_application(code: &str) -> Option<Words> {
    let what = match code {
        "bad-request" | "repeated-header" | "ambiguous-path" => "Trục không hiểu yêu cầu của phần mềm một cửa.",
        "unknown-certificate" | "certificate-revoked" | "client-mismatch" => {
            "Trục không nhận ra phần mềm một cửa: chứng thư số chưa đăng ký, đã hết hiệu lực hoặc đã bị thu hồi."
        }
        "body-too-large" | "body-cut" | "body-timeout" | "digest-mismatch" => "Yêu cầu không đến được trục nguyên vẹn.",
        "signature-invalid" | "signature-stale" | "replayed" => {
            "Trục không chấp nhận chữ ký của phần mềm một cửa trên yêu cầu này."
        }
        "unknown-service" | "unknown-endpoint" => "Dịch vụ này không có trên trục vào lúc này.",
        _ => return None,
    };
    let advice = "Đây không phải lỗi của bạn. Hãy báo bộ phận hỗ trợ kèm mã lỗi và mã bản ghi dưới đây.";
    Some(Words { what, advice })
}

/// What the operator of the bus must mend.
fn of_the_gateway(code: &str) -> Option<Words> {
    let (what, advice) = match code {
        "mapping-missing" => (
            "Chưa có mã quốc gia cho cán bộ, thủ tục hoặc đơn vị này, nên cơ sở dữ liệu dân cư chưa được hỏi.",
            "Hãy báo đơn vị vận hành trục để khai báo mã; sau đó gửi lại.",
        ),
        "outcome-unknown" => (
            "Cơ sở dữ liệu dân cư đã được hỏi, nhưng kết quả không ghi lại được nên không được chuyển cho bạn.",
            "Hãy báo đơn vị vận hành trục kèm mã bản ghi; việc tra cứu này đã được tính là một lần hỏi.",
        ),
        "provider-refused" => (
            "Cơ sở dữ liệu dân cư không nhận trục của tỉnh.",
            "Hãy báo đơn vị vận hành trục: thông tin kết nối cần được kiểm tra.",
        ),
        "log-unavailable"
        | "replay-store-unavailable"
        | "actor-keys-unavailable"
        | "policy-failed"
        | "service-disabled"
        | "registry-expired"
        | "internal" => (
            "Trục đang gặp sự cố nên không cho yêu cầu nào qua. Cơ sở dữ liệu dân cư chưa được hỏi.",
            "Hãy thử lại sau vài phút.",
        ),
        "too-many-calls" => ("Ứng dụng này đang có quá nhiều lời gọi chưa xong trên trục.", "Hãy thử lại sau ít phút."),
        "deadline" | "overloaded" => ("Trục đang quá tải.", "Hãy thử lại sau ít phút."),
        _ => return None,
    };
    Some(Words { what, advice })
}

/// What the register must mend.
fn of_the_register(code: &str) -> Option<Words> {
    let (what, advice) = match code {
        "provider-unreachable" | "provider-unavailable" => {
            ("Cơ sở dữ liệu dân cư tạm thời không phục vụ.", "Hãy thử lại sau vài phút.")
        }
        "provider-timeout" | "provider-cut" => {
            ("Cơ sở dữ liệu dân cư không trả lời kịp, hoặc trả lời bị đứt giữa chừng.", "Hãy thử lại sau vài phút.")
        }
        "provider-malformed" | "provider-too-large" | "reply-contract" => (
            "Cơ sở dữ liệu dân cư trả lời sai khuôn dạng. Câu trả lời đó không được chuyển cho bạn.",
            "Thử lại cũng sẽ như vậy. Hãy báo bộ phận hỗ trợ kèm mã bản ghi.",
        ),
        "provider-reported" => {
            ("Cơ sở dữ liệu dân cư báo lỗi của chính nó.", "Hãy báo bộ phận hỗ trợ kèm mã lỗi và mã bản ghi.")
        }
        _ => return None,
    };
    Some(Words { what, advice })
}
