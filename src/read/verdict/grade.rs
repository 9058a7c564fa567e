//! A grade on a scale that begins with 1.

use super::mark::{Mark, agreed, keyed, marks};
use crate::read::{Reading, Unreadable};
use regex::Regex;
use serde_json::Value;
use std::{ops::Range, sync::LazyLock};

const KEYS: [&str; 26] = [
    "final_grade",
    "final_score",
    "final_rating",
    "overall_grade",
    "overall_score",
    "overall_rating",
    "total_score",
    "grade",
    "score",
    "rating",
    "verdict",
    "mark",
    "points",
    "overall",
    "result",
    "bewertung",
    "note",
    "punktzahl",
    "puntuación",
    "calificación",
    "nota",
    "评分",
    "得分",
    "分数",
    "評価",
    "点数",
];

type Grade = Result<Reading<f64>, Unreadable>;

/// The grade that a reply gives, from 1 to `scale`: of a key in JSON, a tag, a marked line ("Score: 4"), or the whole reply.
/// The scale itself ("Score (1-5): 4", "4/5") is not the grade; a range, or marks that differ, give none.
pub fn read_grade(text: &str, scale: u32) -> Grade {
    if text.trim().is_empty() {
        return Err(Unreadable::Empty);
    }
    let grade = json(text)
        .or_else(|| tag(text))
        .or_else(|| line(text, scale))
        .or_else(|| whole(text));
    let Grading {
        value,
        out_of,
        span,
    } = match grade {
        Some(found) => found?,
        None => return Err(Unreadable::Absent),
    };
    let is_on_scale = (1.0..=f64::from(scale)).contains(&value)
        && out_of.is_none_or(|top| top == f64::from(scale));
    match is_on_scale {
        true => Ok(Reading::new(value, span)),
        false => Err(Unreadable::OffScale),
    }
}

/// A grade as it is written.
#[derive(Debug, Clone, PartialEq)]
struct Grading {
    value: f64,
    /// The end of the scale, where it is written beside it: 5 of `4/5`.
    out_of: Option<f64>,
    span: Range<usize>,
}

fn json(text: &str) -> Option<Result<Grading, Unreadable>> {
    let found = keyed(text, &KEYS)?;
    let span = found.span;
    let plain = |value| {
        Ok(Grading {
            value,
            out_of: None,
            span: span.clone(),
        })
    };
    Some(match &found.value {
        Value::Number(number) => number.as_f64().ok_or(Unreadable::Malformed).and_then(plain),
        Value::String(text) => match whole(text) {
            Some(grade) => grade.map(|grade| Grading { span, ..grade }),
            None => Err(Unreadable::Malformed),
        },
        _ => Err(Unreadable::Malformed),
    })
}

/// `<score>4</score>`, `[[4]]`, `[RESULT] 4`, `\boxed{4}`.
fn tag(text: &str) -> Option<Result<Grading, Unreadable>> {
    static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)(?:(?:<(?:(?P<final>final)[_ -]?|(?P<overall>overall|total)[_ -]?)?(?:score|grade|rating|verdict|mark|result|note|bewertung|评分|評価)>|",
            r"\[\[|\\boxed\{)(?P<value>[^<\]}]*)|\[RESULT\]:?(?P<rest>[^\n]*))"
        ))
        .ok()
    });
    let pattern = TAG.as_ref()?;
    let regions = pattern.captures_iter(text).filter_map(|found| {
        let region = found.name("value").or(found.name("rest"))?;
        let weight = match (found.name("final"), found.name("overall")) {
            (Some(_), _) => super::mark::Weight::Final,
            (_, Some(_)) => super::mark::Weight::Overall,
            _ => super::mark::Weight::Plain,
        };
        Some(Mark {
            weight,
            region: region.range(),
            has_colon: true,
            word: found.get(0)?.range(),
        })
    });
    let read = |mark: &Mark| {
        let inner = &text[mark.region.clone()];
        let found = whole(inner)?;
        Some(found.map(|grade| as_reading(grade, mark.region.start)))
    };
    flat(agreed(regions.collect(), read))
}

/// A grade and the end of its scale, where that stands beside it.
type ScaledReading = Reading<(f64, Option<f64>)>;

fn as_reading(grade: Grading, offset: usize) -> ScaledReading {
    Reading::new((grade.value, grade.out_of), grade.span).shift(offset)
}

fn flat(found: Option<Result<ScaledReading, Unreadable>>) -> Option<Result<Grading, Unreadable>> {
    found.map(|found| {
        found.map(
            |Reading {
                 value: (value, out_of),
                 span,
             }| Grading {
                value,
                out_of,
                span,
            },
        )
    })
}

/// "Score: 4", "Overall rating (1-5): **4**", "Note : 4/5", "评分：4分"; where there is no such word, "I give it a 4".
fn line(text: &str, scale: u32) -> Option<Result<Grading, Unreadable>> {
    static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)(?:(?P<final>\b(?:final|finale|endgültige[rs]?|definitiva)\s+|最终|最終)|(?P<overall>\b(?:overall|total|gesamt|global[e]?)[\s-]*|综合|总体|总|総合))?",
            r"(?:\b(?:score|grade|rating|verdict|mark|points|overall|total|evaluation|assessment|result|bewertung|gesamtbewertung|note|gesamtnote|punktzahl|gesamtpunktzahl|wertung|urteil|notation|évaluation|",
            r"puntuación|puntaje|calificación|nota|valoración)(?:\s+(?P<final_behind>final(?:e)?|finale)|\s+(?P<overall_behind>global[e]?|total(?:e)?))?\b|",
            r"评分|得分|分数|打分|分|評分|分數|評価|スコア|点数|採点|得点|評点)[*_`\x22'”]*",
            r"(?:(?P<between>(?:\([^()\n]*\)|\[[^\[\]\n]*\]|（[^（）\n]*）|[^\n:：=.!?;。]){0,80}?)[*_`\x22'”\])]*\s*(?P<colon>[:：=])[*_`\x22'”]*|\s+(?:of|for|de|für|pour|para|von)\s+[^\n:.!?\d]{1,40}?\s+(?:is|was|ist|est|es)\b|\s*(?:\bis\b|\bshould\s+be\b|\bwas\b|\bof\b|\bist\b|\blautet\b|\bbeträgt\b|\best\s+de\b|\best\b|\bes\b|是|为|は|[-–—]\s|\s))(?P<value>)"
        ))
        .ok()
    });
    static VERB: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)(?:(?:\b(?:give|gave|giving|rate|rated|assign|assigned|award|awarded|deserves?|earns?|gets?|receives?|gebe|vergebe|verdient|bewerte|donne|attribue|mérite|obtient|doy|otorgo|asigno|merece)\b|\b(?:i|i['’]d|i['’]ll|would)\s+(?:score|grade|mark)\b)",
            r"[^\n.!?:;\d０-９]{0,60}|我?(?:给|打|評|评)(?:它|出|了|该回答|这个回答)?|満点で|段階で|段階中)(?P<value>)"
        ))
        .ok()
    });
    let read = |mark: &Mark| {
        let word = &text[mark.word.clone()];
        if is_of_scale(text, mark) {
            return None;
        }
        let rest = &text[mark.region.clone()];
        let lead = rest.len() - rest.trim_start_matches(lead).len();
        // A value in the next line stands there alone.
        let rest = match rest[..lead].contains('\n') {
            true => &rest[lead..lead + rest[lead..].find('\n').unwrap_or(rest.len() - lead)],
            false => &rest[lead..],
        };
        let start = mark.region.start + lead;
        let found = match value(rest, Some(scale))? {
            Ok((grade, len)) => (grade, &rest[len..]),
            Err(why) => return Some(Err(why)),
        };
        // "Note: 3 facts are missing", "In total: 3 errors".
        let is_common = ["not", "point", "result", "total", "overall"]
            .iter()
            .any(|name| word.to_lowercase().contains(name));
        let needs_end = !mark.has_colon || is_common;
        if needs_end && !ends(found.1) {
            return None;
        }
        Some(Ok(as_reading(found.0, start)))
    };
    let nouns = weighted(text, WORD.as_ref());
    flat(agreed(nouns, read)).or_else(|| flat(agreed(marks(text, VERB.as_ref()), read)))
}

/// Marks with the words behind the noun counted: `note finale`.
fn weighted(text: &str, pattern: Option<&Regex>) -> Vec<Mark> {
    let Some(pattern) = pattern else {
        return Vec::new();
    };
    let mut found = marks(text, Some(pattern));
    for (mark, captures) in found.iter_mut().zip(pattern.captures_iter(text)) {
        if captures.name("final_behind").is_some() {
            mark.weight = super::mark::Weight::Final;
        } else if captures.name("overall_behind").is_some() {
            mark.weight = mark.weight.max(super::mark::Weight::Overall);
        }
    }
    found
}

/// What may stand before a value.
fn lead(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '*' | '_'
                | '`'
                | '"'
                | '\''
                | '“'
                | '”'
                | '('
                | '['
                | '{'
                | '<'
                | ':'
                | '：'
                | '~'
                | '#'
                | '>'
                | '≈'
        )
}

/// Whether a mark is about the scale: "Max score: 5", "Score range: 1-5", or a number that is no scale between word and colon.
fn is_of_scale(text: &str, mark: &Mark) -> bool {
    static BEFORE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)(?:\b(?:max(?:imum|imal)?\.?|highest|top|best|perfect|full|possible|min(?:imum|imal)?\.?|lowest|passing|pass|threshold|previous|average|mean|median|expected|",
            r"höchste|maximale|beste|minimale|meilleure|máxima|mínima|mejor|default|baseline)\s*(?:possible\s+|mögliche\s+)?|满|最高|最低|滿|最高評)$"
        ))
        .ok()
    });
    static BETWEEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let number = r"[\d０-９]+(?:\.\d+)?";
        Regex::new(&format!(
            r"(?i)^(?:[^\d０-９]|{number}\s*(?:-|–|—|~|〜|to|through|bis|à|al?|至|到|から)\s*{number}|(?:out\s+of|of|/|over|max(?:imum)?\.?|von|sur|sobre|de|auf|满分|滿分)\s*{number}|{number}\s*(?:点満点|分制|分满分|分中|点中))*$"
        ))
        .ok()
    });
    static ASIDE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）").ok());
    static KIND: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)^[\s_-]*(?:range|scale|guide|system|criteria|rubric|options|key|legend|范围|標準|标准|基準)\b?").ok()
    });
    let is = |pattern: &LazyLock<Option<Regex>>, text: &str| {
        pattern.as_ref().is_some_and(|p| p.is_match(text))
    };
    let from = text.ceil_char_boundary(mark.word.start.saturating_sub(40));
    let word = &text[mark.word.clone()];
    let noun = word.trim_start_matches(|c: char| c.is_alphabetic());
    let between = ASIDE
        .as_ref()
        .map_or(noun.into(), |p| p.replace_all(noun, " "));
    is(&BEFORE, &text[from..mark.word.start]) || is(&KIND, noun) || !is(&BETWEEN, &between)
}

/// A number at the start of a text, with the end of its scale; and how long that is. A range or an alternative is not one.
/// The whole scale, `1-5`, is nothing.
fn value(text: &str, scale: Option<u32>) -> Option<Result<(Grading, usize), Unreadable>> {
    static VALUE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let number = r"[\d０-９]+(?:[.．,，][\d０-９]+)?";
        Regex::new(&format!(
            concat!(
                r"(?i)^(?:(?:an?|about|around|approximately|roughly|exactly|ein(?:e|en)?|une?|un|le|la|el|etwa|environ)\s+)?[*_`\x22'“(\[{{]*",
                r"(?P<number>[-−－+]?{number})[*_`\x22'”)\]}}]*",
                r"(?:\s*(?P<range>-|–|—|~|〜|±|to\b|bis\b|à\b|al?\b|至|到|から|or\b|oder\b|ou\b|o\b|或|か|and\b|und\b|et\b|y\b|,|，|、|;|\||,?\s*(?:maybe|perhaps|possibly|or\s+even)(?:\s+an?)?)\s*[*_`]*(?P<other>{number})",
                r"|\s*(?:/|／|out\s+of|of|von|sur|sobre|de|über)\s*[*_`]*(?P<top>{number}))?"
            ),
            number = number
        ))
        .ok()
    });
    let found = VALUE.as_ref()?.captures(text)?;
    let number = found.name("number")?;
    let value = decimal(number.as_str())?;
    let end = found.get(0)?.end();
    if let Some(other) = found.name("other") {
        let is_whole_scale = scale
            .is_some_and(|top| decimal(other.as_str()) == Some(f64::from(top)))
            && value <= 1.0;
        return (!is_whole_scale).then_some(Err(Unreadable::Several));
    }
    let rest = &text[end..];
    // `4th`, `4x`, `80 %`, `1.2.3`.
    let glued = rest
        .chars()
        .next()
        .is_some_and(|c| c.is_alphanumeric() && c.is_ascii() || matches!(c, '%' | '％'));
    let version = rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_digit());
    if glued || version || rest.trim_start().starts_with('%') {
        return Some(Err(Unreadable::OffScale));
    }
    let out_of = found.name("top").and_then(|top| decimal(top.as_str()));
    let grading = Grading {
        value,
        out_of,
        span: number.range(),
    };
    Some(Ok((grading, end)))
}

fn decimal(text: &str) -> Option<f64> {
    let plain = |c: char| match c {
        '０'..='９' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '．' | ',' | '，' => '.',
        '−' | '－' => '-',
        _ => c,
    };
    text.chars().map(plain).collect::<String>().parse().ok()
}

/// Whether nothing follows that a number could count.
fn ends(rest: &str) -> bool {
    static END: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)^[*_`\x22'”)\]}]*(?:\s*$|\s*[\n.,;:!?。，、；：！？(（\[*]|\s+(?:[-–—]|points?|stars?|punkten?|sternen?|étoiles?|puntos?|estrellas?|because|since|as|for|on|to|overall|weil|denn|auf|car|parce|porque|ya|en|für|pour|para)|",
            r"\s*(?:分|点|星|★|です|だ|と|，))"
        ))
        .ok()
    });
    END.as_ref().is_some_and(|p| p.is_match(rest))
}

/// The value at the start of a line of a text, and what follows it.
#[expect(clippy::type_complexity, reason = "a reading and the rest of its line")]
fn leading<'a>(
    text: &str,
    line: &'a str,
) -> Option<(Result<Reading<(f64, Option<f64>)>, Unreadable>, &'a str)> {
    let start = line.as_ptr() as usize - text.as_ptr() as usize;
    let blank = line.len() - line.trim_start_matches(lead).len();
    let (grade, len) = match value(&line[blank..], None)? {
        Ok(found) => found,
        Err(why) => return Some((Err(why), "")),
    };
    Some((Ok(as_reading(grade, start + blank)), &line[blank + len..]))
}

/// A reply that is the grade, or begins or ends with a line that is.
fn whole(text: &str) -> Option<Result<Grading, Unreadable>> {
    static TAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)^\s*(?:points?|stars?|punkten?|sternen?|étoiles?|puntos?|estrellas?|分|点|星|★)?\s*(?:\([^()]*\)|（[^（）]*）)?[\s*_`\x22'”)\]}>.。!！]*$").ok()
    });
    // "4 - mostly right", with no other number in the reply.
    static REMARK: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[*_`]*\s*[-–—:：,，]\s*\D*$").ok());
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let (first, last) = (lines.next()?, lines.next_back());
    let alone = |line: &str| {
        let (found, rest) = leading(text, line)?;
        TAIL.as_ref()?.is_match(rest).then_some(found)
    };
    let found = match (alone(first), last.and_then(alone)) {
        (Some(Ok(a)), Some(Ok(b))) if a.value != b.value => Err(Unreadable::Ambiguous),
        (Some(found), _) | (None, Some(found)) => found,
        (None, None) => {
            let (found, rest) = leading(text, first)?;
            let is_remark = last.is_none() && REMARK.as_ref()?.is_match(rest);
            is_remark.then_some(found)?
        }
    };
    flat(Some(found))
}
