//! Training: the files of a job are checked, a classifier learns from them, and the job says how far it is.

use super::{
    classifier::{ChatExample, Classifier, Pass},
    job::Job,
    training_file::parse_training_file,
    tuning::{Tunings, digest},
};
use std::sync::Arc;

/// Fewest examples of a job.
const FEWEST: usize = 10;

impl Tunings {
    /// Check the files of a job and train.
    pub(super) fn train(&self, id: &str) {
        let Ok(job) = self.find(id) else { return };
        let file = |id: &str, fewest| {
            let bytes = self.file(id).unwrap_or_default();
            parse_training_file(&bytes, fewest).map_err(|message| {
                (
                    format!("{id}: {message}"),
                    "invalid_training_file".to_owned(),
                )
            })
        };
        let read = file(&job.training_file, FEWEST).and_then(|taught| {
            let validation = match &job.validation_file {
                Some(id) => file(id, 1)?,
                None => Vec::new(),
            };
            Ok((taught, validation))
        });
        let (taught, validation) = match read {
            Ok(both) => both,
            Err(error) => {
                self.change(id, |job| {
                    job.status = "failed".into();
                    job.events.push(format!("The job failed: {}", error.0));
                    job.error = Some(error.clone());
                });
                return;
            }
        };
        let begun = self.change(id, |job| {
            job.status = "running".into();
            job.events.push(format!(
                "Fine-tuning job started: {} examples, {} epochs",
                taught.len(),
                job.epochs
            ));
        });
        if !begun {
            return;
        }
        let trained = Classifier::train(&taught, &validation, job.epochs, job.seed, |pass| {
            self.change(id, |job| {
                if let Some(Pass {
                    epoch,
                    loss,
                    validation,
                }) = pass
                {
                    let checked = validation.map_or(String::new(), |(loss, right)| {
                        format!(", validation loss {loss:.3}, accuracy {right:.3}")
                    });
                    job.events.push(format!(
                        "Epoch {epoch}/{}: training loss {loss:.3}{checked}",
                        job.epochs
                    ));
                    job.checkpoints.push(Pass {
                        epoch,
                        loss,
                        validation,
                    });
                }
            })
        });
        let Some(model) = trained else { return };
        let Ok(bytes) = serde_json::to_vec(&model) else {
            return;
        };
        // The same examples give the same model under the same name, so answers that were kept of it stay true.
        let suffix = if job.suffix.is_empty() {
            String::new()
        } else {
            format!(":{}", job.suffix)
        };
        let name = format!("ft:{}{suffix}:{}", job.model, &digest(&[&bytes])[..8]);
        self.write("models", &name, &bytes);
        self.lock().models.insert(name.clone(), Arc::new(model));
        let words = |t: &ChatExample| -> usize {
            t.messages
                .iter()
                .map(|m| m.content.split_whitespace().count())
                .sum()
        };
        let tokens = taught.iter().map(words).sum::<usize>() as u64 * u64::from(job.epochs);
        self.change(id, |job| {
            job.status = "succeeded".into();
            job.events
                .push(format!("New fine-tuned model created: {name}"));
            job.events.push("The job has successfully completed".into());
            job.fine_tuned_model = Some(name.clone());
            job.trained_tokens = Some(tokens);
        });
    }

    /// Change a job that was not cancelled meanwhile; whether it goes on.
    fn change(&self, id: &str, change: impl FnOnce(&mut Job)) -> bool {
        let mut job = match self.find(id) {
            Ok(job) if job.status != "cancelled" => job,
            _ => return false,
        };
        change(&mut job);
        // Between looking and keeping it may have been cancelled; then it stays so.
        let mut kept = self.lock();
        if kept.jobs.get(id).is_some_and(|j| j.status == "cancelled") {
            return false;
        }
        kept.jobs.insert(id.to_owned(), job.clone());
        drop(kept);
        if let Ok(text) = serde_json::to_vec(&job) {
            self.write("jobs", id, &text);
        }
        true
    }
}
