//! Texts made safe and short for a screen: control characters visible, cut and wrapped by columns.
//!
//! At the bottom, beside `source`: knows nothing of what the texts are. Texts of models and data are hostile.

mod json;
mod output_width;
mod path_json;
mod terminal;

pub use json::{write_json, write_json_line};
pub use output_width::OutputWidth;
pub use path_json::{lossy_path, lossy_path_or_null, lossy_paths};
pub(crate) use terminal::{clean, columns};

use std::time::Duration;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Control characters but line ends and tabs made visible: the text may come from a model or a file.
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            '\u{7f}' => '\u{2421}',
            '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
            c if is_deceptive(c) => '\u{fffd}',
            _ => c,
        })
        .collect()
}

/// The same, but for the escape sequences of colors.
pub fn visible_but_color(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        let parameters =
            rest[at + 2..].trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        let end = rest.len() - parameters.len() + usize::from(parameters.starts_with('m'));
        out += &visible(&rest[..at]);
        match parameters.starts_with('m') {
            true => out += &rest[at..end],
            false => out += &visible(&rest[at..end]),
        }
        rest = &rest[end..];
    }
    out + &visible(rest)
}

/// Whether a terminal obeys a character instead of showing it, or lets it change the order of others: control characters
/// of both sets, and the marks of bidirectional text.
pub(crate) fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text cut to a width in columns, with an ellipsis where it was cut.
pub fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let w = c.width().unwrap_or(0);
        if used + w + 1 > width {
            break;
        }
        out.push(c);
        used += w;
    }
    out + "…"
}

/// A text cut or filled up to a width in columns.
pub fn pad(text: &str, width: usize) -> String {
    let text = fit(text, width);
    let rest = width.saturating_sub(text.width());
    text + &" ".repeat(rest)
}

/// A whole number with a comma before each three digits: `1,234,567`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun: `1 row`, `2 rows`, `1,200 entries`.
pub fn count(n: usize, noun: &str) -> String {
    let number = thousands(n as u64);
    if n == 1 {
        return format!("{number} {noun}");
    }
    let vowel = |c: char| "aeiou".contains(c);
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(vowel) => format!("{number} {stem}ies"),
        _ if noun.ends_with(['s', 'x']) || noun.ends_with("ch") || noun.ends_with("sh") => {
            format!("{number} {noun}es")
        }
        _ => format!("{number} {noun}s"),
    }
}

/// A text as lines of at most `width` columns, broken at spaces where there are any, else anywhere.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let options = textwrap::Options::new(width.max(2))
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let text = visible(text).replace('\t', "    ");
    let lines = textwrap::wrap(&text, options);
    lines.into_iter().map(Into::into).collect()
}

/// A text on one line: all white space single, control characters visible.
pub fn one_line(text: &str) -> String {
    visible(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A span of time as people say it: `0.4s`, `12s`, `3m 05s`, `2h 10m`.
pub fn span(time: Duration) -> String {
    let s = time.as_secs();
    match s {
        0..=9 => format!("{:.1}s", time.as_secs_f64()),
        10..=59 => format!("{s}s"),
        60..=3599 => format!("{}m {:02}s", s / 60, s % 60),
        _ => format!("{}h {:02}m", s / 3600, s % 3600 / 60),
    }
}

/// A time since 1970 by RFC 3339, in UTC: `2026-01-31T09:05:07.250Z`.
pub fn rfc3339(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs() as i64;
    format!(
        "{}:{:02}.{:03}Z",
        utc(seconds).replace(' ', "T"),
        seconds % 60,
        since_1970.subsec_millis()
    )
}

/// Seconds since 1970 as `2026-01-31 09:05`.
pub fn utc(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400);
    let of_day = seconds.rem_euclid(86_400);
    // Civil date from the day number, by Hinnant's algorithm: eras of 400 years that start in March.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}",
        of_day / 3600,
        of_day % 3600 / 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_cannot_reach_the_terminal() {
        assert_eq!(
            visible("a\u{1b}[31mb\nc\u{9b}d\u{202e}"),
            "a␛[31mb\nc\u{fffd}d\u{fffd}"
        );
        assert_eq!(
            visible_but_color("\u{1b}[1;31ma\u{1b}[0m\u{1b}[2J\u{1b}]0;x\u{7}\u{1b}[m\u{1b}["),
            "\u{1b}[1;31ma\u{1b}[0m␛[2J␛]0;x␇\u{1b}[m␛["
        );
    }

    #[test]
    fn counted_nouns_agree_with_their_number() {
        let all = [
            (0, "row"),
            (1, "row"),
            (2, "retry"),
            (3, "key"),
            (4, "match"),
            (1_200, "row"),
        ];
        assert_eq!(
            all.map(|(n, noun)| count(n, noun)),
            [
                "0 rows",
                "1 row",
                "2 retries",
                "3 keys",
                "4 matches",
                "1,200 rows"
            ]
        );
    }

    #[test]
    fn wide_texts_are_cut_by_columns() {
        assert_eq!(
            (fit("情感分析", 5), fit("abc", 3)),
            ("情感…".to_owned(), "abc".to_owned())
        );
    }

    #[test]
    fn wrapping_keeps_every_word_within_the_width() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("情感分析很好", 6), ["情感分", "析很好"]);
        assert_eq!(wrap("abcdefgh i", 4), ["abcd", "efgh", "i"]);
        assert_eq!(wrap("a\n\nb", 4), ["a", "", "b"]);
    }

    #[test]
    fn spans_are_short() {
        assert_eq!(span(Duration::from_millis(400)), "0.4s");
        assert_eq!(span(Duration::from_secs(185)), "3m 05s");
        assert_eq!(span(Duration::from_secs(7800)), "2h 10m");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01 00:00");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00");
        assert_eq!(utc(1_795_523_940), "2026-11-24 12:39");
        let time = Duration::from_millis(1_795_523_943_007);
        assert_eq!(rfc3339(time), "2026-11-24T12:39:03.007Z");
    }
}
