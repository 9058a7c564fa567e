//! The address of a completion.

/// The address of a completion: endpoint, request body and sample number, hashed to 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CompletionKey(pub(super) [u8; 16]);

impl CompletionKey {
    /// The key. `endpoint` is the endpoint's identity, `body` the request without `stream`.
    pub fn new(endpoint: &str, body: &[u8], sample: u32) -> CompletionKey {
        let mut hasher = blake3::Hasher::new();
        hasher.update(endpoint.as_bytes());
        hasher.update(&[0]);
        hasher.update(&sample.to_le_bytes());
        hasher.update(body);
        let mut key = [0; 16];
        hasher.finalize_xof().fill(&mut key);
        CompletionKey(key)
    }

    pub fn hex(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }

    /// The key of such digits.
    pub fn from_hex(digits: &str) -> Option<CompletionKey> {
        let is_hex = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let number = u128::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
        Some(CompletionKey(number.to_be_bytes()))
    }

    /// A half of it: as good as random.
    pub fn half(&self) -> u64 {
        self.halves()[0]
    }

    /// The two halves: as good as random, for filters.
    pub(super) fn halves(&self) -> [u64; 2] {
        let n = u128::from_le_bytes(self.0);
        [n as u64, (n >> 64) as u64]
    }
}
