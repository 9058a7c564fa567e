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
    // The match may reach beyond the place where it begins.
    let end = byte(text, until).unwrap_or(text.len()) + wanted.len();
    let found = text[..text.floor_char_boundary(end)].rfind(wanted)?;
    Some(length(&text[..found]))
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

/// The parts of the replacement of `text.replace(wanted, replacement)`: `$$`, `$&`, `` $` `` and `$'` stand for something.
fn parts<'t>(
    replacement: &'t str,
    text: &'t str,
    at: usize,
    matched: &'t str,
) -> impl Iterator<Item = &'t str> {
    let mut rest = replacement;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mark = rest.find('$').unwrap_or(rest.len());
        if mark > 0 {
            let plain = &rest[..mark];
            rest = &rest[mark..];
            return Some(plain);
        }
        let (part, length) = match rest.as_bytes().get(1) {
            Some(b'$') => ("$", 2),
            Some(b'&') => (matched, 2),
            Some(b'`') => (&text[..at], 2),
            Some(b'\'') => (&text[at + matched.len()..], 2),
            _ => ("$", 1),
        };
        rest = &rest[length..];
        Some(part)
    })
}

/// The replacement of `text.replace(wanted, replacement)`.
pub(super) fn expand(replacement: &str, text: &str, at: usize, matched: &str) -> String {
    parts(replacement, text, at, matched).collect()
}

/// Its bytes, before it is made.
pub(super) fn expanded_length(replacement: &str, text: &str, at: usize, matched: &str) -> usize {
    let lengths = parts(replacement, text, at, matched).map(str::len);
    lengths.fold(0, usize::saturating_add)
}

/// `text.replace(wanted, replacement)`: the first only; `None` where the text would have more than `most` bytes.
pub(crate) fn replace_first(
    text: &str,
    wanted: &str,
    replacement: &str,
    most: usize,
) -> Option<String> {
    let Some(at) = text.find(wanted) else {
        return Some(text.to_owned());
    };
    if text
        .len()
        .saturating_add(expanded_length(replacement, text, at, wanted))
        > most
    {
        return None;
    }
    let put = expand(replacement, text, at, wanted);
    Some(format!(
        "{}{put}{}",
        &text[..at],
        &text[at + wanted.len()..]
    ))
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
        let replaced = |most| replace_first("x-y-", "-", "[$&$$$`]$", most);
        assert_eq!(replaced(99).as_deref(), Some("x[-$x]$y-"));
        assert_eq!(replaced(9), None);
    }
}
