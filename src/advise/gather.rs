//! Evidence from the grids of a run.

use super::{
    AnswerBias, ErrorAgreement, Evidence, Latency, ModelFigures, ModelScore,
    answer_groups::AnswerGroups,
    compare_tuned,
    curve::curve,
    room::{all_wrong_by_chance, headroom},
};
use crate::{
    analysis::AnalysisSpec,
    model::{RowHeads, Variant},
    outcome::Grid,
};

/// Evidence of a run, about the best of its base models; the caller adds what the user gave.
pub fn gather(
    parts: &[ModelFigures<'_>],
    variants: &[Variant],
    heads: &RowHeads,
    spec: &AnalysisSpec,
) -> Evidence {
    let value = |p: &ModelFigures<'_>| p.held_out().map_or(f64::NEG_INFINITY, |s| s.value);
    let bases: Vec<&ModelFigures<'_>> = parts.iter().filter(|p| !p.tuned).collect();
    let mut evidence = Evidence::default();
    let Some(base) = bases
        .iter()
        .copied()
        .rev()
        .max_by(|a, b| value(a).total_cmp(&value(b)))
    else {
        return evidence;
    };
    let (Some(best), Some(held_out)) = (base.best(), base.held_out()) else {
        return evidence;
    };
    let name = |v: usize| variants.get(v).map_or(String::new(), |v| v.name.clone());
    let finding = &base.analysis.variants[best];
    let answered = finding.n * base.grid.samples();
    let groups = AnswerGroups::new((0..heads.len()).map(|row| heads.expected(row)));
    evidence.score = Some(ModelScore {
        model: base.model.clone(),
        variant: name(best),
        held_out,
        rows: finding.n,
        wordings: base
            .analysis
            .variants
            .iter()
            .filter(|f| f.score.is_some())
            .count(),
        unreadable: finding.unreadable as f64 / answered.max(1) as f64,
        cut: finding.truncation.truncated as f64 / finding.truncation.answers.max(1) as f64,
        max_cut: spec.max_truncated,
    });
    evidence.others = bases
        .iter()
        .filter(|p| p.model != base.model)
        .map(|p| p.model.clone())
        .collect();
    let shift = base.held_out_shift().unwrap_or(0.0);
    evidence.majority = groups.constant(base.grid, best, shift);
    evidence.bias = bias(base, best, &groups);
    evidence.headroom = headroom(base, best, &groups, (variants, heads), spec);
    evidence.spread = base
        .analysis
        .spread
        .as_ref()
        .map(|s| (s.value, s.null_95, s.p));
    evidence.wording_share = base.analysis.components.as_ref().and_then(|c| {
        let wording = c.variant.value + c.variant_row.value;
        let all = wording + c.row.value + c.sample.map_or(0.0, |s| s.value);
        (all > 0.0 && c.sample.is_some()).then(|| wording / all)
    });
    evidence.curve = curve(base.grid, variants, best, spec);
    evidence.errors = errors(&bases, &groups);
    if let Some(shortest) = base.shortest() {
        let of = &base.analysis.variants;
        evidence.prompt_tokens = Some((of[best].prompt_tokens, of[shortest].prompt_tokens));
        let medians = of[best].latency_p50_ms.zip(of[shortest].latency_p50_ms);
        evidence.latency = medians.map(|(best_ms, shortest_ms)| Latency {
            best_ms,
            shortest_ms,
            in_flight: None,
        });
    }
    let names: Vec<&str> = variants.iter().map(|v| v.name.as_str()).collect();
    evidence.tuned = parts
        .iter()
        .filter(|p| p.tuned && p.best().is_some())
        .map(|tuned| {
            let bare = tuned.shortest().unwrap_or(best);
            compare_tuned(
                (&base.model, base.grid),
                (&tuned.model, tuned.grid),
                &names,
                (bare, best),
                spec,
            )
        })
        .max_by(|a, b| {
            let of = |t: &super::Tuned| t.best_difference().map_or(f64::NEG_INFINITY, |d| d.value);
            of(a).total_cmp(&of(b))
        });
    evidence
}

/// How the answers of the best wording are spread over the labels, and how far the wordings differ in that.
fn bias(base: &ModelFigures<'_>, best: usize, groups: &AnswerGroups) -> Option<AnswerBias> {
    let shares = groups.shares(base.grid, best);
    let furthest = (shares.iter()).max_by(|a, b| a.excess().total_cmp(&b.excess()))?;
    let answer = furthest.answer.clone();
    let given = |v: usize| {
        let shares = groups.shares(base.grid, v);
        shares.iter().find(|s| s.answer == answer).map(|s| s.given)
    };
    let all: Vec<f64> = (0..base.grid.variants()).filter_map(given).collect();
    Some(AnswerBias {
        over_wordings: (
            all.iter().copied().fold(f64::INFINITY, f64::min),
            all.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        ),
        answer,
        shares,
    })
}

/// Whether models fail on the same rows, each with its best wording; chance is counted among the rows that expect the same.
fn errors(bases: &[&ModelFigures<'_>], groups: &AnswerGroups) -> Option<ErrorAgreement> {
    let rows = bases.first()?.grid.rows();
    let wrong: Vec<Vec<Option<bool>>> = bases
        .iter()
        .filter_map(|p| {
            let best = p.best()?;
            let of_row = |row| {
                let cell = p.grid.summary(best, row);
                cell.mean().map(|_| !cell.is_correct())
            };
            Some((0..rows).map(of_row).collect())
        })
        .collect();
    if wrong.len() < 2 {
        return None;
    }
    let (mut shared, mut chance, mut pairs) = (0.0, 0.0, 0.0);
    for a in 0..wrong.len() {
        for b in (0..wrong.len()).filter(|b| *b != a) {
            // Rows, wrong by one, by the other, by both, in each group.
            let mut tally = vec![[0.0f64; 4]; groups.len()];
            for row in 0..rows {
                if let (Some(of_a), Some(of_b)) = (wrong[a][row], wrong[b][row]) {
                    let found = [true, of_a, of_b, of_a && of_b];
                    let counts = &mut tally[groups.group(row)];
                    counts
                        .iter_mut()
                        .zip(found)
                        .for_each(|(n, is)| *n += f64::from(u8::from(is)));
                }
            }
            let sum = |of: fn(&[f64; 4]) -> f64| tally.iter().map(of).sum::<f64>();
            let of_a = sum(|n| n[1]);
            if of_a > 0.0 {
                shared += sum(|n| n[3]) / of_a;
                chance += sum(|n| n[1] * n[2] / n[0].max(1.0)) / of_a;
                pairs += 1.0;
            }
        }
    }
    let is_hopeless = |row: &usize| {
        let finding = |p: &&ModelFigures<'_>| {
            let found = p.analysis.rows.get(*row);
            found.is_some_and(|f| f.profile.is_always_wrong())
        };
        bases.iter().all(finding)
    };
    let grids: Vec<&Grid> = bases.iter().map(|p| p.grid).collect();
    (pairs > 0.0).then(|| ErrorAgreement {
        models: wrong.len(),
        shared: shared / pairs,
        by_chance: chance / pairs,
        hopeless: (0..rows).filter(is_hopeless).count() as f64 / rows.max(1) as f64,
        hopeless_by_chance: all_wrong_by_chance(&grids, groups),
    })
}
