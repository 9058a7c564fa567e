//! What a recorded call has and a project cannot: kinds of parts of messages, parameters. Each kind once, however often it is in the call.

use indexmap::IndexSet;

#[derive(Debug, Clone, Default)]
pub(super) struct LostParts(IndexSet<String>);

impl LostParts {
    pub(super) fn add(&mut self, what: impl Into<String>) {
        self.0.insert(what.into());
    }

    /// All of them, changed by a function.
    pub(super) fn map(&mut self, change: impl Fn(&mut String)) {
        let all = std::mem::take(&mut self.0).into_iter();
        self.0 = all
            .map(|mut what| {
                change(&mut what);
                what
            })
            .collect();
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = String> {
        self.0.into_iter()
    }

    /// In the order in which they came.
    #[cfg(test)]
    pub(super) fn list(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_there_once() {
        let mut lost = LostParts::default();
        // As many as a message has fields: looking through all of them for each would take minutes.
        for _ in 0..2 {
            for n in 0..100_000 {
                lost.add(format!("`{n}`"));
            }
        }
        assert_eq!(lost.list().len(), 100_000);
        lost.map(|what| what.truncate(2));
        assert_eq!(lost.list()[..2], ["`0", "`1"]);
        assert_eq!(lost.into_iter().count(), 10);
    }
}
