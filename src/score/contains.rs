//! Whether a normalized answer contains a normalized text: anywhere, but no number inside of another number.

pub(super) fn contains(text: &str, needle: &str) -> bool {
    !needle.is_empty()
        && text
            .match_indices(needle)
            .any(|(at, _)| !cuts_number(&text[..at], needle, &text[at + needle.len()..]))
}

/// Whether this place cuts a number: `5` in `15`, `2.5`, `5,000` or `-5`.
fn cuts_number(before: &str, needle: &str, after: &str) -> bool {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let joins = |mark: Option<char>, beyond: Option<char>| {
        is_digit(mark) || mark.is_some_and(|c| c == '.' || c == ',') && is_digit(beyond)
    };
    let (mut left, mut right) = (before.chars().rev(), after.chars());
    let (mark, beyond) = (left.next(), left.next());
    let is_negated = mark == Some('-') && beyond.is_none_or(|c| !c.is_alphanumeric());
    is_digit(needle.chars().next()) && (joins(mark, beyond) || is_negated)
        || is_digit(needle.chars().next_back()) && joins(right.next(), right.next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_inside_of_another_is_not_contained() {
        for (text, needle, is_in) in [
            ("it is paris", "paris", true),
            ("it is 5.", "5", true),
            ("it is 15", "5", false),
            ("it is 2.5", "5", false),
            ("it is 5,000", "5", false),
            ("it is -5", "5", false),
            ("2-5", "5", true),
            ("it is 5%", "5", true),
            ("it is", "", false),
        ] {
            assert_eq!(contains(text, needle), is_in, "{text} {needle}");
        }
    }
}
