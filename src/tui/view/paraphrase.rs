//! Paraphrases of a level, each with the words that differ, accepted or not.
//!
//! ```text
//! ┌ instruction = classify · Space: accept · Enter: write 1 ──────────────────┐
//! │  Classify the sentiment of the review.                                   │
//! │▸✓ {-Classify-}{+Judge+} the sentiment of the review.                     │
//! │ · …                                                                      │
//! └──────────────────────────────────────────────────────────────────────────┘
//! ```

use super::{changes, popup::Content, text};
use crate::{
    diff::{Change, word_diff},
    tui::model::{Model, ParaphraseReview},
};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// The wordings, as far as they have come.
pub(super) fn content(
    model: &Model,
    rewords: &ParaphraseReview,
    width: usize,
    height: usize,
) -> Content {
    let theme = model.view.theme;
    let spec = &rewords.spec;
    let which = text::line(&format!("{} = {}", spec.axis, spec.level));
    let stand_in = if spec.model.is_stand_in() {
        " (a rule-based stand-in, not a language model)"
    } else {
        ""
    };
    let room = width.saturating_sub(4);
    let Some(offer) = &rewords.offer else {
        let said = format!(
            "Requesting {} paraphrases of {which} from {}{stand_in} …",
            spec.n, spec.model
        );
        return Content::text(
            " Paraphrase · Esc: cancel ",
            text::lines(&said, room, " ", Style::new()),
            0,
        );
    };
    let mut lines = text::lines(offer.text.trim(), room, "   ", theme.strong());
    let (mut from, mut to) = (0, lines.len());
    for (i, (wording, accepted)) in offer.wordings.iter().enumerate() {
        lines.push(Line::raw(""));
        let start = lines.len();
        let words = words(offer.text.trim(), wording.trim());
        let here = if i == rewords.at { "▸" } else { " " };
        let (sign, style) = if *accepted {
            ("✓ ", theme.good())
        } else {
            ("· ", theme.dim())
        };
        let body = text::wrap_pieces(&changes::pieces(theme, &words), room);
        for (y, line) in body.into_iter().enumerate() {
            let mut spans = if y == 0 {
                vec![
                    Span::styled(here, theme.accent()),
                    Span::styled(sign, style),
                ]
            } else {
                vec![Span::raw("   ")]
            };
            spans.extend(line.spans);
            lines.push(Line::from(spans));
        }
        if i == rewords.at {
            (from, to) = (start, lines.len());
        }
    }
    if offer.wordings.is_empty() {
        lines.push(Line::raw(""));
        let said = format!(" {} gave no usable paraphrase", spec.model);
        lines.push(Line::styled(said, theme.unsure()));
    }
    for (wording, why) in &offer.rejected {
        lines.push(Line::raw(""));
        let said = format!("rejected, it {why}: {}", text::line(wording));
        lines.extend(text::lines(&said, room, "   ", theme.dim()));
    }
    lines.push(Line::raw(""));
    let said = format!("   model: {}{stand_in}", spec.model);
    lines.push(Line::styled(text::fit(&said, width), theme.dim()));
    let n = rewords.accepted().len();
    Content::text(
        format!(" {which} · Space: accept · Enter: write {n} "),
        lines,
        to.saturating_sub(height).min(from),
    )
}

/// The words of both; where little is left of the first, which stands above, those of the second alone.
fn words(before: &str, after: &str) -> Vec<(Change, String)> {
    let pieces = word_diff(before, after);
    let long = |change| -> usize {
        let of = pieces.iter().filter(|p| p.change == change);
        of.map(|p| p.text.trim().len()).sum()
    };
    let other = long(Change::Same) < long(Change::Added);
    pieces
        .into_iter()
        .filter(|p| !(other && p.change == Change::Removed))
        .map(|p| (p.change, p.text))
        .collect()
}
