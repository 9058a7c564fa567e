//! A pseudo-terminal with the binary in it: keys go in, screens come out. Waits for what is shown, never for time.

use super::Workspace;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::{
    io::{Read, Write},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

/// As long as a test waits for a screen, or for the end of a command.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running command and what it has drawn.
pub(crate) struct Terminal {
    pub parser: vt100::Parser,
    bytes: Receiver<Vec<u8>>,
    keys: Box<dyn Write + Send>,
    pub child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    all: Vec<u8>,
}

impl Workspace {
    /// The session on `sentiment`.
    pub(crate) fn open(&self, columns: u16, rows: u16, env: &[(&str, &str)]) -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_wording"));
        command.arg("sentiment");
        self.start(command, columns, rows, env)
    }

    /// Any command in a pseudo-terminal.
    pub(crate) fn start(
        &self,
        mut command: CommandBuilder,
        columns: u16,
        rows: u16,
        env: &[(&str, &str)],
    ) -> Terminal {
        let pty = native_pty_system()
            .openpty(PtySize {
                rows,
                cols: columns,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        command.cwd(self.path());
        command.env("HOME", self.path());
        command.env("TERM", "xterm-256color");
        for name in ["TMUX", "NO_COLOR", "VISUAL", "EDITOR"] {
            command.env_remove(name);
        }
        for (key, value) in env {
            command.env(key, value);
        }
        let child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().unwrap();
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(n) = reader.read(&mut buffer) {
                if n == 0 || sender.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        let keys = pty.master.take_writer().unwrap();
        Terminal {
            parser: vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0),
            bytes,
            keys,
            child,
            master: pty.master,
            all: Vec::new(),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A command whose test failed is not left behind.
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
        }
    }
}

impl Terminal {
    pub(crate) fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.master
            .resize(PtySize {
                rows,
                cols: columns,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        self.parser
            .screen_mut()
            .set_size(rows.try_into().unwrap(), columns.try_into().unwrap());
    }

    fn take(&mut self, bytes: Vec<u8>) {
        self.parser.process(&bytes);
        self.all.extend(bytes);
    }

    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, shown: impl Fn(&str) -> bool) {
        self.wait(what, |terminal| shown(&terminal.screen()));
    }

    /// Wait until a part of the screen is that of another terminal.
    #[track_caller]
    pub(crate) fn until_like(
        &mut self,
        what: &str,
        other: &mut Terminal,
        part: impl Fn(&str) -> Vec<String>,
    ) {
        let end = Instant::now() + PATIENCE;
        loop {
            for terminal in [&mut *self, &mut *other] {
                while let Ok(bytes) = terminal.bytes.try_recv() {
                    terminal.take(bytes);
                }
            }
            let is_drawing = self.is_drawing() || other.is_drawing();
            let (here, there) = (self.screen(), other.screen());
            if !is_drawing && part(&here) == part(&there) {
                return;
            }
            assert!(Instant::now() < end, "{what} never came:\n{here}\n{there}");
            if let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(20)) {
                self.take(bytes);
            }
        }
    }

    /// Wait until these bytes were written.
    #[track_caller]
    pub(crate) fn until_written(&mut self, what: &str) {
        self.wait(what, |terminal| {
            String::from_utf8_lossy(&terminal.all).contains(what)
        });
    }

    #[track_caller]
    fn wait(&mut self, what: &str, holds: impl Fn(&Terminal) -> bool) {
        let end = Instant::now() + PATIENCE;
        while self.is_drawing() || !holds(self) {
            let left = end.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                // A screen that is drawn over and over is no reason to wait for ever.
                Ok(bytes) if !left.is_zero() => self.take(bytes),
                _ => panic!("{what} never came:\n{}", self.screen()),
            }
        }
    }

    /// Whether half a frame is on the screen: one that was begun as a synchronized update and has not ended.
    fn is_drawing(&self) -> bool {
        let from = self.all.len().saturating_sub(1 << 16);
        let last = |mark: &[u8]| {
            self.all[from..]
                .windows(mark.len())
                .rposition(|w| w == mark)
        };
        last(b"\x1b[?2026h") > last(b"\x1b[?2026l")
    }

    /// Wait for the grid of a plan of so many calls.
    #[track_caller]
    pub(crate) fn until_grid(&mut self, calls: u32) {
        self.until("the grid", |s| s.contains(&format!("{calls} calls")));
    }

    /// Wait until some answers are there and others on their way.
    #[track_caller]
    pub(crate) fn until_running(&mut self, answers: usize) {
        self.until("answers", |s| {
            s.contains("in flight") && s.matches('✓').count() >= answers
        });
    }

    /// Wait until the run has all its trials, none failed, and has ended.
    #[track_caller]
    pub(crate) fn until_done(&mut self, calls: u32) {
        self.until("the end of the run", |s| {
            s.contains(&format!("{calls}/{calls}")) && s.contains("done in") && !s.contains("err ")
        });
    }

    pub(crate) fn has_colors(&self) -> bool {
        let screen = self.parser.screen();
        let (rows, columns) = screen.size();
        (0..u16::from(rows)).any(|y| {
            (0..u16::from(columns)).any(|x| {
                let cell = screen.cell(y, x).unwrap();
                cell.fgcolor() != vt100::Color::Default || cell.bgcolor() != vt100::Color::Default
            })
        })
    }

    pub(crate) fn pid(&self) -> String {
        self.child.process_id().unwrap().to_string()
    }

    pub(crate) fn signal(&self, signal: &str) {
        let done = std::process::Command::new("kill")
            .args([signal, &self.pid()])
            .status()
            .unwrap();
        assert!(done.success());
    }

    /// Wait for the end; the exit code, and all that was written.
    pub(crate) fn finish(mut self) -> (u32, String) {
        let end = Instant::now() + PATIENCE;
        // Its terminal is closed when it ends.
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) if !left.is_zero() => self.take(bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                _ => panic!("it never ended:\n{}", self.screen()),
            }
        }
        let status = self.child.wait().unwrap();
        let text = String::from_utf8_lossy(&self.all).into_owned();
        (status.exit_code(), text)
    }

    /// Wait for the end; the exit code, and whether the terminal was given back.
    pub(crate) fn leave(self) -> (u32, bool) {
        let (code, text) = self.finish();
        let restored = [
            "\u{1b}[?1049l",
            "\u{1b}[?25h",
            "\u{1b}[?1000l",
            "\u{1b}[?2004l",
        ];
        (code, restored.iter().all(|s| text.contains(s)))
    }
}
