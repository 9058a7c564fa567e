//! The answers of an old run that hold for the plan as it is now. Pure.

use crate::{
    engine::Plan,
    model::TrialId,
    outcome::{Grid, RowLink, align_rows},
    store::RunInfo,
};

/// Where the cells of a plan are in a run of other wordings.
#[derive(Debug, Clone, Default)]
pub struct ReusableAnswers {
    variants: Vec<Option<u32>>,
    models: Vec<Option<u32>>,
    rows: RowLink,
}

impl ReusableAnswers {
    /// The trial of the run; `None` where it has none that holds for the plan.
    pub fn there(&self, id: TrialId) -> Option<TrialId> {
        let of = |places: &[Option<u32>], at: u32| places.get(at as usize).copied().flatten();
        Some(TrialId {
            variant: of(&self.variants, id.variant)?,
            model: of(&self.models, id.model)?,
            row: self.rows.earlier(id.row as usize)? as u32,
            sample: id.sample,
        })
    }
}

/// The answers of a run that hold for the plan as it is now: those of wordings that did not change.
pub(crate) fn reusable_answers(
    plan: &Plan,
    info: &RunInfo,
    grids: &[Grid],
) -> (Vec<Grid>, ReusableAnswers) {
    let now = plan.run_info(None);
    let mut boards: Vec<Grid> = now
        .models
        .iter()
        .map(|_| {
            Grid::new(now.variants.len(), now.rows, now.samples).with_threshold(now.correct_from())
        })
        .collect();
    let same = now.dataset.1 == info.dataset.1
        && now.seed == info.seed
        && now.params == info.params
        && now.metrics == info.metrics;
    if !same {
        return (boards, ReusableAnswers::default());
    }
    let of = |o: Option<usize>| o.map(|o| o as u32);
    let variants = now.variants.iter().map(|variant| {
        let source = &now.templates[variant.template].source;
        of(info.variants.iter().position(|o| {
            o.name == variant.name
                && o.levels == variant.levels
                && o.params == variant.params
                && info
                    .templates
                    .get(o.template)
                    .is_some_and(|t| t.source == *source)
        }))
    });
    let places = ReusableAnswers {
        variants: variants.collect(),
        models: now
            .models
            .iter()
            .map(|m| of(info.models.iter().position(|o| o == m)))
            .collect(),
        rows: align_rows(&info.heads, &now.heads),
    };
    let samples = now.samples.min(info.samples);
    for (m, board) in boards.iter_mut().enumerate() {
        for v in 0..now.variants.len() {
            for r in 0..now.rows {
                let here = TrialId {
                    variant: v as u32,
                    model: m as u32,
                    row: r as u32,
                    sample: 0,
                };
                let Some(there) = places.there(here) else {
                    continue;
                };
                let Some(grid) = grids.get(there.model as usize) else {
                    continue;
                };
                for s in 0..samples {
                    let from = (there.variant as usize, there.row as usize, s);
                    board.copy(grid, from, (v, r, s));
                }
            }
        }
    }
    (boards, places)
}
