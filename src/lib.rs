//! **wording**: how does the wording of a prompt sway the model, and what should be done about it?
//!
//! The tour, in the order in which data flows; arrows between modules run down only
//! (`tests/integration/architecture.rs` checks it):
//!
//! - [`commands`] wires parts together, one file a subcommand; [`cli`] holds what was typed.
//! - [`tui`] is the terminal session.
//! - [`report`] lays out what [`analysis`] and [`diff`] found, one exporter per file; [`narrate`] holds every sentence about it.
//! - [`advise`] decides whether to prompt or to fine-tune; [`tune`] hands over: training files and their checks,
//!   configurations, jobs.
//! - [`engine`] expands the plan, sends the trials, and tells what happens as events.
//! - [`policy`] says which trials to buy next, where not all are bought.
//! - [`store`] keeps runs and completions; [`endpoint`] speaks the OpenAI-compatible wire;
//!   [`demo`] is an endpoint of its own, a stand-in for a model.
//! - [`interop`] reads and writes the forms of others.
//! - [`lint`] says what in a wording is likely not meant.
//! - [`template`] renders variants, [`shots`] chooses worked examples, [`tokens`] counts and prices,
//!   [`score`] judges outcomes, [`stats`] is plain mathematics.
//! - [`project`] reads `wording.toml`, [`dataset`] reads rows.
//! - [`outcome`] says what the answers came to: the one home of *correct*, *fixed*, *flipping*.
//! - [`model`] holds the nouns as plain data; [`source`] places in files, [`git`] files of a revision, [`display`] texts fit for a screen.

pub mod advise;
pub mod analysis;
pub mod cli;
pub mod commands;
pub mod dataset;
pub mod demo;
pub mod diff;
pub mod display;
pub mod endpoint;
pub mod engine;
pub mod git;
pub mod interop;
pub mod lint;
pub mod model;
pub mod narrate;
pub mod outcome;
pub mod policy;
pub mod project;
pub mod report;
pub mod retry;
pub mod score;
pub mod shots;
pub mod source;
pub mod stats;
pub mod store;
pub mod template;
pub mod tokens;
pub mod tui;
pub mod tune;
