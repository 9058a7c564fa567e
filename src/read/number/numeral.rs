//! Numerals in a text, one by one: digits with what belongs to them (sign, currency, exponent, unit).

use super::{
    decimal::Decimal,
    format::NumberFormat,
    glyph::{Glyph, is_blank, is_letter, is_unspaced, superscript},
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
        if c.is_ascii_digit() || opens_fraction {
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

struct Scanner<'a> {
    glyphs: &'a [Glyph],
    format: &'a NumberFormat,
    /// Where the last numeral ended.
    floor: usize,
    /// The number that the next item of a numbered list has.
    next_item: u64,
}

impl Scanner<'_> {
    fn get(&self, at: usize) -> Option<char> {
        self.glyphs.get(at).map(|g| g.c)
    }

    fn before(&self, at: usize) -> Option<char> {
        self.get(at.checked_sub(1)?)
    }

    fn is_digit(&self, at: usize) -> bool {
        self.get(at).is_some_and(|c| c.is_ascii_digit())
    }

    /// The first place from `at` on at which `holds` no longer does.
    fn skip(&self, at: usize, holds: impl Fn(char) -> bool) -> usize {
        let rest = self.glyphs.get(at..).unwrap_or_default();
        at + rest.iter().take_while(|g| holds(g.c)).count()
    }

    /// The same backwards: the place behind the last one before `at` at which it does not hold; not beyond the last numeral.
    fn skip_back(&self, at: usize, holds: impl Fn(char) -> bool) -> usize {
        let rest = &self.glyphs[self.floor.min(at)..at];
        at - rest.iter().rev().take_while(|g| holds(g.c)).count()
    }

    fn text(&self, from: usize, to: usize) -> String {
        self.glyphs[from..to].iter().map(|g| g.c).collect()
    }

    /// Where a word ends; digits that are glued to it are part of it (`B12`, `GPT-4`, `v1.2`).
    fn word_end(&self, start: usize) -> usize {
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

    /// Sign and currency, in either order.
    fn prefix(&self, numeral: &mut Numeral) {
        let mut at = numeral.start;
        let mut sign = self.sign(at);
        if sign.is_some() {
            at -= 1;
        }
        let close = self.skip_back(at, is_blank);
        let currency = match self.before(close) {
            Some(c) if close > self.floor && unit::is_currency_sign(c) => {
                // `US$`, `R$`.
                let letters = self.skip_back(close - 1, |c| c.is_ascii_uppercase());
                let is_country =
                    close - 1 - letters <= 3 && !self.before(letters).is_some_and(is_letter);
                Some(if is_country { letters } else { close - 1 })
            }
            Some('.') if self.before(close - 1) == Some('s') => {
                Some(self.skip_back(close - 1, is_letter))
            }
            _ => Some(self.skip_back(close, is_letter)),
        };
        let currency = currency.filter(|from| *from < close);
        let name = currency.map(|from| self.text(from, close).trim_end_matches('.').to_owned());
        if let (Some(from), Some(name)) = (currency, name)
            && (unit::is_currency_code(&name) || name.ends_with(unit::is_currency_sign))
        {
            (at, numeral.unit) = (from, Some(name));
            if sign.is_none() {
                sign = self.sign(at);
                at -= usize::from(sign.is_some());
            }
        }
        if sign.is_none()
            && let Some(from) = self.distant_sign(at)
        {
            (sign, at) = (Some(true), from);
        }
        if sign == Some(true) {
            numeral.value = numeral.value.clone().negate();
        }
        if matches!(self.before(at), Some('±' | '√' | '∓')) {
            numeral.standing = Standing::Several;
        }
        numeral.start = at;
    }

    /// Whether the character directly before `at` is a sign, and a negative one.
    fn sign(&self, at: usize) -> Option<bool> {
        let sign = at.checked_sub(1).filter(|sign| *sign >= self.floor)?;
        let is_negative = match self.get(sign)? {
            '-' | '−' | '–' => true,
            '+' => false,
            _ => return None,
        };
        // Directly behind another numeral, a word or a bracket it is an operator or a hyphen.
        if sign == self.floor && self.floor > 0 {
            return None;
        }
        match self.before(sign) {
            Some(c)
                if c.is_alphanumeric() && !is_unspaced(c)
                    || matches!(c, ')' | ']' | '-' | '–' | '%') =>
            {
                None
            }
            _ => Some(is_negative),
        }
    }

    /// A minus that stands apart: `− 5`, `= - 5`, `minus 5`. Where it starts.
    fn distant_sign(&self, at: usize) -> Option<usize> {
        let close = self.skip_back(at, is_blank);
        let sign = close.checked_sub(1).filter(|sign| *sign >= self.floor)?;
        let lead = self.skip_back(sign, is_blank);
        let follows_numeral = lead == self.floor && self.floor > 0;
        match self.get(sign)? {
            '−' if !follows_numeral => Some(sign),
            '-' if close < at && matches!(self.before(lead), Some('=' | ':' | '≈')) => Some(sign),
            '负' | '負' => Some(sign),
            'ス' if self.text(self.floor.max(close.saturating_sub(4)), close) == "マイナス" => {
                Some(close - 4)
            }
            c if is_letter(c) && close < at => {
                let from = self.skip_back(close, is_letter);
                let word = self.text(from, close).to_lowercase();
                let follows = self.skip_back(from, is_blank) == self.floor && self.floor > 0;
                let is_minus = matches!(
                    word.as_str(),
                    "minus" | "negative" | "moins" | "menos" | "negativ"
                );
                (is_minus && !follows).then_some(from)
            }
            _ => None,
        }
    }

    /// Powers of ten in words, percent, currency and unit; or letters that make it something else.
    fn suffix(&self, numeral: &mut Numeral) {
        if let Some(c) = self.get(numeral.end)
            && superscript(c).is_some()
        {
            numeral.standing = Standing::Several;
            numeral.end = self.skip(numeral.end, |c| superscript(c).is_some());
        }
        // A power of ten, then a unit.
        for _ in 0..3 {
            let end = numeral.end;
            if let Some((unit, to)) = self.wanted_unit(end) {
                (numeral.unit, numeral.end) = (Some(unit), to);
                return;
            }
            match self.get(end) {
                Some('%' | '‰') => (numeral.unit, numeral.end) = (Some("%".into()), end + 1),
                Some(c) if unit::is_currency_sign(c) && numeral.unit.is_none() => {
                    (numeral.unit, numeral.end) = (Some(c.into()), end + 1);
                }
                Some(c) if is_letter(c) || c == '°' => return self.letters(numeral),
                Some(c) if is_unspaced(c) => self.unspaced_power(numeral),
                Some('-' | '–') if self.get(end + 1).is_some_and(is_letter) => {
                    numeral.standing = Standing::Reference;
                    return;
                }
                Some('_') if self.get(end + 1).is_some_and(char::is_alphanumeric) => {
                    numeral.standing = Standing::Several;
                    return;
                }
                _ => self.word(numeral),
            }
            if numeral.end == end {
                return;
            }
        }
    }

    /// The unit that is looked for, with or without a blank before it.
    fn wanted_unit(&self, end: usize) -> Option<(String, usize)> {
        let from = self.skip(end, |c| is_blank(c) || c == '*');
        self.format.unit.iter().find_map(|unit| {
            let to = from + unit.chars().count();
            let glyphs = self.glyphs.get(from..to)?;
            let is_unit = glyphs.iter().map(|g| g.c).eq(unit.chars());
            let ends = !unit.ends_with(is_letter)
                || !self
                    .get(to)
                    .is_some_and(|c| is_letter(c) || c.is_ascii_digit());
            (is_unit && ends).then(|| (unit.clone(), to))
        })
    }

    /// Letters directly behind the digits.
    fn letters(&self, numeral: &mut Numeral) {
        let from = numeral.end;
        let mut to = self.skip(from, |c| {
            is_letter(c) || matches!(c, '°' | '²' | '³' | '\'')
        });
        let whole = self.skip(to, |c| is_letter(c) || matches!(c, '/' | '²' | '³'));
        if unit::is_unit(&self.text(from, whole)) {
            to = whole;
        }
        let word = self.text(from, to);
        let to = self.unit_power(&word, to);
        let is_glued = self.get(to).is_some_and(|c| c.is_ascii_digit() || c == '_');
        let is_money = numeral.unit.is_some();
        let money = unit::power_of_money(&word).filter(|_| is_money);
        let years = self.text(numeral.start, from);
        let is_decade =
            word.trim_start_matches('\'') == "s" && years.len() == 4 && years.ends_with('0');
        numeral.end = to;
        if is_glued {
            numeral.standing = Standing::Several;
            numeral.end = self.word_end(from);
        } else if let Some(power) = money.or_else(|| unit::power_of_ten(&word.to_lowercase())) {
            numeral.value = numeral.value.clone().shift(power);
        } else if is_decade
            || unit::is_ordinal(&word)
            || matches!(word.to_lowercase().as_str(), "am" | "pm")
        {
            numeral.standing = Standing::Name;
        } else if unit::is_unit(&word) {
            numeral.unit.get_or_insert(word);
        } else {
            numeral.standing = Standing::Several;
        }
    }

    /// Where a unit ends that is raised to a power: `m2`, `m/s^2`.
    fn unit_power(&self, word: &str, to: usize) -> usize {
        let digit = to + usize::from(self.get(to) == Some('^'));
        let ends = !self
            .get(digit + 1)
            .is_some_and(|c| is_letter(c) || c.is_ascii_digit());
        let is_power = matches!(self.get(digit), Some('2' | '3')) && ends;
        if is_power && unit::is_unit(word) {
            digit + 1
        } else {
            to
        }
    }

    /// 万, 億 and the like, but not the first half of 千克.
    fn unspaced_power(&self, numeral: &mut Numeral) {
        let at = numeral.end;
        for len in [2, 1] {
            let to = at + len;
            let of_unit = self
                .get(to)
                .is_some_and(|c| "克米瓦卡焦赫帕伏升字".contains(c));
            if to <= self.glyphs.len()
                && let Some(power) = unit::power_of_ten(&self.text(at, to))
                && !of_unit
            {
                numeral.value = numeral.value.clone().shift(power);
                numeral.end = to;
                return;
            }
        }
    }

    /// A word behind the number, after a blank.
    fn word(&self, numeral: &mut Numeral) {
        let dot = usize::from(self.get(numeral.end) == Some('.'));
        let from = self.skip(numeral.end + dot, |c| is_blank(c) || c == '*');
        if from == numeral.end + dot || self.is_digit(from) {
            return;
        }
        let to = self.skip(from, |c| is_letter(c) || matches!(c, '°' | '²' | '³' | '/'));
        let (word, lower) = (self.text(from, to), self.text(from, to).to_lowercase());
        // `6. Mai`, `5 de mayo`.
        let second_from = self.skip(to, is_blank);
        let second_to = self.skip(second_from, is_letter);
        let second = self.text(second_from, second_to);
        let both = format!("{lower} {}", second.to_lowercase());
        let is_clock = matches!(lower.as_str(), "am" | "pm" | "uhr")
            || matches!(lower.as_str(), "a" | "p")
                && self.get(to) == Some('.')
                && self.get(to + 1) == Some('m')
            || lower == "o" && self.get(to) == Some('\'');
        if unit::is_month(&word) || lower == "de" && unit::is_month(&second) {
            numeral.standing = Standing::Name;
            numeral.end = if lower == "de" { second_to } else { to };
        } else if dot == 1 {
        } else if matches!(self.get(from), Some('%' | '‰')) {
            (numeral.unit, numeral.end) = (Some("%".into()), from + 1);
        } else if let Some(c) = self.get(from)
            && unit::is_currency_sign(c)
            && numeral.unit.is_none()
            && !self.is_digit(self.skip(from + 1, is_blank))
        {
            (numeral.unit, numeral.end) = (Some(c.into()), from + 1);
        } else if is_clock {
            (numeral.standing, numeral.end) = (Standing::Name, to);
        } else if unit::is_percent(&both) {
            (numeral.unit, numeral.end) = (Some("%".into()), second_to);
        } else if unit::is_percent(&lower) {
            (numeral.unit, numeral.end) = (Some("%".into()), to);
        } else if let Some(power) = unit::power_of_ten(&lower) {
            (numeral.value, numeral.end) = (numeral.value.clone().shift(power), to);
        } else if unit::is_unit(&word) && !matches!(word.as_str(), "in" | "A" | "C" | "F" | "d") {
            numeral.end = self.unit_power(&word, to);
            numeral.unit.get_or_insert(word);
        }
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

    /// The number of an item of a list: at the start of a line, before a dot or a bracket, one more than the last.
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
                .get(self.skip(after, is_blank))
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
