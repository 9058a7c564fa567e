//! Results on stdout, messages on stderr, and the exit code. Knows no command.

use super::remote_call::CollectedMessages;
use crate::{
    cli::{ColorChoice, Global, OutputFormat},
    display::{OutputWidth, visible, visible_but_color, write_json, write_json_line},
};
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// How a command ended, when it did not end with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    /// Done, but trials failed or a gate does not hold.
    Failed,
    /// Interrupted; progress was saved.
    Interrupted,
}

impl Exit {
    /// Done, and all of it or not.
    pub fn of(is_complete: bool) -> Exit {
        match is_complete {
            true => Exit::Done,
            false => Exit::Failed,
        }
    }

    /// The code for the shell.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Interrupted => 130,
        }
    }
}

/// Write a text without color to stdout, with a line end after it. Control characters are made visible.
pub fn print(text: &str) -> io::Result<()> {
    write_text(&visible(text))
}

/// Write a text that may be colored. What came from data or a model is made visible where the text is made; here, of all
/// escape sequences, only colors pass.
pub fn print_colored(text: &str) -> io::Result<()> {
    write_text(&visible_but_color(text))
}

fn write_text(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Write bytes to stdout as they are.
pub fn print_bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Write a value to stdout as JSON, indented.
pub fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    write_json(&mut out, value).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// Write a value to stdout as JSON on one line.
pub fn print_json_line(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    write_json_line(&mut out, value).map_err(io::Error::from)?;
    Ok(out.flush()?)
}

/// In the form asked for: JSON of the value, or the text.
pub fn print_as(
    format: OutputFormat,
    value: &impl Serialize,
    text: impl FnOnce() -> String,
) -> anyhow::Result<()> {
    match format {
        OutputFormat::Json => print_json(value),
        OutputFormat::Human => Ok(print(&text())?),
    }
}

/// Where messages go.
#[derive(Debug, Clone)]
pub struct Messages {
    quiet: bool,
    sink: MessageSink,
}

#[derive(Debug, Clone)]
enum MessageSink {
    Stderr { color: bool },
    Collected(CollectedMessages),
}

impl Messages {
    /// To stderr.
    pub fn new(global: &Global) -> Messages {
        let color = use_color(global.color, io::stderr().is_terminal());
        Messages {
            quiet: global.quiet,
            sink: MessageSink::Stderr { color },
        }
    }

    /// To a program that called the command.
    pub(super) fn collected(into: &CollectedMessages) -> Messages {
        Messages {
            quiet: false,
            sink: MessageSink::Collected(into.clone()),
        }
    }

    /// Something to know; not with `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.write("note", "36", text);
        }
    }

    pub fn warn(&self, text: &str) {
        self.write("warning", "33", text);
    }

    pub fn error(&self, text: &str) {
        self.write("error", "31", text);
    }

    fn write(&self, word: &str, color: &str, text: &str) {
        let text = visible(text);
        // If stderr is closed, the message is lost.
        let _ = match &self.sink {
            MessageSink::Stderr { color: true } => {
                writeln!(io::stderr(), "\u{1b}[1;{color}m{word}:\u{1b}[0m {text}")
            }
            MessageSink::Stderr { color: false } => writeln!(io::stderr(), "{word}: {text}"),
            MessageSink::Collected(messages) => {
                messages.push(format!("{word}: {text}"));
                Ok(())
            }
        };
    }
}

/// An error with its causes, without those that it has said already.
pub fn error_chain(error: &anyhow::Error) -> String {
    error
        .chain()
        .skip(1)
        .map(ToString::to_string)
        .fold(error.to_string(), |text, cause| {
            if text.contains(&cause) {
                text
            } else {
                format!("{text}: {cause}")
            }
        })
}

/// Whether to colour an output.
pub fn use_color(choice: ColorChoice, terminal: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            terminal
                && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
                && std::env::var_os("TERM").is_none_or(|v| v != "dumb")
        }
    }
}

/// Whether to colour stdout.
pub fn stdout_color(choice: ColorChoice) -> bool {
    use_color(choice, io::stdout().is_terminal())
}

/// How wide a text on stdout may be.
pub fn stdout_width() -> OutputWidth {
    if io::stdout().is_terminal() {
        let size = crossterm::terminal::size().ok();
        OutputWidth::of_terminal(size.map(|(columns, _)| usize::from(columns)))
    } else {
        OutputWidth::of_file(std::env::var("COLUMNS").ok().as_deref())
    }
}
