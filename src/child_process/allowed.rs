//! Which programs of projects may be started on this machine: those that its user has allowed once.
//!
//! Kept in a file of the user, one line for each command, so that a project which comes from somebody else cannot bring the
//! permission with it. A line begins with the command's fingerprint; what follows is for people.

use super::ProgramCommand;
use crate::display::one_line;
use etcetera::BaseStrategy as _;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

const FILE: &str = "allowed-commands";

/// The commands that the user of this machine has allowed.
#[derive(Debug, Clone, Default)]
pub struct AllowedCommands {
    /// `None` where the user has no home folder: nothing can be remembered.
    file: Option<PathBuf>,
    #[cfg(test)]
    are_all: bool,
}

impl AllowedCommands {
    /// Those of the user who runs this process.
    pub fn of_user() -> AllowedCommands {
        let folders = etcetera::choose_base_strategy().ok();
        AllowedCommands {
            file: folders.map(|folders| folders.data_dir().join("wording").join(FILE)),
            #[cfg(test)]
            are_all: false,
        }
    }

    /// Every command.
    #[cfg(test)]
    pub fn all() -> AllowedCommands {
        AllowedCommands {
            are_all: true,
            ..AllowedCommands::default()
        }
    }

    /// The file that they are kept in.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Whether a command may be started.
    pub fn contains(&self, command: &ProgramCommand) -> bool {
        #[cfg(test)]
        if self.are_all {
            return true;
        }
        let text = self.file.as_ref().map(fs::read_to_string);
        let fingerprint = command.fingerprint();
        let is_same = |line: &str| line.split_whitespace().next() == Some(&fingerprint);
        matches!(text, Some(Ok(text)) if text.lines().any(is_same))
    }

    /// Allow a command from now on.
    pub fn add(&self, command: &ProgramCommand) -> io::Result<()> {
        if self.contains(command) {
            return Ok(());
        }
        let no_home = || io::Error::other("there is no home folder to remember it in");
        let file = self.file.as_ref().ok_or_else(no_home)?;
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let line = format!(
            "{} {} in {}\n",
            command.fingerprint(),
            one_line(&command.words.join(" ")),
            one_line(&command.folder.display().to_string())
        );
        let mut file = OpenOptions::new().create(true).append(true).open(file)?;
        file.write_all(line.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_remembered_with_its_folder_and_its_variables() {
        let folder = tempfile::tempdir().unwrap();
        let allowed = AllowedCommands {
            file: Some(folder.path().join("new").join(FILE)),
            ..AllowedCommands::default()
        };
        let command = ProgramCommand {
            words: vec!["sh".into(), "app.sh\n".into()],
            folder: folder.path().to_owned(),
            variables: Vec::new(),
        };
        assert!(!allowed.contains(&command));
        allowed.add(&command).unwrap();
        allowed.add(&command).unwrap();
        assert!(allowed.contains(&command));
        let text = fs::read_to_string(allowed.file().unwrap()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        let with_key = ProgramCommand {
            variables: vec!["KEY".into()],
            ..command.clone()
        };
        let elsewhere = ProgramCommand {
            folder: folder.path().join("new"),
            ..command
        };
        assert!(!allowed.contains(&with_key) && !allowed.contains(&elsewhere));
    }

    #[test]
    fn without_a_home_nothing_is_allowed() {
        let none = AllowedCommands::default();
        let command = ProgramCommand::default();
        assert!(none.add(&command).is_err() && !none.contains(&command));
    }
}
