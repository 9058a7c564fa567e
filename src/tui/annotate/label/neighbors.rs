//! Labelled rows whose text is that of the row at hand, or nearly.

use super::spec::LabelSpec;
use crate::{
    annotation::{Decision, Labels, Standing},
    dataset::DatasetError,
    model::Row,
    stats::{NearTexts, normalize_text},
};
use serde_json::Value;

/// Longer texts are compared by their beginnings, so that a row never waits.
const LONGEST_TEXT: usize = 4_000;
/// Most rows that are shown.
const SHOWN: usize = 3;

/// A labelled row that is like the one at hand.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Neighbor {
    pub(super) id: String,
    /// Its text is the same, and not only nearly.
    pub(super) is_equal: bool,
    pub(super) decision: Decision,
    pub(super) by: String,
}

/// The texts of labelled rows.
#[derive(Debug, Default)]
pub(super) struct Neighbors {
    texts: NearTexts,
    /// The row of each text.
    places: Vec<usize>,
}

impl Neighbors {
    pub(super) fn new(spec: &LabelSpec, labels: &Labels) -> Result<Neighbors, DatasetError> {
        let mut neighbors = Neighbors::default();
        for (place, _) in labels.rows() {
            neighbors.add(spec, place, &*spec.dataset.row(place)?);
        }
        Ok(neighbors)
    }

    /// A row was labelled.
    pub(super) fn add(&mut self, spec: &LabelSpec, place: usize, row: &Row) {
        self.texts.add(&row_text(spec, row));
        self.places.push(place);
    }

    /// Labelled rows like a row, equal ones first.
    pub(super) fn of_row(
        &self,
        spec: &LabelSpec,
        labels: &Labels,
        place: usize,
        row: &Row,
    ) -> Vec<Neighbor> {
        let content = &spec.places.identity(place).content;
        let mut found: Vec<usize> = spec
            .places
            .same_content(content)
            .iter()
            .map(|other| *other as usize)
            .collect();
        let near = self.texts.like(&row_text(spec, row));
        found.extend(near.into_iter().map(|number| self.places[number]));
        let mut neighbors = Vec::new();
        let mut seen = vec![place];
        for other in found {
            if seen.contains(&other) || neighbors.len() >= SHOWN {
                continue;
            }
            seen.push(other);
            let is_equal = spec.places.identity(other).content == *content;
            neighbors.extend(neighbor(spec, labels, other, is_equal));
        }
        neighbors.sort_by_key(|neighbor| !neighbor.is_equal);
        neighbors
    }
}

fn neighbor(spec: &LabelSpec, labels: &Labels, place: usize, is_equal: bool) -> Option<Neighbor> {
    let row = labels.row(place)?;
    let newest = row.settlement().or_else(|| row.opinions().last())?;
    let decision = match row.standing() {
        Standing::Open => return None,
        _ => newest.decision.clone(),
    };
    Some(Neighbor {
        id: spec.dataset.heads().id(place).into_owned(),
        is_equal,
        decision,
        by: newest.by.clone(),
    })
}

/// The text of a row by which it is compared.
fn row_text(spec: &LabelSpec, row: &Row) -> String {
    let mut text = String::new();
    for column in &spec.columns {
        match row.fields.get(column) {
            Some(Value::String(value)) => text += value,
            Some(Value::Null) | None => {}
            Some(other) => text += &other.to_string(),
        }
        text.push('\n');
    }
    let end = text
        .char_indices()
        .nth(LONGEST_TEXT)
        .map_or(text.len(), |(at, _)| at);
    normalize_text(&text[..end])
}
