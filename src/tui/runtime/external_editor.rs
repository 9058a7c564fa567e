//! The terminal lent to other programs: the user's editor and pager.

use super::effects::Runtime;
use crossterm::event::EventStream;
use std::{
    io::{self, Write},
    path::Path,
    process::Command,
    time::Duration,
};

impl Runtime {
    /// Open a file in the user's editor and wait until it is closed.
    pub(super) async fn edit(
        &mut self,
        path: &Path,
        line: Option<usize>,
    ) -> io::Result<Result<(), String>> {
        let mut words = match command_words(&["VISUAL", "EDITOR"], "vi") {
            Ok(words) => words,
            Err(message) => return Ok(Err(message)),
        };
        let program = Path::new(&words[0])
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        match (line, &*program) {
            (
                Some(line),
                "vi" | "vim" | "nvim" | "nano" | "emacs" | "emacsclient" | "kak" | "micro" | "joe"
                | "ne",
            ) => {
                words.push(format!("+{line}"));
            }
            (Some(line), "hx" | "helix" | "subl" | "zed") => {
                words.push(format!("{}:{line}", path.display()));
                return self.run_program(words, "Set $EDITOR to your editor").await;
            }
            _ => {}
        }
        words.push(path.display().to_string());
        self.run_program(words, "Set $EDITOR to your editor").await
    }

    /// Show a text in the user's pager and wait until it is closed.
    pub(super) async fn page(&mut self, text: &str) -> io::Result<Result<(), String>> {
        let mut words = match command_words(&["PAGER"], "less") {
            Ok(words) => words,
            Err(message) => return Ok(Err(message)),
        };
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(text.as_bytes())?;
        words.push(file.path().display().to_string());
        self.run_program(words, "Set $PAGER to your pager").await
    }

    /// Give the terminal away for a while; the stream of keys must not read what another program should get.
    pub(super) fn release_terminal(&mut self) {
        self.keys = None;
        // Dropping the stream wakes its reader. Where nothing was read just then, that waits for the next read, which
        // ends without seeing a key that came together with it: so it is taken here, where no key is waited for.
        let _ = crossterm::event::poll(Duration::ZERO);
        self.screen.lend();
    }

    pub(super) fn take_terminal_back(&mut self) -> io::Result<()> {
        self.screen.take_back()?;
        self.signals.forget_keys();
        self.keys = Some(EventStream::new());
        Ok(())
    }

    /// Lend the terminal to a program.
    async fn run_program(
        &mut self,
        words: Vec<String>,
        hint: &str,
    ) -> io::Result<Result<(), String>> {
        self.release_terminal();
        let shown = words[0].clone();
        let ended =
            tokio::task::spawn_blocking(move || Command::new(&words[0]).args(&words[1..]).status())
                .await;
        self.take_terminal_back()?;
        Ok(match ended {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!("{shown} exited with {status}")),
            Ok(Err(error)) => Err(format!("cannot start {shown}: {error}. {hint}")),
            Err(error) => Err(error.to_string()),
        })
    }
}

/// The command in the first of these variables that holds one.
fn command_words(names: &[&str], otherwise: &str) -> Result<Vec<String>, String> {
    let (name, value) = names
        .iter()
        .filter_map(|name| Some((*name, std::env::var(name).ok()?)))
        .find(|(_, value)| !value.trim().is_empty())
        .unwrap_or((names[0], otherwise.to_owned()));
    match shell_words::split(&value) {
        Ok(words) if !words.is_empty() => Ok(words),
        _ => Err(format!("${name} is {value:?}, which is not a command")),
    }
}
