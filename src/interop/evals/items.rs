//! The items of an eval as rows, with the outputs that runs recorded of them.

use super::records::{Record, Records};
use crate::{
    display::count,
    interop::{NotePlace, Notes, slug},
};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

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

/// A run that recorded outputs.
struct Column {
    /// The run's id, or its name where it has none.
    id: String,
    name: String,
    /// The column of the dataset.
    column: String,
}

/// Most outputs of all runs together: each is a value of a row, the empty ones too.
const MAX_OUTPUTS: usize = 1_000_000;

/// Items with the outputs of runs. An item that a run has twice is two rows.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) all: Vec<Map<String, Value>>,
    /// The row of an item, by how often it came before in the same list.
    numbers: HashMap<(String, usize), usize>,
    columns: Vec<Column>,
    /// The place of a run among them, by its id.
    places: HashMap<String, usize>,
}

/// How often each item came in the list of a run.
#[derive(Default)]
struct Repeats(HashMap<String, usize>);

impl Repeats {
    /// The item as text, and how often it came before.
    fn next(&mut self, item: &Map<String, Value>) -> (String, usize) {
        let text = Value::Object(item.clone()).to_string();
        let n = self.0.entry(text.clone()).or_default();
        *n += 1;
        (text, *n - 1)
    }
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
        let by_id: HashMap<&str, &Record> = runs.iter().map(|run| (run.text("id"), *run)).collect();
        let mut of_runs: HashMap<&str, Repeats> = HashMap::new();
        for item in records.output_items.iter().filter(of_eval) {
            let id = item.text("run_id");
            let run = (id, by_id.get(id).map_or(id, |run| run_name(run)));
            let output = output(&item.value["sample"]);
            let repeats = of_runs.entry(id).or_default();
            rows.add(&item.value["datasource_item"], repeats, run, output);
        }
        for run in runs {
            let source = &run.value["data_source"]["source"];
            let named = match run.text("id") {
                "" => (run_name(run), run_name(run)),
                id => (id, run_name(run)),
            };
            let mut repeats = Repeats::default();
            for line in source["content"].as_array().into_iter().flatten() {
                rows.add(&line["item"], &mut repeats, named, output(&line["sample"]));
            }
            if source["type"] == "file_id"
                && records.items.is_empty()
                && !of_runs.contains_key(run.text("id"))
            {
                let file = source["id"].as_str().unwrap_or_default();
                notes.dropped(
                    &run.at,
                    format!("the data file `{file}`"),
                    "it is not in the export: download it and put it into the folder",
                );
            }
        }
        if records.evals.len() == 1 {
            let mut repeats = Repeats::default();
            for line in &records.items {
                let output = output(&line.value["sample"]);
                let run = ("recorded", "recorded");
                rows.add(&line.value["item"], &mut repeats, run, output);
            }
        }
        rows.finish(&eval.at, notes);
        rows
    }

    fn add(
        &mut self,
        item: &Value,
        repeats: &mut Repeats,
        (id, name): (&str, &str),
        output: Option<&str>,
    ) {
        let Value::Object(item) = item else { return };
        let number = *self.numbers.entry(repeats.next(item)).or_insert_with(|| {
            self.all.push(item.clone());
            self.all.len() - 1
        });
        let Some(output) = output else { return };
        let place = match self.places.get(id) {
            Some(place) => *place,
            None => {
                let place = self.columns.len();
                self.places.insert(id.to_owned(), place);
                self.columns.push(Column {
                    id: id.to_owned(),
                    name: name.to_owned(),
                    column: format!("__output_{}", place + 1),
                });
                place
            }
        };
        let column = self.columns[place].column.clone();
        self.all[number].insert(column, output.into());
    }

    /// Rows without an output of a run have an empty one, which is noted.
    fn finish(&mut self, at: &NotePlace, notes: &mut Notes) {
        let most = (MAX_OUTPUTS / self.all.len().max(1)).max(1);
        if self.columns.len() > most {
            let left = self.columns.split_off(most);
            let what = format!("the outputs of {}", count(left.len(), "run"));
            let why = format!(
                "more than {MAX_OUTPUTS} outputs: import the runs from `{}` on apart",
                left[0].id
            );
            notes.dropped(at, what, why);
            let left: HashSet<String> = left.into_iter().map(|run| run.column).collect();
            for row in &mut self.all {
                row.retain(|name, _| !left.contains(name));
            }
        }
        for Column { name, column, .. } in &self.columns {
            let mut missing = 0;
            for row in &mut self.all {
                row.entry(column).or_insert_with(|| {
                    missing += 1;
                    "".into()
                });
            }
            if missing > 0 {
                let what = format!("{} of the run `{name}`", count(missing, "output"));
                notes.dropped(at, what, "not in the export: scored as empty here");
            }
        }
    }

    /// Names of variants, each once, with the columns of the outputs that runs recorded.
    pub(super) fn outputs(&self) -> Vec<(String, String)> {
        let mut taken = HashSet::new();
        let columns = self.columns.iter();
        columns
            .map(|run| {
                let stem = match slug(&run.name) {
                    name if name.is_empty() => run.column.clone(),
                    name => name,
                };
                let mut name = stem.clone();
                let mut n = 2;
                while !taken.insert(name.clone()) {
                    name = format!("{stem}-{n}");
                    n += 1;
                }
                (name, run.column.clone())
            })
            .collect()
    }
}
