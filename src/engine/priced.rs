//! Prices that a cap in dollars needs: an unknown one would never reach it.

use super::EngineError;
use crate::{catalog::price, model::ModelRef, project::Project};

/// An error where the price of one of the models is not known.
pub fn require_prices(project: &Project, models: &[ModelRef]) -> Result<(), EngineError> {
    let unpriced = models.iter().find(|model| {
        let endpoint = project.endpoint(model);
        let is_demo = endpoint.is_some_and(|endpoint| endpoint.demo);
        !is_demo && price(&model.model, endpoint).is_none()
    });
    unpriced.map_or(Ok(()), |model| Err(EngineError::NoPrice(model.clone())))
}
