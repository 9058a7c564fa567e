//! The address of a completion.

/// The address of a completion: endpoint, request body and sample number, hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CompletionKey(pub(super) [u8; 32]);

impl CompletionKey {
    /// The key. `endpoint` is the endpoint's identity, `body` the request without `stream`.
    pub fn new(endpoint: &str, body: &[u8], sample: u32) -> CompletionKey {
        let mut hasher = blake3::Hasher::new();
        hasher.update(endpoint.as_bytes());
        hasher.update(&[0]);
        hasher.update(&sample.to_le_bytes());
        hasher.update(body);
        CompletionKey(*hasher.finalize().as_bytes())
    }
}
