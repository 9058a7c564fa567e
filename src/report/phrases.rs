//! Findings in a few words, as every form of the report says them. No layout.

use crate::{
    analysis::{AxisFinding, Unavailable, VarianceShares, VariantFinding, Verdict, p_text, points},
    display::{fit, visible},
};

/// What is not known, and what it needs, as a sentence.
pub(super) fn need_sentence(need: &Unavailable) -> String {
    format!("{} needs {}.", need_words(need.figure), need.needs)
}

fn need_words(figure: &str) -> &str {
    match figure {
        "score" => "A score",
        "spread" => "The spread",
        "best" => "The score to expect",
        "components" => "The source of the differences",
        "repeats" => "The noise of asking again",
        "agreement" => "Agreement",
        "axes" => "What an axis does",
        "clusters" => "This dataset",
        other => other,
    }
}

/// What is said beside a variant; `wide` where there is room for more.
pub(super) fn note(f: &VariantFinding, wide: bool) -> String {
    let mut text = match (&f.verdict, &f.difference) {
        (Verdict::Baseline, _) => "baseline".to_owned(),
        (verdict, Some(d)) => {
            let word = match verdict {
                Verdict::Better => "better",
                Verdict::Worse => "worse",
                Verdict::Equivalent => "as good",
                Verdict::Undecided { more_rows: Some(n) } if wide => {
                    &format!("cannot tell, ~{n} more rows")
                }
                _ => "cannot tell",
            };
            format!("{:>5} {word}", points(d.interval.value))
        }
        (_, None) if f.score.is_none() => "no answers".to_owned(),
        _ => "no row in common".to_owned(),
    };
    for (n, word) in [
        (f.unreadable, "unreadable"),
        (f.truncated, "truncated"),
        (f.refused, "refused"),
        (f.failed, "failed"),
        (f.unscored, "without a score"),
    ] {
        if n > 0 {
            text += &format!(", {n} {word}");
        }
    }
    text
}

/// Said where there are no differences to share out.
pub(super) fn same_scores(shares: &VarianceShares) -> String {
    format!(
        "On the {} rows that all variants have, all scores are the same.",
        shares.rows
    )
}

/// What an axis does in a few words, and their colour.
pub(super) fn axis_words(axis: &AxisFinding) -> (String, &'static str) {
    if !axis.confounded_with.is_empty() {
        return (
            format!(
                "cannot be told from {}",
                visible(&axis.confounded_with.join(", "))
            ),
            "33",
        );
    }
    if axis.p_adjusted < 0.05 {
        return (
            format!("moves the score (p {})", p_text(axis.p_adjusted)),
            "32",
        );
    }
    match &axis.answers {
        Some(a) if a.p_adjusted < 0.05 => (
            format!(
                "changes the answers (p {}); no effect on the score shown",
                p_text(a.p_adjusted)
            ),
            "33",
        ),
        _ => (
            format!(
                "no effect on the score shown (p {})",
                p_text(axis.p_adjusted)
            ),
            "2",
        ),
    }
}

/// What is worth knowing of an axis beside that, a sentence each.
pub(super) fn axis_details(axis: &AxisFinding) -> Vec<String> {
    let mut all = Vec::new();
    if axis.p_adjusted < 0.05 && !axis.levels.is_empty() {
        let mut levels: Vec<_> = axis.levels.iter().collect();
        levels.sort_by(|a, b| b.effect.value.total_cmp(&a.effect.value));
        let shown: Vec<String> = levels
            .iter()
            .map(|l| {
                format!(
                    "{} {} ({} to {})",
                    l.name,
                    points(l.effect.value),
                    points(l.effect.low),
                    points(l.effect.high)
                )
            })
            .collect();
        all.push(format!("{} points against its mean", shown.join(", ")));
    }
    if let Some(a) = &axis.answers {
        if let Some(changed) = a.changed {
            let direction = if a.p_adjusted < 0.05 {
                ""
            } else {
                ", in no direction"
            };
            all.push(format!(
                "alone it changes {:.0} % of the answers{direction}",
                changed * 100.0
            ));
        }
        if a.p_adjusted < 0.05
            && let Some(lean) = &a.lean
        {
            all.push(format!(
                "“{}” is answered {:.1} points more often with {} than with {}",
                fit(&lean.answer, 32),
                lean.shift * 100.0,
                lean.more_with,
                lean.less_with
            ));
        }
    }
    all
}

/// Where the differences between scores come from, in words, and their shares.
pub(super) fn share_parts(c: &VarianceShares) -> Vec<(&'static str, f64)> {
    let mut parts = vec![
        ("some rows are harder", c.row.value),
        (
            if c.sample.is_some() {
                "wordings suit some rows"
            } else {
                "wordings suit some rows, and noise"
            },
            c.variant_row.value,
        ),
        ("some wordings are better", c.variant.value),
    ];
    if let Some(sample) = &c.sample {
        parts.push(("asking again", sample.value));
    }
    parts
}
