//! Clients of the endpoints that a plan calls.

use super::{EngineError, Plan};
use crate::{
    demo::{DemoServer, DemoSpec},
    endpoint::{Client, EndpointError},
    model::ModelRef,
    project::{EndpointSpec, Project},
    store::Store,
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
        let open = |_: &ModelRef, spec: &EndpointSpec| Ok(Client::new(spec)?);
        Clients::open_each(project, models, demo, open).await
    }

    /// The same for a plan that may reuse stored answers: a key that is not set is none that is missed where all are stored.
    pub async fn open_for(
        project: &Project,
        plan: &Plan,
        store: &Store,
        demo: DemoSpec,
    ) -> Result<Clients, EngineError> {
        let open = |model: &ModelRef, spec: &EndpointSpec| match Client::new(spec) {
            Err(unset @ EndpointError::Unset { .. })
                if plan.is_answered(&model.endpoint, spec, store)? =>
            {
                Ok(Client::closed(spec, &unset))
            }
            client => Ok(client?),
        };
        Clients::open_each(project, &plan.models, demo, open).await
    }

    async fn open_each(
        project: &Project,
        models: &[ModelRef],
        demo: DemoSpec,
        open: impl Fn(&ModelRef, &EndpointSpec) -> Result<Client, EngineError>,
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
            let client = open(model, &spec)?;
            all.clients.insert(model.endpoint.clone(), client);
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
