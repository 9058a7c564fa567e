//! Where a model thinks aloud in its output: the tags and channels that models and servers put around thoughts.

use super::thought_tag::{PARTS, Style, Tag, is_quoted, leads, lower, tags};
use std::ops::Range;

/// Control tokens that end a turn, without meaning.
const CONTROL: [&str; 12] = [
    "</s>",
    "<s>",
    "<eos>",
    "<bos>",
    "<end_of_turn>",
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end|>",
    "<|return|>",
    "<|endoftext|>",
    "<|end_of_text|>",
];

/// Whether a text can hold thoughts at all; most answers cannot, and are left alone.
pub(super) fn may_hold_thoughts(text: &str) -> bool {
    let marks = |b: &u8| matches!(b, b'<' | b'[' | b'&' | 0xE2);
    text.as_bytes().iter().any(marks) || text.trim_start().starts_with("analysis")
}

/// The parts of an output that are not its answer, in order and apart: thoughts with their tags, and control tokens at the ends.
pub(super) fn thoughts(text: &str) -> Vec<Range<usize>> {
    let mut removed = match channels(text).or_else(|| bare_channels(text)) {
        Some(removed) => removed,
        None => blocks(text),
    };
    control_tokens(text, &mut removed);
    removed
}

/// The messages of the harmony format: all but those of the channel `final` are thoughts.
fn channels(text: &str) -> Option<Vec<Range<usize>>> {
    const CHANNEL: &str = "<|channel|>";
    let first = text.find(CHANNEL)?;
    let body = first + CHANNEL.len();
    let is_known = ["analysis", "commentary", "final"]
        .iter()
        .any(|name| text[body..].trim_start().starts_with(name));
    if !is_known || is_quoted(text, &(first..body)) {
        return None;
    }
    let (mut removed, mut at) = (Vec::new(), 0);
    for (start, _) in text.match_indices(CHANNEL) {
        let header = &text[start + CHANNEL.len()..];
        let Some(message) = header.find("<|message|>") else {
            continue;
        };
        if start < at || !header[..message].trim_start().starts_with("final") {
            continue;
        }
        let from = start + CHANNEL.len() + message + "<|message|>".len();
        let ends = ["<|end|>", "<|return|>", "<|start|>", "<|call|>", CHANNEL];
        let length = ends.iter().filter_map(|end| text[from..].find(end)).min();
        removed.push(at..from);
        at = from + length.unwrap_or(text.len() - from);
    }
    removed.push(at..text.len());
    removed.retain(|range| !range.is_empty());
    Some(removed)
}

/// The same where the server dropped the control tokens: `analysisThe user asks … assistantfinalParis`.
fn bare_channels(text: &str) -> Option<Vec<Range<usize>>> {
    const FINAL: &str = "assistantfinal";
    let rest = text.trim_start().strip_prefix("analysis")?;
    if let Some(start) = text.rfind(FINAL) {
        return Some(vec![Range {
            start: 0,
            end: start + FINAL.len(),
        }]);
    }
    let is_joined = rest.starts_with(|c: char| c.is_uppercase());
    is_joined.then(|| {
        vec![Range {
            start: 0,
            end: text.len(),
        }]
    })
}

/// Blocks between tags.
fn blocks(text: &str) -> Vec<Range<usize>> {
    let tags = tags(text);
    let mut removed: Vec<Range<usize>> = Vec::new();
    let mut i = 0;
    while let Some(tag) = tags.get(i) {
        i += 1;
        if tag.is_close {
            if is_named(text, tag) {
                continue;
            }
            let is_last = text[tag.span.end..].trim().is_empty() && !removed.is_empty();
            if is_last {
                removed.push(tag.span.clone());
            } else {
                removed.clear();
                removed.push(0..tag.span.end);
            }
            continue;
        }
        let rest = &tags[i..];
        let is_end = |other: &Tag<'_>| {
            other.is_close && other.style == tag.style && other.name.eq_ignore_ascii_case(tag.name)
        };
        let any_end = |other: &Tag<'_>| {
            other.is_close && (other.style == Style::Details) == (tag.style == Style::Details)
        };
        let end = rest
            .iter()
            .position(is_end)
            .or_else(|| rest.iter().position(any_end));
        let leads = leads(text, tag.span.start);
        match end {
            Some(end) => {
                let inside = &text[tag.span.end..rest[end].span.start];
                if leads || !is_connector(inside) {
                    removed.push(tag.span.start..rest[end].span.end);
                }
                i += end + 1;
            }
            // A tag that is only named in a sentence opens nothing.
            None if leads
                && (tag.style != Style::Square || PARTS[..2].contains(&&*lower(tag.name))) =>
            {
                removed.push(tag.span.start..text.len());
                break;
            }
            None => {}
        }
    }
    removed
}

/// What stands between two tags that are only named: "between <think> and </think>".
fn is_connector(inside: &str) -> bool {
    let word = inside
        .trim_matches(|c: char| c.is_whitespace() || "\"'`“”‘’,".contains(c))
        .to_lowercase();
    let known = [
        "", "and", "or", "to", "/", "...", "…", "und", "et", "y", "e", "и", "和", "と",
    ];
    !inside.contains('\n') && known.contains(&word.as_str())
}

/// Whether a closing tag alone is only named in a sentence: "it ends with </think> before".
fn is_named(text: &str, tag: &Tag<'_>) -> bool {
    let (before, after) = (&text[..tag.span.start], &text[tag.span.end..]);
    let next = after.trim_start_matches([' ', '"', '\'']);
    let follows = ["tag", "token", "element", "block", "marker", "sequence"];
    if after.starts_with(' ') && follows.iter().any(|word| next.starts_with(word)) {
        return true;
    }
    let words = [
        "the", "a", "an", "with", "and", "or", "by", "closing", "tag", "use", "between", "before",
        "after", "without", "of", "token", "ending", "write", "print",
    ];
    let word = before.rsplit([' ', '\n']).find(|word| !word.is_empty());
    before.ends_with(' ')
        && after.starts_with([' ', ',', '.'])
        && word.is_some_and(|word| words.contains(&word.to_ascii_lowercase().as_str()))
}

/// Add the control tokens at both ends of what is left.
fn control_tokens(text: &str, removed: &mut Vec<Range<usize>>) {
    let mut from = match removed.first() {
        Some(first) if first.start == 0 => first.end,
        _ => 0,
    };
    let mut to = match removed.last() {
        Some(last) if last.end == text.len() => last.start,
        _ => text.len(),
    };
    loop {
        let Some(inner) = text.get(from..to) else {
            return;
        };
        let (head, tail) = (inner.trim_start(), inner.trim_end());
        if let Some(token) = CONTROL.iter().find(|token| tail.ends_with(**token)) {
            let end = from + tail.len();
            to = end - token.len();
            removed.push(to..text.len());
        } else if let Some(token) = CONTROL.iter().find(|token| head.starts_with(**token)) {
            from += inner.len() - head.len() + token.len();
            removed.insert(0, 0..from);
        } else {
            break;
        }
    }
    merge(removed);
}

/// Put ranges in order, and make one of those that overlap or adjoin.
pub(super) fn merge(ranges: &mut Vec<Range<usize>>) {
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges.drain(..) {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    *ranges = merged;
}
