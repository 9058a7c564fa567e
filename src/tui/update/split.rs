//! A mixed edit, split into templates that each have one change of it. Pure.

use crate::diff::{Change, Piece, word_diff};

/// Most changes that are split; beyond that it is another text, not an edit.
pub(super) const MOST: usize = 12;

/// For each place where the texts differ, the text before with only that change: what it was and became, and the text.
pub(super) fn split(before: &str, after: &str) -> Vec<(String, String)> {
    let pieces = word_diff(before, after);
    let places = places(&pieces);
    places
        .iter()
        .enumerate()
        .map(|(wanted, place)| {
            let mut text = String::new();
            for (i, piece) in pieces.iter().enumerate() {
                let here = places
                    .iter()
                    .position(|p| p.contains(&i))
                    .is_some_and(|p| p == wanted);
                match piece.change {
                    Change::Same => text.push_str(&piece.text),
                    Change::Removed if !here => text.push_str(&piece.text),
                    Change::Added if here => text.push_str(&piece.text),
                    Change::Removed | Change::Added => {}
                }
            }
            let said = |change| {
                pieces[place.clone()]
                    .iter()
                    .filter(|p| p.change == change)
                    .map(|p| p.text.trim())
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            let name = match (said(Change::Removed), said(Change::Added)) {
                (gone, new) if gone.is_empty() => format!("+ {new}"),
                (gone, new) if new.is_empty() => format!("- {gone}"),
                (gone, new) => format!("{gone} → {new}"),
            };
            (name, text)
        })
        .collect()
}

/// Runs of pieces that differ. A blank between two changes belongs to them: both are one edit of a phrase.
fn places(pieces: &[Piece]) -> Vec<std::ops::Range<usize>> {
    let mut places: Vec<std::ops::Range<usize>> = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        if piece.change == Change::Same {
            continue;
        }
        let joins = |last: &std::ops::Range<usize>| {
            pieces[last.end..i]
                .iter()
                .all(|p| p.text.chars().all(|c| c == ' '))
        };
        match places.last_mut() {
            Some(last) if joins(last) => last.end = i + 1,
            _ => places.push(i..i + 1),
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_one_change_and_all_together_make_the_edit() {
        let before = "Classify the sentiment. Answer with one label:";
        let after = "Judge the sentiment. Please answer with one word:";
        let parts = split(before, after);
        let texts: Vec<&str> = parts.iter().map(|(_, t)| t.as_str()).collect();
        assert_eq!(
            texts,
            [
                "Judge the sentiment. Answer with one label:",
                "Classify the sentiment. Please answer with one label:",
                "Classify the sentiment. Answer with one word:",
            ]
        );
        assert_eq!(parts[0].0, "Classify → Judge");
        assert!(split(before, before).is_empty());
    }
}
