//! A pattern of JavaScript as one of Rust's regex engine: terms, groups and quantifiers.

use super::code_units::unit_char;

/// Deepest group.
const MAX_DEPTH: usize = 200;

/// The pattern of these code units in the syntax of Rust's engine; the error says what JavaScript, or this, does not take.
pub(super) fn translate(units: &[u16]) -> Result<String, String> {
    let (groups, has_names) = count_groups(units);
    let mut translator = Translator {
        units,
        at: 0,
        out: String::with_capacity(units.len() * 2),
        groups,
        has_names,
        names: Vec::new(),
        depth: 0,
    };
    translator.alternatives()?;
    match translator.at < units.len() {
        true => Err(refused("a `)` closes no group")),
        false => Ok(translator.out),
    }
}

pub(super) fn refused(why: &str) -> String {
    format!("is not valid in JavaScript: {why}")
}

pub(super) fn unsupported(what: &str) -> String {
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

pub(super) struct Translator<'u> {
    pub(super) units: &'u [u16],
    pub(super) at: usize,
    pub(super) out: String,
    pub(super) groups: usize,
    pub(super) has_names: bool,
    pub(super) names: Vec<String>,
    pub(super) depth: usize,
}

impl Translator<'_> {
    /// The next unit as a character; a surrogate is one that no rule knows.
    pub(super) fn peek(&self) -> Option<char> {
        self.units.get(self.at).map(|unit| unit_char(*unit))
    }

    fn next(&mut self) -> Option<char> {
        let found = self.peek();
        self.at += usize::from(found.is_some());
        found
    }

    pub(super) fn take(&mut self, text: &str) -> bool {
        let units: Vec<u16> = text.encode_utf16().collect();
        let is_next = self.units[self.at..].starts_with(&units);
        self.at += if is_next { units.len() } else { 0 };
        is_next
    }

    pub(super) fn literal(&mut self, unit: u16) {
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

    pub(super) fn digits(&mut self) -> Option<u32> {
        let mut number: Option<u32> = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let so_far = number.unwrap_or(0);
            number = Some(so_far.saturating_mul(10).saturating_add(digit));
            self.at += 1;
        }
        number
    }
}
