//! Which texts are of a wording.

use crate::stats::words;

/// A text with fewer words is part of the layout, not of the wording.
const LEAST_WORDS: usize = 3;

/// Whether a text is of the wording: of some words; each ideograph or kana counts as one.
pub(super) fn is_wording(text: &str) -> bool {
    words(text).nth(LEAST_WORDS - 1).is_some()
}
