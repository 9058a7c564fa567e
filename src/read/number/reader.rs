//! Which number of a text is the answer.

use super::{
    decimal::Decimal,
    format::NumberFormat,
    glyph::glyphs,
    numeral::{Standing, numerals},
    quantity::{Quantity, quantities},
};
use crate::read::{Reading, Unreadable};
use regex::Regex;
use serde_json::Value;
use std::{ops::Range, sync::LazyLock};

/// The number that a text gives as its answer: the one that a marker names (`\boxed{5}`, `#### 5`, "the answer is 5", the only
/// one in bold), else the last. Where that is a range, a pair, a fraction, a list or a sum, nothing can be read.
pub fn read_number(text: &str, format: &NumberFormat) -> Result<Reading<Decimal>, Unreadable> {
    if text.trim().is_empty() {
        return Err(Unreadable::Empty);
    }
    let boxed = boxed(text);
    let part = boxed.clone().unwrap_or(0..text.len());
    let found = read_part(&text[part.clone()], format, boxed.is_some())?;
    Ok(found.shift(part.start))
}

/// The number of a text, or of the part of it that is marked as the answer.
fn read_part(
    text: &str,
    format: &NumberFormat,
    is_marked: bool,
) -> Result<Reading<Decimal>, Unreadable> {
    let glyphs = glyphs(text);
    let mut all = quantities(&glyphs, &numerals(&glyphs, format));
    if !format.unit.is_empty() {
        let wanted = |quantity: &Quantity| {
            quantity
                .unit
                .as_ref()
                .is_some_and(|unit| format.unit.contains(unit))
        };
        let has_wanted = all.iter().any(wanted);
        all.retain(|quantity| {
            if has_wanted {
                wanted(quantity)
            } else {
                quantity.unit.is_none()
            }
        });
    }
    set_asides_apart(text, &mut all);
    let named = || phrase(text, &all).or_else(|| bold(text, &all));
    let answer = match hashed(text, &all) {
        _ if is_marked => last_of(&all),
        Some(region) => last_of(inside(&all, &region)),
        None => named().unwrap_or_else(|| last_of(&all)),
    };
    let quantity = answer?;
    let value = format.value(quantity.value.clone(), quantity.unit.as_deref());
    if !value.value().is_finite() {
        return Err(Unreadable::OffScale);
    }
    Ok(Reading::new(value, quantity.span.clone()))
}

/// A number from the answer column: as JSON has it, or as a text gives it.
pub fn expected_number(value: &Value, format: &NumberFormat) -> Option<Decimal> {
    match value {
        Value::Number(number) => Decimal::from_json(number),
        Value::String(text) => read_number(text, format).ok().map(|found| found.value),
        _ => None,
    }
}

type Found<'a> = Result<&'a Quantity, Unreadable>;

fn inside<'a>(all: &'a [Quantity], region: &Range<usize>) -> &'a [Quantity] {
    let from = all.partition_point(|q| q.span.start < region.start);
    let to = all.partition_point(|q| q.span.start < region.end);
    all.get(from..to).unwrap_or_default()
}

/// Brackets behind a number that say how it came about, "42 (6 times 7)", do not hold the answer. A pair does: "(6, 7)".
fn set_asides_apart(text: &str, all: &mut [Quantity]) {
    static ASIDE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"[ \t]\(([^()\n]+)\)").ok());
    for aside in ASIDE
        .iter()
        .flat_map(|pattern| pattern.captures_iter(text))
        .filter_map(|c| c.get(1))
    {
        let from = all.partition_point(|q| q.span.start < aside.start());
        let to = all.partition_point(|q| q.span.start < aside.end());
        let explains = |c: char| c.is_alphabetic() || "+×*·÷/=≈".contains(c);
        let is_one = to - from == 1 && all[from].standing != Standing::Several;
        if from == to || is_one || !aside.as_str().contains(explains) {
            continue;
        }
        let is_before = |q: &&Quantity| {
            q.standing == Standing::Plain && !text[q.span.end..aside.start()].contains('\n')
        };
        if all[..from].last().as_ref().is_some_and(is_before) {
            all[from..to]
                .iter_mut()
                .for_each(|q| q.standing = Standing::Reference);
        }
    }
}

/// The last number that counts. References count where there is nothing else, and only one of them.
fn last_of(all: &[Quantity]) -> Found<'_> {
    let counts =
        |q: &Quantity| !q.is_negated && matches!(q.standing, Standing::Plain | Standing::Several);
    if let Some(last) = all.iter().rposition(counts) {
        return equal_number(all, last);
    }
    if all.iter().any(|q| q.is_negated) {
        return Err(Unreadable::Negated);
    }
    let mut references = all.iter().filter(|q| q.standing == Standing::Reference);
    match (references.next(), references.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Unreadable::Absent),
        _ => Err(Unreadable::Ambiguous),
    }
}

/// The last plain number of a chain of equals signs: 5 of `5 = 3 + 2`.
fn equal_number(all: &[Quantity], end: usize) -> Found<'_> {
    let mut at = end;
    loop {
        if all[at].standing == Standing::Plain {
            return Ok(&all[at]);
        }
        if !all[at].equals_last || at == 0 {
            return Err(Unreadable::Several);
        }
        at -= 1;
    }
}

/// The inside of the last `\boxed{…}`, or of the last tag `<answer>`.
fn boxed(text: &str) -> Option<Range<usize>> {
    static TAG: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)<(?:final[_ -]?)?answer>([^<]*)").ok());
    let boxes = ["\\boxed{", "\\fbox{"].map(|name| text.rfind(name).map(|at| at + name.len()));
    let Some(start) = boxes.into_iter().flatten().max() else {
        let tag = TAG.as_ref()?.captures_iter(text).last()?;
        return tag.get(1).map(|inner| inner.range());
    };
    let mut depth = 1;
    for (at, c) in text[start..].char_indices() {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        if depth == 0 {
            return Some(start..start + at);
        }
    }
    Some(start..text.len())
}

/// What follows the last `####`, as in GSM8K, unless it is a heading.
fn hashed(text: &str, all: &[Quantity]) -> Option<Range<usize>> {
    let start = text.rfind("####")? + 4;
    let rest = &text[start..];
    let start = start + rest.len() - rest.trim_start().len();
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let numbers = inside(all, &(start..end));
    let (first, last) = (numbers.first()?, numbers.last()?);
    let before = &text[start..first.span.start];
    let after = text[last.span.end..end].trim_start();
    let is_heading = after.starts_with(['.', ')', ':']) && after.len() > 1;
    let is_bare = !before.contains(char::is_alphanumeric)
        && !is_heading
        && after.split_whitespace().count() <= 3;
    is_bare.then_some(start..end)
}

/// The number behind the last "answer is", "Answer:" and the like; "final answer" wins.
fn phrase<'a>(text: &str, all: &'a [Quantity]) -> Option<Found<'a>> {
    static MARKER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)(?P<final>\bfinal(?:e|es)?\s+|最终|最終|最后)?(?:\b(?:answer|ans|result|solution|antwort|ergebnis|lösung|réponse|résultat|respuesta|",
            r"resultado|solución|resposta|risposta|ответ)(?P<last>\s+(?:finale?|final))?(?:\s+correct[ae]?)?(?:\s+(?:to|of|for|auf|zu|à|de)\s[^.:\n]{1,60}?)?\b|",
            r"(?m:^)A\b|答案|结果|結果|答え|正解|回答|答|정답|답)[*_`\x22)\]]*",
            r"(?:\s*(?:should\s+be|would\s+be|will\s+be|must\s+be|comes\s+to|is|was|are|ist|lautet|beträgt|est|es|são|é|è)\b|\s*(?:是|为|為|は|が|은|는)|\s*[:=：]|\s*\n)",
        ))
        .ok()
    });
    static LEAD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)^[\s*_`\x22'“”„«:：=≈~(\[$\\]*(?:(?:is|equal\s+to|equals|about|approximately|approx\.?|roughly|around|exactly|just|simply|only|therefore|thus|clearly|",
            r"ungefähr|etwa|genau|rund|environ|exactement|aproximadamente|exactamente|約|约|大约|就是|text|mathbf|[a-z])(?:[\s*_`\x22'“”„«:：=≈~(\[$\\{]+|$)|[\s*_`\x22'“”„«:：=≈~(\[$\\{]+)*$"
        ))
        .ok()
    });
    static BEHIND: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)[*_`$\x22]*\s+(?:is|was|ist|est|es)\s+(?:the|my|our|die|das|la|el|le)\s+(?:final\s+|correct\s+)?",
            r"(?:answer|result|solution|antwort|ergebnis|lösung|réponse|résultat|respuesta|resultado)\b|(?:是|就是|为)(?:最终)?答案|が(?:答え|正解)"
        ))
        .ok()
    });
    if let Some(mark) = BEHIND.as_ref()?.find_iter(text).last() {
        let named = all.partition_point(|q| q.span.end <= mark.start());
        let named = all[..named].last().filter(|q| {
            q.span.end == mark.start() && q.standing == Standing::Plain && !q.is_negated
        });
        if named.is_some() {
            return named.map(Ok);
        }
    }
    let marks: Vec<_> = MARKER.as_ref()?.captures_iter(text).collect();
    let is_final = |c: &&regex::Captures<'_>| c.name("final").is_some() || c.name("last").is_some();
    let mark = marks.iter().rfind(is_final).or(marks.last())?.get(0)?;
    let from = all.partition_point(|q| q.span.start < mark.end());
    let behind = &all[from..];
    let Some(first) = behind.first() else {
        // "Answer: none" names no number; "the answer is clear" says nothing of it.
        return mark
            .as_str()
            .trim_end()
            .ends_with([':', '：'])
            .then_some(Err(Unreadable::Absent));
    };
    let lead = &text[mark.end()..first.span.start];
    let is_named = !first.is_negated && LEAD.as_ref().is_some_and(|pattern| pattern.is_match(lead));
    if !is_named {
        return Some(last_of(behind));
    }
    let chain = behind.iter().skip(1).take_while(|q| q.equals_last).count();
    match first.standing {
        Standing::Plain | Standing::Several => Some(equal_number(behind, chain)),
        Standing::Reference => Some(Ok(first)),
        Standing::Name => Some(Err(Unreadable::Several)),
    }
}

/// The number in bold, where all bold numbers are the same.
fn bold<'a>(text: &str, all: &'a [Quantity]) -> Option<Found<'a>> {
    static BOLD: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\*\*([^*\n]+)\*\*|\\textbf\{([^{}\n]+)\}").ok());
    let mut found: Option<&Quantity> = None;
    for bold in BOLD.as_ref()?.captures_iter(text) {
        let region = bold.get(1).or(bold.get(2))?.range();
        let [only] = inside(all, &region) else {
            continue;
        };
        let before = &text[region.start..only.span.start];
        let words = text[only.span.end.min(region.end)..region.end]
            .split_whitespace()
            .count();
        if only.standing != Standing::Plain
            || only.is_negated
            || words > 3
            || before.contains(char::is_alphanumeric)
        {
            continue;
        }
        match found {
            Some(other) if other.value != only.value => return None,
            _ => found = Some(only),
        }
    }
    found.map(Ok)
}

#[cfg(test)]
mod tests {
    use super::{super::format::PercentValue, *};
    use proptest::prelude::*;

    fn format(metric: &Value) -> NumberFormat {
        let text = |key: &str| metric[key].as_str();
        NumberFormat {
            decimal_comma: text("decimal") == Some(","),
            percent: match text("percent") {
                Some("ratio") => PercentValue::Ratio,
                _ => PercentValue::Keep,
            },
            unit: text("unit").map(str::to_owned).into_iter().collect(),
        }
    }

    #[test]
    fn the_table_is_read_right() {
        let table = include_str!("../../../tests/fixtures/reading/number.jsonl");
        let mut wrong = Vec::new();
        for line in table.lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            let format = format(&case["metric"]);
            let read =
                read_number(case["output"].as_str().unwrap(), &format).map(|found| found.value);
            let wanted = match &case["expected"] {
                Value::Array(all) => all.as_slice(),
                one => std::slice::from_ref(one),
            };
            let fits = match (&case["want"], &read) {
                (Value::String(_), read) => read.is_err(),
                (want, Ok(read)) => {
                    let mut wanted = wanted
                        .iter()
                        .filter_map(|one| expected_number(one, &format));
                    let is_right = wanted.any(|one| read.is_within(&one, 0.0));
                    *want == u8::from(is_right)
                        && (case["read"].is_null() || case["read"] == read.to_string())
                }
                // What cannot be read is not right.
                (want, Err(_)) => *want == 0,
            };
            if !fits {
                wrong.push(format!("{}: {read:?}", line));
            }
        }
        assert!(
            wrong.is_empty(),
            "{} wrong:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }

    fn answers() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec![
            "5",
            "-5",
            "1,000",
            "12 000",
            "3/4",
            "3-4",
            "1.5",
            "1e6",
            "$",
            "%",
            " ",
            "\n",
            "kg",
            "B12",
            "x",
            "answer is ",
            "Answer: ",
            "\\boxed{",
            "}",
            "#### ",
            "(",
            ")",
            ",",
            "and",
            "not ",
            "=",
            "+",
            "10^6",
            "５",
            "万",
            "²",
            "年",
            "1.",
            "minus ",
            "**",
            "\u{a0}",
        ]);
        prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_spans_are_of_the_text(text in "\\PC{0,60}") {
            if let Ok(found) = read_number(&text, &NumberFormat::default()) {
                prop_assert!(text.get(found.span).is_some());
            }
        }

        #[test]
        fn reading_is_idempotent(text in answers()) {
            if let Ok(found) = read_number(&text, &NumberFormat::default()) {
                let again = read_number(&found.value.to_string(), &NumberFormat::default());
                prop_assert_eq!(again.map(|r| r.value), Ok(found.value));
            }
        }

        #[test]
        fn white_space_bold_and_a_full_stop_change_nothing(text in answers().prop_filter("no bold inside", |t| !t.contains("**") && !t.trim().is_empty())) {
            let read = |text: &str| read_number(text, &NumberFormat::default()).map(|found| found.value);
            let plain = read(&text);
            prop_assert_eq!(&read(&format!(" \n{text}\n ")), &plain);
            prop_assert_eq!(&read(&format!("{text}.")), &plain);
            if !text.contains('\n') {
                prop_assert_eq!(&read(&format!("**{text}**")), &plain);
            }
        }
    }

    #[test]
    fn long_texts_take_linear_time() {
        for part in [
            "1,",
            "12,34,",
            "1 ",
            "-",
            "1/",
            "(",
            "answer is ",
            "\\boxed{",
            "1=",
            "**1",
            "a1-",
            "####",
        ] {
            let text = part.repeat(1 << 15);
            let started = std::time::Instant::now();
            let _ = read_number(&text, &NumberFormat::default());
            assert!(started.elapsed().as_secs() < 10, "{part}");
        }
    }
}
