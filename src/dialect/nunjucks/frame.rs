//! The names that a template sets, in frames: a loop has its own, a macro sees none of those around it.

use super::super::value::Value;
use std::{cell::RefCell, collections::HashMap, rc::Rc};

#[derive(Debug)]
pub(super) struct Frame {
    names: RefCell<HashMap<String, Variable>>,
    parent: Option<Rc<Frame>>,
    /// What is set here stays here.
    isolated: bool,
    /// What is set here is known to the whole template.
    pub(super) is_top: bool,
}

#[derive(Debug)]
struct Variable {
    value: Value,
    /// It hides others of its name even where it is undefined: the variable of a loop, the parameter of a macro.
    hides: bool,
}

impl Frame {
    pub(super) fn top() -> Rc<Frame> {
        Rc::new(Frame {
            names: RefCell::default(),
            parent: None,
            isolated: false,
            is_top: true,
        })
    }

    /// A frame in another one, or on its own.
    pub(super) fn new(parent: Option<&Rc<Frame>>, isolated: bool) -> Rc<Frame> {
        Rc::new(Frame {
            names: RefCell::default(),
            parent: parent.map(Rc::clone),
            isolated,
            is_top: false,
        })
    }

    pub(super) fn get(&self, name: &str) -> Option<Value> {
        let own = self.names.borrow();
        match own.get(name) {
            Some(found) if found.hides || !matches!(found.value, Value::Undefined) => {
                Some(found.value.clone())
            }
            _ => self.parent.as_ref()?.get(name),
        }
    }

    /// Set a name that hides others.
    pub(super) fn bind(&self, name: &str, value: Value) {
        let variable = Variable { value, hides: true };
        self.names.borrow_mut().insert(name.to_owned(), variable);
    }

    /// Set a name in this frame.
    pub(super) fn put(&self, name: &str, value: Value) {
        let mut names = self.names.borrow_mut();
        match names.get_mut(name) {
            Some(found) => found.value = value,
            None => {
                let variable = Variable {
                    value,
                    hides: false,
                };
                names.insert(name.to_owned(), variable);
            }
        }
    }

    /// Set a name where it is known, else in this frame.
    pub(super) fn assign(self: &Rc<Frame>, name: &str, value: Value) {
        let mut frame = Some(self);
        let mut first = true;
        while let Some(at) = frame {
            if at.has(name) {
                return at.put(name, value);
            }
            frame = match &at.parent {
                Some(parent) if !(first && at.isolated) => Some(parent),
                _ => None,
            };
            first = false;
        }
        self.put(name, value);
    }

    fn has(&self, name: &str) -> bool {
        let names = self.names.borrow();
        names
            .get(name)
            .is_some_and(|found| !matches!(found.value, Value::Undefined))
    }
}
