//! Calls of macros, functions and methods.

use super::{
    super::{
        Failure, Output,
        value::{Map, Value},
    },
    ast::{Arguments, Expr, ExprKind, Macro},
    eval::{Evaluated, Run},
    filters,
    frame::Frame,
    functions::{Function, call_value},
};
use std::{ops::Range, rc::Rc};

/// Deepest calls of macros within one another.
const MAX_CALLS: usize = 60;

impl Run<'_> {
    pub(super) fn call(
        &mut self,
        target: &Expr,
        arguments: &Arguments,
        frame: &Rc<Frame>,
    ) -> Evaluated<Value> {
        let at = target.at.start;
        let called = self.value(target, frame)?;
        let (values, named) = self.arguments(arguments, frame)?;
        let function = match &called {
            Value::Function(function) => Rc::clone(function).downcast::<Function>().ok(),
            _ => None,
        };
        let function = match (function, &target.kind) {
            (Some(function), _) => function,
            // A column may have the name of a function.
            (None, ExprKind::Name(name)) if self.host.has_function(name) => {
                let (host, named) = (self.host, &named);
                let made = host
                    .call(name, &values, &|key| named.get(key).cloned())
                    .map_err(|message| Failure::new(at, message))?;
                self.meter.text(made.len(), at)?;
                return Ok(Value::from(made));
            }
            _ => {
                let name = &self.source[target.at.clone()];
                return Err(Failure::new(
                    at,
                    format!("`{name}` cannot be called: it is no function"),
                ));
            }
        };
        match &*function {
            Function::Macro(made, outer) => {
                self.run_macro(made, outer.as_ref(), values, named, &target.at)
            }
            other => {
                let values = filters::with_named(values, named);
                call_value(other, values, &mut self.meter, at).map_err(|problem| problem.at(at))
            }
        }
    }

    fn run_macro(
        &mut self,
        made: &Macro,
        outer: Option<&Rc<Frame>>,
        values: Vec<Value>,
        mut named: Map,
        at: &Range<usize>,
    ) -> Evaluated<Value> {
        self.calls += 1;
        if self.calls > MAX_CALLS {
            return Err(Failure::new(at.start, "macros call each other too deep"));
        }
        let frame = Frame::new(outer, true);
        let mut values = values.into_iter();
        for name in &made.names {
            let value = match values.next() {
                Some(value) => value,
                None => named
                    .shift_remove(name.as_str())
                    .unwrap_or(Value::Undefined),
            };
            frame.bind(name, value);
        }
        for ((name, _), value) in made.defaults.iter().zip(values) {
            named.insert(name.as_str().into(), value);
        }
        if let Some(caller) = named.get("caller") {
            frame.put("caller", caller.clone());
        }
        let filled = std::mem::take(&mut self.filled);
        for (name, default) in &made.defaults {
            let value = match named.get(name.as_str()) {
                Some(value) => value.clone(),
                None => self.value(default, &frame)?,
            };
            frame.put(name, value);
        }
        let mut out = Output::default();
        self.nodes(&made.body, &frame, &mut out)?;
        self.filled = filled;
        self.calls -= 1;
        Ok(Value::Safe(out.text.into()))
    }
}
