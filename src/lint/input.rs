//! The input of the lint rules.

use crate::{
    catalog::{self, ModelFacts},
    engine::ModelEstimate,
    model::{ModelRef, Prompt, Row, Shot, Variant},
    project::{ChatTemplate, DataPlaces, Project},
    read::LabelReader,
    source::SourcePlace,
    template::{TemplateError, TemplateSet, Variants},
    tokens::TokenCount,
};
use std::{collections::BTreeMap, sync::Arc};

/// Renders a variant for a row, with the shots that are chosen for it.
pub(super) type Render<'a> = dyn Fn(&Variant, &Arc<Row>) -> Result<Prompt, TemplateError> + 'a;

/// A model's context window and the longest prompt for it.
#[derive(Debug, Clone)]
pub struct Window {
    pub model: ModelRef,
    /// Its context window, in tokens.
    pub context: u64,
    /// Tokens of the longest prompt.
    pub longest: TokenCount,
    /// Variant and row of that prompt.
    pub which: String,
    /// Index of its template.
    pub template: usize,
    /// Tokens that the answer may take.
    pub answer: u64,
}

impl Window {
    /// The window of an estimated model; `None` if its size is unknown or nothing was rendered.
    pub fn new(estimate: &ModelEstimate) -> Option<Window> {
        let longest = estimate.longest.clone()?;
        Some(Window {
            model: estimate.model.clone(),
            context: estimate.context?,
            longest: longest.tokens,
            which: longest.name,
            template: longest.template,
            answer: longest.max_output,
        })
    }
}

/// A model, and what is known of its chat template and of what it takes.
#[derive(Debug, Clone)]
pub struct ModelChat {
    pub(super) model: ModelRef,
    pub(super) chat: ChatTemplate,
    pub(super) facts: ModelFacts,
}

impl ModelChat {
    /// What the project and the table of models say of these.
    pub fn of_models(project: &Project, models: &[ModelRef]) -> Vec<ModelChat> {
        let known = |model: &ModelRef| ModelChat {
            model: model.clone(),
            chat: project
                .model(model)
                .map_or_else(ChatTemplate::default, |spec| spec.chat.clone()),
            facts: catalog::facts(&model.model, project.endpoint(model)),
        };
        models.iter().map(known).collect()
    }
}

/// What the lint rules read.
pub struct LintInput<'a> {
    pub templates: &'a TemplateSet,
    pub variants: &'a Variants,
    /// Rows of the dataset, enough of them to look at.
    pub rows: &'a [Arc<Row>],
    /// Id and expected answer of every row, by its place; `None` past the last.
    pub answers: &'a dyn Fn(usize) -> Option<(String, Option<String>)>,
    pub shots: &'a [Arc<Shot>],
    /// Whether the experiment names a shots file.
    pub has_shots: bool,
    /// Columns of the dataset.
    pub columns: &'a [String],
    /// Column with the expected answer.
    pub answer: Option<&'a str>,
    /// Columns that are there for others than templates: id, cluster and slices; all, where a program gets the row.
    pub bookkeeping: Vec<&'a str>,
    /// Labels of the main metric; none where it has none.
    pub labels: &'a [String],
    /// Reads them.
    pub label_reader: Option<&'a LabelReader>,
    /// Whether the main metric compares outputs with the expected answers.
    pub compares_expected: bool,
    /// The value of a request parameter of a variant.
    pub param: &'a dyn Fn(&Variant, &str) -> Option<serde_json::Value>,
    /// The limit of a variant's answers, in tokens.
    pub max_tokens: &'a dyn Fn(&Variant) -> Option<u64>,
    /// Where the experiment's axes are written.
    pub axis_places: &'a BTreeMap<String, SourcePlace>,
    /// Where it names its files.
    pub data_places: &'a DataPlaces,
    /// How much each model takes.
    pub windows: &'a [Window],
    /// What is known of the models.
    pub chats: &'a [ModelChat],
    /// How a prompt is rendered.
    pub render: &'a Render<'a>,
}

/// Most variants whose words are looked at; they share their templates, so more say little more.
const MOST_VARIANTS: u64 = 64;

/// At most [`MOST_VARIANTS`] variants, evenly spread.
pub(super) fn spread_variants(variants: &Variants) -> impl Iterator<Item = Variant> {
    let take = variants.len().min(MOST_VARIANTS);
    (0..take).filter_map(move |i| {
        let number = u128::from(i) * u128::from(variants.len()) / u128::from(take);
        variants.get(number as u64)
    })
}
