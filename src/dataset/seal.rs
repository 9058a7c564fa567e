//! Which rows of a dataset are sealed: the one rule.

use super::{Dataset, DatasetError, DrawPurpose, RowKeys};
use crate::{
    model::{SealRule, SealedBy},
    source::nearest,
};
use serde_json::Value;

/// For each row of a whole dataset whether it is sealed. A share is drawn row by row (whole clusters), so that a row stays
/// sealed or open whatever rows are added, removed or moved; how many are sealed is therefore near the share, not exactly it.
pub fn sealed_rows(dataset: &Dataset, rule: &SealRule) -> Result<Vec<bool>, DatasetError> {
    match &rule.by {
        SealedBy::Share(share) => {
            let keys = RowKeys::new(dataset, &rule.key)?;
            let draws = keys.draws(rule.seed, DrawPurpose::Seal);
            Ok(draws.map(|draw| draw < *share).collect())
        }
        SealedBy::Column(column) => by_column(dataset, column),
    }
}

fn by_column(dataset: &Dataset, column: &str) -> Result<Vec<bool>, DatasetError> {
    let known = dataset.columns();
    if !known.iter().any(|name| name == column) {
        return Err(DatasetError::NoColumn {
            column: column.to_owned(),
            role: "sealed",
            path: dataset.path().to_path_buf(),
            nearest: nearest(column, known.iter().map(String::as_str)).map(str::to_owned),
            known: known.to_vec(),
        });
    }
    let rows = dataset.rows().map(|row| {
        let row = row?;
        let value = row.fields.get(column).unwrap_or(&Value::Null);
        truth(value).ok_or_else(|| DatasetError::NotTrueOrFalse {
            path: dataset.path().to_path_buf(),
            row: row.index + 1,
            column: column.to_owned(),
            value: value.to_string(),
        })
    });
    rows.collect()
}

/// True or false, as JSON and tables have it; nothing is false.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Null => Some(false),
        Value::Number(n) => match n.as_f64() {
            Some(0.0) => Some(false),
            Some(1.0) => Some(true),
            _ => None,
        },
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" | "" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dataset::ReadOptions, model::RowKeyColumns};

    fn read(text: &str) -> Dataset {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.csv");
        std::fs::write(&path, text).unwrap();
        Dataset::read(&path, &ReadOptions::default()).unwrap()
    }

    fn rule(by: SealedBy) -> SealRule {
        SealRule {
            by,
            seed: 7,
            key: RowKeyColumns {
                ignored: vec!["label".into()],
                ..RowKeyColumns::default()
            },
        }
    }

    #[test]
    fn a_label_seals_no_other_rows_and_duplicates_stay_together() {
        let plain: String = (0..50).map(|i| format!("text {},\n", i / 2)).collect();
        let labelled = plain.replace(",\n", ",yes\n");
        let sealed = |rows: &str| {
            let dataset = read(&format!("text,label\n{rows}"));
            sealed_rows(&dataset, &rule(SealedBy::Share(0.3))).unwrap()
        };
        let found = sealed(&plain);
        assert_eq!(found, sealed(&labelled));
        assert!(found.chunks(2).all(|pair| pair[0] == pair[1]));
        assert!(found.contains(&true) && found.contains(&false));
    }

    #[test]
    fn a_column_says_which_rows_are_sealed() {
        let by = |column: &str, text: &str| {
            sealed_rows(&read(text), &rule(SealedBy::Column(column.into())))
                .map_err(|error| error.to_string())
        };
        assert_eq!(
            by("held", "t,held\na,true\nb,No\nc,1\nd,\n"),
            Ok(vec![true, false, true, false])
        );
        let error = by("held", "t,held\na,true\nb,maybe\n").unwrap_err();
        assert!(
            error.contains("row 2") && error.contains("\"maybe\""),
            "{error}"
        );
        let error = by("heldd", "t,held\na,true\n").unwrap_err();
        assert!(error.contains("did you mean `held`?"), "{error}");
    }
}
