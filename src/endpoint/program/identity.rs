//! What a program is to the store: its answers hold for the same command in the same version.

use crate::project::ProgramSpec;
use std::{fs::File, path::Path};

/// The command with its `version`, else with the content of the files that it names. Where the project lies, and which
/// variables the program gets, makes no difference.
pub(in crate::endpoint) fn program_identity(program: &ProgramSpec) -> String {
    let mut hash = blake3::Hasher::new();
    for word in &program.command.words {
        hash.update(word.as_bytes());
        hash.update(&[0]);
    }
    match &program.version {
        Some(version) => {
            hash.update(&[1]);
            hash.update(version.as_bytes());
        }
        None => {
            for file in program.command.named_files() {
                hash.update(&[2]);
                hash.update(content(&file).as_bytes());
            }
        }
    }
    format!("program/{}", &hash.finalize().to_hex()[..32])
}

/// The hash of a file; of nothing where it cannot be read.
fn content(path: &Path) -> blake3::Hash {
    let mut hash = blake3::Hasher::new();
    if let Ok(file) = File::open(path) {
        // What was read up to an error is as good as nothing: the program will not start either.
        let _ = hash.update_reader(file);
    }
    hash.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::child_process::ProgramCommand;

    #[test]
    fn a_version_stands_in_for_the_files_that_the_command_names() {
        let folder = tempfile::tempdir().unwrap();
        let app = folder.path().join("app.py");
        let of = |version: Option<&str>, text: &str| {
            std::fs::write(&app, text).unwrap();
            program_identity(&ProgramSpec {
                command: ProgramCommand {
                    words: vec!["python3".into(), "app.py".into()],
                    folder: folder.path().to_owned(),
                    variables: Vec::new(),
                },
                version: version.map(str::to_owned),
                max_in_flight: None,
            })
        };
        assert_eq!(of(None, "a"), of(None, "a"));
        assert_ne!(of(None, "a"), of(None, "b"));
        assert_eq!(of(Some("1"), "a"), of(Some("1"), "b"));
        assert_ne!(of(Some("1"), "a"), of(Some("2"), "a"));
        assert_ne!(of(Some("1"), "a"), of(None, "a"));
    }
}
