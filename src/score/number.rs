//! The last number in a text.

use regex::Regex;
use std::sync::LazyLock;

/// The last number in a text, with or without commas between thousands. A sign counts unless a word or number precedes it.
pub(super) fn last_number(text: &str) -> Option<f64> {
    static NUMBER: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"[-−+]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?").ok());
    let found = NUMBER.as_ref()?.find_iter(text).last()?;
    let joined = text[..found.start()]
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric);
    let plain = found.as_str().replace(',', "").replace('−', "-");
    let number: f64 = plain.parse().ok()?;
    Some(if joined { number.abs() } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, number) in [
            ("between 3-4", 4.0),
            ("it is -4.", -4.0),
            ("x = −2.5e3", -2500.0),
            ("1,007.25 in all", 1007.25),
            ("a .5 share", 0.5),
        ] {
            assert_eq!(last_number(text), Some(number), "{text}");
        }
        assert_eq!(last_number("none, - or ."), None);
    }
}
