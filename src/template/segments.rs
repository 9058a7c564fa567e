//! The literal text of a template's body, between its tags.

use super::{Template, nesting::tag_len};
use crate::{dialect::Dialect, model::Role};
use regex::Regex;
use std::{ops::Range, sync::LazyLock};

static ROLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^[-+]?\s*role\(\s*["'](\w+)["']"#).ok());

/// Literal text between two tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Where it stands in the template's source.
    pub span: Range<usize>,
    /// Who speaks there, where a role was named before it.
    pub role: Option<Role>,
    /// Whether it is in a loop, a macro or the like: rendered several times, or elsewhere.
    pub is_inner: bool,
}

impl Template {
    /// The literal texts of the body, in order. None of a template that is a list of messages, or that another dialect reads.
    pub fn segments(&self) -> Vec<Segment> {
        if self.is_chat || self.dialect != Dialect::Jinja {
            return Vec::new();
        }
        let text = self.body();
        let mut segments = Vec::new();
        let (mut at, mut depth, mut role) = (0, 0usize, None);
        while at < text.len() {
            let next = text.as_bytes()[at..]
                .windows(2)
                .position(|pair| matches!(pair, [b'{', b'{' | b'%' | b'#']));
            let end = next.map_or(text.len(), |next| at + next);
            if end > at {
                segments.push(Segment {
                    span: self.body_start + at..self.body_start + end,
                    role,
                    is_inner: depth > 0,
                });
            }
            if next.is_none() {
                break;
            }
            let kind = text.as_bytes()[end + 1];
            let tag = &text[end + 2..];
            let length = match kind {
                b'#' => tag.find("#}").map_or(tag.len(), |close| close + 2),
                _ => tag_len(tag, kind),
            };
            let inside = &tag[..length];
            at = end + 2 + length;
            let word = inside.trim_start_matches(['-', '+']).trim_start();
            let word = word.split(|c: char| !c.is_alphanumeric()).next();
            match (kind, word.unwrap_or("")) {
                (b'{', _) => {
                    let named = ROLE.as_ref().and_then(|role| role.captures(inside));
                    if let Some(named) = named.and_then(|n| Role::parse(&n[1])) {
                        role = Some(named);
                    }
                }
                (b'%', "for" | "macro" | "call" | "raw" | "filter") => depth += 1,
                (b'%', "endfor" | "endmacro" | "endcall" | "endraw" | "endfilter") => {
                    depth = depth.saturating_sub(1);
                }
                _ => {}
            }
        }
        segments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stands_between_tags_under_the_role_before_it() {
        let source = "+++\ndescription = \"x\"\n+++\n{{ role(\"system\") }}Say {{ \"}}\" }} so.\n{% for shot in shots %}\n{{ role('user') }}Shot {{ shot.text }}\n{% endfor %}{# {{ no }} #}\n{{ role(\"user\") }}Ask: {{ row.text }}";
        let template = Template::parse("t.j2".into(), source).unwrap();
        let found: Vec<(&str, Option<Role>, bool)> = (template.segments().iter())
            .map(|s| (source[s.span.clone()].trim(), s.role, s.is_inner))
            .filter(|(text, ..)| !text.is_empty())
            .collect();
        assert_eq!(
            found,
            [
                ("Say", Some(Role::System), false),
                ("so.", Some(Role::System), false),
                ("Shot", Some(Role::User), true),
                ("Ask:", Some(Role::User), false),
            ]
        );
    }

    #[test]
    fn other_dialects_and_lists_of_messages_have_none() {
        let source = "+++\nchat = true\n+++\n[{\"role\": \"user\", \"content\": \"a\"}]";
        let template = Template::parse("t.j2".into(), source).unwrap();
        assert_eq!(template.segments(), []);
    }
}
