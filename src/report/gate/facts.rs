//! What a gate may name, and its value: figures of variants and pairs by functions, all others by their path in the JSON report.

use super::expr::Named;
use crate::{report::REPORT_SCHEMA, source::nearest};
use serde_json::{Map, Value};
use std::sync::LazyLock;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(REPORT_SCHEMA).unwrap_or_default());

/// What is wrong with a gate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GateError {
    /// It is not understood.
    #[error(
        "the gate is not understood: {message}\n  | {text}\n  | {}^\nwrite for example 'score>=0.8', 'score(plain).low>0.7', 'spread<=0.05', 'diff(new,base).low>-0.02' or 'failed==0 and latency.p95<2000'",
        " ".repeat(at - 1)
    )]
    Syntax {
        text: String,
        /// At which character, from 1.
        at: usize,
        message: String,
    },
    /// It names something that is not there.
    #[error("the gate `{gate}` has an unknown {what} `{name}`{}", suggest(nearest.as_deref(), known))]
    Absent {
        gate: String,
        /// What kind of thing.
        what: &'static str,
        name: String,
        /// What is likely meant.
        nearest: Option<String>,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A name is used in a way that it cannot be.
    #[error("the gate `{gate}`: {message}")]
    Use { gate: String, message: String },
}

fn suggest(nearest: Option<&str>, known: &[String]) -> String {
    match nearest {
        Some(near) => format!("; did you mean `{near}`?"),
        None if known.is_empty() => String::new(),
        None => format!("; there are {}", known.join(", ")),
    }
}

/// Names that take variants, and what fields they have.
const FUNCTIONS: &[(&str, &[&str])] = &[
    ("score", &["low", "high"]),
    ("diff", PAIR),
    ("p", &[]),
    ("failed", &[]),
    ("unreadable", &[]),
    ("refused", &[]),
    ("truncated", &[]),
    ("cost", &[]),
    ("latency", &["p50", "p95"]),
];
const PAIR: &[&str] = &[
    "low",
    "high",
    "p",
    "p_adjusted",
    "fixed",
    "broken",
    "improved",
    "worsened",
    "answer_changed",
    "unchanged",
    "churn",
    "rows",
];

/// What gates are held against: a report of a run or of a difference.
pub struct GateFacts<'a> {
    pub variants: Vec<String>,
    /// Index of the variant that all are compared with where nothing else is said.
    pub baseline: usize,
    /// What `diff` without names means: `(after, before)`, one or several.
    pub pairs: Vec<(usize, usize)>,
    /// Figures of the whole, as at the top of the JSON report.
    pub whole: Value,
    pub models: Vec<ModelFacts<'a>>,
}

/// Difference of two variants, `(after, before)`, as in the JSON report.
pub(super) type DifferenceOf<'a> = Box<dyn Fn(usize, usize) -> Option<Value> + 'a>;

/// What is known of one model.
pub struct ModelFacts<'a> {
    /// `endpoint/model`.
    pub name: String,
    /// The variants, as in the JSON report.
    pub variants: Vec<Value>,
    /// What was found in its grid, as in the JSON report.
    pub findings: Map<String, Value>,
    /// Difference of two variants.
    pub difference: DifferenceOf<'a>,
}

/// Where a gate is held: a model, and a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GatePlace {
    pub(super) model: usize,
    pub(super) pair: Option<(usize, usize)>,
}

impl GateFacts<'_> {
    /// Everywhere a gate must hold; at every pair only where it names the difference of a pair and does not say which.
    pub(super) fn places(&self, names: &[&Named]) -> Vec<GatePlace> {
        let by_pair = names
            .iter()
            .any(|n| ["diff", "p"].contains(&n.name.as_str()) && n.arguments.is_empty());
        let pairs: Vec<Option<(usize, usize)>> = match (by_pair, self.pairs.is_empty()) {
            (true, false) => self.pairs.iter().copied().map(Some).collect(),
            _ => vec![None],
        };
        (0..self.models.len())
            .flat_map(|model| {
                pairs
                    .iter()
                    .map(move |pair| GatePlace { model, pair: *pair })
            })
            .collect()
    }

    pub(super) fn place_name(&self, place: &GatePlace) -> String {
        let model = self.models.get(place.model).map_or("", |m| m.name.as_str());
        match place.pair {
            Some((after, _)) if self.pairs.len() > 1 => {
                format!("{model}, {}", self.variants[after])
            }
            _ => model.to_owned(),
        }
    }

    /// Whether the names are there and used as they can be.
    pub(super) fn check_names(
        gate: &str,
        names: &[&Named],
        variants: &[&str],
        models: &[String],
    ) -> Result<(), GateError> {
        for named in names {
            for argument in &named.arguments {
                index(gate, "variant", argument, variants.iter().copied())?;
            }
            if let Some(model) = &named.model {
                index(gate, "model", model, models.iter().map(String::as_str))?;
            }
            usable(gate, named)?;
        }
        Ok(())
    }

    /// The value of a name; `None` where the report does not know it.
    pub(super) fn value(
        &self,
        gate: &str,
        named: &Named,
        place: &GatePlace,
    ) -> Result<Option<f64>, GateError> {
        usable(gate, named)?;
        let model = match &named.model {
            Some(name) => {
                let names = self.models.iter().map(|m| m.name.as_str());
                index(gate, "model", name, names)?
            }
            None => place.model,
        };
        let Some(part) = self.models.get(model) else {
            return Ok(None);
        };
        let names = || self.variants.iter().map(String::as_str);
        let of: Vec<usize> = named
            .arguments
            .iter()
            .map(|a| index(gate, "variant", a, names()))
            .collect::<Result<_, _>>()?;
        let field = named.fields.first().map(String::as_str);
        let each = |key: &str| -> Vec<f64> {
            let all = match of.first() {
                Some(v) => &part.variants[*v..=*v],
                None => &part.variants[..],
            };
            all.iter().filter_map(|v| pick(v, key)).collect()
        };
        let most = |all: Vec<f64>| all.into_iter().reduce(f64::max);
        Ok(match named.name.as_str() {
            "score" => most(each(field.unwrap_or("score"))),
            "failed" | "unreadable" | "refused" | "truncated" => {
                let all = each(&named.name);
                (!all.is_empty()).then(|| all.iter().sum())
            }
            "latency" => most(each(&format!("latency_ms.{}", field.unwrap_or("p95")))),
            "cost" if of.is_empty() => pick(&self.whole, "cost_usd"),
            "cost" => most(each("cost_per_1000")),
            "diff" | "p" => {
                let (after, before) = match of.as_slice() {
                    [after, before] => (*after, *before),
                    [after] => (*after, self.baseline),
                    _ => place
                        .pair
                        .or((self.pairs.len() == 1).then(|| self.pairs[0]))
                        .ok_or_else(|| GateError::Use {
                            gate: gate.to_owned(),
                            message: format!(
                                "there are {} variants, so say which: diff(after,before)",
                                self.variants.len()
                            ),
                        })?,
                };
                let key = match (named.name.as_str(), field) {
                    ("p", _) => "p_adjusted",
                    (_, field) => field.unwrap_or("value"),
                };
                (part.difference)(after, before).and_then(|d| pick(&d, key))
            }
            name => {
                let top = part.findings.get(name).or_else(|| self.whole.get(name));
                top.and_then(|top| pick(top, &named.fields.join(".")))
            }
        })
    }
}

/// The number at a path; of an object, its `value`.
fn pick(value: &Value, path: &str) -> Option<f64> {
    let end = path
        .split('.')
        .filter(|key| !key.is_empty())
        .try_fold(value, |at, key| at.get(key))?;
    match end {
        Value::Object(map) => map.get("value")?.as_f64(),
        other => other.as_f64(),
    }
}

fn index<'a>(
    gate: &str,
    what: &'static str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> Result<usize, GateError> {
    let known: Vec<&str> = known.collect();
    known
        .iter()
        .position(|k| *k == name)
        .ok_or_else(|| absent(gate, what, name, &known))
}

fn absent(gate: &str, what: &'static str, name: &str, known: &[&str]) -> GateError {
    GateError::Absent {
        gate: gate.to_owned(),
        what,
        name: name.to_owned(),
        nearest: nearest(name, known.iter().copied()).map(str::to_owned),
        known: known.iter().take(16).map(|k| (*k).to_owned()).collect(),
    }
}

/// Whether a function takes these arguments and has this field, or the path is one of the JSON report's.
fn usable(gate: &str, named: &Named) -> Result<(), GateError> {
    let wrong = |message: String| {
        Err(GateError::Use {
            gate: gate.to_owned(),
            message,
        })
    };
    if let Some((name, fields)) = FUNCTIONS.iter().find(|(name, _)| *name == named.name) {
        let most = if fields.len() > 2 || *name == "p" {
            2
        } else {
            1
        };
        if named.arguments.len() > most {
            return wrong(format!(
                "{name} takes {most} variant{} at most",
                if most == 1 { "" } else { "s" }
            ));
        }
        return match named.fields.as_slice() {
            [] => Ok(()),
            [field] if fields.contains(&field.as_str()) => Ok(()),
            [field, ..] => Err(absent(gate, "field", field, fields)),
        };
    }
    if !named.arguments.is_empty() {
        let names: Vec<&str> = FUNCTIONS.iter().map(|f| f.0).collect();
        return Err(absent(gate, "function", &named.name, &names));
    }
    let mut at = &*SCHEMA;
    for (depth, key) in std::iter::once(&named.name)
        .chain(&named.fields)
        .enumerate()
    {
        let known: Vec<&str> = properties(at).map_or(Vec::new(), |all| {
            all.iter()
                .filter(|(_, inner)| is_figure(inner))
                .map(|(key, _)| key.as_str())
                .collect()
        });
        match properties(at).and_then(|all| all.get(key)) {
            Some(inner) if is_figure(inner) => at = inner,
            _ => {
                let functions = FUNCTIONS.iter().map(|f| f.0).filter(|_| depth == 0);
                let known: Vec<&str> = functions.chain(known).collect();
                return Err(absent(gate, "figure", key, &known));
            }
        }
    }
    match properties(at) {
        Some(inside) if !inside.contains_key("value") => wrong(format!(
            "{} is not a number; it has {}",
            named.text,
            inside.keys().cloned().collect::<Vec<_>>().join(", ")
        )),
        _ => Ok(()),
    }
}

fn resolved(schema: &Value) -> &Value {
    schema["$ref"]
        .as_str()
        .and_then(|path| SCHEMA.pointer(path.trim_start_matches('#')))
        .unwrap_or(schema)
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    resolved(schema)["properties"].as_object()
}

/// A number, or an object that may hold some.
fn is_figure(schema: &Value) -> bool {
    let schema = resolved(schema);
    matches!(schema["type"].as_str(), Some("number" | "integer"))
        || schema["properties"]
            .as_object()
            .is_some_and(|all| all.values().any(is_figure))
}

#[cfg(test)]
mod tests {
    use super::super::Gate;
    use super::*;
    use serde_json::json;

    fn facts() -> GateFacts<'static> {
        let variant = |score: f64, failed: u64| {
            json!({"score": score, "low": score - 0.1, "high": score + 0.1, "failed": failed,
                "latency_ms": {"p50": 10.0, "p95": score * 100.0}})
        };
        let model = |name: &str, shift: f64| ModelFacts {
            name: name.into(),
            variants: vec![variant(0.5 + shift, 1), variant(0.7 + shift, 0)],
            findings: json!({"spread": {"value": 0.2, "p": 0.03}})
                .as_object()
                .unwrap()
                .clone(),
            difference: Box::new(move |a, b| {
                let d = (a as f64 - b as f64) * 0.2;
                Some(
                    json!({"value": d, "low": d - shift, "high": d + shift, "p": 0.01, "p_adjusted": 0.02}),
                )
            }),
        };
        GateFacts {
            variants: vec!["base".into(), "new[x=1,y=2]".into()],
            baseline: 0,
            pairs: vec![(1, 0)],
            whole: json!({"trials": {"failed": 1}}),
            models: vec![model("a/one", 0.1), model("b/two", 0.0)],
        }
    }

    fn holds(gate: &str) -> Vec<bool> {
        let held = Gate::parse(gate).unwrap().check(&facts()).unwrap();
        held.iter().map(|h| h.holds).collect()
    }

    #[test]
    fn gates_are_held_at_every_model_or_at_the_one_that_is_named() {
        assert_eq!(holds("score >= 0.75"), [true, false]);
        assert_eq!(holds("score@a/one >= 0.75"), [true]);
        assert_eq!(holds("score(base)@b/two == 0.5"), [true]);
        assert_eq!(holds("diff(new[x=1,y=2], base).low > 0.15"), [false, true]);
        assert_eq!(holds("diff.low > 0.15"), [false, true]);
        assert_eq!(holds("diff(base).low > -1 and p < 0.05"), [true, true]);
        assert_eq!(
            holds("failed == 1 and failed(new[x=1,y=2]) == 0"),
            [true, true]
        );
        assert_eq!(holds("spread <= 0.2 and spread.p < 5%"), [true, true]);
        assert_eq!(holds("latency.p95 < 75"), [false, true]);
        assert_eq!(holds("trials.failed <= 1"), [true, true]);
    }

    #[test]
    fn what_is_not_known_does_not_hold_either_way() {
        for gate in ["agreement.raw >= 0", "not agreement.raw >= 0", "cost < 1"] {
            assert_eq!(holds(gate), [false, false], "{gate}");
        }
    }

    #[test]
    fn what_is_not_there_is_an_error_that_names_the_nearest() {
        for (gate, near) in [
            ("score(bas) > 0", "did you mean `base`?"),
            ("score@a/on > 0", "did you mean `a/one`?"),
            ("score.lo > 0", "did you mean `low`?"),
            ("sprread > 0", "did you mean `spread`?"),
            ("spread.null95 > 0", "did you mean `null_95`?"),
            ("sense > 0", "there are score, diff"),
            ("spread(base) > 0", "function"),
            ("trials > 0", "it has planned"),
            ("rows > 0", "unknown"),
            ("score(base, base) > 0", "1 variant at most"),
        ] {
            let parsed = Gate::parse(gate).unwrap();
            let error = parsed.check(&facts()).unwrap_err().to_string();
            assert!(error.contains(near), "{gate}: {error}");
        }
    }
}
