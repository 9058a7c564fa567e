//! Parts of the JSON report that several of its sections are made of.

use crate::{
    analysis::Difference,
    outcome::{ChangeCounts, RowChange},
};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What was not computed is absent.
pub(super) fn put(map: &mut Map<String, Value>, key: &str, value: Option<impl Serialize>) {
    if let Some(value) = value {
        map.insert(key.into(), json!(value));
    }
}

/// What happened to the rows; `churn` is the former name of `answer_changed`.
pub(super) fn put_changes(map: &mut Map<String, Value>, changes: &ChangeCounts) {
    for change in RowChange::ALL {
        map.insert(change.as_str().into(), json!(changes.get(*change)));
    }
    map.insert("churn".into(), json!(changes.answer_changed));
}

/// A difference with its interval and p.
pub(super) fn difference(d: &Difference) -> Value {
    let mut diff = json!({
        "value": d.interval.value, "low": d.interval.low, "high": d.interval.high, "p": d.p,
        "p_adjusted": d.p_adjusted, "p_bh": d.p_explore, "rows": d.rows,
    });
    if let Some(diff) = diff.as_object_mut() {
        put(diff, "unweighted", d.unweighted);
        put(diff, "detectable", d.detectable);
        put(diff, "rows_for_margin", d.rows_for_margin);
    }
    diff
}

/// A difference with what happened to the rows.
pub(super) fn difference_facts(d: &Difference) -> Value {
    let mut object = difference(d);
    if let Some(map) = object.as_object_mut() {
        put_changes(map, &d.changes);
    }
    object
}
