//! What gates may name: the variants, models, labels, slices and fields that there are.

use super::{
    error::{NameError, absent},
    functions::{Function, MEANS, Subject, function_of, subject_of, variants_of},
    paths::check_path,
};
use crate::expression::{Argument, Named, longest_variant};
use crate::model::VariantAliases;

/// What there is to be named.
#[derive(Debug, Clone, Default)]
pub struct GateNames {
    pub variants: VariantAliases,
    /// `endpoint/model`.
    pub models: Vec<String>,
    /// `None` where there are no such figures: in a comparison of two wordings.
    pub breakdown: Option<BreakdownNames>,
    /// Counts that the report has besides the figures of the JSON report of a run.
    pub counts: &'static [&'static str],
}

/// Labels, slices and fields that there are.
#[derive(Debug, Clone, Default)]
pub struct BreakdownNames {
    pub labels: Vec<String>,
    /// Columns with their values; rows without one have the value \"\".
    pub slices: Vec<(String, Vec<String>)>,
    /// The metrics, the main one first; fields of JSON answers as `metric.field`.
    pub metrics: Vec<String>,
}

impl GateNames {
    /// A name with the own names of variants: what is between its brackets may be a variant as readers see it, with commas
    /// and `=`, beside slices.
    pub(super) fn resolve(&self, named: &Named) -> Result<Named, NameError> {
        let named = &self.by_metric(named);
        let mut found = Named {
            arguments: Vec::new(),
            slices: Vec::new(),
            ..named.clone()
        };
        let subjects = function_of(named).map_or(named.parts.len(), |function| {
            usize::from(function.subject.is_some())
        });
        let mut at = 0;
        while let Some(part) = named.parts.get(at) {
            let variant = match at < subjects || self.is_slice(part) {
                true => None,
                false => {
                    let found = longest_variant(&self.variants, &named.parts[at..]);
                    found.map_err(|ambiguous| NameError::Use(ambiguous.to_string()))?
                }
            };
            match (variant, &part.slice) {
                (Some((variant, _)), _) => {
                    found.arguments.push(self.variants.own()[variant].clone());
                }
                (None, Some(slice)) if !self.is_axis(&slice.0) => found.slices.push(slice.clone()),
                (None, _) => found.arguments.push(part.text.clone()),
            }
            at += variant.map_or(1, |(_, parts)| parts);
        }
        Ok(found)
    }

    /// `urgency(strict)` as the figure that it is: the score, or that of a further metric.
    fn by_metric(&self, named: &Named) -> Named {
        let mut found = named.clone();
        let metrics = self.breakdown.as_ref().map_or(&[][..], |b| &b.metrics);
        // `json.total`, and `json.total.low`, where no bracket says where the name ends.
        for parts in (1..=named.fields.len()).rev() {
            let (name, fields) = named.fields.split_at(parts);
            let name = format!("{}.{}", named.name, name.join("."));
            if metrics.contains(&name) {
                (found.name, found.fields) = (name, fields.to_vec());
                break;
            }
        }
        let place = metrics.iter().position(|metric| *metric == found.name);
        match place.filter(|_| function_of(&found).is_none()) {
            None => {}
            Some(0) => found.name = "score".to_owned(),
            Some(_) => {
                let metric = Argument {
                    text: found.name.clone(),
                    ..Argument::default()
                };
                found.parts.insert(0, metric);
                found.name = "field".to_owned();
            }
        }
        found
    }

    /// Whether `column = value` is meant, of a column that there is.
    fn is_slice(&self, part: &Argument) -> bool {
        let mut columns = self.breakdown.iter().flat_map(|b| &b.slices);
        let slice = part.slice.as_ref();
        slice.is_some_and(|(column, _)| columns.any(|(known, _)| known == column))
    }

    /// Whether `axis=level` is meant, of a level that no variant has.
    fn is_axis(&self, name: &str) -> bool {
        let names = self.variants.shown().iter();
        let mut levels = names.flat_map(|name| name.trim_end_matches(']').split([',', '[']));
        levels.any(|level| level.split_once('=').is_some_and(|(axis, _)| axis == name))
    }

    /// Whether a name is used as it can be, and what it names is there.
    pub(super) fn check(&self, named: &Named) -> Result<(), NameError> {
        match function_of(named) {
            Some(function) => self.check_function(named, function)?,
            None if self.is_count(named) => {}
            None => {
                let metrics = self.breakdown.as_ref().map_or(&[][..], |b| &b.metrics);
                check_path(named, metrics)?;
            }
        }
        for variant in variants_of(named) {
            if !self.variants.own().contains(variant) {
                let known: Vec<&str> = self.variants.all().collect();
                return Err(absent(variant, [("variant", &known[..])]));
            }
        }
        match &named.model {
            Some(model) => one_of("model", model, &self.models),
            None => Ok(()),
        }
    }

    fn is_count(&self, named: &Named) -> bool {
        let is_bare = named.parts.is_empty() && named.fields.is_empty();
        is_bare && self.counts.contains(&named.name.as_str())
    }

    fn check_function(&self, named: &Named, function: &Function) -> Result<(), NameError> {
        let wrong = |message: String| Err(NameError::Use(message));
        let name = function.name;
        let breakdown = || {
            (self.breakdown.as_ref()).ok_or_else(|| {
                NameError::Use(format!("`{}` is in reports of a run only", named.text))
            })
        };
        if variants_of(named).len() > function.variants {
            let s = if function.variants == 1 { "" } else { "s" };
            return wrong(format!(
                "{name} takes {} variant{s} at most",
                function.variants
            ));
        }
        match named.fields.as_slice() {
            [] => {}
            [field] if function.fields.contains(&field.as_str()) => {}
            [field, ..] => return Err(absent(field, [("field", function.fields)])),
        }
        if let Some(subject) = function.subject {
            let known = breakdown()?;
            let Some(about) = subject_of(named) else {
                let example = match subject {
                    Subject::LabelOrMean => "f1(macro) or f1(\"refund\")".to_owned(),
                    Subject::Label => format!("{name}(\"refund\")"),
                    Subject::Field => "field(\"json.total\")".to_owned(),
                    Subject::Column => "interaction(\"language\")".to_owned(),
                };
                return wrong(format!("say of what: {example}"));
            };
            match subject {
                Subject::LabelOrMean if MEANS.contains(&about) => has_labels(named, known)?,
                Subject::Label | Subject::LabelOrMean => {
                    has_labels(named, known)?;
                    one_of("label", about, &known.labels)?;
                }
                Subject::Field => {
                    one_of("metric", about, known.metrics.get(1..).unwrap_or(&[]))?;
                }
                Subject::Column => {
                    known.column(about)?;
                }
            }
        } else if ["balanced_accuracy", "mcc", "kappa"].contains(&name) {
            has_labels(named, breakdown()?)?;
        }
        match named.slices.as_slice() {
            [] => Ok(()),
            _ if !function.sliced => wrong(format!("{name} takes no slice; score and diff do")),
            [(column, value)] => {
                let values = breakdown()?.column(column)?;
                one_of("slice", value, values)
            }
            _ => wrong("one slice at a time, such as score(language = \"de\")".to_owned()),
        }
    }
}

fn has_labels(named: &Named, known: &BreakdownNames) -> Result<(), NameError> {
    if known.labels.is_empty() {
        return Err(NameError::Use(format!(
            "`{}` needs `label` as the main metric",
            named.text
        )));
    }
    Ok(())
}

impl BreakdownNames {
    /// The values of a column.
    fn column(&self, name: &str) -> Result<&[String], NameError> {
        let found = self.slices.iter().find(|(column, _)| column == name);
        match found {
            Some((_, values)) => Ok(values),
            None if self.slices.is_empty() => Err(NameError::Use(format!(
                "the run has no slices; set slices = [\"{name}\"] in the experiment"
            ))),
            None => {
                let known: Vec<&str> = self.slices.iter().map(|s| s.0.as_str()).collect();
                Err(absent(name, [("column", &known[..])]))
            }
        }
    }
}

fn one_of(kind: &'static str, name: &str, known: &[String]) -> Result<(), NameError> {
    if known.iter().any(|k| k == name) {
        return Ok(());
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    Err(absent(name, [(kind, &known[..])]))
}

#[cfg(test)]
mod tests {
    use super::super::Gate;
    use super::*;

    #[test]
    fn a_misspelled_metric_is_shown_where_it_stands_beside_those_that_there_are() {
        let metrics = ["label", "urgency", "json.total"].map(str::to_owned);
        let known = GateNames {
            variants: VariantAliases::new(vec!["plain".into()], vec!["plain".into()]),
            models: vec!["a/one".into()],
            breakdown: Some(BreakdownNames {
                metrics: metrics.into(),
                ..BreakdownNames::default()
            }),
            counts: &[],
        };
        let error = |gate: &str| {
            let checked = Gate::parse(gate).unwrap().check_names(&known);
            checked.map_err(|error| error.to_string())
        };
        assert_eq!(error("urgency(plain) >= 0.9"), Ok(()));
        let said = error(" score > 0.5 and urgncy(plain) >= 0.9").unwrap_err();
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(
            lines[..4],
            [
                "the gate has an unknown metric or function `urgncy`; did you mean `urgency`?",
                "  | score > 0.5 and urgncy(plain) >= 0.9",
                "  |                 ^",
                "metrics: label, urgency, json.total",
            ]
        );
        let bare = error("urgncy >= 0.9").unwrap_err();
        assert!(bare.contains("did you mean `urgency`?"), "{bare}");
        let variant = error("urgency(plin) >= 0.9").unwrap_err();
        assert!(
            variant.ends_with("`plin`; did you mean `plain`?\n  | urgency(plin) >= 0.9\n  |         ^\nvariants: plain"),
            "{variant}"
        );
    }
}
