//! Providers as endpoints and models: where an id leads, at which address, with which request parameters.

mod address;
mod context;
mod provider;
mod reader;
mod route;
mod settings;
#[cfg(test)]
mod tests;
mod unreachable_services;

pub(super) use context::Providers;
pub(super) use provider::Provider;
pub(super) use settings::{PARAMS, param_value};
