//! The verdict of one assertion, and reading the reply of a judge.

use crate::read::{Grammar, json_objects};
use serde_json::Value;

/// The verdict of one assertion on an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AssertionVerdict {
    /// From 0 to 1.
    pub score: f64,
    pub pass: bool,
}

impl AssertionVerdict {
    /// Score 1 or 0.
    pub fn from_pass(pass: bool) -> AssertionVerdict {
        AssertionVerdict {
            score: f64::from(u8::from(pass)),
            pass,
        }
    }

    /// A measure compared with a threshold; inverted if the opposite is wanted.
    pub fn measured(score: f64, threshold: f64, not: bool) -> AssertionVerdict {
        AssertionVerdict {
            score: if not { 1.0 - score } else { score },
            pass: if not {
                score < threshold
            } else {
                score >= threshold
            },
        }
    }
}

/// The reply of a judge to a rubric: the first JSON object in it, with `pass` (default true) and `score` (default 1 or 0 by
/// `pass`). `None` without an object, or with a score outside 0 to 1.
pub fn read_verdict(text: &str, threshold: Option<f64>) -> Option<AssertionVerdict> {
    let reply = json_objects(text, Grammar::Repaired)
        .into_iter()
        .next()?
        .value;
    let pass = match reply.get("pass") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(pass)) => *pass,
        Some(Value::String(word)) => {
            let word = word.to_lowercase();
            ["true", "yes", "pass", "y"].contains(&word.as_str())
        }
        Some(_) => false,
    };
    let score = match reply.get("score") {
        Some(Value::String(text)) => text.trim().parse::<f64>().ok(),
        Some(other) => other.as_f64(),
        None => None,
    };
    let score = score.unwrap_or(f64::from(u8::from(pass)));
    (0.0..=1.0).contains(&score).then(|| AssertionVerdict {
        score,
        pass: pass && threshold.is_none_or(|t| score >= t),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_read_anywhere_in_the_text() {
        let read = |text| read_verdict(text, Some(0.6)).map(|v| (v.pass, v.score));
        assert_eq!(
            read("Sure: {\"pass\": true, \"score\": 0.7} {\"pass\": false}"),
            Some((true, 0.7))
        );
        assert_eq!(read("{\"score\": \"0.5\"}"), Some((false, 0.5)));
        assert_eq!(read("{\"pass\": \"Yes\"}"), Some((true, 1.0)));
        assert_eq!(read("{\"pass\": false}"), Some((false, 0.0)));
        assert_eq!(read("{\"pass\": true, \"score\": 7}"), None);
        assert_eq!(read("it passes"), None);
    }
}
