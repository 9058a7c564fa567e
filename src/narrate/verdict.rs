//! Which variant is better, worse, as good, or not decided yet.

use super::labels::{
    count, exceptions, first_of, magnitude, p_value, points, points_sentence, short_decimal,
};
use crate::analysis::{Analysis, Difference, VariantFinding, Verdict};

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
        _ if f.score.is_none() => "no answers".to_owned(),
        _ if f.difference.is_none() => "no shared rows".to_owned(),
        Verdict::Better => "better".to_owned(),
        Verdict::Worse => "worse".to_owned(),
        Verdict::Equivalent => "equivalent".to_owned(),
        Verdict::Undecided { more_rows: Some(n) } if room => {
            format!("inconclusive, ~{}", more(*n))
        }
        Verdict::Undecided { .. } => "inconclusive".to_owned(),
    });
    text + &exceptions(f)
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
    let Some(d) = &f.difference else {
        return (f.verdict != Verdict::Baseline)
            .then(|| format!("{name} has no rows in common with {baseline}."));
    };
    let size = magnitude(&d.interval);
    Some(match f.verdict {
        Verdict::Baseline => return None,
        Verdict::Better => format!("{name} is better than {baseline} by {size}."),
        Verdict::Worse => format!("{name} is worse than {baseline} by {size}."),
        Verdict::Equivalent => format!(
            "{name} and {baseline} are equivalent: no difference larger than {} points.",
            short_decimal(margin * 100.0)
        ),
        Verdict::Undecided { more_rows } => {
            let text = inconclusive(more_rows).replacen('I', "i", 1);
            format!("{name} compared with {baseline} is {text}")
        }
    })
}

/// The result of the analysis in a few sentences. `names` are those of the variants.
pub fn headline(analysis: &Analysis, names: &[&str]) -> String {
    const SHOWN: usize = 4;
    let compared = || analysis.variants.iter().zip(names);
    let baseline = compared()
        .find(|(f, _)| f.verdict == Verdict::Baseline)
        .map_or("the baseline", |(_, name)| name);
    let mut parts = Vec::new();
    for (verdict, heading) in [
        (Verdict::Better, "Better than"),
        (Verdict::Worse, "Worse than"),
        (Verdict::Equivalent, "Equivalent to"),
    ] {
        let mut found: Vec<(f64, String)> = compared()
            .filter(|(f, _)| f.verdict == verdict)
            .map(|(f, name)| match &f.difference {
                Some(d) if verdict != Verdict::Equivalent => (
                    d.interval.value.abs(),
                    format!("{name} by {}", magnitude(&d.interval)),
                ),
                _ => (0.0, (*name).to_owned()),
            })
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let found: Vec<String> = found.into_iter().map(|(_, text)| text).collect();
        if !found.is_empty() {
            parts.push(format!(
                "{heading} {baseline}: {}.",
                first_of(&found, SHOWN)
            ));
        }
    }
    let undecided: Vec<Option<usize>> = (analysis.variants.iter())
        .filter_map(|f| match f.verdict {
            Verdict::Undecided { more_rows } if f.difference.is_some() => Some(more_rows),
            _ => None,
        })
        .collect();
    if !undecided.is_empty() {
        let what = match (parts.is_empty(), undecided.len()) {
            (true, 1) => format!("not enough rows to compare the other variant with {baseline}"),
            (true, _) => format!("not enough rows to tell any variant from {baseline}"),
            (false, n) => format!("not enough rows for {}", count(n, "other variant")),
        };
        let which = if undecided.len() == 1 {
            ""
        } else {
            " the first"
        };
        let rows = undecided.iter().flatten().min();
        let rows = rows.map_or(String::new(), |n| {
            format!("; about {} would decide{which}", more(*n))
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
    parts.join(" ")
}
