//! The rows of an experiment: the one place where they are read, and where the sealed ones are set apart.
//!
//! Everything that shows, sends, labels or exports rows gets [`RowSet::open`]. Sealed rows are a type of their own, without a
//! way to their texts: only [`SealedRows::open`] makes a dataset of them, by proof that the opening is in the store.

use super::{EngineError, chosen_rows::chosen_rows};
use crate::{
    annotation::overlay_labels,
    dataset::{Dataset, DatasetError, ReadOptions, sealed_rows},
    model::{AnswerOrigins, Row, RunSeal, SealRule, SealedBy, answer_text, each_text},
    project::{ExperimentSpec, Project},
    stats::{normalize_text, word_runs},
    store::SealOpening,
};
use std::collections::{HashMap, HashSet};

/// The rows of an experiment, with its labels over the answers of its dataset.
#[derive(Debug)]
pub struct RowSet {
    /// The rows that are not sealed; all of them where nothing is.
    pub open: Dataset,
    /// Where the expected answers come from, of all rows of the file; `None` without labels.
    pub answer_origins: Option<AnswerOrigins>,
    sealed: Option<SealedRows>,
}

/// Rows that nothing shows until they are opened.
#[derive(Debug)]
pub struct SealedRows {
    experiment: String,
    rule: SealRule,
    /// All rows, and the places of the sealed ones among them.
    all: Dataset,
    places: Vec<u32>,
}

/// How the dataset of an experiment is read.
pub fn read_options(experiment: &ExperimentSpec) -> ReadOptions {
    ReadOptions {
        answer: experiment.answer.clone(),
        id: experiment.id.clone(),
        cluster: experiment.cluster.clone(),
        delimiter: experiment.delimiter,
        max_record: experiment.max_record,
    }
}

impl RowSet {
    /// Read the dataset of an experiment, and set its sealed rows apart.
    pub fn read(project: &Project, experiment: &ExperimentSpec) -> Result<RowSet, EngineError> {
        let options = read_options(experiment);
        let (all, answer_origins) = if experiment.dataset.as_os_str() == "-" {
            (Dataset::read(&experiment.dataset, &options)?, None)
        } else {
            let path = project.root.join(&experiment.dataset);
            let dataset = Dataset::read(&path, &options)?;
            overlay_labels(dataset, experiment, &project.root)?
        };
        let (open, sealed) = match &experiment.sealed {
            None => (all, None),
            Some(rule) => {
                let (open, sealed) = set_apart(all, rule, &experiment.name)?;
                (open, Some(sealed))
            }
        };
        Ok(RowSet {
            open,
            answer_origins,
            sealed,
        })
    }

    /// The sealed rows, where the experiment seals some.
    pub fn sealed(&self) -> Option<&SealedRows> {
        self.sealed.as_ref()
    }

    /// How many sealed rows a plan by an opening would have: those that meet its condition, or a sample of them.
    pub fn sealed_of_plan(&self, experiment: &ExperimentSpec) -> Result<usize, EngineError> {
        let Some(sealed) = &self.sealed else {
            return Ok(0);
        };
        let all = sealed.all.clone().pick(sealed.places.clone());
        Ok(chosen_rows(all, experiment)?.len())
    }

    /// How many open rows a plan has: those that meet the condition of the experiment, or a sample of them.
    pub fn open_of_plan(&self, experiment: &ExperimentSpec) -> Result<usize, EngineError> {
        Ok(chosen_rows(self.open.clone(), experiment)?.len())
    }

    /// The rows for a plan: the open ones, or by an opening the sealed ones.
    pub fn into_plan_rows(
        self,
        experiment: &ExperimentSpec,
        opening: Option<&SealOpening>,
    ) -> Result<Dataset, EngineError> {
        match (opening, &self.sealed) {
            (None, _) => Ok(self.open),
            (Some(opening), Some(sealed)) => sealed.open(opening),
            (Some(_), None) => Err(EngineError::NothingSealed(experiment.name.clone())),
        }
    }

    /// All rows, to write the file back that they were read from, or a dataset in its place, and for nothing else.
    pub fn into_whole_file(self) -> Dataset {
        match self.sealed {
            Some(sealed) => sealed.all,
            None => self.open,
        }
    }
}

/// Part a whole dataset by a rule, which a run may have kept from a time before.
fn set_apart(
    all: Dataset,
    rule: &SealRule,
    experiment: &str,
) -> Result<(Dataset, SealedRows), EngineError> {
    let is_sealed = sealed_rows(&all, rule)?;
    let (places, open): (Vec<u32>, Vec<u32>) =
        (0..all.len() as u32).partition(|place| is_sealed[*place as usize]);
    if places.is_empty() || open.is_empty() {
        return Err(EngineError::OneSidedSeal {
            experiment: experiment.to_owned(),
            rows: all.len(),
            all: open.is_empty(),
        });
    }
    let sealed = SealedRows {
        experiment: experiment.to_owned(),
        rule: rule.clone(),
        all: all.clone(),
        places,
    };
    Ok((all.pick(open), sealed))
}

/// The rows of a dataset that a run was over: those that its seal left open, or by an opening the sealed ones.
pub fn rows_of_run(
    all: Dataset,
    seal: Option<&RunSeal>,
    opening: Option<&SealOpening>,
) -> Option<Dataset> {
    let Some(seal) = seal else { return Some(all) };
    let experiment = opening.map_or("", |opening| opening.experiment());
    let (open, sealed) = set_apart(all, &seal.rule, experiment).ok()?;
    match (seal.opening, opening) {
        (None, _) => Some(open),
        (Some(_), Some(opening)) => sealed.open(opening).ok(),
        (Some(_), None) => None,
    }
}

impl SealedRows {
    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many of them have no expected answer.
    pub fn without_expected(&self) -> usize {
        let heads = self.all.heads();
        let places = self.places.iter();
        places
            .filter(|place| heads.expected(**place as usize).is_none())
            .count()
    }

    /// What a run keeps of the seal.
    pub fn run_seal(&self, opening: Option<&SealOpening>) -> RunSeal {
        RunSeal {
            rule: self.rule.clone(),
            sealed: self.places.len(),
            open: self.all.len() - self.places.len(),
            opening: opening.map(SealOpening::number),
        }
    }

    /// The sealed rows, by proof that their opening is in the store. An error where the proof is of another experiment.
    pub fn open(&self, opening: &SealOpening) -> Result<Dataset, EngineError> {
        if opening.experiment() != self.experiment {
            return Err(EngineError::WrongOpening {
                experiment: self.experiment.clone(),
                opened: opening.experiment().to_owned(),
            });
        }
        Ok(self.all.clone().pick(self.places.clone()))
    }

    /// Runs of so many words of their fields and expected answers, by hash: enough to find copies, and no text.
    pub fn word_runs(&self, words: usize) -> Result<HashSet<u64>, DatasetError> {
        let mut runs = HashSet::new();
        for place in &self.places {
            let row = self.all.row(*place as usize)?;
            for value in row.fields.values().chain(&row.expected) {
                each_text(value, &mut |text| {
                    runs.extend(word_runs(text, words).map(|(hash, _)| hash));
                });
            }
        }
        Ok(runs)
    }

    /// What tells rows from elsewhere (shots, training data) that are sealed ones; no sealed row can be read from it.
    pub fn guard(&self) -> Result<SealGuard, DatasetError> {
        let rule = &self.rule.key;
        let column = match &self.rule.by {
            SealedBy::Column(column) => Some(column),
            SealedBy::Share(_) => None,
        };
        let named = [&rule.id, &rule.cluster].into_iter().flatten();
        let named = named.chain(column);
        let mut guard = SealGuard {
            all: self.all.clone(),
            places: self.places.clone(),
            ignored: rule.ignored.iter().chain(named).cloned().collect(),
            by_text: HashMap::new(),
            cluster: rule.cluster.clone(),
            clusters: HashSet::new(),
        };
        for place in &self.places {
            let row = self.all.row(*place as usize)?;
            guard.clusters.extend(row.cluster.clone());
            if let Some((_, key)) = guard.texts(&row).max_by_key(|(length, _)| *length) {
                guard.by_text.entry(key).or_default().push(*place);
            }
        }
        Ok(guard)
    }
}

/// The texts that prompts show of sealed rows, by hash.
#[derive(Debug)]
pub struct SealedInputs(HashSet<[u8; 16]>);

impl SealedInputs {
    /// Whether prompts show of a row what they show of a sealed one.
    pub fn holds(&self, row: &Row, columns: &[&str]) -> bool {
        shown_text(row, columns).is_some_and(|text| self.0.contains(&text))
    }
}

/// The hash of the texts in these columns, without regard to case and white space; `None` if all of them are empty.
fn shown_text(row: &Row, columns: &[&str]) -> Option<[u8; 16]> {
    let mut hasher = blake3::Hasher::new();
    let mut is_empty = true;
    for column in columns {
        let value = row.fields.get(*column).filter(|value| !value.is_null());
        let text = value.map_or(String::new(), |value| {
            let text = answer_text(value).to_lowercase();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        });
        is_empty &= text.is_empty();
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    let mut hash = [0; 16];
    hash.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    (!is_empty).then_some(hash)
}

/// Tells whether a row from elsewhere is a sealed one: the longest text of a sealed row, and every other column that both have.
#[derive(Debug)]
pub struct SealGuard {
    all: Dataset,
    places: Vec<u32>,
    /// Columns that say nothing of the input: the expected answer, id, cluster, that of the seal.
    ignored: Vec<String>,
    by_text: HashMap<(String, String), Vec<u32>>,
    /// The column of clusters, and those of sealed rows.
    cluster: Option<String>,
    clusters: HashSet<String>,
}

impl SealGuard {
    pub fn is_sealed(&self, row: &Row) -> Result<bool, DatasetError> {
        let own: HashMap<String, String> = self.texts(row).map(|(_, text)| text).collect();
        for text in &own {
            let places = self.by_text.get(&(text.0.clone(), text.1.clone()));
            for place in places.into_iter().flatten() {
                let sealed = self.all.row(*place as usize)?;
                let mut both = self.texts(&sealed).map(|(_, text)| text);
                if both.all(|(column, text)| own.get(&column).is_none_or(|own| *own == text)) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// What prompts show of the sealed rows: these columns.
    pub fn shown(&self, columns: &[&str]) -> Result<SealedInputs, DatasetError> {
        let mut all = HashSet::new();
        for place in &self.places {
            all.extend(shown_text(&*self.all.row(*place as usize)?, columns));
        }
        Ok(SealedInputs(all))
    }

    /// Whether a row from elsewhere says that it is of a cluster of sealed rows.
    pub fn has_cluster_of(&self, row: &Row) -> bool {
        let value = self
            .cluster
            .as_ref()
            .and_then(|column| row.fields.get(column));
        value.is_some_and(|value| self.clusters.contains(&answer_text(value)))
    }

    /// For each column of the input its length, its name and its text as it is compared.
    fn texts<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (usize, (String, String))> + 'a {
        let is_input = |name: &String| !self.ignored.contains(name);
        let fields = row.fields.iter().filter(move |(name, _)| is_input(name));
        fields
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| {
                let text = normalize_text(&answer_text(value));
                (text.len(), (name.clone(), text))
            })
    }
}
