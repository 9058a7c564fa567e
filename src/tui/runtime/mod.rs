//! Runs a session in a terminal: performs effects and feeds messages back. Knows all of `tui`.

mod clipboard;
mod effects;
mod event_loop;
mod external_editor;
mod frame_scheduler;
mod input;
mod session_spec;
mod signals;
mod terminal;
mod view_saver;
mod watch;

pub use event_loop::run;
pub use session_spec::{Annotator, SessionSpec, TuiError};
pub(super) use signals::{ProcessSignal, Signals};
pub use terminal::restore_on_panic;
pub(super) use terminal::{TerminalScreen, is_taken, panicked};
