//! Figures in words.

use crate::analysis::Interval;

/// `81.3 %`
pub(super) fn percent(x: f64) -> String {
    format!("{:.1} %", x * 100.0)
}

/// `81.3 % (70.0 to 90.1)`
pub(super) fn percent_interval(i: &Interval) -> String {
    format!(
        "{:.1} % ({:.1} to {:.1})",
        i.value * 100.0,
        i.low * 100.0,
        i.high * 100.0
    )
}

/// `+3.0 points (−1.0 to +7.0)`
pub(super) fn gain(i: &Interval) -> String {
    let signed = crate::analysis::points;
    format!(
        "{} points ({} to {})",
        signed(i.value),
        signed(i.low),
        signed(i.high)
    )
}

/// `1,234,000`: three digits that count.
pub(super) fn number(x: f64) -> String {
    if x < 10.0 {
        return format!("{x:.1}").trim_end_matches(".0").to_owned();
    }
    let unit = 10f64.powf((x.abs().log10().floor() - 2.0).max(0.0));
    let digits = format!("{:.0}", (x / unit).round() * unit);
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1 row`, `3 rows`
pub(super) fn rows(n: usize) -> String {
    format!("{n} row{}", if n == 1 { "" } else { "s" })
}

/// The first few of a list.
pub(super) fn some(all: &[String], most: usize) -> String {
    let shown: Vec<&str> = all.iter().take(most).map(String::as_str).collect();
    let more = all.len().saturating_sub(most);
    if more > 0 {
        format!("{} and {more} more", shown.join(", "))
    } else {
        shown.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_digits_that_count() {
        assert_eq!(
            [277_777.8, 1_234.0, 12.0, 3.5, 2.0, 0.0].map(number),
            ["278,000", "1,230", "12", "3.5", "2", "0"]
        );
    }
}
