//! The templates of an experiment, compiled; variants; rendering.

use super::{Format, Template, TemplateError, design, marker};
use crate::{
    model::{Axis, Prompt, Role, Row, Shot, Variant},
    project::DesignSpec,
};
use globset::GlobBuilder;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, Value,
    syntax::SyntaxConfig,
    value::{Kwargs, Serde},
};
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

const FUEL: u64 = 2_000_000;

/// The templates of an experiment, compiled, and those that do not compile with their errors.
#[derive(Debug)]
pub struct TemplateSet {
    root: PathBuf,
    templates: Vec<Template>,
    uses: Vec<HashSet<String>>,
    problems: Vec<TemplateError>,
    environment: Environment<'static>,
}

impl TemplateSet {
    /// Read and compile the files that the globs match, in the order of the globs, then by path. Files whose name
    /// begins with `_` are parts to include. One bad template does not stop the others; errors only where no file matches.
    pub fn load(root: &Path, globs: &[String]) -> Result<TemplateSet, TemplateError> {
        let mut set = TemplateSet {
            root: root.to_path_buf(),
            templates: Vec::new(),
            uses: Vec::new(),
            problems: Vec::new(),
            environment: environment(root),
        };
        let mut taken: HashSet<PathBuf> = HashSet::new();
        for glob in globs {
            let files = matches(root, glob)?;
            if files.is_empty() {
                return Err(
                    TemplateError::new(format!("no template matches `{glob}`")).help(format!(
                        "paths start at {}",
                        crate::source::as_typed(root).display()
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

    fn add(&mut self, file: &Path) {
        let mut template = match Template::read(file) {
            Ok(template) => template,
            Err(errors) => return self.problems.extend(errors),
        };
        let stem = template.name.clone();
        let mut n = 2;
        while self.templates.iter().any(|t| t.name == template.name) {
            template.name = format!("{stem}~{n}");
            n += 1;
        }
        self.environment
            .set_syntax(syntax(template.keep_whitespace));
        let compiled = self
            .environment
            .add_template_owned(template.key(), template.body().to_owned());
        self.environment.set_syntax(syntax(false));
        if let Err(error) = compiled {
            let error = TemplateError::of(&error, &template, &[], &|_| None);
            return self.problems.push(error);
        }
        let mut uses = self
            .environment
            .get_template(&template.key())
            .map(|t| t.undeclared_variables(true))
            .unwrap_or_default();
        if template.body().contains("field(") {
            uses.insert("format".into());
        }
        for axis in &template.axes {
            if !uses_axis(&uses, template.body(), &axis.name) {
                let at = template.source.find(&axis.name).unwrap_or(0);
                self.problems.push(
                    TemplateError::new(format!(
                        "the axis `{}` is never used in {}",
                        axis.name,
                        template.path.display()
                    ))
                    .at(crate::source::SourcePlace::of_span(
                        &template.path,
                        &template.source,
                        at..at + axis.name.len(),
                    ))
                    .help(format!(
                        "write {{{{ {} }}}} where its text belongs, or delete the axis",
                        axis.name
                    )),
                );
            }
        }
        self.uses.push(uses);
        self.templates.push(template);
    }

    /// The good templates.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// What is wrong with the others.
    pub fn problems(&self) -> &[TemplateError] {
        &self.problems
    }

    /// The variants: every template's axes and those of the experiment that it uses, combined by the design. An axis of
    /// the experiment that no template uses is an error.
    pub fn variants(
        &self,
        axes: &[Axis],
        design: &DesignSpec,
        seed: u64,
    ) -> Result<Vec<Variant>, TemplateError> {
        for axis in axes {
            let used = self
                .templates
                .iter()
                .zip(&self.uses)
                .any(|(t, uses)| uses_axis(uses, t.body(), &axis.name));
            if !used && !self.templates.is_empty() {
                return Err(TemplateError::new(format!(
                    "no template uses the axis `{}`",
                    axis.name
                ))
                .help("write it into a template, or delete it from the experiment's axes"));
            }
        }
        let mut variants = Vec::new();
        for (index, template) in self.templates.iter().enumerate() {
            let own: Vec<Axis> = template
                .axes
                .iter()
                .cloned()
                .chain(
                    axes.iter()
                        .filter(|a| uses_axis(&self.uses[index], template.body(), &a.name))
                        .filter(|a| template.axes.iter().all(|t| t.name != a.name))
                        .cloned(),
                )
                .collect();
            let design = match design {
                DesignSpec::Random { variants } => DesignSpec::Random {
                    variants: variants.div_ceil(self.templates.len()),
                },
                other => other.clone(),
            };
            let size = design::combinations(&own);
            if design == DesignSpec::Full && size > design::MOST {
                return Err(TemplateError::new(format!("the axes of {} make {size} variants", template.path.display()))
                    .help("choose another design, for example [experiment.NAME.design] kind = \"random\" and variants = 24"));
            }
            for combination in design::combine(&own, &design, seed) {
                variants.push(variant(template, index, &own, &combination));
            }
        }
        Ok(variants)
    }

    /// Render a variant for a row. Thread-safe, pure.
    pub fn render(
        &self,
        variant: &Variant,
        row: &Row,
        shots: &[Arc<Shot>],
    ) -> Result<Prompt, TemplateError> {
        let template = &self.templates[variant.template];
        let failed = |error: Error| {
            let mut names: Vec<String> = vec!["row".into(), "shots".into()];
            names.extend(row.fields.keys().map(|k| format!("row.{k}")));
            names.extend(variant.levels.iter().map(|(axis, _)| axis.clone()));
            TemplateError::of(&error, template, &names, &|name| {
                std::fs::read_to_string(self.root.join(name)).ok()
            })
        };
        let format = variant
            .level("format")
            .and_then(|level| serde_json::from_value::<Format>(level.value.clone()).ok());
        let axes = Value::from_pairs(
            variant
                .levels
                .iter()
                .map(|(axis, level)| (axis.as_str(), Value::from(Serde(&level.value)))),
        );
        let mut context: Vec<(String, Value)> = row
            .fields
            .iter()
            .map(|(k, v)| (k.clone(), Value::from(Serde(v))))
            .collect();
        let row_value = Value::from_pairs(context.iter().map(|(k, v)| (k.as_str(), v.clone())));
        context.push(("row".into(), row_value));
        context.push((
            "shots".into(),
            shots
                .iter()
                .map(|s| Value::from(Serde(&s.fields)))
                .collect(),
        ));
        for (axis, level) in &variant.levels {
            if !axis.contains('.') {
                context.push((axis.clone(), Value::from(Serde(&level.value))));
            }
        }
        context.push(("axes".into(), axes));
        let context = Value::from_pairs(context);
        let text = self
            .environment
            .get_template(&template.key())
            .and_then(|t| t.render(context))
            .map_err(failed)?;
        marker::messages(&text, format.as_ref()).map_err(|e| {
            e.at(crate::source::SourcePlace::of_line(
                &template.path,
                &template.source,
                1,
            ))
        })
    }

    /// Whether a variant's prompt shows shots.
    pub fn shows_shots(&self, variant: &Variant) -> bool {
        let template = &self.templates[variant.template];
        uses_axis(&self.uses[variant.template], template.body(), "shots.count")
    }
}

fn variant(template: &Template, index: usize, axes: &[Axis], combination: &[usize]) -> Variant {
    let levels: Vec<_> = axes
        .iter()
        .zip(combination)
        .map(|(axis, &l)| (axis.name.clone(), axis.levels[l].clone()))
        .collect();
    let varying: Vec<String> = axes
        .iter()
        .zip(&levels)
        .filter(|(axis, _)| axis.levels.len() > 1)
        .map(|(_, (name, level))| format!("{name}={}", level.name))
        .collect();
    let name = if varying.is_empty() {
        template.name.clone()
    } else {
        format!("{}[{}]", template.name, varying.join(","))
    };
    let params = levels
        .iter()
        .filter_map(|(axis, level)| {
            Some((
                axis.strip_prefix("params.")?.to_owned(),
                level.value.clone(),
            ))
        })
        .collect();
    Variant {
        name,
        template: index,
        levels,
        params,
    }
}

/// Whether a template's prompts can depend on an axis.
fn uses_axis(uses: &HashSet<String>, body: &str, axis: &str) -> bool {
    if axis.starts_with("params.") || uses.contains("axes") {
        return true;
    }
    // Parts are read when they are rendered; what they use is not known before.
    if [
        "{% include",
        "{% import",
        "{% extends",
        "{% from",
        "{%- include",
    ]
    .iter()
    .any(|tag| body.contains(tag))
    {
        return true;
    }
    let root = axis.split('.').next().unwrap_or(axis);
    let dotted = format!("{root}.");
    uses.iter()
        .any(|name| name == root || name.starts_with(&dotted) || *name == format!("axes.{axis}"))
}

fn syntax(keep: bool) -> SyntaxConfig {
    SyntaxConfig::builder()
        .trim_blocks(!keep)
        .lstrip_blocks(!keep)
        .build()
        .unwrap_or_default()
}

fn environment(root: &Path) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_syntax(syntax(false));
    environment.set_fuel(Some(FUEL));
    environment.set_debug(true);
    let inside = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    environment.set_loader(move |name| {
        let file = inside.join(name);
        let real = file
            .canonicalize()
            .ok()
            .filter(|real| real.starts_with(&inside));
        match real {
            Some(real) => std::fs::read_to_string(&real).map(Some).map_err(|e| {
                Error::new(
                    ErrorKind::InvalidOperation,
                    format!("`{name}` cannot be read: {e}"),
                )
            }),
            None => Ok(None),
        }
    });
    environment.set_path_join_callback(|name, parent| {
        if name.starts_with("./") || name.starts_with("../") {
            Path::new(parent)
                .parent()
                .unwrap_or(Path::new(""))
                .join(name)
                .display()
                .to_string()
                .into()
        } else {
            name.into()
        }
    });
    environment.add_function(
        "role",
        |name: &str, options: Kwargs| -> Result<String, Error> {
            let trim: Option<bool> = options.get("trim")?;
            options.assert_all_used()?;
            match Role::parse(name) {
                Some(role) => Ok(marker::role(role, trim.unwrap_or(true))),
                None => Err(Error::new(
                    ErrorKind::InvalidOperation,
                    format!(
                        "no role `{name}`; there are {}",
                        Role::ALL.map(Role::as_str).join(", ")
                    ),
                )),
            }
        },
    );
    environment.add_function(
        "field",
        |state: &State<'_, '_>, name: &str, value: &Value| -> String {
            let format: Format = state
                .lookup("axes")
                .and_then(|axes| axes.get_attr("format").ok())
                .filter(|format| !format.is_undefined())
                .and_then(|format| serde_json::to_value(&format).ok())
                .and_then(|format| serde_json::from_value(format).ok())
                .unwrap_or_default();
            marker::field(&format.field(name, &value.to_string()))
        },
    );
    environment
}

fn matches(root: &Path, glob: &str) -> Result<Vec<PathBuf>, TemplateError> {
    let literal = root.join(glob);
    if literal.is_file() {
        return Ok(vec![literal]);
    }
    let absolute = root.join(glob);
    let text = absolute.to_string_lossy();
    let fixed: PathBuf = absolute
        .components()
        .take_while(|c| {
            !c.as_os_str()
                .to_string_lossy()
                .contains(['*', '?', '[', '{'])
        })
        .collect();
    let matcher = GlobBuilder::new(&text)
        .literal_separator(true)
        .build()
        .map_err(|e| TemplateError::new(format!("`{glob}` is not a glob: {e}")))?
        .compile_matcher();
    let mut files: Vec<PathBuf> = walkdir::WalkDir::new(&fixed)
        .follow_links(true)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file() && matcher.is_match(entry.path()))
        .map(walkdir::DirEntry::into_path)
        .filter(|path| {
            !path
                .file_name()
                .is_some_and(|n| n.to_string_lossy().starts_with('_'))
        })
        .collect();
    files.sort();
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

    fn render(template: &str) -> Result<Prompt, String> {
        let (_dir, set) = set(&[("a.j2", template)]);
        if let Some(problem) = set.problems().first() {
            return Err(problem.to_string());
        }
        let variants = set.variants(&[], &DesignSpec::Full, 7).unwrap();
        set.render(&variants[0], &row(), &[Arc::new(row())])
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
        assert!(error.contains("no file to include"), "{error}");
        let error = render("{% for i in range(100000) %}{% for j in range(100000) %}{{ i }}{% endfor %}{% endfor %}").unwrap_err();
        assert!(error.contains("stopped"), "{error}");
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
        let names: Vec<String> = set
            .variants(std::slice::from_ref(&tone), &DesignSpec::Full, 7)
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
            set.variants(&[unused], &DesignSpec::Full, 7)
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
            text.contains("never used") && text.contains("a.j2:3:1"),
            "{text}"
        );
    }
}
