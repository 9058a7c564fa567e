//! Lines that are tool calls, as outputs have them: compared argument by argument.

use serde_json::Value;

/// Longer values are compared word by word.
const LONGEST_VALUE: usize = 60;

/// A line that is a tool call: `search(query="kettle", limit=3)`.
pub(super) struct CallLine<'t> {
    /// The function with its bracket.
    pub(super) name: &'t str,
    /// The tokens of the line; joined they are the line. A value is a token, a long one words.
    pub(super) tokens: Vec<&'t str>,
}

impl<'t> CallLine<'t> {
    /// `None` where the line is not such a call.
    pub(super) fn parse(
        line: &'t str,
        words: impl Fn(&'t str) -> Vec<&'t str>,
    ) -> Option<CallLine<'t>> {
        let is_name = |text: &str| {
            let mut chars = text.chars();
            !text.is_empty() && chars.all(|c| c.is_ascii_alphanumeric() || "_-.:/".contains(c))
        };
        let open = line.find('(')?;
        let inner = line.trim_end_matches(['\r', '\n']).strip_suffix(')')?;
        if !is_name(&line[..open]) {
            return None;
        }
        let name = &line[..=open];
        let mut tokens = vec![name];
        let mut rest = inner.get(open + 1..)?;
        while !rest.is_empty() {
            let equals = rest.find('=')?;
            if !is_name(&rest[..equals]) {
                return None;
            }
            tokens.push(&rest[..=equals]);
            rest = &rest[equals + 1..];
            let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
            values.next()?.ok()?;
            let (value, after) = rest.split_at(values.byte_offset());
            match value.len() > LONGEST_VALUE {
                true => tokens.extend(words(value)),
                false => tokens.push(value),
            }
            rest = after;
            if let Some(next) = rest.strip_prefix(", ") {
                tokens.push(&rest[..2]);
                rest = next;
            } else if !rest.is_empty() {
                return None;
            }
        }
        tokens.push(&line[inner.len()..]);
        Some(CallLine { name, tokens })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::word_diff, *};

    fn marked(before: &str, after: &str) -> String {
        let pieces = word_diff(before, after);
        pieces.iter().map(|piece| piece.marked()).collect()
    }

    #[test]
    fn calls_are_compared_argument_by_argument() {
        assert_eq!(
            marked(
                "search(query=\"red kettle, (large)\", limit=10, sort=\"new\")\n",
                "search(query=\"red kettle\", limit=10, page=2)\n"
            ),
            "search(query=[-\"red kettle, (large)\"-]{+\"red kettle\"+}, limit=10, [-sort=\"new\"-]{+page=2+})\n"
        );
        // Two calls of one tool stand beside each other though no argument is the same.
        assert_eq!(marked("buy(n=1)", "buy(n=2)"), "buy(n=[-1-]{+2+})");
        assert_eq!(marked("buy(n=1)", "sell(n=1)"), "[-buy(-]{+sell(+}n=1)");
    }

    #[test]
    fn other_lines_are_no_calls() {
        let words = |text| vec![text];
        for line in [
            "",
            "f",
            "f(x)",
            "f(x=1",
            "see f(x=1)",
            "f(x=1,y=2)",
            "f({\"x\": )",
            "(x=1)",
        ] {
            assert!(CallLine::parse(line, words).is_none(), "{line}");
        }
        assert_eq!(
            CallLine::parse("f()\n", words).unwrap().tokens,
            ["f(", ")\n"]
        );
    }
}
