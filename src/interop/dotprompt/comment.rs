//! Tags of Handlebars made comments: what is not supported is left out, and the rest of the template can be sent.

use std::ops::Range;

/// A tag, or a whole block, that becomes a comment.
pub(super) struct Comment {
    range: Range<usize>,
    /// The tag that begins it.
    pub(super) tag: String,
}

impl Comment {
    /// The tag around a byte, with its whole block where it opens one.
    pub(super) fn around(text: &str, at: usize) -> Option<Comment> {
        let start = match text.get(at..)?.starts_with("{{") {
            true => at,
            false => text[..at].rfind("{{")?,
        };
        let mut end = at + text[at..].find("}}")? + 2;
        let tag = text[start..end].to_owned();
        if let Some(opened) = inside(&tag).strip_prefix(['#', '^']) {
            let name = opened.split_whitespace().next().unwrap_or_default();
            end = end_of_block(text, end, name)?;
        }
        Some(Comment {
            range: start..end,
            tag,
        })
    }
}

/// What a tag says.
fn inside(tag: &str) -> &str {
    tag.trim_matches(['{', '}', '~']).trim()
}

/// The text with these as comments, so that the rest of the template can be sent. What lies within another goes with it.
pub(super) fn comment_out(text: &str, mut comments: Vec<Comment>) -> String {
    comments.sort_by_key(|comment| (comment.range.start, std::cmp::Reverse(comment.range.end)));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for Comment { range, tag } in comments {
        if range.start >= done {
            out += &text[done..range.start];
            out += &format!("{{{{!-- {} --}}}}", inside(&tag));
            done = range.end;
        }
    }
    out + &text[done..]
}

/// The byte behind the tag that closes a block, which was opened before `from`.
fn end_of_block(text: &str, from: usize, name: &str) -> Option<usize> {
    let (mut at, mut open) = (from, 1);
    loop {
        let start = at + text[at..].find("{{")?;
        at = start + text[start..].find("}}")? + 2;
        let inside = inside(&text[start..at]);
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
    use super::*;

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
            let comment = Comment::around(before, at);
            assert_eq!(comment.is_some(), before != after);
            assert_eq!(comment_out(before, comment.into_iter().collect()), after);
        }
    }

    #[test]
    fn what_lies_within_a_block_goes_with_it() {
        let text = "{{#f x}}{{> a}}{{/f}} {{> b}}";
        let comments = [8, 0, 22].map(|at| Comment::around(text, at).unwrap());
        assert_eq!(
            comment_out(text, comments.into()),
            "{{!-- #f x --}} {{!-- > b --}}"
        );
    }
}
