//! What stands along the edges of the grid: variants, rows, models; of the current plan or of an old run.
//!
//! The one place of the session that reaches into the dataset.

use crate::{
    advise::shot_counts,
    analysis::{AnalysisSpec, AxisLevels},
    engine::{Plan, run_scorer},
    model::{
        LabelWeighting, ModelRef, Prompt, Row, RowHeads, RowRecords, RunSeal, ShortVariantName,
        Shot, SliceColumn, Variant, VariantAliases, VariantNames,
    },
    outcome::{GridRules, RowLink, align_rows},
    row_filter::{RowNames, RowTexts},
    score::Scorer,
    store::RunInfo,
    template::TemplateError,
};
use serde_json::Value;
use std::{
    borrow::Cow,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A row as a person reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowText {
    pub id: String,
    pub input: String,
    pub expected: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSource {
    /// The file, as the user would type it.
    pub path: PathBuf,
    pub text: Arc<str>,
}

/// The edges of the grid.
#[derive(Debug, Default)]
pub struct Table {
    /// Names of the variants.
    pub names: Vec<String>,
    /// Axis and level of each variant.
    pub levels: Vec<Vec<(String, String)>>,
    /// Template of each variant, an index into `sources`.
    pub template: Vec<usize>,
    pub sources: Vec<TableSource>,
    /// Index of the baseline, as the project says.
    pub baseline: usize,
    pub models: Vec<ModelRef>,
    pub samples: usize,
    pub rows: usize,
    /// Id, expected answer and cluster of each row.
    pub heads: Arc<RowHeads>,
    pub seed: u64,
    /// The axes behind the variants.
    pub axes: Vec<AxisLevels>,
    /// A number for each variant that stays with it; see [`AnalysisSpec::keys_of`].
    pub keys: Vec<u64>,
    /// Names of the metrics, the main one first.
    pub metrics: Vec<String>,
    pub rules: GridRules,
    /// The limit of each variant's answers, in tokens; `None` where it is the server's.
    pub max_tokens: Vec<Option<u64>>,
    /// Number of answers that are possible, where it is a closed set.
    pub classes: Option<usize>,
    /// Labels of the main metric, where it has a closed set.
    pub labels: Vec<String>,
    /// Columns by whose values scores are split.
    pub slices: Arc<Vec<SliceColumn>>,
    /// The plan, where the rows are those of the project as it is now.
    pub plan: Option<Arc<Plan>>,
    /// Names for readers, in the same order, and as one text each.
    short_names: Vec<ShortVariantName>,
    shown_names: Vec<String>,
    /// Where it is of an old run.
    run: Option<TableRun>,
}

/// The old run that a table is of.
#[derive(Debug)]
struct TableRun {
    info: Box<RunInfo>,
    /// Its rows among those of the plan.
    link: Option<RowLink>,
    /// Its metrics, where they are known.
    scorer: Option<Scorer>,
}

impl Table {
    pub fn of_plan(plan: Arc<Plan>) -> Table {
        let templates = plan.templates.templates().iter();
        let sources = templates.map(|t| (t.path.clone(), Arc::clone(&t.source)));
        Table {
            baseline: plan.baseline,
            models: plan.models.clone(),
            samples: plan.experiment.samples.max(1),
            heads: Arc::clone(plan.dataset.heads()),
            rows: plan.dataset.len(),
            seed: plan.experiment.seed,
            metrics: plan.scorer.names().into_iter().map(str::to_owned).collect(),
            rules: plan.grid_rules(),
            max_tokens: plan.max_tokens(),
            classes: Some(plan.scorer.labels().len()).filter(|n| *n > 0),
            labels: plan.scorer.labels().to_vec(),
            slices: Arc::clone(&plan.slices),
            plan: Some(Arc::clone(&plan)),
            ..Table::of_variants(&plan.variants, plan.baseline, sources)
        }
    }

    /// Of an old run; the plan gives the texts of the rows where the dataset is still the same.
    pub fn of_run(info: RunInfo, plan: Option<Arc<Plan>>) -> Table {
        let plan = plan.filter(|p| p.dataset.hash() == info.dataset.1);
        let current = plan.as_ref().map(|plan| plan.experiment.metrics.as_slice());
        let scorer = run_scorer(&info, current);
        let link = plan
            .as_ref()
            .map(|plan| align_rows(plan.dataset.heads(), &info.heads));
        let templates = info.templates.iter();
        let sources = templates.map(|t| (t.path.clone(), t.source.as_str().into()));
        let table = Table {
            baseline: info.baseline,
            models: info.models.clone(),
            samples: info.samples.max(1),
            rows: info.rows,
            heads: Arc::clone(&info.heads),
            seed: info.seed,
            metrics: info.metrics.clone(),
            rules: info.grid_rules(),
            max_tokens: info.max_tokens(),
            classes: Some(info.labels.len()).filter(|n| *n > 0),
            labels: info.labels.clone(),
            slices: Arc::clone(&info.slices),
            plan,
            ..Table::of_variants(&info.variants, info.baseline, sources)
        };
        Table {
            run: Some(TableRun {
                info: Box::new(info),
                link,
                scorer,
            }),
            ..table
        }
    }

    /// How labelled rows are weighted, where they are.
    pub fn label_weighting(&self) -> Option<&LabelWeighting> {
        let origins = match (&self.run, &self.plan) {
            (Some(run), _) => run.info.answer_origins.as_ref(),
            (None, plan) => plan.as_ref()?.answer_origins.as_ref(),
        };
        origins?.weighting.as_ref()
    }

    fn of_variants(
        variants: &[Variant],
        baseline: usize,
        sources: impl Iterator<Item = (PathBuf, Arc<str>)>,
    ) -> Table {
        let short_names = VariantNames::new(variants).short_names(baseline);
        Table {
            names: variants.iter().map(|v| v.name.clone()).collect(),
            levels: levels(variants),
            template: variants.iter().map(|v| v.template).collect(),
            sources: sources
                .map(|(path, text)| TableSource { path, text })
                .collect(),
            axes: AnalysisSpec::axes_of(variants),
            keys: AnalysisSpec::keys_of(variants),
            shown_names: short_names.iter().map(ToString::to_string).collect(),
            short_names,
            ..Table::default()
        }
    }

    /// A variant's name for readers: what differs from the baseline.
    pub fn short(&self, variant: usize) -> &str {
        self.shown_names.get(variant).map_or("", String::as_str)
    }

    /// The parts of that name.
    pub fn short_parts(&self, variant: usize) -> Option<&ShortVariantName> {
        self.short_names.get(variant)
    }

    /// The variants that differ from one in the number of shots alone: that number, and the variant.
    pub fn shot_counts(&self, variant: usize) -> Vec<(usize, usize)> {
        shot_counts(self.wordings(), variant)
    }

    /// Of each variant, the first one that it is identical to; empty until that is known.
    pub fn identical(&self) -> &[u32] {
        match (self.run(), &self.plan) {
            (Some(info), _) => info.keys.as_ref().map_or(&[], |keys| &keys.identical),
            (None, Some(plan)) => plan.known_identical(),
            (None, None) => &[],
        }
    }

    /// The run it is of; `None` for the project as it is now.
    pub fn run(&self) -> Option<&RunInfo> {
        self.run.as_ref().map(|run| &*run.info)
    }

    /// What is sealed of the dataset, where something is.
    pub fn seal(&self) -> Option<&RunSeal> {
        match (&self.run, &self.plan) {
            (Some(run), _) => run.info.seal.as_ref(),
            (None, plan) => plan.as_ref()?.seal.as_ref(),
        }
    }

    pub fn wordings(&self) -> &[Variant] {
        match (&self.run, &self.plan) {
            (Some(run), _) => &run.info.variants,
            (None, Some(plan)) => &plan.variants,
            (None, None) => &[],
        }
    }

    pub fn variants(&self) -> usize {
        self.names.len()
    }

    /// The whole row, where it is at hand.
    pub fn data(&self, row: usize) -> Option<Arc<Row>> {
        if let Some(records) = self.records() {
            return records.row(row).map(Arc::new);
        }
        let plan = self.plan.as_ref()?;
        let at = match &self.run {
            None => row,
            Some(_) if row >= self.rows => return None,
            Some(run) => run.link.as_ref()?.earlier(row)?,
        };
        if at >= plan.dataset.len() {
            return None;
        }
        // A file that changed meanwhile is read again by the watcher; until then the row has no text.
        plan.dataset.row(at).ok()
    }

    pub fn row_id(&self, row: usize) -> String {
        if row < self.rows {
            self.heads.id(row).into_owned()
        } else {
            String::new()
        }
    }

    /// A row as a person reads it.
    pub fn row(&self, row: usize) -> RowText {
        if row >= self.rows {
            return RowText::default();
        }
        RowText {
            id: self.row_id(row),
            input: self.data(row).map_or_else(String::new, |data| input(&data)),
            expected: self.heads.expected(row).map(str::to_owned),
        }
    }

    /// What a filter may name; texts are searched in the answers of that model.
    pub fn row_names(&self, baseline: usize, model: usize) -> RowNames {
        RowNames {
            variants: VariantAliases::new(self.names.clone(), self.shown_names.clone()),
            baseline,
            models: self.models.iter().map(ToString::to_string).collect(),
            model,
            searched: vec![model],
            metrics: self.metrics.clone(),
            slices: self.slices.iter().map(|slice| slice.name.clone()).collect(),
            columns: self.columns().to_vec(),
            is_before_answers: false,
        }
    }

    /// The rows that came with the run.
    fn records(&self) -> Option<&RowRecords> {
        self.run()?.records.as_deref()
    }

    /// The columns of the rows, where they are at hand.
    pub fn columns(&self) -> &[String] {
        match (self.records(), &self.plan) {
            (Some(records), _) => records.columns(),
            (None, Some(plan)) => plan.dataset.columns(),
            (None, None) => &[],
        }
    }

    /// The file of the rows.
    pub fn data_file(&self) -> Option<&Path> {
        match (self.run(), &self.plan) {
            (Some(info), _) => Some(&info.dataset.0),
            (None, plan) => plan.as_ref().map(|plan| plan.dataset.path()),
        }
    }

    /// The metrics, where they are known.
    pub fn scorer(&self) -> Option<&Scorer> {
        match (&self.run, &self.plan) {
            (Some(run), _) => run.scorer.as_ref(),
            (None, plan) => plan.as_ref().map(|plan| &*plan.scorer),
        }
    }

    /// The prompt of a variant for a row; `None` where the variant is not of the project as it is now.
    pub fn prompt(&self, variant: usize, row: usize) -> Option<Result<Prompt, TemplateError>> {
        let (plan, at) = self.now(variant)?;
        let data = self.data(row)?;
        Some(plan.prompt(at, &data))
    }

    /// Whether a trial of a variant may take several calls, so that what was said in it is not rendered.
    pub fn is_conversation(&self, variant: usize) -> bool {
        let now = self.now(variant);
        now.is_some_and(|(plan, at)| plan.is_conversation(&plan.variants[at]))
    }

    /// The shots that a variant shows for a row, in their order.
    pub fn shots(&self, variant: usize, row: usize) -> Vec<Arc<Shot>> {
        match (self.now(variant), self.data(row)) {
            (Some((plan, at)), Some(data)) => plan.shots(at, &data),
            _ => Vec::new(),
        }
    }

    /// Text and expected answer of each shot that a variant shows for a row.
    pub fn shot_texts(&self, variant: usize, row: usize) -> Vec<(String, Option<String>)> {
        let shots = self.shots(variant, row);
        let text = |shot: &Arc<Shot>| (input(shot), shot.expected_text());
        shots.iter().map(text).collect()
    }

    /// The plan and the variant's place in it, where its words are still the same.
    fn now(&self, variant: usize) -> Option<(&Arc<Plan>, usize)> {
        let plan = self.plan.as_ref()?;
        let at = match &self.run {
            None => variant,
            Some(TableRun { info, .. }) => {
                let old = info.variants.get(variant)?;
                let at = plan.variants.iter().position(|v| v.name == old.name)?;
                let now = &plan.templates.templates()[plan.variants[at].template];
                (info.templates.get(old.template)?.source == *now.source).then_some(at)?
            }
        };
        (at < plan.variants.len()).then_some((plan, at))
    }

    /// The template of a variant.
    pub fn source(&self, variant: usize) -> Option<&TableSource> {
        self.sources.get(*self.template.get(variant)?)
    }
}

impl RowTexts for Table {
    fn id(&self, row: usize) -> Cow<'_, str> {
        self.heads.id(row)
    }

    fn input(&self, row: usize) -> String {
        self.row(row).input
    }

    fn expected(&self, row: usize) -> Option<&str> {
        self.heads.expected(row)
    }

    fn slice(&self, slice: usize, row: usize) -> Option<&str> {
        self.slices.get(slice)?.values.get(row)
    }

    fn column(&self, row: usize, name: &str) -> Option<Value> {
        self.data(row)?.fields.get(name).cloned()
    }
}

fn levels(variants: &[Variant]) -> Vec<Vec<(String, String)>> {
    variants
        .iter()
        .map(|v| {
            v.levels
                .iter()
                .map(|(axis, level)| (axis.clone(), level.name.clone()))
                .collect()
        })
        .collect()
}

/// The text of a row for a person.
fn input(row: &Row) -> String {
    let expected = row.expected_text();
    row.longest_text(expected.as_deref(), &[]).to_owned()
}
