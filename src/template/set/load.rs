//! Reading templates and compiling them.

use super::TemplateSet;
use crate::{
    dialect::{Script, SyntaxError},
    git::Tree,
    source::{SourcePlace, as_typed, files_matching},
    template::{
        Template, TemplateError,
        dependencies::Dependencies,
        environment::{environment, old_key, syntax},
        nesting::{TooDeep, check_nesting},
        reply_bounds::{UnboundedReply, find_unbounded},
        scripted,
    },
};
use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

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
}

fn first(errors: Vec<TemplateError>) -> TemplateError {
    let first = errors.into_iter().next();
    first.unwrap_or_else(|| TemplateError::new("the template cannot be read"))
}

/// What is rendered of a body: a line end at the end of the file does not count, as in Jinja.
fn script_text(body: &str) -> &str {
    let body = body.strip_suffix('\n').unwrap_or(body);
    body.strip_suffix('\r').unwrap_or(body)
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
    use super::{super::examples::*, *};

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
    fn an_unused_axis_of_a_template_is_a_problem() {
        let (_dir, set) = set(&[("a.j2", "+++\n[axes]\ntone = [\"x\"]\n+++\nhello")]);
        let text = set.problems()[0].to_string();
        assert!(
            text.contains("not used") && text.contains("a.j2:3:1"),
            "{text}"
        );
    }
}
