//! A run whose trials are those of other runs: read like any other, and gone with its process.

use super::{CompletionKey, RunInfo, RunSlot, Store, StoreError, TrialWrite, heads, open, trial};
use crate::model::{RunId, TrialId, TrialRecord};
use rusqlite::{Connection, params};
use std::{collections::HashMap, path::PathBuf, sync::Arc};

/// What a gathered run is made of.
#[derive(Debug, Default)]
pub struct GatheredTrials {
    /// Trials here, and the trials of runs that they are.
    pub trials: Vec<(TrialId, RunId, TrialId)>,
    /// Trials of no run, and the numbers of their answers.
    pub answers: Vec<(TrialRecord, i64)>,
}

const COMPLETION: &str = "INSERT OR IGNORE INTO main.completions SELECT * FROM part.completions";

/// The blocks of the prompts of all answers here, and those that are their dictionaries.
const COPY_PROMPTS: &str = "
WITH RECURSIVE needed(number) AS (
  SELECT DISTINCT rendered / 1024 FROM main.completions WHERE rendered IS NOT NULL
  UNION SELECT p.base FROM needed JOIN part.prompts p USING (number) WHERE p.base IS NOT NULL
)
INSERT INTO main.prompts SELECT p.* FROM needed CROSS JOIN part.prompts p USING (number);
";

impl Store {
    /// An empty store that is in memory only.
    pub fn in_memory() -> Result<Store, StoreError> {
        Ok(Store::of_connection(
            PathBuf::from(":memory:"),
            open::open(None)?,
        ))
    }

    /// Gather a run in memory out of this store.
    pub fn gather(&self, info: &RunInfo, gathered: &GatheredTrials) -> Result<Store, StoreError> {
        let store = Store::in_memory()?;
        let place = store.add_run(info)?;
        let mut connection = store.lock();
        connection.execute("ATTACH ? AS part", [self.path().to_string_lossy()])?;
        let transaction = connection.transaction()?;
        self.list_trials(&transaction, place, gathered)?;
        transaction.execute_batch(&format!(
            "{COMPLETION} WHERE number IN (SELECT o.completion FROM temp.wanted w
               CROSS JOIN part.trials o ON o.cell = w.there);
             INSERT INTO main.trials SELECT w.here, o.state, o.completion, o.failure, o.attempts, o.reused, o.cost_usd,
               o.score, o.answer, o.more_scores, o.latency_ms, o.prompt, o.cached, o.output, o.reasoning, o.estimated, o.calls
               FROM temp.wanted w CROSS JOIN part.trials o ON o.cell = w.there;
             INSERT INTO main.opinions SELECT w.here, o.metric, o.repeat, o.place, o.value, o.reused, o.cost_usd, o.reason
               FROM temp.wanted w CROSS JOIN part.opinions o ON o.cell = w.there;
             INSERT INTO main.unscored SELECT w.here, o.metric, o.reason
               FROM temp.wanted w CROSS JOIN part.unscored o ON o.cell = w.there;
             INSERT INTO main.seal_openings SELECT * FROM part.seal_openings;
             DROP TABLE temp.wanted;"
        ))?;
        let bad_cases =
            "INSERT INTO main.badcases SELECT * FROM part.badcases WHERE experiment = ?";
        transaction.execute(bad_cases, [&info.experiment])?;
        for (record, number) in &gathered.answers {
            transaction
                .prepare_cached(&format!("{COMPLETION} WHERE number = ?"))?
                .execute([number])?;
            trial::write(&transaction, &unwritten(place, record), Some(*number))?;
        }
        transaction.execute_batch(COPY_PROMPTS)?;
        transaction.commit()?;
        connection.execute_batch("DETACH part")?;
        drop(connection);
        Ok(store)
    }

    /// Write down which numbers the trials have here and there.
    fn list_trials(
        &self,
        connection: &Connection,
        place: RunSlot,
        gathered: &GatheredTrials,
    ) -> Result<(), StoreError> {
        connection.execute_batch(
            "CREATE TEMP TABLE wanted (here INTEGER PRIMARY KEY, there INTEGER NOT NULL)",
        )?;
        let mut insert = connection.prepare("INSERT INTO temp.wanted VALUES (?, ?)")?;
        let own = self.lock();
        let mut slots: HashMap<&RunId, RunSlot> = HashMap::new();
        for (here, run, there) in &gathered.trials {
            let slot = match slots.get(run) {
                Some(slot) => *slot,
                None => {
                    let slot = RunSlot::of_run(&own, run)?;
                    slots.insert(run, slot);
                    slot
                }
            };
            insert.execute([place.cell(*here), slot.cell(*there)])?;
        }
        Ok(())
    }

    /// Enter a run that is over.
    pub(super) fn add_run(&self, info: &RunInfo) -> Result<RunSlot, StoreError> {
        let text = serde_json::to_string(info).map_err(|e| StoreError::unreadable(&info.id, &e))?;
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let place = RunSlot::enter(&transaction, info, &text)?;
        heads::save(&transaction, place.number, info)?;
        let state = "UPDATE runs SET state = ? WHERE number = ?";
        transaction.execute(state, params![info.state, place.number])?;
        transaction.commit()?;
        Ok(place)
    }
}

/// A trial as the writer takes it; nobody waits for it.
pub(super) fn unwritten(run: RunSlot, record: &TrialRecord) -> TrialWrite {
    TrialWrite {
        is_kept: false,
        raised: false,
        run,
        record: Arc::new(record.clone()),
        key: CompletionKey::new("", &[], 0),
        prompt: None,
        told: Arc::new(|_, _, _| {}),
    }
}
