//! What the tests share: a folder to run the binary in, a session without a terminal, snapshots.

pub mod session;
pub mod snapshot;
pub mod terminal;
pub mod workspace;

pub use session::TestSession;
pub use workspace::{CommandOutput, Workspace};
