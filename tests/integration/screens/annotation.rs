//! Labelling and rating with the real binary: through a kill, to the report, and from the grid of the session and back.

use crate::support::{LETTERS, Workspace, judged_letters, terminal::Terminal};
use portable_pty::CommandBuilder;
use serde_json::Value;

fn start(place: &Workspace, args: &[&str]) -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_wording"));
    command.args(args);
    place.start(command, 120, 36, &[("USER", "ann")])
}

/// Give ratings until there are so many.
fn rate(terminal: &mut Terminal, from: usize, to: usize) {
    for n in from + 1..=to {
        terminal.press(if n % 3 == 0 { "2" } else { "1" });
        let shown = format!("{n} rated,");
        terminal.until("the next pair", |s| s.contains(&shown));
    }
}

#[test]
fn answers_are_rated_through_a_kill_and_the_report_corrects_the_judge() {
    let place = judged_letters();
    let args = ["rate", "letters", "plain", "polite", "--as", "ann"];
    let mut terminal = start(&place, &args);
    terminal.until("the first pair", |s| s.contains("0 rated, 40 left"));
    rate(&mut terminal, 0, 10);
    let lines = || place.read("ratings/letters.jsonl").lines().count();
    while lines() < 10 {
        std::thread::yield_now();
    }
    terminal.signal("-KILL");
    assert_ne!(terminal.finish().0, 0);
    let torn = place.read("ratings/letters.jsonl") + "{\"row\":\"r7\",\"sho";
    place.write("ratings/letters.jsonl", &torn);

    let mut terminal = start(&place, &args);
    terminal.until("the pair after the kill", |s| s.contains("10 rated,"));
    rate(&mut terminal, 10, 30);
    terminal.press("u");
    terminal.until("the last pair again", |s| s.contains("29 rated,"));
    rate(&mut terminal, 29, 30);
    terminal.press("q");
    let (code, text) = terminal.finish();
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("People rated"), "{text}");

    assert_eq!(place.run(&["report", "-o", "r.json"]).code, 0);
    let report: Value = serde_json::from_str(&place.read("r.json")).unwrap();
    let found = &report["ratings"][0];
    assert_eq!(found["raters"][0]["ratings"], 30, "{found}");
    assert_eq!(found["items"], LETTERS);
    let within = |interval: &Value| {
        let [low, value, high] = ["low", "value", "high"].map(|k| interval[k].as_f64().unwrap());
        low <= value && value <= high
    };
    let corrected = &found["corrected"];
    for interval in [
        &found["score"],
        &corrected["score"],
        &corrected["by_accuracy"],
    ] {
        assert!(within(interval), "{found}");
    }
    assert!(corrected["uncorrected"].is_number(), "{found}");
    assert!(within(&found["judge"]["agreement"]), "{found}");
    let text = place.run(&["report"]).out;
    for figure in [
        "The judge of `grade` says",
        "corrected by the ratings it is",
        "Rogan and Gladen 1978",
        "agrees with people on",
        "Verdicts of the judge that people share",
        "came out as before",
    ] {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(figure), "{figure}: {text}");
    }
}

#[test]
fn answers_are_rated_from_the_grid_and_the_session_shows_what_the_ratings_say() {
    let place = judged_letters();
    let mut terminal = start(&place, &["letters"]);
    terminal.until("the grid", |s| s.contains("all 120 answers are saved"));
    terminal.press("J");
    terminal.until("a pair", |s| s.contains("Which answer is better?"));
    rate(&mut terminal, 0, 3);
    terminal.press("q");
    terminal.until("what the ratings say", |s| {
        s.contains("People rated 3 pairs of 40") && s.contains("3 ratings saved in")
    });
    terminal.press("\u{1b}");
    terminal.until("the grid again", |s| {
        s.contains("all 120 answers are saved") && !s.contains("People rated")
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
    assert_eq!(place.read("ratings/letters.jsonl").lines().count(), 3);
}

#[test]
fn rows_are_labelled_from_the_grid_and_count_at_once() {
    let place = Workspace::empty();
    let tickets: String = (0..12)
        .map(|i| format!("t{i},\"Ticket {i}, about something.\"\n"))
        .collect();
    place.write("rows.csv", &("id,text\n".to_owned() + &tickets));
    let prompt = |asks: &str| {
        format!("{{{{ role(\"system\") }}}}{asks}\n{{{{ role(\"user\") }}}}{{{{ text }}}}\n")
    };
    place.write("p.j2", &prompt("Answer billing or bug."));
    place.write("q.j2", &prompt("Is it billing or bug?"));
    place.write(
        "wording.toml",
        "[experiment.teams]\ntemplates = [\"*.j2\"]\ndataset = \"rows.csv\"\nid = \"id\"\nmodels = [\"demo/icl\"]\nparams = { temperature = 0.0 }\n\n[[experiment.teams.metric]]\nkind = \"label\"\nlabels = [\"billing\", \"bug\"]\n",
    );
    assert_eq!(place.run(&["run", "teams", "-q"]).code, 0);
    let mut terminal = start(&place, &["teams"]);
    terminal.until("the grid", |s| s.contains("all 24 answers are saved"));
    let scored = |s: &str| s.matches(['✓', '✗']).count();
    assert_eq!(scored(&terminal.screen()), 0, "{}", terminal.screen());
    terminal.press("K");
    terminal.until("a row", |s| s.contains("0 labelled, 12 left"));
    for n in 1..=4 {
        terminal.press("1");
        let shown = format!("{n} labelled");
        terminal.until("the next row", |s| s.contains(&shown));
    }
    terminal.press("q");
    terminal.until("scores of the labels", |s| {
        // Of eight answers a few cannot be read.
        s.contains("4 decisions saved in") && scored(s) >= 4
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}
