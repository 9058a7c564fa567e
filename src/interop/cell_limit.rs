//! How many cells a record of a table may have: a byte each, they take eight before anybody looks at them, and a hundred when they are kept.

use super::value_limit::MAX_VALUES;
use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
};

/// How many cells the record that is read may still have.
#[derive(Debug)]
pub(super) struct CellLimit(Rc<Cell<usize>>);

impl CellLimit {
    pub(super) fn of_record() -> CellLimit {
        CellLimit(Rc::new(Cell::new(MAX_VALUES)))
    }

    /// Another record begins.
    pub(super) fn refill(&self) {
        self.0.set(MAX_VALUES);
    }

    /// A reader of a table that gives out no more of a record.
    pub(super) fn reader<R: Read>(&self, inner: R, delimiter: u8) -> impl Read + use<R> {
        CountedCells {
            inner,
            delimiter,
            left: Rc::clone(&self.0),
            at: CellPart::Start,
        }
    }
}

struct CountedCells<R> {
    inner: R,
    delimiter: u8,
    left: Rc<Cell<usize>>,
    at: CellPart,
}

/// Where in a cell the next byte stands.
#[derive(Clone, Copy)]
enum CellPart {
    Start,
    Plain,
    Quoted,
    /// Behind a quote, which ends the cell or is one of two.
    Quote,
}

impl<R: Read> Read for CountedCells<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        let mut ends = 0;
        for byte in &into[..read] {
            self.at = match (self.at, byte) {
                (CellPart::Quoted, b'"') => CellPart::Quote,
                (CellPart::Quoted, _) => CellPart::Quoted,
                (CellPart::Start | CellPart::Quote, b'"') => CellPart::Quoted,
                (_, b'\n' | b'\r') => CellPart::Start,
                (_, byte) if *byte == self.delimiter => {
                    ends += 1;
                    CellPart::Start
                }
                _ => CellPart::Plain,
            };
        }
        let left = self.left.get().checked_sub(ends);
        let left = left
            .ok_or_else(|| io::Error::other(format!("a record of more than {MAX_VALUES} cells")))?;
        self.left.set(left);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_counted_outside_of_quotes() {
        let limit = CellLimit(Rc::new(Cell::new(4)));
        let text = b"a,\"b,,\"\",,\",\"c\"d,e\r\n" as &[u8];
        // Pieces may end anywhere.
        let mut reader = limit.reader(text, b',');
        let mut piece = [0; 3];
        while reader.read(&mut piece).unwrap() > 0 {}
        assert_eq!(limit.0.get(), 1);
        let read = limit.reader(&b"a\",b,"[..], b',').read(&mut [0; 8]);
        assert!(read.unwrap_err().to_string().contains("2000000 cells"));
    }
}
