//! clap types: only what was typed.
