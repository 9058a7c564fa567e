//! Short words and figures: counts, percentages, points, p values, intervals, lists.

pub use crate::display::count;
use crate::{
    analysis::{Interval, LeaderboardLine, Resource, VariantFinding, Verdict},
    diff::{ChangedRow, DataQuality},
    model::Opinion,
};

/// `helpful 0.75, shown first: names the city`
pub fn opinion_text(metric: &str, opinion: &Opinion) -> String {
    format!("{metric} {}", opinion_words(opinion))
}

/// `0.75, shown first: names the city`
pub fn opinion_words(opinion: &Opinion) -> String {
    let score = opinion
        .value
        .map_or("no verdict".to_owned(), |value| format!("{value:.2}"));
    let place = match opinion.second {
        None if opinion.is_rule => format!(", assertion {}", opinion.repeat + 1),
        None => String::new(),
        Some(false) => ", shown first".into(),
        Some(true) => ", shown second".into(),
    };
    let reason = opinion.reason.as_deref().unwrap_or_default();
    let colon = if reason.is_empty() { "" } else { ": " };
    format!("{score}{place}{colon}{reason}")
}

/// `81.3 %`
pub fn percent(x: f64) -> String {
    format!("{:.1} %", x * 100.0)
}

/// `81.3 % [70.0 to 90.1]`
pub fn percent_interval(value: f64, low: f64, high: f64) -> String {
    let [low, high] = [low, high].map(|x| x * 100.0);
    format!("{} [{low:.1} to {high:.1}]", percent(value))
}

/// `52/60`: of how many of all rows a score is; for tables in which some are not of all.
pub fn scored_rows(line: &LeaderboardLine) -> String {
    let scored = line.scored_rows.filter(|_| line.score.is_some());
    scored.map_or(String::new(), |scored| format!("{scored}/{}", line.rows))
}

/// `70.0–90.1`, a score interval in percent.
pub fn score_range(i: &Interval) -> String {
    format!("{:.1}–{:.1}", i.low * 100.0, i.high * 100.0)
}

/// A difference in points: `+6.0`, `-1.5`, `0.0`.
pub fn points(difference: f64) -> String {
    let text = format!("{:+.1}", difference * 100.0);
    if text == "+0.0" || text == "-0.0" {
        "0.0".into()
    } else {
        text
    }
}

/// `+3.0 [-1.0 to +7.0]`, a difference in points for a table.
pub fn points_interval(i: &Interval) -> String {
    format!(
        "{} [{} to {}]",
        points(i.value),
        points(i.low),
        points(i.high)
    )
}

/// `71.2 (+3.0)`: score and difference in which all rows count the same, where rows count differently.
pub fn unweighted(f: &VariantFinding) -> Option<String> {
    let score = f.unweighted?;
    let difference = f.difference.as_ref().and_then(|d| d.unweighted);
    let difference = difference.map_or(String::new(), |d| format!(" ({})", points(d)));
    Some(format!("{:.1}{difference}", score * 100.0))
}

/// `+3.0 points [-1.0 to +7.0]`
pub fn points_sentence(i: &Interval) -> String {
    points_interval(i).replacen(" [", " points [", 1)
}

/// `6 points [1 to 11]`: without a sign, where words give the direction.
pub(super) fn magnitude(d: &Interval) -> String {
    let sign = if d.value < 0.0 { -1.0 } else { 1.0 };
    let (low, high) = (sign * d.low, sign * d.high);
    let size = short_decimal(sign * d.value * 100.0);
    format!(
        "{size} {} [{} to {}]",
        if size == "1" { "point" } else { "points" },
        short_decimal(low.min(high) * 100.0),
        short_decimal(low.max(high) * 100.0)
    )
}

/// One decimal, none where it is zero, and no negative zero.
pub(super) fn short_decimal(x: f64) -> String {
    let text = format!("{x:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0" } else { text }.to_owned()
}

/// `= 0.012`, `< 0.001`: a p value after its letter.
pub fn p_value(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".into()
    } else {
        format!("= {p:.3}")
    }
}

/// `1,230,000`: three significant digits.
pub(super) fn rounded(x: f64) -> String {
    if x < 10.0 {
        return short_decimal(x);
    }
    let unit = 10f64.powf((x.abs().log10().floor() - 2.0).max(0.0));
    crate::display::thousands(((x / unit).round() * unit) as u64)
}

/// The first items of a list: `a, b and 3 more`.
pub fn first_of(all: &[impl AsRef<str>], most: usize) -> String {
    let shown: Vec<&str> = all.iter().take(most).map(AsRef::as_ref).collect();
    and_more(&shown.join(", "), all.len().saturating_sub(most))
}

/// `shown and 3 more`.
pub fn and_more(shown: &str, more: usize) -> String {
    match more {
        0 => shown.to_owned(),
        n => format!("{shown} and {n} more"),
    }
}

/// The name of a verdict in JSON, and in tables with room for a word.
pub fn verdict_name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Baseline => "baseline",
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Identical => "identical",
        Verdict::Equivalent => "equivalent",
        Verdict::Undecided { .. } => "undecided",
        Verdict::NotComparable { .. } => "not_comparable",
    }
}

/// The name in JSON of what calls can be spent on.
pub fn resource_name(what: Resource) -> &'static str {
    match what {
        Resource::Rows => "rows",
        Resource::Variants => "variants",
        Resource::Samples => "samples",
    }
}

/// `✗→✓ fixed`: what a change did to a row.
pub fn row_change(row: &ChangedRow) -> String {
    format!(
        "{}→{} {}",
        row.before.outcome.sign(),
        row.after.outcome.sign(),
        row.change.word()
    )
}

fn counted(all: &[(usize, &str)]) -> Vec<String> {
    let some = all.iter().filter(|(n, _)| *n > 0);
    some.map(|(n, word)| format!("{n} {word}")).collect()
}

/// Answers of a variant that are not simply correct or wrong: `, 3 unreadable, 1 failed`; empty where there are none.
pub(super) fn exceptions(f: &VariantFinding) -> String {
    // Where they are the verdict, it has the count.
    let cut = match &f.verdict {
        Verdict::NotComparable {
            of_baseline: false, ..
        } => 0,
        _ => f.truncation.truncated,
    };
    let all = counted(&[
        (f.unreadable, "unreadable"),
        (cut, "cut off"),
        (f.refused, "refused"),
        (f.failed, "failed"),
        // Where none has a score, the verdict says so.
        (f.score.map_or(0, |_| f.unscored), "without a score"),
    ]);
    all.iter().map(|text| format!(", {text}")).collect()
}

/// Trials that did not go as planned: `2 missing, 3 failed (timeout 3)`; empty where there are none.
pub fn problems(t: &DataQuality) -> String {
    let text = counted(&[
        (t.missing, "missing"),
        (t.failed, "failed"),
        (t.truncated, "cut off"),
        (t.refused, "refused"),
        (t.unreadable, "unreadable"),
    ])
    .join(", ");
    if t.failures.is_empty() {
        return text;
    }
    let kinds: Vec<String> = t.failures.iter().map(|(k, n)| format!("{k} {n}")).collect();
    format!("{text} ({})", kinds.join(", "))
        .trim_start()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_have_no_negative_zero() {
        assert_eq!(
            [points(0.06), points(-0.015), points(-0.0001)],
            ["+6.0", "-1.5", "0.0"]
        );
        assert_eq!([-0.01, -2.0, 1.25].map(short_decimal), ["0", "-2", "1.2"]);
        assert_eq!(
            [277_777.8, 1_234.0, 12.0, 3.5, 2.0, 0.0].map(rounded),
            ["278,000", "1,230", "12", "3.5", "2", "0"]
        );
    }

    #[test]
    fn magnitudes_have_no_sign_and_run_from_small_to_large() {
        let interval = |value, low, high| Interval { value, low, high };
        assert_eq!(magnitude(&interval(0.06, 0.01, 0.11)), "6 points [1 to 11]");
        assert_eq!(
            magnitude(&interval(-0.06, -0.11, -0.01)),
            "6 points [1 to 11]"
        );
        assert_eq!(
            magnitude(&interval(0.01, -0.005, 0.02)),
            "1 point [-0.5 to 2]"
        );
    }
}
