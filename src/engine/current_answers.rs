//! What the store knows of a plan as it is now: for each cell the newest answer to just its prompt, whatever run bought it.
//!
//! Most cells are found without rendering a prompt: a run that has the same [`AnswerKeys`] for a variant and a model, and
//! rows of the same file, has its answers. Whatever cell is still open then is rendered and looked up by its request. An
//! edited template or row, a run of an earlier version and an answer of a deleted run are all found this way.

use super::{
    AnswerPlace, AnswerSources, Conversation, EngineError, NextTurn, Plan, RequestTarget,
    answer_sources::SourceRun, run_grids,
};
use crate::{
    catalog,
    model::{AnswerKeys, Completion, Outcome, Price, Prompt, Row, RunId, TrialId, TrialRecord},
    outcome::{Cell, CellState, Grid, align_rows},
    read::{answer_text, normalize},
    store::{RunInfo, Store, StoreError},
};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// So many open cells are looked up by their requests rather than in one more run.
const FEW_CELLS: usize = 1_000;
/// A run of at most so many trials is read for any open cell.
const SMALL_RUN: u64 = 20_000;
/// How often what was found is handed out.
const SHOW_EVERY: Duration = Duration::from_millis(400);

/// What the store knows of a plan.
#[derive(Debug, Clone, Default)]
pub struct CurrentAnswers {
    /// The cells of each model.
    pub grids: Vec<Grid>,
    pub sources: Arc<AnswerSources>,
}

impl CurrentAnswers {
    /// Find the answers. They are handed to `show` as they are found, until it returns `false`; the last time with
    /// everything. Nothing is sent, and no key is needed.
    pub fn find(
        plan: &Plan,
        store: &Store,
        show: &mut dyn FnMut(&CurrentAnswers) -> bool,
    ) -> Result<(), EngineError> {
        let mut search = Search::new(plan, store)?;
        search.take_runs()?;
        if search.open_cells() > 0 && store.has_completions() && !search.look_up(show)? {
            return Ok(());
        }
        show(&search.answers());
        Ok(())
    }

    /// All of them at once.
    pub fn find_all(plan: &Plan, store: &Store) -> Result<CurrentAnswers, EngineError> {
        let mut all = CurrentAnswers::default();
        CurrentAnswers::find(plan, store, &mut |found| {
            all = found.clone();
            true
        })?;
        Ok(all)
    }
}

/// The stored outcome of a cell of a grid. An answer of no trial is scored by the plan's metrics.
pub fn stored_trial(
    store: &Store,
    plan: Option<&Plan>,
    id: TrialId,
    place: &AnswerPlace,
) -> Result<Option<TrialRecord>, EngineError> {
    match (place, plan) {
        (AnswerPlace::Trial(run, trial), _) => {
            let Some(record) = store.trial(run, *trial)? else {
                return Ok(None);
            };
            let mut record = TrialRecord { id, ..record };
            if let (Some(plan), Outcome::Completed(completion)) = (plan, &mut record.outcome)
                && plan.reads_conversations()
            {
                let row = plan.dataset.row(id.row as usize)?;
                plan.add_conversation(id, &row, completion, || store.prompt(run, *trial))?;
            }
            Ok(Some(record))
        }
        (AnswerPlace::Completion(number, _), Some(plan)) => {
            let Some(mut completion) = store.completion_at(*number)? else {
                return Ok(None);
            };
            let row = plan.dataset.row(id.row as usize)?;
            plan.add_conversation(id, &row, &mut completion, || store.prompt_at(*number))?;
            let price = plan.price(id.model as usize);
            Ok(Some(plan.scored(id, &row, completion, price.as_ref())))
        }
        (AnswerPlace::Completion(..), None) => Ok(None),
    }
}

/// The prompt of a stored outcome, where it was stored.
pub fn stored_prompt(store: &Store, place: &AnswerPlace) -> Result<Option<Prompt>, StoreError> {
    match place {
        AnswerPlace::Trial(run, trial) => store.prompt(run, *trial),
        AnswerPlace::Completion(number, _) => store.prompt_at(*number),
    }
}

impl Plan {
    fn price(&self, model: usize) -> Option<Price> {
        let name = self.models.get(model)?;
        catalog::price(&name.model, self.endpoints.get(&name.endpoint))
    }

    fn scored(
        &self,
        id: TrialId,
        row: &Row,
        completion: Completion,
        price: Option<&Price>,
    ) -> TrialRecord {
        let cost_usd = completion.cost_usd(price);
        TrialRecord {
            id,
            scores: self.scorer.score(&completion, row, cost_usd),
            outcome: Outcome::Completed(completion),
            reused: true,
            attempts: 0,
            cost_usd,
            calls: None,
        }
    }
}

struct Search<'a> {
    plan: &'a Plan,
    store: &'a Store,
    keys: AnswerKeys,
    /// Where each model is called; `None` where its endpoint is unknown.
    targets: Vec<Option<RequestTarget>>,
    /// What each model costs, where that is known.
    prices: Vec<Option<Price>>,
    /// Limits at which cut answers were bought again.
    limits: Vec<u64>,
    grids: Vec<Grid>,
    sources: AnswerSources,
    /// The newest run of each answer, read before answers are looked up by their requests.
    answered_by: HashMap<i64, Arc<RunId>>,
    /// By answer and row of the plan: the newest trial whose scores are those of the plan's metrics and of that row. Rows with the
    /// same prompt share an answer, and each has its own scores.
    scored: HashMap<(i64, u32), (Arc<RunId>, TrialId)>,
}

impl<'a> Search<'a> {
    fn new(plan: &'a Plan, store: &'a Store) -> Result<Search<'a>, StoreError> {
        let (variants, rows) = (plan.variants.len(), plan.dataset.len());
        let samples = plan.experiment.samples.max(1);
        let grid = || Grid::new(variants, rows, samples).with_rules(plan.grid_rules());
        let targets = plan.models.iter().map(|model| {
            let spec = plan.endpoints.get(&model.endpoint)?;
            Some(plan.request_target(spec, model))
        });
        Ok(Search {
            plan,
            store,
            keys: plan.answer_keys(),
            targets: targets.collect(),
            prices: (0..plan.models.len()).map(|m| plan.price(m)).collect(),
            limits: store.raised_limits()?,
            grids: plan.models.iter().map(|_| grid()).collect(),
            sources: AnswerSources::new([plan.models.len(), variants, rows, samples]),
            answered_by: HashMap::new(),
            scored: HashMap::new(),
        })
    }

    fn answers(&self) -> CurrentAnswers {
        CurrentAnswers {
            grids: self.grids.clone(),
            sources: Arc::new(self.sources.clone()),
        }
    }

    /// Whether a better outcome than this may be stored.
    fn is_open(&self, id: TrialId, cell: Cell) -> bool {
        match cell.state {
            CellState::Pending | CellState::Running | CellState::Failed(_) => true,
            CellState::Unscored | CellState::UnscoredUnreadable => false,
            _ => {
                cell.truncated && {
                    let raised = self.sources.run(id).map_or(0, |run| run.raised);
                    self.limits.iter().any(|limit| *limit > raised)
                }
            }
        }
    }

    fn each_cell(&self, model: usize, mut take: impl FnMut(TrialId, Cell)) {
        let grid = &self.grids[model];
        for row in 0..grid.rows() {
            for variant in 0..grid.variants() {
                for sample in 0..grid.samples() {
                    let id = trial_id(model, variant, row, sample);
                    take(id, grid.cell(variant, row, sample));
                }
            }
        }
    }

    fn open_cells(&self) -> usize {
        let mut open = 0;
        for model in 0..self.grids.len() {
            self.each_cell(model, |id, cell| {
                open += usize::from(self.is_open(id, cell))
            });
        }
        open
    }

    /// Take what runs have, the newest first.
    fn take_runs(&mut self) -> Result<(), StoreError> {
        let mut open = self.open_cells();
        for info in self.store.runs()? {
            let Some(keys) = info
                .keys
                .as_ref()
                .filter(|keys| keys.scoring == self.keys.scoring)
            else {
                continue;
            };
            if info.dataset.1.is_empty()
                || info.dataset.1 != self.plan.dataset.hash()
                || open == 0
                || open <= FEW_CELLS && info.planned() > SMALL_RUN
            {
                continue;
            }
            let variants = places(&self.keys.variants, |key| {
                key.is_some()
                    .then(|| keys.variants.iter().position(|k| k == key))?
            });
            let models = places(&self.keys.models, |key| {
                keys.models.iter().position(|k| k == key)
            });
            if variants.iter().all(Option::is_none) || models.iter().all(Option::is_none) {
                continue;
            }
            self.take_run(&self.store.run(&info.id.0)?, variants, models)?;
            open = self.open_cells();
        }
        Ok(())
    }

    fn take_run(
        &mut self,
        info: &RunInfo,
        variants: Vec<Option<u32>>,
        models: Vec<Option<u32>>,
    ) -> Result<(), StoreError> {
        let source = SourceRun {
            id: info.id.clone(),
            raised: info.raised.as_ref().map_or(0, |raised| raised.max_tokens),
            rows: align_rows(&info.heads, self.plan.dataset.heads()),
            variants,
            models,
        };
        let grids = run_grids(self.store, info)?;
        // Rows that were labelled since have other scores.
        let plan_heads = Arc::clone(self.plan.dataset.heads());
        let is_same_answer = |here, there| plan_heads.expected(here) == info.heads.expected(there);
        let run = self.sources.runs.len();
        let shape = |grid: &Grid| [grid.variants(), grid.rows(), grid.samples()];
        let has_same_cells = source.is_same()
            && plan_heads.expected == info.heads.expected
            && grids.len() == self.grids.len()
            && grids
                .iter()
                .zip(&self.grids)
                .all(|(a, b)| shape(a) == shape(b));
        if run == 0 && has_same_cells {
            for (model, grid) in grids.into_iter().enumerate() {
                grid.each(|variant, row, sample, _| {
                    let id = trial_id(model, variant, row, sample);
                    self.sources.set_run(id, run);
                });
                self.grids[model] = grid.with_rules(self.plan.grid_rules());
            }
            self.sources.runs.push(source);
            return Ok(());
        }
        let mut taken = Vec::new();
        for model in 0..self.grids.len() {
            self.each_cell(model, |id, here| {
                let there = source
                    .trial(id)
                    .filter(|there| there.sample < info.samples as u32)
                    .filter(|there| is_same_answer(id.row as usize, there.row as usize));
                let Some(there) = there else { return };
                let from = (
                    there.variant as usize,
                    there.row as usize,
                    there.sample as usize,
                );
                let cell = grids[there.model as usize].cell(from.0, from.1, from.2);
                if self.is_better(id, here, cell, source.raised) {
                    taken.push((id, there.model as usize, from));
                }
            });
        }
        for (id, model, from) in taken {
            let to = (id.variant as usize, id.row as usize, id.sample as usize);
            self.grids[id.model as usize].copy(&grids[model], from, to);
            self.sources.set_run(id, run);
        }
        self.sources.runs.push(source);
        Ok(())
    }

    /// Whether an outcome of an older run takes the place of one that is shown.
    fn is_better(&self, id: TrialId, here: Cell, older: Cell, raised: u64) -> bool {
        let has_answer = older.state.is_answered() || older.state.is_unscored();
        match here.state {
            CellState::Pending | CellState::Running => {
                has_answer || matches!(older.state, CellState::Failed(_))
            }
            CellState::Failed(_) => has_answer,
            CellState::Unscored | CellState::UnscoredUnreadable => older.state.is_answered(),
            _ if here.truncated => {
                has_answer && raised > self.sources.run(id).map_or(0, |run| run.raised)
            }
            _ => false,
        }
    }

    /// Render what is open, and find it by its request. `false` where nobody wants it any more.
    fn look_up(
        &mut self,
        show: &mut dyn FnMut(&CurrentAnswers) -> bool,
    ) -> Result<bool, EngineError> {
        self.read_trials()?;
        let mut shown = None;
        for row in 0..self.plan.dataset.len() {
            if shown.is_none_or(|at: Instant| at.elapsed() > SHOW_EVERY) {
                if !show(&self.answers()) {
                    return Ok(false);
                }
                shown = Some(Instant::now());
            }
            for variant in 0..self.plan.variants.len() {
                self.look_up_cell(variant, row)?;
            }
        }
        Ok(true)
    }

    /// All models and samples of a variant and a row.
    fn look_up_cell(&mut self, variant: usize, row: usize) -> Result<(), EngineError> {
        let samples = self.plan.experiment.samples.max(1);
        let mut open = Vec::new();
        for (model, grid) in self.grids.iter().enumerate() {
            for sample in 0..samples {
                let id = trial_id(model, variant, row, sample);
                if self.is_open(id, grid.cell(variant, row, sample)) {
                    open.push(id);
                }
            }
        }
        if open.is_empty() {
            return Ok(());
        }
        let record = self.plan.dataset.row(row)?;
        // A prompt that cannot be rendered has no answer; whoever sends it is told why.
        let Ok(prompt) = self.plan.prompt(variant, &record) else {
            return Ok(());
        };
        for id in open {
            let Some(target) = &self.targets[id.model as usize] else {
                continue;
            };
            let of = &self.plan.variants[variant];
            let mut conversation = Conversation::new(self.plan, of, &record, prompt.clone());
            let stored = conversation.take_stored(self.store, target, id.sample, &self.limits)?;
            let number = stored.last().map(|last| last.number);
            if matches!(conversation.next_turn(), NextTurn::Over)
                && let Some(number) = number
                && let Some(answer) =
                    conversation.whole_answer(stored.into_iter().map(|s| s.completion))
            {
                self.take_answer(id, &record, number, answer)?;
            }
        }
        Ok(())
    }

    fn take_answer(
        &mut self,
        id: TrialId,
        row: &Row,
        number: i64,
        completion: Completion,
    ) -> Result<(), EngineError> {
        let place = match self.scored.get(&(number, id.row)) {
            Some((run, trial)) => AnswerPlace::Trial(RunId::clone(run), *trial),
            None => {
                let run = self.answered_by.get(&number);
                AnswerPlace::Completion(number, run.map(|run| RunId::clone(run)))
            }
        };
        let record = match &place {
            AnswerPlace::Trial(..) => stored_trial(self.store, None, id, &place)?,
            AnswerPlace::Completion(..) => {
                let price = self.prices[id.model as usize].as_ref();
                Some(self.plan.scored(id, row, completion, price))
            }
        };
        let Some(record) = record else { return Ok(()) };
        let grid = &mut self.grids[id.model as usize];
        grid.record(&record);
        if let Some(completion) = record.outcome.completion()
            && !grid.reads_answers()
        {
            let (v, r, s) = (id.variant as usize, id.row as usize, id.sample as usize);
            grid.set_output(v, r, s, || normalize(&answer_text(&completion.text)));
        }
        self.sources.set_single(id, place);
        Ok(())
    }

    /// Read which runs have which answers, the newest first, and whose scores hold.
    fn read_trials(&mut self) -> Result<(), StoreError> {
        let expected = |row| self.plan.dataset.heads().expected(row);
        for info in self.store.runs()? {
            let is_scored_alike = match &info.keys {
                Some(keys) => keys.scoring == self.keys.scoring,
                // Of an earlier version: what is known of its metrics are the names.
                None => info.metrics == self.plan.scorer.names(),
            };
            let info = self.store.run(&info.id.0)?;
            let rows = align_rows(self.plan.dataset.heads(), &info.heads);
            let run = Arc::new(info.id.clone());
            let (answered_by, scored) = (&mut self.answered_by, &mut self.scored);
            self.store
                .each_answer(&info.id, &mut |id, number, is_scored| {
                    answered_by
                        .entry(number)
                        .or_insert_with(|| Arc::clone(&run));
                    let there = id.row as usize;
                    let here = rows
                        .earlier(there)
                        .filter(|here| expected(*here) == info.heads.expected(there))
                        .filter(|_| is_scored_alike && is_scored);
                    if let Some(here) = here {
                        let trial = scored.entry((number, here as u32));
                        trial.or_insert_with(|| (Arc::clone(&run), id));
                    }
                })?;
        }
        Ok(())
    }
}

fn trial_id(model: usize, variant: usize, row: usize, sample: usize) -> TrialId {
    TrialId {
        variant: variant as u32,
        model: model as u32,
        row: row as u32,
        sample: sample as u32,
    }
}

fn places<T>(wanted: &[T], find: impl Fn(&T) -> Option<usize>) -> Vec<Option<u32>> {
    let found = wanted.iter().map(|key| find(key).map(|at| at as u32));
    found.collect()
}
