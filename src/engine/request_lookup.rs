//! Answers found by their requests: what no run of the same keys has is rendered and looked up.

use super::{
    AnswerPlace, Conversation, EngineError, NextTurn,
    current_answers::{CellSearch, CurrentAnswers, trial_id},
    stored_outcome::stored_trial,
};
use crate::{
    model::{Completion, Row, RunId, TrialId},
    outcome::align_rows,
    read::{answer_text, normalize},
    store::StoreError,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How often what was found is handed out.
const SHOW_EVERY: Duration = Duration::from_millis(400);

impl CellSearch<'_> {
    /// Render what is open, and find it by its request. `false` where nobody wants it any more.
    pub(super) fn look_up(
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
