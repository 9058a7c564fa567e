//! Models that are asked beside the trials: for embeddings, for verdicts.

use super::{Clients, EngineError};
use crate::{
    demo::{DemoServer, DemoSpec},
    endpoint::Client,
    model::ModelRef,
    project::EndpointSpec,
};

/// A client for a model that is asked beside the trials.
#[derive(Debug)]
pub(super) struct AuxEndpoint {
    pub(super) client: Client,
    /// Holds the demo endpoint, where it is asked and does not run for the trials already.
    _server: Option<DemoServer>,
}

impl AuxEndpoint {
    /// The client that the trials have, or one of its own.
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
