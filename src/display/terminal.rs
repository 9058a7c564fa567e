//! Texts as terminals place them: every character of a known width.
//!
//! Widths are summed over graphemes, which is how the terminal backend places them. What is as wide in one terminal as it
//! is not in another (variation selectors, joiners) is left out.

use super::visible;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A text whose every character has a known width: line ends and tabs stay.
pub(crate) fn clean(text: &str) -> String {
    visible(text)
        .chars()
        .filter_map(|c| match c {
            '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' => None,
            '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{2028}'..='\u{2029}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}' => Some('\u{fffd}'),
            c => Some(c),
        })
        .collect()
}

/// Columns that a cleaned text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}
