//! Runs a session in a terminal: performs effects and feeds messages back. Knows all of `tui`.

mod clipboard;
mod event_loop;
mod external_editor;
mod frame_scheduler;
mod signals;
mod terminal;
mod view_saver;
mod watch;

pub use event_loop::{Annotator, SessionSpec, TuiError, run};
pub(super) use signals::{ProcessSignal, Signals};
pub use terminal::restore_on_panic;
pub(super) use terminal::{TerminalScreen, is_taken, panicked};
