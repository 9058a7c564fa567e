//! The items of an eval as rows, with the outputs that runs recorded of them.

use super::records::{Record, Records};
use crate::{
    display::count,
    interop::{NotePlace, Notes, omissions::Omissions, slug, unique_names::UniqueNames},
};
use indexmap::IndexSet;
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
enum Output {
    Text {
        text: String,
        /// Of how many messages it is the last.
        messages: usize,
    },
    /// Nothing was recorded.
    None,
    /// Something that is no text.
    Other,
}

fn output(sample: &Value) -> Output {
    let messages = match (&sample["output_text"], &sample["output"]) {
        (Value::String(text), _) | (_, Value::String(text)) => {
            return Output::Text {
                text: text.clone(),
                messages: 1,
            };
        }
        (_, Value::Array(messages)) => messages.as_slice(),
        (_, Value::Object(_)) => return Output::Other,
        _ => return Output::None,
    };
    let Some(last) = messages.last() else {
        return Output::None;
    };
    let texts = match &last["content"] {
        Value::String(text) => Some(vec![text.as_str()]),
        Value::Array(parts) if !parts.is_empty() => {
            parts.iter().map(|part| part["text"].as_str()).collect()
        }
        _ => None,
    };
    match texts {
        Some(texts) => Output::Text {
            text: texts.concat(),
            messages: messages.len(),
        },
        None => Output::Other,
    }
}

/// The value as text, whatever the order of its keys.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut all: Vec<(&String, &Value)> = map.iter().collect();
            all.sort_by_key(|(key, _)| *key);
            let all = all.into_iter();
            let all = all
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)));
            format!("{{{}}}", all.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
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
    omissions: Omissions,
}

/// How often each item came in the list of a run.
#[derive(Default)]
struct Repeats(HashMap<String, usize>);

impl Repeats {
    /// The item as text, and how often it came before.
    fn next(&mut self, item: &Value) -> (String, usize) {
        let text = canonical(item);
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
            let repeats = of_runs.entry(id).or_default();
            rows.add(
                &item.value["datasource_item"],
                repeats,
                run,
                &item.value,
                &item.at,
            );
        }
        // In the order of the runs: so the rows stand.
        let files: IndexSet<&str> = runs.iter().filter_map(|run| run.data_file()).collect();
        let is_alone = records.evals.len() == 1;
        let lines: Vec<&Record> = match is_alone {
            true => records.items.iter().collect(),
            false => files
                .iter()
                .flat_map(|file| records.lines_of(file))
                .collect(),
        };
        let has_lines = |file| match is_alone {
            true => !lines.is_empty(),
            false => records.lines_of(file).next().is_some(),
        };
        for run in runs {
            let source = &run.value["data_source"]["source"];
            let named = match run.text("id") {
                "" => (run_name(run), run_name(run)),
                id => (id, run_name(run)),
            };
            let mut repeats = Repeats::default();
            for line in source["content"].as_array().into_iter().flatten() {
                rows.add(&line["item"], &mut repeats, named, line, &run.at);
            }
            if let Some(file) = run.data_file()
                && !has_lines(file)
                && !of_runs.contains_key(run.text("id"))
            {
                notes.dropped(
                    &run.at,
                    format!("the data file `{file}`"),
                    "it is not in the export: download it and put it into the folder",
                );
            }
        }
        let mut repeats = Repeats::default();
        for line in lines {
            let run = ("recorded", "recorded");
            rows.add(
                &line.value["item"],
                &mut repeats,
                run,
                &line.value,
                &line.at,
            );
        }
        std::mem::take(&mut rows.omissions).add_to(notes);
        rows.finish(&eval.at, notes);
        rows
    }

    fn add(
        &mut self,
        item: &Value,
        repeats: &mut Repeats,
        (id, name): (&str, &str),
        recorded: &Value,
        at: &NotePlace,
    ) {
        let Value::Object(columns) = item else {
            let why = "rows have columns by name";
            return self.omissions.dropped(at, "an item that is no object", why);
        };
        let number = *self.numbers.entry(repeats.next(item)).or_insert_with(|| {
            let mut columns = columns.clone();
            columns.retain(|name, _| {
                let is_taken = name.starts_with("__");
                if is_taken {
                    let why =
                        "columns that begin so mean something else here: give it another name";
                    let what = format!("the column `{name}`");
                    self.omissions.dropped(at, what, why);
                }
                !is_taken
            });
            self.all.push(columns);
            self.all.len() - 1
        });
        let output = match output(&recorded["sample"]) {
            Output::Text { text, messages: 1 } => text,
            Output::Text { text, messages } => {
                let what = format!("an output of {}", count(messages, "message"));
                self.omissions.dropped(at, what, "the last is scored");
                text
            }
            Output::None => return,
            Output::Other => {
                let why = "only texts are scored";
                return self.omissions.dropped(at, "an output that is no text", why);
            }
        };
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
        // What the graders of the platform said, as data.
        if recorded["results"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
        {
            let results = recorded["results"].clone();
            self.all[number].insert(column.replace("output", "results"), results);
        }
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
            let columns = left.into_iter().map(|run| run.column);
            let left: HashSet<String> = columns
                .flat_map(|column| [column.replace("output", "results"), column])
                .collect();
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
        let mut names = UniqueNames::default();
        let columns = self.columns.iter();
        columns
            .map(|run| {
                let stem = match slug(&run.name) {
                    name if name.is_empty() => run.column.clone(),
                    name => name,
                };
                (names.unique(&stem), run.column.clone())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_output_of_a_sample_is_its_text_and_says_of_how_many_messages() {
        let of = |sample: Value| match output(&sample) {
            Output::Text { text, messages } => format!("{text} {messages}"),
            Output::None => "none".into(),
            Output::Other => "other".into(),
        };
        let said = |content: Value| json!({"role": "assistant", "content": content});
        let parts =
            json!([{"type": "output_text", "text": "a"}, {"type": "output_text", "text": "b"}]);
        let image = json!([{"type": "image", "url": "x"}]);
        for (sample, expected) in [
            (json!({"output": [said(json!("a"))]}), "a 1"),
            (json!({"output": [said(parts)]}), "ab 1"),
            (
                json!({"output": [said(json!("a")), said(json!("b"))]}),
                "b 2",
            ),
            (
                json!({"output": [said(json!("a")), said(json!("b"))], "output_text": "ab"}),
                "ab 1",
            ),
            (json!({"output": "a"}), "a 1"),
            (json!({"output": [said(image)]}), "other"),
            (json!({"output": [said(Value::Null)]}), "other"),
            (json!({"output": []}), "none"),
            (Value::Null, "none"),
        ] {
            assert_eq!(of(sample), expected);
        }
    }
}
