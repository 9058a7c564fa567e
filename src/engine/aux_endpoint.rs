//! Models called besides those of the trials: for embeddings and verdicts.

use super::{Clients, EngineError};
use crate::{
    demo::{DemoServer, DemoSpec},
    endpoint::Client,
    model::ModelRef,
    project::EndpointSpec,
};

/// A client for a model besides those of the trials.
#[derive(Debug)]
pub(super) struct AuxEndpoint {
    pub(super) client: Client,
    /// Keeps the demo endpoint running, where the trials do not use it.
    _server: Option<DemoServer>,
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
            server = Some(started);
        }
        Ok(AuxEndpoint {
            client: Client::new(&spec)?,
            _server: server,
        })
    }
}
