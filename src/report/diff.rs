//! The report of a difference of wordings: its pairs, with title and provenance. Plain data.

use super::{MARGIN, PairEffects, Provenance, RowTexts, WordingRef, effects};
use crate::{
    diff::{ComparedPair, WordingChange, WordingSide},
    narrate::quality::stand_in,
    store::{RunInfo, Store, StoreError},
};
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiffReport {
    pub schema_version: u32,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub experiment: String,
    /// Whether a project has this experiment, so that there is advice on it.
    #[serde(skip)]
    pub advisable: bool,
    /// Smaller differences count as none.
    pub margin: f64,
    pub pairs: Vec<ComparedPair>,
    pub provenance: Provenance,
}

impl DiffReport {
    pub fn new(pairs: Vec<ComparedPair>) -> DiffReport {
        DiffReport {
            schema_version: 1,
            title: String::new(),
            note: None,
            experiment: String::new(),
            advisable: false,
            margin: MARGIN,
            pairs,
            provenance: Provenance::default(),
        }
    }

    /// Two wordings of one run: what changed between them, and what that did.
    pub fn of_run(
        store: &Store,
        info: &RunInfo,
        [before, after]: [usize; 2],
        change: WordingChange,
        texts: &RowTexts,
        command: Option<String>,
    ) -> Result<DiffReport, StoreError> {
        let of = |variant| WordingRef { info, variant };
        let PairEffects {
            mut of_pairs,
            served,
        } = effects(store, &[(of(before), of(after))], texts)?;
        let side = |v: usize| {
            let name = &info.variants[v].name;
            WordingSide::from_run(info, v, (name.clone(), name.clone()))
        };
        let [before, after] = [side(before), side(after)];
        let served = served.get(&info.id.0).cloned().unwrap_or_default();
        Ok(DiffReport {
            title: format!("{} → {}", before.name, after.name),
            experiment: info.experiment.clone(),
            provenance: Provenance::new(&[(info, &served)], command),
            ..DiffReport::new(vec![ComparedPair {
                before,
                after,
                change,
                effects: of_pairs.pop().unwrap_or_default(),
            }])
        })
    }

    /// The experiment, where a project has it.
    pub(super) fn advice_experiment(&self) -> Option<&str> {
        self.advisable.then_some(self.experiment.as_str())
    }

    /// What is said where answers of the built-in endpoint are shown; `None` where none of its models was asked.
    pub fn stand_in(&self) -> Option<String> {
        let effects = self.pairs.iter().flat_map(|p| &p.effects);
        stand_in(&effects.map(|e| &e.model).collect::<Vec<_>>())
    }
}
