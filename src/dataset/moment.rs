//! Dates, times and durations of typed files (Parquet, Arrow, Excel) as text: one form for all of them.

const SECONDS_PER_DAY: i64 = 86_400;

/// A date by its days since 1970-01-01: `2026-11-28`.
pub(super) fn date(days: i64) -> String {
    let (year, month, day) = civil(days);
    match year {
        0..=9999 => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:+05}-{month:02}-{day:02}"),
    }
}

/// Year, month and day of the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

/// A moment by its units since 1970: `2026-11-28 07:38:17.25`, with `+00:00` where it is in UTC and not a local time.
pub(super) fn timestamp(value: i64, per_second: i64, utc: bool) -> String {
    let per_day = SECONDS_PER_DAY * per_second;
    let clock = clock(value.rem_euclid(per_day), per_second);
    let zone = if utc { "+00:00" } else { "" };
    format!("{} {clock}{zone}", date(value.div_euclid(per_day)))
}

/// A time of day, or hours, minutes and seconds of a duration: `07:38:17.25`.
pub(super) fn clock(value: i64, per_second: i64) -> String {
    let (seconds, rest) = (value.div_euclid(per_second), value.rem_euclid(per_second));
    let text = format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    if rest == 0 {
        return text;
    }
    let width = per_second.ilog10() as usize;
    let fraction = format!("{rest:0width$}");
    format!("{text}.{}", fraction.trim_end_matches('0'))
}

/// A duration: `30:00:00`, with a minus sign where it is negative.
pub(super) fn duration(value: i64, per_second: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let length = i64::try_from(value.unsigned_abs()).unwrap_or(i64::MAX);
    format!("{sign}{}", clock(length, per_second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_one_way() {
        for (days, shown) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (19_782, "2024-02-29"),
            (20_785, "2026-11-28"),
            (-719_468, "0000-03-01"),
            (2_932_897, "+10000-01-01"),
        ] {
            assert_eq!(date(days), shown);
        }
        assert_eq!(timestamp(-2_000, 1_000, false), "1969-12-31 23:59:58");
        assert_eq!(timestamp(250, 1_000, true), "1970-01-01 00:00:00.25+00:00");
        assert_eq!(duration(-90_061_005, 1_000), "-25:01:01.005");
        // The extremes of the types.
        for value in [i64::MIN, i64::MAX] {
            assert!(!timestamp(value, 1_000_000_000, false).is_empty());
            assert!(!date(value).is_empty());
            assert!(!duration(value, 1_000).is_empty());
        }
    }
}
