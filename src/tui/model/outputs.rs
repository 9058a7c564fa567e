//! Outputs at hand: those that came last or were looked at; older ones are read from the store again.

use crate::model::{Outcome, Prompt, TrialId, TrialRecord};
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// Most bytes of texts that are kept at hand.
const MOST_BYTES: usize = 16 << 20;
/// Most prompts that are kept at hand.
const MOST_PROMPTS: usize = 1_000;

#[derive(Debug, Default)]
pub struct Outputs {
    records: HashMap<TrialId, Arc<TrialRecord>>,
    order: VecDeque<TrialId>,
    bytes: usize,
    /// Stored prompts, by model, variant and row.
    prompts: HashMap<(u32, u32, u32), Arc<Prompt>>,
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

    /// Keep the stored prompt of a trial.
    pub fn keep_prompt(&mut self, id: TrialId, prompt: Prompt) {
        if self.prompts.len() >= MOST_PROMPTS {
            self.prompts.clear();
        }
        let place = (id.model, id.variant, id.row);
        self.prompts.insert(place, Arc::new(prompt));
    }

    /// The stored prompt of a cell.
    pub fn prompt(&self, model: usize, variant: usize, row: usize) -> Option<&Arc<Prompt>> {
        let place = (model as u32, variant as u32, row as u32);
        self.prompts.get(&place)
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
            }));
        }
        assert!(outputs.bytes <= MOST_BYTES && outputs.records.len() == outputs.order.len());
        assert!(outputs.records.len() < 17);
    }
}
