//! White space that tags take away: by a tilde, and around a tag that stands on a line of its own.

use super::{
    super::number::is_space,
    ast::{Block, Node, Program, Strip},
};

pub(super) fn strip(program: &mut Program, source: &str) {
    Stripper { source }.program(program, true);
}

struct Stripper<'a> {
    source: &'a str,
}

/// What a tag does to the text around it.
#[derive(Default)]
struct Wish {
    strip: Strip,
    /// Behind its opening tag the line ends.
    opens_line: bool,
    /// Before its closing tag the line begins.
    closes_line: bool,
    /// It may stand on a line of its own.
    is_line: bool,
}

impl Stripper<'_> {
    fn program(&self, program: &mut Program, is_root: bool) {
        for at in 0..program.body.len() {
            let wish = match &mut program.body[at] {
                Node::Content(_) => continue,
                Node::Mustache { strip, .. } => Wish {
                    strip: *strip,
                    ..Wish::default()
                },
                Node::Nothing { strip, .. } => Wish {
                    strip: *strip,
                    is_line: true,
                    ..Wish::default()
                },
                Node::Block(block) => self.block(block),
            };
            let before = self.ends_line(&program.body[..at], is_root);
            let after = self.begins_line(&program.body[at + 1..], is_root);
            if wish.strip.close {
                self.omit_start(program.body.get_mut(at + 1), true);
            }
            if wish.strip.open {
                self.omit_end(
                    at.checked_sub(1).and_then(|at| program.body.get_mut(at)),
                    true,
                );
            }
            if wish.is_line && before && after {
                self.omit_start(program.body.get_mut(at + 1), false);
                self.omit_end(
                    at.checked_sub(1).and_then(|at| program.body.get_mut(at)),
                    false,
                );
            }
            if wish.opens_line && before {
                if let Node::Block(block) = &mut program.body[at]
                    && let Some(inner) = block.program.as_mut().or(block.inverse.as_mut())
                {
                    self.omit_start(inner.body.first_mut(), false);
                }
                self.omit_end(
                    at.checked_sub(1).and_then(|at| program.body.get_mut(at)),
                    false,
                );
            }
            if wish.closes_line && after {
                self.omit_start(program.body.get_mut(at + 1), false);
                if let Node::Block(block) = &mut program.body[at]
                    && let Some(inner) = block.inverse.as_mut().or(block.program.as_mut())
                {
                    self.omit_end(inner.body.last_mut(), false);
                }
            }
        }
    }

    fn block(&self, block: &mut Block) -> Wish {
        if let Some(program) = &mut block.program {
            self.program(program, false);
        }
        if let Some(inverse) = &mut block.inverse {
            self.program(inverse, false);
        }
        let (open, middle, close) = (block.open, block.middle, block.close);
        let (program, mut inverse) = match (&mut block.program, &mut block.inverse) {
            (Some(program), inverse) => (program, inverse.as_mut()),
            (None, Some(inverse)) => (inverse, None),
            (None, None) => return Wish::default(),
        };
        let opens_line = self.begins_line(&program.body, false);
        let closes_line = match inverse.as_deref_mut() {
            Some(inverse) => on_first(inverse, |first| self.ends_line(&first.body, false)),
            None => self.ends_line(&program.body, false),
        };
        if open.close {
            self.omit_start(program.body.first_mut(), true);
        }
        match inverse {
            Some(inverse) => {
                if middle.open {
                    self.omit_end(program.body.last_mut(), true);
                }
                if middle.close {
                    on_first(inverse, |first| {
                        self.omit_start(first.body.first_mut(), true)
                    });
                }
                if close.open {
                    on_last(inverse, &mut |last| {
                        self.omit_end(last.body.last_mut(), true)
                    });
                }
                let begins = on_first(inverse, |first| self.begins_line(&first.body, false));
                if begins && self.ends_line(&program.body, false) {
                    self.omit_end(program.body.last_mut(), false);
                    on_first(inverse, |first| {
                        self.omit_start(first.body.first_mut(), false)
                    });
                }
            }
            None if close.open => self.omit_end(program.body.last_mut(), true),
            None => {}
        }
        Wish {
            strip: Strip {
                open: open.open,
                close: close.close,
            },
            opens_line,
            closes_line,
            is_line: false,
        }
    }

    /// Whether what stands before a tag ends with the beginning of a line.
    fn ends_line(&self, before: &[Node], is_root: bool) -> bool {
        match before {
            [] => is_root,
            [first @ .., Node::Content(content)] => {
                let text = &self.source[content.range.clone()];
                let blank = &text[text.trim_end_matches(is_space).len()..];
                blank.contains('\n') || first.is_empty() && is_root && blank.len() == text.len()
            }
            _ => false,
        }
    }

    /// Whether what stands behind a tag begins with the end of a line.
    fn begins_line(&self, after: &[Node], is_root: bool) -> bool {
        match after {
            [] => is_root,
            [Node::Content(content), rest @ ..] => {
                let text = &self.source[content.range.clone()];
                let blank = &text[..text.len() - text.trim_start_matches(is_space).len()];
                blank.contains('\n') || rest.is_empty() && is_root && blank.len() == text.len()
            }
            _ => false,
        }
    }

    /// Take white space from the start of a text: all of it, or the rest of the line.
    fn omit_start(&self, node: Option<&mut Node>, all: bool) {
        let Some(Node::Content(content)) = node else {
            return;
        };
        if !all && content.start_is_stripped {
            return;
        }
        let text = &self.source[content.left.clone()];
        let rest = if all {
            text.trim_start_matches(is_space)
        } else {
            let rest = text.trim_start_matches([' ', '\t']);
            rest.strip_prefix("\r\n")
                .or(rest.strip_prefix('\n'))
                .unwrap_or(rest)
        };
        let start = content.left.end - rest.len();
        content.start_is_stripped = start != content.left.start;
        content.left.start = start;
    }

    /// Take white space from the end of a text: all of it, or what stands on the last line.
    fn omit_end(&self, node: Option<&mut Node>, all: bool) {
        let Some(Node::Content(content)) = node else {
            return;
        };
        if !all && content.end_is_stripped {
            return;
        }
        let text = &self.source[content.left.clone()];
        let rest = if all {
            text.trim_end_matches(is_space)
        } else {
            text.trim_end_matches([' ', '\t'])
        };
        let end = content.left.start + rest.len();
        content.end_is_stripped = end != content.left.end;
        content.left.end = end;
    }
}

/// Do something with the first part behind an `else`: of a chain, that of its first block.
fn on_first<T>(inverse: &mut Program, act: impl FnOnce(&mut Program) -> T) -> T {
    if inverse.chained
        && let Some(Node::Block(block)) = inverse.body.first_mut()
        && let Some(program) = &mut block.program
    {
        return act(program);
    }
    act(inverse)
}

/// The same with the last part.
fn on_last(inverse: &mut Program, act: &mut dyn FnMut(&mut Program)) {
    if inverse.chained
        && let Some(Node::Block(block)) = inverse.body.last_mut()
        && let Some(program) = &mut block.program
    {
        return on_last(program, act);
    }
    act(inverse);
}
