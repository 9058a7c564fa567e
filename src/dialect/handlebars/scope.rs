//! What paths start from: `this`, the contexts around it, `@` data, and names of blocks.

use super::super::value::{Map, Value};
use std::rc::Rc;

/// What `this` is.
#[derive(Clone)]
pub(super) enum Context {
    /// The variables of the template.
    Root,
    Value(Value),
}

/// `@index` and the like, with those of the loop around.
pub(super) struct Data {
    pub(super) values: Map,
    pub(super) outer: Option<Rc<Data>>,
}

/// What paths start from.
#[derive(Clone)]
pub(super) struct Scope {
    /// The innermost first.
    pub(super) contexts: Vec<Context>,
    pub(super) data: Rc<Data>,
    /// Names of the items of blocks, the innermost last.
    pub(super) names: Vec<(String, Value)>,
}

impl Scope {
    /// Around the whole template.
    pub(super) fn root() -> Scope {
        Scope {
            contexts: vec![Context::Root],
            data: Rc::new(Data {
                values: Map::new(),
                outer: None,
            }),
            names: Vec::new(),
        }
    }

    pub(super) fn this(&self) -> &Context {
        &self.contexts[0]
    }

    /// The scope within a block over a value.
    pub(super) fn within(
        &self,
        context: &Context,
        data: Option<Map>,
        names: Vec<(String, Value)>,
    ) -> Scope {
        let same = match (context, self.this()) {
            (Context::Root, Context::Root) => true,
            (Context::Value(a), Context::Value(b)) => a.equals(b),
            _ => false,
        };
        let mut scope = self.clone();
        if !same {
            scope.contexts.insert(0, context.clone());
        }
        if let Some(values) = data {
            scope.data = Rc::new(Data {
                values,
                outer: Some(Rc::clone(&self.data)),
            });
        }
        scope.names.extend(names);
        scope
    }
}
