//! The real binary in a pseudo-terminal: keys go in, screens come out. Waits for conditions, never for time.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};
use wording::{
    demo::{DemoServer, DemoSpec},
    project::Project,
};

/// A pseudo-terminal with the binary in it.
pub struct Terminal {
    pub parser: vt100::Parser,
    bytes: Receiver<Vec<u8>>,
    keys: Box<dyn Write + Send>,
    pub child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    all: Vec<u8>,
}

/// A folder that is home and project at once.
pub struct Place {
    pub dir: tempfile::TempDir,
}

impl Place {
    /// Without a project: the binary opens its sample.
    pub fn empty() -> Place {
        Place {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// With the sample project in it, changed: file, from, to.
    pub fn sample(changes: &[(&str, &str, &str)]) -> Place {
        let place = Place::empty();
        Project::write_sample(place.dir.path()).unwrap();
        for (file, from, to) in changes {
            let path = place.path(file);
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(from), "{from:?} is not in {file}");
            std::fs::write(&path, text.replace(from, to)).unwrap();
        }
        place
    }

    /// With the sample project asking a server at this address.
    pub fn asking(base_url: &str, more: &str) -> Place {
        let endpoint =
            format!("[endpoint.mine]\nbase_url = \"{base_url}\"\n{more}\n[experiment.sentiment]");
        Place::sample(&[
            ("wording.toml", "[experiment.sentiment]", &endpoint),
            (
                "wording.toml",
                "models = [\"demo/icl\"]\nbaseline = \"plain\"",
                "models = [\"mine/icl\"]\nbaseline = \"plain\"\nrows = 20",
            ),
        ])
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }

    /// The session on `sentiment`.
    pub fn open(&self, columns: u16, rows: u16, env: &[(&str, &str)]) -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_wording"));
        command.arg("sentiment");
        self.start(command, columns, rows, env)
    }

    /// Any command in a pseudo-terminal.
    pub fn start(
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
        command.cwd(self.dir.path());
        command.env("HOME", self.dir.path());
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

impl Terminal {
    pub fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
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
    pub fn until(&mut self, what: &str, shown: impl Fn(&str) -> bool) {
        let end = Instant::now() + Duration::from_secs(60);
        while !shown(&self.screen()) {
            match self
                .bytes
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(bytes) => self.take(bytes),
                Err(_) => panic!("{what} never came:\n{}", self.screen()),
            }
        }
    }

    /// Wait until these bytes were written.
    #[track_caller]
    pub fn until_written(&mut self, what: &str) {
        let end = Instant::now() + Duration::from_secs(60);
        while !String::from_utf8_lossy(&self.all).contains(what) {
            match self
                .bytes
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(bytes) => self.take(bytes),
                Err(_) => panic!("{what:?} was never written:\n{}", self.screen()),
            }
        }
    }

    fn has_colors(&self) -> bool {
        let screen = self.parser.screen();
        let (rows, columns) = screen.size();
        (0..u16::from(rows)).any(|y| {
            (0..u16::from(columns)).any(|x| {
                let cell = screen.cell(y, x).unwrap();
                cell.fgcolor() != vt100::Color::Default || cell.bgcolor() != vt100::Color::Default
            })
        })
    }

    pub fn pid(&self) -> String {
        self.child.process_id().unwrap().to_string()
    }

    pub fn signal(&self, signal: &str) {
        let done = std::process::Command::new("kill")
            .args([signal, &self.pid()])
            .status()
            .unwrap();
        assert!(done.success());
    }

    /// Wait for the end; the exit code, and all that was written.
    pub fn finish(mut self) -> (u32, String) {
        let status = self.child.wait().unwrap();
        while let Ok(bytes) = self.bytes.recv_timeout(Duration::from_secs(5)) {
            self.all.extend(bytes);
        }
        let text = String::from_utf8_lossy(&self.all).into_owned();
        (status.exit_code(), text)
    }

    /// Wait for the end; the exit code, and whether the terminal was given back.
    pub fn leave(self) -> (u32, bool) {
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

/// Send the plan and wait for the end of the run.
fn run_to_the_end(terminal: &mut Terminal) {
    terminal.press("r");
    terminal.until("the plan", |s| {
        s.contains("Run?") && s.contains("to be sent")
    });
    terminal.press("r");
    terminal.until("the end of the run", |s| s.contains("done in"));
}

#[test]
fn a_first_session_streams_side_by_side_and_leaves_the_terminal_as_it_was() {
    for (columns, rows) in [(120, 36), (80, 24)] {
        let place = Place::empty();
        let mut terminal = place.open(columns, rows, &[]);
        terminal.until("the grid", |s| {
            s.contains("420 calls") && s.contains("plain *")
        });
        assert!(
            terminal.screen().contains("stand-in"),
            "{}",
            terminal.screen()
        );
        terminal.press("r");
        terminal.until("the plan", |s| {
            s.contains("0 are kept from before, 420") && s.contains("are to be sent")
        });
        terminal.press("r");
        terminal.until("answers on their way", |s| {
            s.contains("in flight") && s.lines().any(|l| l.contains('…') && l.contains('✓'))
        });
        terminal.until("the end of the run", |s| {
            s.contains("420/420") && s.contains("done in")
        });
        terminal.until("a score", |s| {
            s.lines()
                .any(|l| l.contains("score, 95 %") && l.matches('%').count() > 1 && l.contains('–'))
        });
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
fn an_edit_is_rendered_at_once_and_only_what_it_changed_is_sent() {
    let place = Place::sample(&[]);
    let mut terminal = place.open(120, 36, &[]);
    terminal.until("the grid", |s| s.contains("420 calls"));
    run_to_the_end(&mut terminal);
    terminal.press("1");
    terminal.until("the edit screen", |s| {
        s.contains("[1 Edit]") && s.contains("careful.j2")
    });
    // Any editor that saves the file, in this terminal or another.
    let file = place.path("templates/sentiment/careful.j2");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace("People are often ironic", "Shoppers are often ironic");
    std::fs::write(place.path("templates/sentiment/.new"), text).unwrap();
    std::fs::rename(place.path("templates/sentiment/.new"), &file).unwrap();
    terminal.until("what the save changed", |s| {
        s.contains("careful.j2: 1 change")
            && s.contains("60 of 420 calls to send")
            && s.contains("Shoppers")
    });
    terminal.press("r");
    terminal.until("the plan", |s| {
        s.contains("360 are kept from before, 60 are to be sent")
    });
    terminal.press("r");
    terminal.until("the end", |s| {
        s.contains("done in") && s.contains("(360 kept)")
    });
    // The diff to the last run is one key away.
    terminal.press("L");
    terminal.until("the diff to the run before", |s| {
        s.contains("[3 Diff]") && s.contains("Shoppers")
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn the_editor_opens_the_template_and_what_it_wrote_is_read() {
    let place = Place::sample(&[]);
    let editor = place.path("editor.sh");
    std::fs::write(
        &editor,
        "#!/bin/sh\nprintf 'brand new words {{ row.text }}' > \"$1\"\n",
    )
    .unwrap();
    let command = format!("sh {}", editor.display());
    let mut terminal = place.open(120, 36, &[("VISUAL", &command)]);
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
fn ctrl_c_stops_the_run_another_session_goes_on_and_nothing_is_asked_twice() {
    let place = Place::sample(&[]);
    let mut terminal = place.open(100, 30, &[]);
    terminal.until("the grid", |s| s.contains("420 calls"));
    terminal.press("rr");
    terminal.until("answers on their way", |s| {
        s.contains("in flight") && s.contains('✓')
    });
    terminal.press("\u{3}");
    terminal.until("the end of the run", |s| s.contains("stopped; R goes on"));
    terminal.press("\u{3}");
    assert_eq!(terminal.leave(), (0, true));
    let mut terminal = place.open(100, 30, &[]);
    terminal.until("the run from before", |s| {
        s.contains("stopped early; R goes on") && s.contains("of 420 calls to send")
    });
    terminal.press("R");
    terminal.until("the end", |s| {
        s.contains("420/420") && s.contains("done in")
    });
    terminal.press("4");
    terminal.until("one run, finished", |s| {
        s.contains("Runs 1") && s.contains("finished")
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn quitting_in_a_run_asks_and_keeps() {
    let place = Place::sample(&[]);
    let mut terminal = place.open(100, 30, &[]);
    terminal.until("the grid", |s| s.contains("420 calls"));
    terminal.press("rr");
    terminal.until("answers", |s| s.contains("in flight") && s.contains('✓'));
    terminal.press("q");
    terminal.until("the question", |s| s.contains("Leave?"));
    terminal.press("n");
    terminal.until("the run again", |s| !s.contains("Leave?"));
    terminal.press("q");
    terminal.until("the question", |s| s.contains("Leave?"));
    terminal.press("y");
    assert_eq!(terminal.leave(), (0, true));
    let mut terminal = place.open(100, 30, &[]);
    terminal.until("what was kept", |s| {
        s.contains("R goes on") && s.contains("of 420 calls to send") && s.contains('✓')
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn a_killed_session_opens_again_with_its_answers() {
    let place = Place::sample(&[]);
    let mut terminal = place.open(100, 30, &[]);
    terminal.until("the grid", |s| s.contains("420 calls"));
    terminal.press("rr");
    terminal.until("answers", |s| {
        s.contains("in flight") && s.matches('✓').count() > 6
    });
    terminal.signal("-KILL");
    terminal.leave();
    let mut terminal = place.open(100, 30, &[]);
    terminal.until("the killed run", |s| {
        s.contains("which was killed; R goes on") && s.contains('✓')
    });
    terminal.press("R");
    terminal.until("the end", |s| {
        s.contains("420/420") && s.contains("done in")
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn sigterm_gives_the_terminal_back() {
    let place = Place::sample(&[]);
    let mut terminal = place.open(100, 30, &[]);
    terminal.until("the grid", |s| s.contains("420 calls"));
    terminal.press("rr");
    terminal.until("answers on their way", |s| s.contains("in flight"));
    terminal.signal("-TERM");
    assert!(terminal.leave().1);
}

#[test]
fn a_resize_during_a_run_draws_for_the_new_size() {
    let place = Place::sample(&[]);
    let mut terminal = place.open(120, 36, &[]);
    terminal.until("the grid", |s| s.contains("420 calls"));
    terminal.press("rr");
    terminal.until("answers on their way", |s| s.contains("in flight"));
    terminal.resize(59, 15);
    terminal.until("a word about the size", |s| s.contains("60x16"));
    terminal.resize(80, 24);
    terminal.until("two columns", |s| {
        s.contains("careful") && !s.contains("opinion") && !s.contains("60x16")
    });
    terminal.resize(200, 60);
    terminal.until("all columns and the end", |s| {
        s.contains("zero-shot") && s.contains("done in")
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn without_colours_bold_and_reverse_stay_and_no_colour_is_written() {
    let place = Place::sample(&[]);
    let mut terminal = place.open(120, 36, &[("NO_COLOR", "1")]);
    terminal.until("the grid", |s| s.contains("420 calls"));
    run_to_the_end(&mut terminal);
    terminal.until("a verdict", |s| s.contains('✓') && s.contains('✗'));
    assert!(!terminal.has_colors());
    let screen = terminal.parser.screen();
    let cells: Vec<_> = (0..36u16)
        .flat_map(|y| (0..120u16).map(move |x| (y, x)))
        .collect();
    assert!(
        cells
            .iter()
            .any(|(y, x)| screen.cell(*y, *x).unwrap().inverse()),
        "the cursor"
    );
    assert!(
        cells
            .iter()
            .any(|(y, x)| screen.cell(*y, *x).unwrap().bold()),
        "the heads"
    );
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn the_view_is_remembered() {
    let place = Place::sample(&[]);
    let mut terminal = place.open(120, 36, &[]);
    terminal.until("the grid", |s| s.contains("420 calls"));
    terminal.press("sjjj");
    terminal.press("\r");
    terminal.until("the order", |s| s.contains("latency↓"));
    terminal.press("f");
    terminal.until("the filter", |s| s.contains("text or /expression/"));
    terminal.press("hotel\r");
    terminal.until("the filtered rows", |s| s.contains("\"hotel\""));
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
    let mut terminal = place.open(120, 36, &[]);
    terminal.until("the same view", |s| {
        s.contains("latency↓") && s.contains("\"hotel\"")
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn a_text_is_copied_by_the_terminal() {
    let place = Place::sample(&[]);
    let mut terminal = place.open(120, 36, &[]);
    terminal.until("the grid", |s| s.contains("420 calls"));
    terminal.press("yjjj");
    terminal.until("the menu", |s| s.contains("Copy"));
    terminal.press("\r");
    terminal.until("the route", |s| {
        s.contains("row copied by the terminal (OSC 52)")
    });
    // "I finished it in two sittings", as base64 begins it.
    terminal.until_written("\u{1b}]52;c;SSBmaW5pc2hlZCBpdCBpbiB0d28");
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

fn server(port: u16, script: Option<&Path>) -> (tokio::runtime::Runtime, DemoServer) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let spec = DemoSpec {
        port,
        script: script.map(Path::to_path_buf),
        latency: Duration::from_millis(20),
        ..DemoSpec::default()
    };
    let server = runtime.block_on(DemoServer::start(spec)).unwrap();
    (runtime, server)
}

#[test]
fn a_storm_of_429_is_told_and_outlived() {
    let script = tempfile::NamedTempFile::new().unwrap();
    let storm = "[[step]]\nstatus = 429\nheaders = { retry-after = \"1\" }\ntimes = 12\n";
    std::fs::write(script.path(), storm).unwrap();
    let (_runtime, server) = server(0, Some(script.path()));
    let place = Place::asking(&server.base_url(), "max_in_flight = 4");
    let mut terminal = place.open(140, 36, &[]);
    terminal.until("the grid", |s| s.contains("140 calls"));
    terminal.press("rr");
    terminal.until("the countdown", |s| {
        s.contains("mine asked to slow down: goes on in")
    });
    terminal.until("the end", |s| {
        s.contains("140/140") && s.contains("done in") && !s.contains("err ")
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn an_endpoint_that_dies_pauses_the_run_and_when_it_is_back_all_is_answered() {
    let (runtime, dying) = server(0, None);
    let port = dying.addr().port();
    let place = Place::asking(&dying.base_url(), "max_in_flight = 4\nretries = 20");
    let mut terminal = place.open(140, 36, &[]);
    terminal.until("the grid", |s| s.contains("140 calls"));
    terminal.press("rr");
    terminal.until("answers", |s| {
        s.contains("in flight") && s.matches('✓').count() > 3
    });
    drop(dying);
    drop(runtime);
    terminal.until("the banner", |s| {
        s.contains("the endpoint does not answer") && s.contains("nothing is lost")
    });
    assert!(terminal.screen().contains('✓'), "{}", terminal.screen());
    let (_runtime, _server) = server(port, None);
    terminal.press("p");
    terminal.until("the end", |s| {
        s.contains("140/140") && s.contains("done in") && !s.contains("err ")
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn a_cap_pauses_the_run_and_p_goes_on() {
    let (_runtime, server) = server(0, None);
    let place = Place::asking(&server.base_url(), "max_in_flight = 4");
    let file = place.path("wording.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replacen("rows = 20", "rows = 20\nbudget = { calls = 80 }", 1);
    std::fs::write(&file, text).unwrap();
    let mut terminal = place.open(140, 36, &[]);
    terminal.until("the grid", |s| s.contains("140 calls"));
    terminal.press("rr");
    terminal.until("the cap", |s| {
        s.contains("paused at the cap; p goes on") && s.contains("80/140")
    });
    terminal.press("p");
    terminal.until("the question", |s| s.contains("twice the cap"));
    terminal.press("y");
    terminal.until("the end", |s| {
        s.contains("140/140") && s.contains("done in")
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn other_wordings_are_asked_for_and_those_accepted_are_written() {
    let place = Place::sample(&[]);
    let file = place.path("templates/axes/sentiment.j2");
    let before = std::fs::read_to_string(&file).unwrap();
    let mut terminal = place.open(120, 36, &[]);
    terminal.until("the grid", |s| s.contains("420 calls"));
    // The last experiment is the one with axes.
    terminal.press("<");
    terminal.until("its plan", |s| s.contains("2160 calls"));
    terminal.press("1w");
    terminal.until("what could be reworded", |s| {
        s.contains("instruction = classify") && s.contains("demo/icl is asked")
    });
    terminal.press("\r");
    terminal.until("other wordings", |s| s.contains("Enter writes 0"));
    terminal.press(" ");
    terminal.until("one accepted", |s| s.contains("Enter writes 1"));
    terminal.press("\r");
    terminal.until("what it would cost", |s| {
        s.contains("saved: sentiment.j2") && s.contains("3240 calls to send")
    });
    let after = std::fs::read_to_string(&file).unwrap();
    let new: Vec<&str> = after.lines().filter(|l| !before.contains(*l)).collect();
    assert!(
        new.len() == 1 && new[0].starts_with("  { name = \"reworded-1\", text = \""),
        "{new:?}"
    );
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}
