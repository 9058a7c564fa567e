//! Evidence from the grids of a run.

use super::{
    AnswerBias, ErrorAgreement, Evidence, Latency, ModelFigures, ModelScore, UnscoredRun,
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
    let mut evidence = Evidence {
        unscored: UnscoredRun::find(&bases, variants),
        ..Evidence::default()
    };
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
    let groups = AnswerGroups::new((0..heads.len()).map(|row| heads.expected(row)));
    evidence.score = Some(ModelScore {
        model: base.model.clone(),
        variant: name(best),
        held_out,
        rows: finding.n,
        wordings: base.analysis.comparable().count(),
        not_tried: not_tried(base),
        left_out: base.analysis.cut_variants().count(),
        left_out_reach: left_out_reach(base),
        raised: false,
        unreadable: finding.unreadable as f64 / finding.truncation.answers.max(1) as f64,
        cut: finding.truncation.share(),
        max_cut: base.grid.rules().max_truncated.share(),
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

/// The share of the cells of wordings that are compared to which nothing was sent.
fn not_tried(base: &ModelFigures<'_>) -> f64 {
    let all = base.analysis.comparable().count() * base.grid.rows();
    let tried: usize = (base.analysis.comparable())
        .map(|v| {
            let finding = &base.analysis.variants[v];
            finding.n + (finding.failed + finding.unscored) / base.grid.samples().max(1)
        })
        .sum();
    (1.0 - tried as f64 / all.max(1) as f64).max(0.0)
}

/// The most that a wording could score that is not compared, if all its cut answers were right.
fn left_out_reach(base: &ModelFigures<'_>) -> f64 {
    let reach = |v: usize| {
        let finding = &base.analysis.variants[v];
        finding.score.map_or(0.0, |s| s.value) + finding.truncation.share()
    };
    let all = base.analysis.cut_variants().map(reach);
    all.fold(0.0f64, f64::max).min(1.0)
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
    let all: Vec<f64> = base.analysis.comparable().filter_map(given).collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::analyse,
        model::{Level, TextColumnBuilder},
        outcome::{Cell, CellState},
    };

    /// The evidence on wordings by number of shots, label given to each row, prompt tokens, and whether answers are cut.
    fn evidence(wordings: &[(&str, &str, u32, bool)]) -> Evidence {
        let expected = "ppnn".repeat(20);
        let mut grid = Grid::new(wordings.len(), expected.len(), 1);
        for (v, (_, given, prompt_tokens, truncated)) in wordings.iter().enumerate() {
            for (row, (given, right)) in given.chars().cycle().zip(expected.chars()).enumerate() {
                let cell = Cell {
                    state: CellState::Scored,
                    score: Some(f64::from(u8::from(given == right))),
                    answer: Some(grid.intern(&given.to_string())),
                    truncated: *truncated,
                    latency_ms: 1.0,
                    prompt_tokens: *prompt_tokens,
                    cached_tokens: 0,
                    completion_tokens: 1,
                };
                grid.set(v, row, 0, cell);
            }
        }
        let variants: Vec<Variant> = wordings
            .iter()
            .map(|(shots, ..)| {
                let level = Level {
                    name: (*shots).into(),
                    value: (*shots).into(),
                };
                Variant {
                    name: format!("t[shots.count={shots}]"),
                    template: 0,
                    levels: vec![("shots.count".into(), level)],
                    params: Default::default(),
                }
            })
            .collect();
        let mut labels = TextColumnBuilder::default();
        (expected.chars()).for_each(|label| labels.push(Some(&label.to_string())));
        let heads = RowHeads {
            rows: expected.len(),
            expected: Some(labels.finish()),
            ..RowHeads::default()
        };
        let spec = AnalysisSpec {
            resamples: 200,
            ..AnalysisSpec::default()
        };
        let part = ModelFigures {
            model: "e/m".into(),
            tuned: false,
            grid: &grid,
            analysis: &analyse(&grid, &spec),
        };
        gather(&[part], &variants, &heads, &spec)
    }

    #[test]
    fn wordings_whose_answers_were_cut_enter_nothing_but_their_own_count() {
        let compared = [
            ("0", "pnnn", 20, false),
            ("2", "ppnp", 40, false),
            ("4", "ppnn", 60, false),
            ("4", "ppnp", 60, false),
        ];
        let cut = [
            ("8", "nnpp", 5, true),
            ("0", "pppp", 5, true),
            ("2", "nnnn", 5, true),
        ];
        let mut with = evidence(&[&cut[..], &compared[..]].concat());
        let without = evidence(&compared);
        let score = with.score.as_mut().unwrap();
        assert_eq!((score.wordings, score.left_out), (4, 3));
        assert!(score.left_out_reach > 0.0);
        (score.left_out, score.left_out_reach) = (0, 0.0);
        assert_eq!(with.prompt_tokens, Some((60.0, 20.0)));
        assert_eq!(with, without);
    }
}
