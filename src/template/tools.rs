//! The tools of an experiment: their descriptions compiled as templates, the sets rendered for a variant and a row.

use super::{
    TemplateError,
    dependencies::Dependencies,
    environment::syntax,
    error::{EngineError, Part},
    nesting::check_nesting,
};
use crate::{
    model::{ToolSet, Variant},
    project::{ToolDescription, ToolSetSpec},
    source::SourcePlace,
};
use minijinja::Environment;
use serde_json::Value;
use std::sync::Arc;

/// The axis whose levels are sets of tools.
pub(super) const AXIS: &str = "tools";

/// The tool sets of an experiment, compiled.
#[derive(Debug, Clone, Default)]
pub(super) struct ToolTemplates {
    sets: Vec<CompiledSet>,
    /// What the descriptions look at.
    pub(super) uses: Dependencies,
    /// The texts of all sets.
    pub(super) texts: String,
}

#[derive(Debug, Clone)]
struct CompiledSet {
    level: Option<String>,
    /// As written.
    written: Arc<ToolSet>,
    templates: Vec<DescriptionTemplate>,
}

/// A description that is more than plain text.
#[derive(Debug, Clone)]
pub(super) struct DescriptionTemplate {
    /// What the environment calls it.
    pub(super) key: String,
    function: usize,
    description: ToolDescription,
}

impl ToolTemplates {
    /// Compile the descriptions into the environment.
    pub(super) fn compile(
        sets: &[ToolSetSpec],
        environment: &mut Environment<'static>,
    ) -> Result<ToolTemplates, TemplateError> {
        let mut all = ToolTemplates {
            uses: Dependencies::none(),
            ..ToolTemplates::default()
        };
        environment.set_syntax(syntax(false));
        for (number, set) in sets.iter().enumerate() {
            let mut templates = Vec::new();
            for (function, tool) in set.functions.iter().enumerate() {
                let descriptions = tool.descriptions.iter();
                for description in descriptions.filter(|d| is_template(&d.text)) {
                    let template = DescriptionTemplate {
                        key: format!("tools/{number}/{}{}", tool.name, description.pointer),
                        function,
                        description: description.clone(),
                    };
                    template.compile(environment)?;
                    templates.push(template);
                }
            }
            let functions = set.functions.iter().map(|f| f.json.clone()).collect();
            let written = ToolSet { functions };
            all.texts += &format!("{:?}{}\n", set.level, written.json());
            all.sets.push(CompiledSet {
                level: set.level.clone(),
                written: Arc::new(written),
                templates,
            });
        }
        let mut problem = None;
        for template in all.sets.iter().flat_map(|set| &set.templates) {
            let uses = Dependencies::collect(environment, &template.key, &mut |error| {
                let error = template.explain(&error.into(), &[], &|_| None);
                problem.get_or_insert(error);
            });
            all.uses.merge(uses);
        }
        problem.map_or(Ok(all), Err)
    }

    /// Whether prompts can depend on an axis.
    pub(super) fn axis(&self, axis: &str) -> bool {
        axis == AXIS && self.sets.iter().any(|set| set.level.is_some()) || self.uses.axis(axis)
    }

    /// The tools of a variant; `text` renders a description.
    pub(super) fn render(
        &self,
        variant: &Variant,
        text: &mut dyn FnMut(&DescriptionTemplate) -> Result<String, TemplateError>,
    ) -> Result<Option<Arc<ToolSet>>, TemplateError> {
        let level = variant.level(AXIS).map(|level| level.name.as_str());
        let mut sets = self.sets.iter();
        let Some(set) = sets.find(|set| set.level.is_none() || set.level.as_deref() == level)
        else {
            return Ok(None);
        };
        if set.templates.is_empty() {
            return Ok(Some(Arc::clone(&set.written)));
        }
        let mut tools = (*set.written).clone();
        for template in &set.templates {
            let function = &mut tools.functions[template.function];
            if let Some(place) = function.pointer_mut(&template.description.pointer) {
                *place = Value::String(text(template)?);
            }
        }
        Ok(Some(Arc::new(tools)))
    }
}

fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|open| text.contains(open))
}

impl DescriptionTemplate {
    fn compile(&self, environment: &mut Environment<'static>) -> Result<(), TemplateError> {
        let text = &self.description.text;
        if let Err(too_deep) = check_nesting(text) {
            return Err(TemplateError::new(too_deep.message).with_place(self.place().clone()));
        }
        environment
            .add_template_owned(self.key.clone(), text.clone())
            .map_err(|error| self.explain(&error.into(), &[], &|_| None))
    }

    /// Where it is written.
    pub(super) fn place(&self) -> &SourcePlace {
        &self.description.place
    }

    /// What minijinja says, with the place of the description.
    pub(super) fn explain(
        &self,
        error: &EngineError,
        names: &[String],
        parts: &dyn Fn(&str) -> Option<Part>,
    ) -> TemplateError {
        let part = Part {
            path: self.place().file.clone(),
            source: self.description.text.clone(),
            body_start: 0,
        };
        let error = TemplateError::from_engine(error, (&self.key, part), names, parts);
        let is_here = error
            .place()
            .is_none_or(|place| place.file == self.place().file);
        match is_here {
            true => error.with_place(self.place().clone()),
            false => error,
        }
    }
}
