//! The sentences of `narrate` for the parts of a report.

use super::{ModelReport, RunReport};
use crate::narrate::seal::seal_note;
use crate::narrate::{endpoint_warning, policy, quality, raised_max_tokens, summary, verdict};

/// Rows that are named.
const DISPUTED: usize = 6;

impl RunReport {
    /// The result with one model, a sentence each, where a policy chose the trials; else nothing.
    pub(super) fn policy_conclusion(&self, part: &ModelReport) -> Vec<String> {
        let (Some(spec), Some(replay)) = (&self.info.policy, &part.policy) else {
            return Vec::new();
        };
        let (rows, grid) = (part.grid.rows(), &part.grid);
        let all = grid.variants() * rows * grid.samples();
        policy::conclusion(
            spec,
            (replay, &part.analysis),
            &self.sentence_names(),
            rows,
            all,
        )
    }

    /// The result of each model in a run where a policy chose the trials; nothing of others.
    pub fn conclusions(&self) -> Vec<String> {
        let results = self
            .models
            .iter()
            .map(|part| (part, self.policy_conclusion(part)));
        results
            .filter(|(_, sentences)| !sentences.is_empty())
            .map(|(part, sentences)| format!("{}: {}", part.model, sentences.join(" ")))
            .collect()
    }

    /// The result with one model.
    pub(super) fn headline(&self, part: &ModelReport) -> String {
        let conclusion = self.policy_conclusion(part);
        if !conclusion.is_empty() {
            return conclusion.join(" ");
        }
        let headline = verdict::headline(&part.analysis, &self.sentence_names());
        if !part.analysis.is_unscored() || part.analysis.agreement.is_none() {
            return headline;
        }
        let disputed = part.analysis.rows.by_entropy();
        let ids: Vec<String> = disputed
            .into_iter()
            .map(|row| self.info.heads.id(row).into_owned())
            .collect();
        let disputed = summary::disputed_rows(&ids, part.grid.rows(), DISPUTED);
        format!("{headline} {disputed}")
    }

    /// What to know about the figures: that they are of one shard, that a model is a stand-in, that prompts were cut.
    pub fn caveat(&self) -> Option<String> {
        let shard = self.info.shard.iter().map(quality::shard_note);
        let models: Vec<_> = self.info.models.iter().collect();
        let cut = self.info.cut_prompts.iter().map(quality::cut_prompts);
        let labels = self.info.answer_origins.iter().map(quality::answer_origins);
        let warnings = self.info.endpoint_warnings.iter().map(endpoint_warning);
        let seal = self.info.seal.iter();
        let seal = seal.map(|seal| seal_note(seal, &self.openings));
        let all: Vec<String> = shard
            .chain(seal)
            .chain(self.info.raised.as_ref().and_then(raised_max_tokens))
            .chain(quality::stand_in(&models))
            .chain(cut)
            .chain(labels)
            .chain(self.without_expected())
            .chain(warnings)
            .collect();
        (!all.is_empty()).then(|| all.join(" "))
    }

    /// Rows that have no expected answer, where answers lack a score for it: other reasons are recorded with the answer.
    fn without_expected(&self) -> Option<String> {
        let lacks = |part: &ModelReport| {
            let unscored: usize = part.analysis.variants.iter().map(|f| f.unscored).sum();
            let main = self.info.metrics.first();
            let other = part.scoring.iter().find(|s| Some(&s.metric) == main);
            unscored as u64 > other.map_or(0, |s| s.missing)
        };
        // With labels the sentence on them has the number.
        let is_unsaid = self.info.answer_origins.is_none() && self.models.iter().any(lacks);
        let heads = &self.info.heads;
        is_unsaid.then(|| quality::without_expected(heads.without_expected(), heads.len()))?
    }

    /// How many rows of each variant are correct, partly correct, wrong and unreadable.
    pub(super) fn row_counts(&self, part: &ModelReport) -> Vec<String> {
        let names = self.sentence_names();
        let variants = names.iter().zip(&part.analysis.variants);
        variants
            .map(|(name, found)| format!("{name}: {}", quality::cell_counts(&found.cells)))
            .collect()
    }

    pub(super) fn next_steps(&self, part: &ModelReport) -> Vec<String> {
        summary::next_steps(&part.analysis, &self.sentence_names(), self.info.baseline)
    }
}

impl ModelReport {
    /// A variant's verdict for a table.
    pub(super) fn verdict_label(&self, variant: usize) -> String {
        self.verdict_in(variant, true)
    }

    /// The same in a few words, for a narrow table.
    pub(super) fn short_verdict_label(&self, variant: usize) -> String {
        self.verdict_in(variant, false)
    }

    fn verdict_in(&self, variant: usize, room: bool) -> String {
        let finding = &self.analysis.variants[variant];
        verdict::verdict_label(finding, self.partial_label(variant), room)
    }

    /// Why a variant has fewer answers than others, where it has.
    pub(super) fn partial_label(&self, variant: usize) -> Option<String> {
        let finding = &self.analysis.variants[variant];
        policy::partial_label(self.policy.as_ref(), variant, finding)
    }

    pub(super) fn expectations(&self, names: &[impl AsRef<str>]) -> Vec<String> {
        summary::expectations(&self.analysis, names, self.policy.is_some())
    }

    /// How metrics were scored for which a model was called.
    pub(super) fn scoring_notes(&self) -> Vec<String> {
        let metrics = self.scoring.iter();
        metrics
            .flat_map(|m| quality::scoring(&m.metric, m.judge.as_ref(), &m.reasons))
            .collect()
    }

    /// How much of the spread the strictness of the scorer makes.
    pub(super) fn scorer_share(&self) -> Option<String> {
        let s = self.trials.as_ref()?.scorer?;
        summary::scorer_share(s.strict, s.normalized, s.extracted)
    }
}
