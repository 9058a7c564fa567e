//! A limit on how deep a template's text is nested, before it is parsed: the parser builds a tree, and what walks the tree
//! takes stack for each level of it. Reads only as much of the syntax as it needs to count.

/// Deepest expression: operators, filters, calls and brackets that stand in one another or follow each other.
const MAX_EXPRESSION: usize = 250;

/// Branches of `if` that are open in one another; a branch `elif` stands in the one before it.
const MAX_BRANCHES: usize = 100;

/// What is nested too deep, and on which line (from 1) of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TooDeep {
    pub(super) line: usize,
    pub(super) message: String,
}

/// Check a template's text, without its front matter.
pub(super) fn check_nesting(text: &str) -> Result<(), TooDeep> {
    let mut branches: Vec<usize> = Vec::new();
    let mut rest = text;
    while let Some(start) =
        (rest.as_bytes().windows(2)).position(|pair| matches!(pair, [b'{', b'{' | b'%' | b'#']))
    {
        let kind = rest.as_bytes()[start + 1];
        let tag = &rest[start + 2..];
        let too_deep = |message: String| TooDeep {
            line: text[..text.len() - tag.len()].matches('\n').count() + 1,
            message,
        };
        if kind == b'#' {
            rest = tag.find("#}").map_or("", |end| &tag[end + 2..]);
            continue;
        }
        let (depth, length) = expression(tag, kind);
        if depth > MAX_EXPRESSION {
            return Err(too_deep(format!(
                "an expression is nested too deep: {depth} operators, filters or brackets in a row, at most {MAX_EXPRESSION} are supported"
            )));
        }
        let word = tag.trim_start_matches(['-', '+']).trim_start();
        let word = word
            .split(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or("");
        rest = &tag[length..];
        match word {
            _ if kind == b'{' => {}
            "raw" => rest = rest.find("endraw").map_or("", |end| &rest[end..]),
            "if" => branches.push(1),
            "elif" => {
                if let Some(last) = branches.last_mut() {
                    *last += 1;
                }
            }
            "endif" => {
                branches.pop();
            }
            _ => {}
        }
        let open: usize = branches.iter().sum();
        if open > MAX_BRANCHES {
            return Err(too_deep(format!(
                "`if` is nested too deep: more than {MAX_BRANCHES} branches, each in the one before it (`elif` counts)"
            )));
        }
    }
    Ok(())
}

/// How long a tag is from behind its opening mark to behind its end; `kind` is the opening mark's second character.
pub(super) fn tag_len(tag: &str, kind: u8) -> usize {
    expression(tag, kind).1.min(tag.len())
}

/// How deep an expression can be at most, as far as it was read.
#[derive(Default)]
struct Depth {
    /// What is in the brackets that are open, the innermost last.
    brackets: Vec<usize>,
    /// What is outside of all of them.
    outside: usize,
    now: usize,
    deepest: usize,
}

impl Depth {
    fn level(&mut self) -> &mut usize {
        self.brackets.last_mut().unwrap_or(&mut self.outside)
    }

    fn operator(&mut self) {
        *self.level() += 1;
        self.now += 1;
        self.deepest = self.deepest.max(self.now);
    }

    fn open(&mut self) {
        self.operator();
        self.brackets.push(0);
    }

    fn close(&mut self) {
        self.now -= self.brackets.pop().unwrap_or(0);
    }

    /// What is separated by commas stands side by side.
    fn comma(&mut self) {
        self.now -= std::mem::take(self.level());
    }
}

/// How deep the expression in a tag can be at most, and the length of the tag. A tag that is not closed ends with the text.
fn expression(tag: &str, kind: u8) -> (usize, usize) {
    const WORDS: [&[u8]; 6] = [b"and", b"or", b"not", b"in", b"is", b"if"];
    let close: u8 = if kind == b'{' { b'}' } else { b'%' };
    let bytes = tag.as_bytes();
    let mut depth = Depth::default();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let ends = byte == close && bytes.get(at + 1) == Some(&b'}');
        if ends && (close == b'%' || depth.brackets.is_empty()) {
            return (depth.deepest, at + 2);
        }
        let run = |part: fn(u8) -> bool| bytes[at..].iter().take_while(|b| part(**b)).count();
        at += match byte {
            b'"' | b'\'' => 1 + quoted(&bytes[at + 1..], byte),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let length = run(|b| b.is_ascii_alphanumeric() || b == b'_');
                if WORDS.contains(&&bytes[at..at + length]) {
                    depth.operator();
                }
                length
            }
            b'0'..=b'9' => run(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_')),
            _ => {
                match byte {
                    b'(' | b'[' | b'{' => depth.open(),
                    b')' | b']' | b'}' => depth.close(),
                    b',' => depth.comma(),
                    _ if b"+-*/%~.|<>=!".contains(&byte) => depth.operator(),
                    _ => {}
                }
                1
            }
        };
    }
    (depth.deepest, bytes.len())
}

/// The length of the rest of a quoted text, with its end.
fn quoted(bytes: &[u8], quote: u8) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            byte if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_and_brackets_are_counted_and_lists_are_not() {
        let many = |part: &str, n: usize| part.repeat(n);
        for (text, fits) in [
            (format!("{{{{ 1{} }}}}", many(" + 1", 200)), true),
            (format!("{{{{ 1{} }}}}", many(" + 1", 300)), false),
            (format!("{{{{ x{} }}}}", many(".a", 300)), false),
            (format!("{{{{ x{} }}}}", many("(1, 2)", 300)), false),
            (format!("{{{{ x{} }}}}", many(" if y else z", 300)), false),
            (format!("{{{{ {}x }}}}", many("not ", 300)), false),
            (
                format!("{{{{ {}1{} }}}}", many("[", 300), many("]", 300)),
                false,
            ),
            // Side by side, in a text, or no tag at all.
            (
                format!("{{% set x = [{}] %}}", many("a.b + \"c|d\", ", 2_000)),
                true,
            ),
            (
                format!("{{{{ {{{}}} }}}}", many("\"a\": 1.5, ", 2_000)),
                true,
            ),
            (format!("{{{{ \"{}\" }}}}", many("+\\\"", 2_000)), true),
            (
                format!("{{# {} #}}{}", many("+", 2_000), many("a + b. ", 2_000)),
                true,
            ),
            (
                many("{{ a | b }}{% if a %}x{% elif b %}y{% endif %}", 500),
                true,
            ),
            (format!("{{% if a %}}{}", many("{% elif b %}", 200)), false),
            (many("{% if a %}", 200), false),
        ] {
            assert_eq!(check_nesting(&text).is_ok(), fits, "{:.80}", text);
        }
        let error =
            check_nesting(&format!("a\n{{{{ b }}}}\n{{{{ c{}", many("|d", 300))).unwrap_err();
        assert_eq!(error.line, 3);
    }
}
