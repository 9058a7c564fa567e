//! The terminal lent and given back: to the shell and back, after a panic, and beside tmux.

use crate::support::{Workspace, skip_without};
use portable_pty::CommandBuilder;
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
};
use wording::{
    project::Project,
    store::Store,
    tui::{self, SessionSpec, TuiError},
};

#[test]
fn suspended_to_the_shell_and_back() {
    let place = Workspace::sample();
    let mut shell = CommandBuilder::new("sh");
    shell.arg("-i");
    let env = [
        ("PS1", "ready> "),
        ("ENV", ""),
        ("WORDING", env!("CARGO_BIN_EXE_wording")),
    ];
    let mut terminal = place.start(shell, 120, 36, &env);
    terminal.until("the shell", |s| s.contains("ready>"));
    terminal.press("\"$WORDING\" sentiment\r");
    terminal.until_grid(420);
    assert!(terminal.parser.screen().alternate_screen());
    terminal.press("\u{1a}");
    terminal.until("the shell again", |s| {
        s.contains("topped") && s.trim_end().ends_with("ready>")
    });
    let screen = terminal.parser.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    // The shell gets whole lines, so the terminal is not raw.
    terminal.press("echo back-$((1 + 1))\r");
    terminal.until("what the shell says", |s| s.contains("back-2"));
    terminal.press("fg\r");
    terminal.until("the grid, drawn anew", |s| {
        s.contains("420 calls") && s.contains("plain *")
    });
    assert!(terminal.parser.screen().alternate_screen());
    terminal.press("?");
    terminal.until("the help: keys come to the session", |s| {
        s.contains("Signs and keys")
    });
    terminal.press("?q");
    terminal.until("the shell at the end", |s| s.trim_end().ends_with("ready>"));
    terminal.press("exit\r");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn a_panic_beside_the_session_ends_it_and_is_told_on_a_terminal_given_back() {
    let place = Workspace::empty();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "screens::leave::the_process_that_panics",
        "--ignored",
        "--nocapture",
    ]);
    let mut terminal = place.start(command, 120, 36, &[(PANIC_AT, &addr)]);
    terminal.until("all that is drawn by itself", |s| s.contains("tok in"));
    assert!(terminal.parser.screen().alternate_screen());
    let (mut to_the_thread, _) = listener.accept().unwrap();
    to_the_thread.write_all(b"!").unwrap();
    let (code, text) = terminal.finish();
    assert_eq!(code, 0, "the session did not end by itself:\n{text}");
    let at = |what: &str| {
        text.find(what)
            .unwrap_or_else(|| panic!("no {what:?} in {text:?}"))
    };
    let told = at("as the test asked");
    let hides = "\u{1b}[?25l";
    assert!(!text[told..].contains(hides), "drawn over: {text:?}");
    for given_back in [
        "\u{1b}[?1049l",
        "\u{1b}[?25h",
        "\u{1b}[?1000l",
        "\u{1b}[?2004l",
    ] {
        assert!(
            at(given_back) < told,
            "{given_back:?} comes too late: {text:?}"
        );
    }
}

const PANIC_AT: &str = "WORDING_TEST_PANIC_AT";

#[test]
#[ignore = "needs a terminal and a listener: `just test-panic` runs the test above, which starts it in a process of its own"]
fn the_process_that_panics() {
    let addr = std::env::var(PANIC_AT).unwrap();
    tui::restore_on_panic();
    std::thread::spawn(move || {
        let mut told = [0];
        let mut stream = TcpStream::connect(addr).unwrap();
        stream.read_exact(&mut told).unwrap();
        panic!("as the test asked");
    });
    let dir = tempfile::tempdir().unwrap();
    let spec = SessionSpec {
        store: Store::open(&dir.path().join("wording.db")).unwrap(),
        project: Project::sample(dir.path()).unwrap(),
        experiment: None,
        notice: None,
        policy: None,
        user_keys: Default::default(),
        is_bundle: false,
        annotator: None,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ended = runtime.block_on(tui::run(spec));
    runtime.shutdown_background();
    assert!(matches!(ended, Err(TuiError::Panicked)), "{ended:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_text_is_copied_through_tmux() {
    if Command::new("tmux").arg("-V").output().is_err() {
        skip_without("tmux");
        return;
    }
    let place = Workspace::sample();
    let (socket, config) = (place.file("tmux.sock"), place.file("tmux.conf"));
    std::fs::write(
        &config,
        "set -g status off\nset -g default-terminal screen-256color\n",
    )
    .unwrap();
    let tmux = |args: &[&str]| {
        let command = Command::new("tmux")
            .arg("-S")
            .arg(&socket)
            .args(args)
            .output()
            .unwrap();
        String::from_utf8(command.stdout).unwrap()
    };
    let mut command = CommandBuilder::new("tmux");
    command.args([
        "-S".as_ref(),
        socket.as_os_str(),
        "-f".as_ref(),
        config.as_os_str(),
    ]);
    command.args(["new-session", env!("CARGO_BIN_EXE_wording"), "sentiment"]);
    let mut terminal = place.start(command, 120, 36, &[("LC_ALL", "C.UTF-8")]);
    terminal.until_grid(420);
    terminal.press("yjjj");
    terminal.until("the menu", |s| s.contains("Copy"));
    terminal.press("\r");
    terminal.until("the route", |s| s.contains("tmux"));
    let copied = tmux(&["show-buffer"]);
    assert!(
        copied.starts_with("I finished it in two sittings"),
        "{copied:?}"
    );
    terminal.press("q");
    let (code, _) = terminal.finish();
    assert_eq!(code, 0);
    tmux(&["kill-server"]);
}
