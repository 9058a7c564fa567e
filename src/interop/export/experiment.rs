//! An experiment as exporters get it: its prompts rendered, row by row, so that no other tool's template language has to mean what
//! ours means. And what becomes of it: files, and notes of what did not fit.

use crate::{
    interop::{ImportError, Note, NotePlace, written_files::write_files},
    model::{Params, Prompt, Row},
    project::{EndpointSpec, MetricKind, MetricSpec},
    score::Assertions,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// An experiment with its prompts.
#[derive(Debug)]
pub struct ExportedExperiment {
    pub name: String,
    /// Where it is written.
    pub at: NotePlace,
    pub variants: Vec<ExportedVariant>,
    pub models: Vec<ExportedModel>,
    pub metrics: Vec<ExportedMetric>,
    pub rows: Vec<Arc<Row>>,
    /// Where the rows are.
    pub dataset: NotePlace,
    /// The line on which each row of the dataset begins, by the rows' places in it; empty where its rows stand on none.
    pub row_lines: Vec<usize>,
    /// The column of the expected answer.
    pub answer: String,
    /// How often each prompt is sent.
    pub samples: usize,
    /// The project file, from the folder of the export.
    pub project: String,
}

/// A wording with its prompt for each row.
#[derive(Debug)]
pub struct ExportedVariant {
    pub name: String,
    /// The first line of its template's text.
    pub at: NotePlace,
    /// Request parameters as they are sent, the experiment's and its own; `tools` are among them.
    pub params: Params,
    /// In the order of the rows.
    pub prompts: Vec<Prompt>,
}

/// A model with its endpoint.
#[derive(Debug)]
pub struct ExportedModel {
    /// As the endpoint knows it.
    pub name: String,
    pub endpoint: EndpointSpec,
}

/// A metric and where it is written.
#[derive(Debug)]
pub struct ExportedMetric {
    pub spec: MetricSpec,
    pub at: NotePlace,
}

impl ExportedExperiment {
    /// Where a row stands.
    pub(super) fn place_of(&self, row: &Row) -> NotePlace {
        NotePlace {
            line: self.row_lines.get(row.index).copied(),
            ..self.dataset.clone()
        }
    }
}

impl ExportedModel {
    /// As projects call it.
    pub fn reference(&self) -> String {
        format!("{}/{}", self.endpoint.name, self.name)
    }
}

impl ExportedMetric {
    /// Whether it takes text between `<think>` tags for a part of the answer.
    pub(super) fn scores_thoughts(&self) -> bool {
        matches!(
            self.spec.kind,
            MetricKind::Assertions { thoughts: true, .. }
                | MetricKind::Assertions {
                    promptfoo: Some(_),
                    ..
                }
        )
    }

    /// Why `wording score` cannot score an answer by it, where it cannot: it needs more than the row and the answer's text.
    pub(super) fn needs_more_than_text(&self, rows: &[Arc<Row>]) -> Option<&'static str> {
        if self.spec.reply.is_some() {
            return Some("it scores a reply of a conversation");
        }
        match &self.spec.kind {
            MetricKind::Probability { .. } => Some("it needs log-probabilities"),
            MetricKind::Similarity { .. } => Some("it needs a model that embeds"),
            MetricKind::Judge { .. } => Some("it needs a judge"),
            MetricKind::Command { .. } => Some("it runs a program"),
            MetricKind::ToolCalls(_) => Some("it needs the calls of tools, not their text"),
            MetricKind::Latency { .. } => Some("it needs the time that the answer took"),
            MetricKind::Cost { .. } => Some("it needs the price of the answer"),
            MetricKind::Assertions {
                judge, embeddings, ..
            } if judge.is_some() || embeddings.is_some() => {
                Some("some of its assertions need a model")
            }
            MetricKind::Assertions { column, .. }
                if !rows.iter().all(|row| is_of_text(row, column)) =>
            {
                Some(
                    "some of its assertions need more than the text: time, cost, the end of the answer, calls of tools or a model",
                )
            }
            _ => None,
        }
    }
}

/// Whether the assertions of a row are about the text of an answer alone. One that cannot be read is none.
fn is_of_text(row: &Row, column: &str) -> bool {
    Assertions::from_row(row, column).is_ok_and(|all| all.each().all(|one| one.check.is_of_text()))
}

/// The files of an export.
#[derive(Debug, Default)]
pub struct ExportedFiles {
    /// Relative to the folder.
    pub files: Vec<(PathBuf, String)>,
    /// How many variants and rows of the experiment are in them.
    pub variants: usize,
    pub rows: usize,
    /// What is not in them, or is there in another way.
    pub notes: Vec<Note>,
    /// How to use them: a command in their folder.
    pub next: String,
}

impl ExportedFiles {
    /// Write the files into a folder, never over others unless `force`.
    pub fn write(&self, dir: &Path, force: bool) -> Result<(), ImportError> {
        write_files(&self.files, dir, force)
    }
}
