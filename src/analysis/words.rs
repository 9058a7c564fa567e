//! Findings in words that need no statistics to be read.

use super::{Analysis, Interval, Resource, VariantFinding, Verdict};

/// A difference as points: `+6.0`, `-1.5`, `0.0`.
pub fn points(difference: f64) -> String {
    let text = format!("{:+.1}", difference * 100.0);
    if text == "+0.0" || text == "-0.0" {
        "0.0".into()
    } else {
        text
    }
}

/// The word for a verdict in tables and JSON.
pub fn verdict_word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Baseline => "baseline",
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Equivalent => "equivalent",
        Verdict::Undecided { .. } => "undecided",
    }
}

/// The word for what calls can be spent on.
pub fn buy_word(what: Resource) -> &'static str {
    match what {
        Resource::Rows => "rows",
        Resource::Variants => "variants",
        Resource::Samples => "samples",
    }
}

/// `6 points (1 to 11)`: sizes without a sign, as words give the direction.
fn by(d: &Interval) -> String {
    let sign = if d.value < 0.0 { -1.0 } else { 1.0 };
    let (low, high) = (sign * d.low, sign * d.high);
    let size = sign * d.value * 100.0;
    let unit = if number(size) == "1" {
        "point"
    } else {
        "points"
    };
    format!(
        "{} {unit} ({} to {})",
        number(size),
        number(low.min(high) * 100.0),
        number(low.max(high) * 100.0)
    )
}

/// One decimal, none where it is zero, and no negative zero.
fn number(x: f64) -> String {
    let text = format!("{x:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" {
        "0".into()
    } else {
        text.replace('-', "−")
    }
}

/// `3 more rows`, `1 more row`.
fn more(rows: usize) -> String {
    format!("about {rows} more row{}", if rows == 1 { "" } else { "s" })
}

/// What is said of a variant against the baseline, as a sentence without its full stop. `None` for the baseline itself.
pub fn verdict_sentence(
    finding: &VariantFinding,
    name: &str,
    baseline: &str,
    margin: f64,
) -> Option<String> {
    let Some(d) = &finding.difference else {
        return (finding.verdict != Verdict::Baseline)
            .then(|| format!("{name}: no row in common with {baseline} yet"));
    };
    Some(match &finding.verdict {
        Verdict::Baseline => return None,
        Verdict::Better => format!("{name} beats {baseline} by {}", by(&d.interval)),
        Verdict::Worse => format!("{name} loses to {baseline} by {}", by(&d.interval)),
        Verdict::Equivalent => format!(
            "{name} and {baseline}: no difference larger than {} points",
            number(margin * 100.0)
        ),
        Verdict::Undecided { more_rows } => format!(
            "{name} and {baseline}: cannot tell yet{}",
            more_rows.map_or(String::new(), |n| format!(", {} would", more(n)))
        ),
    })
}

/// What the analysis comes to, in a few sentences. `names` are those of the variants; the baseline is the one that is not
/// compared.
pub fn sentence(analysis: &Analysis, names: &[&str]) -> String {
    let compared = || analysis.variants.iter().zip(names);
    let baseline = compared()
        .find(|(f, _)| f.verdict == Verdict::Baseline)
        .map_or("the baseline", |(_, name)| name);
    let of = |wanted: &Verdict| -> Vec<String> {
        let mut found: Vec<(&VariantFinding, &&str)> =
            compared().filter(|(f, _)| f.verdict == *wanted).collect();
        let size = |f: &VariantFinding| {
            f.difference
                .as_ref()
                .map_or(0.0, |d| -d.interval.value.abs())
        };
        found.sort_by(|a, b| size(a.0).total_cmp(&size(b.0)));
        found
            .into_iter()
            .map(|(f, name)| match &f.difference {
                Some(d) if *wanted != Verdict::Equivalent => {
                    format!("{name} by {}", by(&d.interval))
                }
                _ => (*name).to_owned(),
            })
            .collect()
    };
    let (better, worse, same) = (
        of(&Verdict::Better),
        of(&Verdict::Worse),
        of(&Verdict::Equivalent),
    );
    let undecided: Vec<Option<usize>> = analysis
        .variants
        .iter()
        .filter_map(|f| match f.verdict {
            Verdict::Undecided { more_rows } if f.difference.is_some() => Some(more_rows),
            _ => None,
        })
        .collect();
    let mut parts = Vec::new();
    if !better.is_empty() {
        parts.push(format!("Better than {baseline}: {}.", listed(&better)));
    }
    if !worse.is_empty() {
        parts.push(format!("Worse than {baseline}: {}.", listed(&worse)));
    }
    if !same.is_empty() {
        parts.push(format!("As good as {baseline}: {}.", listed(&same)));
    }
    if !undecided.is_empty() {
        let (n, all) = (
            undecided.len(),
            better.is_empty() && worse.is_empty() && same.is_empty(),
        );
        let who = match (all, n) {
            (true, 1) => {
                format!("Whether the other wording differs from {baseline} cannot be told yet")
            }
            (true, _) => format!("No wording can be told from {baseline} yet"),
            (false, 1) => "One more cannot be told yet".to_owned(),
            (false, _) => format!("{n} more cannot be told yet"),
        };
        let rows = undecided
            .iter()
            .flatten()
            .min()
            .map_or(String::new(), |rows| {
                format!(
                    "; {} would tell {}",
                    more(*rows),
                    if n == 1 { "" } else { "the first of them" }
                )
            });
        parts.push(format!("{}.", format!("{who}{rows}").trim_end()));
    }
    if let Some(spread) = &analysis.spread {
        let beyond = if spread.p < 0.05 {
            "more than the"
        } else {
            "no more than the"
        };
        parts.push(format!(
            "Best to worst: {} points, {beyond} {} that chance alone shows among equal wordings (p {}).",
            number(spread.value * 100.0),
            number(spread.null_95 * 100.0),
            p_text(spread.p)
        ));
    }
    parts.join(" ")
}

/// The first few of a list.
fn listed(all: &[String]) -> String {
    const SHOWN: usize = 4;
    let mut text = all[..all.len().min(SHOWN)].join(", ");
    if all.len() > SHOWN {
        text += &format!(" and {} more", all.len() - SHOWN);
    }
    text
}

/// `= 0.012`, `< 0.001`.
pub(crate) fn p_text(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".into()
    } else {
        format!("= {p:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_have_a_sign_and_no_negative_zero() {
        assert_eq!(
            [points(0.06), points(-0.015), points(-0.0001)],
            ["+6.0", "-1.5", "0.0"]
        );
        assert_eq!(
            [number(-0.01), number(-2.0), number(1.25)],
            ["0", "−2", "1.2"]
        );
    }

    #[test]
    fn sizes_have_no_sign_and_run_from_small_to_large() {
        let interval = |value, low, high| Interval { value, low, high };
        assert_eq!(by(&interval(0.06, 0.01, 0.11)), "6 points (1 to 11)");
        assert_eq!(by(&interval(-0.06, -0.11, -0.01)), "6 points (1 to 11)");
        assert_eq!(by(&interval(0.01, -0.005, 0.02)), "1 point (−0.5 to 2)");
    }
}
