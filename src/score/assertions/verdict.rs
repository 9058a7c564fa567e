//! The verdict of one assertion.

use crate::read::RubricVerdict;

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

    /// What a judge said of a rubric: `pass` is true and the score 1 or 0 by it, where it said nothing else.
    pub fn from_rubric(verdict: RubricVerdict, threshold: Option<f64>) -> AssertionVerdict {
        let pass = verdict.pass.unwrap_or(true);
        let score = verdict.score.unwrap_or(f64::from(u8::from(pass)));
        AssertionVerdict {
            score,
            pass: pass && threshold.is_none_or(|t| score >= t),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_rubric_verdict;

    #[test]
    fn a_verdict_is_read_anywhere_in_the_text() {
        let read = |text| {
            let found = read_rubric_verdict(text).ok()?;
            let verdict = AssertionVerdict::from_rubric(found.value, Some(0.6));
            Some((verdict.pass, verdict.score))
        };
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
