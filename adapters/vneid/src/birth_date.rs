//! A birth date, from however the provider writes it to how OpenID Connect does.

use crate::settings::BirthDateFormat;

/// The date in one of the formats, as `YYYY-MM-DD`, or `YYYY` when only the year is known (OIDC Core §5.1). `None` when
/// it fits no format or is no day of the calendar.
pub(crate) fn read(text: &str, formats: &[BirthDateFormat]) -> Option<String> {
    formats.iter().find_map(|format| in_format(text, *format))
}

fn in_format(text: &str, format: BirthDateFormat) -> Option<String> {
    let (year, month, day) = match format {
        BirthDateFormat::Iso => {
            let (year, rest) = text.split_once('-')?;
            let (month, day) = rest.split_once('-')?;
            (year, month, day)
        }
        BirthDateFormat::DayFirst => {
            let (day, rest) = text.split_once('/')?;
            let (month, year) = rest.split_once('/')?;
            (year, month, day)
        }
        BirthDateFormat::Compact => {
            let (year, rest) = text.split_at_checked(4)?;
            let (month, day) = rest.split_at_checked(2)?;
            (year, month, day)
        }
        BirthDateFormat::Year => (text, "00", "00"),
    };
    let knows_day = month != "00" && day != "00";
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    if !(1800..=2200).contains(&year) || month > 12 || day > 31 {
        return None;
    }
    match format {
        _ if knows_day => (day <= days(year, month)).then(|| format!("{year:04}-{month:02}-{day:02}")),
        BirthDateFormat::DayFirst | BirthDateFormat::Year => Some(format!("{year:04}")),
        BirthDateFormat::Iso | BirthDateFormat::Compact => None,
    }
}

fn number(text: &str, digits: usize) -> Option<u16> {
    let fits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

/// Days of a month of the Gregorian calendar.
fn days(year: u16, month: u16) -> u16 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any(text: &str) -> Option<String> {
        read(text, &BirthDateFormat::ALL)
    }

    #[test]
    fn each_format_gives_the_same_day() {
        for text in ["1985-03-14", "14/03/1985", "19850314"] {
            assert_eq!(any(text).as_deref(), Some("1985-03-14"), "{text}");
        }
        assert_eq!(any("2000-02-29").as_deref(), Some("2000-02-29"));
    }

    #[test]
    fn a_year_alone_stays_a_year() {
        for text in ["1942", "00/00/1942", "00/05/1942"] {
            assert_eq!(any(text).as_deref(), Some("1942"), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_is_no_birth_date() {
        for text in [
            "",
            "1985-3-14",
            "1985-02-30",
            "1900-02-29",
            "1985-13-01",
            "1985-00-00",
            "14-03-1985",
            "31/04/1985",
            "1985/03/14",
            "198503",
            "0085-01-01",
            "+985-01-01",
            "１９８５",
            "1985-03-14T00:00:00Z",
            " 1985-03-14",
        ] {
            assert_eq!(any(text), None, "{text:?}");
        }
    }

    #[test]
    fn only_the_formats_of_the_settings_are_read() {
        assert_eq!(read("14/03/1985", &[BirthDateFormat::Iso]), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_date_or_nothing(text in "\\PC{0,12}") {
            if let Some(date) = any(&text) {
                prop_assert!(date.len() == 4 || date.len() == 10);
                prop_assert_eq!(any(&date), Some(date));
            }
        }
    }
}
