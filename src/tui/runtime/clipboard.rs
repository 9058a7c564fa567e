//! The way a text takes to the clipboard: through tmux, by the terminal (OSC 52), or into a file.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Most bytes that terminals take by OSC 52, after encoding.
const MOST: usize = 74_994;

/// How a text reaches the clipboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// `tmux load-buffer -w`: tmux drops what programs send to the clipboard themselves.
    Tmux,
    /// The terminal's own sequence.
    Osc52,
    /// Neither can take it: a file.
    File(PathBuf),
}

pub(super) fn route(tmux: bool, term: &str, bytes: usize, file: &Path) -> Route {
    let encoded = bytes.div_ceil(3) * 4;
    if tmux {
        Route::Tmux
    } else if term.is_empty() || term == "dumb" || term == "linux" || encoded > MOST {
        Route::File(file.to_path_buf())
    } else {
        Route::Osc52
    }
}

/// Copy a text; where it went.
pub(super) fn copy(text: &str, file: &Path, out: &mut dyn Write) -> io::Result<String> {
    let tmux = std::env::var_os("TMUX").is_some_and(|v| !v.is_empty());
    let term = std::env::var("TERM").unwrap_or_default();
    match route(tmux, &term, text.len(), file) {
        Route::Tmux => match by_tmux(text) {
            Ok(()) => Ok("with tmux".into()),
            Err(_) => to_file(text, file),
        },
        Route::Osc52 => {
            out.write_all(osc52(text).as_bytes())?;
            out.flush()?;
            Ok("with the terminal (OSC 52)".into())
        }
        Route::File(path) => to_file(text, &path),
    }
}

fn to_file(text: &str, path: &Path) -> io::Result<String> {
    std::fs::write(path, text)?;
    Ok(format!("to {}", crate::source::as_typed(path).display()))
}

fn by_tmux(text: &str) -> io::Result<()> {
    let mut child = Command::new("tmux")
        .args(["load-buffer", "-w", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(stdin) = &mut child.stdin {
        stdin.write_all(text.as_bytes())?;
    }
    drop(child.stdin.take());
    match child.wait()?.success() {
        true => Ok(()),
        false => Err(io::Error::other("tmux failed")),
    }
}

/// The sequence that puts a text into the terminal's clipboard.
pub(super) fn osc52(text: &str) -> String {
    format!("\u{1b}]52;c;{}\u{7}", BASE64_STANDARD.encode(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_its_route() {
        let file = Path::new("copied.txt");
        assert_eq!(route(true, "screen", 10, file), Route::Tmux);
        assert_eq!(route(false, "xterm-256color", 10, file), Route::Osc52);
        assert_eq!(route(false, "linux", 10, file), Route::File(file.into()));
        assert_eq!(
            route(false, "xterm", 1 << 20, file),
            Route::File(file.into())
        );
    }
}
