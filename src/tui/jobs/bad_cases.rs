//! Bad cases in the store: saved, corrected, removed; then read again.

use super::JobRunner;
use crate::{display::one_line, store::BadCase, tui::model::JobResult};

impl JobRunner {
    /// Tell the bad cases of an experiment.
    pub(super) fn emit_bad_cases(
        &self,
        experiment: &str,
        emit: &mut dyn FnMut(JobResult),
    ) -> Result<(), String> {
        let cases = self
            .store
            .bad_cases(experiment)
            .map_err(|e| e.to_string())?;
        emit(JobResult::BadCasesRead(experiment.to_owned(), cases));
        Ok(())
    }

    /// Keep one, or correct the one of the same row.
    pub(super) fn keep_bad_case(
        &self,
        case: &BadCase,
        emit: &mut dyn FnMut(JobResult),
    ) -> Result<(), String> {
        self.store.keep_bad_case(case).map_err(|e| e.to_string())?;
        self.emit_bad_cases(&case.experiment, emit)?;
        let row = one_line(case.row_id.as_deref().unwrap_or(""));
        emit(JobResult::Done(match case.corrected.as_str() {
            "" => format!("{row} saved as a bad case, without a correct answer yet"),
            right => format!(
                "{row} saved as a bad case; correct answer: {}",
                one_line(right)
            ),
        }));
        Ok(())
    }

    pub(super) fn forget_bad_case(
        &self,
        case: &BadCase,
        emit: &mut dyn FnMut(JobResult),
    ) -> Result<(), String> {
        self.store
            .delete_bad_case(case.id)
            .map_err(|e| e.to_string())?;
        self.emit_bad_cases(&case.experiment, emit)?;
        let row = one_line(case.row_id.as_deref().unwrap_or(""));
        emit(JobResult::Done(format!("{row} is no longer a bad case")));
        Ok(())
    }
}
