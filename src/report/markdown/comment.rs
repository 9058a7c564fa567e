//! Text that is safe in Markdown, and a comment that grows as long as there is room.

use crate::display::{fit, visible};

/// What a comment of the usual code hosts holds, with a little to spare.
const MOST: usize = 65_000;
/// Kept free for what comes after the rows.
pub(super) const TAIL: usize = 6_000;
/// Rows in a list.
pub(super) const LISTED: usize = 20;
/// Characters of a text in a table.
const CELL: usize = 160;

/// A text for a cell of a table or a line of prose.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#' | '~' | '&' | '$' => {
                out.push('\\');
                out.push(c);
            }
            // Nobody is called: hosts look for names in what was rendered, where a backslash is gone.
            '@' => out.push_str("@\u{200b}"),
            // Not a link, where a host would make one.
            ':' if out.ends_with("http") || out.ends_with("https") => out.push_str("\\:"),
            _ => out.push(c),
        }
    }
    out
}

/// A text cut short for a table.
pub(super) fn cell(text: &str) -> String {
    escape(&fit(text, CELL))
}

/// A comment that nobody sees, by which a machine finds its own report again.
pub(super) fn marker(kind: &str, experiment: &str) -> String {
    let name: String = experiment
        .chars()
        .map(|c| match c {
            c if c.is_alphanumeric() || "._ ".contains(c) => c,
            _ => '_',
        })
        .collect();
    format!("<!-- wording {kind}: {name} -->\n")
}

/// A text in a fence that no text inside can close.
pub(super) fn fence(inner: &str, language: &str) -> String {
    let longest = inner.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(3.max(longest + 1));
    format!(
        "{ticks}{language}\n{}\n{ticks}\n",
        inner.trim_end_matches('\n')
    )
}

pub(super) fn items(all: &[String]) -> String {
    all.iter().map(|t| format!("- {}\n", escape(t))).collect()
}

/// A text that grows as long as there is room.
pub(super) struct Comment {
    text: String,
    characters: usize,
    cut: Vec<String>,
}

impl Comment {
    pub(super) fn new(text: String) -> Comment {
        Comment {
            characters: text.chars().count(),
            text,
            cut: Vec::new(),
        }
    }

    /// Add a part if it leaves `spare` characters; otherwise say that it was left out.
    pub(super) fn add(&mut self, part: &str, spare: usize, what: &str) -> bool {
        let n = part.chars().count();
        let fits = self.characters + n + spare <= MOST;
        if fits {
            self.text += part;
            self.characters += n;
        } else if !what.is_empty() {
            self.cut.push(what.to_owned());
        }
        fits
    }

    /// Lines of a table or list, as many as there is room for.
    pub(super) fn lines(&mut self, all: &[String], spare: usize, what: &str) {
        for (i, line) in all.iter().enumerate() {
            if !self.add(line, spare, "") {
                self.cut
                    .push(format!("{} of {} {what}", all.len() - i, all.len()));
                return;
            }
        }
    }

    pub(super) fn finish(mut self) -> String {
        if !self.cut.is_empty() {
            self.text += &format!(
                "\n> [!NOTE]\n> Left out, as a comment holds 65,536 characters: {}. The HTML and JSON reports have all.\n",
                self.cut.join("; ")
            );
        }
        self.text
    }
}

/// A span of code that no backtick inside can close.
pub(super) fn code(text: &str) -> String {
    let text = visible(text).replace(['\n', '\t'], " ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_cells_nor_fences_can_be_broken_out_of() {
        assert_eq!(escape("a|b\n`c`"), "a\\|b \\`c\\`");
        assert!(fence("x\n````\ny", "text").starts_with("`````text\n"));
        assert_eq!(code("a``b"), "``` a``b ```");
        assert_eq!(
            marker("diff", "a --> b"),
            "<!-- wording diff: a ___ b -->\n"
        );
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_told() {
        let mut comment = Comment::new(String::new());
        let lines: Vec<String> = (0..9_000).map(|i| format!("| row {i} |\n")).collect();
        comment.lines(&lines, TAIL, "rows");
        let text = comment.finish();
        assert!(text.chars().count() <= 65_536);
        assert!(
            text.contains("of 9000 rows"),
            "{}",
            &text[text.len() - 300..]
        );
    }
}
