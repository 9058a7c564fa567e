//! Escapes of a pattern of JavaScript, and classes in brackets.

use super::{
    code_units::unit_char,
    pattern_translator::{Translator, refused, unsupported},
};

const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t\n\x0b\x0c\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}";

/// A part of a class in brackets.
enum ClassPart {
    Unit(u16),
    /// One of `\d`, `\w`, `\s` and their opposites.
    Set(String),
}

impl Translator<'_> {
    /// What follows a backslash outside of classes; true where it is an assertion, which nothing repeats.
    pub(super) fn escape(&mut self) -> Result<bool, String> {
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

    pub(super) fn class(&mut self) -> Result<(), String> {
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
