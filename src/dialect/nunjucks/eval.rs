//! Running a parsed template.

use super::{
    super::{
        Failure, Host, Meter, Output, number,
        value::{Map, Value},
    },
    ast::{Arguments, Binary, Expr, ExprKind, Node, Unary},
    filters,
    frame::Frame,
    functions::{Function, member},
    tests,
};
use std::{
    cell::RefCell,
    cmp::Ordering,
    collections::{HashMap, HashSet},
    rc::Rc,
    sync::Arc,
};

/// Expressions within each other, through macros too: what the stack of a thread holds.
const MAX_DEPTH: usize = 250;

pub(super) struct Run<'a> {
    pub(super) source: &'a str,
    pub(super) host: &'a dyn Host,
    pub(super) meter: Meter,
    /// Names that are known to the whole template.
    context: RefCell<HashMap<String, Value>>,
    /// Loops that had something to go over when they ran last: the `else` of a loop over nothing looks at it.
    pub(super) filled: HashSet<usize>,
    pub(super) calls: usize,
    /// Expressions that are being evaluated within each other, through macros too.
    depth: usize,
}

pub(super) type Evaluated<T> = Result<T, Failure>;

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

    pub(super) fn arguments(
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
}

fn is_in(key: &Value, value: &Value) -> Result<bool, String> {
    match value {
        Value::List(items) => Ok(items.borrow().iter().any(|item| item.is(key))),
        Value::Text(text) | Value::Safe(text) => Ok(text.contains(&*key.text())),
        Value::Map(map) => Ok(map.contains_key(&*key.text())),
        _ => Err("`in` looks into a list, a text or a map".into()),
    }
}
