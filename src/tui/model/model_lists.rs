//! The models that the endpoints of the project list, and names that are typed. Pure.

use crate::{engine::OfferedModel, model::ModelRef};
use std::collections::BTreeMap;

/// Endpoints for which a typed name is offered.
const MOST_TYPED: usize = 4;

/// What an endpoint lists.
#[derive(Debug, Clone)]
pub(crate) enum ModelList {
    Pending,
    Listed(Vec<OfferedModel>),
    Failed(String),
}

/// What the endpoints list, by their names.
#[derive(Debug, Clone)]
pub(crate) struct ModelLists(BTreeMap<String, ModelList>);

impl ModelLists {
    pub(crate) fn new(endpoints: impl Iterator<Item = String>) -> ModelLists {
        ModelLists(endpoints.map(|name| (name, ModelList::Pending)).collect())
    }

    /// An endpoint answered.
    pub(crate) fn insert(&mut self, endpoint: String, found: Result<Vec<OfferedModel>, String>) {
        let list = found.map_or_else(ModelList::Failed, ModelList::Listed);
        self.0.insert(endpoint, list);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &ModelList)> {
        self.0.iter()
    }

    pub(crate) fn has_endpoint(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Endpoints whose lists are not known yet.
    pub(crate) fn pending(&self) -> impl Iterator<Item = &String> {
        let pending = self.iter();
        let pending = pending.filter(|(_, list)| matches!(list, ModelList::Pending));
        pending.map(|(endpoint, _)| endpoint)
    }

    /// Every listed model, with what its endpoint says of it.
    pub(super) fn offered(&self) -> impl Iterator<Item = (ModelRef, &OfferedModel)> {
        self.iter().flat_map(|(endpoint, list)| {
            let listed = match list {
                ModelList::Listed(listed) => listed.as_slice(),
                ModelList::Pending | ModelList::Failed(_) => &[],
            };
            listed.iter().map(move |offered| {
                let model = ModelRef {
                    endpoint: endpoint.clone(),
                    model: offered.name.clone(),
                };
                (model, offered)
            })
        })
    }

    /// What is typed as a name: of the endpoint that it begins with, else of any.
    pub(super) fn typed(&self, name: &str) -> Vec<ModelRef> {
        if name.is_empty() {
            return Vec::new();
        }
        if let Ok(model) = name.parse::<ModelRef>()
            && self.has_endpoint(&model.endpoint)
        {
            return vec![model];
        }
        let model = |endpoint: &String| ModelRef {
            endpoint: endpoint.clone(),
            model: name.to_owned(),
        };
        self.0.keys().take(MOST_TYPED).map(model).collect()
    }
}

/// Whether a name has all words that are typed, in upper or lower case.
pub(super) fn has_words(name: &str, typed: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = typed.split_whitespace();
    words.all(|word| name.contains(&word.to_lowercase()))
}
