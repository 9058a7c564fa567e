//! What a person does in the first afternoon, with the real binary from one command to the next.

use crate::support::{Workspace, terminal::Terminal};
use portable_pty::CommandBuilder;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The session of a project, whatever it has.
fn session(place: &Workspace) -> Terminal {
    let command = CommandBuilder::new(env!("CARGO_BIN_EXE_wording"));
    place.start(command, 120, 36, &[])
}

/// The cells of the rows on the screen that have this sign.
fn cells(screen: &str, sign: char) -> usize {
    let rows = screen.lines().filter(|line| line.contains('│'));
    let cells = rows.flat_map(|line| line.split('│').skip(1));
    cells
        .filter(|cell| cell.trim_end_matches(['≠', '✂', '┃', ' ']).ends_with(sign))
        .count()
}

#[test]
fn after_the_quick_start_and_a_diff_nothing_is_blank_and_nothing_has_to_be_sent() {
    let place = Workspace::sample();
    assert_eq!(place.run(&["run", "sentiment", "-q"]).code, 0);
    // Two of the seven wordings, in a run of its own.
    assert_eq!(place.run(&["diff", "plain", "opinion", "-q"]).code, 0);
    let mut terminal = session(&place);
    terminal.until("answers of both runs", |s| {
        s.contains("all 420 answers are saved") && cells(s, '✓') > 4
    });
    assert_eq!(cells(&terminal.screen(), '·'), 0, "{}", terminal.screen());
    terminal.press("r");
    terminal.until("a plan that sends nothing", |s| {
        s.contains("420 already answered") && s.contains("0 to send")
    });
    terminal.press("\u{1b}");
    terminal.until("the grid again", |s| !s.contains("Run?"));
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn an_open_session_shows_what_others_buy_and_survives_a_half_written_row() {
    let place = Workspace::sample();
    let mut terminal = session(&place);
    terminal.until("an empty grid", |s| {
        s.contains("420 to send") || cells(s, '·') > 4
    });
    assert_eq!(place.run(&["run", "sentiment", "-q"]).code, 0);
    terminal.until("the answers of the other process", |s| {
        s.contains("all 420 answers are saved") && cells(s, '·') == 0
    });
    let rows = place.read("datasets/sentiment.jsonl");
    place.write(
        "datasets/sentiment.jsonl",
        &(rows.clone() + "{\"id\": \"s61\", \"text\": "),
    );
    terminal.until("the error over the grid", |s| {
        s.contains("sentiment.jsonl:") && cells(s, '✓') > 2
    });
    terminal.press("\u{1b}");
    terminal.until("the grid as it was", |s| !s.contains("sentiment.jsonl:"));
    terminal.press("r");
    terminal.until("the error in place of a plan", |s| {
        s.contains("sentiment.jsonl:")
    });
    place.write("datasets/sentiment.jsonl", &rows);
    terminal.until("the grid without an error", |s| {
        !s.contains("sentiment.jsonl:") && s.contains("all 420 answers are saved")
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn the_run_before_is_one_with_other_answers() {
    let place = Workspace::sample();
    assert_eq!(place.run(&["run", "sentiment", "-q"]).code, 0);
    let runs = place.run(&["runs", "--format", "json"]).json();
    let first = runs[0]["run"].as_str().unwrap().to_owned();
    let plain = place.read("templates/sentiment/plain.j2");
    place.write(
        "templates/sentiment/plain.j2",
        &format!("Look closely. {plain}"),
    );
    assert_eq!(place.run(&["run", "sentiment", "-q"]).code, 0);
    let mut terminal = session(&place);
    terminal.until("all answers", |s| s.contains("all 420 answers are saved"));
    terminal.press("L");
    terminal.until("the diff with the first run", |s| s.contains(&first));
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn three_mistakes_are_named_where_they_are_until_answers_stand_side_by_side() {
    let place = Workspace::empty();
    place.write(
        "rows.jsonl",
        "{\"text\": \"The screen cracked.\", \"team\": \"returns\"}\n{\"text\": \"Can I pay by invoice?\", \"team\": \"billing\"}\n{\"text\": \"The parcel never came.\", \"team\": \"delivery\"}\n",
    );
    place.write(
        "shots.jsonl",
        "{\"text\": \"It broke at once.\", \"team\": \"returns\"}\n{\"text\": \"I was charged twice.\", \"team\": \"billing\"}\n{\"text\": \"Where is my order?\", \"team\": \"delivery\"}\n",
    );
    place.write(
        "triage.j2",
        "+++\n[axes]\ninstruction = [\"Which team? One word.\", \"You route letters. Answer with one word.\"]\n+++\n{{ role(\"system\") }}{{ instruction }}\n{% for shot in shots %}{{ role(\"user\") }}{{ shot.text }}\n{{ role(\"assistant\") }}{{ shot.team }}\n{% endfor %}{{ role(\"user\") }}{{ row.txt }}\n",
    );
    let project = |answer: &str, kind: &str| {
        place.write(
            "wording.toml",
            &format!("[experiment.triage]\ntemplates = [\"triage.j2\"]\ndataset = \"rows.jsonl\"\nshots = \"shots.jsonl\"\nanswer = \"{answer}\"\nmodels = [\"demo/icl\"]\n\n[[experiment.triage.metric]]\nkind = \"{kind}\"\nlabels = [\"billing\", \"delivery\", \"returns\"]\n"),
        );
    };
    // A project that cannot be read has no session; the error says where and what is near.
    project("taem", "lable");
    let (code, said) = session(&place).finish();
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("wording.toml:9:8") && said.contains("did you mean `label`?"),
        "{said}"
    );
    // What it names can be mended beside the open session.
    project("taem", "label");
    let mut terminal = session(&place);
    terminal.until("the column that is not there", |s| {
        s.contains("no column `taem`") && s.contains("did you mean `team`?")
    });
    project("team", "label");
    terminal.until("the place of the field that is not there", |s| {
        s.contains("triage.j2:8:") && s.contains("txt") && s.contains("! shows it in full")
    });
    assert!(
        !terminal.screen().contains("answers are saved"),
        "{}",
        terminal.screen()
    );
    let template = place.read("triage.j2").replace("row.txt", "row.text");
    place.write("triage.j2", &template);
    terminal.until("what the save changed", |s| {
        s.contains("6 of 6 calls to send")
    });
    terminal.press("r");
    terminal.until("the plan", |s| s.contains("Run?"));
    terminal.press("r");
    terminal.until_done(6);
    terminal.until("answers side by side", |s| cells(s, '·') == 0);
    let screen = terminal.screen();
    let read = ["billing", "delivery", "returns"];
    let labels = |line: &str| {
        read.iter()
            .map(|label| line.matches(label).count())
            .sum::<usize>()
    };
    let answers = screen.lines().filter(|line| line.contains('│'));
    let side_by_side = answers.filter(|line| labels(line) > 1).count();
    assert!(side_by_side >= 3, "{screen}");
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn rows_are_labelled_through_a_kill_exported_and_run() {
    let place = Workspace::empty();
    let tickets: String = (0..40)
        .map(|i| format!("t{i},\"Ticket {i}, about something.\"\n"))
        .collect();
    place.write("rows.csv", &("id,text\n".to_owned() + &tickets));
    place.write("p.j2", "{{ role(\"user\") }}Which team? {{ text }}");
    place.write("q.j2", "{{ role(\"user\") }}{{ text }} Team:");
    let project = |answer: &str| {
        place.write(
            "wording.toml",
            &format!("[experiment.teams]\ntemplates = [\"*.j2\"]\ndataset = \"rows.csv\"\n{answer}id = \"id\"\nmodels = [\"demo/icl\"]\n\n[[experiment.teams.metric]]\nkind = \"label\"\nlabels = [\"billing\", \"bug\"]\n"),
        );
    };
    project("");
    let label = || {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_wording"));
        command.args(["label", "teams", "--as", "ann"]);
        place.start(command, 80, 24, &[])
    };
    let mut terminal = label();
    terminal.until("the first row", |s| s.contains("0 labelled, 40 left"));
    for n in 1..=30 {
        terminal.press(if n % 3 == 0 { "2" } else { "1" });
        let shown = format!("{n} labelled, {} left", 40 - n);
        terminal.until("the next row", |s| s.contains(&shown));
    }
    // A line is on disk before it is told that nothing is unsaved; here the last one is awaited in the file itself.
    let lines = || place.read("labels/teams.jsonl").lines().count();
    while lines() < 30 {
        std::thread::yield_now();
    }
    terminal.signal("-KILL");
    assert_ne!(terminal.finish().0, 0);
    let torn = place.read("labels/teams.jsonl") + "{\"id\":\"t7\",\"cont";
    place.write("labels/teams.jsonl", &torn);

    let mut terminal = label();
    terminal.until("the row after the kill", |s| {
        s.contains("30 labelled, 10 left")
    });
    terminal.press("1");
    terminal.until("the next row", |s| s.contains("31 labelled, 9 left"));
    terminal.press("u");
    terminal.until("the row again", |s| s.contains("30 labelled, 10 left"));
    terminal.press("x");
    terminal.until("the next row", |s| s.contains("31 labelled, 9 left"));
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
    assert_eq!(lines(), 33, "{}", place.read("labels/teams.jsonl"));

    let export = ["label", "teams", "--export", "--in-place"];
    let exported = place.run(&export);
    assert_eq!(exported.code, 0, "{}", exported.transcript());
    let rows = place.read("rows.csv");
    assert!(rows.starts_with("id,text,expected\nt0,"), "{rows}");
    let of = |label: &str| rows.lines().filter(|line| line.ends_with(label)).count();
    assert_eq!((of(",billing"), of(",bug")), (20, 10), "{rows}");
    assert!(
        exported.err.contains("set answer = \"expected\""),
        "{}",
        exported.err
    );
    project("answer = \"expected\"\n");
    let ran = place.run(&["run", "teams"]);
    assert_eq!(ran.code, 0, "{}", ran.transcript());
    assert!(
        ran.out.contains("30 from the dataset, 0 labelled"),
        "{}",
        ran.out
    );
}

#[test]
fn a_session_of_labelling_gives_the_terminal_back_whatever_ends_it() {
    let place = Workspace::sample();
    for signal in ["-TERM", "-HUP", "-INT"] {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_wording"));
        command.args(["label", "sentiment", "--as", "ann", "--all"]);
        let mut terminal = place.start(command, 80, 24, &[]);
        terminal.until("a row", |s| s.contains("1 positive   2 negative"));
        terminal.press("1");
        terminal.until("the next row", |s| s.contains("per minute"));
        terminal.signal(signal);
        assert_eq!(terminal.leave(), (0, true), "{signal}");
    }
    assert_eq!(place.read("labels/sentiment.jsonl").lines().count(), 3);
}

#[test]
fn a_second_model_is_added_from_the_list_of_its_endpoint_and_stands_beside_the_first() {
    let place = Workspace::sample();
    let before = place.read("wording.toml");
    assert_eq!(place.run(&["run", "sentiment", "-q"]).code, 0);
    let mut terminal = session(&place);
    terminal.until("answers of the run", |s| cells(s, '✓') > 4);
    terminal.press("Me");
    terminal.until("the list of the stand-in", |s| s.contains("□ demo/echo"));
    terminal.press("demo/echo\t\r");
    terminal.until("the change before it is written", |s| {
        s.contains("Write to wording.toml")
            && s.contains("+ models = [\"demo/icl\", \"demo/echo\"]")
    });
    assert_eq!(place.read("wording.toml"), before);
    terminal.press("y");
    // The answers that are there stay; those of the new model are dots.
    terminal.until("both models", |s| {
        s.contains("2 of 2 models") && cells(s, '✓') > 4 && cells(s, '·') > 4
    });
    let wanted = before.replacen(
        "models = [\"demo/icl\"]",
        "models = [\"demo/icl\", \"demo/echo\"]",
        1,
    );
    assert_eq!(place.read("wording.toml"), wanted);
    terminal.press("r");
    terminal.until("a plan of the new calls alone", |s| {
        s.contains("420 to send")
    });
    terminal.press("\u{1b}");
    terminal.until("the grid again", |s| !s.contains("Run?"));
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}

#[test]
fn an_experiment_is_created_for_a_dataset_and_run_without_leaving_the_session() {
    let place = Workspace::empty();
    place.write("wording.toml", "# Endpoints come first.\n");
    let mails: String = (0..6)
        .map(|n| {
            format!(
                "m{n},Mail {n} about an order,{}\n",
                ["repair", "shipping"][n % 2]
            )
        })
        .collect();
    place.write("data/mails.csv", &("id,mail,team\n".to_owned() + &mails));
    let mut terminal = session(&place);
    terminal.until("the dataset of the folder", |s| {
        s.contains("no experiment yet") && s.contains("data/mails.csv")
    });
    terminal.press("mails\r");
    terminal.until("its name", |s| s.contains("data/mails.csv · 6 rows"));
    terminal.press("\r");
    terminal.until("the column with the answers", |s| {
        s.contains("label, one of repair, shipping")
    });
    terminal.press("\r");
    terminal.until("the template", |s| s.contains("answer   team"));
    terminal.press("\r");
    terminal.until("the model", |s| {
        s.contains("demo/icl") && s.contains("stand-in")
    });
    terminal.press("\r");
    terminal.until("the files", |s| {
        s.contains("templates/mails/first.j2 · new")
    });
    assert_eq!(place.read("wording.toml"), "# Endpoints come first.\n");
    terminal.press("y");
    terminal.until("the prompt of the new experiment", |s| {
        s.contains("[1 Edit]") && s.contains("Mail 0 about an order")
    });
    assert!(
        place
            .read("wording.toml")
            .starts_with("# Endpoints come first.\n\n[experiment.mails]\n")
    );
    terminal.press("r");
    terminal.until("the plan", |s| s.contains("12 to send"));
    terminal.press("r");
    terminal.until_done(12);
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
    // The next session opens on it, and the command knows it.
    let checked = place.run(&["check"]);
    assert_eq!(checked.code, 0, "{}", checked.transcript());
}

/// A label task with slices, and a task whose answers are JSON.
fn labels_and_json() -> Workspace {
    let place = Workspace::sample();
    let mails: String = (0..24)
        .map(|n| {
            let wanted = json!({"urgency": (["high", "low"][n % 2]), "topic": (["billing", "login"][n % 3 / 2])});
            let row = json!({"id": format!("m{n:02}"), "text": format!("Mail {n} of a customer."), "guess": (["high", "low", "low"][n % 3]), "wanted": wanted});
            format!("{row}\n")
        })
        .collect();
    place.write("datasets/mails.jsonl", &mails);
    place.write(
        "templates/mails/guess.j2",
        "{{ role(\"user\") }}{\"urgency\": \"{{ row.guess }}\", \"topic\": \"billing\"}\n",
    );
    place.write(
        "templates/mails/sure.j2",
        "{{ role(\"user\") }}I found {\"urgency\": \"{{ row.wanted.urgency }}\", \"topic\": \"billing\"}.\n",
    );
    let project = place.read("wording.toml")
        + "\n[experiment.mails]\ntemplates = [\"templates/mails/*.j2\"]\ndataset = \"datasets/mails.jsonl\"\nanswer = \"wanted\"\nid = \"id\"\nmodels = [\"demo/echo\"]\n\n[[experiment.mails.metric]]\nkind = \"json\"\nfields = [\"urgency\", \"topic\"]\n";
    place.write("wording.toml", &project);
    place
}

/// The screen below what says where it is from, and above the keys that work there.
fn body(screen: &str) -> Vec<String> {
    let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
    let shown = lines.iter().skip(2).take(lines.len().saturating_sub(3));
    shown.map(|line| (*line).to_owned()).collect()
}

/// The variants of the Edit screen in their order.
fn variants(screen: &str) -> Vec<String> {
    let lines = screen.lines().filter_map(|line| line.split('●').nth(1));
    lines
        .map(|line| line.split('│').next().unwrap().trim().to_owned())
        .collect()
}

#[test]
fn a_bundle_is_browsed_elsewhere_as_its_project_is_here() {
    let place = labels_and_json();
    let elsewhere = Workspace::empty();
    let cases = [
        (
            "mails",
            "urgency: high≠low",
            ["=guess == \"high\"", "=id == \"m04\""],
        ),
        (
            "sentiment",
            "negative",
            ["=label == \"positive\"", "=source == \"books\""],
        ),
    ];
    for (experiment, answer, filters) in cases {
        assert_eq!(place.run(&["run", experiment, "-q"]).code, 0);
        let file = format!("{experiment}.wording");
        let written = place.run(&["report", "latest", "-q", "--bundle", &file]);
        assert_eq!(written.code, 0, "{}", written.err);
        let copy = elsewhere.file(&file);
        std::fs::copy(place.file(&file), &copy).unwrap();
        let start = |place: &Workspace, args: &[&str]| {
            let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_wording"));
            command.args(args);
            place.start(command, 120, 36, &[])
        };
        let mut here = start(&place, &[experiment]);
        here.until("the answers of the project", |s| {
            s.contains("answers are saved") && s.contains(answer) && s.contains("rows change")
        });
        let mut there = start(&elsewhere, &["open", copy.to_str().unwrap()]);
        there.until("the answers of the bundle", |s| s.contains("rows change"));
        there.until_like("the same answers", &mut here, body);
        here.press("\r");
        here.until("the inspector", |s| s.contains("── Metrics"));
        there.press("\r");
        there.until("the inspector", |s| s.contains("── Metrics"));
        there.until_like("the same readings", &mut here, body);
        here.press("\u{1b}");
        there.press("\u{1b}");
        for filter in filters {
            for terminal in [&mut here, &mut there] {
                terminal.until("the grid", |s| !s.contains("── Metrics"));
                terminal.press(&format!("f{filter}"));
                terminal.until("the filter", |s| s.contains(filter));
                terminal.press("\r");
                terminal.until("some of the rows", |s| {
                    !s.contains("Filter rows") && !s.contains(" 0/") && s.contains(&filter[1..])
                });
            }
            there.until_like("the same rows", &mut here, body);
            for terminal in [&mut here, &mut there] {
                terminal.press("\u{1b}");
                terminal.until("all rows", |s| !s.contains(&filter[1..]));
            }
        }
        for terminal in [&mut here, &mut there] {
            terminal.press("1");
            terminal.until("the variants in their order", |s| s.contains("┌ Variants"));
        }
        there.until_like("the same order", &mut here, variants);
        assert!(variants(&there.screen()).len() > 1, "{}", there.screen());
        for terminal in [&mut here, &mut there] {
            terminal.press("2m");
            terminal.until("the lenses", |s| s.contains("leaderboard"));
        }
        assert_eq!(
            there.screen().contains("slices"),
            experiment == "sentiment",
            "{}",
            there.screen()
        );
        there.press("\u{1b}");
        there.until("the grid", |s| !s.contains("┌ Lens"));
        there.press("r");
        there.until("why nothing is sent", |s| {
            s.contains("a bundle is read-only: run and edit in the project")
        });
        there.press("q");
        assert_eq!(there.leave(), (0, true));
    }
    let left = std::fs::read_dir(elsewhere.path()).unwrap().count();
    assert_eq!(left, 2, "nothing is written beside the bundles");
}

#[test]
fn a_killed_session_opens_as_it_was_last_seen() {
    let place = Workspace::changed(&[(
        "wording.toml",
        "models = [\"demo/icl\"]\nbaseline = \"plain\"\nseed",
        "models = [\"demo/icl\", \"demo/echo\"]\nbaseline = \"plain\"\nseed",
    )]);
    let saved = || -> Value {
        let text = std::fs::read_to_string(place.file(".wording/session.json"));
        let view: Value = text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
        view["experiments"]["sentiment"]["outlook"].clone()
    };
    let until_saved = |what: &str, holds: &dyn Fn(&Value) -> bool| {
        let end = Instant::now() + Duration::from_secs(60);
        while !holds(&saved()) {
            assert!(Instant::now() < end, "{what}: {}", saved());
            std::thread::yield_now();
        }
    };
    let filter = "=expected == \"positive\"";
    let mut terminal = session(&place);
    terminal.until("the grid", |s| s.contains("row 1 of 60"));
    terminal.press(&format!("f{filter}"));
    terminal.until("the rows", |s| s.contains("30 rows"));
    // What is typed is not kept before it is accepted.
    terminal.press("\r");
    until_saved("the filter", &|view| view["filter"]["text"] == *filter);
    terminal.signal("-KILL");
    assert_ne!(terminal.finish().0, 0);
    let mut terminal = session(&place);
    terminal.until("the filter of before", |s| s.contains("1/30 expected"));
    terminal.press("\u{1b}");
    terminal.until("all rows", |s| s.contains("of 60"));
    terminal.press("M");
    terminal.until("the models", |s| s.contains("2 □ demo/echo"));
    terminal.press("2");
    terminal.until("both models", |s| s.contains("2 ■ demo/echo"));
    terminal.press("1");
    terminal.until("one model", |s| s.contains("1 □ demo/icl"));
    terminal.press("\r");
    until_saved("the models, and no filter", &|view| {
        view["filter"]["text"] == "" && view["column_layout"]["models"] == json!(["demo/echo"])
    });
    terminal.signal("-KILL");
    assert_ne!(terminal.finish().0, 0);
    let mut terminal = session(&place);
    terminal.until("all rows under the model that was chosen", |s| {
        s.contains("row 1 of 60") && s.contains("demo/echo (stand-in) 2/2")
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
}
