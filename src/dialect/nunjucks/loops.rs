//! Loops over lists, texts and maps.

use super::{
    super::{Failure, Output, text, value::Value},
    ast::Loop,
    eval::{Evaluated, Run},
    frame::Frame,
    functions::member,
};
use std::rc::Rc;

impl Run<'_> {
    /// Run the body of a loop for each item; its `else` where there is none.
    pub(super) fn repeat(
        &mut self,
        repeat: &Loop,
        frame: &Rc<Frame>,
        out: &mut Output,
    ) -> Evaluated<()> {
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
                Value::Text(text) => text::length(text),
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
