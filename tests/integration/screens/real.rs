//! The real binary in a pseudo-terminal.

use crate::support::{Workspace, terminal::Terminal};
use std::{path::Path, time::Duration};
use wording::demo::{DemoServer, DemoSpec};

/// The sample project with a server at this address.
fn asking(base_url: &str, more: &str) -> Workspace {
    let endpoint =
        format!("[endpoint.mine]\nbase_url = \"{base_url}\"\n{more}\n[experiment.sentiment]");
    Workspace::changed(&[
        ("wording.toml", "[experiment.sentiment]", &endpoint),
        (
            "wording.toml",
            "models = [\"demo/icl\"]\nbaseline = \"plain\"",
            "models = [\"mine/icl\"]\nbaseline = \"plain\"\nrows = 20",
        ),
    ])
}

/// Send the plan and wait for the end of the run.
fn run_to_the_end(terminal: &mut Terminal) {
    terminal.press("r");
    terminal.until("the plan", |s| s.contains("Run?"));
    terminal.press("r");
    terminal.until_done(420);
}

#[test]
fn a_first_session_streams_side_by_side_and_leaves_the_terminal_as_it_was() {
    for (columns, rows) in [(120, 36), (80, 24)] {
        let place = Workspace::empty();
        let mut terminal = place.open(columns, rows, &[]);
        terminal.until("the grid", |s| {
            s.contains("420 calls") && s.contains("plain *")
        });
        terminal.press("r");
        terminal.until("the plan", |s| {
            s.contains("Run?") && s.contains("0 ") && s.contains("420")
        });
        terminal.press("r");
        terminal.until("answers on their way", |s| {
            s.contains("in flight") && s.lines().any(|l| l.contains('…') && l.contains('✓'))
        });
        terminal.until_done(420);
        terminal.until("a score", |s| {
            s.lines().any(|l| {
                l.contains("score, 95% CI") && l.matches('%').count() > 1 && l.contains('–')
            })
        });
        terminal.press("?");
        terminal.until("the help", |s| s.contains("Signs and keys"));
        terminal.press("?");
        terminal.press("4");
        terminal.until("the run in the list", |s| s.contains("finished"));
        terminal.press("q");
        assert_eq!(terminal.leave(), (0, true));
    }
}

#[test]
fn an_edit_is_rendered_at_once_and_only_what_it_changed_is_sent() {
    let place = Workspace::sample();
    let mut terminal = place.open(120, 36, &[]);
    terminal.until_grid(420);
    run_to_the_end(&mut terminal);
    terminal.press("1");
    terminal.until("the edit screen", |s| {
        s.contains("[1 Edit]") && s.contains("careful.j2")
    });
    // Any editor that saves the file, in this terminal or another.
    let file = place.file("templates/sentiment/careful.j2");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace("People are often ironic", "Shoppers are often ironic");
    std::fs::write(place.file("templates/sentiment/.new"), text).unwrap();
    std::fs::rename(place.file("templates/sentiment/.new"), &file).unwrap();
    terminal.until("what the save changed", |s| {
        s.contains("careful.j2: 1 ") && s.contains("60 of 420") && s.contains("Shoppers")
    });
    terminal.press("r");
    terminal.until("the plan", |s| {
        s.contains("Run?") && s.contains("360 ") && s.contains(" 60 ")
    });
    terminal.press("r");
    terminal.until("the end", |s| s.contains("done in") && s.contains("(360 "));
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
    let place = Workspace::sample();
    let editor = place.file("editor.sh");
    std::fs::write(
        &editor,
        "#!/bin/sh\nprintf 'brand new words {{ row.text }}' > \"$1\"\n",
    )
    .unwrap();
    let command = format!("sh {}", editor.display());
    let mut terminal = place.open(120, 36, &[("VISUAL", &command)]);
    terminal.until_grid(420);
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
    let place = Workspace::sample();
    let mut terminal = place.open(100, 30, &[]);
    terminal.until_grid(420);
    terminal.press("rr");
    terminal.until_running(1);
    terminal.press("\u{3}");
    terminal.until("the end of the run", |s| s.contains("stopped. R:"));
    terminal.press("\u{3}");
    assert_eq!(terminal.leave(), (0, true));
    let mut terminal = place.open(100, 30, &[]);
    terminal.until("the run from before", |s| {
        s.contains("stopped early; R:") && s.contains("of 420 calls")
    });
    terminal.press("R");
    terminal.until("the question", |s| {
        s.contains("trials have no answer. Send them?")
    });
    terminal.press("y");
    terminal.until_done(420);
    terminal.press("4");
    terminal.until("one run, finished", |s| {
        s.contains("Runs 1") && s.contains("finished")
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn quitting_in_a_run_asks_and_keeps() {
    let place = Workspace::sample();
    let mut terminal = place.open(100, 30, &[]);
    terminal.until_grid(420);
    terminal.press("rr");
    terminal.until_running(1);
    terminal.press("q");
    terminal.until("the question", |s| s.contains("Quit?"));
    terminal.press("n");
    terminal.until("the run again", |s| !s.contains("Quit?"));
    terminal.press("q");
    terminal.until("the question", |s| s.contains("Quit?"));
    terminal.press("y");
    assert_eq!(terminal.leave(), (0, true));
    let mut terminal = place.open(100, 30, &[]);
    terminal.until("what was kept", |s| {
        s.contains("R:") && s.contains("of 420 calls") && s.contains('✓')
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn a_killed_session_opens_again_with_its_answers() {
    let place = Workspace::sample();
    let mut terminal = place.open(100, 30, &[]);
    terminal.until_grid(420);
    terminal.press("rr");
    terminal.until_running(7);
    terminal.signal("-KILL");
    terminal.leave();
    let mut terminal = place.open(100, 30, &[]);
    terminal.until("the killed run", |s| {
        s.contains("interrupted; R:") && s.contains('✓')
    });
    terminal.press("R");
    terminal.until("the question", |s| {
        s.contains("trials have no answer. Send them?")
    });
    terminal.press("y");
    terminal.until_done(420);
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn signals_that_end_the_process_give_the_terminal_back_and_keep_the_answers() {
    for signal in ["-TERM", "-HUP", "-INT", "-QUIT"] {
        let place = Workspace::sample();
        let mut terminal = place.open(100, 30, &[]);
        terminal.until_grid(420);
        terminal.press("rr");
        terminal.until_running(1);
        terminal.signal(signal);
        assert_eq!(terminal.leave(), (0, true), "{signal}");
        let runs = place.run(&["runs", "--format", "json"]).json();
        assert_eq!(runs[0]["state"], "stopped", "{signal}: {runs}");
    }
}

#[test]
fn a_session_stopped_from_outside_is_drawn_anew_when_it_continues() {
    let place = Workspace::sample();
    let mut terminal = place.open(100, 30, &[]);
    terminal.until_grid(420);
    terminal.signal("-STOP");
    // What the shell writes meanwhile.
    terminal
        .parser
        .process(b"\x1b[?1049l\x1b[2J\x1b[?25hready> ");
    assert!(!terminal.screen().contains("420 calls"));
    terminal.signal("-CONT");
    terminal.until_grid(420);
    assert!(terminal.parser.screen().alternate_screen());
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn a_resize_during_a_run_draws_for_the_new_size() {
    let place = Workspace::sample();
    let mut terminal = place.open(120, 36, &[]);
    terminal.until_grid(420);
    terminal.press("rr");
    terminal.until_running(0);
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
    let place = Workspace::sample();
    let mut terminal = place.open(120, 36, &[("NO_COLOR", "1")]);
    terminal.until_grid(420);
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
    let place = Workspace::sample();
    let mut terminal = place.open(120, 36, &[]);
    terminal.until_grid(420);
    terminal.press("sjjj");
    terminal.press("\r");
    terminal.until("the order", |s| s.contains("latency↓"));
    terminal.press("f");
    terminal.until("the filter", |s| s.contains("/regex/"));
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
    let place = Workspace::sample();
    let mut terminal = place.open(120, 36, &[]);
    terminal.until_grid(420);
    terminal.press("yjjj");
    terminal.until("the menu", |s| s.contains("Copy"));
    terminal.press("\r");
    terminal.until("the route", |s| s.contains("(OSC 52)"));
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
    let place = asking(&server.base_url(), "max_in_flight = 4");
    let mut terminal = place.open(140, 36, &[]);
    terminal.until_grid(140);
    terminal.press("rr");
    terminal.until("the countdown", |s| {
        s.contains("mine ") && s.contains("rate limiting")
    });
    terminal.until_done(140);
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn an_endpoint_that_dies_is_waited_for_and_when_it_is_back_all_is_answered() {
    let (runtime, dying) = server(0, None);
    let port = dying.addr().port();
    let place = asking(&dying.base_url(), "max_in_flight = 4\nretries = 20");
    let mut terminal = place.open(140, 36, &[]);
    terminal.until_grid(140);
    terminal.press("rr");
    terminal.until_running(4);
    drop(dying);
    drop(runtime);
    terminal.until("what the run waits for", |s| s.contains("; retrying"));
    assert!(terminal.screen().contains('✓'), "{}", terminal.screen());
    let (_runtime, _server) = server(port, None);
    terminal.until_done(140);
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn a_cap_pauses_the_run_and_p_goes_on() {
    let (_runtime, server) = server(0, None);
    let place = asking(&server.base_url(), "max_in_flight = 4");
    let file = place.file("wording.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replacen("rows = 20", "rows = 20\nbudget = { calls = 80 }", 1);
    std::fs::write(&file, text).unwrap();
    let mut terminal = place.open(140, 36, &[]);
    terminal.until_grid(140);
    terminal.press("rr");
    terminal.until("the cap", |s| {
        s.contains("paused at the cap. p:") && s.contains("80/140")
    });
    terminal.press("p");
    terminal.until("the question", |s| s.contains("twice the cap"));
    terminal.press("y");
    terminal.until_done(140);
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn other_wordings_are_asked_for_and_those_accepted_are_written() {
    let place = Workspace::sample();
    let file = place.file("templates/axes/sentiment.j2");
    let before = std::fs::read_to_string(&file).unwrap();
    let mut terminal = place.open(120, 36, &[]);
    terminal.until_grid(420);
    // The last experiment is the one with axes.
    terminal.press("<");
    terminal.until("its plan", |s| s.contains("2160 calls"));
    terminal.press("1w");
    terminal.until("what could be reworded", |s| {
        s.contains("instruction = classify") && s.contains("demo/icl")
    });
    terminal.press("\r");
    terminal.until("other wordings", |s| s.contains("Enter: write 0"));
    terminal.press(" ");
    terminal.until("one accepted", |s| s.contains("Enter: write 1"));
    terminal.press("\r");
    terminal.until("what it would cost", |s| {
        s.contains("sentiment.j2") && s.contains("3240 calls")
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
