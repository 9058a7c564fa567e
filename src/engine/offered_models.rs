//! The models that an endpoint lists, with what is known of them.

use super::{Clients, EngineError};
use crate::{
    demo::DemoSpec,
    model::{ModelRef, Price},
    project::{EndpointSpec, Project},
    tokens,
};
use serde::Serialize;

/// A model that an endpoint lists.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OfferedModel {
    pub name: String,
    /// Size of its context window, in tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

impl OfferedModel {
    pub fn new(name: String, spec: &EndpointSpec) -> OfferedModel {
        let known = spec.models.get(&name);
        OfferedModel {
            context: tokens::context(&name, known),
            price: tokens::price(&name, Some(spec)),
            name,
        }
    }
}

/// Ask an endpoint of a project for its models.
pub async fn offered_models(
    project: &Project,
    endpoint: &str,
) -> Result<Vec<OfferedModel>, EngineError> {
    let any = ModelRef {
        endpoint: endpoint.to_owned(),
        model: "any".into(),
    };
    let models = std::slice::from_ref(&any);
    let clients = Clients::open(project, models, DemoSpec::default()).await?;
    let (Some(client), Some(spec)) = (clients.client(&any), project.endpoints.get(endpoint)) else {
        return Err(EngineError::NoClient(any));
    };
    let listed = client.models().await;
    let names = listed.map_err(|attempt| EngineError::ModelList(Box::new(attempt.failure)))?;
    Ok(names
        .into_iter()
        .map(|name| OfferedModel::new(name, spec))
        .collect())
}
