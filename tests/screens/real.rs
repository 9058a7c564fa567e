//! The real binary in a pseudo-terminal: keys go in, screens come out. Waits for conditions, never for time.

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use std::{
    io::{Read, Write},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

struct Terminal {
    parser: vt100::Parser,
    bytes: Receiver<Vec<u8>>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn portable_pty::MasterPty + Send>,
    all: Vec<u8>,
    _home: tempfile::TempDir,
}

impl Terminal {
    fn open(columns: u16, rows: u16, env: &[(&str, &str)]) -> Terminal {
        let home = tempfile::tempdir().unwrap();
        let pty = native_pty_system()
            .openpty(PtySize {
                rows,
                cols: columns,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_wording"));
        command.cwd(home.path());
        command.env("HOME", home.path());
        command.env("TERM", "xterm-256color");
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
            _master: pty.master,
            all: Vec::new(),
            _home: home,
        }
    }

    fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    #[track_caller]
    fn until(&mut self, what: &str, shown: impl Fn(&str) -> bool) {
        let end = Instant::now() + Duration::from_secs(60);
        while !shown(&self.screen()) {
            match self
                .bytes
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(bytes) => {
                    self.parser.process(&bytes);
                    self.all.extend(bytes);
                }
                Err(_) => panic!("{what} never came:\n{}", self.screen()),
            }
        }
    }

    /// Wait for the end; the exit code, and whether the terminal was given back.
    fn leave(mut self) -> (u32, bool) {
        let status = self.child.wait().unwrap();
        while let Ok(bytes) = self.bytes.recv_timeout(Duration::from_secs(5)) {
            self.all.extend(bytes);
        }
        let text = String::from_utf8_lossy(&self.all).into_owned();
        (
            status.exit_code(),
            text.contains("\u{1b}[?1049l") && text.contains("\u{1b}[?25h"),
        )
    }
}

#[test]
fn a_first_session_streams_side_by_side_and_leaves_the_terminal_as_it_was() {
    for (columns, rows) in [(120, 36), (80, 24)] {
        let mut terminal = Terminal::open(columns, rows, &[]);
        terminal.until("the grid", |s| {
            s.contains("420 calls") && s.contains("plain *")
        });
        assert!(
            terminal.screen().contains("stand-in"),
            "{}",
            terminal.screen()
        );
        terminal.press("r");
        terminal.until("answers on their way", |s| {
            s.contains("in flight") && s.lines().any(|l| l.contains('…') && l.contains('✓'))
        });
        terminal.until("the end of the run", |s| {
            s.contains("420/420") && s.contains("done in")
        });
        terminal.until("a score", |s| s.contains('%'));
        terminal.press("?");
        terminal.until("the help", |s| s.contains("Keys"));
        terminal.press("?");
        terminal.press("4");
        terminal.until("the run in the list", |s| s.contains("finished"));
        terminal.press("q");
        assert_eq!(terminal.leave(), (0, true));
    }
}

#[test]
fn the_editor_opens_the_template_and_what_it_wrote_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let editor = dir.path().join("editor.sh");
    std::fs::write(
        &editor,
        "#!/bin/sh\nprintf 'brand new words {{ row.text }}' > \"$1\"\n",
    )
    .unwrap();
    let command = format!("sh {}", editor.display());
    let mut terminal = Terminal::open(120, 36, &[("VISUAL", &command)]);
    terminal.until("the grid", |s| s.contains("420 calls"));
    terminal.press("1");
    terminal.until("the edit screen", |s| {
        s.contains("[1 Edit]") && s.contains("careful")
    });
    terminal.press("e");
    terminal.until("the new words", |s| s.contains("brand new words"));
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn ctrl_c_stops_the_run_and_then_leaves() {
    let mut terminal = Terminal::open(100, 30, &[]);
    terminal.until("the grid", |s| s.contains("420 calls"));
    terminal.press("r");
    terminal.until("answers on their way", |s| s.contains("in flight"));
    terminal.press("\u{3}");
    terminal.until("the end of the run", |s| s.contains("interrupted"));
    terminal.press("\u{3}");
    assert_eq!(terminal.leave(), (0, true));
}
