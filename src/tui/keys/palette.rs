//! Every action of a screen, found by typing.

use super::{Binding, KEYS, KeyContext};
use crate::tui::model::Screen;
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

/// The lines of the table that have a meaning on a screen and fit what was typed, the best first.
pub fn found(screen: Screen, typed: &str) -> Vec<&'static Binding> {
    let place = match screen {
        Screen::Edit => KeyContext::Edit,
        Screen::Grid => KeyContext::Grid,
        Screen::Diff => KeyContext::Diff,
        Screen::Runs => KeyContext::Runs,
    };
    let known = KEYS.iter().filter(|b| b.places.contains(&place));
    if typed.trim().is_empty() {
        return known.collect();
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, &Binding)> = known
        .filter_map(|binding| {
            let text = format!("{} {}", binding.footer, binding.help);
            let score = pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher)?;
            Some((score, binding))
        })
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, binding)| binding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_order_are_enough() {
        assert_eq!(found(Screen::Grid, "lens")[0].keys, "m");
        assert_eq!(found(Screen::Grid, "exprt")[0].keys, "E");
        assert!(found(Screen::Grid, "zzzz").is_empty());
        let all = found(Screen::Diff, "").len();
        assert!(all > 30, "{all}");
    }
}
