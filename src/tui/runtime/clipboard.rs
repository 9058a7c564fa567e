//! The way a text takes to the clipboard: through tmux, by the terminal (OSC 52), or into a file.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Most bytes that terminals take by OSC 52, after encoding.
const MOST: usize = 74_994;

/// How a text reaches the clipboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// `tmux load-buffer -w`: tmux drops what programs send to the clipboard themselves.
    Tmux,
    /// The terminal's own sequence.
    Osc52,
    /// Neither can take it: a file.
    File(PathBuf),
}

pub fn route(tmux: bool, term: &str, bytes: usize, file: &Path) -> Route {
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
pub fn copy(text: &str, file: &Path, out: &mut dyn Write) -> io::Result<String> {
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
pub fn osc52(text: &str) -> String {
    format!("\u{1b}]52;c;{}\u{7}", base64(text.as_bytes()))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let number =
            chunk.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            out.push(if i > chunk.len() {
                '='
            } else {
                char::from(DIGITS[(number >> (18 - 6 * i) & 63) as usize])
            });
        }
    }
    out
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

    #[test]
    fn base64_as_others_write_it() {
        // RFC 4648, section 10.
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
