//! What is known of every row without reading it again: id, expected answer, cluster, weight.
//!
//! Held in columns, so that a million rows cost a few bytes each. Filled by `dataset`, kept by `store`, read by reports.

use std::{
    borrow::Cow,
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

/// Code of a row that has no text.
const NONE: u32 = u32::MAX;

/// Texts of many rows, equal ones kept once: 4 bytes a row besides the distinct texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextColumn {
    codes: Vec<u32>,
    ends: Vec<u64>,
    bytes: String,
}

impl TextColumn {
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The text of a row; `None` where it has none (or there is no such row).
    pub fn get(&self, row: usize) -> Option<&str> {
        self.codes
            .get(row)
            .filter(|code| **code != NONE)
            .map(|code| self.text(*code as usize))
    }

    fn text(&self, code: usize) -> &str {
        let start = code.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..self.ends[code] as usize]
    }

    /// Number of distinct texts.
    fn distinct(&self) -> usize {
        self.ends.len()
    }

    /// Whether every row has a text.
    pub fn is_full(&self) -> bool {
        !self.codes.contains(&NONE)
    }

    /// For each row the number of its text, in the order of first appearance.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The column of some rows.
    pub fn pick(&self, rows: &[u32]) -> TextColumn {
        let mut builder = TextColumnBuilder::default();
        for row in rows {
            builder.push(self.get(*row as usize));
        }
        builder.finish()
    }

    /// As bytes, little endian: number of rows, their codes, number of texts, their ends, the texts.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut all =
            Vec::with_capacity(16 + 4 * self.codes.len() + 8 * self.ends.len() + self.bytes.len());
        all.extend((self.codes.len() as u64).to_le_bytes());
        all.extend(self.codes.iter().flat_map(|c| c.to_le_bytes()));
        all.extend((self.ends.len() as u64).to_le_bytes());
        all.extend(self.ends.iter().flat_map(|e| e.to_le_bytes()));
        all.extend(self.bytes.as_bytes());
        all
    }

    /// From what [`TextColumn::to_bytes`] made; `None` where it is something else.
    pub fn from_bytes(bytes: &[u8]) -> Option<TextColumn> {
        let (codes, rest) = numbers::<4>(bytes)?;
        let codes: Vec<u32> = codes.iter().copied().map(u32::from_le_bytes).collect();
        let (ends, rest) = numbers::<8>(rest)?;
        let ends: Vec<u64> = ends.iter().copied().map(u64::from_le_bytes).collect();
        let bytes = std::str::from_utf8(rest).ok()?.to_owned();
        let sound = ends.is_sorted()
            && ends
                .iter()
                .all(|e| bytes.is_char_boundary(usize::try_from(*e).unwrap_or(usize::MAX)))
            && codes
                .iter()
                .all(|c| *c == NONE || (*c as usize) < ends.len());
        sound.then_some(TextColumn { codes, ends, bytes })
    }
}

/// A counted list of `N`-byte numbers, and what follows.
fn numbers<const N: usize>(bytes: &[u8]) -> Option<(&[[u8; N]], &[u8])> {
    let (count, rest) = bytes.split_first_chunk::<8>()?;
    let count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
    let (list, rest) = rest.split_at_checked(count.checked_mul(N)?)?;
    Some((list.as_chunks::<N>().0, rest))
}

/// Builds a [`TextColumn`] row by row.
#[derive(Debug, Default)]
pub struct TextColumnBuilder {
    column: TextColumn,
    /// Hash of a text → its code. Two texts with one hash: the later one is looked for at the next number.
    seen: HashMap<u64, u32>,
    hasher: RandomState,
}

impl TextColumnBuilder {
    pub fn push(&mut self, text: Option<&str>) {
        let code = text.map_or(NONE, |text| self.code(text));
        self.column.codes.push(code);
    }

    /// The next row, whose text is known to be unlike all others: not looked for.
    pub fn push_new(&mut self, text: &str) {
        let code = self.add(text);
        self.column.codes.push(code);
    }

    fn code(&mut self, text: &str) -> u32 {
        let mut hash = self.hasher.hash_one(text);
        loop {
            match self.seen.get(&hash) {
                Some(&code) if self.column.text(code as usize) == text => return code,
                Some(_) => hash = hash.wrapping_add(1),
                None => {
                    let code = self.add(text);
                    self.seen.insert(hash, code);
                    return code;
                }
            }
        }
    }

    fn add(&mut self, text: &str) -> u32 {
        self.column.bytes.push_str(text);
        self.column.ends.push(self.column.bytes.len() as u64);
        (self.column.ends.len() - 1) as u32
    }

    pub fn finish(self) -> TextColumn {
        let mut column = self.column;
        column.codes.shrink_to_fit();
        column.ends.shrink_to_fit();
        column.bytes.shrink_to_fit();
        column
    }
}

/// A column of the dataset by whose values figures are split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceColumn {
    pub name: String,
    /// The value in each row, as text.
    pub values: TextColumn,
}

impl SliceColumn {
    /// Its name and its distinct values; rows without one have the value "".
    pub fn named_values(&self) -> (String, Vec<String>) {
        let mut values: Vec<String> = (0..self.values.distinct())
            .map(|code| self.values.text(code).to_owned())
            .collect();
        if !self.values.is_full() {
            values.push(String::new());
        }
        (self.name.clone(), values)
    }
}

/// Id, expected answer, cluster and weight of every row of a dataset or a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowHeads {
    pub rows: usize,
    /// Ids; `None` where a row is called by its number from 0, `r17`.
    pub ids: Option<TextColumn>,
    /// Expected answers; `None` where no column has them.
    pub expected: Option<TextColumn>,
    /// Clusters; `None` where rows stand for themselves.
    pub clusters: Option<TextColumn>,
    /// How much a row counts in estimates, as a decimal number, where rows were labelled with unequal chances; a row without a text
    /// counts 1.
    pub weights: Option<TextColumn>,
}

impl RowHeads {
    pub fn len(&self) -> usize {
        self.rows
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub fn id(&self, row: usize) -> Cow<'_, str> {
        match &self.ids {
            Some(ids) => Cow::Borrowed(ids.get(row).unwrap_or("")),
            None => Cow::Owned(format!("r{row}")),
        }
    }

    /// Rows without an expected answer.
    pub fn without_expected(&self) -> usize {
        let rows = 0..self.rows;
        match &self.expected {
            None => self.rows,
            Some(_) => rows.filter(|row| self.expected(*row).is_none()).count(),
        }
    }

    /// The expected answer of a row as text, where it has one.
    pub fn expected(&self, row: usize) -> Option<&str> {
        self.expected.as_ref()?.get(row)
    }

    /// For each row the number of its cluster; empty where some row has none.
    pub fn cluster_numbers(&self) -> &[u32] {
        match &self.clusters {
            Some(clusters) if clusters.is_full() => clusters.codes(),
            _ => &[],
        }
    }

    /// How much each row counts in estimates; empty where all count the same.
    pub fn selection_weights(&self) -> Vec<f64> {
        let Some(weights) = &self.weights else {
            return Vec::new();
        };
        let weight = |row| weights.get(row)?.parse().ok();
        (0..self.rows)
            .map(|row| weight(row).filter(|w: &f64| w.is_finite() && *w > 0.0))
            .map(|weight| weight.unwrap_or(1.0))
            .collect()
    }

    /// Whether each column has a text, or none, for so many rows.
    pub fn has_columns_of(&self, rows: usize) -> bool {
        let columns = [&self.ids, &self.expected, &self.clusters, &self.weights];
        columns
            .into_iter()
            .flatten()
            .all(|column| column.len() == rows)
    }

    /// The heads of some rows, in their order.
    pub fn pick(&self, rows: &[u32]) -> RowHeads {
        let ids = match &self.ids {
            Some(ids) => ids.pick(rows),
            None => {
                let mut builder = TextColumnBuilder::default();
                rows.iter().for_each(|r| builder.push_new(&format!("r{r}")));
                builder.finish()
            }
        };
        RowHeads {
            rows: rows.len(),
            ids: Some(ids),
            expected: self.expected.as_ref().map(|c| c.pick(rows)),
            clusters: self.clusters.as_ref().map(|c| c.pick(rows)),
            weights: self.weights.as_ref().map(|c| c.pick(rows)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(texts: &[Option<&str>]) -> TextColumn {
        let mut builder = TextColumnBuilder::default();
        texts.iter().for_each(|t| builder.push(*t));
        builder.finish()
    }

    #[test]
    fn equal_texts_are_kept_once_and_come_back() {
        let texts = [
            Some("好"),
            None,
            Some(""),
            Some("好"),
            Some("bad"),
            Some(""),
        ];
        let column = column(&texts);
        assert_eq!(column.bytes, "好bad");
        for (row, text) in texts.iter().enumerate() {
            assert_eq!(column.get(row), *text);
        }
        assert_eq!(column.get(6), None);
        assert!(!column.is_full());
        let bytes = column.to_bytes();
        assert_eq!(TextColumn::from_bytes(&bytes), Some(column));
        for end in 0..bytes.len() - "好bad".len() {
            assert_eq!(TextColumn::from_bytes(&bytes[..end]), None, "cut at {end}");
        }
    }

    #[test]
    fn some_rows_keep_their_ids() {
        let heads = RowHeads {
            rows: 4,
            ids: None,
            expected: Some(column(&[Some("a"), Some("b"), Some("a"), None])),
            clusters: Some(column(&[Some("x"), Some("x"), Some("y"), Some("y")])),
            weights: Some(column(&[None, Some("2.5e-1"), Some("?"), Some("-1")])),
        };
        assert_eq!(heads.cluster_numbers(), [0, 0, 1, 1]);
        let some = heads.pick(&[1, 3]);
        assert_eq!(
            (some.id(0), some.id(1), some.expected(0), some.expected(1)),
            ("r1".into(), "r3".into(), Some("b"), None)
        );
        assert_eq!(some.cluster_numbers(), [0, 1]);
    }
}
