//! The command palette: the actions of a screen, found by name or by any word of their description.

use super::{Binding, KEYS, KeyContext};
use crate::tui::model::Screen;
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

/// The bindings of a screen that match the text, best match first: a match in the name counts most.
pub(crate) fn matching_actions(screen: Screen, typed: &str) -> Vec<&'static Binding> {
    let place = KeyContext::from(screen);
    let known = KEYS.iter().filter(|b| b.contexts.contains(&place));
    if typed.trim().is_empty() {
        return known.collect();
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher);
    let mut scored: Vec<(Option<u32>, u32, &Binding)> = known
        .filter_map(|binding| {
            let text = format!("{} {} {}", binding.name, binding.footer, binding.help);
            Some((score(binding.name), score(&text)?, binding))
        })
        .collect();
    scored.sort_by_key(|(name, text, _)| std::cmp::Reverse((*name, *text)));
    scored.into_iter().map(|(.., binding)| binding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_found_by_name_and_by_description() {
        let keys = |screen, typed: &str| -> Vec<&str> {
            let found = matching_actions(screen, typed);
            found.iter().map(|b| b.keys).collect()
        };
        for (screen, typed, key) in [
            (Screen::Grid, "lens", "m"),
            (Screen::Grid, "exprt", "E"),
            (Screen::Edit, "paraphrase", "w"),
            (Screen::Grid, "Retry failed", "R"),
            (Screen::Grid, "filter rows", "f"),
            (Screen::Edit, "reword", "w"),
            (Screen::Grid, "disagreement", "m"),
        ] {
            assert_eq!(keys(screen, typed)[0], key, "{typed}");
        }
        assert!(keys(Screen::Grid, "zzzz").is_empty());
        assert!(keys(Screen::Diff, "").len() > 30);
    }
}
