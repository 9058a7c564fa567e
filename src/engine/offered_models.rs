//! The models that an endpoint lists, with what is known of them.

use super::{Clients, EngineError};
use crate::{
    catalog::{self, ModelFeatures},
    demo::DemoSpec,
    endpoint::ModelListing,
    model::{Date, ModelRef, Price},
    project::{EndpointSpec, Project},
};
use serde::Serialize;

/// A model that an endpoint lists.
#[derive(Debug, Clone, Default, PartialEq, Serialize, schemars::JsonSchema)]
pub struct OfferedModel {
    pub name: String,
    /// Size of its context window, in tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Box<Price>>,
    /// When it is shut down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<Date>,
    /// What it supports, as far as that is known.
    #[serde(flatten)]
    pub features: ModelFeatures,
    /// The entry in the table of models that this is from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
}

impl OfferedModel {
    /// What is known of a model in a list; the list has the last word on when it is shut down.
    pub fn of_listing(listing: ModelListing, spec: &EndpointSpec) -> OfferedModel {
        let known = OfferedModel::new(listing.id, spec);
        OfferedModel {
            shutdown: listing.shutdown.or(known.shutdown),
            ..known
        }
    }

    pub fn new(name: String, spec: &EndpointSpec) -> OfferedModel {
        let facts = catalog::facts(&name, Some(spec));
        OfferedModel {
            name,
            context: facts.context,
            price: facts.price.map(Box::new),
            shutdown: facts.shutdown,
            features: facts.features,
            entry: facts.entry.map(|(entry, _)| entry),
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
    let listed = client.listings().await;
    let listed = listed.map_err(|attempt| EngineError::ModelList(Box::new(attempt.failure)))?;
    Ok(listed
        .into_iter()
        .map(|listing| OfferedModel::of_listing(listing, spec))
        .collect())
}
