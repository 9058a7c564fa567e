//! No rendering depends on the order in which a map was filled.

use super::case::{row, shown};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Arc};
use wording::{model::Row, project::DesignSpec, template::TemplateSet};

const TEMPLATE: &str = "+++
[axes]
tone = [\"A \", \"B \"]
voice = [{ hello = \"Dear\", bye = \"Yours\" }]
format = { sample = 3 }
+++
{{ role(\"system\") }}{{ tone }}{{ axes.tone }}{{ voice.hello }} {{ voice.bye }}
{% for shot in shots %}
{{ field(\"Text\", shot.text) }}
{{ field(\"Label\", shot.label) }}
{% endfor %}
{{ role(\"user\") }}{{ text }} {{ row.label }} {{ row[\"n\"] }} {{ row.meta.a }}{{ row.meta.b }} {{ \"abcdef\"|random }} {{ row|length }}";

fn turned(fields: &Map<String, Value>, by: usize) -> Arc<Row> {
    let mut entries: Vec<(String, Value)> =
        fields.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    let n = entries.len();
    entries.rotate_left(by % n);
    if by % 2 == 1 {
        entries.reverse();
    }
    row(&entries.into_iter().collect())
}

fn render(set: &TemplateSet, row: &Arc<Row>, shots: &[Arc<Row>]) -> Vec<String> {
    let variants = set
        .variants(&[], &BTreeMap::new(), &DesignSpec::Full, None)
        .unwrap();
    variants
        .iter()
        .map(|v| {
            format!(
                "{}\n{}",
                v.name,
                shown(&set.render(&v, row, shots).unwrap())
            )
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn columns_may_come_in_any_order(by: usize, text in "[a-z ]{0,12}", n: i64) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("t.j2"), TEMPLATE).unwrap();
        let load = || TemplateSet::load(dir.path(), &["t.j2".into()]).unwrap().seeded(3);
        let (one, other) = (load(), load());
        let fields = json!({"text": text, "label": "x", "n": n, "meta": {"a": 1, "b": 2}});
        let fields = fields.as_object().unwrap();
        let (straight, other_way) = (turned(fields, 0), turned(fields, by));
        let first = render(&one, &straight, &[Arc::clone(&straight), Arc::clone(&other_way)]);
        prop_assert_eq!(first.len(), 6);
        prop_assert_eq!(&first, &render(&one, &other_way, &[Arc::clone(&other_way), Arc::clone(&straight)]));
        // Nor on anything that is drawn when a set is made.
        prop_assert_eq!(&first, &render(&other, &straight, &[Arc::clone(&other_way), straight.clone()]));
    }
}
