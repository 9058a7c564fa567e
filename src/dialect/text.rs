//! Texts as JavaScript counts them: in UTF-16 code units.

/// `text.length`.
pub(super) fn length(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    }
}

/// `text.substring(from, to)`, with both in order and within the text. Half of a pair becomes U+FFFD, as it does when it is sent.
pub(super) fn slice(text: &str, from: usize, to: usize) -> String {
    if text.is_ascii() {
        let to = to.min(text.len());
        return text[from.min(to)..to].to_owned();
    }
    let units: Vec<u16> = text
        .encode_utf16()
        .skip(from)
        .take(to.saturating_sub(from))
        .collect();
    String::from_utf16_lossy(&units)
}

/// `text.split('')`.
pub(super) fn units(text: &str) -> Vec<String> {
    let units: Vec<u16> = text.encode_utf16().collect();
    units
        .iter()
        .map(|unit| String::from_utf16_lossy(&[*unit]))
        .collect()
}

/// Where a text stands in another, from a place on, in code units.
pub(super) fn find(text: &str, wanted: &str, from: usize) -> Option<usize> {
    let start = byte(text, from)?;
    let found = text[start..].find(wanted)?;
    Some(length(&text[..start + found]))
}

/// Where a text stands last in another, at a place or before it.
pub(super) fn find_last(text: &str, wanted: &str, until: usize) -> Option<usize> {
    let all = text
        .match_indices(wanted)
        .map(|(at, _)| length(&text[..at]));
    // Matches may overlap: every place is looked at.
    let overlapping = text
        .char_indices()
        .filter(|(at, _)| text[*at..].starts_with(wanted));
    let overlapping = overlapping.map(|(at, _)| length(&text[..at]));
    all.chain(overlapping).filter(|at| *at <= until).max()
}

/// The byte of a code unit; `None` behind the end.
fn byte(text: &str, unit: usize) -> Option<usize> {
    if text.is_ascii() {
        return (unit <= text.len()).then_some(unit);
    }
    let mut units = 0;
    for (at, c) in text.char_indices() {
        if units >= unit {
            return Some(at);
        }
        units += c.len_utf16();
    }
    (units >= unit).then_some(text.len())
}

/// The replacement of `text.replace(wanted, replacement)`: `$$`, `$&`, `` $` `` and `$'` stand for something.
pub(super) fn expand(replacement: &str, text: &str, at: usize, matched: &str) -> String {
    if !replacement.contains('$') {
        return replacement.to_owned();
    }
    let mut out = String::new();
    let mut rest = replacement;
    while let Some(mark) = rest.find('$') {
        out.push_str(&rest[..mark]);
        let put = match rest.as_bytes().get(mark + 1) {
            Some(b'$') => "$",
            Some(b'&') => matched,
            Some(b'`') => &text[..at],
            Some(b'\'') => &text[at + matched.len()..],
            _ => {
                out.push('$');
                rest = &rest[mark + 1..];
                continue;
            }
        };
        out.push_str(put);
        rest = &rest[mark + 2..];
    }
    out + rest
}

/// `text.replace(wanted, replacement)`: the first only.
pub(crate) fn replace_first(text: &str, wanted: &str, replacement: &str) -> String {
    match text.find(wanted) {
        Some(at) => {
            let put = expand(replacement, text, at, wanted);
            format!("{}{put}{}", &text[..at], &text[at + wanted.len()..])
        }
        None => text.to_owned(),
    }
}

/// HTML's characters and the backslash, as the filter `escape` writes them.
pub(super) fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' => out.push_str("&#92;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_code_units() {
        assert_eq!((length("aé😀"), length("")), (4, 0));
        assert_eq!(slice("a😀b", 1, 3), "😀");
        assert_eq!(
            (find("😀ab", "b", 0), find("aa", "a", 1), find("a", "a", 2)),
            (Some(3), Some(1), None)
        );
        assert_eq!(
            (find_last("aaa", "aa", 9), find_last("abab", "ab", 1)),
            (Some(1), Some(0))
        );
        assert_eq!(replace_first("x-y-", "-", "[$&$$$`]"), "x[-$x]y-");
    }
}
