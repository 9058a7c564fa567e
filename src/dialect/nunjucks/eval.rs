//! Running a parsed template.

use super::{
    super::{
        Failure, Host, Meter, Output, number,
        value::{Map, Value},
    },
    ast::{Arguments, Binary, Expr, ExprKind, Loop, Macro, Node, Unary},
    filters,
    frame::Frame,
    functions::{Function, call_value, member},
    tests,
};
use std::{
    cell::RefCell,
    cmp::Ordering,
    collections::{HashMap, HashSet},
    ops::Range,
    rc::Rc,
    sync::Arc,
};

/// Deepest calls of macros within one another.
const MAX_CALLS: usize = 60;
/// Expressions within each other, through macros too: what the stack of a thread holds.
const MAX_DEPTH: usize = 250;

pub(super) struct Run<'a> {
    source: &'a str,
    host: &'a dyn Host,
    pub(super) meter: Meter,
    /// Names that are known to the whole template.
    context: RefCell<HashMap<String, Value>>,
    /// Loops that had something to go over when they ran last: the `else` of a loop over nothing looks at it.
    filled: HashSet<usize>,
    calls: usize,
    /// Expressions that are being evaluated within each other, through macros too.
    depth: usize,
}

type Evaluated<T> = Result<T, Failure>;

impl<'a> Run<'a> {
    pub(super) fn new(source: &'a str, host: &'a dyn Host, meter: Meter) -> Run<'a> {
        Run {
            source,
            host,
            meter,
            context: RefCell::default(),
            filled: HashSet::new(),
            calls: 0,
            depth: 0,
        }
    }

    pub(super) fn nodes(
        &mut self,
        nodes: &[Node],
        frame: &Rc<Frame>,
        out: &mut Output,
    ) -> Evaluated<()> {
        nodes
            .iter()
            .try_for_each(|node| self.node(node, frame, out))
    }

    fn node(&mut self, node: &Node, frame: &Rc<Frame>, out: &mut Output) -> Evaluated<()> {
        match node {
            Node::Text(range) => {
                self.meter.text(range.len(), range.start)?;
                out.raw(&self.source[range.clone()], range.clone());
            }
            Node::Print(value, range) => {
                let value = self.value(value, frame)?.printed();
                self.meter.text(value.len(), range.start)?;
                out.value(&value, range.clone());
            }
            Node::If(branches, otherwise) => {
                for (condition, body) in branches {
                    if self.value(condition, frame)?.is_true() {
                        return self.nodes(body, frame, out);
                    }
                }
                self.nodes(otherwise, frame, out)?;
            }
            Node::For(repeat) => self.repeat(repeat, frame, out)?,
            Node::Set(names, value) => {
                let value = self.value(value, frame)?;
                for name in names {
                    frame.assign(name, value.clone());
                    if frame.is_top {
                        let mut context = self.context.borrow_mut();
                        context.insert(name.clone(), value.clone());
                    }
                }
            }
            Node::Macro(made) => {
                let function = Function::Macro(Arc::clone(made), None).into_value();
                if frame.is_top {
                    let mut context = self.context.borrow_mut();
                    context.insert(made.name.clone(), function);
                } else {
                    frame.bind(&made.name, function);
                }
            }
            Node::Scope(body) => self.nodes(body, &Frame::new(Some(frame), true), out)?,
            Node::Switch(subject, cases, otherwise) => {
                let subject = self.value(subject, frame)?;
                let mut found = false;
                for (case, body) in cases {
                    found = found || self.value(case, frame)?.is(&subject);
                    // A case without a body goes on to the next.
                    if found && !body.is_empty() {
                        return self.nodes(body, frame, out);
                    }
                }
                self.nodes(otherwise, frame, out)?;
            }
        }
        Ok(())
    }

    fn repeat(&mut self, repeat: &Loop, frame: &Rc<Frame>, out: &mut Output) -> Evaluated<()> {
        let frame = Frame::new(Some(frame), false);
        let over = self.value(&repeat.over, &frame)?;
        let at = repeat.over.at.start;
        let over = match over {
            Value::Safe(text) => Value::from(
                text.chars()
                    .map(|c| Value::from(c.to_string()))
                    .collect::<Vec<_>>(),
            ),
            other => other,
        };
        if over.is_true() {
            let length = match &over {
                Value::List(items) => items.borrow().len(),
                Value::Text(text) => super::super::text::length(text),
                Value::Map(map) if repeat.unpacks => map.len(),
                _ => 0,
            };
            if length > 0 {
                self.filled.insert(repeat.id);
            } else {
                self.filled.remove(&repeat.id);
            }
            let mut n = 0;
            loop {
                // The list may grow while the loop goes over it.
                let count = match &over {
                    Value::List(items) => items.borrow().len(),
                    _ => length,
                };
                if n >= count {
                    break;
                }
                self.meter.step(at)?;
                self.unpack(repeat, &over, n, &frame)?;
                frame.put("loop", position(n, length));
                self.nodes(&repeat.body, &frame, out)?;
                n += 1;
            }
        }
        if !self.filled.contains(&repeat.id) {
            self.nodes(&repeat.otherwise, &frame, out)?;
        }
        Ok(())
    }

    /// Bind the names of a loop to the item at a place.
    fn unpack(&self, repeat: &Loop, over: &Value, n: usize, frame: &Rc<Frame>) -> Evaluated<()> {
        let item = match over {
            Value::Map(map) => match map.get_index(n) {
                Some((key, value)) => vec![Value::Text(Rc::clone(key)), value.clone()].into(),
                None => Value::Undefined,
            },
            Value::Text(_) if repeat.unpacks => {
                let key = Value::from(n.to_string());
                vec![key.clone(), member(over, &key)].into()
            }
            _ => member(over, &Value::from(n)),
        };
        if !repeat.unpacks {
            frame.bind(&repeat.names[0], item);
            return Ok(());
        }
        if item.is_nullish() {
            let at = repeat.over.at.start;
            return Err(Failure::new(
                at,
                "an item of the loop is no list to be unpacked",
            ));
        }
        for (u, name) in repeat.names.iter().enumerate() {
            frame.bind(name, member(&item, &Value::from(u)));
        }
        Ok(())
    }

    pub(super) fn value(&mut self, expr: &Expr, frame: &Rc<Frame>) -> Evaluated<Value> {
        let at = expr.at.start;
        self.meter.step(at)?;
        if self.depth >= MAX_DEPTH {
            return Err(Failure::new(
                at,
                "expressions and macros are nested too deep",
            ));
        }
        self.depth += 1;
        let value = self.evaluate(expr, frame, at);
        self.depth -= 1;
        value
    }

    fn evaluate(&mut self, expr: &Expr, frame: &Rc<Frame>, at: usize) -> Evaluated<Value> {
        Ok(match &expr.kind {
            ExprKind::Null => Value::Null,
            ExprKind::Bool(flag) => Value::Bool(*flag),
            ExprKind::Number(number) => Value::Number(*number),
            ExprKind::Text(text) => Value::from(text.as_str()),
            ExprKind::Name(name) => self.lookup(name, frame),
            ExprKind::List(items) => self.values(items, frame)?.into(),
            ExprKind::Dict(entries) => self.map(entries, frame)?,
            ExprKind::Last(values) => {
                let mut values = self.values(values, frame)?;
                values.pop().unwrap_or(Value::Undefined)
            }
            ExprKind::Member(value, key) => {
                let value = self.value(value, frame)?;
                let key = self.value(key, frame)?;
                member(&value, &key)
            }
            ExprKind::Call(target, arguments) => self.call(target, arguments, frame)?,
            ExprKind::Filter(name, arguments) => {
                let (values, named) = self.arguments(arguments, frame)?;
                let host = self.host;
                filters::apply(name, values, named, host, &mut self.meter, at)
                    .map_err(|problem| problem.at(at))?
            }
            ExprKind::Test(name, arguments) => {
                let (values, _) = self.arguments(arguments, frame)?;
                tests::test(name, &values)
                    .map(Value::Bool)
                    .map_err(|message| Failure::new(at, message))?
            }
            ExprKind::Capture(body) => {
                let mut out = Output::default();
                self.nodes(body, frame, &mut out)?;
                out.text.into()
            }
            ExprKind::Caller(made) => {
                Function::Macro(Arc::clone(made), Some(Rc::clone(frame))).into_value()
            }
            ExprKind::If(condition, value, otherwise) => {
                match (self.value(condition, frame)?.is_true(), otherwise) {
                    (true, _) => self.value(value, frame)?,
                    (false, Some(otherwise)) => self.value(otherwise, frame)?,
                    (false, None) => Value::from(""),
                }
            }
            ExprKind::In(key, value) => {
                let key = self.value(key, frame)?;
                let value = self.value(value, frame)?;
                Value::Bool(is_in(&key, &value).map_err(|message| Failure::new(at, message))?)
            }
            ExprKind::Unary(sign, value) => {
                let value = self.value(value, frame)?;
                match sign {
                    Unary::Not => Value::Bool(!value.is_true()),
                    Unary::Minus => Value::Number(-value.number()),
                    Unary::Plus => Value::Number(value.number()),
                }
            }
            ExprKind::Binary(operator, left, right) => {
                self.binary(*operator, left, right, frame)?
            }
            ExprKind::Floor(value) => self.value(value, frame)?.number().floor().into(),
            ExprKind::Power(base, exponent) => {
                let base = self.value(base, frame)?.number();
                number::power(base, self.value(exponent, frame)?.number()).into()
            }
        })
    }

    fn binary(
        &mut self,
        operator: Binary,
        left: &Expr,
        right: &Expr,
        frame: &Rc<Frame>,
    ) -> Evaluated<Value> {
        let at = left.at.start;
        let a = self.value(left, frame)?;
        match operator {
            Binary::Or if a.is_true() => return Ok(a),
            Binary::And if !a.is_true() => return Ok(a),
            Binary::Or | Binary::And => return self.value(right, frame),
            _ => {}
        }
        let b = self.value(right, frame)?;
        let order = |wanted: &[Ordering]| {
            Value::Bool(a.compare(&b).is_some_and(|order| wanted.contains(&order)))
        };
        Ok(match operator {
            Binary::Equal => a.equals(&b).into(),
            Binary::NotEqual => (!a.equals(&b)).into(),
            Binary::Is => a.is(&b).into(),
            Binary::IsNot => (!a.is(&b)).into(),
            Binary::Less => order(&[Ordering::Less]),
            Binary::Greater => order(&[Ordering::Greater]),
            Binary::LessEqual => order(&[Ordering::Less, Ordering::Equal]),
            Binary::GreaterEqual => order(&[Ordering::Greater, Ordering::Equal]),
            Binary::Add => {
                let sum = a.plus(&b);
                if let Value::Text(text) = &sum {
                    self.meter.text(text.len(), at)?;
                }
                sum
            }
            Binary::Subtract => (a.number() - b.number()).into(),
            Binary::Multiply => (a.number() * b.number()).into(),
            Binary::Divide => (a.number() / b.number()).into(),
            Binary::Remainder => (a.number() % b.number()).into(),
            Binary::Or | Binary::And => Value::Undefined,
        })
    }

    fn lookup(&self, name: &str, frame: &Rc<Frame>) -> Value {
        if let Some(value) = frame.get(name) {
            return value;
        }
        if let Some(value) = self.context.borrow().get(name) {
            return value.clone();
        }
        if let Some(value) = self.host.variable(name) {
            // Kept, so that a list that a template changes stays changed.
            self.context
                .borrow_mut()
                .insert(name.to_owned(), value.clone());
            return value;
        }
        Function::global(name).map_or(Value::Undefined, Function::into_value)
    }

    fn values(&mut self, exprs: &[Expr], frame: &Rc<Frame>) -> Evaluated<Vec<Value>> {
        exprs.iter().map(|expr| self.value(expr, frame)).collect()
    }

    fn map(&mut self, entries: &[(String, Expr)], frame: &Rc<Frame>) -> Evaluated<Value> {
        let mut all = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            all.push((Rc::from(key.as_str()), self.value(value, frame)?));
        }
        Ok(Value::map(all.into_iter()))
    }

    fn arguments(
        &mut self,
        arguments: &Arguments,
        frame: &Rc<Frame>,
    ) -> Evaluated<(Vec<Value>, Map)> {
        let values = self.values(&arguments.values, frame)?;
        let mut named = Map::new();
        for (name, value) in &arguments.named {
            named.insert(name.as_str().into(), self.value(value, frame)?);
        }
        Ok((values, named))
    }

    fn call(
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

/// What `loop` is at a place.
fn position(n: usize, length: usize) -> Value {
    let left = length as f64 - n as f64;
    Value::map(
        [
            ("index", Value::from(n + 1)),
            ("index0", n.into()),
            ("revindex", left.into()),
            ("revindex0", (left - 1.0).into()),
            ("first", (n == 0).into()),
            ("last", (n as f64 == length as f64 - 1.0).into()),
            ("length", length.into()),
        ]
        .into_iter()
        .map(|(name, value)| (name.into(), value)),
    )
}

fn is_in(key: &Value, value: &Value) -> Result<bool, String> {
    match value {
        Value::List(items) => Ok(items.borrow().iter().any(|item| item.is(key))),
        Value::Text(text) | Value::Safe(text) => Ok(text.contains(&*key.text())),
        Value::Map(map) => Ok(map.contains_key(&*key.text())),
        _ => Err("`in` looks into a list, a text or a map".into()),
    }
}
