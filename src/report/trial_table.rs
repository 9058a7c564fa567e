//! The trials of a run as a table: one line per trial, the same columns whatever the file is.

use super::{WriteError, opinions::Opinions};
use crate::{
    model::{Completion, Score, TrialRecord},
    outcome::{CellOutcome, CellState},
    store::{RunInfo, Store},
};

/// What a line has in a column; `None` where it has nothing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TrialField {
    Text(Option<String>),
    Number(Option<f64>),
    Count(Option<i64>),
    Flag(bool),
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrialFieldKind {
    Text,
    Number,
    Count,
    Flag,
}

/// A column and how it is filled.
pub(super) struct TrialColumn<'a> {
    pub name: String,
    pub kind: TrialFieldKind,
    field: Box<dyn Fn(&TrialRecord) -> TrialField + 'a>,
}

impl TrialColumn<'_> {
    pub(super) fn field(&self, record: &TrialRecord) -> TrialField {
        (self.field)(record)
    }
}

/// The columns of a run, and where its trials are.
pub(super) struct TrialTable<'a> {
    store: &'a Store,
    info: &'a RunInfo,
    pub columns: Vec<TrialColumn<'a>>,
}

impl<'a> TrialTable<'a> {
    /// The table of a run; without outputs, expected answers and reasons where these stay here.
    pub(super) fn new(
        store: &'a Store,
        info: &'a RunInfo,
        no_outputs: bool,
    ) -> Result<TrialTable<'a>, WriteError> {
        let mut table = TrialTable {
            store,
            info,
            columns: Vec::new(),
        };
        table.what_was_asked(no_outputs);
        table.how_it_was_scored(no_outputs);
        table.what_came_back(no_outputs);
        let opinions = Opinions::read(store, info)?;
        if !opinions.is_empty() {
            table.text("judge", move |r| {
                let lines = match no_outputs {
                    true => Vec::new(),
                    false => opinions.lines(info, r.id),
                };
                (!lines.is_empty()).then(|| lines.join("\n"))
            });
        }
        Ok(table)
    }

    fn what_was_asked(&mut self, no_outputs: bool) {
        let info = self.info;
        let variant = |r: &TrialRecord| info.variants.get(r.id.variant as usize);
        self.text("run", |_| Some(info.id.0.clone()));
        self.text("model", |r| {
            let model = info.models.get(r.id.model as usize);
            model.map(ToString::to_string)
        });
        self.text("variant", move |r| variant(r).map(|v| v.name.clone()));
        let mut axes: Vec<&str> = Vec::new();
        for (axis, _) in info.variants.iter().flat_map(|v| &v.levels) {
            if !axes.contains(&axis.as_str()) {
                axes.push(axis);
            }
        }
        for axis in axes {
            self.text(&format!("axis:{axis}"), move |r| {
                Some(variant(r)?.level(axis)?.name.clone())
            });
        }
        self.count("row", |r| Some(r.id.row.into()));
        self.text("row_id", |r| {
            Some(info.heads.id(r.id.row as usize).into_owned())
        });
        self.count("sample", |r| Some(r.id.sample.into()));
        self.text("expected", move |r| {
            let expected = info.heads.expected(r.id.row as usize)?;
            (!no_outputs).then(|| expected.to_owned())
        });
    }

    fn how_it_was_scored(&mut self, no_outputs: bool) {
        self.text("answer", move |r| {
            let answer = r.scores.main()?.answer.as_ref()?;
            (!no_outputs).then(|| answer.clone())
        });
        self.flag("unreadable", |r| {
            r.scores.main().is_some_and(|s| s.unreadable)
        });
        for (at, metric) in self.info.metrics.iter().enumerate() {
            self.number(&format!("score:{metric}"), move |r| {
                r.scores.0.get(at).and_then(Score::known)
            });
        }
    }

    fn what_came_back(&mut self, no_outputs: bool) {
        let correct_from = self.info.correct_from();
        let of = |figure: fn(&Completion) -> i64| {
            move |r: &TrialRecord| r.outcome.completion().map(figure)
        };
        self.text("finish_reason", |r| {
            Some(r.outcome.completion()?.finish.as_str().to_owned())
        });
        self.text("failure", |r| {
            Some(r.outcome.failure()?.kind.as_str().to_owned())
        });
        self.text("failure_message", move |r| {
            let failure = r.outcome.failure()?;
            (!no_outputs).then(|| failure.to_string())
        });
        self.number("latency_ms", |r| {
            r.outcome.completion().map(|c| c.latency_ms)
        });
        self.count("prompt_tokens", of(|c| c.usage.prompt as i64));
        self.count("cached_tokens", of(|c| c.usage.cached as i64));
        self.count("completion_tokens", of(|c| c.usage.completion as i64));
        self.number("cost_usd", |r| r.cost_usd);
        self.count("attempts", |r| Some(r.attempts.into()));
        self.flag("reused", |r| r.reused);
        self.text("output", move |r| {
            let output = &r.outcome.completion()?.text;
            (!no_outputs).then(|| output.clone())
        });
        self.text("outcome", move |r| {
            let score = r.scores.main().and_then(Score::known);
            let outcome = CellOutcome::of_sample(CellState::of(r), score, correct_from);
            Some(outcome.word().replace(' ', "_"))
        });
    }

    /// The trials, in the order of the store.
    pub(super) fn each(&self, each: &mut dyn FnMut(&TrialRecord)) -> Result<(), WriteError> {
        let all = self.store.each_trial(&self.info.id, &mut |r| each(&r));
        Ok(all?)
    }

    fn text(&mut self, name: &str, field: impl Fn(&TrialRecord) -> Option<String> + 'a) {
        self.add(name, TrialFieldKind::Text, move |r| {
            TrialField::Text(field(r))
        });
    }

    fn number(&mut self, name: &str, field: impl Fn(&TrialRecord) -> Option<f64> + 'a) {
        self.add(name, TrialFieldKind::Number, move |r| {
            TrialField::Number(field(r))
        });
    }

    fn count(&mut self, name: &str, field: impl Fn(&TrialRecord) -> Option<i64> + 'a) {
        self.add(name, TrialFieldKind::Count, move |r| {
            TrialField::Count(field(r))
        });
    }

    fn flag(&mut self, name: &str, field: impl Fn(&TrialRecord) -> bool + 'a) {
        self.add(name, TrialFieldKind::Flag, move |r| {
            TrialField::Flag(field(r))
        });
    }

    fn add(
        &mut self,
        name: &str,
        kind: TrialFieldKind,
        field: impl Fn(&TrialRecord) -> TrialField + 'a,
    ) {
        self.columns.push(TrialColumn {
            name: name.to_owned(),
            kind,
            field: Box::new(field),
        });
    }
}
