//! The rated pairs of an experiment as preference pairs: ratings beside the project, texts from the store, rows from the dataset.

use super::AdviceError;
use crate::{
    annotation::{
        JournalContents, PairConsensus, RatedPair, RatingRecord, ShownOutput, rated_pairs,
        read_journal, standing_records,
    },
    dataset::Dataset,
    engine::Plan,
    model::{Outcome, Row},
    project::Project,
    read::answer_text,
    store::{RunInfo, Store},
    tune::{Dropped, Example, Origin, Reason},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Pairs of answers of which people prefer one.
#[derive(Debug, Clone, Default)]
pub struct RatedPairs {
    /// The preferred answer as label, the other as wrong answer.
    pub examples: Vec<Example>,
    /// For each of them the wordings that were answered, the preferred one first.
    pub wordings: Vec<[String; 2]>,
    /// Those that become no pair.
    pub left_out: Vec<Dropped>,
}

/// An answer that was shown: row, wording and hash of its text.
type AnswerName = (String, ShownOutput);

/// Rated rows by their ids.
type RatedRows = HashMap<String, Arc<Row>>;

/// An answer, and whether its row's number stands for the same row in the dataset as it is now.
struct KnownAnswer {
    text: String,
    has_same_row: bool,
}

impl RatedPairs {
    /// Read them. Pairs of evaluated rows are left out unless `spend`; `open` has the rows that are not sealed, where the plan has not all
    /// of them.
    pub(super) fn read(
        project: &Project,
        plan: &Plan,
        store: &Store,
        open: Option<&Dataset>,
        inputs: &[&str],
        spend: bool,
    ) -> Result<RatedPairs, AdviceError> {
        let file = plan.experiment.ratings_file(&project.root);
        let contents: JournalContents<RatingRecord> = read_journal(&file)?;
        let pairs = rated_pairs(standing_records(&contents.entries));
        let mut found = RatedPairs::default();
        if pairs.is_empty() {
            return Ok(found);
        }
        let (rows, evaluated) = rows_of(plan, open, &pairs)?;
        let answers = answers_of(plan, store, &pairs)?;
        for (number, pair) in pairs.iter().enumerate() {
            match example(pair, &rows, &answers, inputs) {
                Ok(_) if evaluated.contains(&pair.row) && !spend => {
                    found.leave_out(pair, number, Reason::RatedEvaluation);
                }
                Ok((mut example, wordings)) => {
                    example.id = pair_id(pair, number);
                    found.examples.push(example);
                    found.wordings.push(wordings);
                }
                Err(reason) => found.leave_out(pair, number, reason),
            }
        }
        Ok(found)
    }

    /// How many there are, those of evaluated rows included.
    pub(super) fn preferring(&self) -> usize {
        let is_evaluated = |dropped: &&Dropped| dropped.reason == Reason::RatedEvaluation;
        self.examples.len() + self.left_out.iter().filter(is_evaluated).count()
    }

    fn leave_out(&mut self, pair: &RatedPair, number: usize, reason: Reason) {
        self.left_out.push(Dropped {
            id: pair_id(pair, number),
            reason,
            of: None,
        });
    }
}

/// A row may have several pairs.
fn pair_id(pair: &RatedPair, number: usize) -> String {
    format!("{}:{}#{}", Origin::Rating.as_str(), pair.row, number + 1)
}

fn example(
    pair: &RatedPair,
    rows: &RatedRows,
    answers: &HashMap<AnswerName, KnownAnswer>,
    inputs: &[&str],
) -> Result<(Example, [String; 2]), Reason> {
    let preferred = match pair.consensus {
        PairConsensus::Prefers(place) => place,
        PairConsensus::Undecided => return Err(Reason::UndecidedRating),
        PairConsensus::Conflicting => return Err(Reason::ConflictingRatings),
    };
    let output = |place: usize| &pair.outputs[place];
    let known = |place: usize| answers.get(&(pair.row.clone(), output(place).clone()));
    let (Some(better), Some(worse)) = (known(preferred), known(1 - preferred)) else {
        return Err(Reason::NoRatedAnswer);
    };
    let row = rows.get(&pair.row).ok_or(Reason::NoRatedRow)?;
    if !(better.has_same_row && worse.has_same_row) {
        return Err(Reason::NoRatedRow);
    }
    // What was thought before the answer is not what was rated.
    let text = |answer: &KnownAnswer| answer_text(&answer.text).trim().to_owned();
    let mut example = Example::new(Origin::Rating, Arc::clone(row), inputs);
    example.label = text(better);
    example.wrong = Some(text(worse)).filter(|text| *text != example.label);
    if example.wrong.is_none() {
        return Err(Reason::UndecidedRating);
    }
    let wording = |place: usize| output(place).variant.clone();
    Ok((example, [wording(preferred), wording(1 - preferred)]))
}

/// The rated rows that are not sealed, and the ids of those that are evaluated.
fn rows_of(
    plan: &Plan,
    open: Option<&Dataset>,
    pairs: &[RatedPair],
) -> Result<(RatedRows, HashSet<String>), AdviceError> {
    let wanted: HashSet<&str> = pairs.iter().map(|pair| pair.row.as_str()).collect();
    let mut rows = HashMap::new();
    let mut evaluated = HashSet::new();
    for row in plan.dataset.rows() {
        let row = row?;
        if wanted.contains(row.id.as_str()) {
            evaluated.insert(row.id.clone());
            rows.insert(row.id.clone(), row);
        }
    }
    for row in open.into_iter().flat_map(Dataset::rows) {
        let row = row?;
        if wanted.contains(row.id.as_str()) {
            rows.entry(row.id.clone()).or_insert(row);
        }
    }
    Ok((rows, evaluated))
}

/// The texts of rated answers, from the runs of the experiment, the newest first.
fn answers_of(
    plan: &Plan,
    store: &Store,
    pairs: &[RatedPair],
) -> Result<HashMap<AnswerName, KnownAnswer>, AdviceError> {
    // Other pairs give no example, whatever their answers are.
    let preferred = (pairs.iter()).filter(|p| matches!(p.consensus, PairConsensus::Prefers(_)));
    let outputs = preferred.flat_map(|pair| {
        let name = |output: &ShownOutput| (pair.row.clone(), output.clone());
        pair.outputs.iter().map(name)
    });
    let wanted: HashSet<AnswerName> = outputs.collect();
    let mut found = HashMap::new();
    let mut runs = store.runs()?;
    runs.retain(|info| info.experiment == plan.experiment.name);
    runs.sort_by_key(|info| std::cmp::Reverse(info.started_at));
    for info in &runs {
        if found.len() == wanted.len() {
            break;
        }
        answers_of_run(plan, store, info, &wanted, &mut found)?;
    }
    Ok(found)
}

fn answers_of_run(
    plan: &Plan,
    store: &Store,
    info: &RunInfo,
    wanted: &HashSet<AnswerName>,
    found: &mut HashMap<AnswerName, KnownAnswer>,
) -> Result<(), AdviceError> {
    let rows: HashSet<&str> = wanted.iter().map(|(row, _)| row.as_str()).collect();
    let variants: HashSet<&str> = wanted.iter().map(|(_, o)| o.variant.as_str()).collect();
    let is_rated: Vec<bool> = (info.variants.iter())
        .map(|variant| variants.contains(variant.name.as_str()))
        .collect();
    if !is_rated.contains(&true) {
        return Ok(());
    }
    // Ids that the dataset gives stay with their rows; numbers do only while the file is the same.
    let has_same_row = plan.experiment.id.is_some() || plan.dataset.hash() == info.dataset.1;
    store.each_trial(&info.id, &mut |record| {
        let (variant, row) = (record.id.variant as usize, record.id.row as usize);
        if !is_rated.get(variant).copied().unwrap_or(false) || row >= info.rows {
            return;
        }
        let row = info.heads.id(row);
        if !rows.contains(row.as_ref()) {
            return;
        }
        let Outcome::Completed(completion) = record.outcome else {
            return;
        };
        let shown = ShownOutput::new(&info.variants[variant].name, &completion.text);
        let name = (row.into_owned(), shown);
        if wanted.contains(&name) {
            found.entry(name).or_insert(KnownAnswer {
                text: completion.text,
                has_same_row,
            });
        }
    })?;
    Ok(())
}
