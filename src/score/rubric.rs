//! The rubric of a judge: a template that shows an answer, or two, and asks for a verdict.
//!
//! Read like any other template; what it sees beside the row's columns is named here. Knows no endpoint.

use super::assertions::promptfoo_value;
use crate::{
    model::{Prompt, Row, Variant},
    project::DesignSpec,
    template::{TemplateError, TemplateSet},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path, sync::Arc};

#[derive(Debug)]
pub struct Rubric {
    templates: TemplateSet,
    variant: Variant,
}

impl Rubric {
    /// A hash of its text; `None` where only rendering shows it.
    pub fn text_key(&self) -> Option<u64> {
        self.templates.text_key(self.variant.template)
    }

    /// Read a rubric; `root` is the project's folder. It has to show the answer (`output`), or both of them (`first` and
    /// `second`) where two are compared.
    pub fn load(root: &Path, path: &Path, pairwise: bool) -> Result<Rubric, TemplateError> {
        let templates = TemplateSet::load(root, &[path.display().to_string()])?;
        if let Some(problem) = templates.problems().first() {
            return Err(problem.clone());
        }
        let variants = templates.variants(&[], &BTreeMap::new(), &DesignSpec::OneAtATime, None)?;
        let Some(variant) = variants.list()?.into_iter().next() else {
            return Err(TemplateError::new(format!(
                "the rubric {} is not a valid template",
                path.display()
            )));
        };
        let needs: &[&str] = if pairwise {
            &["first", "second"]
        } else {
            &["output"]
        };
        for name in needs {
            if !templates.uses_column(0, name) {
                return Err(TemplateError::new(format!(
                    "the rubric {} never shows what is to be judged",
                    path.display()
                ))
                .help(format!("write {{{{ {name} }}}} where the answer belongs")));
            }
        }
        if templates.speaks(variant.template) {
            return Err(TemplateError::new(format!(
                "the rubric {} is a conversation; a judge answers once",
                path.display()
            ))
            .help("remove reply() from it"));
        }
        Ok(Rubric { templates, variant })
    }

    /// Ask for a grade from 1 to `scale` of one answer.
    pub fn grade(&self, row: &Row, output: &str, scale: u32) -> Result<Prompt, TemplateError> {
        self.render(row, &[("output", json!(output)), ("scale", json!(scale))])
    }

    /// Ask whether an answer is as a row's own `rubric` wants it.
    pub fn hold(&self, row: &Row, output: &str, rubric: &str) -> Result<Prompt, TemplateError> {
        self.render(row, &[("output", json!(output)), ("rubric", json!(rubric))])
    }

    /// The same as promptfoo asks it: an answer that is JSON is shown as JavaScript prints its value, and nothing hides a
    /// column but the names that promptfoo gives.
    pub fn promptfoo(
        &self,
        row: &Row,
        output: &str,
        rubric: &str,
    ) -> Result<Prompt, TemplateError> {
        let mut seen = row.clone();
        seen.fields.insert("output".into(), promptfoo_value(output));
        seen.fields.insert("rubric".into(), json!(rubric));
        self.templates.render(&self.variant, &Arc::new(seen), &[])
    }

    /// Ask which of two answers is the better one.
    pub fn compare(&self, row: &Row, first: &str, second: &str) -> Result<Prompt, TemplateError> {
        self.render(row, &[("first", json!(first)), ("second", json!(second))])
    }

    /// The columns of the row, the expected answer as `expected`, and what is to be judged; the latter hide columns of
    /// their names.
    fn render(&self, row: &Row, shown: &[(&str, Value)]) -> Result<Prompt, TemplateError> {
        let mut seen = row.clone();
        let expected = json!(row.expected_text().unwrap_or_default());
        seen.fields.insert("expected".into(), expected);
        for (name, value) in shown {
            seen.fields.insert((*name).to_owned(), value.clone());
        }
        self.templates.render(&self.variant, &Arc::new(seen), &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rubric(text: &str, pairwise: bool) -> Result<Rubric, TemplateError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("r.j2"), text).unwrap();
        Rubric::load(dir.path(), Path::new("r.j2"), pairwise)
    }

    #[test]
    fn a_rubric_shows_the_answer_and_hides_columns_of_its_names() {
        let row = Row {
            fields: json!({"text": "2 + 2?", "output": "a column"})
                .as_object()
                .unwrap()
                .clone(),
            expected: Some(json!(4)),
            ..Row::default()
        };
        let one = rubric("{{ role(\"system\") }}Be fair, 1 to {{ scale }}.\n{{ role(\"user\") }}{{ row.text }} {{ expected }} {{ output }}", false).unwrap();
        let prompt = one.grade(&row, "four", 5).unwrap();
        let said: Vec<&str> = prompt.messages.iter().map(|m| m.content.as_str()).collect();
        assert_eq!(said, ["Be fair, 1 to 5.", "2 + 2? 4 four"]);
        let two = rubric("{{ first }}|{{ second }}", true).unwrap();
        let prompt = two.compare(&row, "x", "y").unwrap();
        assert_eq!(prompt.messages[0].content, "x|y");
    }

    #[test]
    fn a_rubric_that_shows_nothing_to_judge_is_an_error() {
        let error = rubric("Is it good? {{ first }}", true).unwrap_err();
        assert!(error.to_string().contains("{{ second }}"), "{error}");
        let error = rubric("{{ output }}{{ reply() }}Sure?", false).unwrap_err();
        assert!(
            error.to_string().contains("a judge answers once"),
            "{error}"
        );
        let error = rubric("Is it good?", false).unwrap_err();
        assert!(error.to_string().contains("{{ output }}"), "{error}");
    }
}
