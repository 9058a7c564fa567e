//! The cells of a stored run.

use crate::{
    model::Outcome,
    outcome::Grid,
    read::{answer_text, normalize},
    store::{RunInfo, Store, StoreError},
};

/// The cells of each model of a run. Where the main metric reads no answers, the normalized outputs are what may be the same.
pub fn run_grids(store: &Store, info: &RunInfo) -> Result<Vec<Grid>, StoreError> {
    let models = 0..info.models.len();
    let mut grids: Vec<Grid> = models
        .map(|m| store.grid(info, m))
        .collect::<Result<_, _>>()?;
    let reads: Vec<bool> = grids.iter().map(Grid::reads_answers).collect();
    if reads.iter().all(|reads| *reads) {
        return Ok(grids);
    }
    store.each_trial(&info.id, &mut |record| {
        let id = record.id;
        let m = id.model as usize;
        if let (Some(false), Outcome::Completed(c)) = (reads.get(m), &record.outcome) {
            let (v, r, s) = (id.variant as usize, id.row as usize, id.sample as usize);
            grids[m].set_output(v, r, s, || normalize(&answer_text(&c.text)));
        }
    })?;
    Ok(grids)
}
