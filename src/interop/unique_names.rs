//! Names, each once: one that is taken gets a number behind it.

use std::collections::{HashMap, HashSet};

#[derive(Debug, Default)]
pub(super) struct UniqueNames {
    taken: HashSet<String>,
    /// The last number of each name: many may be called the same.
    numbers: HashMap<String, usize>,
}

impl UniqueNames {
    /// The name, or `name-2` and so on.
    pub(super) fn unique(&mut self, name: &str) -> String {
        let number = self.numbers.entry(name.to_owned()).or_default();
        loop {
            *number += 1;
            let made = match *number {
                1 => name.to_owned(),
                number => format!("{name}-{number}"),
            };
            if self.taken.insert(made.clone()) {
                return made;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_taken_get_a_number() {
        let mut names = UniqueNames::default();
        let named = ["a", "a-2", "a", "b", "a"].map(|name| names.unique(name));
        assert_eq!(named, ["a", "a-2", "a-3", "b", "a-4"]);
        let many: HashSet<String> = (0..5000).map(|_| names.unique("c")).collect();
        assert_eq!(many.len(), 5000);
    }
}
