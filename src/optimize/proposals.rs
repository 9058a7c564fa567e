//! Candidates: asked of the writer or joined from two, and checked before they cost a call.

use super::{
    OptimizeError, Optimizer, Proposal, SearchEvent, SearchRecord,
    check::{self, Unfit},
    record::ProposalRecord,
    regions::Texts,
    strategy::Strategy,
    writer::{Failure, TriedEdit, WriterBrief, read_edits},
};
use crate::{catalog::price, engine::ask, model::Params};
use serde_json::json;

/// Edits that a writer is told were tried: the last ones.
const MOST_TOLD: usize = 12;
/// Temperature of the writer, for ideas that differ.
const WRITER_TEMPERATURE: f64 = 0.8;

impl Optimizer {
    /// Ask the writer, or merge two wordings that changed different parts, and check what comes of it.
    pub(super) async fn propose(
        &mut self,
        proposal: &Proposal,
        watch: &mut (dyn FnMut(&SearchRecord, SearchEvent) + Send),
    ) -> Result<(), OptimizeError> {
        let parents = proposal.parents.clone();
        let base = self.texts[parents[0]].clone();
        let other = parents.get(1).map(|c| self.texts[*c].clone());
        let mut edits = Vec::new();
        let mut asked = None;
        if let Some(joined) = other.as_ref().and_then(|other| self.joined(&base, other)) {
            edits.push((
                joined,
                Some("joins two wordings that changed different parts".to_owned()),
            ));
        } else if self.record.spent.writer_calls < self.record.request.writer_calls {
            let of = |place: &usize| {
                (self.failures.iter()).find(|(c, at, _)| *c == parents[0] && at == place)
            };
            let failures: Vec<Failure> = proposal
                .failures
                .iter()
                .filter_map(of)
                .map(|(.., f)| f.clone())
                .collect();
            let tried = self.tried();
            let brief = WriterBrief {
                task: &self.task,
                regions: self.regions.regions(),
                texts: &base,
                merged: other.as_deref(),
                failures: &failures,
                tried: &tried,
                keep: &self.keep,
                wanted: proposal.wanted,
            };
            let prompt = brief.prompt();
            let mut params = Params::new();
            params.insert("temperature".into(), json!(WRITER_TEMPERATURE));
            let writer = self.record.request.writer.clone();
            let writer =
                writer.ok_or_else(|| OptimizeError::Stopped("the search has no writer".into()))?;
            let answer = ask(&self.clients, &self.store, &writer, &prompt, &params).await?;
            let spent = &mut self.record.spent;
            spent.writer_calls += 1;
            spent.stored += u64::from(answer.is_stored);
            let endpoint = self.plan.endpoints.get(&writer.endpoint);
            let cost_usd = answer
                .completion
                .cost_usd(price(&writer.model, endpoint).as_ref());
            spent.usd += cost_usd.unwrap_or(0.0);
            let read = read_edits(&answer.completion.text, self.regions.regions());
            edits.extend(read.into_iter().map(|edit| (edit.texts, edit.why)));
            asked = Some((prompt, answer.completion.text));
        }
        let (mut new, mut left_out) = (Vec::new(), Vec::new());
        for (edit, why) in edits {
            match self.checked(&base, &edit, &new) {
                Ok(texts) => new.push((texts, why)),
                Err(unfit) => left_out.push((edit, unfit)),
            }
        }
        new.truncate(proposal.wanted);
        let Strategy::Better(search) = &mut self.strategy else {
            return Ok(());
        };
        let candidates = search.take_candidates(proposal, new.len());
        for (texts, why) in new {
            self.texts.push(texts);
            self.whys.push(why);
        }
        if let Some((prompt, answer)) = asked {
            let named = |edit: &Vec<(usize, String)>| {
                let name = |at: &usize| self.regions.regions()[*at].name.clone();
                edit.iter()
                    .map(|(at, text)| (name(at), text.clone()))
                    .collect()
            };
            self.record.proposals.push(ProposalRecord {
                round: proposal.round,
                parents,
                prompt,
                answer,
                candidates: candidates.clone().collect(),
                left_out: left_out
                    .iter()
                    .map(|(edit, why)| (named(edit), why.to_string()))
                    .collect(),
            });
        }
        let left_out = left_out.into_iter().map(|(_, unfit)| unfit).collect();
        self.keep_record()?;
        watch(
            &self.record,
            SearchEvent::Proposed {
                round: proposal.round,
                candidates,
                left_out,
            },
        );
        Ok(())
    }

    /// The changes of another wording over this one's, where they changed different parts.
    fn joined(&self, base: &Texts, other: &Texts) -> Option<Vec<(usize, String)>> {
        let start = self.regions.start();
        let changed = |texts: &Texts| {
            (0..start.len())
                .filter(|at| texts[*at] != start[*at])
                .collect::<Vec<_>>()
        };
        let (mine, theirs) = (changed(base), changed(other));
        let apart =
            !theirs.is_empty() && !mine.is_empty() && theirs.iter().all(|at| !mine.contains(at));
        apart.then(|| {
            theirs
                .into_iter()
                .map(|at| (at, other[at].clone()))
                .collect()
        })
    }

    fn checked(
        &self,
        base: &Texts,
        edit: &[(usize, String)],
        new: &[(Texts, Option<String>)],
    ) -> Result<Texts, Unfit> {
        let names: Vec<String> = self
            .regions
            .regions()
            .iter()
            .map(|r| r.name.clone())
            .collect();
        let start = self.regions.start();
        let texts = check::apply(&names, &start, base, edit, &self.keep, &self.leaks)?;
        let bare = check::bare(&texts);
        let all = self.texts.iter().chain(new.iter().map(|(texts, _)| texts));
        if all.into_iter().any(|there| check::bare(there) == bare) {
            return Err(Unfit::Tried);
        }
        let mut templates = self.plan.templates.clone();
        let broken = |error: &dyn std::fmt::Display| Unfit::Broken(error.to_string());
        let variant = self
            .regions
            .add(&mut templates, "new", &texts)
            .map_err(|e| broken(&e))?;
        for row in self.plan.dataset.rows() {
            let row = row.map_err(|e| broken(&e))?;
            let prompt = self.plan.prompt_in(&templates, &variant, &row);
            prompt.map_err(|e| broken(&e))?;
        }
        Ok(texts)
    }

    fn tried(&self) -> Vec<TriedEdit> {
        let start = self.regions.start();
        let from = self.texts.len().saturating_sub(MOST_TOLD).max(1);
        let edits = (from..self.texts.len()).map(|c| {
            let changed = (self
                .regions
                .regions()
                .iter()
                .zip(&self.texts[c])
                .zip(&start))
            .filter(|((_, a), b)| a != b);
            TriedEdit {
                texts: changed
                    .map(|((region, text), _)| (region.name.clone(), text.clone()))
                    .collect(),
                outcome: self.strategy.board().candidates()[c].state.as_str(),
            }
        });
        edits.collect()
    }
}
