//! Tags of Handlebars made comments: what is not supported is left out, and the rest of the template can be sent.

/// Make a comment of the tag around a byte, and of the whole block where it opens one, so that the rest of the template can be
/// sent; the tag is returned.
pub(super) fn comment_out(text: &mut String, at: usize) -> Option<String> {
    let start = match text.get(at..)?.starts_with("{{") {
        true => at,
        false => text[..at].rfind("{{")?,
    };
    let mut end = at + text[at..].find("}}")? + 2;
    let tag = text[start..end].to_owned();
    let inside = tag.trim_matches(['{', '}', '~']).trim();
    if let Some(opened) = inside.strip_prefix(['#', '^']) {
        let name = opened.split_whitespace().next().unwrap_or_default();
        end = end_of_block(text, end, name)?;
    }
    text.replace_range(start..end, &format!("{{{{!-- {inside} --}}}}"));
    Some(tag)
}

/// The byte behind the tag that closes a block, which was opened before `from`.
fn end_of_block(text: &str, from: usize, name: &str) -> Option<usize> {
    let (mut at, mut open) = (from, 1);
    loop {
        let start = at + text[at..].find("{{")?;
        at = start + text[start..].find("}}")? + 2;
        let inside = text[start..at].trim_matches(['{', '}', '~']).trim();
        let is_of = |rest: &str| rest.split_whitespace().next() == Some(name);
        if inside.strip_prefix(['#', '^']).is_some_and(is_of) {
            open += 1;
        } else if inside
            .strip_prefix('/')
            .is_some_and(|rest| is_of(rest.trim()))
        {
            open -= 1;
        }
        if open == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::comment_out;

    #[test]
    fn tags_and_whole_blocks_become_comments() {
        for (before, at, after) in [
            ("a {{日本 x}} b", 2, "a {{!-- 日本 x --}} b"),
            ("a {{ 日本 x}} b", 5, "a {{!-- 日本 x --}} b"),
            (
                "{{#if (f x)}}a{{#if b}}c{{/if}}d{{else}}e{{/if}} f",
                6,
                "{{!-- #if (f x) --}} f",
            ),
            ("{{#if @f}}a", 6, "{{#if @f}}a"),
        ] {
            let mut text = before.to_owned();
            let tag = comment_out(&mut text, at);
            assert_eq!(text, after);
            assert_eq!(tag.is_some(), before != after);
        }
    }
}
