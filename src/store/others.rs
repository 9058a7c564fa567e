//! What other processes write into the store while it is open here.

use super::{
    Store, StoreError,
    address::{Addresses, written_after},
};
use std::sync::atomic::Ordering;

impl Store {
    /// Whether another connection, mostly one of another process, wrote since this was asked last. Waits for nobody: false while
    /// the store is busy.
    pub fn has_news(&self) -> Result<bool, StoreError> {
        let Some(connection) = self.connection.try_lock() else {
            return Ok(false);
        };
        let version: i64 = connection.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        let before = self.data_version.swap(version, Ordering::AcqRel);
        Ok(before != version && before != 0)
    }

    /// Learn the answers that others wrote. May wait for whoever reads, and keeps nobody from looking keys up meanwhile.
    pub fn learn_others(&self) -> Result<(), StoreError> {
        let known = self.addresses.read().as_ref().map(Addresses::known);
        if let Some(known) = known {
            let written = written_after(&self.lock(), known)?;
            if let Some(addresses) = self.addresses.write().as_mut() {
                addresses.learn(written);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_write_is_news_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("wording.db");
        let store = Store::open(&path).unwrap();
        assert!(!store.has_news().unwrap(), "nothing to compare with");
        assert!(!store.has_news().unwrap());
        let other = Store::open(&path).unwrap();
        other.lock().execute_batch("CREATE TABLE news (n)").unwrap();
        assert!(store.has_news().unwrap());
        assert!(!store.has_news().unwrap());
        // What is written here is none, and nobody is waited for.
        store.lock().execute_batch("CREATE TABLE own (n)").unwrap();
        assert!(!store.has_news().unwrap());
        let busy = store.lock();
        assert!(!store.has_news().unwrap());
        drop(busy);
        store.learn_others().unwrap();
    }
}
