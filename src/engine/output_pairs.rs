//! The outputs of a run that people rate, with what its judge says of them.

use crate::{
    annotation::RatedItem,
    model::Outcome,
    store::{RunInfo, Store, StoreError},
};

/// The outputs of some variants of one model, one per row.
#[derive(Debug, Clone, Default)]
pub struct RatedOutputs {
    /// Rows whose outputs differ, or all where there is one variant.
    pub items: Vec<RatedItem>,
    /// Rows whose outputs are the same.
    pub identical: usize,
    /// Rows without an output of each variant.
    pub missing: usize,
    /// The metric whose judge predicts the ratings.
    pub judge: Option<String>,
}

/// Sum and number of verdicts on a cell.
type Verdicts = Vec<Option<(f64, f64)>>;

impl RatedOutputs {
    /// Of one or two variants. The first of several samples counts.
    pub fn read(
        store: &Store,
        info: &RunInfo,
        model: usize,
        variants: &[usize],
    ) -> Result<RatedOutputs, StoreError> {
        let mut texts: Vec<Vec<Option<String>>> = vec![vec![None; info.rows]; variants.len()];
        let column = |id: crate::model::TrialId| {
            let is_ours = id.model as usize == model && id.sample == 0;
            let place = variants.iter().position(|v| *v == id.variant as usize);
            place.filter(|_| is_ours && (id.row as usize) < info.rows)
        };
        store.each_trial(&info.id, &mut |record| {
            if let (Some(at), Outcome::Completed(completion)) = (column(record.id), record.outcome)
            {
                texts[at][record.id.row as usize] = Some(completion.text);
            }
        })?;
        let mut verdicts: Vec<Verdicts> = vec![vec![None; info.rows]; variants.len()];
        let (mut judge, mut is_pairwise) = (None, false);
        store.each_opinion(&info.id, model, &mut |opinion| {
            let (Some(at), Some(value), false) =
                (column(opinion.id), opinion.value, opinion.is_rule)
            else {
                return;
            };
            // The first judge of the experiment.
            if *judge.get_or_insert(opinion.metric) != opinion.metric {
                return;
            }
            is_pairwise |= opinion.second.is_some();
            let sums = verdicts[at][opinion.id.row as usize].get_or_insert((0.0, 0.0));
            *sums = (sums.0 + value, sums.1 + 1.0);
        })?;
        let score = |at: usize, row: usize| {
            // A pairwise judge compares with the baseline, which ties with itself.
            let is_baseline = is_pairwise && variants[at] == info.baseline;
            let known = verdicts[at][row].map(|(sum, n)| sum / n);
            known.or(is_baseline.then_some(0.5))
        };
        let has_baseline = variants.contains(&info.baseline);
        let predicted = |row: usize| {
            let value = match variants.len() {
                1 => 2.0 * score(0, row)? - 1.0,
                _ if is_pairwise && has_baseline => 2.0 * (score(0, row)? - score(1, row)?),
                _ => score(0, row)? - score(1, row)?,
            };
            Some(value.clamp(-1.0, 1.0))
        };
        let mut found = RatedOutputs::default();
        for row in 0..info.rows {
            let outputs: Option<Vec<String>> = texts.iter_mut().map(|t| t[row].take()).collect();
            match outputs {
                None => found.missing += 1,
                Some(outputs) if outputs.len() == 2 && outputs[0] == outputs[1] => {
                    found.identical += 1;
                }
                Some(texts) => found.items.push(RatedItem {
                    row,
                    row_id: info.heads.id(row).into_owned(),
                    texts,
                    predicted: predicted(row),
                }),
            }
        }
        // A judge that has no verdict on some of them predicts nothing of these: then none of them.
        if found.items.iter().any(|item| item.predicted.is_none()) {
            found
                .items
                .iter_mut()
                .for_each(|item| item.predicted = None);
        } else {
            let name = judge.and_then(|metric| info.metrics.get(metric as usize));
            found.judge = name.filter(|_| !found.items.is_empty()).cloned();
        }
        Ok(found)
    }
}
