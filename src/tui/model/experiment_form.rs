//! A new experiment as it is being chosen, field by field: what can be chosen in each, and what is chosen so far. Pure.

use super::{
    model_lists::{ModelLists, has_words},
    text_area::TextArea,
};
use crate::{
    engine::OfferedModel,
    model::ModelRef,
    scaffold::{
        AnswerSource, DatasetColumns, DatasetSource, ExperimentDraft, FIRST_TEMPLATE, STAND_IN,
        known_service,
    },
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where a dataset of a few rows goes, from the project's folder.
const FIRST_DATASET: &str = "datasets/first.jsonl";

/// What is chosen of a new experiment, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::VariantArray)]
pub enum DraftField {
    Dataset,
    Name,
    Answer,
    Template,
    Model,
}

impl DraftField {
    pub(crate) const ALL: &[DraftField] = <DraftField as strum::VariantArray>::VARIANTS;

    pub(crate) fn word(self) -> &'static str {
        match self {
            DraftField::Dataset => "dataset",
            DraftField::Name => "name",
            DraftField::Answer => "answer",
            DraftField::Template => "template",
            DraftField::Model => "model",
        }
    }
}

/// What is known of the columns of the dataset.
#[derive(Debug, Clone, Default)]
pub(crate) enum ColumnsRead {
    /// No dataset is chosen yet.
    #[default]
    Unknown,
    Reading,
    Read(Arc<DatasetColumns>),
    Failed(String),
}

/// A new experiment as it is being chosen.
#[derive(Debug, Clone)]
pub struct ExperimentForm {
    /// By which results of jobs are known.
    pub(crate) number: u64,
    /// The folder of the project.
    pub(crate) root: PathBuf,
    pub(crate) field: DraftField,
    /// What is typed into the field.
    pub(crate) input: TextArea,
    /// The selected entry.
    pub(crate) at: usize,
    /// Datasets of the project, from its folder; `None` until they are found.
    pub(crate) datasets: Option<Vec<PathBuf>>,
    pub(crate) columns: ColumnsRead,
    pub(crate) dataset: Option<DatasetSource>,
    pub(crate) name: String,
    pub(crate) answer: Option<AnswerSource>,
    pub(crate) template: String,
    pub(crate) model: Option<ModelRef>,
    /// Models of the project's experiments.
    pub(crate) known_models: Vec<ModelRef>,
    pub(crate) lists: ModelLists,
}

/// What can be chosen in a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FormEntry {
    pub label: String,
    pub hint: FormHint,
    pub value: FormValue,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FormHint {
    Text(String),
    /// What an endpoint says of a model.
    Offered(OfferedModel),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FormValue {
    Dataset(DatasetSource),
    Answer(AnswerSource),
    Model(ModelRef),
}

impl ExperimentForm {
    pub(crate) fn new(
        root: PathBuf,
        known_models: Vec<ModelRef>,
        endpoints: impl Iterator<Item = String>,
        number: u64,
    ) -> ExperimentForm {
        ExperimentForm {
            number,
            root,
            field: DraftField::Dataset,
            input: TextArea::default(),
            at: 0,
            datasets: None,
            columns: ColumnsRead::Unknown,
            dataset: None,
            name: String::new(),
            answer: None,
            template: FIRST_TEMPLATE.to_owned(),
            model: None,
            known_models,
            lists: ModelLists::new(endpoints),
        }
    }

    /// The field that is chosen now.
    pub fn field(&self) -> DraftField {
        self.field
    }

    /// What can be chosen in the field; where something is typed, what has all its words.
    pub(crate) fn entries(&self) -> Vec<FormEntry> {
        let typed = self.input.text();
        match self.field {
            DraftField::Dataset => self.dataset_entries(typed.trim()),
            DraftField::Answer => self.answer_entries(typed.trim()),
            DraftField::Model => self.model_entries(typed.trim()),
            DraftField::Name | DraftField::Template => Vec::new(),
        }
    }

    fn dataset_entries(&self, typed: &str) -> Vec<FormEntry> {
        let entry = |label: &str, hint: &str, source: DatasetSource| FormEntry {
            label: label.to_owned(),
            hint: FormHint::Text(hint.to_owned()),
            value: FormValue::Dataset(source),
        };
        let found = self.datasets.as_deref().unwrap_or_default();
        let first = Path::new(FIRST_DATASET);
        let mut entries: Vec<FormEntry> = found
            .iter()
            .map(|path| (path.to_string_lossy(), path))
            .filter(|(label, _)| has_words(label, typed))
            .map(|(label, path)| entry(&label, "", DatasetSource::File(self.root.join(path))))
            .collect();
        if !typed.is_empty() && !found.iter().any(|path| path == Path::new(typed)) {
            let path = self.root.join(typed);
            entries.push(entry(typed, "as typed", DatasetSource::File(path)));
        }
        if self.datasets.is_some()
            && !found.iter().any(|path| path == first)
            && has_words(FIRST_DATASET, typed)
        {
            let hint = "new: four rows to write over";
            let source = DatasetSource::FirstRows(first.to_owned());
            entries.push(entry(FIRST_DATASET, hint, source));
        }
        entries
    }

    /// The likely column first, then the others, then that there is none.
    fn answer_entries(&self, typed: &str) -> Vec<FormEntry> {
        let ColumnsRead::Read(columns) = &self.columns else {
            return Vec::new();
        };
        let entry = |label: &str, hint: String, source: AnswerSource| FormEntry {
            label: label.to_owned(),
            hint: FormHint::Text(hint),
            value: FormValue::Answer(source),
        };
        let likely = columns.answer();
        let others = columns.names().filter(|name| Some(*name) != likely);
        let mut entries: Vec<FormEntry> = likely
            .into_iter()
            .chain(others)
            .map(|name| (name, AnswerSource::Column(name.to_owned())))
            .filter(|(name, source)| has_words(name, typed) && source.check(columns).is_ok())
            .map(|(name, source)| entry(name, source.scoring(columns).describe(), source))
            .collect();
        let labels: Vec<String> = (typed.split([',', '，']).map(str::trim))
            .filter(|label| !label.is_empty())
            .map(str::to_owned)
            .collect();
        if labels.len() > 1 {
            let hint = "labels that an answer may have; no column has the answers yet".to_owned();
            let label = labels.join(", ");
            entries.push(entry(&label, hint, AnswerSource::Labels(labels)));
        } else if typed.is_empty() {
            let hint = "or type the labels, where answers are labels: yes, no";
            entries.push(entry("none yet", hint.to_owned(), AnswerSource::Missing));
        }
        entries
    }

    /// Those of the project, the stand-in, those listed, and what is typed.
    fn model_entries(&self, typed: &str) -> Vec<FormEntry> {
        let mut entries: Vec<FormEntry> = Vec::new();
        let mut add = |model: ModelRef, hint: FormHint, is_typed: bool| {
            let label = model.to_string();
            if (is_typed || has_words(&label, typed)) && entries.iter().all(|e| e.label != label) {
                let value = FormValue::Model(model);
                entries.push(FormEntry { label, hint, value });
            }
        };
        let stand_in = STAND_IN.parse::<ModelRef>().ok();
        for model in &self.known_models {
            if Some(model) != stand_in.as_ref() {
                add(
                    model.clone(),
                    FormHint::Text("in the project".into()),
                    false,
                );
            }
        }
        if let Some(model) = stand_in {
            let hint = "a stand-in, not a language model";
            add(model, FormHint::Text(hint.into()), false);
        }
        for (model, offered) in self.lists.offered() {
            add(model, FormHint::Offered(offered.clone()), false);
        }
        let service = typed.parse::<ModelRef>().ok().and_then(|model| {
            let service = known_service(&model.endpoint)?;
            (!self.lists.has_endpoint(&model.endpoint)).then_some((model, service))
        });
        match service {
            Some((model, service)) => {
                let key = service.api_key_env;
                let key = key.map_or(String::new(), |name| format!(", ${name}"));
                let hint = format!("new endpoint: {}{key}", service.base_url);
                add(model, FormHint::Text(hint), true);
            }
            None => {
                for model in self.lists.typed(typed) {
                    add(model, FormHint::Text("as typed".into()), true);
                }
            }
        }
        entries
    }

    /// Take the selected entry.
    pub(crate) fn take(&mut self, value: FormValue) {
        match value {
            FormValue::Dataset(source) => self.dataset = Some(source),
            FormValue::Answer(source) => self.answer = Some(source),
            FormValue::Model(model) => self.model = Some(model),
        }
    }

    /// Go to a field; what is there can be edited, what was chosen is selected.
    pub(crate) fn go_to(&mut self, field: DraftField) {
        self.field = field;
        self.input = match field {
            DraftField::Name => TextArea::line(self.name.clone()),
            DraftField::Template => TextArea::line(self.template.clone()),
            DraftField::Dataset | DraftField::Answer | DraftField::Model => TextArea::default(),
        };
        let chosen = match field {
            DraftField::Dataset => self.dataset.clone().map(FormValue::Dataset),
            DraftField::Answer => self.answer.clone().map(FormValue::Answer),
            DraftField::Model => self.model.clone().map(FormValue::Model),
            DraftField::Name | DraftField::Template => None,
        };
        let place = chosen.and_then(|chosen| {
            let mut entries = self.entries().into_iter();
            entries.position(|entry| entry.value == chosen)
        });
        self.at = place.unwrap_or(0);
    }

    /// The field before or after.
    pub(crate) fn neighbor(&self, by: isize) -> Option<DraftField> {
        let at = DraftField::ALL.iter().position(|f| *f == self.field)?;
        DraftField::ALL.get(at.checked_add_signed(by)?).copied()
    }

    /// All that was chosen, with the columns of the dataset.
    pub(crate) fn draft(&self) -> Option<(ExperimentDraft, Arc<DatasetColumns>)> {
        let ColumnsRead::Read(columns) = &self.columns else {
            return None;
        };
        let draft = ExperimentDraft {
            name: self.name.clone(),
            dataset: self.dataset.clone()?,
            answer: self.answer.clone()?,
            template: self.template.clone(),
            model: self.model.clone()?,
            endpoint: None,
        };
        Some((draft, Arc::clone(columns)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaffold::first_rows_columns;

    fn form() -> ExperimentForm {
        let models = vec!["lab/small".parse().unwrap(), STAND_IN.parse().unwrap()];
        let endpoints = ["demo", "lab"].map(str::to_owned).into_iter();
        let mut form = ExperimentForm::new(PathBuf::from("/p"), models, endpoints, 1);
        form.datasets = Some(vec!["datasets/mails.csv".into(), "old/mails.jsonl".into()]);
        form.columns = ColumnsRead::Read(Arc::new(first_rows_columns()));
        form
    }

    fn labels(form: &mut ExperimentForm, field: DraftField, typed: &str) -> Vec<String> {
        form.go_to(field);
        form.input = TextArea::line(typed);
        form.entries()
            .into_iter()
            .map(|entry| entry.label)
            .collect()
    }

    #[test]
    fn datasets_are_found_typed_or_begun() {
        let mut form = form();
        let all = ["datasets/mails.csv", "old/mails.jsonl", FIRST_DATASET];
        assert_eq!(labels(&mut form, DraftField::Dataset, ""), all);
        let found = labels(&mut form, DraftField::Dataset, "csv mails");
        assert_eq!(found, ["datasets/mails.csv", "csv mails"]);
        let typed = labels(&mut form, DraftField::Dataset, "/tmp/x.csv");
        assert_eq!(typed, ["/tmp/x.csv"]);
        let FormValue::Dataset(DatasetSource::File(path)) = &form.entries()[0].value else {
            panic!();
        };
        assert_eq!(path, Path::new("/tmp/x.csv"));
    }

    #[test]
    fn the_likely_column_is_first_and_labels_can_be_typed() {
        let mut form = form();
        let all = ["label", "id", "text", "none yet"];
        assert_eq!(labels(&mut form, DraftField::Answer, ""), all);
        assert_eq!(labels(&mut form, DraftField::Answer, "te"), ["text"]);
        assert_eq!(
            labels(&mut form, DraftField::Answer, "yes, no"),
            ["yes, no"]
        );
    }

    #[test]
    fn models_come_from_the_project_the_services_or_by_hand() {
        let mut form = form();
        let all = ["lab/small", "demo/icl"];
        assert_eq!(labels(&mut form, DraftField::Model, ""), all);
        let typed = labels(&mut form, DraftField::Model, "lab/big");
        assert_eq!(typed, ["lab/big"]);
        let service = labels(&mut form, DraftField::Model, "openai/gpt-4o");
        assert_eq!(service, ["openai/gpt-4o"]);
        let FormHint::Text(hint) = &form.entries()[0].hint else {
            panic!();
        };
        assert!(hint.ends_with(", $OPENAI_API_KEY"), "{hint}");
    }

    #[test]
    fn what_was_chosen_is_selected_again() {
        let mut form = form();
        form.answer = Some(AnswerSource::Column("text".into()));
        form.go_to(DraftField::Answer);
        assert_eq!(form.at, 2);
        assert_eq!(form.neighbor(-1), Some(DraftField::Name));
        form.go_to(DraftField::Dataset);
        assert_eq!(form.neighbor(-1), None);
    }
}
