//! How many bytes a record may have: one is held at a time, and a file may be larger than memory.

use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
};

/// Most bytes of one record, unpacked.
pub(super) const MAX_RECORD_BYTES: u64 = 256 << 20;

/// Why a record is not read.
pub(super) fn too_long() -> String {
    format!(
        "a record of more than {} MiB; split it, or write it as JSON lines",
        MAX_RECORD_BYTES >> 20
    )
}

/// How many bytes the record that is read may still have.
#[derive(Debug, Clone)]
pub(super) struct Room(Rc<Cell<u64>>);

impl Default for Room {
    fn default() -> Room {
        Room(Rc::new(Cell::new(MAX_RECORD_BYTES)))
    }
}

impl Room {
    /// Another record begins.
    pub(super) fn refill(&self) {
        self.0.set(MAX_RECORD_BYTES);
    }
}

/// A reader that gives out no more than there is room for.
pub(super) struct Limited<R> {
    inner: R,
    room: Room,
}

impl<R> Limited<R> {
    pub(super) fn new(inner: R, room: &Room) -> Limited<R> {
        Limited {
            inner,
            room: room.clone(),
        }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.room.0.get();
        let read = (&mut self.inner).take(left).read(into)?;
        if read == 0 && left == 0 && !into.is_empty() {
            return Err(io::Error::other(too_long()));
        }
        self.room.0.set(left - read as u64);
        Ok(read)
    }
}
