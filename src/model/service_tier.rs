//! The service tier of a request, which changes its price: as asked for, as billed, and as price tables name it.

use serde::{Deserialize, Serialize};

/// How fast, and at what price, a provider processes a request.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, schemars::JsonSchema, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum ServiceTier {
    #[default]
    Standard,
    Batch,
    Flex,
    Priority,
    Balanced,
    Ultrafast,
}

impl ServiceTier {
    /// The tier of a name, as servers and `service_tier` spell it. `None` for `auto`, which leaves the choice to the server, and for
    /// names without prices of their own.
    pub fn named(name: &str) -> Option<ServiceTier> {
        Some(match name.to_ascii_lowercase().as_str() {
            "standard" | "default" | "on_demand" | "standard_only" => ServiceTier::Standard,
            "batch" | "batches" => ServiceTier::Batch,
            "flex" => ServiceTier::Flex,
            "priority" => ServiceTier::Priority,
            "balanced" => ServiceTier::Balanced,
            "ultrafast" => ServiceTier::Ultrafast,
            _ => return None,
        })
    }

    pub fn is_standard(&self) -> bool {
        *self == ServiceTier::Standard
    }
}
