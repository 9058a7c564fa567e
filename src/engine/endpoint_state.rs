//! The endpoints of a run: the models and judges of one endpoint share its limits.

use super::variant_failures::is_lasting;
use crate::{
    endpoint::{BaseUrl, Client, Limits, max_connections},
    model::{Failure, FailureKind, ModelRef},
    project::Project,
};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// The endpoints that a run has met, by name.
#[derive(Debug, Default)]
pub(super) struct EndpointStates {
    /// Overrides the endpoints' own `max_in_flight`.
    max_in_flight: Option<usize>,
    states: Mutex<BTreeMap<String, Arc<EndpointState>>>,
}

impl EndpointStates {
    pub(super) fn new(max_in_flight: Option<usize>) -> EndpointStates {
        EndpointStates {
            max_in_flight,
            states: Mutex::default(),
        }
    }

    pub(super) fn state(&self, client: &Client) -> Arc<EndpointState> {
        let mut states = self.states.lock();
        let state = states
            .entry(client.spec().name.clone())
            .or_insert_with(|| Arc::new(EndpointState::new(client, self.max_in_flight)));
        Arc::clone(state)
    }
}

/// An endpoint that fewer requests may be in flight to than is asked for, as the process may not open more files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescriptorShortage {
    pub endpoint: String,
    pub wanted: usize,
    pub allowed: usize,
}

/// The endpoints of some models that this holds of; `max_in_flight` in place of each endpoint's own.
pub fn descriptor_shortages(
    project: &Project,
    models: &[ModelRef],
    max_in_flight: Option<usize>,
) -> Vec<DescriptorShortage> {
    let Some(allowed) = max_connections() else {
        return Vec::new();
    };
    let names: BTreeSet<&str> = models.iter().map(|m| m.endpoint.as_str()).collect();
    let shortage = |name: &str| {
        let configured = project.endpoints.get(name).map(|e| e.max_in_flight);
        let wanted = max_in_flight.or(configured).filter(|n| *n > allowed)?;
        Some(DescriptorShortage {
            endpoint: name.to_owned(),
            wanted,
            allowed,
        })
    };
    names.into_iter().filter_map(shortage).collect()
}

/// What the models of one endpoint share.
#[derive(Debug)]
pub(super) struct EndpointState {
    pub(super) limits: Limits,
    /// Trials that failed before it first answered.
    failed: AtomicU32,
}

/// In flight at first on a server of one's own: often it answers one at a time, and it shows quickly how many it can take.
const NEARBY_START: usize = 2;

/// So many trials that fail at an endpoint which has never answered stop the run: the others would fail in the same way.
pub(super) const MAX_FIRST_FAILURES: u32 = 10;

impl EndpointState {
    fn new(client: &Client, max_in_flight: Option<usize>) -> EndpointState {
        let spec = client.spec();
        let own_limit = match max_in_flight {
            Some(_) => None,
            None => client.own_limit(),
        };
        let most = max_in_flight
            .unwrap_or(spec.max_in_flight)
            .min(max_connections().unwrap_or(usize::MAX));
        let is_server = !spec.demo && spec.program.is_none();
        let is_nearby = is_server && BaseUrl::new(&spec.base_url).is_nearby();
        let start = match spec.start_in_flight {
            Some(start) => start,
            None if is_nearby => NEARBY_START,
            None => most,
        };
        let (per_minute, tokens) = (spec.requests_per_minute, spec.tokens_per_minute);
        EndpointState {
            limits: match own_limit {
                Some(own) => Limits::of_program(own, per_minute, tokens),
                None => Limits::new(most, start, per_minute, tokens),
            },
            failed: AtomicU32::new(0),
        }
    }

    /// Count a failed trial; whether the run should stop because the first trials all failed. What may be wrong with a single
    /// variant stops that one.
    pub(super) fn record_failure(&self, failure: &Failure) -> bool {
        failure.kind != FailureKind::Cancelled
            && !is_lasting(failure.kind)
            && !self.limits.has_answered()
            && self.failed.fetch_add(1, Ordering::Relaxed) + 1 == MAX_FIRST_FAILURES
    }
}
