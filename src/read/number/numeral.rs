//! Numerals in a text, one by one: digits with what belongs to them (sign, currency, exponent, unit).

use super::{
    decimal::Decimal,
    format::NumberFormat,
    glyph::{Glyph, fraction, is_blank, is_letter, superscript},
    unit,
};

/// More groups of digits than this are no number.
const MAX_GROUPS: usize = 16;

/// What a numeral may count for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Plain,
    /// Stands beside the answer: the number of a step, a footnote, "a 5-year plan".
    Reference,
    /// Not a number: a date, a time, a version, an ordinal.
    Name,
    /// Not one number: glued to letters, groups that are none.
    Several,
}

#[derive(Debug, Clone)]
pub(super) struct Numeral {
    pub(super) value: Decimal,
    /// Glyphs, with sign, currency and unit.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Digits as written, for the shapes of dates.
    pub(super) digits: usize,
    pub(super) standing: Standing,
    pub(super) unit: Option<String>,
    pub(super) is_negated: bool,
}

pub(super) fn numerals(glyphs: &[Glyph], format: &NumberFormat) -> Vec<Numeral> {
    let mut scanner = Scanner {
        glyphs,
        format,
        floor: 0,
        next_item: 1,
    };
    let mut found = Vec::new();
    let mut at = 0;
    while at < glyphs.len() {
        let c = glyphs[at].c;
        let opens_fraction = c == format.decimal()
            && scanner.is_digit(at + 1)
            && !scanner
                .before(at)
                .is_some_and(|p| p.is_alphanumeric() || p == c);
        if c.is_ascii_digit() || opens_fraction || fraction(c).is_some() {
            let numeral = scanner.numeral(at);
            (at, scanner.floor) = (numeral.end, numeral.end);
            found.push(numeral);
        } else if is_letter(c) {
            at = scanner.word_end(at);
        } else {
            at += 1;
        }
    }
    found
}

pub(super) struct Scanner<'a> {
    pub(super) glyphs: &'a [Glyph],
    pub(super) format: &'a NumberFormat,
    /// Where the last numeral ended.
    pub(super) floor: usize,
    /// The number that the next item of a numbered list has.
    next_item: u64,
}

impl Scanner<'_> {
    pub(super) fn get(&self, at: usize) -> Option<char> {
        self.glyphs.get(at).map(|g| g.c)
    }

    pub(super) fn before(&self, at: usize) -> Option<char> {
        self.get(at.checked_sub(1)?)
    }

    pub(super) fn is_digit(&self, at: usize) -> bool {
        self.get(at).is_some_and(|c| c.is_ascii_digit())
    }

    /// The first place from `at` on at which `holds` no longer does.
    pub(super) fn skip(&self, at: usize, holds: impl Fn(char) -> bool) -> usize {
        let rest = self.glyphs.get(at..).unwrap_or_default();
        at + rest.iter().take_while(|g| holds(g.c)).count()
    }

    /// The same backwards: the place behind the last one before `at` at which it does not hold; not beyond the last numeral.
    pub(super) fn skip_back(&self, at: usize, holds: impl Fn(char) -> bool) -> usize {
        let rest = &self.glyphs[self.floor.min(at)..at];
        at - rest.iter().rev().take_while(|g| holds(g.c)).count()
    }

    pub(super) fn text(&self, from: usize, to: usize) -> String {
        self.glyphs[from..to].iter().map(|g| g.c).collect()
    }

    /// Where a word ends; digits that are glued to it are part of it (`B12`, `GPT-4`, `v1.2`).
    pub(super) fn word_end(&self, start: usize) -> usize {
        let letters = self.skip(start, is_letter);
        if self.is_digit(letters) && unit::is_currency_code(&self.text(start, letters)) {
            return letters;
        }
        let mut at = letters;
        loop {
            let was_digit = self.before(at).is_some_and(|c| c.is_ascii_digit());
            match self.get(at) {
                Some(c) if is_letter(c) || c.is_ascii_digit() || superscript(c).is_some() => {
                    at += 1
                }
                Some('_' | '-' | '–') if self.is_digit(at + 1) => at += 1,
                Some('_') if self.get(at + 1).is_some_and(is_letter) => at += 1,
                Some('.') if was_digit && self.is_digit(at + 1) => at += 1,
                _ => return at,
            }
        }
    }

    fn numeral(&mut self, start: usize) -> Numeral {
        let (mut value, mut end, mut standing) = self.digits(start);
        let digits = end - start;
        if let Some((power, after)) = self.exponent(end, start) {
            (value, end) = (value.shift(power), after);
        }
        let mut numeral = Numeral {
            value,
            start,
            end,
            digits,
            standing,
            unit: None,
            is_negated: false,
        };
        self.prefix(&mut numeral);
        self.suffix(&mut numeral);
        self.context(&mut numeral, start);
        standing = numeral.standing;
        if standing == Standing::Plain && self.is_list_item(start, start + digits, &numeral.value) {
            numeral.standing = Standing::Reference;
        }
        numeral
    }

    /// The digits from here on: groups of three, a fraction.
    fn digits(&self, start: usize) -> (Decimal, usize, Standing) {
        let mut digits = String::new();
        let (mut end, mut standing) = (start, Standing::Plain);
        if self.is_digit(start) {
            end = self.groups(start);
            digits.extend(
                self.glyphs[start..end]
                    .iter()
                    .map(|g| g.c)
                    .filter(char::is_ascii_digit),
            );
        }
        let whole = digits.len();
        if let Some(places) = self.get(end).and_then(fraction) {
            let value = Decimal::new(false, &(digits + places), -(places.len() as i64));
            let standing = match places {
                "" => Standing::Several,
                _ => standing,
            };
            return (value, end + 1, standing);
        }
        let mut parts = 0;
        while self.get(end) == Some(self.format.decimal()) && self.is_digit(end + 1) {
            let after = self.skip(end + 1, |c| c.is_ascii_digit());
            digits.push_str(&self.text(end + 1, after));
            (end, parts) = (after, parts + 1);
        }
        if parts > 1 {
            // Groups of three are thousands of another country, everything else is a version, an address or a date.
            let text = self.text(start, end);
            let mut groups = text.split(self.format.decimal()).skip(1);
            standing = match groups.all(|group| group.len() == 3) {
                true => Standing::Several,
                false => Standing::Name,
            };
        }
        let fraction = digits.len() - whole;
        (
            Decimal::new(false, &digits, -(fraction as i64)),
            end,
            standing,
        )
    }

    /// Where the whole part ends: behind the last group, if all groups are right.
    fn groups(&self, start: usize) -> usize {
        let first = self.skip(start, |c| c.is_ascii_digit());
        let Some(separator) = self.get(first).filter(|c| self.format.groups(*c)) else {
            return first;
        };
        let mut ends = vec![first];
        while ends.len() <= MAX_GROUPS
            && self.get(ends[ends.len() - 1]) == Some(separator)
            && self.is_digit(ends[ends.len() - 1] + 1)
        {
            ends.push(self.skip(ends[ends.len() - 1] + 1, |c| c.is_ascii_digit()));
        }
        let lengths: Vec<usize> = ends.windows(2).map(|pair| pair[1] - pair[0] - 1).collect();
        let Some((last, middle)) = lengths.split_last() else {
            return first;
        };
        let opens = first - start;
        let by_three = (1..=3).contains(&opens) && *last == 3 && middle.iter().all(|n| *n == 3);
        // 12,34,567: lakhs and crores.
        let by_two = separator == ','
            && (1..=2).contains(&opens)
            && *last == 3
            && middle.iter().all(|n| *n == 2);
        let is_grouped =
            ends.len() <= MAX_GROUPS && self.get(start) != Some('0') && (by_three || by_two);
        if is_grouped {
            ends[ends.len() - 1]
        } else {
            first
        }
    }

    /// A power of ten behind the digits: `e6`, `×10^6`, `10⁶`.
    fn exponent(&self, end: usize, start: usize) -> Option<(i64, usize)> {
        if matches!(self.get(end), Some('e' | 'E')) {
            let (power, after) = self.integer(end + 1)?;
            let ends = !self
                .get(after)
                .is_some_and(|c| is_letter(c) || c.is_ascii_digit());
            return ends.then_some((power, after));
        }
        if self.text(start, end) == "10" {
            let power = self.power(end);
            return power.map(|(power, after)| (power.saturating_sub(1), after));
        }
        let sign = self.skip(end, is_blank);
        if !matches!(self.get(sign), Some('×' | 'x' | 'X' | '*' | '·')) {
            return None;
        }
        let ten = self.skip(sign + 1, is_blank);
        let is_ten = self.get(ten) == Some('1') && self.get(ten + 1) == Some('0');
        self.power(ten + 2).filter(|_| is_ten)
    }

    /// `^6`, `**6`, `⁶`.
    fn power(&self, at: usize) -> Option<(i64, usize)> {
        let raised = self.skip(at, |c| superscript(c).is_some());
        if raised > at {
            let text: String = self
                .text(at, raised)
                .chars()
                .filter_map(superscript)
                .collect();
            return Some((text.parse().ok()?, raised));
        }
        let digits = match (self.get(at), self.get(at + 1)) {
            (Some('^'), _) => at + 1,
            (Some('*'), Some('*')) => at + 2,
            _ => return None,
        };
        let (open, has_bracket) = match self.get(digits) {
            Some('(') => (digits + 1, true),
            _ => (digits, false),
        };
        let (power, after) = self.integer(open)?;
        match (has_bracket, self.get(after)) {
            (false, _) => Some((power, after)),
            (true, Some(')')) => Some((power, after + 1)),
            (true, _) => None,
        }
    }

    fn integer(&self, at: usize) -> Option<(i64, usize)> {
        let (is_negative, from) = match self.get(at) {
            Some('-' | '−' | '–') => (true, at + 1),
            Some('+') => (false, at + 1),
            _ => (false, at),
        };
        let to = self.skip(from, |c| c.is_ascii_digit());
        let power: i64 = self.text(from, to).parse().ok()?;
        Some((if is_negative { -power } else { power }, to))
    }

    /// What stands before it: a negation, a month, the word that it is the number of.
    fn context(&self, numeral: &mut Numeral, digits: usize) {
        let lead = self.skip_back(numeral.start, |c| {
            is_blank(c) || matches!(c, '*' | '"' | '`' | '“' | '„' | '«' | '\'')
        });
        // The longest word that is looked for has twelve letters.
        let from = self.floor.max(lead.saturating_sub(13));
        let text = self.text(from, lead).to_lowercase();
        let opens = |name: &str| {
            text.strip_suffix(name)
                .is_some_and(|rest| !rest.ends_with(is_letter))
        };
        let behind = self.text(numeral.end, self.glyphs.len().min(numeral.end + 4));
        numeral.is_negated = [
            "not", "nicht", "kein", "keine", "pas", "no es", "no son", "never", "≠",
        ]
        .iter()
        .any(|n| opens(n))
            || ["n't", "不是", "并非", "並非", "不等于", "非"]
                .iter()
                .any(|n| text.ends_with(n))
            || ["ではな", "ではあ", "じゃな"]
                .iter()
                .any(|n| behind.starts_with(n));
        // `Confidence: 95`.
        let close = self.skip_back(lead, |c| matches!(c, ':' | '#'));
        let word_from = self.skip_back(close, is_letter);
        let word = self.text(word_from, close);
        let is_cited = self.before(numeral.start) == Some('[')
            && self.get(numeral.end) == Some(']')
            && numeral.start > 1;
        if text.ends_with(['第', '제']) || unit::is_month(&word) {
            numeral.standing = Standing::Name;
        } else if numeral.standing == Standing::Plain
            && (unit::is_reference(&word.to_lowercase()) || text.ends_with("步骤") || is_cited)
            && numeral.start == digits
        {
            numeral.standing = Standing::Reference;
        }
        if text.ends_with("百分之") {
            numeral.unit = Some("%".into());
            numeral.start = lead - 3;
        }
    }

    /// The number of an item of a list: at the start of a line, before a dot or a bracket and more than a full stop, one more than
    /// the last.
    fn is_list_item(&mut self, start: usize, end: usize, value: &Decimal) -> bool {
        let line = self.skip_back(start, |c| c != '\n');
        let is_first = (line == 0 || self.before(line) == Some('\n'))
            && self.glyphs[line..start]
                .iter()
                .all(|g| is_blank(g.c) || matches!(g.c, '*' | '#' | '>' | '-'));
        let mark = self.skip(end, |c| c == '*');
        let dotted = is_first && matches!(self.get(mark), Some('.' | ')'));
        let after = self.skip(mark + 1, |c| c == '*');
        if !dotted
            || !self.get(after).is_some_and(is_blank)
            || self
                .get(self.skip(after, |c| is_blank(c) || c == '.'))
                .is_none_or(|c| c == '\n')
        {
            return false;
        }
        let number = value.value();
        let follows = number == 1.0 || number == self.next_item as f64;
        if follows {
            self.next_item = number as u64 + 1;
        }
        follows
    }
}
