//! The items of an eval as rows, each once, with the outputs that runs recorded of them.

use super::records::{Record, Records};
use crate::{
    display::count,
    interop::{NotePlace, Notes, slug},
};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Whether a run or an output item is of an eval; one that names none is, where there is only one eval.
pub(super) fn belongs(record: &Record, eval: &Record, records: &Records) -> bool {
    match record.value["eval_id"].as_str() {
        Some(id) => id == eval.text("id"),
        None => records.evals.len() == 1,
    }
}

/// What a run is called.
pub(super) fn run_name(run: &Record) -> &str {
    match run.text("name") {
        "" => run.text("id"),
        name => name,
    }
}

/// What a model wrote, of a sample.
fn output(sample: &Value) -> Option<&str> {
    let last = sample["output"].as_array().and_then(|all| all.last());
    last.and_then(|message| message["content"].as_str())
        .or(sample["output_text"].as_str())
}

/// Items, each once, with the outputs of runs.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) all: Vec<Map<String, Value>>,
    numbers: HashMap<String, usize>,
    /// Runs, in the end as names of variants, and the column of each.
    pub(super) columns: Vec<(String, String)>,
}

impl Rows {
    /// The items of an eval: output items, what stands in the requests of its runs, and data files where there is one eval.
    pub(super) fn of_eval(
        eval: &Record,
        runs: &[&Record],
        records: &Records,
        notes: &mut Notes,
    ) -> Rows {
        let mut rows = Rows::default();
        let of_eval = |item: &&Record| belongs(item, eval, records);
        for item in records.output_items.iter().filter(of_eval) {
            let id = item.text("run_id");
            let run = runs.iter().find(|run| run.text("id") == id);
            let run = run.map_or(id, |run| run_name(run));
            let output = output(&item.value["sample"]);
            rows.add(&item.value["datasource_item"], run, output);
        }
        for run in runs {
            let source = &run.value["data_source"]["source"];
            for line in source["content"].as_array().into_iter().flatten() {
                rows.add(&line["item"], run_name(run), output(&line["sample"]));
            }
            let mut items = records.output_items.iter();
            let has_items = items.any(|item| item.text("run_id") == run.text("id"));
            if source["type"] == "file_id" && records.items.is_empty() && !has_items {
                let file = source["id"].as_str().unwrap_or_default();
                notes.dropped(
                    &run.at,
                    format!("the data file `{file}`"),
                    "it is not in the export: download it and put it into the folder",
                );
            }
        }
        if records.evals.len() == 1 {
            for line in &records.items {
                let output = output(&line.value["sample"]);
                rows.add(&line.value["item"], "recorded", output);
            }
        }
        rows.finish(&eval.at, notes)
    }

    fn add(&mut self, item: &Value, run: &str, output: Option<&str>) {
        let Value::Object(item) = item else { return };
        let number = *self
            .numbers
            .entry(Value::Object(item.clone()).to_string())
            .or_insert_with(|| {
                self.all.push(item.clone());
                self.all.len() - 1
            });
        let Some(output) = output else { return };
        let column = match self.columns.iter().find(|(name, _)| name == run) {
            Some((_, column)) => column.clone(),
            None => {
                let column = format!("__output_{}", self.columns.len() + 1);
                self.columns.push((run.to_owned(), column.clone()));
                column
            }
        };
        self.all[number].insert(column, output.into());
    }

    /// Rows without an output of a run have an empty one, which is noted.
    fn finish(mut self, at: &NotePlace, notes: &mut Notes) -> Rows {
        for (run, column) in &self.columns {
            let mut missing = 0;
            for row in &mut self.all {
                row.entry(column).or_insert_with(|| {
                    missing += 1;
                    "".into()
                });
            }
            if missing > 0 {
                let what = format!("{} of the run `{run}`", count(missing, "output"));
                notes.dropped(at, what, "not in the export: scored as empty here");
            }
        }
        let named = |(run, column): (String, String)| match slug(&run) {
            name if name.is_empty() => (column.clone(), column),
            name => (name, column),
        };
        self.columns = self.columns.into_iter().map(named).collect();
        self
    }
}
