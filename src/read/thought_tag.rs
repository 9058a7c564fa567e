//! The tags that models and servers put around thoughts: found in a text, but for those in code and in quotes.

use std::ops::Range;

/// Parts of a tag's name that make it one of thoughts: `think`, `seed:think`, `inner_thoughts`, `START_THINKING`.
pub(super) const PARTS: [&str; 6] = [
    "think",
    "thinking",
    "thought",
    "thoughts",
    "reasoning",
    "cot",
];

/// Names that do so as a whole.
const NAMES: [&str; 9] = [
    "analysis",
    "reflection",
    "rationale",
    "scratchpad",
    "scratch_pad",
    "inner_monologue",
    "internal_monologue",
    "deliberation",
    "monologue",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Angle,
    Escaped,
    Square,
    Triangle,
    Pipe,
    /// `<details type="reasoning">`, whose end is that of any details.
    Details,
    /// `<unused94>` and `<|channel>thought`, pairs of their own.
    Pair(u8),
}

#[derive(Debug, Clone)]
pub(super) struct Tag<'a> {
    pub(super) span: Range<usize>,
    pub(super) style: Style,
    pub(super) name: &'a str,
    pub(super) is_close: bool,
}

/// Whether a block may begin here: at the start of a line, or behind a sentence.
pub(super) fn leads(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches([' ', '\t']);
    before.is_empty()
        || before.ends_with(['\n', '\r', '.', '!', '?', ':', '>', '。', '！', '？', '：'])
}

/// The tags of thoughts in a text, but those in code and in quotes.
pub(super) fn tags(text: &str) -> Vec<Tag<'_>> {
    let mut found: Vec<Tag<'_>> = Vec::new();
    let mut at = 0;
    // Inside of a block code is thought too.
    let mut is_open = false;
    while let Some(next) = text[at..].find(['<', '[', '&', '◁', '`']) {
        let start = at + next;
        if text[start..].starts_with('`') {
            let ticks = text[start..].bytes().take_while(|b| *b == b'`').count();
            at = match is_open {
                true => start + ticks,
                false => code_end(text, start, ticks).unwrap_or(start + ticks),
            };
            continue;
        }
        match tag_at(text, start) {
            Some(tag) if !is_quoted(text, &tag.span) => {
                at = tag.span.end;
                is_open = !tag.is_close && (is_open || leads(text, tag.span.start));
                found.push(tag);
            }
            Some(tag) => at = tag.span.end,
            None => at = start + text[start..].chars().next().map_or(1, char::len_utf8),
        }
    }
    found
}

/// The end of the code that opens with these backticks; `None` where it does not end, or is a fence around the whole output.
fn code_end(text: &str, start: usize, ticks: usize) -> Option<usize> {
    let body = start + ticks;
    let fence = &text[start..body];
    if ticks >= 3 {
        let line = text[body..].find('\n').map(|n| body + n + 1)?;
        let holds_all = text[..start].trim().is_empty();
        let opens = text[line..].trim_start();
        let is_tag = |text: &str| tag_at(text, 0).is_some_and(|tag| !tag.is_close);
        if holds_all && is_tag(opens) {
            return None;
        }
        return text[body..].find(fence).map(|n| body + n + ticks);
    }
    let end = body + text[body..].find(fence)?;
    (!text[body..end].contains("\n\n")).then_some(end + ticks)
}

/// Whether quotes stand directly around a tag.
pub(super) fn is_quoted(text: &str, span: &Range<usize>) -> bool {
    let before = text[..span.start].chars().next_back();
    let after = text[span.end..].chars().next();
    let quotes = [
        '`', '"', '\'', '“', '”', '‘', '’', '„', '«', '»', '「', '」', '『', '』',
    ];
    before.is_some_and(|c| quotes.contains(&c)) && after.is_some_and(|c| quotes.contains(&c))
}

fn tag_at(text: &str, start: usize) -> Option<Tag<'_>> {
    let rest = &text[start..];
    for (open, close, style) in [
        ("<|", "|>", Style::Pipe),
        ("<", ">", Style::Angle),
        ("&lt;", "&gt;", Style::Escaped),
        ("[", "]", Style::Square),
        ("◁", "▷", Style::Triangle),
    ] {
        let Some(inner) = rest.strip_prefix(open) else {
            continue;
        };
        // Gemma: `<|channel>thought … <channel|>`.
        for (word, is_close) in [("<|channel>thought", false), ("<channel|>", true)] {
            if rest.starts_with(word) {
                return Some(Tag {
                    span: start..start + word.len(),
                    style: Style::Pair(1),
                    name: "",
                    is_close,
                });
            }
        }
        let Some(length) = inner.find(close) else {
            continue;
        };
        let inner = &inner[..length];
        if inner.len() > 200 || inner.contains(['\n', '<', '[']) {
            continue;
        }
        let span = start..start + open.len() + length + close.len();
        let tag = |style, name, is_close| Tag {
            span: span.clone(),
            style,
            name,
            is_close,
        };
        let trimmed = inner.trim();
        let is_close = trimmed.starts_with('/');
        let word = trimmed.trim_start_matches('/').trim_start();
        let name_end = word
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | ':')))
            .unwrap_or(word.len());
        let (name, attributes) = word.split_at(name_end);
        if style == Style::Angle {
            match name {
                "unused94" => return Some(tag(Style::Pair(0), "", false)),
                "unused95" => return Some(tag(Style::Pair(0), "", true)),
                "details" if is_close || attributes.contains("reasoning") => {
                    return Some(tag(Style::Details, name, is_close));
                }
                _ => {}
            }
        }
        if attributes.ends_with('/')
            || !attributes.is_empty() && !matches!(style, Style::Angle | Style::Escaped)
        {
            continue;
        }
        return thought_name(name, style).map(|(name, ends)| tag(style, name, is_close || ends));
    }
    None
}

/// The name of a tag of thoughts, and whether it says itself that it ends them (`end_of_thought`).
fn thought_name(name: &str, style: Style) -> Option<(&str, bool)> {
    let base = name.rsplit(':').next().unwrap_or(name);
    let plain = lower(base).replace('-', "_");
    let parts = || plain.split('_');
    let has_part = parts().any(|part| PARTS.contains(&part));
    let is_known = match style {
        Style::Square | Style::Triangle => PARTS[..5].contains(&plain.as_str()),
        _ => has_part || NAMES.contains(&plain.as_str()),
    };
    let ends = parts().next() == Some("end");
    let cut = match style {
        Style::Pipe => [
            "begin_of_",
            "end_of_",
            "start_of_",
            "start_",
            "begin_",
            "end_",
        ]
        .iter()
        .find(|prefix| plain.starts_with(**prefix))
        .map_or(0, |prefix| prefix.len()),
        _ => 0,
    };
    is_known.then(|| (&base[cut..], ends && cut > 0))
}

pub(super) fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}
