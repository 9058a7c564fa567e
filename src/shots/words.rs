//! Words of a text in any script, for looking up and comparing texts.

use unicode_segmentation::UnicodeSegmentation;

/// Calls `see` with every word in lower case. A run of characters of a script without spaces (Chinese, Japanese, Thai)
/// gives its characters and its pairs of neighbours.
pub(super) fn each_word(text: &str, mut see: impl FnMut(&str)) {
    let mut word_in_small = String::new();
    // Where the character before ended, and where it started, if it was one of a run.
    let mut before: Option<(usize, usize)> = None;
    for (at, word) in text.unicode_word_indices() {
        let mut chars = word.chars();
        let single = chars
            .next()
            .filter(|c| !c.is_ascii() && chars.next().is_none());
        if single.is_some() {
            if let Some((start, end)) = before
                && end == at
            {
                see(&text[start..at + word.len()]);
            }
            see(word);
            before = Some((at, at + word.len()));
            continue;
        }
        before = None;
        word_in_small.clear();
        if word.is_ascii() {
            word_in_small.push_str(word);
            word_in_small.make_ascii_lowercase();
        } else {
            word_in_small.extend(word.chars().flat_map(char::to_lowercase));
        }
        see(&word_in_small);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        each_word(text, |word| words.push(word.to_owned()));
        words
    }

    #[test]
    fn words_come_in_small_letters_and_scripts_without_spaces_in_pairs() {
        assert_eq!(
            words("The Kettle, ÉTÉ 3.14!"),
            ["the", "kettle", "été", "3.14"]
        );
        assert_eq!(
            words("味道好，很好"),
            ["味", "味道", "道", "道好", "好", "很", "很好", "好"]
        );
        assert_eq!(
            words("とても good"),
            ["と", "とて", "て", "ても", "も", "good"]
        );
        assert_eq!(words(""), Vec::<String>::new());
    }
}
