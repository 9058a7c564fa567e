//! Where a path leads: variables, contexts, `@` data, names of blocks and members of values.

use super::{
    super::value::Value,
    ast::Path,
    eval::{Evaluated, Run},
    members::member,
    scope::{Context, Scope},
};
use std::rc::Rc;

impl Run<'_> {
    /// A context as a value: the variables of the template are a map that only the host knows.
    pub(super) fn context_value(&mut self, context: &Context) -> Value {
        match context {
            Context::Value(value) => value.clone(),
            Context::Root => self.variable("row"),
        }
    }

    fn variable(&mut self, name: &str) -> Value {
        if let Some(known) = self.variables.get(name) {
            return known.clone();
        }
        let value = self.host.variable(name).unwrap_or(Value::Undefined);
        self.variables.insert(name.to_owned(), value.clone());
        value
    }

    pub(super) fn path(&mut self, path: &Path, scope: &Scope) -> Evaluated<Value> {
        let mut parts = path.parts.iter();
        let mut value = if path.is_data {
            let name = parts.next().map_or("", String::as_str);
            let mut data = Rc::clone(&scope.data);
            for _ in 0..path.depth {
                match &data.outer {
                    Some(outer) => data = Rc::clone(outer),
                    None => return Ok(Value::Undefined),
                }
            }
            if name == "root" {
                match parts.next() {
                    Some(name) => self.variable(name),
                    None => self.context_value(&Context::Root),
                }
            } else {
                let mut at = Some(&data);
                loop {
                    match at {
                        Some(here) => match here.values.get(name) {
                            Some(value) => break value.clone(),
                            None => at = here.outer.as_ref(),
                        },
                        None => break Value::Undefined,
                    }
                }
            }
        } else {
            let bound = path
                .parts
                .first()
                .filter(|_| path.depth == 0 && !path.is_scoped);
            let bound =
                bound.and_then(|name| scope.names.iter().rev().find(|(known, _)| known == name));
            match (bound, scope.contexts.get(path.depth)) {
                (Some((_, value)), _) => {
                    parts.next();
                    value.clone()
                }
                (None, Some(Context::Root)) => match parts.next() {
                    Some(name) => self.variable(name),
                    None => self.context_value(&Context::Root),
                },
                (None, Some(Context::Value(value))) => value.clone(),
                (None, None) => Value::Undefined,
            }
        };
        for part in parts {
            if value.is_nullish() {
                break;
            }
            value = member(&value, part);
        }
        Ok(value)
    }
}
