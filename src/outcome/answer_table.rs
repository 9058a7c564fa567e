//! The distinct answers of a grid, by number. They lie in chunks that are copied only when they are written while somebody else
//! still reads them.

use super::packed_cell::AnswerId;
use std::{collections::HashMap, sync::Arc};

/// Answers in a chunk.
const CHUNK: usize = 8192;

/// Starts the key of an output that stands for its own answer, where the metric reads none.
pub(super) const OUTPUT_KEY: char = '\u{0}';

#[derive(Debug, Default)]
pub(super) struct AnswerTable {
    chunks: Vec<Arc<Vec<Arc<str>>>>,
    count: usize,
    /// Whether any of them was read by the metric, so that it stands for no output.
    pub(super) has_read: bool,
    /// Filled when an answer is looked up; a copy for reading starts without it.
    ids: HashMap<Arc<str>, AnswerId>,
}

impl Clone for AnswerTable {
    /// Shares all answers with the original until one of the two is written.
    fn clone(&self) -> AnswerTable {
        AnswerTable {
            chunks: self.chunks.clone(),
            ids: HashMap::new(),
            ..*self
        }
    }
}

impl AnswerTable {
    pub(super) fn text(&self, answer: AnswerId) -> &str {
        let at = answer as usize;
        self.chunks
            .get(at / CHUNK)
            .and_then(|chunk| chunk.get(at % CHUNK))
            .map_or("", |text| text)
    }

    /// The number for an answer, a new one where it was not seen before.
    pub(super) fn intern(&mut self, answer: &str) -> AnswerId {
        if self.ids.len() < self.count {
            let texts = self.chunks.iter().flat_map(|chunk| chunk.iter());
            self.ids = texts.cloned().zip(0..).collect();
        }
        if let Some(id) = self.ids.get(answer) {
            return *id;
        }
        let text: Arc<str> = answer.into();
        let id = self.count as AnswerId;
        if self.count.is_multiple_of(CHUNK) {
            self.chunks.push(Arc::default());
        }
        if let Some(last) = self.chunks.last_mut() {
            Arc::make_mut(last).push(Arc::clone(&text));
        }
        self.count += 1;
        self.has_read |= !answer.starts_with(OUTPUT_KEY);
        self.ids.insert(text, id);
        id
    }
}
