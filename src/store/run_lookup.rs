//! Which runs a store has, and the one that is meant.

use super::{RunInfo, RunSlot, SealOpening, Store, StoreError, check::running, heads};
use crate::model::{ListedModel, RunId, Shard};
use std::sync::Arc;

/// The state of a run that has not ended.
const RUNNING: &str = "running";

/// What holds for runs that are not over sealed rows.
const OPEN: &str = "json_extract(info, '$.seal.opening') IS NULL";

impl Store {
    /// Newest first; without runs over sealed rows.
    pub fn runs(&self) -> Result<Vec<RunInfo>, StoreError> {
        self.select_runs(&format!("WHERE {OPEN} ORDER BY number DESC"), &[])
    }

    /// Newest first, runs over sealed rows among them: to list them, without rows and scores.
    pub fn all_runs(&self) -> Result<Vec<RunInfo>, StoreError> {
        self.select_runs("ORDER BY number DESC", &[])
    }

    /// The latest run of an experiment over its sealed rows, without its rows.
    pub fn latest_sealed(&self, experiment: &str) -> Result<Option<RunInfo>, StoreError> {
        let rest = format!(
            "WHERE json_extract(info, '$.experiment') = ? AND NOT ({OPEN}) ORDER BY number DESC LIMIT 1"
        );
        Ok(self.select_runs(&rest, &[&experiment])?.pop())
    }

    /// A run by id, an unambiguous start of one, or `latest`. One over sealed rows is refused; see [`Store::sealed_run`].
    pub fn run(&self, id: &str) -> Result<RunInfo, StoreError> {
        let found = self.find_run(id)?;
        match found.is_of_sealed_rows() {
            true => Err(StoreError::Sealed { run: found.id.0 }),
            false => self.with_heads(found),
        }
    }

    /// A run whose rows are sealed, by an opening of that experiment's rows.
    pub fn sealed_run(&self, id: &RunId, opening: &SealOpening) -> Result<RunInfo, StoreError> {
        let found = self.find_run(&id.0)?;
        match found.experiment == opening.experiment() {
            true => self.with_heads(found),
            false => Err(StoreError::Sealed { run: found.id.0 }),
        }
    }

    /// The run of an id, which may be over sealed rows where an opening is at hand.
    pub fn run_with(&self, id: &str, opening: Option<&SealOpening>) -> Result<RunInfo, StoreError> {
        match opening {
            Some(opening) => self.sealed_run(&RunId(id.to_owned()), opening),
            None => self.run(id),
        }
    }

    /// What is kept of a run besides its rows and trials, be they sealed or not. `latest` is the latest that is not sealed.
    pub fn find_run(&self, id: &str) -> Result<RunInfo, StoreError> {
        let mut found = if id == "latest" {
            self.select_runs(&format!("WHERE {OPEN} ORDER BY number DESC LIMIT 1"), &[])?
        } else {
            let id = if id.starts_with("r-") {
                id.to_owned()
            } else {
                format!("r-{id}")
            };
            self.select_runs(
                "WHERE substr(id, 1, length(?1)) = ?1 ORDER BY number DESC LIMIT 5",
                &[&id],
            )?
        };
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => {
                let known = self.select_runs("ORDER BY number DESC LIMIT 3", &[])?;
                Err(StoreError::NoRun {
                    id: id.to_owned(),
                    known: known.into_iter().map(|r| r.id.0).collect(),
                })
            }
            _ => Err(StoreError::Ambiguous {
                id: id.to_owned(),
                found: found.into_iter().map(|r| r.id.0).collect(),
            }),
        }
    }

    pub fn latest_of(&self, experiment: &str) -> Result<Option<RunInfo>, StoreError> {
        self.latest_shard_of(experiment, None)
    }

    /// The latest run of a shard of an experiment; where none is named, of any and of none.
    pub fn latest_shard_of(
        &self,
        experiment: &str,
        shard: Option<Shard>,
    ) -> Result<Option<RunInfo>, StoreError> {
        let rest = format!(
            "WHERE {OPEN} AND json_extract(info, '$.experiment') = ?1 \
             AND (?2 IS NULL OR json_extract(info, '$.shard') = ?2) ORDER BY number DESC LIMIT 1"
        );
        let shard = shard.map(|s| s.to_string());
        self.select_runs(&rest, &[&experiment, &shard])?
            .pop()
            .map(|run| self.with_heads(run))
            .transpose()
    }

    /// The limits at which runs bought answers again that were cut at a lower one.
    pub fn raised_limits(&self) -> Result<Vec<u64>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT DISTINCT json_extract(info, '$.raised.max_tokens') AS raised FROM runs WHERE raised IS NOT NULL",
        )?;
        let limits = statement.query_map([], |row| row.get::<_, i64>(0))?;
        limits.map(|limit| Ok(limit?.unsigned_abs())).collect()
    }

    /// What lists said of models: of a run, or the latest that any other one has of each.
    pub fn listed_models(&self, of: Option<&RunId>) -> Result<Vec<ListedModel>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT json_extract(info, '$.listed_models') FROM runs \
             WHERE json_extract(info, '$.listed_models') IS NOT NULL AND (?1 IS NULL OR id = ?1) ORDER BY number",
        )?;
        let mut rows = statement.query([of.map(|id| id.0.as_str())])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let json: String = row.get(0)?;
            let listed: Vec<ListedModel> = serde_json::from_str(&json).unwrap_or_default();
            ListedModel::add(&mut all, &listed);
        }
        Ok(all)
    }

    fn select_runs(
        &self,
        rest: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<RunInfo>, StoreError> {
        let connection = self.lock();
        let mut statement =
            connection.prepare(&format!("SELECT id, state, info FROM runs {rest}"))?;
        let rows = statement.query_map(values, |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
            ))
        })?;
        let runs = rows.map(|row| {
            let (id, state, info) = row?;
            let mut info: RunInfo =
                serde_json::from_str(&info).map_err(|e| StoreError::unreadable(&RunId(id), &e))?;
            info.state = state;
            Ok(info)
        });
        let mut runs = runs.collect::<Result<Vec<RunInfo>, StoreError>>()?;
        // A run whose process is gone does not run, whatever it wrote last.
        if runs.iter().any(|run| run.state == RUNNING) {
            let alive = running(&connection)?;
            let is_dead = |run: &RunInfo| !alive.iter().any(|alive| alive.run == run.id.0);
            for run in runs
                .iter_mut()
                .filter(|run| run.state == RUNNING && is_dead(run))
            {
                run.state = "interrupted".into();
            }
        }
        Ok(runs)
    }

    fn with_heads(&self, mut run: RunInfo) -> Result<RunInfo, StoreError> {
        let connection = self.lock();
        let place = RunSlot::of_run(&connection, &run.id)?;
        run.heads = Arc::new(heads::load(&connection, place.number, &run.id, run.rows)?);
        run.slices = Arc::new(heads::slices(&connection, place.number, &run.id, run.rows)?);
        run.records = heads::records(&connection, place.number, run.rows)?.map(Arc::new);
        Ok(run)
    }
}
