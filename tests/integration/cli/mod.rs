//! The real binary in a temporary folder, as a user types it.

mod advice;
mod bad_input;
mod batch;
mod bundle;
mod conversations;
mod costs;
mod current;
mod cut_prompts;
mod data;
mod echo;
mod export_to;
mod fewer;
mod hostile_text;
mod identical;
mod import;
mod import_evals;
mod import_requests;
mod import_traces;
mod keys;
mod label;
mod lint;
mod local_servers;
mod metrics;
mod models;
mod new;
mod optimize;
#[cfg(unix)]
mod pages;
mod parts;
mod preference;
mod probability;
#[cfg(unix)]
mod programs;
mod proxy;
mod rated_pairs;
mod rated_run;
mod responses;
mod resume;
mod reword;
mod rows_where;
#[cfg(unix)]
mod scale;
mod schemas;
mod score;
mod scoring;
mod sealed;
mod search_budget;
mod search_moves;
mod secrets;
mod shards;
mod shared_store;
mod similarity;
mod store;
mod store_files;
mod table_width;
#[cfg(unix)]
mod tool_command;
mod tools;
mod trainers;
mod truncated;
mod trust;
mod tuning;
mod unlabelled;
mod upgrade;
mod use_cases;
mod without_key;
