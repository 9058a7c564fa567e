//! What a comparison of models found, read from it and from the store: rows that changed with their outputs, labels and slices.

use super::{
    PairEffect, Provenance, RowTexts,
    breakdown::expected_labels,
    pair_grid::{AnswerBill, PairGrid, PairRows},
};
use crate::{
    analysis::AnalysisSpec,
    engine::{AnswerSources, CurrentAnswers, EngineError, Plan, stored_trial},
    model::TrialId,
    narrate::{endpoint_warning, quality::stand_in, upgrade as words},
    outcome::{ChangeCounts, FlipShares, RowChange},
    store::Store,
    upgrade::{Side, Upgrade, UpgradeFindings, UpgradePart, UpgradedWording, WordingOutcome},
};
use std::{collections::HashMap, sync::Arc};

/// Digits of a hash that are shown.
const HASH: usize = 16;

/// The findings, and the command that shows them again.
#[derive(Debug)]
pub struct UpgradeReport {
    pub findings: UpgradeFindings,
    pub command: String,
    /// The dataset: file and hash.
    pub dataset: (String, String),
}

/// Rows that stand for a label or a value of a column.
struct Part {
    column: Option<String>,
    value: String,
    /// Whether each row of the experiment is in it.
    rows: Vec<bool>,
}

impl UpgradeReport {
    /// Of a comparison that has ended. `known`: see [`UpgradeFindings::known`].
    pub fn new(
        upgrade: &Upgrade,
        store: &Store,
        texts: &RowTexts,
        known: Vec<String>,
        command: String,
    ) -> Result<UpgradeReport, EngineError> {
        let plan = upgrade.plan();
        let names = upgrade.shown_names();
        let parts = parts(plan);
        let outcomes: Vec<WordingOutcome> = (0..plan.variants.len())
            .map(|w| upgrade.outcome(w))
            .collect();
        let outputs = Outputs::find(upgrade, &outcomes, store)?;
        let mut wordings = Vec::with_capacity(plan.variants.len());
        let named = plan.variants.iter().zip(names).zip(outcomes);
        for (w, ((variant, shown_name), outcome)) in named.enumerate() {
            let pair = Pair::new(upgrade, w, &outcome);
            let effect = pair.effect(upgrade, w, texts, &outputs);
            wordings.push(UpgradedWording {
                name: variant.name.clone(),
                shown_name,
                scores: (upgrade.comparison().part(w, 1, &|_| true)).map(|all| [all.from, all.to]),
                flips: FlipShares::new(&pair.compared.grid, 0, 1),
                parts: pair.parts(upgrade, w, &parts),
                effect,
                outcome,
            });
        }
        let (path, hash) = (plan.dataset.path(), plan.dataset.hash());
        Ok(UpgradeReport {
            findings: UpgradeFindings {
                experiment: plan.experiment.name.clone(),
                request: upgrade.request().clone(),
                rows: plan.dataset.len(),
                samples: upgrade.answers().samples(),
                wordings,
                access: upgrade.access().clone(),
                spent: upgrade.spent(),
                refusals: upgrade.refusals().to_vec(),
                warnings: upgrade.warnings().to_vec(),
                known,
                ending: upgrade.ending().cloned(),
            },
            command,
            dataset: (path.display().to_string(), hash.to_owned()),
        })
    }
}

/// The rows of a wording that the old model has answers to, and the answers of both.
struct Pair {
    rows: Vec<u32>,
    compared: PairGrid,
}

impl Pair {
    fn new(upgrade: &Upgrade, wording: usize, outcome: &WordingOutcome) -> Pair {
        let (plan, answers) = (upgrade.plan(), upgrade.answers());
        let has_old = |row: &&u32| answers.is_scored(Side::From, wording, **row);
        let rows: Vec<u32> = outcome.tried.iter().filter(has_old).copied().collect();
        let grid = answers.pair(wording, &rows);
        let max_tokens = plan.max_tokens()[wording];
        let spec = AnalysisSpec {
            margin: upgrade.request().margin,
            seed: plan.experiment.seed,
            max_tokens: vec![max_tokens; 2],
            // Intervals of a single look are not shown.
            resamples: 1,
            ..AnalysisSpec::default()
        };
        Pair {
            compared: PairGrid::new(grid, answers.samples(), &spec),
            rows,
        }
    }

    fn effect(
        &self,
        upgrade: &Upgrade,
        wording: usize,
        texts: &RowTexts,
        outputs: &Outputs<'_>,
    ) -> PairEffect {
        let bill = |side: usize| AnswerBill {
            reused: 0,
            cost_per_1000: self.compared.grid.mean_cost(side).map(|usd| usd * 1_000.0),
        };
        let shown = PairRows {
            heads: upgrade.plan().dataset.heads(),
            places: &|r| self.rows[r] as usize,
            texts,
            outputs: &|side, r| match self.compared.changes[r] {
                Some(change) if change != RowChange::Unchanged => {
                    outputs.of(side, wording, self.rows[r])
                }
                _ => Vec::new(),
            },
            bills: [bill(0), bill(1)],
        };
        let model = upgrade.request().to.clone();
        let mut effect = self.compared.effect(model, &shown);
        // The record of the old model is what there is; no answer of it was planned here.
        effect.trials_before.planned -= effect.trials_before.missing;
        effect.trials_before.missing = 0;
        effect
    }

    /// The largest loss first; only parts with a row that both answered.
    fn parts(&self, upgrade: &Upgrade, wording: usize, parts: &[Part]) -> Vec<UpgradePart> {
        let all = parts.iter().filter_map(|part| {
            let is_in = |row: u32| part.rows[row as usize];
            let scores = (upgrade.comparison()).part(wording, parts.len(), &is_in)?;
            let changes = self.rows.iter().zip(&self.compared.changes);
            let changes: ChangeCounts = changes
                .filter(|(row, _)| is_in(**row))
                .filter_map(|(_, change)| *change)
                .collect();
            Some(UpgradePart {
                column: part.column.clone(),
                value: part.value.clone(),
                scores,
                changes,
            })
        });
        let mut all: Vec<UpgradePart> = all.collect();
        let loss = |part: &UpgradePart| part.scores.difference.value;
        all.sort_by(|a, b| loss(a).total_cmp(&loss(b)));
        all
    }
}

/// The rows of each label and of each value of a slice.
fn parts(plan: &Plan) -> Vec<Part> {
    let rows = plan.dataset.len();
    let expected = expected_labels(plan.scorer.labels(), plan.dataset.heads());
    let labels = expected
        .labels()
        .iter()
        .zip(0..)
        .map(|(label, number)| Part {
            column: None,
            value: label.clone(),
            rows: (0..rows)
                .map(|row| expected.of_row(row).contains(&number))
                .collect(),
        });
    let slices = plan.slices.iter().flat_map(|slice| {
        let (column, values) = slice.named_values();
        values.into_iter().map(move |value| Part {
            column: Some(column.clone()),
            rows: (0..rows)
                .map(|row| slice.values.get(row).unwrap_or("") == value)
                .collect(),
            value,
        })
    });
    let all = labels.chain(slices);
    all.filter(|part| part.rows.contains(&true)).collect()
}

/// The texts of stored answers.
struct Outputs<'a> {
    store: &'a Store,
    /// Of the rows that were tried.
    plan: Plan,
    /// The place in that plan of each row.
    places: HashMap<u32, u32>,
    sources: Arc<AnswerSources>,
}

impl<'a> Outputs<'a> {
    fn find(
        upgrade: &Upgrade,
        outcomes: &[WordingOutcome],
        store: &'a Store,
    ) -> Result<Outputs<'a>, EngineError> {
        let whole = upgrade.plan();
        let tried = outcomes.iter().flat_map(|outcome| &outcome.tried);
        let mut rows: Vec<u32> = tried.copied().collect();
        rows.sort_unstable();
        rows.dedup();
        let (templates, variants) = (whole.templates.clone(), whole.variants.clone());
        let mut plan = whole.with_variants(templates, variants, &rows)?;
        let [old, new] = upgrade.answers().samples();
        plan.experiment.samples = old.max(new);
        let sources = CurrentAnswers::find_all(&plan, store)?.sources;
        Ok(Outputs {
            store,
            plan,
            places: rows.into_iter().zip(0..).collect(),
            sources,
        })
    }

    /// Distinct outputs and how often each came, the most frequent first; those that cannot be read are left out.
    fn of(&self, side: usize, wording: usize, row: u32) -> Vec<(String, usize)> {
        let Some(row) = self.places.get(&row) else {
            return Vec::new();
        };
        let mut outputs: Vec<(String, usize)> = Vec::new();
        for sample in 0..self.plan.experiment.samples {
            let id = TrialId {
                variant: wording as u32,
                model: side as u32,
                row: *row,
                sample: sample as u32,
            };
            let Some(place) = self.sources.place(id) else {
                continue;
            };
            let Ok(Some(trial)) = stored_trial(self.store, Some(&self.plan), id, &place) else {
                continue;
            };
            let Some(completion) = trial.outcome.completion() else {
                continue;
            };
            match outputs
                .iter_mut()
                .find(|(text, _)| *text == completion.text)
            {
                Some((_, times)) => *times += 1,
                None => outputs.push((completion.text.clone(), 1)),
            }
        }
        outputs.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        outputs
    }
}

impl UpgradeReport {
    pub(super) fn provenance(&self) -> Provenance {
        Provenance::new(&[], Some(self.command.clone()))
    }

    /// What is said of the whole, below its parts: refusals, what is known of the models, what was sent, the test.
    pub(super) fn closing(&self) -> Vec<String> {
        let found = &self.findings;
        let refusals = found.refusals.iter();
        let mut all: Vec<String> = refusals.map(|r| words::refusal(r, found)).collect();
        all.extend(found.known.iter().cloned());
        all.extend(found.warnings.iter().map(endpoint_warning));
        all.extend(words::course(found));
        all.push(words::method(found));
        let (path, hash) = &self.dataset;
        let hash = &hash[..hash.len().min(HASH)];
        all.push(format!("Dataset: {path} ({hash})."));
        all.extend(stand_in(&[&found.request.from, &found.request.to]));
        all
    }
}

/// What is said of a wording below its verdict.
pub(super) fn sentences(wording: &UpgradedWording, found: &UpgradeFindings) -> Vec<String> {
    let mut all = vec![words::rows(wording, found)];
    if wording.outcome.compared > 0 {
        all.push(words::flips(wording, found));
    }
    all.extend(words::trial_problems(wording, found));
    all
}
