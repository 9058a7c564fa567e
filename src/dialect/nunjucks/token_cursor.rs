//! The tokens of a tag, taken one after the other.

use super::{super::SyntaxError, lexer::Token};

pub(super) struct TokenCursor<'a> {
    tokens: &'a [Token],
    at: usize,
    /// Where the tag ends.
    end: usize,
}

impl<'a> TokenCursor<'a> {
    pub(super) fn new(tokens: &'a [Token], end: usize) -> TokenCursor<'a> {
        TokenCursor { tokens, at: 0, end }
    }

    /// The next token.
    pub(super) fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn place(&self) -> usize {
        self.peek().map_or(self.end, |token| token.at.start)
    }

    pub(super) fn fail<T>(&self, expected: &str) -> Result<T, SyntaxError> {
        let message = match self.peek() {
            Some(token) => format!("{expected} is expected, not `{}`", token.text),
            None => format!("{expected} is expected at the end of the tag"),
        };
        Err(SyntaxError::new(self.place(), message))
    }

    pub(super) fn is_mark(&self, mark: &str) -> bool {
        self.peek().is_some_and(|token| token.is(mark))
    }

    pub(super) fn skip(&mut self, mark: &str) -> bool {
        let found = self.is_mark(mark);
        self.at += usize::from(found);
        found
    }

    pub(super) fn skip_word(&mut self, word: &str) -> bool {
        let found = self.peek().and_then(Token::word) == Some(word);
        self.at += usize::from(found);
        found
    }

    /// Whether these words come next.
    pub(super) fn is_words(&self, words: &[&str]) -> bool {
        let mut next = self.tokens.iter().skip(self.at).map(Token::word);
        words.iter().all(|word| next.next() == Some(Some(*word)))
    }

    pub(super) fn keyword(&mut self, word: &str) -> Result<(), SyntaxError> {
        match self.skip_word(word) {
            true => Ok(()),
            false => self.fail(&format!("`{word}`")),
        }
    }

    pub(super) fn name(&mut self) -> Result<String, SyntaxError> {
        match self.peek().and_then(Token::word) {
            Some(word) => {
                self.at += 1;
                Ok(word.to_owned())
            }
            None => self.fail("a name"),
        }
    }

    pub(super) fn end(&self) -> Result<(), SyntaxError> {
        match self.peek() {
            Some(_) => self.fail("the end of the tag"),
            None => Ok(()),
        }
    }

    /// Pass over the next token.
    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    /// Where the last token ends.
    pub(super) fn before(&self) -> usize {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or(self.end, |token| token.at.end)
    }
}
