//! The templates of an experiment, compiled; their variants; rendering.

use super::{
    FieldFormat, Template, TemplateError, Variants, chat,
    dependencies::Dependencies,
    environment::{environment, old_key, syntax},
    error::{EngineError, Part},
    file::body_start,
    marker::{self, Ends, Origins},
    nesting::{TooDeep, check_nesting},
    render_context::{self, CalledFunctions},
    replies::ReplyState,
    reply_bounds::{UnboundedReply, find_unbounded},
    sandbox::{self, Stopped},
    scripted::{self, Trial},
    tool_history::{HistorySlip, pair},
    tools::{DescriptionTemplate, ToolTemplates},
    trace::{Span, Traced},
    variants::Combined,
};
use crate::{
    dialect::{Dialect, Script, SyntaxError},
    git::Tree,
    model::{Axis, GivenReply, Prompt, Row, Shot, ToolSet, Variant},
    panics,
    project::{DesignSpec, ToolSetSpec},
    source::{SourcePlace, as_typed, files_matching, read_text},
};
use minijinja::{Environment, Error};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

fn first(errors: Vec<TemplateError>) -> TemplateError {
    let first = errors.into_iter().next();
    first.unwrap_or_else(|| TemplateError::new("the template cannot be read"))
}

/// The templates of an experiment, compiled, and those that do not compile with their errors.
#[derive(Debug, Clone)]
pub struct TemplateSet {
    root: PathBuf,
    seed: u64,
    templates: Vec<Template>,
    uses: Vec<Dependencies>,
    /// The templates that are not rendered by the environment, parsed.
    scripts: Vec<Option<Arc<Script>>>,
    problems: Vec<TemplateError>,
    environment: Arc<Environment<'static>>,
    tools: Option<Arc<ToolTemplates>>,
}

impl TemplateSet {
    /// Read and compile the files that the globs match, in the order of the globs, then by path. Files whose name
    /// begins with `_` are parts to include. One bad template does not stop the others; errors only where no file matches.
    ///
    /// `REV:path` is the file as it was at a git revision.
    pub fn load(root: &Path, globs: &[String]) -> Result<TemplateSet, TemplateError> {
        let mut old = HashMap::new();
        for glob in globs {
            if let Some((tree, path)) = load_revision(root, glob)? {
                old.insert(glob, (tree, path));
            }
        }
        let trees = old.values().map(|(tree, _)| tree.clone()).collect();
        let mut set = TemplateSet {
            root: root.to_path_buf(),
            seed: 7,
            templates: Vec::new(),
            uses: Vec::new(),
            scripts: Vec::new(),
            problems: Vec::new(),
            environment: Arc::new(environment(root, trees)),
            tools: None,
        };
        let mut taken: HashSet<PathBuf> = HashSet::new();
        for glob in globs {
            if let Some((tree, path)) = old.get(glob) {
                set.add_old(tree, path)?;
                continue;
            }
            let files = matches(root, glob)?;
            if files.is_empty() {
                let named = root.join(glob);
                if named.exists() {
                    set.add(&named);
                    continue;
                }
                return Err(
                    TemplateError::new(format!("no template matches `{glob}`")).help(format!(
                        "paths are relative to {}",
                        as_typed(root).display()
                    )),
                );
            }
            for file in files {
                if taken.insert(file.clone()) {
                    set.add(&file);
                }
            }
        }
        Ok(set)
    }

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

    /// The same with another text in the place of a file, which comes last: for looking at a template before it is saved.
    pub fn with_text(&self, file: &Path, text: &str) -> Result<TemplateSet, TemplateError> {
        let real = file.canonicalize().ok();
        let is_file =
            |t: &Template| real.is_some() && self.root.join(&t.key).canonicalize().ok() == real;
        let mut set = self.clone();
        let mut template = Template::parse(as_typed(file), text).map_err(first)?;
        template.key = self.key(file);
        if let Some(at) = self.templates.iter().position(is_file) {
            let known = set.templates.remove(at);
            set.uses.remove(at);
            set.scripts.remove(at);
            (template.name, template.key) = (known.name, known.key);
        }
        set.add_template(template);
        let new = set.problems.split_off(self.problems.len());
        if new.is_empty() {
            Ok(set)
        } else {
            Err(first(new))
        }
    }

    fn add(&mut self, file: &Path) {
        let mut template = match Template::read(file) {
            Ok(template) => template,
            Err(errors) => return self.problems.extend(errors),
        };
        template.key = self.key(file);
        self.add_template(template);
    }

    /// A file as it was at a revision.
    fn add_old(&mut self, tree: &Tree, path: &str) -> Result<(), TemplateError> {
        let text = tree
            .read(path)
            .map_err(|e| TemplateError::new(e.to_string()))?;
        let shown = PathBuf::from(format!("{}:{path}", tree.revision));
        match Template::parse(shown, &text) {
            Ok(mut template) => {
                let stem = Path::new(path).file_name().unwrap_or_default();
                let stem = stem.to_string_lossy();
                let stem = stem.split('.').next().unwrap_or_default();
                template.name = format!("{stem}@{}", tree.revision);
                template.key = old_key(&tree.commit, path);
                self.add_template(template);
            }
            Err(errors) => self.problems.extend(errors),
        }
        Ok(())
    }

    fn add_template(&mut self, mut template: Template) {
        let stem = template.name.clone();
        let mut n = 2;
        while self.templates.iter().any(|t| t.name == template.name) {
            template.name = format!("{stem}~{n}");
            n += 1;
        }
        if let Some(parsed) = Script::parse(template.dialect, script_text(template.body())) {
            return self.add_script(template, parsed);
        }
        if let Err(TooDeep { line, message }) = check_nesting(template.body()) {
            let before = template.source[..template.body_start].matches('\n').count();
            let place = SourcePlace::of_line(&template.path, &template.source, line + before);
            return self
                .problems
                .push(TemplateError::new(message).with_place(place));
        }
        let environment = Arc::make_mut(&mut self.environment);
        environment.set_syntax(syntax(template.keep_whitespace));
        let compiled =
            environment.add_template_owned(template.key.clone(), template.body().to_owned());
        environment.set_syntax(syntax(false));
        if let Err(error) = compiled {
            let error = TemplateError::from_engine(
                &error.into(),
                (&template.key, template.as_part()),
                &[],
                &|_| None,
            );
            return self.problems.push(error);
        }
        if let Some(UnboundedReply { at, message, help }) = find_unbounded(template.body()) {
            let error = TemplateError::new(message).help(help);
            return self.problems.push(error.with_place(template.place(at..at)));
        }
        let mut problems = Vec::new();
        let uses = Dependencies::collect(&self.environment, &template.key, &mut |error| {
            problems.push(TemplateError::from_engine(
                &error.into(),
                (&template.key, template.as_part()),
                &[],
                &|name| self.part(name),
            ));
        });
        self.keep(template, uses, None, problems);
    }

    /// A template of a dialect: what the dialect does not have is an error.
    fn add_script(&mut self, template: Template, parsed: Result<Script, SyntaxError>) {
        let error = |at: usize, message: String| {
            TemplateError::new(message).with_place(template.place(at..at))
        };
        let script = match parsed {
            Ok(script) => script,
            Err(SyntaxError { at, message }) => {
                let message = format!("template syntax: {message}");
                return self.problems.push(error(at, message));
            }
        };
        let survey = script.survey();
        let missing = survey.missing.iter();
        let problems = missing
            .map(|m| error(m.at, format!("`{}`: {}", m.what, m.why)))
            .collect();
        let mut uses = Dependencies::of_script(survey.names);
        uses.builds_values |= !script.is_plain(&scripted::FUNCTIONS);
        self.keep(template, uses, Some(Arc::new(script)), problems);
    }

    fn keep(
        &mut self,
        template: Template,
        uses: Dependencies,
        script: Option<Arc<Script>>,
        mut problems: Vec<TemplateError>,
    ) {
        problems.extend(unused_axes(&template, &uses));
        if problems.is_empty() {
            self.templates.push(template);
            self.uses.push(uses);
            self.scripts.push(script);
        }
        self.problems.extend(problems);
    }

    /// What the environment calls a file: its path from the project's folder, as `include` would name it.
    fn key(&self, file: &Path) -> String {
        let inside = |root: &Path| Some(file.strip_prefix(root).ok()?.display().to_string());
        let real = self.root.canonicalize().ok();
        inside(&self.root)
            .or_else(|| inside(real.as_deref()?))
            .unwrap_or_else(|| file.display().to_string())
            .replace('\\', "/")
    }

    /// A part, for the places of errors in it.
    fn part(&self, name: &str) -> Option<Part> {
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
            false => marker::messages(&text, format.as_ref(), ends(template), given),
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
            marker::plain_text(&text).map_err(|error| error.with_place(description.place().clone()))
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
            false => marker::traced(&text, format.as_ref(), ends(template)),
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

/// What is rendered of a body: a line end at the end of the file does not count, as in Jinja.
fn script_text(body: &str) -> &str {
    let body = body.strip_suffix('\n').unwrap_or(body);
    body.strip_suffix('\r').unwrap_or(body)
}

/// White space at the ends of a prompt without roles: the other dialects keep it.
fn ends(template: &Template) -> Ends {
    match template.dialect {
        Dialect::Jinja => Ends::Trimmed,
        Dialect::Nunjucks | Dialect::Handlebars | Dialect::Mustache => Ends::Kept,
    }
}

/// Axes of the front matter that the template never uses.
fn unused_axes(template: &Template, uses: &Dependencies) -> Vec<TemplateError> {
    let sampled = template.format_sample.map(|_| "format");
    let names = template
        .axes
        .iter()
        .map(|axis| axis.name.as_str())
        .chain(sampled);
    names
        .filter(|name| !uses.axis(name))
        .map(|name| {
            let error = TemplateError::new(format!(
                "the axis `{name}` is not used in {}",
                template.path.display()
            ))
            .help(match name {
                "format" => {
                    "write fields with {{ field(\"Name\", value) }}, or remove the axis".to_owned()
                }
                _ if name.starts_with("shots.") => {
                    "write {% for shot in shots %} … {% endfor %}, or remove the axis".to_owned()
                }
                _ => format!("write {{{{ {name} }}}} where its text belongs, or remove the axis"),
            });
            match template.axis_place(name) {
                Some(place) => error.with_place(place),
                None => error,
            }
        })
        .collect()
}

/// Revision and path of a template that is named as `REV:path`; `None` where it is a file or a glob. A path that git knows
/// is meant from the project's folder.
fn load_revision(root: &Path, name: &str) -> Result<Option<(Tree, String)>, TemplateError> {
    match name.split_once(':') {
        Some((revision, path))
            if revision.chars().count() > 1 && !path.is_empty() && !root.join(name).exists() =>
        {
            Tree::open(root, revision)
                .map(|tree| Some((tree, path.to_owned())))
                .map_err(|e| TemplateError::new(e.to_string()))
        }
        _ => Ok(None),
    }
}

fn matches(root: &Path, glob: &str) -> Result<Vec<PathBuf>, TemplateError> {
    let mut files = files_matching(&root.join(glob))
        .map_err(|e| TemplateError::new(format!("`{glob}` is not a glob: {e}")))?;
    let is_named = files.len() == 1 && files[0] == root.join(glob);
    files.retain(|path| {
        is_named
            || !path
                .file_name()
                .is_some_and(|n| n.to_string_lossy().starts_with('_'))
    });
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn set(files: &[(&str, &str)]) -> (tempfile::TempDir, TemplateSet) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let set = TemplateSet::load(dir.path(), &["*.j2".into()]).unwrap();
        (dir, set)
    }

    fn row() -> Row {
        Row {
            index: 0,
            id: "r0".into(),
            fields: json!({"text": "fine", "label": "positive"})
                .as_object()
                .unwrap()
                .clone(),
            expected: None,
            cluster: None,
        }
    }

    fn all(set: &TemplateSet, axes: &[Axis]) -> Result<Vec<Variant>, TemplateError> {
        set.variants(axes, &BTreeMap::new(), &DesignSpec::Full, None)?
            .list()
    }

    fn render(template: &str) -> Result<Prompt, String> {
        let (_dir, set) = set(&[("a.j2", template)]);
        if let Some(problem) = set.problems().first() {
            return Err(problem.to_string());
        }
        let variants = all(&set, &[]).unwrap();
        set.render(&variants[0], &Arc::new(row()), &[Arc::new(row())])
            .map_err(|e| e.to_string())
    }

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
    fn only_templates_that_build_values_get_a_thread_of_their_own() {
        for (template, builds) in [
            ("{{ row.text }}", false),
            ("{% set x = [row, row] %}{{ x }}", true),
            (
                "+++\ndialect = \"nunjucks\"\n+++\n{{ role(\"user\") }}{{ text }}",
                false,
            ),
            (
                "+++\ndialect = \"nunjucks\"\n+++\n{% for x in text %}{{ x }}{% endfor %}",
                true,
            ),
            ("+++\ndialect = \"handlebars\"\n+++\n{{text}}", false),
            (
                "+++\ndialect = \"handlebars\"\n+++\n{{#each text}}{{this}}{{/each}}",
                true,
            ),
            (
                "+++\ndialect = \"mustache\"\n+++\n{{role \"user\"}}{{text}}",
                false,
            ),
            (
                "+++\ndialect = \"mustache\"\n+++\n{{#text}}{{.}}{{/text}}",
                true,
            ),
        ] {
            let (_dir, set) = set(&[("a.j2", template)]);
            assert!(set.problems().is_empty(), "{:?}", set.problems());
            assert_eq!(set.uses[0].builds_values, builds, "{template}");
        }
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

    #[cfg(unix)]
    #[test]
    fn pipes_and_files_of_the_system_are_no_templates() {
        let (dir, set) = set(&[
            ("a.j2", "{% include \"pipe\" %}"),
            ("b.j2", "{% include \"deep.txt\" %}"),
        ]);
        assert_eq!(set.problems(), []);
        let pipe = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        std::os::unix::fs::symlink("/proc/self/status", dir.path().join("c.j2")).unwrap();
        let deep = format!("+++\n+++\n\n{{{{ row{} }}}}", ".text".repeat(1_000));
        std::fs::write(dir.path().join("deep.txt"), deep).unwrap();
        for (name, why) in [
            ("pipe", "a pipe or device"),
            ("c.j2", "a file of the system"),
        ] {
            let set = TemplateSet::load(dir.path(), &[name.into()]);
            let error = match &set {
                Ok(set) => set.problems()[0].to_string(),
                Err(error) => error.to_string(),
            };
            assert!(error.contains(why), "{error}");
        }
        let set = TemplateSet::load(dir.path(), &["[ab].j2".into()]).unwrap();
        for (n, why) in [
            "a pipe or device",
            "deep.txt:4: an expression is nested too deep",
        ]
        .iter()
        .enumerate()
        {
            let variant = &all(&set, &[]).unwrap()[n];
            let error = set.render(variant, &Arc::new(row()), &[]).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }

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

    #[test]
    fn an_unused_axis_of_a_template_is_a_problem() {
        let (_dir, set) = set(&[("a.j2", "+++\n[axes]\ntone = [\"x\"]\n+++\nhello")]);
        let text = set.problems()[0].to_string();
        assert!(
            text.contains("not used") && text.contains("a.j2:3:1"),
            "{text}"
        );
    }
}
