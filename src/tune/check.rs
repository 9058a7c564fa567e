//! What is wrong with labelled rows: duplicates, conflicts, leaks, empty fields, lengths. What is left is fit to learn from.

use super::Example;
use crate::stats::{NearTexts, normalize_text};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What rows are held against.
#[derive(Debug, Default)]
pub struct CheckSpec<'a> {
    /// Id and text of the rows that are evaluated.
    pub evaluated: &'a [(String, String)],
    /// The labels that there may be; empty where any will do.
    pub labels: &'a [String],
}

/// Why a row was left out.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    #[strum(serialize = "its input is empty")]
    EmptyInput,
    #[strum(serialize = "it has no answer")]
    EmptyAnswer,
    #[strum(serialize = "its answer is not one of the labels")]
    UnknownLabel,
    #[strum(serialize = "another row with the same text has a different label")]
    Conflict,
    #[strum(serialize = "an earlier row is the same")]
    Duplicate,
    #[strum(serialize = "it is a sealed row")]
    Sealed,
    #[strum(serialize = "an evaluated row has the same text")]
    Leak,
    #[strum(serialize = "an evaluated row has nearly the same text")]
    NearLeak,
    #[strum(serialize = "it is longer than the context window")]
    TooLong,
    #[strum(serialize = "its label already has --max-per-label rows")]
    Surplus,
    #[strum(serialize = "it is rated, and its row is evaluated (--spend-rows trains on it)")]
    RatedEvaluation,
    #[strum(serialize = "its ratings contradict each other")]
    ConflictingRatings,
    #[strum(serialize = "it is rated a tie, or both bad")]
    UndecidedRating,
    #[strum(serialize = "its rated answers are in no run of the store")]
    NoRatedAnswer,
    #[strum(serialize = "it is rated, and its row is sealed or not in the dataset as it is now")]
    NoRatedRow,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dropped {
    pub id: String,
    pub reason: Reason,
    /// The row that it is the same as, or leaks from.
    pub of: Option<String>,
}

/// One text with several labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    pub text: String,
    pub rows: Vec<(String, String)>,
}

/// Rows that are fit to learn from, and what was found on the way.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// The rows that are left.
    pub kept: Vec<Example>,
    /// For each of them the number of its group: rows of one cluster, and nearly the same ones, are of one group.
    pub groups: Vec<usize>,
    /// What was left out.
    pub dropped: Vec<Dropped>,
    /// Texts with several labels.
    pub conflicts: Vec<Conflict>,
    /// Rows that are nearly the same as an earlier one, after that one; both are kept, in one group.
    pub near: Vec<(String, String)>,
}

impl Checked {
    /// Rows a label, in the order of the labels.
    pub fn balance(&self) -> BTreeMap<String, usize> {
        let mut all = BTreeMap::new();
        for example in self.kept.iter().filter(|e| e.has_right_answer()) {
            *all.entry(example.label.clone()).or_default() += 1;
        }
        all
    }

    /// How many were left out for each reason.
    pub fn reasons(&self) -> BTreeMap<Reason, usize> {
        let mut all = BTreeMap::new();
        for dropped in &self.dropped {
            *all.entry(dropped.reason).or_default() += 1;
        }
        all
    }

    /// Leave out the rows for which a reason is found.
    pub fn leave_out(&mut self, reason: impl Fn(usize, &Example) -> Option<Reason>) {
        let mut groups = Vec::new();
        let mut kept = Vec::new();
        let all = std::mem::take(&mut self.kept);
        for (i, example) in all.into_iter().enumerate() {
            match reason(i, &example) {
                Some(reason) => self.dropped.push(Dropped {
                    id: example.id,
                    reason,
                    of: None,
                }),
                None => {
                    groups.push(self.groups[i]);
                    kept.push(example);
                }
            }
        }
        self.kept = kept;
        self.groups = groups;
    }
}

/// A text, and of a rated pair its answers.
type SameText<'a> = (&'a str, Option<(&'a str, &'a str)>);

/// Check labelled rows, in their order: of duplicates the first is kept, unless a later one is worth more.
pub fn check(mut examples: Vec<Example>, spec: &CheckSpec<'_>) -> Checked {
    let mut found = Checked::default();
    // A bad case knows the wrong answer too: it is worth more than the same row from a file.
    examples.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let texts: Vec<String> = examples.iter().map(|e| normalize_text(&e.text)).collect();
    let labels = labels_of(&examples, &texts);
    for (text, rows) in &labels {
        let distinct: HashSet<&str> = rows.iter().map(|r| r.1.as_str()).collect();
        if distinct.len() > 1 && !text.is_empty() {
            found.conflicts.push(Conflict {
                text: text.clone(),
                rows: rows.clone(),
            });
        }
    }
    let conflicting: HashSet<&str> = found.conflicts.iter().map(|c| c.text.as_str()).collect();
    let mut evaluated = NearTexts::default();
    let mut exact: HashMap<String, usize> = HashMap::new();
    for (i, (_, text)) in spec.evaluated.iter().enumerate() {
        let text = normalize_text(text);
        evaluated.add(&text);
        exact.entry(text).or_insert(i);
    }
    // Of rated pairs, those of the same answers are the same.
    let mut first: HashMap<SameText<'_>, usize> = HashMap::new();
    let mut keep = vec![false; examples.len()];
    let mut dropped = Vec::new();
    for (i, example) in examples.iter().enumerate() {
        let text = texts[i].as_str();
        let id_of = |at: usize| spec.evaluated[at].0.clone();
        let is_labelled = example.has_right_answer();
        let answers = (
            example.label.as_str(),
            example.wrong.as_deref().unwrap_or(""),
        );
        let same = (text, (!is_labelled).then_some(answers));
        let reason = if example.is_sealed {
            Some((Reason::Sealed, None))
        } else if text.is_empty() {
            Some((Reason::EmptyInput, None))
        } else if example.label.trim().is_empty() {
            Some((Reason::EmptyAnswer, None))
        } else if is_labelled && !spec.labels.is_empty() && !spec.labels.contains(&example.label) {
            Some((Reason::UnknownLabel, None))
        } else if is_labelled && conflicting.contains(text) {
            Some((Reason::Conflict, None))
        } else if let Some(of) = exact.get(text) {
            Some((Reason::Leak, Some(id_of(*of))))
        } else if let Some(of) = evaluated.like(text).first() {
            Some((Reason::NearLeak, Some(id_of(*of))))
        } else {
            first
                .get(&same)
                .map(|of| (Reason::Duplicate, Some(examples[*of].id.clone())))
        };
        match reason {
            Some((reason, of)) => dropped.push(Dropped {
                id: example.id.clone(),
                reason,
                of,
            }),
            None => {
                first.insert(same, i);
                keep[i] = true;
            }
        }
    }
    let kept: Vec<&str> = (0..texts.len())
        .filter(|i| keep[*i])
        .map(|i| texts[i].as_str())
        .collect();
    let mut groups = Groups::new(kept.len());
    let mut near = NearTexts::default();
    let mut pairs = Vec::new();
    // Several pairs of a row, or a pair and a label, are no more alike than one row is to itself.
    let mut same_row: HashMap<&str, usize> = HashMap::new();
    for (i, text) in kept.iter().enumerate() {
        let alike = near.like(text);
        for like in &alike {
            groups.join(i, *like);
        }
        let is_other_row = same_row.insert(text, i).is_none();
        pairs.extend(
            alike
                .first()
                .filter(|_| is_other_row)
                .map(|like| (*like, i)),
        );
        near.add(text);
    }
    found.dropped = dropped;
    let mut keep = keep.into_iter();
    examples.retain(|_| keep.next().unwrap_or(false));
    let mut of_cluster: HashMap<String, usize> = HashMap::new();
    for (i, example) in examples.iter().enumerate() {
        if let Some(cluster) = &example.row.cluster {
            match of_cluster.get(cluster) {
                Some(first) => groups.join(i, *first),
                None => {
                    of_cluster.insert(cluster.clone(), i);
                }
            }
        }
    }
    found.near = pairs
        .into_iter()
        .map(|(a, b)| (examples[a].id.clone(), examples[b].id.clone()))
        .collect();
    found.groups = (0..examples.len()).map(|i| groups.root(i)).collect();
    found.kept = examples;
    found
}

/// Ids and labels of each text.
fn labels_of(examples: &[Example], texts: &[String]) -> BTreeMap<String, Vec<(String, String)>> {
    let mut all: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    // A conflict would show the text and label of a sealed row.
    let open = examples.iter().zip(texts).filter(|(e, _)| !e.is_sealed);
    for (example, text) in open {
        if example.has_right_answer() && !example.label.trim().is_empty() {
            all.entry(text.clone())
                .or_default()
                .push((example.id.clone(), example.label.clone()));
        }
    }
    all
}

/// Sets that are joined two by two.
struct Groups(Vec<usize>);

impl Groups {
    fn new(n: usize) -> Groups {
        Groups((0..n).collect())
    }

    fn root(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Row;
    use serde_json::json;
    use std::sync::Arc;

    fn example(id: &str, text: &str, label: &str) -> Example {
        let row = Row {
            id: id.into(),
            fields: json!({"text": text, "label": label})
                .as_object()
                .unwrap()
                .clone(),
            expected: Some(json!(label)),
            ..Row::default()
        };
        Example::new(super::super::Origin::Data, Arc::new(row), &["text"])
    }

    const LONG: &str =
        "the parcel came two weeks late and the box was open so i sent it back to the shop";

    #[test]
    fn each_row_that_is_left_out_says_why() {
        let near_leak = LONG.replace("two", "three");
        let examples = vec![
            example("a", "Good book", "positive"),
            example("b", "good  book!", "positive"),
            example("c", "Bad film", "negative"),
            example("d", "bad film.", "positive"),
            example("e", "", "positive"),
            example("f", "no label", ""),
            example("g", "odd label", "neutral"),
            example("h", "I am evaluated", "positive"),
            example("i", &near_leak, "negative"),
            example("j", "fine", "positive"),
            Example {
                is_sealed: true,
                ..example("k", "fine", "negative")
            },
        ];
        let evaluated = [
            ("s1".to_owned(), "i am evaluated".to_owned()),
            ("s2".to_owned(), LONG.to_owned()),
        ];
        let labels = ["positive".to_owned(), "negative".to_owned()];
        let found = check(
            examples,
            &CheckSpec {
                evaluated: &evaluated,
                labels: &labels,
            },
        );
        let kept: Vec<&str> = found.kept.iter().map(|e| e.id.as_str()).collect();
        assert_eq!(kept, ["data:a", "data:j"]);
        let reasons: Vec<(&str, Reason)> = found
            .dropped
            .iter()
            .map(|d| (d.id.as_str(), d.reason))
            .collect();
        assert_eq!(
            reasons,
            [
                ("data:b", Reason::Duplicate),
                ("data:c", Reason::Conflict),
                ("data:d", Reason::Conflict),
                ("data:e", Reason::EmptyInput),
                ("data:f", Reason::EmptyAnswer),
                ("data:g", Reason::UnknownLabel),
                ("data:h", Reason::Leak),
                ("data:i", Reason::NearLeak),
                ("data:k", Reason::Sealed),
            ]
        );
        assert_eq!(found.dropped[7].of.as_deref(), Some("s2"));
        assert_eq!(found.conflicts[0].rows.len(), 2);
    }

    #[test]
    fn a_rated_pair_contradicts_no_label_and_stays_on_its_side() {
        let pair = |id: &str, text: &str, preferred: &str, other: &str| {
            let mut pair = example(id, text, preferred);
            pair.origin = super::super::Origin::Rating;
            pair.wrong = Some(other.to_owned());
            pair
        };
        let examples = vec![
            example("a", LONG, "late"),
            pair("b", LONG, "The parcel was late.", "Thanks!"),
            pair("c", LONG, "The parcel was late.", "Thanks!"),
            pair("d", LONG, "The parcel was late.", "No idea."),
            example("e", "fine", "good"),
        ];
        let labels = ["late".to_owned(), "good".to_owned()];
        let spec = CheckSpec {
            evaluated: &[],
            labels: &labels,
        };
        let found = check(examples, &spec);
        let kept: Vec<&str> = found.kept.iter().map(|e| e.row.id.as_str()).collect();
        assert_eq!(kept, ["a", "b", "d", "e"]);
        assert_eq!(found.dropped[0].reason, Reason::Duplicate);
        assert_eq!(found.groups, [0, 0, 0, 3]);
        assert_eq!((found.conflicts.len(), found.near.len()), (0, 0));
        assert_eq!(found.balance().len(), 2, "pairs have no label");
    }

    #[test]
    fn near_duplicates_and_clusters_are_of_one_group() {
        let mut examples = vec![
            example("a", LONG, "x"),
            example("b", "something else", "x"),
            example("c", &LONG.replace("two", "three"), "x"),
            example("d", "a third thing", "x"),
        ];
        for i in [1, 3] {
            Arc::get_mut(&mut examples[i].row).unwrap().cluster = Some("books".into());
        }
        let found = check(examples, &CheckSpec::default());
        assert_eq!(found.groups, [0, 1, 0, 1]);
        assert_eq!(found.near, [("data:a".to_owned(), "data:c".to_owned())]);
    }
}
