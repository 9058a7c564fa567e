//! Answers that come from elsewhere: kept under their addresses, for the next run to find.

use super::{CompletionKey, Store, StoreError, completion::usable, trial};
use crate::model::Completion;
use rusqlite::TransactionBehavior;

impl Store {
    /// Keep answers in one transaction, those that are not kept yet; how many were new.
    pub fn import_completions(
        &self,
        answers: &[(CompletionKey, Completion)],
    ) -> Result<usize, StoreError> {
        self.load_addresses(answers.len() as u64)?;
        let mut addresses = self.addresses.write();
        let Some(addresses) = addresses.as_mut() else {
            return Ok(0);
        };
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut new: Vec<(CompletionKey, i64)> = Vec::new();
        for (key, completion) in answers {
            let is_known = new.iter().any(|(k, _)| k == key)
                || usable(addresses, &transaction, key)?.is_some();
            if !is_known {
                new.push((
                    *key,
                    trial::insert_completion(&transaction, key, completion, None)?,
                ));
            }
        }
        transaction.commit()?;
        addresses.add_written(&new);
        Ok(new.len())
    }

    /// Bring the table of addresses up to date after [`Store::import_completions`].
    pub fn taken_in(&self) -> Result<(), StoreError> {
        Ok(super::address::complete(&self.lock())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_once_whoever_brings_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let key = |i: u32| CompletionKey::new("x", &i.to_le_bytes(), 0);
        let answer = |i: u32| {
            let text = i.to_string();
            (
                key(i),
                Completion {
                    text,
                    ..Completion::default()
                },
            )
        };
        let store = Store::open(&path).unwrap();
        let first: Vec<_> = (0..600).map(answer).collect();
        assert_eq!(store.import_completions(&first).unwrap(), 600);
        assert_eq!(
            store
                .import_completions(&[answer(599), answer(600), answer(600)])
                .unwrap(),
            1
        );
        store.taken_in().unwrap();
        let again = Store::open(&path).unwrap();
        assert_eq!(again.import_completions(&first).unwrap(), 0);
        assert_eq!(again.completion(&key(600)).unwrap().unwrap().text, "600");
        assert_eq!(again.completion(&key(601)).unwrap(), None);
    }
}
