//! The outputs of some rows of a run, equal texts kept once.

use crate::{
    model::{Outcome, TrialId},
    store::{RunInfo, Store, StoreError},
};
use std::collections::HashMap;

const NONE: u32 = u32::MAX;

/// The outputs of some rows of a run.
#[derive(Debug)]
pub(super) struct Outputs {
    texts: Vec<String>,
    /// Text of each cell: ((model · variants + variant) · places + place) · samples + sample.
    of: Vec<u32>,
    /// Place of each row of the run among the rows that are kept.
    place: HashMap<u32, usize>,
    variants: usize,
    samples: usize,
}

impl Outputs {
    /// Read those of these rows.
    pub(super) fn read(
        store: &Store,
        info: &RunInfo,
        rows: impl Iterator<Item = usize>,
    ) -> Result<Outputs, StoreError> {
        let place: HashMap<u32, usize> = rows.enumerate().map(|(i, r)| (r as u32, i)).collect();
        let (variants, samples) = (info.variants.len(), info.samples);
        let cells = info.models.len() * variants * place.len() * samples;
        let mut outputs = Outputs {
            texts: Vec::new(),
            of: vec![NONE; cells],
            place,
            variants,
            samples,
        };
        let mut known: HashMap<String, u32> = HashMap::new();
        store.each_trial(&info.id, &mut |record| {
            let Outcome::Completed(completion) = record.outcome else {
                return;
            };
            let Some(at) = outputs.index(record.id).filter(|at| *at < outputs.of.len()) else {
                return;
            };
            let next = known.len() as u32;
            outputs.of[at] = *known.entry(completion.text).or_insert(next);
        })?;
        outputs.texts = vec![String::new(); known.len()];
        for (text, number) in known {
            outputs.texts[number as usize] = text;
        }
        Ok(outputs)
    }

    fn index(&self, id: TrialId) -> Option<usize> {
        let place = *self.place.get(&id.row)?;
        let column = id.model as usize * self.variants + id.variant as usize;
        Some((column * self.place.len() + place) * self.samples + id.sample as usize)
    }

    /// Number of the output of a cell; equal outputs have equal numbers.
    pub(super) fn number(&self, id: TrialId) -> Option<u32> {
        self.of
            .get(self.index(id)?)
            .copied()
            .filter(|number| *number != NONE)
    }

    pub(super) fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }
}
