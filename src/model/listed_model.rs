//! A model as its endpoint lists it: what tells whether another one answers under its name.

use super::ModelRef;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct ListedModel {
    pub model: ModelRef,
    /// The endpoint's address; the same name may stand for another one later.
    pub address: String,
    /// What the list says of it, without times and permissions.
    pub entry: String,
}

impl ListedModel {
    /// Add what is known now, in place of what was known of the same models.
    pub fn add(known: &mut Vec<ListedModel>, found: &[ListedModel]) {
        known.retain(|known| !found.iter().any(|new| new.is_same_place(known)));
        known.extend(found.iter().cloned());
    }

    /// Whether both are about one name at one address.
    pub fn is_same_place(&self, other: &ListedModel) -> bool {
        (&self.model, &self.address) == (&other.model, &other.address)
    }
}
