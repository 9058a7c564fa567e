//! Whether an answer keeps a rule, and how far.

use super::mark::{Mark, agreed, marks};
use crate::read::{Grammar, Reading, Unreadable, json_objects};
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// What a judge says of a rule; the score is from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RubricVerdict {
    pub pass: Option<bool>,
    pub score: Option<f64>,
}

/// The verdict of a reply: the first JSON object with `pass` or `score`, a tag, a marked line ("Verdict: PASS"), or the whole
/// reply.
pub fn read_rubric_verdict(text: &str) -> Result<Reading<RubricVerdict>, Unreadable> {
    static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?i)(?:<(?:(?P<final>final)[_ -]?)?(?:pass|verdict|result)>|\[\[)(?P<value>[^<\]]*)",
        )
        .ok()
    });
    static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)(?P<final>\bfinal\s+)?(?:\b(?:pass(?:ed|es)?|verdict|result|judge?ment|urteil|ergebnis|verdicto?|veredicto|résultat|resultado)\b|结果|结论|判定|結果)[*_`\x22'”]*\s*(?P<colon>[:：=])(?P<value>[^\n]*)").ok()
    });
    if text.trim().is_empty() {
        return Err(Unreadable::Empty);
    }
    let has_verdict = |object: &&Reading<serde_json::Map<String, Value>>| {
        object.value.contains_key("pass") || object.value.contains_key("score")
    };
    if let Some(object) = json_objects(text, Grammar::Repaired)
        .iter()
        .find(has_verdict)
    {
        return keys(&object.value).map(|verdict| Reading::new(verdict, object.span.clone()));
    }
    let read = |mark: &Mark| {
        let pass = word(&text[mark.region.clone()])?;
        Some(Ok(Reading::new(pass, mark.region.clone())))
    };
    let pattern =
        |pattern: &'static LazyLock<Option<Regex>>| agreed(marks(text, pattern.as_ref()), read);
    let whole = || word(text).map(|pass| Ok(Reading::new(pass, 0..text.len())));
    let pass = pattern(&TAG)
        .or_else(|| pattern(&WORD))
        .or_else(whole)
        .unwrap_or(Err(Unreadable::Absent))?;
    Ok(pass.map(|pass| RubricVerdict {
        pass: Some(pass),
        score: None,
    }))
}

fn keys(object: &serde_json::Map<String, Value>) -> Result<RubricVerdict, Unreadable> {
    let pass = match object.get("pass") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(pass)) => Some(*pass),
        Some(Value::String(text)) => Some(word(text).ok_or(Unreadable::Malformed)?),
        Some(_) => return Err(Unreadable::Malformed),
    };
    let score = match object.get("score") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(
            text.trim()
                .parse::<f64>()
                .map_err(|_| Unreadable::Malformed)?,
        ),
        Some(other) => Some(other.as_f64().ok_or(Unreadable::Malformed)?),
    };
    match score {
        Some(score) if !(0.0..=1.0).contains(&score) => Err(Unreadable::OffScale),
        _ if pass.is_none() && score.is_none() => Err(Unreadable::Absent),
        _ => Ok(RubricVerdict { pass, score }),
    }
}

fn word(text: &str) -> Option<bool> {
    let plain = text
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase();
    match plain.as_str() {
        "pass" | "passed" | "passes" | "true" | "yes" | "y" | "bestanden" | "ja" | "oui" | "sí"
        | "si" | "通过" | "是" | "合格" | "はい" => Some(true),
        "fail" | "failed" | "fails" | "false" | "no" | "n" | "nicht bestanden" | "nein" | "non"
        | "不通过" | "否" | "不合格" | "いいえ" => Some(false),
        _ => None,
    }
}
