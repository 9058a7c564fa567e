//! Why the endpoint cannot be served.

use std::{io, path::PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The port cannot be had.
    #[error("cannot listen on 127.0.0.1:{port}: {source}{}", if *port == 0 { "" } else { "; choose another with --port, or 0 for a free one" })]
    Listen { port: u16, source: io::Error },
    /// The script cannot be read.
    #[error("cannot read the script {}: {source}", path.display())]
    ScriptRead { path: PathBuf, source: io::Error },
    /// The script says something wrong.
    #[error("the script {} is wrong: {message}", path.display())]
    Script {
        path: PathBuf,
        /// What, with its place.
        message: String,
    },
}
