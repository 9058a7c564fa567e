//! Embeddings of texts, kept by endpoint, model and text: like completions, they were paid for.

use super::{Store, StoreError};
use rusqlite::{OptionalExtension, params};

fn key(endpoint: &str, model: &str, text: &str) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for part in [endpoint, model, text] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

impl Store {
    /// The embeddings of texts as far as they are kept, in the order of the texts.
    pub fn embeddings(
        &self,
        endpoint: &str,
        model: &str,
        texts: &[&str],
    ) -> Result<Vec<Option<Vec<f32>>>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare("SELECT vector FROM embeddings WHERE key = ?")?;
        let mut found = Vec::with_capacity(texts.len());
        for text in texts {
            let bytes: Option<Vec<u8>> = statement
                .query_row([&key(endpoint, model, text)[..]], |row| row.get(0))
                .optional()?;
            let floats = |bytes: Vec<u8>| {
                let four = bytes.chunks_exact(4);
                four.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                    .collect()
            };
            found.push(bytes.map(floats));
        }
        Ok(found)
    }

    pub fn keep_embeddings(
        &self,
        endpoint: &str,
        model: &str,
        vectors: &[(&str, Vec<f32>)],
    ) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        {
            let mut insert =
                transaction.prepare("INSERT OR REPLACE INTO embeddings VALUES (?, ?)")?;
            for (text, vector) in vectors {
                let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
                insert.execute(params![&key(endpoint, model, text)[..], bytes])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_embedding_is_kept_by_endpoint_model_and_text() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("x.db")).unwrap();
        store
            .keep_embeddings("e", "m", &[("a", vec![1.0, -0.5])])
            .unwrap();
        let found = store.embeddings("e", "m", &["b", "a"]).unwrap();
        assert_eq!(found, [None, Some(vec![1.0, -0.5])]);
        assert_eq!(store.embeddings("e", "n", &["a"]).unwrap(), [None]);
        assert_eq!(store.embeddings("f", "m", &["a"]).unwrap(), [None]);
    }
}
