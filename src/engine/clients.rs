//! Clients of the endpoints that a plan calls.

use super::EngineError;
use crate::{
    demo::{DemoServer, DemoSpec},
    endpoint::Client,
    model::ModelRef,
    project::Project,
};
use std::collections::BTreeMap;

/// Clients of the endpoints that a plan calls; runs the demo server where it is needed.
#[derive(Debug)]
pub struct Clients {
    clients: BTreeMap<String, Client>,
    demo: Option<DemoServer>,
}

impl Clients {
    /// Make a client for each endpoint; starts the demo endpoint if a model uses it.
    pub async fn open(
        project: &Project,
        models: &[ModelRef],
        demo: DemoSpec,
    ) -> Result<Clients, EngineError> {
        let mut all = Clients {
            clients: BTreeMap::new(),
            demo: None,
        };
        for model in models {
            if all.clients.contains_key(&model.endpoint) {
                continue;
            }
            let Some(spec) = project.endpoints.get(&model.endpoint) else {
                continue;
            };
            let mut spec = spec.clone();
            if spec.demo {
                let mut demo = demo.clone();
                // Models that were tuned here are known in every later run of the project.
                demo.keep = demo.keep.or(Some(project.root.join(".wording/demo")));
                let server = DemoServer::start(demo).await?;
                spec.base_url = server.base_url();
                all.demo = Some(server);
            }
            all.clients
                .insert(model.endpoint.clone(), Client::new(&spec)?);
        }
        Ok(all)
    }

    pub fn client(&self, model: &ModelRef) -> Option<&Client> {
        self.clients.get(&model.endpoint)
    }

    /// Whether one of them is the built-in stand-in.
    pub fn has_demo(&self) -> bool {
        self.demo.is_some()
    }
}
