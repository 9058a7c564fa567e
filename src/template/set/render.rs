//! From a variant, a row and shots to a prompt.

use super::TemplateSet;
use crate::{
    dialect::Dialect,
    model::{GivenReply, Prompt, Row, Shot, ToolSet, Variant},
    panics,
    source::SourcePlace,
    template::{
        FieldFormat, Template, TemplateError, chat,
        error::EngineError,
        marker::Ends,
        messages,
        origins::Origins,
        render_context::{self, CalledFunctions},
        replies::ReplyState,
        sandbox::{self, Stopped},
        scripted::{self, Trial},
        tool_history::{HistorySlip, pair},
        tools::DescriptionTemplate,
        trace::{Span, Traced},
    },
};
use minijinja::{Environment, Error};
use std::{ops::Range, sync::Arc};

impl TemplateSet {
    /// Render a variant for a row. Where the model speaks in it, placeholders stand. Thread-safe, pure.
    pub fn render(
        &self,
        variant: &Variant,
        row: &Arc<Row>,
        shots: &[Arc<Shot>],
    ) -> Result<Prompt, TemplateError> {
        self.render_with(variant, row, shots, None)
    }

    /// The same with what the model said so far.
    pub fn render_with(
        &self,
        variant: &Variant,
        row: &Arc<Row>,
        shots: &[Arc<Shot>],
        given: Option<&Arc<[GivenReply]>>,
    ) -> Result<Prompt, TemplateError> {
        let format = variant
            .level("format")
            .map(|level| FieldFormat::from_level(&level.value));
        let scene = self.render_context(row, &format, given);
        let (text, _) = self.text(variant, row, shots, scene, false)?;
        let template = &self.templates[variant.template];
        let given = given.map_or(&[][..], |given| given);
        let prompt = match template.is_chat {
            true => chat::messages(&text).map_err(|error| error.about_row(&row.id)),
            false => messages::messages(&text, format.as_ref(), ends(template), given),
        };
        let mut prompt = prompt.map_err(|error| self.about_the_whole(error, variant))?;
        if prompt.has_tool_messages() {
            pair(&mut prompt.messages)
                .map_err(|slip| self.locate_slip(slip, variant, row, shots))?;
        }
        prompt.tools = self.render_tools(variant, row, &format)?;
        Ok(prompt)
    }

    /// The error for calls and answers that do not belong together, at the tag that begins the message.
    fn locate_slip(
        &self,
        slip: HistorySlip,
        variant: &Variant,
        row: &Arc<Row>,
        shots: &[Arc<Shot>],
    ) -> TemplateError {
        let error = TemplateError::new(slip.what)
            .help(slip.help)
            .about_row(&row.id);
        let traced = self.trace_unpaired(variant, row, shots).ok();
        let place = traced.as_ref().and_then(|traced| {
            let (name, range) = traced.start(slip.message)?;
            self.place_in(variant, name, range)
        });
        match place {
            Some(place) => error.with_place(place),
            None => self.about_the_whole(error, variant),
        }
    }

    fn render_tools(
        &self,
        variant: &Variant,
        row: &Arc<Row>,
        format: &Option<FieldFormat>,
    ) -> Result<Option<Arc<ToolSet>>, TemplateError> {
        let Some(tools) = &self.tools else {
            return Ok(None);
        };
        let mut text = |description: &DescriptionTemplate| {
            let functions = CalledFunctions::default();
            let names = render_context::names(variant, row, &[], true, functions);
            let scene = self.render_context(row, format, None);
            let builds_values = tools.uses.builds_values;
            let result = self.run(&description.key, builds_values, scene, move |template| {
                template.render(names)
            });
            let text = result.map_err(|stopped| {
                let error = TemplateError::from(stopped).about_row(&row.id);
                error.with_place(description.place().clone())
            })?;
            let text = text.map_err(|error| {
                let names = self.names(variant, row, &[]);
                description.explain(&error, &names, &|name| self.part(name))
            })?;
            messages::plain_text(&text)
                .map_err(|error| error.with_place(description.place().clone()))
        };
        tools.render(variant, &mut text)
    }

    /// Render, and keep from where in the template every part of the prompt came.
    pub fn trace(
        &self,
        variant: &Variant,
        row: &Arc<Row>,
        shots: &[Arc<Shot>],
    ) -> Result<Traced, TemplateError> {
        let mut traced = self.trace_unpaired(variant, row, shots)?;
        if traced.prompt().has_tool_messages() {
            traced
                .pair_calls()
                .map_err(|slip| self.locate_slip(slip, variant, row, shots))?;
        }
        Ok(traced)
    }

    /// The same whether or not its calls of tools have answers.
    fn trace_unpaired(
        &self,
        variant: &Variant,
        row: &Arc<Row>,
        shots: &[Arc<Shot>],
    ) -> Result<Traced, TemplateError> {
        let format = variant
            .level("format")
            .map(|level| FieldFormat::from_level(&level.value));
        let scene = self.render_context(row, &format, None);
        let (text, spans) = self.text(variant, row, shots, scene, true)?;
        let template = &self.templates[variant.template];
        let (mut prompt, origins) = match template.is_chat {
            // What was read from JSON or YAML has no place in the template.
            true => chat::messages(&text).map(|prompt| (prompt, Origins::default())),
            false => messages::traced(&text, format.as_ref(), ends(template)),
        }
        .map_err(|error| self.about_the_whole(error, variant))?;
        prompt.tools = self.render_tools(variant, row, &format)?;
        Ok(Traced::new(prompt, origins, spans))
    }

    /// The place that a byte of a traced prompt comes from.
    pub fn place(
        &self,
        variant: &Variant,
        traced: &Traced,
        message: usize,
        byte: usize,
    ) -> Option<SourcePlace> {
        let (name, range) = traced.source(message, byte)?;
        self.place_in(variant, name, range)
    }

    /// A byte range in the body of a variant's template, or of a part.
    fn place_in(&self, variant: &Variant, name: &str, range: Range<usize>) -> Option<SourcePlace> {
        let template = &self.templates[variant.template];
        if name == template.key {
            return Some(template.place(range));
        }
        let part = self.part(name)?;
        let range = range.start + part.body_start..range.end + part.body_start;
        Some(SourcePlace::of_span(part.path, &part.source, range))
    }

    /// The text of a prompt, and where its parts come from, if that is wanted.
    fn text(
        &self,
        variant: &Variant,
        row: &Arc<Row>,
        shots: &[Arc<Shot>],
        scene: render_context::RenderContext,
        with_spans: bool,
    ) -> Result<(String, Vec<Span>), TemplateError> {
        let template = &self.templates[variant.template];
        let result = match self.scripts[variant.template].clone() {
            Some(script) => {
                let trial = Trial::new(variant, row, shots, template.dialect);
                let key = template.key.clone();
                let draw =
                    move || render_context::with(scene, || scripted::render(&script, &trial, &key));
                match self.uses[variant.template].builds_values {
                    true => sandbox::run(draw, sandbox::TIME_LIMIT),
                    false => panics::catch(draw).map_err(Stopped::Failed),
                }
            }
            None => {
                let uses = &self.uses[variant.template];
                let names = render_context::names(variant, row, shots, uses.axes, uses.functions);
                self.run(
                    &template.key,
                    uses.builds_values,
                    scene,
                    move |template| match with_spans {
                        true => {
                            let (text, spans) = template.render_with_spans(names)?;
                            Ok((text, spans.into_iter().map(Span::from).collect()))
                        }
                        false => Ok((template.render(names)?, Vec::new())),
                    },
                )
            }
        };
        let result = result.map_err(|stopped| {
            let error = TemplateError::from(stopped);
            self.about_the_whole(error.about_row(&row.id), variant)
        })?;
        result.map_err(|error| self.explain(&error, template, variant, row, shots))
    }

    fn render_context(
        &self,
        row: &Arc<Row>,
        format: &Option<FieldFormat>,
        given: Option<&Arc<[GivenReply]>>,
    ) -> render_context::RenderContext {
        render_context::RenderContext {
            format: format.clone(),
            seed: self.seed,
            row: Arc::clone(row),
            draws: 0,
            replies: ReplyState::new(given.cloned()),
        }
    }

    /// Render by the environment, on a thread of its own where the template can build large values.
    fn run<T: Send + 'static>(
        &self,
        key: &str,
        builds_values: bool,
        scene: render_context::RenderContext,
        render: impl FnOnce(minijinja::Template<'_, '_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<Result<T, EngineError>, Stopped> {
        let draw = |environment: &Environment<'static>, key: &str| {
            render_context::with(scene, || {
                environment
                    .get_template(key)
                    .and_then(render)
                    .map_err(EngineError::from)
            })
        };
        if builds_values {
            let environment = Arc::clone(&self.environment);
            let key = key.to_owned();
            sandbox::run(move || draw(&environment, &key), sandbox::TIME_LIMIT)
        } else {
            panics::catch(|| draw(&self.environment, key)).map_err(Stopped::Failed)
        }
    }

    fn about_the_whole(&self, error: TemplateError, variant: &Variant) -> TemplateError {
        let template = &self.templates[variant.template];
        error.with_place(SourcePlace::of_line(
            &template.path,
            &template.source,
            1 + template.source[..template.body_start].matches('\n').count(),
        ))
    }

    /// What minijinja says, with the place in the file and the names that there are.
    fn explain(
        &self,
        error: &EngineError,
        template: &Template,
        variant: &Variant,
        row: &Row,
        shots: &[Arc<Shot>],
    ) -> TemplateError {
        let names = self.names(variant, row, shots);
        let located = TemplateError::from_engine(
            error,
            (&template.key, template.as_part()),
            &names,
            &|name| self.part(name),
        );
        match error.is_limit() {
            true => located.about_row(&row.id),
            false => located,
        }
    }

    /// The names that a template could mean.
    fn names(&self, variant: &Variant, row: &Row, shots: &[Arc<Shot>]) -> Vec<String> {
        let mut names: Vec<String> = vec!["row".into(), "shots".into()];
        names.extend(row.fields.keys().map(|k| format!("row.{k}")));
        if let Some(shot) = shots.first() {
            names.extend(shot.fields.keys().map(|k| format!("shot.{k}")));
        }
        let levels = variant.levels.iter().map(|(axis, _)| axis.clone());
        names.extend(levels.filter(|axis| !axis.contains('.') && axis != "format"));
        names
    }
}

/// White space at the ends of a prompt without roles: the other dialects keep it.
fn ends(template: &Template) -> Ends {
    match template.dialect {
        Dialect::Jinja => Ends::Trimmed,
        Dialect::Nunjucks | Dialect::Handlebars | Dialect::Mustache => Ends::Kept,
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::*;

    #[test]
    fn roles_shots_and_fields_become_messages() {
        let prompt = render("{{ role(\"system\") }}Do it.\n{% for shot in shots %}\n{{ role(\"user\") }}{{ field(\"Review\", shot.text) }}\n{{ role(\"assistant\") }}{{ shot.label }}\n{% endfor %}\n{{ role(\"user\") }}{{ field(\"Review\", text) }}\n").unwrap();
        let said: Vec<String> = prompt
            .messages
            .iter()
            .map(|m| format!("{}: {}", m.role, m.content))
            .collect();
        assert_eq!(
            said,
            [
                "system: Do it.",
                "user: Review: fine",
                "assistant: positive",
                "user: Review: fine"
            ]
        );
    }

    #[test]
    fn errors_are_located_in_the_file() {
        let error = render("+++\ndescription = \"x\"\n+++\nok\n{{ row.txt }}\n").unwrap_err();
        assert!(
            error.contains("a.j2:5:") && error.contains("did you mean `text`?"),
            "{error}"
        );
        let error = render("a\n{% for x in %}\n").unwrap_err();
        assert!(error.contains("a.j2:2:"), "{error}");
        let error = render("{{ role(\"bot\") }}").unwrap_err();
        assert!(
            error.contains("no role `bot`") && error.contains("a.j2:1:"),
            "{error}"
        );
        let error = render("{% include \"../../etc/passwd\" %}").unwrap_err();
        assert!(error.contains("file to include not found"), "{error}");
        let error = render("{% for i in range(100000) %}{% for j in range(100000) %}{{ i }}{% endfor %}{% endfor %}").unwrap_err();
        assert!(error.contains("stopped"), "{error}");
    }

    #[test]
    fn templates_that_do_too_much_are_stopped() {
        let endless = "{% set ns = namespace(n = 0) %}{% for i in range(100000) %}{% for j in range(100000) %}{% set ns.n = j %}{% endfor %}{% endfor %}";
        let big = "a\n{% set x = 'word ' * 1000000 %}{% for i in range(100) %}{{ x }}{% endfor %}";
        for template in [endless, big] {
            let error = render(template).unwrap_err();
            assert!(
                error.contains("at most 32 MiB")
                    && error.contains("a.j2:")
                    && error.contains("row `r0`"),
                "{error}"
            );
        }
        let deep = format!("one\n{{{{ row{} }}}}", ".text".repeat(1_000));
        let error = render(&deep).unwrap_err();
        assert!(
            error.contains("nested too deep") && error.contains("a.j2:2\n"),
            "{error}"
        );
        // A value that is deep is built, written and dropped without trouble.
        let deep = "{% set ns = namespace(x = 1) %}{% for i in range(2000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}";
        assert_eq!(render(deep).unwrap().messages[0].content.len(), 4_001);
    }
}
