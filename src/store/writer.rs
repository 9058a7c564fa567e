//! The one thread that writes trials, answers, scores and claims, in batches.

use super::{
    CompletionKey, TrialWrite,
    address::Addresses,
    claim::{Claim, ClaimRequest},
    completion::usable,
    error::explain,
    lease_row,
    prompts::PromptPacker,
    score::{self, CompletionWrite, ScoreWrite},
    trial,
};
use crate::model::Prompt;
use parking_lot::RwLock;
use rusqlite::{Connection, TransactionBehavior};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::Receiver,
    },
    thread,
    time::{Duration, Instant},
};

/// Most trials in one transaction.
const BATCH: usize = 512;

/// How long the writer lets trials gather before it commits them: a commit costs as much as several trials.
const GATHER: Duration = Duration::from_millis(6);

/// The same for claims, where the store is shared: requests wait for them.
const GATHER_CLAIMS: Duration = Duration::from_micros(500);

pub(super) type SharedAddresses = Arc<RwLock<Option<Addresses>>>;

pub(super) enum Job {
    Trial(TrialWrite),
    Completion(Box<CompletionWrite>),
    Scores(ScoreWrite),
    Claim(ClaimRequest),
    /// A call of a run is over.
    Release(i64, CompletionKey),
    Flush(Box<dyn FnOnce(Result<(), String>) + Send>),
}

/// The writer: takes what has come, at most a batch, commits it, and tells.
pub(super) fn write_all(
    mut connection: Connection,
    jobs: &Receiver<Job>,
    addresses: &SharedAddresses,
    sharing: &AtomicUsize,
) {
    let mut failed: Option<String> = None;
    let mut packer = PromptPacker::default();
    while let Ok(first) = jobs.recv() {
        let sharing = sharing.load(Ordering::Relaxed) > 0;
        let batch = gather(first, jobs, sharing);
        let written = write_batch(&mut connection, &batch, addresses, sharing, &mut packer);
        let written = written.map_err(|e| explain(&e));
        if let Err(error) = &written {
            // Blocks of this batch are not there.
            packer = PromptPacker::default();
            failed.get_or_insert(error.clone());
        }
        let mut claims = written.iter().flatten().copied();
        let written = written.as_ref().map(|_| ()).map_err(String::clone);
        for job in batch {
            match job {
                Job::Trial(trial) => {
                    let written = written.as_ref().copied().map_err(String::as_str);
                    (trial.told)(trial.record, trial.key, written);
                }
                Job::Completion(kept) => {
                    // Nobody waits any more where this fails.
                    let _ = kept.told.send(written.clone());
                }
                Job::Scores(scores) => {
                    let written = written.as_ref().copied().map_err(String::as_str);
                    (scores.told)(written);
                }
                Job::Claim(request) => {
                    let claim = match &written {
                        Ok(()) => claims.next().ok_or_else(|| "a claim has no result".into()),
                        Err(error) => Err(error.clone()),
                    };
                    // A lane that was given up does not wait any more; its run ends.
                    let _ = request.reply.send(claim);
                }
                Job::Release(..) => {}
                Job::Flush(tell) => tell(failed.clone().map_or(Ok(()), Err)),
            }
        }
    }
}

/// Take what has come in a while. A request waits for its claim: then that is short.
fn gather(first: Job, jobs: &Receiver<Job>, sharing: bool) -> Vec<Job> {
    let mut is_waiting = matches!(first, Job::Flush(_) | Job::Claim(_));
    let mut batch = vec![first];
    if !sharing {
        if !is_waiting {
            thread::sleep(GATHER);
        }
    } else {
        let started = Instant::now();
        while batch.len() < BATCH {
            let most = if is_waiting { GATHER_CLAIMS } else { GATHER };
            let Ok(job) = jobs.recv_timeout(most.saturating_sub(started.elapsed())) else {
                break;
            };
            is_waiting |= matches!(job, Job::Flush(_) | Job::Claim(_));
            batch.push(job);
        }
    }
    let room = BATCH - batch.len();
    batch.extend(jobs.try_iter().take(room));
    batch
}

fn write_batch(
    connection: &mut Connection,
    batch: &[Job],
    addresses: &SharedAddresses,
    sharing: bool,
    packer: &mut PromptPacker,
) -> rusqlite::Result<Vec<Claim>> {
    let slice = {
        let mut addresses = addresses.write();
        addresses.as_mut().map(Addresses::slice)
    };
    // Taken before the lock of the file: whoever waits for that may hold the connection that others look keys up with.
    let has_claims = batch.iter().any(|job| matches!(job, Job::Claim(_)));
    let mut held = has_claims.then(|| addresses.write());
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let claims = match held.as_mut().and_then(|held| held.as_mut()) {
        Some(known) => decide_claims(&transaction, batch, known)?,
        None => Vec::new(),
    };
    let mut new = Vec::with_capacity(batch.len());
    let mut raised: BTreeMap<i64, i64> = BTreeMap::new();
    // Those of new answers, then those of reused answers that lack one.
    let asked: Vec<&Prompt> = batch.iter().filter_map(new_prompt).collect();
    let mut places = packer.write(&transaction, &asked)?.into_iter();
    let mut lacking: Vec<(i64, &Prompt)> = Vec::new();
    for job in batch {
        let trial = match job {
            Job::Trial(trial) => trial,
            Job::Completion(kept) => {
                let number =
                    trial::insert_completion(&transaction, &kept.key, &kept.completion, None)?;
                new.push((kept.key, number));
                if sharing {
                    lease_row::answered(&transaction, &kept.key)?;
                }
                continue;
            }
            Job::Scores(scores) => {
                score::write(&transaction, scores)?;
                continue;
            }
            Job::Release(run, key) => {
                lease_row::release(&transaction, *run, key)?;
                continue;
            }
            Job::Claim(_) | Job::Flush(_) => continue,
        };
        let number = if let Some(completion) = trial::is_new(trial) {
            let rendered = new_prompt(job).and_then(|_| places.next());
            let number = trial::insert_completion(&transaction, &trial.key, completion, rendered)?;
            new.push((trial.key, number));
            Some(number)
        } else if is_known(trial) {
            let read = held.is_none().then(|| addresses.read_recursive());
            let known = match (&held, &read) {
                (Some(held), _) => held.as_ref(),
                (None, read) => read.as_ref().and_then(|read| read.as_ref()),
            };
            match known {
                Some(known) => known.find(&transaction, &trial.key)?,
                None => None,
            }
        } else {
            None
        };
        if let (true, Some(number), Some(prompt)) = (is_known(trial), number, &trial.prompt)
            && trial::lacks_prompt(&transaction, number)?
        {
            lacking.push((number, prompt));
        }
        trial::write(&transaction, trial, number)?;
        if trial.raised {
            *raised.entry(trial.run.number).or_default() += 1;
        }
        if sharing && !trial.record.reused {
            lease_row::release(&transaction, trial.run.number, &trial.key)?;
        }
    }
    for (run, answers) in raised {
        // With the answers themselves, so that a run that is killed has counted those that it has.
        transaction.execute(
            "UPDATE runs SET info = json_set(info, '$.raised.answers', \
             coalesce(json_extract(info, '$.raised.answers'), 0) + ?) WHERE number = ?",
            [answers, run],
        )?;
    }
    let asked: Vec<&Prompt> = lacking.iter().map(|(_, prompt)| *prompt).collect();
    for (place, (number, _)) in packer.write(&transaction, &asked)?.into_iter().zip(lacking) {
        trial::set_rendered(&transaction, number, place)?;
    }
    if let Some(slice) = &slice {
        slice.write(&transaction)?;
    }
    transaction.commit()?;
    drop(held);
    let mut addresses = addresses.write();
    if let Some(addresses) = addresses.as_mut() {
        addresses.add_written(&new);
        if let Some(slice) = &slice {
            addresses.settled(slice);
        }
    }
    Ok(claims)
}

/// Whether the answer of a trial was kept before it.
fn is_known(trial: &TrialWrite) -> bool {
    trial.record.reused || trial.is_kept && trial.record.outcome.completion().is_some()
}

/// The prompt of an answer that is not stored yet.
fn new_prompt(job: &Job) -> Option<&Prompt> {
    match job {
        Job::Trial(trial) => trial::is_new(trial).and(trial.prompt.as_deref()),
        _ => None,
    }
}

/// What becomes of the claims of a batch, in their order. Decided before anything is written: a call that the batch ends is
/// over for others with its commit.
fn decide_claims(
    connection: &Connection,
    batch: &[Job],
    known: &mut Addresses,
) -> rusqlite::Result<Vec<Claim>> {
    known.refresh(connection)?;
    let mut claims = Vec::new();
    for job in batch {
        let Job::Claim(request) = job else { continue };
        let key = &request.key;
        let claim = if usable(known, connection, key)?.is_some() {
            Claim::Answered
        } else if lease_row::insert(connection, request.run, key)? {
            Claim::Granted
        } else {
            Claim::Taken
        };
        claims.push(claim);
    }
    Ok(claims)
}
