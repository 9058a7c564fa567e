//! **wording**: compare prompt variants on a dataset and see which differences are real.
//!
//! The tour, from the command line down to plain data. Dependencies run down only
//! (`tests/integration/architecture.rs` checks this):
//!
//! - [`mcp`] gives the commands to coding agents, by the Model Context Protocol.
//! - [`program`] dispatches; [`commands`] runs the subcommands, one per file; [`cli`] defines their arguments.
//! - [`tui`] is the terminal session.
//! - [`report`] lays out what [`analysis`] and [`diff`] found, one format per file; [`narrate`] has every sentence about a finding.
//! - [`advise`] recommends prompting or fine-tuning; [`tune`] writes training files, trainer configurations and jobs.
//! - [`engine`] expands the plan, sends the trials and emits events; [`retry`] is the one retry loop.
//! - [`optimize`] searches for better wordings: a writer proposes them, tests accept them.
//! - [`upgrade`] compares two models on the same rows until each wording is equivalent, better or worse.
//! - [`policy`] chooses the next trials of a run that does not send all of them.
//! - [`store`] keeps runs and completions; [`endpoint`] is the HTTP client for OpenAI-compatible APIs;
//!   [`demo`] is a built-in endpoint with a stand-in for a model.
//! - [`catalog`] knows models: their prices, context windows, what they support and when they are shut down.
//! - [`annotation`] keeps what people say about rows: labels, disputes, and which row is labelled next.
//! - [`scaffold`] makes a new experiment of a dataset, for the command and the session.
//! - [`interop`] reads and writes the formats of other tools.
//! - [`lint`] finds likely mistakes in prompts.
//! - [`cost`] says what a plan costs at most: for `check`, the session, batch files and the budget of a run.
//! - [`dialect`] runs templates of JavaScript's engines.
//! - [`template`] renders variants, [`shots`] selects few-shot examples, [`tokens`] counts tokens,
//!   [`score`] has the metrics, [`read`] what they take from an output, [`stats`] is plain mathematics.
//! - [`project`] reads `wording.toml`, [`dataset`] reads rows.
//! - [`row_filter`] decides which rows a filter shows; [`expression`] is the language of gates and filters.
//! - [`outcome`] judges answers and changes: the one home of *correct*, *fixed*, *flipping*.
//! - [`child_process`] starts and ends programs that a project names, and remembers which the user has allowed.
//! - [`model`] has the plain data types; [`source`] locations in files, [`git`] files at a revision, `parquet_footer` what older readers need of a Parquet file, `archive_limit` how much a zip archive may unpack to, [`display`] text for terminals, [`panics`] panics of libraries as errors.

pub mod advise;
pub mod analysis;
pub mod annotation;
mod archive_limit;
pub mod catalog;
pub mod child_process;
pub mod cli;
pub mod commands;
pub mod cost;
pub mod dataset;
pub mod demo;
pub mod dialect;
pub mod diff;
pub mod display;
pub mod endpoint;
pub mod engine;
pub mod expression;
pub mod git;
pub mod interop;
pub mod lint;
pub mod mcp;
pub mod model;
pub mod narrate;
pub mod optimize;
pub mod outcome;
pub mod panics;
#[cfg(feature = "parquet")]
mod parquet_footer;
pub mod policy;
pub mod program;
pub mod project;
pub mod read;
pub mod report;
pub mod retry;
pub mod row_filter;
pub mod scaffold;
pub mod score;
pub mod shots;
pub mod source;
pub mod stats;
pub mod store;
pub mod template;
pub mod tokens;
pub mod tui;
pub mod tune;
pub mod upgrade;
