//! Recorded answers, put into the store of a small project.

use super::definitions::Cell;
use serde_json::{Value, json};
use std::{fs, sync::Arc};
use wording::{
    engine::Plan,
    model::{Completion, Failure, FailureKind, Outcome, Scores, TrialId, TrialRecord},
    project::Project,
    store::{CompletionKey, Store, TrialWrite},
};

/// Answers of a grid: for each row what is expected, and for each variant the outputs of its samples. `!` is a failure.
pub(super) struct Recorded {
    pub metric: &'static str,
    pub threshold: f64,
    pub samples: usize,
    pub rows: &'static [(&'static str, &'static [&'static [&'static str]])],
}

impl Recorded {
    pub(super) fn variants(&self) -> usize {
        self.rows[0].1.len()
    }

    /// Whether no trial failed.
    pub(super) fn is_complete(&self) -> bool {
        let outputs = self.rows.iter().flat_map(|row| row.1.iter());
        outputs.flat_map(|cell| cell.iter()).all(|o| *o != "!")
    }

    /// A project with these answers in its store, and the cells as they were recorded.
    pub(super) fn store(&self) -> (tempfile::TempDir, Vec<Vec<Option<Cell>>>) {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        fs::create_dir_all(dir.path().join("templates")).unwrap();
        fs::create_dir_all(dir.path().join(".wording")).unwrap();
        for v in 0..self.variants() {
            let text = format!("Variant {v}: {{{{ row.text }}}}\n");
            write(&format!("templates/v{v}.j2"), &text);
        }
        let mut rows = String::new();
        for (i, (expected, _)) in self.rows.iter().enumerate() {
            let parsed = serde_json::from_str(expected).ok();
            let expected: Value = parsed.unwrap_or_else(|| json!(expected));
            let row = json!({"id": format!("row-{i}"), "text": format!("text {i}"), "expected": expected});
            rows += &format!("{row}\n");
        }
        write("rows.jsonl", &rows);
        write(
            "wording.toml",
            &format!(
                "[experiment.x]\ntemplates = [\"templates/*.j2\"]\ndataset = \"rows.jsonl\"\nanswer = \"expected\"\n\
                 id = \"id\"\nmodels = [\"demo/echo\"]\nsamples = {}\n\n[[experiment.x.metric]]\n{}\n",
                self.samples, self.metric
            ),
        );
        let project = Project::load(&dir.path().join("wording.toml")).unwrap();
        let plan = Plan::load(&project, &project.experiments[0]).unwrap();
        let store = Store::open(&dir.path().join(".wording/wording.db")).unwrap();
        let mut info = plan.run_info(None);
        info.keys = Some(plan.answer_keys());
        let slot = store.begin_run(&info).unwrap();
        let mut grid = Vec::new();
        for (r, (_, variants)) in self.rows.iter().enumerate() {
            let mut cells = Vec::new();
            for (v, outputs) in variants.iter().enumerate() {
                assert_eq!(outputs.len(), self.samples);
                let mut answers = Answers::default();
                for (s, output) in outputs.iter().enumerate() {
                    let id = TrialId {
                        variant: v as u32,
                        model: 0,
                        row: r as u32,
                        sample: s as u32,
                    };
                    let key = format!("{v} {r}");
                    store
                        .write(TrialWrite {
                            is_kept: false,
                            raised: false,
                            run: slot,
                            record: Arc::new(answers.trial(&plan, id, output)),
                            key: CompletionKey::new("recorded", key.as_bytes(), s as u32),
                            prompt: None,
                            told: Arc::new(|_, _, _| {}),
                        })
                        .unwrap();
                }
                cells.push(answers.cell());
            }
            grid.push(cells);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(store.flush()).unwrap();
        store.end_run(slot, "finished", 1.0, 0, 0).unwrap();
        (dir, grid)
    }
}

/// The answers of one cell.
#[derive(Default)]
struct Answers {
    scores: Vec<f64>,
    read: Vec<(String, usize)>,
}

impl Answers {
    fn trial(&mut self, plan: &Plan, id: TrialId, output: &str) -> TrialRecord {
        let completion = Completion {
            text: output.into(),
            latency_ms: 5.0,
            ..Completion::default()
        };
        let row = plan.dataset.row(id.row as usize).unwrap();
        let scores = plan.scorer.score(&completion, &row, None);
        let failed = output == "!";
        if !failed {
            let main = scores.main().unwrap();
            self.scores.push(main.value);
            let read = match (&main.answer, main.unreadable) {
                (Some(answer), _) => answer.clone(),
                (None, true) => "unreadable".into(),
                (None, false) => wording::read::normalize(output),
            };
            match self.read.iter_mut().find(|(known, _)| *known == read) {
                Some((_, n)) => *n += 1,
                None => self.read.push((read, 1)),
            }
        }
        TrialRecord {
            id,
            outcome: match failed {
                true => Outcome::Failed(Failure {
                    kind: FailureKind::Timeout,
                    status: None,
                    message: "no answer".into(),
                    trace: Default::default(),
                }),
                false => Outcome::Completed(completion),
            },
            scores: if failed { Scores::default() } else { scores },
            reused: false,
            attempts: 1,
            cost_usd: None,
            calls: None,
        }
    }

    fn cell(self) -> Option<Cell> {
        let most = self.read.iter().map(|(_, n)| *n).max()?;
        let (answer, _) = self.read.into_iter().find(|(_, n)| *n == most)?;
        Some((self.scores, answer))
    }
}
