//! What the metrics of label probabilities need: log-probabilities of an answer, and those of prompts without content.

use super::{Scorer, judged::Scored, kind::Compiled, probability::LabelProbabilities};
use crate::{
    model::{Completion, Row, Score},
    project::{MetricKind, MetricSpec},
    read::{AnswerText, AnswerTokens, lists_alternatives},
};

impl Scorer {
    fn probabilities(&self) -> impl Iterator<Item = (&MetricSpec, &LabelProbabilities)> {
        let metrics = self.metrics.iter();
        metrics.filter_map(|(spec, compiled)| match compiled {
            Compiled::Probabilities(labels) => Some((spec, labels)),
            _ => None,
        })
    }

    /// The metric that needs log-probabilities, if there is one.
    pub fn needs_logprobs(&self) -> Option<&str> {
        let mut metrics = self.probabilities();
        metrics.next().map(|(spec, _)| spec.name.as_str())
    }

    /// The metric that needs log-probabilities and what an answer lacks for it; nothing for an answer without text.
    pub fn lacks_logprobs(&self, completion: &Completion) -> Option<(&str, &'static str)> {
        let metric = self.needs_logprobs()?;
        let lacking = match &completion.logprobs {
            _ if completion.text.trim().is_empty() => return None,
            Some(given) if lists_alternatives(given) => return None,
            None => "no log-probabilities",
            Some(_) => "log-probabilities of the generated tokens only (no `top_logprobs`)",
        };
        Some((metric, lacking))
    }

    /// Leave only those log-probabilities that the metrics read, where they read any: those of all tokens would be most of a
    /// store.
    pub fn trim_logprobs(&self, completion: &mut Completion) {
        if self.needs_logprobs().is_none() {
            return;
        }
        let Some(json) = completion.logprobs.as_deref() else {
            return;
        };
        let Some(tokens) = AnswerTokens::new(json, &completion.text) else {
            return;
        };
        let answer = AnswerText::new(&completion.text);
        let places = self.probabilities();
        let place = places.filter_map(|(_, labels)| labels.place(&answer).ok());
        // Metrics with other labels may read other places.
        let place = place.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end));
        completion.logprobs = Some(tokens.kept(place));
    }

    /// The probabilities of a metric's labels in an answer to a prompt without content, where they are known.
    pub fn prior_probabilities(&self, metric: usize, completion: &Completion) -> Option<Vec<f64>> {
        match self.metrics.get(metric) {
            Some((_, Compiled::Probabilities(labels))) => labels.prior(completion),
            _ => None,
        }
    }

    /// The score of a `probability` metric, then its parts, corrected by such a prior.
    pub fn corrected_probabilities(
        &self,
        metric: usize,
        completion: &Completion,
        row: &Row,
        prior: &[f64],
    ) -> Vec<Score> {
        let Some((spec, Compiled::Probabilities(labels))) = self.metrics.get(metric) else {
            return Vec::new();
        };
        let MetricKind::Probability { score: rule, .. } = spec.kind else {
            return Vec::new();
        };
        let scored = Scored {
            answer: &AnswerText::new(&completion.text),
            completion,
            row,
            expected: &row.right_texts(),
            cost_usd: None,
        };
        let judged = labels.judge(&scored, rule, Some(prior));
        [judged.score].into_iter().chain(judged.parts).collect()
    }

    /// Prompts without content that the metrics send for each variant and model.
    pub fn content_free_prompts(&self) -> usize {
        let texts = self.probabilities().map(|(spec, _)| match &spec.kind {
            MetricKind::Probability { content_free, .. } => content_free.len(),
            _ => 0,
        });
        texts.sum()
    }
}
