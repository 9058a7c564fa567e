//! A command of a project: its words, the folder it runs in, and the variables of the environment that it gets.

use crate::display::{fit, visible};
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

/// Variables of the environment that every program gets, with those that begin with `LC_`: where programs, the home, temporary
/// files and time zones are, who runs it and in which language. Others are not handed on: keys of endpoints are among them.
#[cfg(not(windows))]
const BASE_VARIABLES: [&str; 9] = [
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TMPDIR", "TZ",
];

/// The same, with what programs of Windows cannot start without.
#[cfg(windows)]
const BASE_VARIABLES: [&str; 20] = [
    "PATH",
    "PATHEXT",
    "COMSPEC",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    "TEMP",
    "TMP",
    "USERNAME",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
    "APPDATA",
    "LOCALAPPDATA",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PROCESSOR_ARCHITECTURE",
    "NUMBER_OF_PROCESSORS",
    "LANG",
    "TZ",
];

/// A program with its arguments, as a project names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProgramCommand {
    /// The program, then its arguments.
    pub words: Vec<String>,
    /// Where it runs: the project's folder.
    pub folder: PathBuf,
    /// Variables of the environment that it gets, besides those that every program gets.
    pub variables: Vec<String>,
}

impl ProgramCommand {
    /// As it would be typed, cut to a length that fits into a sentence.
    pub fn display_name(&self) -> String {
        visible(&fit(&self.words.join(" "), 80))
    }

    /// Whether it gets a variable of the environment.
    pub(super) fn receives(&self, name: &OsStr) -> bool {
        let same = |known: &str| match cfg!(windows) {
            true => name.eq_ignore_ascii_case(known),
            false => name == known,
        };
        BASE_VARIABLES.into_iter().any(same)
            || name.to_str().is_some_and(|name| name.starts_with("LC_"))
            || self.variables.iter().any(|known| same(known))
    }

    /// The words that name files which are there: the program's own text, as far as the command shows it.
    pub fn named_files(&self) -> impl Iterator<Item = PathBuf> {
        let files = self.words.iter().map(|word| self.folder.join(word));
        files.filter(|path| path.is_file())
    }

    /// What the permission to start it is remembered by: words, variables and folder, links followed. The files that it names
    /// are not part of it: whoever works on a program is not asked after each change.
    pub fn fingerprint(&self) -> String {
        let folder = self.folder.canonicalize();
        let folder: &Path = folder.as_deref().unwrap_or(&self.folder);
        let mut hash = blake3::Hasher::new();
        hash.update(folder.as_os_str().as_encoded_bytes());
        for list in [&self.words, &self.variables] {
            hash.update(&[1]);
            for word in list {
                hash.update(word.as_bytes());
                hash.update(&[0]);
            }
        }
        hash.finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_is_of_words_variables_and_folder() {
        let command = |words: &[&str], variables: &[&str], folder: &str| ProgramCommand {
            words: words.iter().map(|w| (*w).to_owned()).collect(),
            variables: variables.iter().map(|v| (*v).to_owned()).collect(),
            folder: folder.into(),
        };
        let mut all = vec![
            command(&["sh", "a b"], &[], "/p").fingerprint(),
            command(&["sh", "a", "b"], &[], "/p").fingerprint(),
            command(&["sh", "a"], &["b"], "/p").fingerprint(),
            command(&["sh", "a", "b"], &[], "/q").fingerprint(),
        ];
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 4);
    }
}
