//! What belongs to the digits of a numeral: sign and currency before them, powers of ten and units behind them.

use super::{
    glyph::{is_blank, is_letter, is_unspaced, superscript},
    numeral::{Numeral, Scanner, Standing},
    unit,
};

impl Scanner<'_> {
    /// Sign and currency, in either order.
    pub(super) fn prefix(&self, numeral: &mut Numeral) {
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
    pub(super) fn suffix(&self, numeral: &mut Numeral) {
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
}
