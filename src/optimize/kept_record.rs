//! The record of a search in progress: brought up to date with what was seen, and kept in the store.

use super::{
    CandidateId, OptimizeError, Optimizer, Piece, candidate_name,
    record::{CandidateRecord, PieceRecord, Savings},
    strategy::Strategy,
};
use crate::{catalog::price, engine::EngineError};

/// Rows whose prompts are counted for what a shorter wording saves.
const COUNTED_ROWS: usize = 100;

impl Optimizer {
    /// Bring the record up to date.
    pub(super) fn refresh_record(&mut self) {
        let board = self.strategy.board();
        let candidates = board.candidates().iter().zip(&self.texts).zip(&self.whys);
        self.record.candidates = candidates
            .enumerate()
            .map(|(c, ((candidate, texts), why))| {
                let gain = (c > 0 && candidate.tried() > 0).then(|| board.gain(c, 0));
                CandidateRecord {
                    name: candidate_name(c),
                    round: candidate.round,
                    parents: candidate.parents.clone(),
                    state: candidate.state,
                    texts: texts.clone(),
                    why: why.clone(),
                    rows: candidate.tried(),
                    score: candidate.mean(),
                    gain: gain.as_ref().map(|g| g.mean),
                    expected_gain: gain.map(|g| g.expected()),
                }
            })
            .collect();
        let of_folds: u64 = self.record.folds.iter().map(|fold| fold.spent.calls).sum();
        self.record.spent.calls = of_folds + self.strategy.spent();
        self.record.pieces = self.pieces();
    }

    /// Bring the record up to date and keep it.
    pub(super) fn keep_record(&mut self) -> Result<(), OptimizeError> {
        self.refresh_record();
        if self.record.request.fold.is_some() {
            // Its end is kept in the record of the search that it is a fold of.
            return Ok(());
        }
        let json = serde_json::to_string(&self.record).unwrap_or_default();
        let state = match self.record.ending {
            Some(_) => "finished",
            None => "running",
        };
        self.store
            .keep_search(&self.record.id, &self.record.experiment, state, &json)?;
        Ok(())
    }

    /// The pieces of the start, what each does, and whether the shortest wording has it; none where a better one is looked for.
    fn pieces(&self) -> Vec<PieceRecord> {
        let Strategy::Shorter(shortening, pieces) = &self.strategy else {
            return Vec::new();
        };
        let has = shortening.pieces(shortening.shortest());
        let undecided = shortening.undecided();
        let pieces = pieces.free().zip(has).enumerate();
        pieces
            .map(|(at, (piece, has))| PieceRecord {
                region: self.record.regions[piece.region].clone(),
                text: piece.text.clone(),
                tokens: self.piece_tokens.get(at).copied().unwrap_or_default(),
                effect: shortening.effects().get(at).copied(),
                is_left_out: !has,
                is_undecided: undecided[at],
            })
            .collect()
    }

    /// The tokens of each piece that may be left out: of a clause those of its text, of a shot or a mark of the layout those that a
    /// prompt has less without it.
    pub(super) fn count_pieces(&self) -> Vec<u64> {
        let Strategy::Shorter(_, pieces) = &self.strategy else {
            return Vec::new();
        };
        let all = vec![true; pieces.free().len()];
        let whole = self.prompt_tokens(&self.texts[0]);
        let of_piece = |(at, piece): (usize, &Piece)| {
            let mut has = all.clone();
            has[at] = false;
            let without = (!piece.is_clause()).then(|| self.prompt_tokens(&pieces.texts(&has)));
            match (whole, without.flatten()) {
                (Some(whole), Some(without)) => whole.saturating_sub(without),
                _ => self.counter.text(&piece.text).tokens,
            }
        };
        pieces.free().enumerate().map(of_piece).collect()
    }

    /// Tokens of the prompt for the first selection row; `None` where it does not render.
    fn prompt_tokens(&self, texts: &[String]) -> Option<u64> {
        let row = self.parts.selection.first()?;
        let row = self.plan.dataset.row(*row as usize).ok()?;
        let mut templates = self.plan.templates.clone();
        let variant = self.regions.add(&mut templates, "piece", texts).ok()?;
        let prompt = self.plan.prompt_in(&templates, &variant, &row).ok()?;
        Some(self.counter.prompt(&prompt).tokens)
    }

    /// Tokens of prompts and their price, with the start and with another wording.
    pub(super) fn savings(&self, nominee: CandidateId) -> Result<Savings, OptimizeError> {
        let rows = self.parts.selection.iter().take(COUNTED_ROWS);
        let mut tokens = [0.0; 2];
        for (tokens, c) in tokens.iter_mut().zip([0, nominee]) {
            let mut templates = self.plan.templates.clone();
            let variant = self
                .regions
                .add(&mut templates, &candidate_name(c), &self.texts[c])?;
            for row in rows.clone() {
                let row = self
                    .plan
                    .dataset
                    .row(*row as usize)
                    .map_err(EngineError::from)?;
                let prompt = self.plan.prompt_in(&templates, &variant, &row)?;
                *tokens += self.counter.prompt(&prompt).tokens as f64 / rows.len() as f64;
            }
        }
        let [before, after] = tokens;
        let model = &self.record.request.model;
        let spec = self.plan.endpoints.get(&model.endpoint);
        let price = price(&model.model, spec);
        Ok(Savings {
            tokens_before: before,
            tokens_after: after,
            usd_per_1000: price.map(|price| (before - after) * 1e-3 * price.rates.input),
            is_estimate: self.counter.estimates(),
        })
    }
}
