//! Where the answers of a grid are stored that come from several runs.

use crate::{
    model::{RunId, TrialId},
    outcome::RowLink,
};

/// Where the answer of a cell is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerPlace {
    /// A trial of a run.
    Trial(RunId, TrialId),
    /// An answer by its number, of no trial whose scores hold; and the newest run that has it.
    Completion(i64, Option<RunId>),
}

/// A run, and where its trials belong in the grid.
#[derive(Debug, Clone)]
pub(super) struct SourceRun {
    pub(super) id: RunId,
    /// The most room that it gave answers which were cut; 0 where none.
    pub(super) raised: u64,
    /// For each variant and model of the grid, that of the run.
    pub(super) variants: Vec<Option<u32>>,
    pub(super) models: Vec<Option<u32>>,
    pub(super) rows: RowLink,
}

impl SourceRun {
    /// Whether every cell of the grid is the trial of the same place.
    pub(super) fn is_same(&self) -> bool {
        let in_order = |places: &[Option<u32>]| {
            let mut numbered = places.iter().zip(0..);
            numbered.all(|(place, at)| *place == Some(at))
        };
        self.rows.is_same() && in_order(&self.variants) && in_order(&self.models)
    }

    /// The trial of the run that is a cell of the grid, where it has one.
    pub(super) fn trial(&self, id: TrialId) -> Option<TrialId> {
        let other = |places: &[Option<u32>], at: u32| places.get(at as usize).copied().flatten();
        Some(TrialId {
            variant: other(&self.variants, id.variant)?,
            model: other(&self.models, id.model)?,
            row: self.rows.earlier(id.row as usize)? as u32,
            sample: id.sample,
        })
    }
}

const NONE: u32 = u32::MAX;
/// Numbers from here on are places in the list of single answers.
const SINGLE: u32 = 1 << 31;

/// Where the answers of a grid are stored: 4 bytes per cell.
#[derive(Debug, Clone, Default)]
pub struct AnswerSources {
    pub(super) runs: Vec<SourceRun>,
    singles: Vec<AnswerPlace>,
    shape: [usize; 3],
    cells: Vec<u32>,
    /// The run in progress.
    live: Option<u32>,
}

impl AnswerSources {
    /// For so many models, variants, rows and samples.
    pub fn new([models, variants, rows, samples]: [usize; 4]) -> AnswerSources {
        AnswerSources {
            shape: [variants, rows, samples],
            cells: vec![NONE; models * variants * rows * samples],
            ..AnswerSources::default()
        }
    }

    fn index(&self, id: TrialId) -> usize {
        let [variants, rows, samples] = self.shape;
        let column = id.model as usize * variants + id.variant as usize;
        (column * rows + id.row as usize) * samples + id.sample as usize
    }

    pub(super) fn set_run(&mut self, id: TrialId, run: usize) {
        let at = self.index(id);
        self.cells[at] = run as u32;
    }

    pub(super) fn set_single(&mut self, id: TrialId, place: AnswerPlace) {
        let at = self.index(id);
        self.cells[at] = SINGLE + self.singles.len() as u32;
        self.singles.push(place);
    }

    /// A run of just this grid begins: its outcomes take the place of those shown as they come.
    pub fn begin_run(&mut self, id: RunId) {
        let [variants, rows, samples] = self.shape;
        let models = self.cells.len() / (variants * rows * samples).max(1);
        let same = |n: usize| (0..n as u32).map(Some).collect();
        self.live = Some(self.runs.len() as u32);
        self.runs.push(SourceRun {
            id,
            raised: 0,
            variants: same(variants),
            models: same(models),
            rows: RowLink::default(),
        });
    }

    /// A cell shows what came of it in the run in progress.
    pub fn set_live(&mut self, id: TrialId) {
        let [variants, rows, samples] = self.shape;
        let inside = |n: u32, most: usize| (n as usize) < most;
        let fits =
            inside(id.variant, variants) && inside(id.row, rows) && inside(id.sample, samples);
        if let (Some(live), true, at) = (self.live, fits, self.index(id))
            && let Some(cell) = self.cells.get_mut(at)
        {
            *cell = live;
        }
    }

    /// Whether a run began.
    pub fn is_in_run(&self) -> bool {
        self.live.is_some()
    }

    /// Whether a cell shows what came of it in the run in progress.
    pub fn is_live(&self, id: TrialId) -> bool {
        self.live.is_some() && self.cells.get(self.index(id)).copied() == self.live
    }

    /// The run whose trial a cell shows.
    pub(super) fn run(&self, id: TrialId) -> Option<&SourceRun> {
        self.runs.get(*self.cells.get(self.index(id))? as usize)
    }

    /// Where the answer of a cell is stored; `None` where it has none.
    pub fn place(&self, id: TrialId) -> Option<AnswerPlace> {
        match *self.cells.get(self.index(id))? {
            NONE => None,
            single @ SINGLE.. => self.singles.get((single - SINGLE) as usize).cloned(),
            run => {
                let run = self.runs.get(run as usize)?;
                Some(AnswerPlace::Trial(run.id.clone(), run.trial(id)?))
            }
        }
    }

    /// Every cell that shows a stored outcome, and where that is.
    pub fn each(&self, mut take: impl FnMut(TrialId, AnswerPlace)) {
        let [variants, rows, samples] = self.shape;
        let used = self
            .cells
            .iter()
            .enumerate()
            .filter(|(_, run)| **run != NONE);
        for (at, _) in used {
            let (at, sample) = (at / samples, at % samples);
            let (column, row) = (at / rows, at % rows);
            let id = TrialId {
                variant: (column % variants) as u32,
                model: (column / variants) as u32,
                row: row as u32,
                sample: sample as u32,
            };
            if let Some(place) = self.place(id) {
                take(id, place);
            }
        }
    }

    /// The runs whose trials are shown, newest first, and how many of each; last, without a run, answers of no run.
    pub fn runs(&self) -> Vec<(Option<RunId>, usize)> {
        let mut counts = vec![0; self.runs.len()];
        let mut found: Vec<(Option<RunId>, usize)> = Vec::new();
        let mut count = |run: Option<&RunId>, n: usize| {
            let known = found.iter_mut().find(|(id, _)| id.as_ref() == run);
            match known {
                Some((_, sum)) => *sum += n,
                None if n > 0 => found.push((run.cloned(), n)),
                None => {}
            }
        };
        let mut singles = vec![0_usize; self.singles.len()];
        for cell in self.cells.iter().filter(|cell| **cell != NONE) {
            match *cell {
                single @ SINGLE.. => singles[(single - SINGLE) as usize] += 1,
                run => counts[run as usize] += 1,
            }
        }
        for (run, n) in self.runs.iter().zip(counts) {
            count(Some(&run.id), n);
        }
        for (place, n) in self.singles.iter().zip(singles) {
            match place {
                AnswerPlace::Trial(run, _) => count(Some(run), n),
                AnswerPlace::Completion(_, run) => count(run.as_ref(), n),
            }
        }
        found.sort_by(|(a, _), (b, _)| b.cmp(a));
        found
    }
}
