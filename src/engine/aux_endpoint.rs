//! Models called besides those of the trials: for embeddings and verdicts.

use super::{Clients, EngineError, Plan};
use crate::{
    demo::{DemoServer, DemoSpec},
    endpoint::Client,
    model::ModelRef,
    project::EndpointSpec,
};
use std::{collections::BTreeMap, sync::Arc};

/// A client for a model besides those of the trials. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct AuxEndpoint {
    pub(super) client: Client,
    /// Keeps the demo endpoint running, where the trials do not use it.
    _server: Option<Arc<DemoServer>>,
}

/// The endpoints of all models that a stage calls besides those of the trials: metrics that call one endpoint share its
/// connections, or its process.
pub(super) struct AuxEndpoints<'p> {
    plan: &'p Plan,
    clients: &'p Clients,
    opened: BTreeMap<String, AuxEndpoint>,
}

impl<'p> AuxEndpoints<'p> {
    /// None of them opened yet.
    pub(super) fn new(plan: &'p Plan, clients: &'p Clients) -> AuxEndpoints<'p> {
        AuxEndpoints {
            plan,
            clients,
            opened: BTreeMap::new(),
        }
    }

    /// The endpoint of a model, opened where it is the first.
    pub(super) async fn open(&mut self, model: &ModelRef) -> Result<AuxEndpoint, EngineError> {
        if let Some(opened) = self.opened.get(&model.endpoint) {
            return Ok(opened.clone());
        }
        let spec = self.plan.endpoints.get(&model.endpoint);
        let spec = spec.ok_or_else(|| EngineError::NoClient(model.clone()))?;
        let opened = AuxEndpoint::open(self.clients, model, spec).await?;
        self.opened.insert(model.endpoint.clone(), opened.clone());
        Ok(opened)
    }
}

impl AuxEndpoint {
    /// The client of the trials if they have one, else a new one.
    pub(super) async fn open(
        clients: &Clients,
        model: &ModelRef,
        spec: &EndpointSpec,
    ) -> Result<AuxEndpoint, EngineError> {
        if let Some(client) = clients.client(model) {
            return Ok(AuxEndpoint {
                client: client.clone(),
                _server: None,
            });
        }
        let mut spec = spec.clone();
        let mut server = None;
        if spec.demo {
            let started = DemoServer::start(DemoSpec::default()).await?;
            spec.base_url = started.base_url();
            server = Some(Arc::new(started));
        }
        Ok(AuxEndpoint {
            client: Client::new(&spec)?,
            _server: server,
        })
    }
}
