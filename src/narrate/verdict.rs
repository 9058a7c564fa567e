//! Which variant is better, worse, as good, or not decided yet.

use super::labels::{
    count, exceptions, first_of, magnitude, p_value, percent, points, points_sentence,
    short_decimal,
};
use super::truncation::{cut_answers, left_out, not_comparable_with};
use crate::analysis::{Analysis, Difference, Interval, VariantFinding, Verdict};

/// The one way to say that the data does not decide, with the rows that would.
pub fn inconclusive(more_rows: Option<usize>) -> String {
    match more_rows {
        Some(n) => format!("Inconclusive: about {} would decide.", more(n)),
        None => "Inconclusive: not enough rows.".to_owned(),
    }
}

/// `120 more rows`
fn more(n: usize) -> String {
    count(n, "more row")
}

/// A variant's verdict for a table: `better`, `inconclusive, ~120 more rows` (where there is room), and what is not as
/// planned. `partial` says why it has fewer answers than others, where it has.
pub fn verdict_label(f: &VariantFinding, partial: Option<String>, room: bool) -> String {
    let text = partial.unwrap_or_else(|| match &f.verdict {
        Verdict::Baseline => "baseline".to_owned(),
        Verdict::NotComparable {
            truncation,
            of_baseline,
        } if room => not_comparable_with(truncation, *of_baseline),
        Verdict::NotComparable { .. } => "not comparable".to_owned(),
        Verdict::Identical => "identical".to_owned(),
        _ if f.score.is_none() && f.unscored > 0 => "not scored".to_owned(),
        _ if f.score.is_none() => "no answers".to_owned(),
        _ if f.difference.is_none() => "no shared rows".to_owned(),
        Verdict::Better => "better".to_owned(),
        Verdict::Worse => "worse".to_owned(),
        Verdict::Equivalent => "equivalent".to_owned(),
        Verdict::Undecided { more_rows: Some(n) } if room => {
            format!("inconclusive{}, ~{}", adjusted(f), more(*n))
        }
        Verdict::Undecided { .. } if room => format!("inconclusive{}", adjusted(f)),
        Verdict::Undecided { .. } => "inconclusive".to_owned(),
    });
    text + &exceptions(f)
}

/// ` after adjusting for 6 comparisons`, where the interval by itself would decide; else nothing.
fn adjusted(f: &VariantFinding) -> String {
    let lost = (f.difference.as_ref()).filter(|d| d.is_lost_by_adjusting());
    lost.map_or(String::new(), |d| {
        format!(
            " after adjusting for {}",
            count(d.comparisons, "comparison")
        )
    })
}

/// A note for a table of differences with their verdicts, where some interval leaves 0 out and the verdict is inconclusive.
pub fn adjustment_note<'a>(
    findings: impl IntoIterator<Item = &'a VariantFinding>,
) -> Option<String> {
    let undecided = findings.into_iter().filter_map(|f| match f.verdict {
        Verdict::Undecided { .. } => f.difference.as_ref(),
        _ => None,
    });
    let excludes_zero = |d: &&Difference| d.interval.low > 0.0 || d.interval.high < 0.0;
    let odd: Vec<&Difference> = undecided.filter(excludes_zero).collect();
    let lost = odd.iter().find(|d| d.is_lost_by_adjusting());
    match (odd.is_empty(), lost) {
        (true, _) => None,
        (false, Some(lost)) => Some(format!(
            "Verdicts are adjusted for {}, intervals are not.",
            count(lost.comparisons, "comparison")
        )),
        (false, None) => Some(
            "A verdict also needs p < 0.05, which few rows rarely reach: an interval without 0 can be inconclusive."
                .to_owned(),
        ),
    }
}

/// Why a variant is not compared; `None` where it is.
pub fn not_compared(f: &VariantFinding) -> Option<String> {
    match &f.verdict {
        Verdict::NotComparable {
            truncation,
            of_baseline,
        } => Some(not_comparable_with(truncation, *of_baseline)),
        _ => None,
    }
}

/// The same with the difference in points before it, where there is one.
pub fn verdict_with_points(f: &VariantFinding, partial: Option<String>, room: bool) -> String {
    let points = match (&partial, &f.difference) {
        (None, Some(d)) => format!("{:>5} ", points(d.interval.value)),
        _ => String::new(),
    };
    points + &verdict_label(f, partial, room)
}

/// `better: +6.0 points [+1.0 to +11.0], p = 0.012`.
pub fn finding_line(f: &VariantFinding, d: &Difference) -> String {
    format!(
        "{}: {}, p {}",
        verdict_label(f, None, true),
        points_sentence(&d.interval),
        p_value(d.p)
    )
}

/// How a variant compares with the baseline, as a sentence; `None` for the baseline itself.
pub fn comparison(f: &VariantFinding, name: &str, baseline: &str, margin: f64) -> Option<String> {
    if f.verdict == Verdict::Identical {
        return Some(format!(
            "{name} and {baseline} are identical: the same prompts on every row."
        ));
    }
    let Some(d) = &f.difference else {
        return (f.verdict != Verdict::Baseline)
            .then(|| format!("{name} has no rows in common with {baseline}."));
    };
    let size = magnitude(&d.interval);
    Some(match f.verdict {
        Verdict::Baseline | Verdict::Identical => return None,
        Verdict::NotComparable {
            truncation,
            of_baseline,
        } => {
            let whose = if of_baseline { baseline } else { name };
            format!(
                "{name} cannot be compared with {baseline}: {} under {whose}.",
                cut_answers(&truncation)
            )
        }
        Verdict::Better => format!("{name} is better than {baseline} by {size}."),
        Verdict::Worse => format!("{name} is worse than {baseline} by {size}."),
        Verdict::Equivalent => format!(
            "{name} and {baseline} are equivalent: no difference larger than {} points.",
            short_decimal(margin * 100.0)
        ),
        Verdict::Undecided { more_rows } => {
            let text = inconclusive(more_rows).replacen('I', "i", 1);
            let text = text.replacen("inconclusive", &format!("inconclusive{}", adjusted(f)), 1);
            format!("{name} compared with {baseline} is {text}")
        }
    })
}

/// The result of the analysis in a few sentences. `names` are those of the variants.
pub fn headline(analysis: &Analysis, names: &[&str]) -> String {
    let baseline = baseline(analysis, names);
    let mut parts = decided(analysis, names, |d, _| magnitude(d));
    parts.extend(left_out(analysis, names, baseline));
    let (undecided, rows) = undecided(analysis);
    if undecided > 0 {
        let what = match (parts.is_empty(), undecided) {
            (true, 1) => format!("not enough rows to compare the other variant with {baseline}"),
            (true, _) => format!("not enough rows to tell any variant from {baseline}"),
            (false, n) => format!("not enough rows for {}", count(n, "other variant")),
        };
        let which = if undecided == 1 { "" } else { " one of them" };
        let rows = rows.map_or(String::new(), |n| {
            format!("; about {} would decide{which}", more(n))
        });
        parts.push(format!("Inconclusive: {what}{rows}."));
    }
    if let Some(spread) = &analysis.spread {
        let against = if spread.p < 0.05 {
            "more than"
        } else {
            "within"
        };
        parts.push(format!(
            "Best to worst: {} points, {against} the {} that chance alone gives between equal variants (p {}).",
            short_decimal(spread.value * 100.0),
            short_decimal(spread.null_95 * 100.0),
            p_value(spread.p)
        ));
    }
    or_nothing(parts, analysis, names)
}

/// The same for a line or two below a table that has the intervals.
pub fn short_headline(analysis: &Analysis, names: &[&str]) -> String {
    let mut parts = decided(analysis, names, |d, first| {
        let size = short_decimal(d.value.abs() * 100.0);
        match (first, size.as_str()) {
            (false, _) => size,
            (true, "1") => "1 point".to_owned(),
            (true, _) => format!("{size} points"),
        }
    });
    parts.extend(left_out(analysis, names, baseline(analysis, names)));
    let (undecided, rows) = undecided(analysis);
    if undecided > 0 {
        let what = if parts.is_empty() {
            format!("Inconclusive against {}", baseline(analysis, names))
        } else {
            format!("{undecided} inconclusive")
        };
        parts.push(match rows {
            Some(n) if undecided > 1 => {
                format!("{what}: about {} would decide one variant.", more(n))
            }
            Some(n) => format!("{what}: about {} would decide.", more(n)),
            None => format!("{what}: not enough rows."),
        });
    }
    if let Some(spread) = &analysis.spread {
        parts.push(format!(
            "Best to worst: {} points (chance alone: up to {}).",
            short_decimal(spread.value * 100.0),
            short_decimal(spread.null_95 * 100.0)
        ));
    }
    or_nothing(parts, analysis, names)
}

/// The sentences, or why there are none.
fn or_nothing(parts: Vec<String>, analysis: &Analysis, names: &[&str]) -> String {
    if !parts.is_empty() {
        return parts.join(" ");
    }
    match analysis
        .variants
        .iter()
        .filter(|f| f.score.is_some())
        .count()
    {
        0 if analysis.is_unscored() => unscored(analysis, names),
        0 => "No answer has a score yet.".to_owned(),
        1 => "Only one variant has scores, so there is nothing to compare.".to_owned(),
        _ => format!(
            "No variant has scores on the same rows as {}, so there is nothing to compare.",
            baseline(analysis, names)
        ),
    }
}

/// What answers without a score tell.
fn unscored(analysis: &Analysis, names: &[&str]) -> String {
    let mut text = "No answer has a score.".to_owned();
    if let Some(agreement) = &analysis.agreement {
        let raw = percent(agreement.raw);
        text += &format!(" Two variants give the same answer to a row in {raw} of cases.");
    }
    let known = analysis.variants.iter().zip(names);
    let mut known: Vec<(f64, &str)> = known
        .filter_map(|(f, name)| Some((f.consensus?, *name)))
        .collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let [(least, name), .., (most, _)] = known[..]
        && most - least >= 0.005
    {
        text += &format!(
            " {name} agrees least often with what most others answer: {} of rows, the others {} or more.",
            percent(least),
            percent(known[1].0)
        );
    }
    text
}

fn baseline<'a>(analysis: &Analysis, names: &[&'a str]) -> &'a str {
    let mut all = analysis.variants.iter().zip(names);
    all.find(|(f, _)| f.verdict == Verdict::Baseline)
        .map_or("the baseline", |(_, name)| name)
}

/// Which variants are better, worse and as good as the baseline, the largest differences first. `size` words a difference
/// of a list, and whether it is the first.
fn decided(
    analysis: &Analysis,
    names: &[&str],
    size: impl Fn(&Interval, bool) -> String,
) -> Vec<String> {
    const SHOWN: usize = 4;
    let baseline = baseline(analysis, names);
    let mut parts = Vec::new();
    for (verdict, heading) in [
        (Verdict::Better, "Better than"),
        (Verdict::Worse, "Worse than"),
        (Verdict::Equivalent, "Equivalent to"),
        (Verdict::Identical, "Identical to"),
    ] {
        let mut found: Vec<(&str, Option<&Interval>)> = (analysis.variants.iter().zip(names))
            .filter(|(f, _)| f.verdict == verdict)
            .map(|(f, name)| {
                let known = f.difference.as_ref().map(|d| &d.interval);
                (
                    *name,
                    known.filter(|_| matches!(verdict, Verdict::Better | Verdict::Worse)),
                )
            })
            .collect();
        let points = |d: Option<&Interval>| d.map_or(0.0, |d| d.value.abs());
        found.sort_by(|a, b| points(b.1).total_cmp(&points(a.1)));
        let found: Vec<String> = found
            .into_iter()
            .enumerate()
            .map(|(i, (name, d))| match d {
                Some(d) => format!("{name} by {}", size(d, i == 0)),
                None => name.to_owned(),
            })
            .collect();
        if !found.is_empty() {
            let found = first_of(&found, SHOWN);
            parts.push(format!("{heading} {baseline}: {found}."));
        }
    }
    parts
}

/// How many variants are not decided, and the rows that would decide one of them.
fn undecided(analysis: &Analysis) -> (usize, Option<usize>) {
    let all: Vec<Option<usize>> = (analysis.variants.iter())
        .filter_map(|f| match f.verdict {
            Verdict::Undecided { more_rows } if f.difference.is_some() => Some(more_rows),
            _ => None,
        })
        .collect();
    (all.len(), all.iter().flatten().min().copied())
}
