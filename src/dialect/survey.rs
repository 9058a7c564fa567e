//! What is known of a template without running it.

use std::collections::HashSet;

/// What a template looks at, and what in it a dialect does not have.
#[derive(Debug, Default, Clone)]
pub(crate) struct Survey {
    /// Names with what is looked for in them: `row.text`, `tone`; functions and names that the template sets too.
    pub(crate) names: HashSet<String>,
    pub(crate) missing: Vec<Missing>,
    /// Where it draws at random.
    pub(crate) draws: Option<usize>,
}

/// Something that a template says and its dialect does not have here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    /// Where it stands in the template, in bytes.
    pub(crate) at: usize,
    pub(crate) what: String,
    pub(crate) why: String,
}

impl Survey {
    pub(super) fn name(&mut self, name: &str) {
        if !self.names.contains(name) {
            self.names.insert(name.to_owned());
        }
    }

    /// A message of a role that the template names itself.
    pub(super) fn role(&mut self, at: usize, role: &str) {
        const ROLES: [&str; 5] = ["user", "model", "system", "assistant", "developer"];
        if !ROLES.contains(&role) {
            self.missing(at, format!("{{{{role \"{role}\"}}}}"), "unknown role");
        }
    }

    pub(super) fn missing(&mut self, at: usize, what: String, why: &str) {
        self.missing.push(Missing {
            at,
            what,
            why: why.to_owned(),
        });
    }
}
