//! What gates may name: the variants, models, labels, slices and fields that there are.

use super::{
    error::{GateError, absent},
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
    pub(super) fn resolve(&self, gate: &str, named: &Named) -> Result<Named, GateError> {
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
                    found.map_err(|ambiguous| GateError::Use {
                        gate: gate.to_owned(),
                        message: ambiguous.to_string(),
                    })?
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
    pub(super) fn check(&self, gate: &str, named: &Named) -> Result<(), GateError> {
        match function_of(named) {
            Some(function) => self.check_function(gate, named, function)?,
            None => check_path(gate, named)?,
        }
        for variant in variants_of(named) {
            if !self.variants.own().contains(variant) {
                let known: Vec<&str> = self.variants.all().collect();
                return Err(absent(gate, "variant", variant, &known));
            }
        }
        match &named.model {
            Some(model) => one_of(gate, "model", model, &self.models),
            None => Ok(()),
        }
    }

    fn check_function(
        &self,
        gate: &str,
        named: &Named,
        function: &Function,
    ) -> Result<(), GateError> {
        let wrong = |message: String| {
            Err(GateError::Use {
                gate: gate.to_owned(),
                message,
            })
        };
        let name = function.name;
        let breakdown = || {
            self.breakdown.as_ref().ok_or_else(|| GateError::Use {
                gate: gate.to_owned(),
                message: format!("`{}` is in reports of a run only", named.text),
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
            [field, ..] => return Err(absent(gate, "field", field, function.fields)),
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
                Subject::LabelOrMean if MEANS.contains(&about) => has_labels(gate, named, known)?,
                Subject::Label | Subject::LabelOrMean => {
                    has_labels(gate, named, known)?;
                    one_of(gate, "label", about, &known.labels)?;
                }
                Subject::Field => {
                    one_of(gate, "metric", about, known.metrics.get(1..).unwrap_or(&[]))?;
                }
                Subject::Column => {
                    known.column(gate, about)?;
                }
            }
        } else if ["balanced_accuracy", "mcc", "kappa"].contains(&name) {
            has_labels(gate, named, breakdown()?)?;
        }
        match named.slices.as_slice() {
            [] => Ok(()),
            _ if !function.sliced => wrong(format!("{name} takes no slice; score and diff do")),
            [(column, value)] => {
                let values = breakdown()?.column(gate, column)?;
                one_of(gate, "slice", value, values)
            }
            _ => wrong("one slice at a time, such as score(language = \"de\")".to_owned()),
        }
    }
}

fn has_labels(gate: &str, named: &Named, known: &BreakdownNames) -> Result<(), GateError> {
    if known.labels.is_empty() {
        return Err(GateError::Use {
            gate: gate.to_owned(),
            message: format!("`{}` needs `label` as the main metric", named.text),
        });
    }
    Ok(())
}

impl BreakdownNames {
    /// The values of a column.
    fn column(&self, gate: &str, name: &str) -> Result<&[String], GateError> {
        let found = self.slices.iter().find(|(column, _)| column == name);
        match found {
            Some((_, values)) => Ok(values),
            None if self.slices.is_empty() => Err(GateError::Use {
                gate: gate.to_owned(),
                message: format!(
                    "the run has no slices; set slices = [\"{name}\"] in the experiment"
                ),
            }),
            None => {
                let known: Vec<&str> = self.slices.iter().map(|s| s.0.as_str()).collect();
                Err(absent(gate, "column", name, &known))
            }
        }
    }
}

fn one_of(gate: &str, what: &'static str, name: &str, known: &[String]) -> Result<(), GateError> {
    if known.iter().any(|k| k == name) {
        return Ok(());
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    Err(absent(gate, what, name, &known))
}
