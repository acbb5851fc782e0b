//! What do `15m` and `64KiB` mean? A number without a unit means nothing.

use std::time::Duration;

pub(super) const A_DURATION: &str = "a duration with a unit, such as \"300ms\", \"90s\", \"15m\", \"8h\" or \"30d\"";
pub(super) const A_SIZE: &str = "a size with a unit, such as \"512B\", \"64KiB\" or \"1MiB\"";

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text).ok_or_else(|| format!("must be {A_DURATION}"))?;
    let seconds = |each: u64| number.checked_mul(each).map(Duration::from_secs);
    let duration = match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3_600),
        "d" => seconds(86_400),
        _ => return Err(format!("must be {A_DURATION}")),
    };
    duration.ok_or_else(|| "is too long".to_owned())
}

pub(super) fn byte_size(text: &str) -> Result<usize, String> {
    let (number, unit) = split(text).ok_or_else(|| format!("must be {A_SIZE}"))?;
    let each: u64 = match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(format!("must be {A_SIZE}")),
    };
    let bytes = number.checked_mul(each).and_then(|bytes| usize::try_from(bytes).ok());
    bytes.ok_or_else(|| "is too large".to_owned())
}

/// Digits, then at least one letter; nothing else, not even a space.
fn split(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit())?;
    let (digits, unit) = text.split_at_checked(end)?;
    Some((digits.parse().ok()?, unit))
}
