//! The replay of a run in which a policy chose the trials.

use crate::{
    model::VariantNames,
    outcome::Grid,
    policy::{PolicyError, Replay, TrialSpace, replay},
    store::RunInfo,
};

/// The replay of a policy on the grid of one model; `None` where every trial was sent.
pub(super) fn replayed(info: &RunInfo, grid: &Grid) -> Option<Result<Replay, PolicyError>> {
    let spec = info.policy.as_ref()?;
    let field = TrialSpace::new(
        &info.variants,
        info.rows,
        info.samples,
        info.heads.cluster_numbers(),
        info.seed,
    );
    let names = VariantNames::new(&info.variants).aliases(info.baseline);
    Some(replay(spec, &field, &names, info.models.len(), grid))
}
