//! Which row of a dataset a record is about: by its id, or by its content where rows have no ids.

use crate::{
    dataset::{Dataset, DatasetError, content_hash},
    model::Row,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A row, wherever it stands in whatever version of the dataset.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowIdentity {
    /// Its id; `None` where the dataset has no column of ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its [`content_hash`] without the expected answer: filling in the answer makes it no other row.
    pub content: String,
}

impl RowIdentity {
    /// `answer`: the column with the expected answer.
    pub fn new(row: &Row, has_ids: bool, answer: &str) -> RowIdentity {
        RowIdentity {
            id: has_ids.then(|| row.id.clone()),
            content: content_hash(row, &[answer]),
        }
    }
}

/// Where the rows of a dataset stand.
#[derive(Debug, Clone, Default)]
pub struct RowPlaces {
    identities: Vec<RowIdentity>,
    by_id: HashMap<String, u32>,
    by_content: HashMap<String, Vec<u32>>,
}

impl RowPlaces {
    /// Read every row once. `has_ids`: whether ids are a column of the dataset. `answer`: the column with the expected answer.
    pub fn new(dataset: &Dataset, has_ids: bool, answer: &str) -> Result<RowPlaces, DatasetError> {
        let mut places = RowPlaces::default();
        for (place, row) in dataset.rows().enumerate() {
            let identity = RowIdentity::new(&*row?, has_ids, answer);
            if let Some(id) = &identity.id {
                places.by_id.insert(id.clone(), place as u32);
            }
            let content = places.by_content.entry(identity.content.clone());
            content.or_default().push(place as u32);
            places.identities.push(identity);
        }
        Ok(places)
    }

    /// By ids alone, without reading the rows.
    pub fn of_ids(dataset: &Dataset) -> RowPlaces {
        let heads = dataset.heads();
        let by_id =
            (0..heads.len() as u32).map(|place| (heads.id(place as usize).into_owned(), place));
        RowPlaces {
            by_id: by_id.collect(),
            ..RowPlaces::default()
        }
    }

    pub fn len(&self) -> usize {
        self.identities.len()
    }

    pub fn is_empty(&self) -> bool {
        self.identities.is_empty()
    }

    pub fn identity(&self, place: usize) -> &RowIdentity {
        &self.identities[place]
    }

    /// The rows that an identity means: the one with its id, else all of its content.
    pub fn find(&self, identity: &RowIdentity) -> &[u32] {
        if let Some(id) = &identity.id
            && let Some(place) = self.by_id.get(id)
        {
            return std::slice::from_ref(place);
        }
        match (&identity.id, self.by_id.is_empty()) {
            // An id that is in no row any more.
            (Some(_), false) => &[],
            _ => self.same_content(&identity.content),
        }
    }

    /// The rows of a content.
    pub fn same_content(&self, content: &str) -> &[u32] {
        self.by_content.get(content).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(fields: serde_json::Value) -> Row {
        Row {
            id: fields["id"].as_str().unwrap_or("r0").to_owned(),
            fields: fields.as_object().unwrap().clone(),
            ..Row::default()
        }
    }

    #[test]
    fn the_answer_and_the_order_of_columns_make_no_other_row() {
        let content = |fields| RowIdentity::new(&row(fields), false, "label").content;
        let plain = content(json!({"text": "a", "n": 1}));
        assert_eq!(plain, content(json!({"n": 1, "label": "x", "text": "a"})));
        assert_eq!(
            plain,
            content(json!({"n": 1, "label": null, "text": "a", "z": null}))
        );
        assert_ne!(plain, content(json!({"text": "a", "n": "1"})));
        assert_ne!(plain, content(json!({"text": "a\u{0}", "n": 1})));
    }

    #[test]
    fn rows_are_found_by_id_and_else_by_content() {
        let rows = [("a", "x"), ("b", "x"), ("c", "y")];
        let rows = rows.map(|(id, text)| row(json!({"id": id, "text": text})));
        let with_ids = RowPlaces::new(&Dataset::from_rows(rows.to_vec()), true, "label").unwrap();
        let identity = with_ids.identity(1).clone();
        assert_eq!(with_ids.find(&identity), [1]);
        let gone = RowIdentity {
            id: Some("z".into()),
            ..identity.clone()
        };
        assert!(with_ids.find(&gone).is_empty());
        let by_content = RowIdentity {
            id: None,
            ..with_ids.identity(2).clone()
        };
        assert_eq!(with_ids.find(&by_content), [2]);
    }
}
