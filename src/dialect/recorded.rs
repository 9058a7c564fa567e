//! What the engines made of small templates (`tests/real/dialects.mjs`, `tests/real/mustache.py`), held against this module.

use super::{Dialect, Host, Meter, Script, Value};
use serde_json::{Map, Value as Json};

struct Values {
    own: Map<String, Json>,
    row: Json,
}

impl Host for Values {
    fn json(&self, name: &str) -> Option<&Json> {
        self.own.get(name).or((name == "row").then_some(&self.row))
    }

    fn has_function(&self, name: &str) -> bool {
        name == "role"
    }

    fn call(
        &self,
        _: &str,
        values: &[Value],
        _: &dyn Fn(&str) -> Option<Value>,
    ) -> Result<String, String> {
        Ok(format!("<<{}>>", values[0].text()))
    }

    fn draw(&self, _: usize) -> usize {
        0
    }
}

fn read(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/dialects");
    std::fs::read_to_string(format!("{folder}/{name}")).unwrap()
}

fn map(json: &Json) -> Map<String, Json> {
    json.as_object().unwrap().clone()
}

/// What comes of a template; `None` where it is refused. What the dialect lists as missing is refused too.
fn render(dialect: Dialect, template: &str, vars: Map<String, Json>) -> Result<String, String> {
    let script = Script::parse(dialect, template)
        .unwrap()
        .map_err(|e| e.to_string())?;
    if let Some(missing) = script.survey().missing.first() {
        return Err(format!("listed: {}", missing.what));
    }
    let values = Values {
        row: Json::Object(vars.clone()),
        own: vars,
    };
    match script.render(&values, Meter::new(1 << 19)) {
        Ok(out) => Ok(out.text),
        Err(failure) => Err(failure.message),
    }
}

fn compare(dialect: Dialect, values: &str) {
    let values: Json = serde_json::from_str(&read(values)).unwrap();
    let side = map(&values["side"]);
    let mut different = Vec::new();
    let mut count = 0;
    let mut listed = Vec::new();
    let mut check = |template: &str, name: &str, vars: Map<String, Json>, expected: &Json| {
        count += 1;
        let found = render(dialect, template, vars);
        match (expected.get("out").and_then(Json::as_str), found) {
            (Some(out), Ok(found)) if out == found => {}
            (None, Err(_)) => {}
            (Some(_), Err(why)) if why.starts_with("listed") => {
                listed.push(format!("{template} {why}"))
            }
            (out, found) => {
                different.push(format!("{template:?} of {name}: {out:?}, here {found:?}"));
            }
        }
    };
    for line in read(&format!("{}.jsonl", dialect.as_str())).lines() {
        let line: Json = serde_json::from_str(line).unwrap();
        let template = line["template"].as_str().unwrap();
        let Some(results) = line.get("results") else {
            check(template, "", side.clone(), &line);
            continue;
        };
        for (name, expected) in results.as_object().unwrap() {
            let mut vars = side.clone();
            if let Some(value) = values["values"].get(name) {
                vars.insert("v".into(), value.clone());
            }
            check(template, name, vars, expected);
        }
    }
    listed.dedup();
    let shown = different.join("\n");
    assert!(
        different.is_empty(),
        "{} of {count} differ:\n{shown}",
        different.len()
    );
    assert!(listed.is_empty() && count > 100, "{count} {listed:?}");
}

/// Nunjucks gives these filters an object, whose fields they would show.
#[test]
fn filters_of_lists_refuse_what_is_marked_as_safe() {
    let refused = |template: &str| render(Dialect::Nunjucks, template, Map::new()).unwrap_err();
    for filter in ["list", "reverse", "urlencode"] {
        let why = refused(&format!("{{{{ 'ab' | safe | {filter} }}}}"));
        assert!(why.contains("`safe`"), "{why}");
    }
}

#[test]
fn nunjucks_renders_as_it_does_in_javascript() {
    compare(Dialect::Nunjucks, "values.json");
}

#[test]
fn handlebars_renders_as_it_does_in_javascript() {
    compare(Dialect::Handlebars, "values.json");
}

#[test]
fn mustache_renders_as_it_does_in_prompty() {
    compare(Dialect::Mustache, "mustache-values.json");
}
