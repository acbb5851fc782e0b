//! What a bundle proves, for people: in Vietnamese, and in English.

use std::fmt::{self, Write};

use crate::{Body, SignedBy, Verified};

/// Says what holds, line by line; each line in Vietnamese and then in English.
///
/// # Errors
/// Only those of the writer.
pub fn describe(verified: &Verified, out: &mut dyn Write) -> fmt::Result {
    let Verified { proven, known_log, request, body, reply, undisclosed: _ } = verified;
    let checkpoint = &proven.checkpoint;
    let (origin, size) = (&checkpoint.origin, checkpoint.size);
    writeln!(out, "Cuộc gọi {id} / Call {id}", id = proven.id)?;
    writeln!(out, "✓ Bản ghi nằm trong nhật ký {origin}, kích thước {size}, và nhật ký đã ký xác nhận.")?;
    writeln!(out, "  Its records are in the log {origin} of size {size}, and the log signed that.")?;
    if !known_log {
        writeln!(out, "! Khóa của nhật ký lấy từ chính gói này: hãy đối chiếu bằng --log-key.")?;
        writeln!(out, "  The log's key was taken from the bundle itself: compare it by --log-key.")?;
    }
    match &proven.closed {
        None => {
            writeln!(out, "! Cuộc gọi đã mở nhưng chưa có bản ghi kết thúc: kết quả không rõ.")?;
            writeln!(out, "  The call was opened and has no closing record: its outcome is unknown.")?;
        }
        Some(facts) => {
            let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "—".to_owned());
            let refusal = facts.refusal.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
            writeln!(out, "  {} {}{refusal}", facts.status, facts.outcome)?;
            writeln!(out, "  Bên gọi / client: {}", text(&facts.client))?;
            writeln!(out, "  Dịch vụ / service: {}", text(&facts.service_asked))?;
            writeln!(out, "  Mục đích / purpose: {}", text(&facts.purpose))?;
            writeln!(out, "  Cán bộ / officer: {}", text(&facts.officer))?;
            writeln!(out, "  Thỏa thuận / agreement: {}", text(&facts.agreement))?;
        }
    }
    signature(out, request.as_ref(), ("Đơn vị gọi đã ký yêu cầu", "The caller signed the request"))?;
    match body {
        Some(Body::Other) => {
            writeln!(out, "! Nội dung nhận được không có mã băm đã ký; cuộc gọi bị từ chối vì lý do đó.")?;
            writeln!(out, "  The body that came does not have the signed digest; the call was refused for that.")?;
        }
        Some(Body::Unread) => {
            writeln!(out, "! Cuộc gọi bị từ chối trước khi nhận đủ nội dung: chưa đối chiếu với mã băm đã ký.")?;
            writeln!(
                out,
                "  The call was refused before the whole body had come: it was not held against the signed digest."
            )?;
        }
        Some(Body::Signed) | None => {}
    }
    signature(
        out,
        reply.as_ref(),
        ("Trục đã ký câu trả lời cho yêu cầu này", "The bus signed the answer to this request"),
    )
}

fn signature(out: &mut dyn Write, by: Option<&SignedBy>, (vietnamese, english): (&str, &str)) -> fmt::Result {
    match by {
        Some(SignedBy { key_id, thumbprint }) => {
            writeln!(out, "✓ {vietnamese}: khóa {key_id}, dấu vân tay {thumbprint}.")?;
            writeln!(out, "  {english}: key {key_id}, thumbprint {thumbprint}.")
        }
        None => {
            writeln!(out, "- Không có trong gói: «{vietnamese}».")?;
            writeln!(out, "  Not in the bundle: \"{english}\".")
        }
    }
}
