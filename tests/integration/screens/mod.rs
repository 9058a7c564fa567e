//! The session: drawn into a buffer, and the real binary in a pseudo-terminal.

mod advice;
mod annotation;
mod bundle;
mod cells;
mod chance;
mod cost;
mod drawn;
mod editor;
mod filter;
mod found;
mod journeys;
mod known;
mod label;
mod leaderboard;
mod leave;
mod models;
mod new_experiment;
mod other_scripts;
mod palette;
mod panes;
mod picture;
mod race;
mod rate;
mod real;
mod reword;
mod walk;
