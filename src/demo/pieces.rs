//! Texts in pieces, which stand for tokens.

/// Pieces as a tokenizer would cut them: words with the space before them, marks, and single wide characters.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut join = false;
    for c in text.chars() {
        let wide = c as u32 > 0x2e80;
        let letter = c.is_alphanumeric() && !wide;
        match pieces.last_mut() {
            Some(last) if letter && (join || last == " ") => last.push(c),
            _ => pieces.push(c.to_string()),
        }
        join = letter;
    }
    pieces
}
