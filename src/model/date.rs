//! A day of the calendar, in UTC: written `2026-11-29`.

use serde::{Deserialize, Serialize};
use std::{
    fmt,
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

/// A day in UTC, written `2026-11-29`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Date(/** Days since 1970-01-01. */ i64);

/// Why a text is not a date.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date such as 2026-11-29")]
pub struct ParseDateError(String);

impl Date {
    /// So many days after 1970-01-01.
    pub const fn of_days(days: i64) -> Date {
        Date(days)
    }

    pub fn today() -> Date {
        Date::of(SystemTime::now())
    }

    pub fn of(time: SystemTime) -> Date {
        let seconds = time
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        Date((seconds / 86_400) as i64)
    }

    /// Days from `earlier` to this day; negative where it is later.
    pub fn days_since(self, earlier: Date) -> i64 {
        self.0 - earlier.0
    }

    /// By the proleptic Gregorian calendar; the months are counted from March, so that the leap day is the last of the year.
    fn new(year: i64, month: i64, day: i64) -> Option<Date> {
        let years = year - i64::from(month <= 2);
        let (era, of_era) = (years.div_euclid(400), years.rem_euclid(400));
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let date =
            Date(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468);
        ((1..=12).contains(&month) && date.parts() == (year, month, day)).then_some(date)
    }

    /// Year, month and day.
    fn parts(self) -> (i64, i64, i64) {
        let days = self.0 + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let years = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * years + years / 4 - years / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = (from_march + 2) % 12 + 1;
        let year = era * 400 + years + i64::from(month <= 2);
        (year, month, of_year - (153 * from_march + 2) / 5 + 1)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Date {
    type Err = ParseDateError;

    /// A date, or a time of ISO 8601 that begins with one.
    fn from_str(text: &str) -> Result<Date, ParseDateError> {
        let wrong = || ParseDateError(text.to_owned());
        let (day, rest) = text.split_at_checked(10).ok_or_else(wrong)?;
        let mut numbers = day.splitn(3, '-').map(|part| {
            let is_number = part.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| part.parse().ok()).flatten()
        });
        let mut next = || numbers.next().flatten();
        match (next(), next(), next()) {
            (Some(year), Some(month), Some(day))
                if rest.is_empty() || rest.starts_with(['T', ' ']) =>
            {
                Date::new(year, month, day).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for Date {
    type Error = ParseDateError;

    fn try_from(text: String) -> Result<Date, ParseDateError> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> String {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn dates_are_read_and_written() {
        let date = |text: &str| text.parse::<Date>();
        for text in ["1970-01-01", "2000-02-29", "2026-11-29", "2027-12-31"] {
            assert_eq!(date(text).unwrap().to_string(), text);
        }
        // GNU date: `date -d @1796000000 -u +%F`.
        let time = UNIX_EPOCH + Duration::from_secs(1_796_000_000);
        assert_eq!(Date::of(time).to_string(), "2026-11-30");
        assert_eq!(date("2026-11-29T10:00:00Z"), date("2026-11-29"));
        let days = date("2027-03-01")
            .unwrap()
            .days_since(date("2026-12-01").unwrap());
        assert_eq!(days, 90);
        for wrong in [
            "2026-02-29",
            "2026-13-01",
            "soon",
            "2026-1-1",
            "2026-11-29x",
            "２０２６",
        ] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }
}
