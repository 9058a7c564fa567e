//! What a metric read in an output, and why nothing could be read.

use crate::{
    display::count,
    model::Completion,
    project::MetricKind,
    read::{Unreadable, answer_text},
    score::MetricReading,
};

/// After what was read in an output that did not end where the model ended it.
pub const CUT_OUTPUT: &str = " (output cut off at max_tokens)";

/// Why nothing could be read.
pub fn unreadable(reason: Unreadable) -> &'static str {
    match reason {
        Unreadable::Empty => "the output is empty",
        Unreadable::ThoughtsOnly => "the output has thoughts only, no answer",
        Unreadable::Absent => "nothing of the kind the metric looks for",
        Unreadable::Ambiguous => "several different answers, and nothing says which one is meant",
        Unreadable::Negated => "what was found is negated",
        Unreadable::Several => "a range, pair, fraction or list instead of one value",
        Unreadable::OffScale => "a value off the scale",
        Unreadable::Malformed => "JSON that cannot be parsed, or of another shape",
        Unreadable::ToolArguments => "tool arguments that are not a JSON object",
        Unreadable::NoReply => "the conversation has no such reply",
    }
}

/// What a metric measures that reads nothing in the output, with its limit: `132 characters (allowed: at most 90)`.
pub fn measured_words(
    kind: &MetricKind,
    completion: &Completion,
    cost_usd: Option<f64>,
) -> Option<String> {
    match kind {
        MetricKind::Length { min, max } => {
            let n = answer_text(&completion.text).chars().count();
            let limits = match (min, max) {
                (Some(min), Some(max)) => format!(" (allowed: {min} to {max})"),
                (Some(min), None) => format!(" (allowed: at least {min})"),
                (None, Some(max)) => format!(" (allowed: at most {max})"),
                (None, None) => String::new(),
            };
            Some(count(n, "character") + &limits)
        }
        MetricKind::Latency { max_ms } => {
            Some(beside(completion.latency_ms, *max_ms, 0, "", " ms"))
        }
        MetricKind::Cost { max_usd } => cost_usd.map(|cost| beside(cost, *max_usd, 6, "$", "")),
        _ => None,
    }
}

/// A figure and its limit, with so many decimals that they differ where they do.
fn beside(figure: f64, limit: f64, decimals: usize, before: &str, unit: &str) -> String {
    let shown = |x: f64, decimals: usize| format!("{x:.decimals$}");
    let enough = (decimals..16)
        .find(|n| figure == limit || shown(figure, *n) != shown(limit, *n))
        .unwrap_or(16);
    let figure = shown(figure, enough);
    format!("{before}{figure}{unit} (allowed: at most {before}{limit})")
}

/// `label 1.00, read: billing`; `label unreadable: the output is empty`. `truncated`: the output was cut at `max_tokens`.
pub fn metric_reading(reading: &MetricReading, truncated: bool) -> String {
    let (name, words) = (&reading.metric, reading_words(reading, truncated));
    let is_read = reading.unreadable.is_none() && !reading.score.unreadable;
    match reading.score.known() {
        Some(score) if is_read && reading.score.answer.is_some() => {
            format!("{name} {score:.2}, {words}")
        }
        Some(score) if is_read => format!("{name} {score:.2}{words}"),
        Some(_) => format!("{name} {words}"),
        None => format!("{name}: {words}"),
    }
}

/// The words for a reading of one reply of a conversation: `reply draft, read: billing`.
pub fn reply_words(reply: &str, words: &str) -> String {
    match words {
        "" => format!("reply {reply}"),
        words => format!("reply {reply}, {words}"),
    }
}

/// The same without name and score: `read: billing`, `unreadable: the output is empty`.
pub fn reading_words(reading: &MetricReading, truncated: bool) -> String {
    let cut = if truncated { CUT_OUTPUT } else { "" };
    if let Some(reason) = reading.unreadable {
        return format!("unreadable: {}{cut}", unreadable(reason));
    }
    let read = reading.score.answer.as_deref();
    match (reading.score.known(), read) {
        (Some(_), _) if reading.score.unreadable => format!("unreadable{cut}"),
        (Some(_), Some(read)) => format!("read: {read}{cut}"),
        (Some(_), None) => cut.to_owned(),
        (None, _) if !reading.has_expected => {
            let read = read.map_or(String::new(), |read| format!("read: {read}{cut}; "));
            format!("{read}the row has no expected answer")
        }
        (None, _) => "scored by a model or a program".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_stands_beside_what_is_allowed() {
        let completion = Completion {
            text: "情感分析".into(),
            latency_ms: 812.4,
            ..Completion::default()
        };
        let said = |kind: MetricKind, cost| measured_words(&kind, &completion, cost);
        let length = |min, max| said(MetricKind::Length { min, max }, None);
        let allowed = |words: &str| Some(format!("4 characters (allowed: {words})"));
        assert_eq!(length(None, Some(90)), allowed("at most 90"));
        assert_eq!(length(Some(5), Some(90)), allowed("5 to 90"));
        let latency = said(MetricKind::Latency { max_ms: 500.0 }, None);
        assert_eq!(latency.as_deref(), Some("812 ms (allowed: at most 500)"));
        assert_eq!(said(MetricKind::Cost { max_usd: 0.1 }, None), None);
        assert_eq!(said(MetricKind::Exact, None), None);
    }
}
