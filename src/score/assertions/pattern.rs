//! JavaScript regular expressions, without flags, for Rust's regex engine.
//!
//! Without the flag `u` JavaScript matches UTF-16 code units: a character outside the basic plane is two of them. Such texts and
//! patterns are written with one character per unit, from the private plane U+100000 for surrogates, which texts then do not hold.

use super::{code_units::in_units, pattern_translator::translate};
use regex::Regex;

/// A pattern of JavaScript that is looked for in texts.
#[derive(Debug)]
pub struct JavascriptPattern(Regex);

impl JavascriptPattern {
    /// Compile a pattern; the error says what JavaScript, or this, does not take.
    pub(super) fn new(pattern: &str) -> Result<JavascriptPattern, String> {
        let units: Vec<u16> = pattern.encode_utf16().collect();
        let wrong = |why: &str| format!("the pattern {pattern:?} {why}");
        let translated = translate(&units).map_err(|why| wrong(&why))?;
        let regex = Regex::new(&translated).map_err(|error| {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or("").trim();
            wrong(&format!("is too large: {last}"))
        })?;
        Ok(JavascriptPattern(regex))
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(&in_units(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `new RegExp(pattern).test(text)` of Node 22.
    #[test]
    fn patterns_of_javascript_mean_the_same() {
        for (pattern, text, found) in [
            (r"^\d{3}$", "123", true),
            (r"^\d$", "٣", false),
            (r"\bcat\b", "a cat.", true),
            (r"[^]", "\n", true),
            (r"[]", "a", false),
            (r"a.b", "a\nb", false),
            (r"https?:\/\/", "http://", true),
            (r"\u00e9", "é", true),
            (r"\u00e", "u00e", true),
            (r"[\w-]+@[\w.]+", "a-b@c.d", true),
            (r"[\w-.]", "-", true),
            (r"(?<year>\d+)", "1999", true),
            (r"[[&]", "[", true),
            (r"^\p{L}+$", "é", false),
            (r"^\p{L}+$", "p{LLL}", false),
            (r"^\p{L}+$", "p{L}}", true),
            (r"^\x{74}$", "t", false),
            (r"^\x{2}$", "xx", true),
            (r"^\x41$", "A", true),
            (r"^.$", "😀", false),
            (r"^..$", "😀", true),
            (r"^😀$", "😀", true),
            (r"^[😀]{2}$", "😀", true),
            (r"^\ud83d\ude00$", "😀", true),
            (r"^[^a]$", "😀", false),
            (r"^\S{2}$", "😀", true),
            (r"a{", "a{", true),
            (r"a{,2}", "a{,2}", true),
            (r"x{2}?", "xx", true),
            (r"^\s$", "\u{feff}", true),
            (r"^\s$", "\u{85}", false),
            (r"^\cJ$", "\n", true),
            (r"^\c$", "\\c", true),
            (r"^\1$", "\u{1}", true),
            (r"^\8$", "8", true),
            (r"^\a\z$", "az", true),
            (r"]}", "]}", true),
            (r"^[\b]$", "\u{8}", true),
            (r"^(a|)*?b$", "aab", true),
        ] {
            let regex = JavascriptPattern::new(pattern).unwrap();
            assert_eq!(regex.is_match(text), found, "{pattern} {text}");
        }
    }

    #[test]
    fn what_javascript_refuses_is_refused_and_what_is_not_supported_is_told() {
        for pattern in [
            "(?i)abc",
            "(?x)a",
            "(?-i)z",
            "a++",
            "a**",
            "x{2}{3}",
            "{2}",
            "^*",
            "*",
            "(",
            ")",
            "a\\",
            "[z-a]",
            "[😀-😎]",
            "[a",
            "x{3,2}",
            "(?<a>x)(?<a>y)",
            "(?<1>x)",
            "(?P<a>x)",
            "\\b+",
        ] {
            let error = JavascriptPattern::new(pattern).unwrap_err();
            assert!(
                error.contains("not valid in JavaScript"),
                "{pattern}: {error}"
            );
        }
        for pattern in [r"(?=a)", r"(?<!a)b", r"(a)\1", r"\Ba", r"(?<n>a)\k<n>"] {
            let error = JavascriptPattern::new(pattern).unwrap_err();
            assert!(error.contains("not supported"), "{pattern}: {error}");
        }
        let deep = "(".repeat(50_000);
        assert!(JavascriptPattern::new(&deep).is_err());
    }
}
