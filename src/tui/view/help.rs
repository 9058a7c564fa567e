//! The help: the signs, then the keys by group, those of the current screen first; what is typed filters both.

use super::{lists::typed, popup::Content, text};
use crate::tui::{
    keys::{Binding, KEYS, KeyContext, palette::synonyms},
    model::{Model, TextArea},
};
use ratatui::{
    style::Style,
    text::{Line, Span},
};

const SIGNS: [(&str, &str); 18] = [
    ("✓", "correct"),
    ("±", "partly correct"),
    ("✗", "wrong"),
    ("~", "unreadable"),
    ("✂", "cut off at max_tokens"),
    ("⊘", "refused"),
    ("∅", "no score"),
    ("!", "failed"),
    ("…", "running"),
    ("·", "pending"),
    ("≠", "differs from the baseline"),
    ("*", "baseline, or a marked row"),
    ("■", "share of the most frequent answer"),
    ("▲", "better"),
    ("▼", "worse"),
    ("=", "equivalent"),
    ("≡", "identical: the same prompts"),
    ("?", "inconclusive"),
];

/// Words of the header that need a sentence.
const HEADER: [(&str, &str); 1] = [(
    "luck +4.1",
    "points that the best of so many equally good wordings would stand above their average by chance: a smaller gain says nothing",
)];

/// Width of a sign with its meaning, and of a key and an action's name.
const SIGN: usize = 37;
const KEY: usize = 14;
const NAME: usize = 21;

/// The help of the current screen.
pub(super) fn content(model: &Model, input: &TextArea, scroll: usize, width: usize) -> Content {
    let theme = model.view.theme;
    let filter = input.text().to_lowercase();
    let words: Vec<&str> = filter.split_whitespace().collect();
    let matches = |texts: &[&str]| {
        let text = texts.join(" ").to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let mut lines = vec![typed(model, " search: ", input, width)];
    let head = |title: &str| Line::styled(format!(" {title}"), theme.strong());

    let signs: Vec<_> = SIGNS
        .iter()
        .filter(|(sign, meaning)| matches(&[sign, meaning, "signs symbols legend"]))
        .collect();
    if !signs.is_empty() {
        lines.push(head("Signs"));
        lines.extend(in_columns(width, SIGN, &signs, |(sign, meaning), _| {
            vec![
                Span::styled(format!(" {sign} "), theme.accent()),
                Span::raw(*meaning),
            ]
        }));
    }

    let header = HEADER
        .iter()
        .filter(|(word, meaning)| matches(&[word, meaning, "header legend"]));
    for (i, (word, meaning)) in header.enumerate() {
        if i == 0 {
            lines.push(head("Header"));
        }
        let pieces = [
            (format!("{word}  "), theme.accent()),
            ((*meaning).to_owned(), Style::new()),
        ];
        let wrapped = text::wrap_pieces(&pieces, width.saturating_sub(1));
        lines.extend(wrapped.into_iter().map(|mut line| {
            line.spans.insert(0, Span::raw(" "));
            line
        }));
    }

    let place = KeyContext::from(model.view.screen);
    let (here, elsewhere): (Vec<&Binding>, Vec<&Binding>) = KEYS
        .iter()
        .filter(|b| {
            let keys = b.key_label(&model.view.custom_keys);
            matches(&[&keys, b.name, b.help, b.group, synonyms(b.name)])
        })
        .partition(|b| b.contexts.contains(&place));
    for part in [here, elsewhere] {
        for group in part.chunk_by(|a, b| a.group == b.group) {
            lines.push(head(group[0].group));
            let each = if width >= 150 { width / 2 } else { width };
            lines.extend(in_columns(width, each, group, |binding, room| {
                key_line(model, binding, room)
            }));
        }
    }
    if lines.len() == 1 {
        lines.push(Line::styled(" Nothing matches.", theme.dim()));
    }
    Content::below(
        " Signs and keys · type to search, Esc: close ",
        lines,
        (1, scroll),
    )
}

/// A key, the name of its action where there is room for it, and what it does.
fn key_line(model: &Model, binding: &Binding, room: usize) -> Vec<Span<'static>> {
    let theme = model.view.theme;
    let key = binding.key_label(&model.view.custom_keys);
    let mut spans = vec![Span::styled(
        text::pad(&format!(" {key}"), KEY),
        theme.accent(),
    )];
    let mut left = room.saturating_sub(KEY);
    if left >= NAME + 55 {
        spans.push(Span::styled(text::pad(binding.name, NAME), theme.dim()));
        left -= NAME;
    }
    spans.push(Span::raw(text::fit(binding.help, left)));
    spans
}

/// Items in columns of a width, one below the other.
fn in_columns<T>(
    width: usize,
    each: usize,
    items: &[T],
    draw: impl Fn(&T, usize) -> Vec<Span<'static>>,
) -> Vec<Line<'static>> {
    let columns = (width / each).max(1);
    let high = items.len().div_ceil(columns);
    (0..high)
        .map(|y| {
            let mut spans = Vec::new();
            let mut used = 0;
            for column in 0..columns {
                let Some(item) = items.get(column * high + y) else {
                    continue;
                };
                let start = column * each;
                spans.push(Span::raw(" ".repeat(start.saturating_sub(used))));
                let drawn = draw(item, each.min(width));
                used =
                    start.max(used) + drawn.iter().map(|s| text::width(&s.content)).sum::<usize>();
                spans.extend(drawn);
            }
            Line::from(spans)
        })
        .collect()
}
