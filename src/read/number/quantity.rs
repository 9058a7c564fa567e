//! Numerals that belong together: a range, a pair, a fraction, a sum is one quantity, and not one number.

use super::{
    decimal::Decimal,
    glyph::{Glyph, is_blank, is_letter, is_unspaced},
    numeral::{Numeral, Standing},
};
use std::ops::Range;

#[derive(Debug, Clone)]
pub(super) struct Quantity {
    pub(super) value: Decimal,
    pub(super) unit: Option<String>,
    pub(super) standing: Standing,
    pub(super) is_negated: bool,
    /// Bytes of the text.
    pub(super) span: Range<usize>,
    /// Stands behind an equals sign that follows the quantity before.
    pub(super) equals_last: bool,
}

/// How two numerals are related by what stands between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Apart,
    Equal,
    /// A comma or a blank: a list, unless the first is a year or a reference.
    Beside,
    Joined,
}

pub(super) fn quantities(glyphs: &[Glyph], numerals: &[Numeral]) -> Vec<Quantity> {
    let mut found: Vec<Quantity> = Vec::new();
    let mut first = 0;
    let mut equals_last = false;
    while first < numerals.len() {
        let mut last = first;
        let mut link = Link::Apart;
        while let Some(next) = numerals.get(last + 1) {
            link = link_between(glyphs, &numerals[last], next);
            if link == Link::Beside && last == first && opens_clause(glyphs, &numerals[last], next)
            {
                link = Link::Apart;
            }
            if matches!(link, Link::Apart | Link::Equal) {
                break;
            }
            last += 1;
        }
        let group = &numerals[first..=last];
        let (head, tail) = (&numerals[first], &numerals[last]);
        let text: String = glyphs[head.start..tail.end].iter().map(|g| g.c).collect();
        let standing = match group {
            [only] => only.standing,
            _ if is_date(&text, group) => Standing::Name,
            _ => Standing::Several,
        };
        found.push(Quantity {
            value: tail.value.clone(),
            unit: tail.unit.clone(),
            standing,
            is_negated: head.is_negated,
            span: glyphs[head.start].start..glyphs[tail.end - 1].end,
            equals_last,
        });
        equals_last = link == Link::Equal && last + 1 < numerals.len();
        first = last + 1;
    }
    found
}

/// Whether the first is a year or the number of a step, and a clause follows: "In 2020, 5 people came".
fn opens_clause(glyphs: &[Glyph], first: &Numeral, second: &Numeral) -> bool {
    let year = first.value.value();
    let is_year =
        first.digits == 4 && first.end - first.start == 4 && (1000.0..2200.0).contains(&year);
    let mut rest = glyphs[second.end..]
        .iter()
        .map(|g| g.c)
        .skip_while(|c| is_blank(*c));
    (is_year || first.standing == Standing::Reference)
        && rest.next().is_some_and(|c| is_letter(c) || is_unspaced(c))
}

/// The longest text between two numerals that joins them: ` percentage ≤ `.
const MAX_GAP: usize = 16;

fn link_between(glyphs: &[Glyph], first: &Numeral, second: &Numeral) -> Link {
    let gap = &glyphs[first.end..second.start.max(first.end)];
    if gap.len() > MAX_GAP {
        return Link::Apart;
    }
    let text: String = gap
        .iter()
        .map(|g| g.c)
        .collect::<String>()
        .replace("**", "");
    let text: String = text
        .chars()
        .filter(|c| !matches!(c, '`' | '"' | '“' | '”'))
        .collect();
    // A table has its cells in one line and its lines apart.
    if text.contains('\n') {
        return Link::Apart;
    }
    let has_blank = text.contains(is_blank);
    let lower = text.trim().to_lowercase();
    let bare = lower.trim_start_matches([')', ']']).trim();
    if first.standing == Standing::Name
        && second.digits == 4
        && matches!(bare, "" | "," | "de" | ".")
    {
        // The year of a date.
        return Link::Joined;
    }
    // A new bracket is an aside.
    let opened = bare.trim_end_matches(['(', '[']).trim();
    let is_aside = opened.len() < bare.len() && has_blank;
    match opened {
        "=" | "≈" | "≃" | "≅" | "==" | "≡" | "equals" | "⇒" | "→" | "=>" | "->" | "is"
        | "gives" | "makes"
            if !is_aside || opened.starts_with('=') =>
        {
            Link::Equal
        }
        _ if is_aside => Link::Apart,
        "" if has_blank && lower.is_empty() => Link::Beside,
        "" => {
            if has_blank {
                Link::Apart
            } else {
                Link::Joined
            }
        }
        "," | "，" => {
            if has_blank {
                Link::Beside
            } else {
                Link::Joined
            }
        }
        ":" | "." | "!" | "?" | "—" | ".)" | "。" | "：" if has_blank => Link::Apart,
        // `x = 3 or x = 4`.
        other
            if is_joint(other)
                || is_joint(
                    other
                        .trim_end_matches('=')
                        .trim_end()
                        .trim_end_matches(|c: char| c.is_ascii_lowercase() && c > 'h')
                        .trim(),
                ) && other.ends_with('=') =>
        {
            Link::Joined
        }
        other if is_between(other) => Link::Joined,
        other if other.chars().any(|c| c.is_alphanumeric()) => Link::Apart,
        other if !has_blank => match other {
            "。" | "！" | "？" | "；" => Link::Apart,
            _ => Link::Joined,
        },
        other if other.chars().count() == 1 => Link::Joined,
        _ => Link::Apart,
    }
}

/// Words and marks that make several numbers of two.
fn is_joint(gap: &str) -> bool {
    matches!(
        gap,
        "," | ";"
            | "to"
            | "-"
            | "–"
            | "−"
            | "~"
            | "〜"
            | ".."
            | "..."
            | "…"
            | "bis"
            | "à"
            | "a"
            | "au"
            | "à la"
            | "hasta"
            | "到"
            | "至"
            | "から"
            | "till"
            | "until"
            | "through"
            | "and"
            | "or"
            | "&"
            | "und"
            | "oder"
            | "et"
            | "ou"
            | "y"
            | "o"
            | "e"
            | "和"
            | "或"
            | "或者"
            | "与"
            | "と"
            | "または"
            | "か"
            | ", and"
            | ", or"
            | "and/or"
            | "of"
            | "in"
            | "per"
            | "of the"
            | "out of"
            | "out of the"
            | "von"
            | "sur"
            | "de"
            | "aus"
            | "over"
            | "plus"
            | "minus"
            | "times"
            | "mal"
            | "fois"
            | "por"
            | "x"
            | "×"
            | "divided by"
            | "mod"
            | "vs"
            | "vs."
            | "versus"
            | "、"
            | "年"
            | "月"
            | "時"
            | "时"
            | "点"
            | "分"
            | "比"
            | "分の"
            | "±"
            | "+/-"
    )
}

/// `< x <`.
fn is_between(gap: &str) -> bool {
    let compares = |c: char| matches!(c, '<' | '>' | '≤' | '≥');
    let is_part = |c: char| compares(c) || is_blank(c) || c == '=' || is_letter(c);
    gap.starts_with(compares)
        && gap.ends_with(|c| compares(c) || c == '=')
        && gap.chars().all(is_part)
        && gap.chars().filter(|c| is_letter(*c)).count() == 1
}

/// `2024-05-06`, `5/6/2024`, `6.5.2024`, `12:30`, `2024年5月6日`; or a part of one with the name of the month.
fn is_date(text: &str, group: &[Numeral]) -> bool {
    let marks: Vec<char> = text.chars().filter(|c| !c.is_ascii_digit()).collect();
    let digits: Vec<usize> = group.iter().map(|n| n.digits).collect();
    let is_day = |n: &usize| matches!(n, 1 | 2);
    match (&digits[..], &marks[..]) {
        ([4, b, c], ['-' | '/', _]) | ([b, c, 4 | 2], ['-' | '/', _]) => {
            marks[0] == marks[1] && is_day(b) && is_day(c)
        }
        ([a, 2], [':']) | ([a, 2, 2], [':', ':']) => is_day(a),
        (_, ['年' | '月' | '時' | '时' | '点', ..]) => true,
        _ => group[0].standing == Standing::Name,
    }
}
