//! JavaScript regular expressions for Rust's regex engine.

use regex::Regex;

/// Compile a JavaScript pattern: unlike in Rust, its `\d`, `\w`, `\s` and `\b` match ASCII letters and digits only.
pub(super) fn javascript(pattern: &str) -> Result<Regex, String> {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('d') => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
                Some('w') => out.push_str(if in_class {
                    "0-9A-Za-z_"
                } else {
                    "[0-9A-Za-z_]"
                }),
                Some('D') => out.push_str("[^0-9]"),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some('b') if in_class => out.push_str("\\x08"),
                Some('b') => out.push_str("(?-u:\\b)"),
                Some('B') => return Err(unknown("\\B")),
                Some('c' | 'k') => return Err(unknown("\\c and \\k")),
                Some(digit) if digit.is_ascii_digit() && digit != '0' => {
                    return Err(unknown("a reference to a group"));
                }
                Some('0') => out.push_str("\\x00"),
                Some('u') => match chars.peek() {
                    Some('{') => out.push_str("\\u"),
                    _ => {
                        let digits: String = chars.by_ref().take(4).collect();
                        out.push_str(&format!("\\u{{{digits}}}"));
                    }
                },
                Some(letter) if letter.is_ascii_alphabetic() && !"nrtfvsSxpP".contains(letter) => {
                    out.push(letter);
                }
                Some(other) => {
                    out.push('\\');
                    out.push(other);
                }
                None => return Err("the pattern ends with a backslash".into()),
            },
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    chars.next();
                    if chars.peek() == Some(&']') {
                        // `[^]` is any character.
                        chars.next();
                        in_class = false;
                        out.push_str("\\s\\S]");
                    } else {
                        out.push('^');
                    }
                }
            }
            // Inside a class these are themselves in JavaScript.
            '[' | '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '(' if !in_class && is_look_around(chars.clone()) => {
                return Err(unknown("look-ahead and look-behind"));
            }
            '.' if !in_class => out.push_str("[^\\n\\r\\x{2028}\\x{2029}]"),
            other => out.push(other),
        }
    }
    Regex::new(&out).map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or("").trim();
        format!("the pattern {pattern:?} is invalid: {last}")
    })
}

fn is_look_around(mut rest: std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    let mut next = || rest.next().unwrap_or(' ');
    match (next(), next()) {
        ('?', '=' | '!') => true,
        ('?', '<') => matches!(next(), '=' | '!'),
        _ => false,
    }
}

fn unknown(what: &str) -> String {
    format!("the pattern uses {what}, which is not supported")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_javascript_mean_the_same() {
        for (pattern, text, found) in [
            (r"^\d{3}$", "123", true),
            (r"^\d$", "٣", false),
            (r"\bcat\b", "a cat.", true),
            (r"[^]", "\n", true),
            (r"a.b", "a\nb", false),
            (r"https?:\/\/", "http://", true),
            (r"\u00e9", "é", true),
            (r"[\w-]+@[\w.]+", "a-b@c.d", true),
            (r"(?<year>\d+)", "1999", true),
            (r"[[&]", "[", true),
        ] {
            let regex = javascript(pattern).unwrap();
            assert_eq!(regex.is_match(text), found, "{pattern}");
        }
        for pattern in [r"(?=a)", r"(?<!a)b", r"(a)\1", "(", "a\\"] {
            assert!(javascript(pattern).is_err(), "{pattern}");
        }
    }
}
