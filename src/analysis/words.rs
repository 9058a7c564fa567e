//! Findings in words.

use super::{Analysis, Verdict};

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

/// What the analysis comes to, in one or two sentences. `names` are those of the variants.
pub fn sentence(analysis: &Analysis, names: &[&str]) -> String {
    let of = |wanted: Verdict| -> Vec<String> {
        analysis
            .variants
            .iter()
            .zip(names)
            .filter(|(f, _)| f.verdict == wanted)
            .map(|(f, name)| match &f.difference {
                Some(d) => format!("{name} ({} points)", points(d.interval.value)),
                None => (*name).to_owned(),
            })
            .collect()
    };
    let mut parts = Vec::new();
    let (better, worse) = (of(Verdict::Better), of(Verdict::Worse));
    if !better.is_empty() {
        parts.push(format!(
            "Better than the baseline beyond chance: {}.",
            better.join(", ")
        ));
    }
    if !worse.is_empty() {
        parts.push(format!("Worse: {}.", worse.join(", ")));
    }
    let undecided = analysis.variants.iter().filter_map(|f| match f.verdict {
        Verdict::Undecided { more_rows } => Some(more_rows),
        _ => None,
    });
    let undecided: Vec<Option<usize>> = undecided.collect();
    if better.is_empty() && worse.is_empty() && !undecided.is_empty() {
        parts.push("No wording differs from the baseline beyond chance.".into());
    }
    if let Some(rows) = undecided.iter().flatten().min() {
        parts.push(format!(
            "For the nearest undecided one, about {rows} more rows would tell."
        ));
    }
    if let Some(spread) = &analysis.spread {
        parts.push(format!(
            "Spread {:.1} points; equal wordings would show up to {:.1} (p = {}).",
            spread.value * 100.0,
            spread.null_95 * 100.0,
            p_text(spread.p)
        ));
    }
    parts.join(" ")
}

fn p_text(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".into()
    } else {
        format!("{p:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::points;

    #[test]
    fn points_have_a_sign_and_no_negative_zero() {
        assert_eq!(
            [points(0.06), points(-0.015), points(-0.0001)],
            ["+6.0", "-1.5", "0.0"]
        );
    }
}
