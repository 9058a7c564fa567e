//! Outputs at hand: those that came last or were looked at; older ones are read from the store again.
//!
//! The grid shows the first words of outputs in which no answer is read. Only those of visible cells are read, and cut before
//! they come here.

use super::table::Table;
use crate::{
    model::{Outcome, Prompt, TrialId, TrialRecord},
    outcome::{CellState, CellSummary, Grid, MajorityAnswer},
    read::answer_text,
    template::TemplateError,
};
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// Most bytes of texts that are kept at hand.
const MOST_BYTES: usize = 16 << 20;
/// Most prompts that are kept at hand.
const MOST_PROMPTS: usize = 1_000;
/// Most excerpts that are kept at hand: several screens of them.
const MOST_EXCERPTS: usize = 8_192;
/// Characters of an excerpt: the widest cell has fewer columns.
const EXCERPT: usize = 200;

#[derive(Debug, Default)]
pub struct Outputs {
    records: HashMap<TrialId, Arc<TrialRecord>>,
    order: VecDeque<TrialId>,
    bytes: usize,
    /// Stored prompts; `None` where one was not stored.
    prompts: HashMap<TrialId, Option<Arc<Prompt>>>,
    excerpts: HashMap<TrialId, Arc<str>>,
    excerpt_order: VecDeque<TrialId>,
}

/// The first words of an output, without thoughts; `None` where there are none.
pub(crate) fn excerpt(record: &TrialRecord) -> Option<Arc<str>> {
    let completion = record.outcome.completion()?;
    let text = match (completion.text.trim(), &completion.refusal) {
        ("", Some(refusal)) => refusal.as_str(),
        (text, _) => text,
    };
    let answer = answer_text(text);
    let text = if answer.trim().is_empty() {
        text
    } else {
        &answer
    };
    let mut words = String::new();
    for word in text.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
        if words.len() >= EXCERPT * 4 {
            break;
        }
    }
    let end = words.char_indices().nth(EXCERPT).map(|(at, _)| at);
    words.truncate(end.unwrap_or(words.len()));
    (!words.is_empty()).then(|| words.into())
}

/// The sample of a cell whose first words the grid shows, as the metric read no answer in it; `None` where it read one, or
/// where there is no output.
pub(crate) fn excerpt_sample(
    grid: &Grid,
    (variant, row): (usize, usize),
    summary: &CellSummary,
) -> Option<usize> {
    match summary.majority {
        MajorityAnswer::Answer(answer) if grid.read_answer(answer).is_some() => None,
        MajorityAnswer::Nothing if summary.truncated + summary.unscored > 0 => (0..grid.samples())
            .find(|sample| {
                let state = grid.cell(variant, row, *sample).state;
                state == CellState::Truncated || state.is_unscored()
            }),
        MajorityAnswer::Nothing => None,
        _ => Some(summary.majority_sample),
    }
}

fn size(record: &TrialRecord) -> usize {
    200 + match &record.outcome {
        Outcome::Completed(c) => c.text.len() + c.reasoning.as_ref().map_or(0, String::len),
        Outcome::Failed(f) => f.message.len(),
    }
}

impl Outputs {
    /// Keep one; the oldest go where there are too many.
    pub fn keep(&mut self, record: Arc<TrialRecord>) {
        let reads_nothing = record.scores.main().is_none_or(|s| s.answer.is_none());
        if reads_nothing && let Some(words) = excerpt(&record) {
            self.keep_excerpt(record.id, words);
        }
        self.bytes += size(&record);
        let id = record.id;
        match self.records.insert(id, record) {
            Some(old) => self.bytes = self.bytes.saturating_sub(size(&old)),
            None => self.order.push_back(id),
        }
        while self.bytes > MOST_BYTES {
            let Some(old) = self.order.pop_front() else {
                break;
            };
            if let Some(record) = self.records.remove(&old) {
                self.bytes = self.bytes.saturating_sub(size(&record));
            }
        }
    }

    pub fn get(&self, id: TrialId) -> Option<&Arc<TrialRecord>> {
        self.records.get(&id)
    }

    /// Keep the first words of an output.
    pub fn keep_excerpt(&mut self, id: TrialId, words: Arc<str>) {
        if self.excerpts.insert(id, words).is_none() {
            self.excerpt_order.push_back(id);
        }
        if self.excerpts.len() > MOST_EXCERPTS
            && let Some(old) = self.excerpt_order.pop_front()
        {
            self.excerpts.remove(&old);
        }
    }

    /// The first words of an output.
    pub fn excerpt(&self, id: TrialId) -> Option<&Arc<str>> {
        self.excerpts.get(&id)
    }

    /// Keep the stored prompt of a trial, or that there is none.
    pub fn keep_prompt(&mut self, id: TrialId, prompt: Option<Prompt>) {
        if self.prompts.len() >= MOST_PROMPTS {
            self.prompts.clear();
        }
        self.prompts.insert(id, prompt.map(Arc::new));
    }

    /// The prompt of a trial: rendered; where that cannot be done any more, as it was stored. A conversation is shown with
    /// what was said in it, as it was stored.
    pub fn shown_prompt(
        &self,
        table: &Table,
        id: TrialId,
    ) -> Option<Result<Prompt, TemplateError>> {
        let stored = || Some(Ok(Prompt::clone(self.prompt(id)?)));
        match table.prompt(id.variant as usize, id.row as usize) {
            Some(Ok(prompt)) if table.is_conversation(id.variant as usize) => {
                stored().or(Some(Ok(prompt)))
            }
            None => stored(),
            rendered => rendered,
        }
    }

    /// The stored prompt of a trial. The other samples of its cell were sent the same one, unless it is a conversation.
    pub fn prompt(&self, id: TrialId) -> Option<&Arc<Prompt>> {
        if let Some(stored) = self.prompts.get(&id) {
            return stored.as_ref();
        }
        let same_cell = |other: &TrialId| {
            TrialId {
                sample: id.sample,
                ..*other
            } == id
        };
        let mut same = self.prompts.iter().filter(|(other, _)| same_cell(other));
        let found = same.find_map(|(_, prompt)| prompt.as_ref());
        found.filter(|prompt| prompt.replies.is_empty() && !prompt.has_tool_messages())
    }

    /// Whether a conversation is at hand without what was said in it.
    pub fn lacks_conversation(&self, id: TrialId) -> bool {
        let is_conversation = |record: &Arc<TrialRecord>| record.calls.is_some();
        self.records.get(&id).is_some_and(is_conversation) && !self.prompts.contains_key(&id)
    }

    pub fn clear(&mut self) {
        *self = Outputs::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Completion, Scores};

    #[test]
    fn memory_stays_flat_however_much_comes() {
        let mut outputs = Outputs::default();
        let text = "x".repeat(1 << 20);
        for row in 0..64 {
            outputs.keep(Arc::new(TrialRecord {
                id: TrialId {
                    variant: 0,
                    model: 0,
                    row,
                    sample: 0,
                },
                outcome: Outcome::Completed(Completion {
                    text: text.clone(),
                    ..Completion::default()
                }),
                scores: Scores::default(),
                reused: false,
                attempts: 1,
                cost_usd: None,
                calls: None,
            }));
        }
        assert!(outputs.bytes <= MOST_BYTES && outputs.records.len() == outputs.order.len());
        assert!(outputs.records.len() < 17);
        for row in 0..10_000 {
            let id = TrialId {
                variant: 0,
                model: 0,
                row,
                sample: 0,
            };
            outputs.keep_excerpt(id, "words".into());
        }
        assert_eq!(outputs.excerpts.len(), MOST_EXCERPTS);
        assert_eq!(outputs.excerpts.len(), outputs.excerpt_order.len());
    }

    #[test]
    fn an_excerpt_has_the_first_words_of_the_answer_in_one_line() {
        let excerpt_of = |text: &str| {
            excerpt(&TrialRecord {
                id: TrialId {
                    variant: 0,
                    model: 0,
                    row: 0,
                    sample: 0,
                },
                outcome: Outcome::Completed(Completion {
                    text: text.into(),
                    ..Completion::default()
                }),
                scores: Scores::default(),
                reused: false,
                attempts: 1,
                cost_usd: None,
                calls: None,
            })
        };
        let words = excerpt_of("<think>no\nyes</think>\nThe city\n  was  first");
        assert_eq!(words.as_deref(), Some("The city was first"));
        let long = excerpt_of(&"好".repeat(900)).unwrap();
        assert_eq!(long.chars().count(), EXCERPT);
        assert_eq!(excerpt_of(" \n"), None);
    }
}
