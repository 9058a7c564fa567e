//! JavaScript regular expressions, without flags, for Rust's regex engine.
//!
//! Without the flag `u` JavaScript matches UTF-16 code units: a character outside the basic plane is two of them. Such texts and
//! patterns are written with one character per unit, from the private plane U+100000 for surrogates, which texts then do not hold.

use regex::Regex;
use std::borrow::Cow;

/// A pattern of JavaScript that is looked for in texts.
#[derive(Debug)]
pub struct JavascriptPattern(Regex);

impl JavascriptPattern {
    /// Compile a pattern; the error says what JavaScript, or this, does not take.
    pub(super) fn new(pattern: &str) -> Result<JavascriptPattern, String> {
        let units: Vec<u16> = pattern.encode_utf16().collect();
        let wrong = |why: &str| format!("the pattern {pattern:?} {why}");
        let (groups, has_names) = count_groups(&units);
        let mut translator = Translator {
            units: &units,
            at: 0,
            out: String::with_capacity(pattern.len() * 2),
            groups,
            has_names,
            names: Vec::new(),
            depth: 0,
        };
        translator.alternatives().map_err(|why| wrong(&why))?;
        if translator.at < units.len() {
            return Err(wrong(&refused("a `)` closes no group")));
        }
        let regex = Regex::new(&translator.out).map_err(|error| {
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

/// A text with one character per UTF-16 code unit.
fn in_units(text: &str) -> Cow<'_, str> {
    match text.chars().any(|c| c > '\u{ffff}') {
        true => text
            .encode_utf16()
            .map(unit_char)
            .collect::<String>()
            .into(),
        false => text.into(),
    }
}

/// The character that stands for a code unit.
fn unit_char(unit: u16) -> char {
    let code = u32::from(unit);
    let is_surrogate = (0xd800..0xe000).contains(&code);
    let code = if is_surrogate {
        0x10_0000 + code - 0xd800
    } else {
        code
    };
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t\n\x0b\x0c\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}";

/// Deepest group.
const MAX_DEPTH: usize = 200;

fn refused(why: &str) -> String {
    format!("is not valid in JavaScript: {why}")
}

fn unsupported(what: &str) -> String {
    format!("uses {what}, which is not supported")
}

/// The number of groups that capture, and whether some have names.
fn count_groups(units: &[u16]) -> (usize, bool) {
    let (mut count, mut has_names, mut in_class, mut at) = (0, false, false, 0);
    let is = |at: usize, c: char| {
        units
            .get(at)
            .is_some_and(|unit| u32::from(*unit) == c as u32)
    };
    while at < units.len() {
        if is(at, '\\') {
            at += 1;
        } else if is(at, '[') {
            in_class = true;
        } else if is(at, ']') {
            in_class = false;
        } else if is(at, '(') && !in_class {
            if !is(at + 1, '?') {
                count += 1;
            } else if is(at + 2, '<') && !is(at + 3, '=') && !is(at + 3, '!') {
                (count, has_names) = (count + 1, true);
            }
        }
        at += 1;
    }
    (count, has_names)
}

/// A part of a class in brackets.
enum ClassPart {
    Unit(u16),
    /// One of `\d`, `\w`, `\s` and their opposites.
    Set(String),
}

struct Translator<'u> {
    units: &'u [u16],
    at: usize,
    out: String,
    groups: usize,
    has_names: bool,
    names: Vec<String>,
    depth: usize,
}

impl Translator<'_> {
    /// The next unit as a character; a surrogate is one that no rule knows.
    fn peek(&self) -> Option<char> {
        self.units.get(self.at).map(|unit| unit_char(*unit))
    }

    fn next(&mut self) -> Option<char> {
        let found = self.peek();
        self.at += usize::from(found.is_some());
        found
    }

    fn take(&mut self, text: &str) -> bool {
        let units: Vec<u16> = text.encode_utf16().collect();
        let is_next = self.units[self.at..].starts_with(&units);
        self.at += if is_next { units.len() } else { 0 };
        is_next
    }

    fn literal(&mut self, unit: u16) {
        let c = unit_char(unit);
        if c.is_ascii_alphanumeric() {
            self.out.push(c);
        } else {
            self.out.push_str(&format!("\\x{{{:x}}}", c as u32));
        }
    }

    fn alternatives(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(unsupported("groups that are nested too deep"));
        }
        while let Some(c) = self.peek() {
            match c {
                ')' => break,
                '|' => {
                    self.at += 1;
                    self.out.push('|');
                }
                _ => self.term(c)?,
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// An assertion, or an atom with what repeats it.
    fn term(&mut self, c: char) -> Result<(), String> {
        let start = self.at;
        self.at += 1;
        match c {
            '^' | '$' => {
                self.out.push(c);
                return Ok(());
            }
            '*' | '+' | '?' => return Err(refused("there is nothing to repeat")),
            '{' => {
                self.at = start;
                if self.counts()?.is_some() {
                    return Err(refused("there is nothing to repeat"));
                }
                self.at = start + 1;
                self.literal(self.units[start]);
            }
            '.' => self.out.push_str("[^\\n\\r\\x{2028}\\x{2029}]"),
            '(' => self.group()?,
            '[' => self.class()?,
            '\\' => {
                if self.escape()? {
                    return Ok(());
                }
            }
            _ => self.literal(self.units[start]),
        }
        self.quantifier()
    }

    fn group(&mut self) -> Result<(), String> {
        let looks = ["?=", "?!", "?<=", "?<!"];
        if looks.iter().any(|look| self.take(look)) {
            return Err(unsupported("look-ahead or look-behind"));
        }
        if self.take("?<") {
            let mut name = String::new();
            loop {
                match self.next() {
                    Some('>') => break,
                    Some(c) if c.is_alphabetic() || matches!(c, '_' | '$') => name.push(c),
                    Some(c) if c.is_numeric() && !name.is_empty() => name.push(c),
                    _ => return Err(refused("the name of a group is wrong")),
                }
            }
            if name.is_empty() || self.names.contains(&name) {
                return Err(refused("the name of a group is empty or there twice"));
            }
            self.names.push(name);
        } else if !self.take("?:") && self.peek() == Some('?') {
            return Err(refused("`(?` begins no group"));
        }
        self.out.push_str("(?:");
        self.alternatives()?;
        if self.next() != Some(')') {
            return Err(refused("a group is not closed"));
        }
        self.out.push(')');
        Ok(())
    }

    fn quantifier(&mut self) -> Result<(), String> {
        match self.peek() {
            Some(c @ ('*' | '+' | '?')) => {
                self.at += 1;
                self.out.push(c);
            }
            Some('{') => {
                let start = self.at;
                match self.counts()? {
                    Some(counts) => self.out.push_str(&counts),
                    None => {
                        self.at = start;
                        return Ok(());
                    }
                }
            }
            _ => return Ok(()),
        }
        // Whether it takes as little as it can changes no match.
        self.take("?");
        Ok(())
    }

    /// `{2}`, `{2,}` or `{2,3}`; anything else is text.
    fn counts(&mut self) -> Result<Option<String>, String> {
        self.at += 1;
        let Some(least) = self.digits() else {
            return Ok(None);
        };
        let mut counts = format!("{{{least}");
        if self.take(",") {
            counts.push(',');
            if let Some(most) = self.digits() {
                if most < least {
                    return Err(refused("the numbers of a quantifier are out of order"));
                }
                counts += &most.to_string();
            }
        }
        Ok(self.take("}").then(|| counts + "}"))
    }

    fn digits(&mut self) -> Option<u32> {
        let mut number: Option<u32> = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let so_far = number.unwrap_or(0);
            number = Some(so_far.saturating_mul(10).saturating_add(digit));
            self.at += 1;
        }
        number
    }

    /// What follows a backslash outside of classes; true where it is an assertion, which nothing repeats.
    fn escape(&mut self) -> Result<bool, String> {
        match self.peek() {
            None => return Err(refused("it ends with a backslash")),
            Some('b') => {
                self.at += 1;
                self.out.push_str("(?-u:\\b)");
                return Ok(true);
            }
            Some('B') => return Err(unsupported("\\B")),
            Some('k') if self.has_names => return Err(unsupported("a reference to a group")),
            Some('1'..='9') => {
                let start = self.at;
                let number = self.digits().unwrap_or(u32::MAX);
                if number as usize <= self.groups {
                    return Err(unsupported("a reference to a group"));
                }
                self.at = start;
            }
            _ => {}
        }
        if let Some(set) = self.set() {
            self.out.push_str(&set);
        } else {
            let unit = self.unit_escape(false);
            self.literal(unit);
        }
        Ok(false)
    }

    /// `\d`, `\w`, `\s` and their opposites.
    fn set(&mut self) -> Option<String> {
        let set = match self.peek()? {
            'd' => format!("[{DIGIT}]"),
            'D' => format!("[^{DIGIT}]"),
            'w' => format!("[{WORD}]"),
            'W' => format!("[^{WORD}]"),
            's' => format!("[{SPACE}]"),
            'S' => format!("[^{SPACE}]"),
            _ => return None,
        };
        self.at += 1;
        Some(set)
    }

    /// The code unit that an escape stands for. A letter that means nothing stands for itself.
    fn unit_escape(&mut self, in_class: bool) -> u16 {
        let Some(unit) = self.units.get(self.at).copied() else {
            return u16::from(b'\\');
        };
        self.at += 1;
        match unit_char(unit) {
            'f' => 0x0c,
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'v' => 0x0b,
            'b' if in_class => 0x08,
            'x' => self.hex(2).unwrap_or(unit),
            'u' => self.hex(4).unwrap_or(unit),
            '0'..='7' => {
                self.at -= 1;
                self.octal()
            }
            'c' => match self.peek() {
                Some(c)
                    if c.is_ascii_alphabetic() || in_class && (c == '_' || c.is_ascii_digit()) =>
                {
                    self.at += 1;
                    c as u16 % 32
                }
                _ => {
                    self.at -= 1;
                    u16::from(b'\\')
                }
            },
            _ => unit,
        }
    }

    fn hex(&mut self, length: usize) -> Option<u16> {
        let digits = self.units.get(self.at..self.at + length)?;
        let text = String::from_utf16(digits).ok()?;
        let is_hex = text.chars().all(|c| c.is_ascii_hexdigit());
        let unit = u16::from_str_radix(&text, 16).ok().filter(|_| is_hex)?;
        self.at += length;
        Some(unit)
    }

    fn octal(&mut self) -> u16 {
        let mut value = 0;
        for _ in 0..3 {
            match self.peek().and_then(|c| c.to_digit(8)) {
                Some(digit) if value * 8 + digit <= 0o377 => value = value * 8 + digit,
                _ => break,
            }
            self.at += 1;
        }
        value as u16
    }

    fn class(&mut self) -> Result<(), String> {
        let is_negated = self.take("^");
        let mut items = String::new();
        loop {
            let first = match self.peek() {
                None => return Err(refused("a class in brackets is not closed")),
                Some(']') => {
                    self.at += 1;
                    break;
                }
                Some(_) => self.class_part()?,
            };
            let is_range = self.peek() == Some('-')
                && self
                    .units
                    .get(self.at + 1)
                    .is_some_and(|unit| *unit != u16::from(b']'));
            if !is_range {
                add_part(&mut items, &first);
                continue;
            }
            self.at += 1;
            match (first, self.class_part()?) {
                (ClassPart::Unit(from), ClassPart::Unit(to)) if from > to => {
                    return Err(refused("a range in brackets is out of order"));
                }
                (ClassPart::Unit(from), ClassPart::Unit(to)) => add_range(&mut items, from, to),
                // Beside a set the hyphen is itself.
                (from, to) => {
                    add_part(&mut items, &from);
                    add_part(&mut items, &ClassPart::Unit(u16::from(b'-')));
                    add_part(&mut items, &to);
                }
            }
        }
        self.out += &match (items.is_empty(), is_negated) {
            (true, true) => r"[\x{0}-\x{10ffff}]".to_owned(),
            (true, false) => r"[a&&b]".to_owned(),
            (false, true) => format!("[^{items}]"),
            (false, false) => format!("[{items}]"),
        };
        Ok(())
    }

    fn class_part(&mut self) -> Result<ClassPart, String> {
        let unit = self.units[self.at];
        self.at += 1;
        if unit != u16::from(b'\\') {
            return Ok(ClassPart::Unit(unit));
        }
        if self.peek().is_none() {
            return Err(refused("it ends with a backslash"));
        }
        Ok(match self.set() {
            Some(set) => ClassPart::Set(set),
            None => ClassPart::Unit(self.unit_escape(true)),
        })
    }
}

fn add_part(items: &mut String, part: &ClassPart) {
    match part {
        ClassPart::Unit(unit) => add_range(items, *unit, *unit),
        ClassPart::Set(set) => items.push_str(set),
    }
}

/// A range of units; surrogates have their own place.
fn add_range(items: &mut String, from: u16, to: u16) {
    for (low, high) in [(0, 0xd7ff), (0xd800, 0xdfff), (0xe000, 0xffff)] {
        let (from, to) = (from.max(low), to.min(high));
        if from <= to {
            let (from, to) = (unit_char(from) as u32, unit_char(to) as u32);
            items.push_str(&format!("\\x{{{from:x}}}-\\x{{{to:x}}}"));
        }
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
