//! Answers that were cut at `max_tokens`, in words.

use super::labels::{count, first_of};
use crate::{
    analysis::{Analysis, Truncation, Verdict},
    model::RaisedMaxTokens,
};

/// What to do about cut answers.
pub(super) const REMEDY: &str =
    "Raise max_tokens, or request only the cut answers again: `wording run --raise-max-tokens`.";

/// ` at max_tokens = 8`
fn limit(t: &Truncation) -> String {
    t.max_tokens.map_or(" at the token limit".to_owned(), |n| {
        format!(" at max_tokens = {n}")
    })
}

/// `85 of 100 answers were cut at max_tokens = 8`
pub fn cut_answers(t: &Truncation) -> String {
    let verb = if t.truncated == 1 { "was" } else { "were" };
    format!(
        "{} of {} {verb} cut{}",
        t.truncated,
        count(t.answers, "answer"),
        limit(t)
    )
}

/// How many answers of a run have more room than its experiment gives.
pub fn raised_max_tokens(raised: &RaisedMaxTokens) -> Option<String> {
    Some(match raised.answers {
        0 if raised.stored_only => return None,
        n if raised.stored_only => format!(
            "{} that {} cut at max_tokens {} taken with up to max_tokens = {}, as an earlier run requested {} again.",
            count(n as usize, "answer"),
            if n == 1 { "was" } else { "were" },
            if n == 1 { "is" } else { "are" },
            raised.max_tokens,
            if n == 1 { "it" } else { "them" }
        ),
        0 => "No stored answer was cut at max_tokens, so none was requested again with more room."
            .to_owned(),
        1 => format!(
            "1 answer that was cut at max_tokens was requested again with up to max_tokens = {}.",
            raised.max_tokens
        ),
        n => format!(
            "{} that were cut at max_tokens were requested again with up to max_tokens = {}.",
            count(n as usize, "answer"),
            raised.max_tokens
        ),
    })
}

/// Why a variant with so many cut answers cannot be compared.
pub fn not_comparable(t: &Truncation) -> String {
    not_comparable_with(t, false)
}

/// The same where it may be the baseline that cannot.
pub(super) fn not_comparable_with(t: &Truncation, of_baseline: bool) -> String {
    let of_baseline = if of_baseline { "baseline: " } else { "" };
    format!("not comparable: {of_baseline}{}", cut_answers(t))
}

/// The variants that are not compared, and what to do, a sentence each.
pub(super) fn left_out(analysis: &Analysis, names: &[&str], baseline: &str) -> Vec<String> {
    let cut_baseline = (analysis.variants.iter())
        .find(|f| f.verdict == Verdict::Baseline && f.truncation.is_excessive);
    if let Some(f) = cut_baseline {
        let sentence = format!(
            "Nothing can be compared with {baseline}: {}.",
            cut_answers(&f.truncation)
        );
        return vec![sentence, REMEDY.to_owned()];
    }
    cut_variants(analysis, names)
}

/// The variants of which too many answers were cut, and what to do, a sentence each.
pub(super) fn cut_variants(analysis: &Analysis, names: &[&str]) -> Vec<String> {
    let mut found: Vec<(&str, &Truncation)> = (analysis.variants.iter().zip(names))
        .filter(|(f, _)| f.truncation.is_excessive)
        .map(|(f, name)| (*name, &f.truncation))
        .collect();
    found.sort_by_key(|(_, t)| std::cmp::Reverse(t.truncated));
    let Some(((first, most), rest)) = found.split_first() else {
        return Vec::new();
    };
    let mut sentence = format!("Not comparable: {first} ({})", cut_answers(most));
    if !rest.is_empty() {
        let rest: Vec<&str> = rest.iter().map(|(name, _)| *name).collect();
        sentence += &format!(", {}", first_of(&rest, 3));
    }
    sentence.push('.');
    vec![sentence, REMEDY.to_owned()]
}
