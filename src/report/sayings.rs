//! What was found, a sentence or more each, without layout: the terminal, HTML and Markdown say the same.

use super::{ModelReport, RunReport};
use crate::analysis::{AxisEffects, Resource, p_text, points, sentence};

/// What to expect of the wordings on new rows, and what asking again does. `names` are those of the variants.
pub(super) fn expect(part: &ModelReport, names: &[String]) -> Vec<String> {
    let found = &part.analysis;
    let mut all = Vec::new();
    if let Some(best) = &found.best {
        let shown = found
            .variants
            .get(best.variant)
            .and_then(|f| f.score)
            .map_or(0.0, |s| s.value);
        all.push(format!(
            "{} shows {:.1} %. Chosen as the best of {}, expect {:.1} % on new rows.",
            names.get(best.variant).map_or("", String::as_str),
            shown * 100.0,
            found.variants.iter().filter(|f| f.score.is_some()).count(),
            best.held_out * 100.0
        ));
    }
    // Where a policy chose what to ask, the rows that all share are few, and its own conclusion says more.
    if let (Some(overall), None) = (&found.overall, &part.policy) {
        all.push(format!(
            "A wording taken at random: {:.1} %.",
            overall.average * 100.0
        ));
    }
    if let Some(noise) = found.spread.as_ref().and_then(|s| s.repeats) {
        all.push(if noise.null_95 > 0.0 {
            format!(
                "Asking again moves the best to worst by up to {:.1} points by itself (p {}).",
                noise.null_95 * 100.0,
                p_text(noise.p)
            )
        } else {
            "Asking again changed no score.".to_owned()
        });
    }
    if let Some(a) = &found.agreement {
        let itself = a.itself.map_or(String::new(), |i| {
            format!("; a wording agrees with itself in {:.0} %", i * 100.0)
        });
        all.push(format!(
            "Two wordings give the same answer to a row in {:.0} % of cases{itself}.",
            a.raw * 100.0
        ));
    }
    all
}

/// What the run came to: what its policy says, where it did not buy every trial.
pub(super) fn headline(part: &ModelReport, report: &RunReport) -> String {
    let fewer = super::fewer::conclusion_sentences(report, part);
    if fewer.is_empty() {
        sentence(&part.analysis, &report.names())
    } else {
        fewer.join(" ")
    }
}

/// What came of the metrics for which somebody was asked.
pub(super) fn told(part: &ModelReport) -> Vec<String> {
    part.scoring
        .iter()
        .flat_map(super::MetricScoring::sentences)
        .collect()
}

/// What of the spread is the scorer's and not the wording's.
pub(super) fn scorer(part: &ModelReport) -> Option<String> {
    let s = part.trials.as_ref()?.scorer?;
    let [strict, normalized, extracted] = [s.strict, s.normalized, s.extracted].map(|x| x * 100.0);
    if (strict - extracted).abs() < 0.05 && (normalized - extracted).abs() < 0.05 {
        return None;
    }
    let of = if strict > extracted {
        format!(
            "; {:.1} points of it are the strict scorer's, not the wording's",
            strict - extracted
        )
    } else {
        String::new()
    };
    Some(format!(
        "Best to worst, the same outputs read letter for letter: {strict:.1} points; but for case and marks: {normalized:.1}; \
         as the metric reads them: {extracted:.1}{of}."
    ))
}

/// What axes do together, and what the design cannot tell.
pub(super) fn together(effects: &AxisEffects) -> Vec<String> {
    let mut all: Vec<String> = effects
        .interactions
        .iter()
        .filter(|i| i.p_adjusted < 0.05)
        .map(|i| {
            format!(
                "{} and {} act together beyond each alone: {:.0} % (p {}).",
                i.axes.0,
                i.axes.1,
                i.share * 100.0,
                p_text(i.p_adjusted)
            )
        })
        .collect();
    if !effects.inseparable.is_empty() && effects.axes.len() > 1 {
        let pairs: Vec<String> = effects
            .inseparable
            .iter()
            .take(3)
            .map(|(a, b)| format!("{a} with {b}"))
            .collect();
        let more = effects.inseparable.len() - pairs.len();
        let more = if more > 0 {
            format!(" and {more} more pairs")
        } else {
            String::new()
        };
        all.push(format!(
            "This design cannot tell what axes do together: {}{more}.",
            pairs.join(", ")
        ));
    }
    all
}

/// What the next calls should buy, and what the rows there are can find.
pub(super) fn next(part: &ModelReport, report: &RunReport, names: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(next) = &part.analysis.next
        && next.error > 0.0
        && let Some(first) = next.choices.first()
    {
        let of = |what: Resource| match what {
            Resource::Rows => "rows",
            Resource::Variants => "wordings",
            Resource::Samples => "samples of each cell",
        };
        let others: Vec<String> = next.choices[1..]
            .iter()
            .map(|c| format!("{} to {:.2}", of(c.what), c.error * 100.0))
            .collect();
        all.push(format!(
            "Spend the next {} calls on {}: the error of the mean over wordings and rows falls from {:.2} points to {:.2} ({}).",
            next.calls,
            of(first.what),
            next.error * 100.0,
            first.error * 100.0,
            others.join(", ")
        ));
    }
    let needed = part
        .analysis
        .variants
        .iter()
        .filter_map(|f| f.difference.as_ref()?.detectable);
    if let Some(detectable) = needed.reduce(f64::max) {
        all.push(format!(
            "With the rows there are, a true difference of {} points or more to {} is found four times out of five.",
            points(detectable).trim_start_matches('+'),
            names.get(report.info.baseline).map_or("", String::as_str)
        ));
    }
    all
}
