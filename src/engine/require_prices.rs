//! Prices that a cap in dollars needs: an unknown one would never reach it.

use super::EngineError;
use crate::{catalog::price, model::ModelRef, project::Project};

/// An error where the price of one of the models is needed and not known.
pub fn require_prices(project: &Project, models: &[ModelRef]) -> Result<(), EngineError> {
    let unpriced = models.iter().find(|model| {
        let endpoint = project.endpoint(model);
        endpoint.is_none_or(|endpoint| endpoint.needs_price())
            && price(&model.model, endpoint).is_none()
    });
    unpriced.map_or(Ok(()), |model| Err(EngineError::NoPrice(model.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn only_servers_need_a_price() {
        let project = Project::parse(
            Path::new("wording.toml"),
            "[endpoint.app]\ncommand = [\"python3\", \"app.py\"]\n[endpoint.mine]\nbase_url = \"http://127.0.0.1:9/v1\"\n",
        );
        let project = project.unwrap();
        let asked = |model: &str| require_prices(&project, &[model.parse().unwrap()]);
        asked("app/unknown").unwrap();
        asked("demo/icl").unwrap();
        for model in ["mine/unknown", "nowhere/unknown"] {
            let error = asked(model).unwrap_err().to_string();
            assert!(
                error.contains(&format!("the price of {model} is not known")),
                "{error}"
            );
        }
    }
}
