//! What a template looks at, and what in it this dialect does not have: read from its tree.

use super::{
    super::survey::Survey,
    ast::{Call, Node, Path, Program, Value, is_helper},
};

pub(super) fn survey(program: &Program) -> Survey {
    let mut reader = Reader {
        found: Survey::default(),
        names: Vec::new(),
    };
    reader.program(program);
    reader.found
}

struct Reader {
    found: Survey,
    /// Names that the blocks around give.
    names: Vec<String>,
}

impl Reader {
    fn program(&mut self, program: &Program) {
        let before = self.names.len();
        self.names.extend(program.names.iter().cloned());
        for node in &program.body {
            match node {
                Node::Content(_) | Node::Nothing { partial: None, .. } => {}
                Node::Nothing {
                    partial: Some(range),
                    ..
                } => {
                    let why = "partial prompts are not converted: write its text in its place";
                    self.found.missing(range.start, "{{> …}}".into(), why);
                }
                Node::Mustache { call, .. } => self.call(call, false),
                Node::Block(block) => {
                    self.call(&block.call, true);
                    block
                        .program
                        .iter()
                        .for_each(|program| self.program(program));
                    block
                        .inverse
                        .iter()
                        .for_each(|program| self.program(program));
                }
            }
        }
        self.names.truncate(before);
    }

    fn call(&mut self, call: &Call, is_block: bool) {
        const BLOCKS: [&str; 6] = ["if", "unless", "each", "with", "ifEquals", "unlessEquals"];
        const INLINE: [&str; 4] = ["json", "lookup", "log", "role"];
        let name = call
            .target
            .simple()
            .filter(|name| !self.names.iter().any(|known| known == name));
        let mark = if is_block { "#" } else { "" };
        match name {
            Some(name) if is_helper(name) => {
                let known = if is_block {
                    BLOCKS.contains(&name)
                } else {
                    INLINE.contains(&name)
                };
                if !known {
                    let why = "only texts and roles can be sent";
                    self.found
                        .missing(call.at, format!("{{{{{mark}{name}}}}}"), why);
                }
                if name == "role"
                    && let Some(Value::Text(role)) = call.values.first()
                {
                    self.found.role(call.at, role);
                }
            }
            _ if !call.values.is_empty() || !call.named.is_empty() => {
                let name = call.target.parts.join(".");
                self.found
                    .missing(call.at, format!("{{{{{mark}{name} …}}}}"), "unknown helper");
            }
            _ => self.path(&call.target, call.at),
        }
        let named = call.named.iter().map(|(_, value)| value);
        for value in call.values.iter().chain(named) {
            match value {
                Value::Path(path) => self.path(path, call.at),
                Value::Call(call) => self.call(call, false),
                _ => {}
            }
        }
    }

    fn path(&mut self, path: &Path, at: usize) {
        const KNOWN: [&str; 5] = ["index", "key", "first", "last", "root"];
        match path.parts.as_slice() {
            [name, rest @ ..] if path.is_data => {
                if !KNOWN.contains(&name.as_str()) {
                    let why = "only `@index`, `@key`, `@first`, `@last` and `@root` are known here";
                    self.found.missing(at, format!("@{name}"), why);
                }
                if name == "root" {
                    self.found.name(&rest.join("."));
                }
            }
            [] if !path.is_data => self.found.name("row"),
            parts => self.found.name(&parts.join(".")),
        }
    }
}
