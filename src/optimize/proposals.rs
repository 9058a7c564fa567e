//! Candidates: asked of the writer, moved to other settings or joined from two, and checked before they cost a call.

use super::{
    OptimizeError, Optimizer, Proposal, SearchEvent, SearchRecord,
    check::{self, Unfit},
    moves,
    record::ProposalRecord,
    regions::Texts,
    setting::SettingKind,
    strategy::Strategy,
    writer::{Failure, TriedEdit, WriterBrief, read_edits},
};
use crate::{
    catalog::price,
    engine::ask,
    model::{Params, Prompt},
};
use serde_json::json;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Edits that a writer is told were tried: the last ones.
const MOST_TOLD: usize = 12;
/// Temperature of the writer, for ideas that differ.
const WRITER_TEMPERATURE: f64 = 0.8;

/// A candidate that was checked.
struct New {
    texts: Texts,
    /// Of its prompts for all open rows.
    prompts: u64,
    /// Why it was proposed.
    why: Option<String>,
}

/// An edit: new texts by the number of their part.
type PartTexts = Vec<(usize, String)>;

/// What a writer was asked and answered, and its edits.
struct Asked {
    prompt: Prompt,
    answer: String,
    edits: Vec<(PartTexts, Option<String>)>,
}

impl New {
    fn because(self, why: Option<String>) -> New {
        New { why, ..self }
    }
}

impl Optimizer {
    /// Merge two wordings, or ask the writer and make moves that need none; and check what comes of it.
    pub(super) async fn propose(
        &mut self,
        proposal: &Proposal,
        watch: &mut (dyn FnMut(&SearchRecord, SearchEvent) + Send),
    ) -> Result<(), OptimizeError> {
        if self.prompts.is_empty() {
            let start = self.prompts_of(&self.texts[0]);
            self.prompts.extend(start);
        }
        let parents = proposal.parents.clone();
        let base = self.texts[parents[0]].clone();
        let other = parents.get(1).map(|c| self.texts[*c].clone());
        let (mut new, mut left_out) = (Vec::new(), Vec::new());
        let mut asked = None;
        if let Some(joined) = other.as_ref().and_then(|other| self.joined(&base, other)) {
            let why = "joins two wordings that changed different parts".to_owned();
            match self.checked(&base, &joined, &new) {
                Ok(checked) => new.push(checked.because(Some(why))),
                Err(unfit) => left_out.push((joined, unfit)),
            }
        } else {
            asked = self.ask_writer(proposal, &base, other.as_ref()).await?;
            let edits = asked.as_mut().map(|asked| std::mem::take(&mut asked.edits));
            for (edit, why) in edits.into_iter().flatten() {
                match self.checked(&base, &edit, &new) {
                    Ok(checked) => new.push(checked.because(why)),
                    Err(unfit) => left_out.push((edit, unfit)),
                }
            }
            new.truncate(proposal.wanted - self.moves_beside(proposal.wanted));
        }
        let written = new.len();
        let moves = match written {
            0 => proposal.wanted,
            _ => self.moves_beside(proposal.wanted),
        };
        self.add_moves(proposal.round, &base, moves, &mut new);
        let Strategy::Better(search) = &mut self.strategy else {
            return Ok(());
        };
        let candidates = search.take_candidates(proposal, new.len());
        for new in new {
            self.texts.push(new.texts);
            self.prompts.push(new.prompts);
            self.whys.push(new.why);
        }
        if let Some(asked) = asked {
            let named = |edit: &PartTexts| {
                let name = |at: &usize| self.regions.regions()[*at].name.clone();
                edit.iter()
                    .map(|(at, text)| (name(at), text.clone()))
                    .collect()
            };
            self.record.proposals.push(ProposalRecord {
                round: proposal.round,
                parents,
                prompt: asked.prompt,
                answer: asked.answer,
                candidates: candidates.clone().take(written).collect(),
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

    /// Ask the writer for rewordings, where there is one, with texts to reword and calls left.
    async fn ask_writer(
        &mut self,
        proposal: &Proposal,
        base: &Texts,
        other: Option<&Texts>,
    ) -> Result<Option<Asked>, OptimizeError> {
        let texts = self.regions.texts().len();
        let is_spent = self.record.spent.writer_calls >= self.record.request.writer_calls;
        let Some(writer) = self.record.request.writer.clone() else {
            return Ok(None);
        };
        if texts == 0 || is_spent {
            return Ok(None);
        }
        let of = |place: &usize| {
            (self.failures.iter()).find(|(c, at, _)| *c == proposal.parents[0] && at == place)
        };
        let failures: Vec<Failure> = proposal
            .failures
            .iter()
            .filter_map(of)
            .map(|(.., f)| f.clone())
            .collect();
        let tried = self.tried();
        let merged = other.filter(|other| other[..texts] != base[..texts]);
        let brief = WriterBrief {
            task: &self.task,
            regions: self.regions.texts(),
            texts: base,
            merged: merged.map(Vec::as_slice),
            failures: &failures,
            tried: &tried,
            keep: &self.keep,
            wanted: proposal.wanted - self.moves_beside(proposal.wanted),
        };
        let prompt = brief.prompt();
        let mut params = Params::new();
        params.insert("temperature".into(), json!(WRITER_TEMPERATURE));
        let answer = ask(&self.clients, &self.store, &writer, &prompt, &params).await?;
        let spent = &mut self.record.spent;
        spent.writer_calls += 1;
        spent.stored += u64::from(answer.is_stored);
        let endpoint = self.plan.endpoints.get(&writer.endpoint);
        let cost_usd = answer
            .completion
            .cost_usd(price(&writer.model, endpoint).as_ref());
        spent.pay(cost_usd);
        let answer = answer.completion.text;
        let read = read_edits(&answer, self.regions.texts());
        Ok(Some(Asked {
            prompt,
            answer,
            edits: read
                .into_iter()
                .map(|edit| (edit.texts, edit.why))
                .collect(),
        }))
    }

    /// Of so many candidates that a writer is asked for, those that are moves.
    fn moves_beside(&self, wanted: usize) -> usize {
        match self.regions.settings().next() {
            Some(_) => wanted / moves::ONE_OF,
            None => 0,
        }
    }

    /// Add so many moves from a wording, or as many as can be found: each another than what was tried, and checked.
    fn add_moves(&self, round: usize, base: &Texts, moves: usize, new: &mut Vec<New>) {
        let mut rng = moves::stream(self.record.request.search_seed(), round);
        let wanted = new.len() + moves;
        for _ in 0..moves * moves::DRAWS {
            if new.len() >= wanted {
                return;
            }
            let drawn = moves::draw(&self.regions, base, &self.free_shots, &mut rng);
            let Some((at, text, why)) = drawn else {
                continue;
            };
            if let Ok(checked) = self.checked(base, &[(at, text)], new) {
                new.push(checked.because(Some(why)));
            }
        }
    }

    /// The changes of another wording over this one's, where no text was changed in both. Of a setting that was, the other's is taken.
    fn joined(&self, base: &Texts, other: &Texts) -> Option<PartTexts> {
        let start = self.regions.start();
        let changed = |texts: &Texts| {
            (0..start.len())
                .filter(|at| texts[*at] != start[*at])
                .collect::<Vec<_>>()
        };
        let (mine, theirs) = (changed(base), changed(other));
        let texts = self.regions.texts().len();
        let is_apart = theirs.iter().all(|at| *at >= texts || !mine.contains(at));
        let apart = !theirs.is_empty() && !mine.is_empty() && is_apart;
        apart.then(|| {
            theirs
                .into_iter()
                .map(|at| (at, other[at].clone()))
                .collect()
        })
    }

    fn checked(&self, base: &Texts, edit: &[(usize, String)], new: &[New]) -> Result<New, Unfit> {
        let names: Vec<String> = self
            .regions
            .texts()
            .iter()
            .map(|r| r.name.clone())
            .collect();
        let start = self.regions.start();
        let texts = check::apply(&names, &start, base, edit, &self.keep, &self.leaks)?;
        self.check_shots(&start, &texts)?;
        let bare = check::bare(&texts, names.len());
        let all = self.texts.iter().chain(new.iter().map(|new| &new.texts));
        if all
            .into_iter()
            .any(|there| check::bare(there, names.len()) == bare)
        {
            return Err(Unfit::Tried);
        }
        let prompts = self.prompts_of(&texts)?;
        let mut known = self
            .prompts
            .iter()
            .chain(new.iter().map(|new| &new.prompts));
        if known.any(|known| *known == prompts) {
            return Err(Unfit::Tried);
        }
        Ok(New {
            texts,
            prompts,
            why: None,
        })
    }

    /// A hash of the prompts of a wording for all open rows.
    fn prompts_of(&self, texts: &Texts) -> Result<u64, Unfit> {
        let mut templates = self.plan.templates.clone();
        let broken = |error: &dyn std::fmt::Display| Unfit::Broken(error.to_string());
        let variant = self
            .regions
            .add(&mut templates, "new", texts)
            .map_err(|e| broken(&e))?;
        let mut hasher = DefaultHasher::new();
        for row in self.plan.dataset.rows() {
            let row = row.map_err(|e| broken(&e))?;
            let prompt = self.plan.prompt_in(&templates, &variant, &row);
            prompt.map_err(|e| broken(&e))?.hash(&mut hasher);
        }
        Ok(hasher.finish())
    }

    /// No shot that the start has not is like a row that judges.
    fn check_shots(&self, start: &Texts, texts: &Texts) -> Result<(), Unfit> {
        let shots = (self.regions.settings()).find(|(_, kind)| **kind == SettingKind::Shots);
        let forbidden = shots.and_then(|(at, _)| self.free_shots.forbidden(&texts[at], &start[at]));
        match forbidden {
            Some(_) => Err(Unfit::LeakedShot),
            None => Ok(()),
        }
    }

    fn tried(&self) -> Vec<TriedEdit> {
        let start = self.regions.start();
        let texts = self.regions.texts().len();
        // What changed settings alone is nothing to a writer.
        let is_written = |c: &usize| self.texts[*c][..texts] != start[..texts];
        let written: Vec<usize> = (1..self.texts.len()).filter(is_written).collect();
        let last = &written[written.len().saturating_sub(MOST_TOLD)..];
        let edits = last.iter().map(|c| {
            let c = *c;
            let changed = (self.regions.texts().iter())
                .zip(&self.texts[c])
                .zip(&start)
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
