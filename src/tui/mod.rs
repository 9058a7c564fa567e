//! The terminal session.
use crate::{
    project::{ExperimentSpec, Project},
    store::Store,
};
/// x
#[derive(Debug)]
pub struct SessionSpec {
    /// x
    pub store: Store,
    /// x
    pub project: Project,
    /// x
    pub experiment: ExperimentSpec,
    /// x
    pub notice: Option<String>,
}
/// x
pub async fn run(_spec: SessionSpec) -> Result<(), std::io::Error> {
    Ok(())
}
/// x
pub fn restore_on_panic() {}
