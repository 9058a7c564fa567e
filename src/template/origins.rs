//! From where in the rendered text the messages came, piece by piece.

#[derive(Debug, Default)]
pub(super) struct Origins {
    pub(super) pieces: Vec<Piece>,
    /// Bytes trimmed from the start of each message.
    pub(super) trimmed: Vec<usize>,
    /// Where the marker of each message is in the rendered text.
    pub(super) starts: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Piece {
    pub(super) message: usize,
    /// Where it starts in the message, before trimming.
    pub(super) at: usize,
    /// Where it starts in the rendered text.
    pub(super) from: usize,
    pub(super) len: usize,
}

impl Origins {
    /// Forget the pieces of a message and of all behind it.
    pub(super) fn forget_from(&mut self, message: usize) {
        self.pieces.retain(|piece| piece.message < message);
    }

    /// Where in the rendered text a byte of a message's content stood.
    pub(super) fn find(&self, message: usize, byte: usize) -> Option<usize> {
        let at = byte + self.trimmed.get(message)?;
        let mut pieces = self.pieces.iter().filter(|p| p.message == message);
        let piece = pieces.find(|p| (p.at..p.at + p.len).contains(&at))?;
        Some(piece.from + at - piece.at)
    }

    /// Where in the rendered text a message begins.
    pub(super) fn start(&self, message: usize) -> Option<usize> {
        self.starts.get(message).copied()
    }
}
