//! What a gate may name, and its value: figures of variants and pairs by functions, all others by their path in the JSON report.

use super::{
    error::GateError,
    figures::{figures, slice_finding},
    functions::{function_of, variants_of},
    names::{BreakdownNames, GateNames},
};
use crate::expression::Named;
use crate::report::{LazyBreakdown, json_parts::difference_facts};
use crate::{analysis::Verdict, model::VariantAliases};
use serde_json::{Map, Value};

/// What gates are held against: a report of a run or of a difference.
pub struct GateFacts<'a> {
    pub variants: VariantAliases,
    /// Index of the variant that all are compared with where nothing else is said.
    pub baseline: usize,
    /// What `diff` without names means: `(after, before)`, one or several.
    pub pairs: Vec<(usize, usize)>,
    /// Figures of the whole, as at the top of the JSON report.
    pub whole: Value,
    /// Counts among them that the JSON report of a run does not have.
    pub counts: &'static [&'static str],
    pub models: Vec<ModelFacts<'a>>,
    /// Labels, slices and fields that there are; `None` in a report of a difference.
    pub breakdown: Option<BreakdownNames>,
}

/// Difference of two variants, `(after, before)`, as in the JSON report.
pub(super) type DifferenceOf<'a> = Box<dyn Fn(usize, usize) -> Option<Value> + 'a>;

/// What is known of one model.
pub struct ModelFacts<'a> {
    /// `endpoint/model`.
    pub name: String,
    /// The variants, as in the JSON report.
    pub variants: Vec<Value>,
    /// Why a variant cannot be compared, by variant: too many of its answers were cut.
    pub cut: Vec<Option<String>>,
    /// What was found in its grid, as in the JSON report.
    pub findings: Map<String, Value>,
    /// Difference of two variants.
    pub difference: DifferenceOf<'a>,
    /// Scores by label, slice and field.
    pub breakdown: Option<&'a LazyBreakdown>,
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
                format!("{model}, {}", self.variants.shown()[after])
            }
            _ => model.to_owned(),
        }
    }

    pub(super) fn names(&self) -> GateNames {
        GateNames {
            variants: self.variants.clone(),
            models: self.models.iter().map(|m| m.name.clone()).collect(),
            breakdown: self.breakdown.clone(),
            counts: self.counts,
        }
    }

    /// The value of a name; `None` where the report does not know it.
    pub(super) fn value(
        &self,
        gate: &str,
        named: &Named,
        place: &GatePlace,
    ) -> Result<Option<f64>, GateError> {
        let Some(part) = self.part(named, place) else {
            return Ok(None);
        };
        let of = self.variants_of(named);
        let field = named.fields.first().map(String::as_str);
        let meant = self.meant(named);
        let pick_each = |variants: &[usize], key: &str| -> Vec<f64> {
            let all = variants.iter().map(|v| &part.variants[*v]);
            all.filter_map(|v| pick(v, key)).collect()
        };
        let each = |key: &str| pick_each(&meant, key);
        // Scores of variants of which too many answers were cut hold no gate.
        let is_comparable = |v: &usize| part.cut.get(*v).is_none_or(Option::is_none);
        let compared: Vec<usize> = meant.iter().copied().filter(is_comparable).collect();
        let most = |all: Vec<f64>| all.into_iter().reduce(f64::max);
        if named.name != "diff"
            && let Some(breakdown) = part.breakdown
            && let Some(found) = figures(breakdown, named, &compared)
        {
            return Ok(match named.name.as_str() {
                "interaction" => found.into_iter().reduce(f64::min),
                _ => most(found),
            });
        }
        Ok(match named.name.as_str() {
            "score" => most(pick_each(&compared, field.unwrap_or("score"))),
            "failed" | "unreadable" | "refused" | "truncated" | "without_answer" => {
                let all = each(&named.name);
                (!all.is_empty()).then(|| all.iter().sum())
            }
            "latency" => most(each(&format!("latency_ms.{}", field.unwrap_or("p95")))),
            "cost" if of.is_empty() => pick(&self.whole, "cost_usd"),
            "cost" => most(each("cost_per_1000")),
            "diff" | "p" => {
                let Some((after, before)) = self.pair(&of, place) else {
                    return Err(GateError::Use {
                        gate: gate.to_owned(),
                        message: format!(
                            "there are {} variants, so say which: diff(after,before)",
                            self.variants.own().len()
                        ),
                    });
                };
                let key = match (named.name.as_str(), field) {
                    ("p", _) => "p_adjusted",
                    (_, field) => field.unwrap_or("value"),
                };
                match part.breakdown.filter(|_| !named.slices.is_empty()) {
                    Some(_) if before != self.baseline => {
                        return Err(GateError::Use {
                            gate: gate.to_owned(),
                            message: format!(
                                "in a slice, variants are compared with the baseline `{}` only",
                                self.variants.own()[self.baseline]
                            ),
                        });
                    }
                    Some(breakdown) => slice_finding(breakdown, named, after)
                        .filter(|finding| !matches!(finding.verdict, Verdict::NotComparable { .. }))
                        .and_then(|finding| finding.difference.as_ref())
                        .and_then(|d| pick(&difference_facts(d), key)),
                    None => (part.difference)(after, before)
                        .filter(|d| d.get(NOT_COMPARABLE).is_none())
                        .and_then(|d| pick(&d, key)),
                }
            }
            name => {
                let top = part.findings.get(name).or_else(|| self.whole.get(name));
                top.and_then(|top| pick(top, &named.fields.join(".")))
            }
        })
    }

    /// The pair that the difference of these variants is of: `(after, before)`.
    fn pair(&self, variants: &[usize], place: &GatePlace) -> Option<(usize, usize)> {
        match variants {
            [after, before] => Some((*after, *before)),
            [after] => Some((*after, self.baseline)),
            _ => place
                .pair
                .or((self.pairs.len() == 1).then(|| self.pairs[0])),
        }
    }

    /// Why a score or a difference has no value, although the variants have scores.
    pub(super) fn not_comparable(&self, named: &Named, place: &GatePlace) -> Option<String> {
        let part = self.part(named, place)?;
        if !["diff", "p"].contains(&named.name.as_str()) {
            let cut = self.cut(named, part);
            return cut.first().map(|(_, why)| (*why).to_owned());
        }
        let (after, before) = self.pair(&self.variants_of(named), place)?;
        let found = (part.difference)(after, before)?;
        Some(found.get(NOT_COMPARABLE)?.as_str()?.to_owned())
    }

    /// The variants that a score leaves out, in brackets.
    pub(super) fn left_out(&self, named: &Named, place: &GatePlace) -> String {
        let cut = self.part(named, place).map(|part| self.cut(named, part));
        let names: Vec<&str> = cut.iter().flatten().map(|(name, _)| *name).collect();
        match names.as_slice() {
            [] => String::new(),
            names => format!(" (not comparable: {})", names.join(", ")),
        }
    }

    /// The variants that a score is of and that cannot be compared: name, and why.
    fn cut<'f>(&'f self, named: &Named, part: &'f ModelFacts<'_>) -> Vec<(&'f str, &'f str)> {
        if !function_of(named).is_some_and(|function| function.is_score) {
            return Vec::new();
        }
        let why = |v: usize| {
            let why = part.cut.get(v)?.as_deref()?;
            Some((self.variants.shown()[v].as_str(), why))
        };
        self.meant(named).into_iter().filter_map(why).collect()
    }

    fn part(&self, named: &Named, place: &GatePlace) -> Option<&ModelFacts<'_>> {
        let model = match &named.model {
            Some(name) => self.models.iter().position(|m| m.name == *name)?,
            None => place.model,
        };
        self.models.get(model)
    }

    /// The variants that are named.
    fn variants_of(&self, named: &Named) -> Vec<usize> {
        let own = self.variants.own();
        let names = variants_of(named).iter();
        names
            .filter_map(|name| own.iter().position(|v| v == name))
            .collect()
    }

    /// The variants that a figure is of: the one that is named, or all.
    fn meant(&self, named: &Named) -> Vec<usize> {
        match self.variants_of(named).as_slice() {
            [] => (0..self.variants.own().len()).collect(),
            [first, ..] => vec![*first],
        }
    }
}

/// The key of why a difference is not compared.
pub(in crate::report) const NOT_COMPARABLE: &str = "not_comparable";

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
            cut: vec![None, None],
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
            breakdown: None,
        };
        GateFacts {
            variants: VariantAliases::new(
                vec!["base".into(), "new[x=1,y=2]".into()],
                vec!["base".into(), "x=1,y=2".into()],
            ),
            baseline: 0,
            pairs: vec![(1, 0)],
            whole: json!({"trials": {"failed": 1}}),
            counts: &[],
            models: vec![model("a/one", 0.1), model("b/two", 0.0)],
            breakdown: None,
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
    fn variants_are_named_as_reports_show_them() {
        assert_eq!(holds("score(x=1,y=2)@b/two == 0.7"), [true]);
        assert_eq!(holds("diff(x=1,y=2, base).low > 0.15"), [false, true]);
        assert_eq!(holds("diff(base, x=1,y=2)@b/two < 0"), [true]);
        let gate = Gate::parse("score(x=3) > 0").unwrap();
        let error = gate.check(&facts()).unwrap_err().to_string();
        assert!(error.contains("unknown variant `x=3`"), "{error}");
    }

    #[test]
    fn a_score_with_cut_answers_holds_no_gate() {
        let cut = |base: bool| {
            let mut facts = facts();
            facts.models.truncate(1);
            facts.models[0].cut =
                vec![base.then(|| "3 were cut".into()), Some("9 were cut".into())];
            facts
        };
        let check = |gate: &str, facts: &GateFacts<'_>| {
            let held = Gate::parse(gate).unwrap().check(facts).unwrap();
            (held[0].holds, held[0].values.clone())
        };
        let expected = |holds, values: &str| (holds, values.to_owned());
        assert_eq!(
            check("score(x=1,y=2) > 0", &cut(false)),
            expected(false, "score(x=1,y=2) is 9 were cut")
        );
        assert_eq!(
            check("score >= 0.6", &cut(false)),
            expected(true, "score is 0.6 (not comparable: x=1,y=2)")
        );
        assert!(!check("score >= 0", &cut(true)).0);
        assert!(!check("not score > 1", &cut(true)).0);
        assert!(check("failed(x=1,y=2) == 0", &cut(true)).0);
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
            ("sense > 0", "functions: score, diff"),
            ("score(bas)@a/one > 0", "  |       ^\nvariants: base, "),
            (
                "p < 1 and score(new[x=1,y=2]).hihg > 0",
                "|                               ^\nfields: low, high",
            ),
            ("spread(base) > 0", "unknown function `spread`"),
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
