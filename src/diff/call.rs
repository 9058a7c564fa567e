//! Lines that are tool calls, as outputs have them: compared argument by argument.

use crate::model::WrittenCall;

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
        let (call, rest) = WrittenCall::parse(line)?;
        if !rest.trim_end_matches(['\r', '\n']).is_empty() {
            return None;
        }
        let mut at = 0;
        let mut next = |length: usize| {
            let token = &line[at..at + length];
            at += length;
            token
        };
        let name = next(call.name.len() + 1);
        let mut tokens = vec![name];
        for (number, (argument, value)) in call.arguments.iter().enumerate() {
            if number > 0 {
                tokens.push(next(", ".len()));
            }
            tokens.push(next(argument.len() + 1));
            let value = next(value.len());
            match value.len() > LONGEST_VALUE {
                true => tokens.extend(words(value)),
                false => tokens.push(value),
            }
        }
        tokens.push(&line[at..]);
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
        for line in ["", "f", "f(x)", "f(x=1", "see f(x=1)", "f(x=1) it is"] {
            assert!(CallLine::parse(line, words).is_none(), "{line}");
        }
        assert_eq!(
            CallLine::parse("f()\n", words).unwrap().tokens,
            ["f(", ")\n"]
        );
    }
}
