//! A number of tokens, and whether it is exact.

/// A count of tokens, exact or estimated. Displays with `~` where it is an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenCount {
    pub tokens: u64,
    /// Whether it is only an estimate.
    pub estimated: bool,
}

impl std::fmt::Display for TokenCount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}{}",
            if self.estimated { "~" } else { "" },
            self.tokens
        )
    }
}
