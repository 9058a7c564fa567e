//! Running a parsed template.

use super::{
    super::{Failure, Host, Meter, Output, json, value::Value},
    ast::{self, Block, Call, Node, Program, is_helper},
    members::member,
    scope::{Context, Scope},
};
use std::{collections::HashMap, ops::Range, rc::Rc};

pub(super) type Evaluated<T> = Result<T, Failure>;

pub(super) fn render(
    program: &Program,
    source: &str,
    host: &dyn Host,
    meter: Meter,
) -> Evaluated<Output> {
    let mut run = Run {
        source,
        host,
        meter,
        variables: HashMap::new(),
        open: Vec::new(),
    };
    let mut out = Output::with_spans();
    run.program(program, &Scope::root(), &mut out)?;
    run.meter.settle(source.len())?;
    Ok(out)
}

pub(super) struct Run<'a> {
    source: &'a str,
    pub(super) host: &'a dyn Host,
    meter: Meter,
    /// Each made once: two paths to a value lead to the same one.
    pub(super) variables: HashMap<String, Value>,
    /// What the programs that are open have made so far, the innermost last.
    open: Vec<Made>,
}

/// What a program has made so far. Handlebars joins its parts by `+`: numbers at its start are added up until a text follows.
enum Made {
    Nothing,
    /// A number or truth value, and where it comes from.
    Sum(Value, Range<usize>),
    Text,
}

impl Run<'_> {
    fn program(&mut self, program: &Program, scope: &Scope, out: &mut Output) -> Evaluated<()> {
        self.open.push(Made::Nothing);
        program
            .body
            .iter()
            .try_for_each(|node| self.node(node, scope, out))?;
        match self.open.pop() {
            Some(Made::Nothing) => self.part(&"".into(), 0..0, out),
            Some(Made::Sum(value, range)) => self.part(&value, range, out),
            Some(Made::Text) | None => {}
        }
        Ok(())
    }

    /// Add a part to the innermost program.
    fn part(&mut self, value: &Value, range: Range<usize>, out: &mut Output) {
        let is_number = matches!(value, Value::Number(_) | Value::Bool(_));
        match self.open.last_mut() {
            Some(made @ Made::Nothing) if is_number => *made = Made::Sum(value.clone(), range),
            Some(Made::Sum(sum, from)) if is_number => {
                *sum = sum.plus(value);
                from.end = range.end;
            }
            _ => {
                self.flush(out);
                out.value(&value.printed(), range);
            }
        }
    }

    /// Write what was held back: a text follows.
    fn flush(&mut self, out: &mut Output) {
        for made in &mut self.open {
            if let Made::Sum(value, range) = made {
                out.value(&value.text(), range.clone());
            }
            *made = Made::Text;
        }
    }

    fn node(&mut self, node: &Node, scope: &Scope, out: &mut Output) -> Evaluated<()> {
        match node {
            Node::Content(content) => {
                let range = content.left.clone();
                if range.is_empty() {
                    return Ok(());
                }
                self.meter.text(range.len(), range.start)?;
                self.flush(out);
                out.raw(&self.source[range.clone()], range);
            }
            Node::Nothing { .. } => {}
            Node::Mustache { call, range, .. } => {
                let text = match self.helper(call, scope)? {
                    Some(name) => self.call(name, call, scope)?,
                    None => self.path(&call.target, scope)?,
                };
                self.meter.text(text.printed().len(), range.start)?;
                self.meter.settle(range.start)?;
                self.part(&text, range.clone(), out);
            }
            Node::Block(block) => self.block(block, scope, out)?,
        }
        Ok(())
    }

    /// The helper that a call names; an error where it needs one that is not known.
    fn helper<'c>(&self, call: &'c Call, scope: &Scope) -> Evaluated<Option<&'c str>> {
        let name = call.target.simple();
        let name = name.filter(|name| !scope.names.iter().any(|(known, _)| known == name));
        let has_parameters = !call.values.is_empty() || !call.named.is_empty();
        match name {
            Some(name) if is_helper(name) => Ok(Some(name)),
            _ if has_parameters => {
                let name = call.target.parts.join(".");
                Err(Failure::new(call.at, format!("unknown helper `{name}`")))
            }
            _ => Ok(None),
        }
    }

    fn values(&mut self, call: &Call, scope: &Scope) -> Evaluated<Vec<Value>> {
        call.values
            .iter()
            .map(|value| self.value(value, scope))
            .collect()
    }

    fn named(&mut self, call: &Call, scope: &Scope) -> Evaluated<Vec<(String, Value)>> {
        let named = call.named.iter();
        named
            .map(|(name, value)| Ok((name.clone(), self.value(value, scope)?)))
            .collect()
    }

    /// A helper that makes a text or value.
    fn call(&mut self, name: &str, call: &Call, scope: &Scope) -> Evaluated<Value> {
        let values = self.values(call, scope)?;
        let named = self.named(call, scope)?;
        let get = |key: &str| {
            named
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value.clone())
        };
        let first = values.first().cloned().unwrap_or(Value::Undefined);
        Ok(match name {
            "json" => {
                let indent = get("indent")
                    .filter(Value::is_true)
                    .unwrap_or(Value::Undefined);
                let json = json::stringify(&first, &json::indentation(&indent));
                json.unwrap_or_else(|| "undefined".into()).into()
            }
            "lookup" => match values.get(1) {
                Some(key) if first.is_true() => member(&first, &key.text()),
                _ => first,
            },
            "log" => Value::Undefined,
            "role" => {
                let role = self.host.call(name, &[first], &get);
                role.map(Value::from)
                    .map_err(|message| Failure::new(call.at, message))?
            }
            other => {
                return Err(Failure::new(
                    call.at,
                    format!("`{other}` is not supported here"),
                ));
            }
        })
    }

    fn block(&mut self, block: &Block, scope: &Scope, out: &mut Output) -> Evaluated<()> {
        let call = &block.call;
        self.meter.step(call.at)?;
        let none = Program::default();
        let (then, otherwise) = (
            block.program.as_ref().unwrap_or(&none),
            block.inverse.as_ref().unwrap_or(&none),
        );
        let Some(name) = self.helper(call, scope)? else {
            let value = self.path(&call.target, scope)?;
            return self.section(&value, block, scope, out);
        };
        let count = match name {
            "ifEquals" | "unlessEquals" => 2,
            _ => 1,
        };
        if call.values.len() != count {
            let parameters = crate::display::count(count, "parameter");
            return Err(Failure::new(
                call.at,
                format!("`#{name}` takes {parameters}"),
            ));
        }
        let first = self.context(&call.values[0], scope)?;
        let value = self.context_value(&first);
        let here = scope.this();
        match name {
            "if" | "unless" => {
                let zero = self.named(call, scope)?;
                let zero = zero
                    .iter()
                    .any(|(name, value)| name == "includeZero" && value.is_true());
                let holds = (zero || value.is_true()) && !is_empty(&value);
                let body = if holds == (name == "if") {
                    then
                } else {
                    otherwise
                };
                self.program(body, &scope.within(here, None, Vec::new()), out)
            }
            "ifEquals" | "unlessEquals" => {
                let other = self.value(&call.values[1], scope)?;
                let body = if value.is(&other) == (name == "ifEquals") {
                    then
                } else {
                    otherwise
                };
                self.program(body, &scope.within(here, None, Vec::new()), out)
            }
            "with" if is_empty(&value) => {
                self.program(otherwise, &scope.within(here, None, Vec::new()), out)
            }
            "with" => {
                let names = bound(then, [value]);
                self.program(then, &scope.within(&first, None, names), out)
            }
            "each" => self.each(&value, block, scope, out),
            other => Err(Failure::new(
                call.at,
                format!("`#{other}` is not supported here"),
            )),
        }
    }

    /// A block that names a value and no helper.
    fn section(
        &mut self,
        value: &Value,
        block: &Block,
        scope: &Scope,
        out: &mut Output,
    ) -> Evaluated<()> {
        let none = Program::default();
        let then = block.program.as_ref().unwrap_or(&none);
        let otherwise = block.inverse.as_ref().unwrap_or(&none);
        let here = scope.within(scope.this(), None, Vec::new());
        match value {
            Value::Bool(true) => self.program(then, &here, out),
            Value::Bool(false) | Value::Undefined | Value::Null => {
                self.program(otherwise, &here, out)
            }
            Value::List(items) if items.borrow().is_empty() => self.program(otherwise, &here, out),
            Value::List(_) => self.each(value, block, scope, out),
            other => {
                let context = Context::Value(other.clone());
                self.program(then, &scope.within(&context, None, Vec::new()), out)
            }
        }
    }

    fn each(
        &mut self,
        value: &Value,
        block: &Block,
        scope: &Scope,
        out: &mut Output,
    ) -> Evaluated<()> {
        let none = Program::default();
        let then = block.program.as_ref().unwrap_or(&none);
        let entries: Vec<(Value, Value)> = match value {
            Value::List(items) => {
                let items = items.borrow();
                let entries = items.iter().enumerate();
                entries
                    .map(|(n, item)| (Value::from(n), item.clone()))
                    .collect()
            }
            Value::Map(map) => {
                let entries = map.iter();
                entries
                    .map(|(key, item)| (Value::Text(Rc::clone(key)), item.clone()))
                    .collect()
            }
            _ => Vec::new(),
        };
        if entries.is_empty() {
            let otherwise = block.inverse.as_ref().unwrap_or(&none);
            let here = scope.within(scope.this(), None, Vec::new());
            return self.program(otherwise, &here, out);
        }
        let count = entries.len();
        self.part(&"".into(), 0..0, out);
        for (n, (key, item)) in entries.into_iter().enumerate() {
            self.meter.step(block.call.at)?;
            let data = [
                ("key", key.clone()),
                ("index", n.into()),
                ("first", (n == 0).into()),
                ("last", (n + 1 == count).into()),
            ];
            let data = data
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect();
            let names = bound(then, [item.clone(), key]);
            let scope = scope.within(&Context::Value(item), Some(data), names);
            self.program(then, &scope, out)?;
        }
        Ok(())
    }

    fn value(&mut self, value: &ast::Value, scope: &Scope) -> Evaluated<Value> {
        let context = self.context(value, scope)?;
        Ok(self.context_value(&context))
    }

    fn context(&mut self, value: &ast::Value, scope: &Scope) -> Evaluated<Context> {
        Ok(Context::Value(match value {
            ast::Value::Undefined => Value::Undefined,
            ast::Value::Null => Value::Null,
            ast::Value::Bool(flag) => Value::Bool(*flag),
            ast::Value::Number(number) => Value::Number(*number),
            ast::Value::Text(text) => Value::from(text.as_str()),
            ast::Value::Path(path) => {
                if path.parts.is_empty() && !path.is_data {
                    let context = scope.contexts.get(path.depth).cloned();
                    return Ok(context.unwrap_or(Context::Value(Value::Undefined)));
                }
                self.path(path, scope)?
            }
            ast::Value::Call(call) => {
                self.meter.step(call.at)?;
                match self.helper(call, scope)? {
                    Some(name) => self.call(name, call, scope)?,
                    None => {
                        let name = call.target.parts.join(".");
                        return Err(Failure::new(call.at, format!("unknown helper `{name}`")));
                    }
                }
            }
        }))
    }
}

/// The names of a block with their values.
fn bound<const N: usize>(program: &Program, values: [Value; N]) -> Vec<(String, Value)> {
    program.names.iter().cloned().zip(values).collect()
}

/// What a block takes for nothing: 0 is something.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::List(items) => items.borrow().is_empty(),
        Value::Number(number) => number.is_nan(),
        other => !other.is_true(),
    }
}
