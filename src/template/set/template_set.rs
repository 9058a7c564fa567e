//! The templates of an experiment, compiled, and their variants.

use crate::{
    dialect::Script,
    model::{Axis, Variant},
    project::{DesignSpec, ToolSetSpec},
    source::{SourcePlace, as_typed, read_text},
    template::{
        FieldFormat, Template, TemplateError, Variants, dependencies::Dependencies, error::Part,
        file::body_start, tools::ToolTemplates, variants::Combined,
    },
};
use minijinja::Environment;
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// The templates of an experiment, compiled, and those that do not compile with their errors.
#[derive(Debug, Clone)]
pub struct TemplateSet {
    pub(super) root: PathBuf,
    pub(super) seed: u64,
    pub(super) templates: Vec<Template>,
    pub(super) uses: Vec<Dependencies>,
    /// The templates that are not rendered by the environment, parsed.
    pub(super) scripts: Vec<Option<Arc<Script>>>,
    pub(super) problems: Vec<TemplateError>,
    pub(super) environment: Arc<Environment<'static>>,
    pub(super) tools: Option<Arc<ToolTemplates>>,
}

impl TemplateSet {
    /// The same with the seed that `random` and sampled formats are drawn by.
    pub fn seeded(mut self, seed: u64) -> TemplateSet {
        self.seed = seed;
        self
    }

    /// The same with tools, whose descriptions are templates too.
    pub fn with_tools(mut self, sets: &[ToolSetSpec]) -> Result<TemplateSet, TemplateError> {
        if !sets.is_empty() {
            let tools = ToolTemplates::compile(sets, Arc::make_mut(&mut self.environment))?;
            self.tools = Some(Arc::new(tools));
        }
        Ok(self)
    }

    /// A part, for the places of errors in it.
    pub(super) fn part(&self, name: &str) -> Option<Part> {
        let path = self.root.join(name);
        let text = read_text(&path).ok()?;
        let text = text.trim_start_matches('\u{feff}').to_owned();
        Some(Part {
            path: as_typed(&path),
            body_start: body_start(&text),
            source: text,
        })
    }

    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// What does not compile, one error each.
    pub fn problems(&self) -> &[TemplateError] {
        &self.problems
    }

    /// The variants: every template's axes and those of the experiment that it uses, combined by the design around the
    /// baseline. An axis of the experiment that no template uses is an error, at its place where that is known.
    pub fn variants(
        &self,
        axes: &[Axis],
        places: &BTreeMap<String, SourcePlace>,
        design: &DesignSpec,
        baseline: Option<&str>,
    ) -> Result<Variants, TemplateError> {
        for axis in axes {
            let used = (0..self.uses.len()).any(|template| self.uses_axis(template, &axis.name));
            if !used && !self.templates.is_empty() && self.problems.is_empty() {
                let error =
                    TemplateError::new(format!("no template uses the axis `{}`", axis.name))
                        .help("use it in a template, or remove it from the experiment's axes");
                return Err(match places.get(&axis.name) {
                    Some(place) => error.with_place(place.clone()),
                    None => error,
                });
            }
        }
        let combined = self.templates.iter().enumerate().map(|(index, template)| {
            let mut own = template.axes.clone();
            if let Some(n) = template.format_sample {
                own.push(FieldFormat::axis(n, self.seed));
            }
            for axis in axes {
                let hidden = own.iter().any(|other| other.name == axis.name);
                if !hidden && self.uses_axis(index, &axis.name) {
                    own.push(axis.clone());
                }
            }
            Combined {
                template: index,
                stem: template.name.clone(),
                axes: own,
            }
        });
        Variants::new(combined.collect(), design, self.seed, baseline)
    }

    /// Whether the prompts of a template can depend on an axis of the experiment.
    fn uses_axis(&self, template: usize, axis: &str) -> bool {
        let tools = self.tools.as_ref();
        self.uses[template].axis(axis) || tools.is_some_and(|tools| tools.axis(axis))
    }

    /// Whether a variant's prompt shows shots.
    pub fn shows_shots(&self, variant: &Variant) -> bool {
        self.uses[variant.template].name("shots")
    }

    /// Whether a variant's prompt has fields that are written in its format.
    pub fn writes_fields(&self, variant: &Variant) -> bool {
        self.uses[variant.template].name("field")
    }

    /// Whether the model may speak in a template, so that its trials are conversations.
    pub fn speaks(&self, template: usize) -> bool {
        self.uses
            .get(template)
            .is_some_and(|uses| uses.functions.reply)
    }

    /// Whether a template does more with what the model said than to quote it, so that later prompts have no known length.
    pub fn computes_with_replies(&self, template: usize) -> bool {
        self.uses
            .get(template)
            .is_some_and(|uses| uses.computes_with_replies)
    }

    /// A hash of the texts that a template's prompts are made from, besides rows, shots and levels; `None` where only
    /// rendering shows which they are.
    pub fn text_key(&self, template: usize) -> Option<u64> {
        let parts = self.uses.get(template)?.parts?;
        let template = &self.templates[template];
        let settings = (template.keep_whitespace, template.dialect, template.is_chat);
        let mut hash = blake3::Hasher::new();
        hash.update(parts.as_bytes());
        hash.update(format!("{settings:?}").as_bytes());
        hash.update(template.body().as_bytes());
        if let Some(tools) = &self.tools {
            hash.update(tools.uses.parts?.as_bytes());
            hash.update(tools.texts.as_bytes());
        }
        let mut bytes = [0; 8];
        hash.finalize_xof().fill(&mut bytes);
        Some(u64::from_le_bytes(bytes))
    }

    /// Whether a template's prompts can depend on a column of the dataset.
    pub fn uses_column(&self, template: usize, column: &str) -> bool {
        let tools = self.tools.as_ref();
        let uses = self
            .uses
            .get(template)
            .is_some_and(|uses| uses.column(column));
        uses || tools.is_some_and(|tools| tools.uses.column(column))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::examples::*, *};
    use serde_json::json;

    #[test]
    fn axes_multiply_only_the_templates_that_use_them() {
        let (_dir, set) = set(&[
            ("a.j2", "{{ axes.tone }}{{ row.text }}"),
            ("b.j2", "{{ row.text }}"),
            (
                "c.j2",
                "+++\n[axes]\nask = [\"x\", { name = \"why\", text = \"y\" }]\n+++\n{{ ask }}{{ tone }}",
            ),
        ]);
        assert_eq!(set.problems(), []);
        let tone = Axis {
            name: "tone".into(),
            levels: ["p", "q"]
                .iter()
                .map(|n| crate::model::Level {
                    name: (*n).into(),
                    value: json!(n),
                })
                .collect(),
        };
        let names: Vec<String> = all(&set, std::slice::from_ref(&tone))
            .unwrap()
            .into_iter()
            .map(|v| v.name)
            .collect();
        assert_eq!(
            names,
            [
                "a[tone=p]",
                "a[tone=q]",
                "b",
                "c[ask=1,tone=p]",
                "c[ask=1,tone=q]",
                "c[ask=why,tone=p]",
                "c[ask=why,tone=q]"
            ]
        );
        let unused = Axis {
            name: "nobody".into(),
            ..tone
        };
        assert!(
            all(&set, &[unused])
                .unwrap_err()
                .to_string()
                .contains("no template uses")
        );
    }
}
