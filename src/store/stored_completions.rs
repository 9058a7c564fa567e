//! Completions of a store, by their keys and numbers.

use super::{
    CompletionKey, Store, StoreError,
    completion::{numbered, usable},
};
use crate::model::Completion;

impl Store {
    /// The completion kept under a key. One that was cut counts as none: it is requested again.
    pub fn completion(&self, key: &CompletionKey) -> Result<Option<Completion>, StoreError> {
        let found = self.numbered_completion(key)?;
        Ok(found.map(|(_, completion)| completion))
    }

    /// The completion of a number.
    pub fn completion_at(&self, number: i64) -> Result<Option<Completion>, StoreError> {
        Ok(numbered(&self.lock(), number)?)
    }

    /// The same as [`Store::completion`], with its number.
    pub fn numbered_completion(
        &self,
        key: &CompletionKey,
    ) -> Result<Option<(i64, Completion)>, StoreError> {
        let addresses = || self.addresses.read();
        self.load_addresses(0)?;
        let known = addresses();
        let Some(known) = known.as_ref().filter(|known| known.may_have(key)) else {
            return Ok(None);
        };
        Ok(usable(known, &self.lock(), key)?)
    }

    /// Whether there may be a completion under a key; cheap, and `false` is certain.
    pub(crate) fn may_have(&self, key: &CompletionKey) -> bool {
        let known = self.addresses.read();
        known.as_ref().is_some_and(|known| known.may_have(key))
    }

    /// Whether there is any completion.
    pub(crate) fn has_completions(&self) -> bool {
        let any = "SELECT EXISTS (SELECT 1 FROM completions)";
        let found = self.lock().query_row(any, [], |row| row.get(0));
        found.unwrap_or(false)
    }
}
