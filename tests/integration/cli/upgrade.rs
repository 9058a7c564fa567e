//! `wording upgrade`: a verdict for each wording, from stored answers of the old model and as few of the new one as show it.

use crate::support::{Workspace, demo_server, snapshot, until_requests};
use serde_json::Value;
use std::process::Stdio;
use tokio::runtime::Runtime;
use wording::demo::{DemoServer, DemoSpec, Script};

const ROWS: usize = 160;
const IN_FLIGHT: u64 = 4;

/// The arguments of an upgrade of the sample's sentiment from the stand-in to one that repeats the message, and more.
fn to_echo<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let start = [
        "upgrade",
        "sentiment",
        "--from",
        "demo/icl",
        "--to",
        "demo/echo",
        "--variants",
        "plain",
        "--margin",
        "0.2",
    ];
    [&start, more].concat()
}

/// Two wordings over rows, and two servers that answer alike.
fn two_servers(
    runtime: &Runtime,
    latency_ms: u64,
    script: &str,
) -> (DemoServer, DemoServer, Workspace) {
    let old = demo_server(runtime, 0);
    let script = Script::parse(script).unwrap();
    let spec = DemoSpec {
        latency: std::time::Duration::from_millis(latency_ms),
        ..DemoSpec::default()
    };
    let new = runtime
        .block_on(DemoServer::start_with(spec, Some(script)))
        .unwrap();
    let place = Workspace::empty();
    place.write(
        "t.j2",
        "+++\n[axes]\ntone = [\"Is it good or bad?\", \"Answer good or bad, in one word.\"]\n+++\n{{ tone }}\n{{ row.text }}\n",
    );
    let row = |n: usize| {
        let label = ["good", "bad"][n % 2];
        format!("{{\"id\": \"r{n}\", \"text\": \"a {label} thing {n}\", \"label\": \"{label}\"}}\n")
    };
    place.write("d.jsonl", &(0..ROWS).map(row).collect::<String>());
    place.write(
        "wording.toml",
        &format!(
            "[endpoint.old]\nbase_url = \"{}\"\n[endpoint.new]\nbase_url = \"{}\"\nmax_in_flight = {IN_FLIGHT}\n\
             [endpoint.new.model.icl]\nprice = {{ input = 1.0, output = 2.0 }}\n\
             [experiment.x]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nid = \"id\"\nanswer = \"label\"\nmodels = [\"old/icl\"]\n\
             params = {{ temperature = 0 }}\n[[experiment.x.metric]]\nkind = \"label\"\nlabels = [\"good\", \"bad\"]\n",
            old.base_url(),
            new.base_url()
        ),
    );
    (old, new, place)
}

/// The upgrade between them within this margin, as JSON, and more.
fn swap<'a>(margin: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let start = [
        "upgrade", "x", "--from", "old/icl", "--to", "new/icl", "--margin", margin,
    ];
    [&start, more].concat()
}

const JSON: [&str; 2] = ["--format", "json"];

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value}"))
}

#[test]
fn a_worse_model_is_found_from_stored_answers_and_every_form_says_so() {
    let place = Workspace::sample();
    let recorded = place.run(&["run", "sentiment", "--variants", "plain", "-q"]);
    assert_eq!(recorded.code, 0, "{}", recorded.err);
    let said = place.run(&to_echo(&[
        "--stored-only",
        "--format",
        "json",
        "-o",
        "u.json",
    ]));
    assert_eq!(said.code, 0, "{}", said.err);
    let found = said.json();
    assert_eq!(found["from"]["calls"], 0, "its record is there");
    let wording = &found["wordings"][0];
    assert_eq!(
        (&wording["verdict"], &wording["left_out"]),
        (&"worse".into(), &0.into())
    );
    let compared = count(&wording["compared"]);
    assert!(
        compared < 60 && compared == count(&found["to"]["calls"]),
        "{compared}"
    );
    assert!(wording["difference"]["high"].as_f64().unwrap() < 0.0);
    assert_eq!(
        count(&wording["changes"]["broken"]),
        wording["rows"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["fate"] == "broken")
            .count() as u64
    );
    let rows_of = |part: &Value| count(&part["rows"]);
    let of = |is_label: bool| {
        let parts = wording["parts"].as_array().unwrap().iter();
        parts
            .filter(|part| part["column"].is_null() == is_label)
            .map(rows_of)
            .sum::<u64>()
    };
    assert_eq!(
        (of(true), of(false)),
        (compared, compared),
        "each row has a label and a source"
    );
    let schema = place.run(&["schema", "upgrade"]).json();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> = schema
        .iter_errors(&found)
        .map(|e| format!("{}: {e}", e.instance_path))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let written: Value = serde_json::from_str(&place.read("u.json")).unwrap();
    assert_eq!(written["wordings"], found["wordings"]);
    // Again: the same, and nothing is sent.
    let again = place
        .run(&to_echo(&["--stored-only", "--format", "json"]))
        .json();
    assert_eq!(again["wordings"], found["wordings"]);
    assert_eq!(again["to"]["calls"], 0);
    // The runs of its steps are gone, the run that was there is not.
    let runs = place.run(&["runs", "--format", "json"]).json();
    assert_eq!(runs.as_array().unwrap().len(), 1, "{runs}");
    let mut shown = place.command(&to_echo(&["--stored-only", "-o", "u.html"]));
    let text = place.output(shown.env("COLUMNS", "80")).out;
    place.run(&to_echo(&["--stored-only", "-o", "u.md"]));
    let difference = &wording["difference"];
    let points = format!("{:+.1} ", difference["value"].as_f64().unwrap() * 100.0);
    for form in [&text, &place.read("u.html"), &place.read("u.md")] {
        let form = form.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            form.contains("Worse: demo/echo scores lower") && form.contains(points.trim()),
            "{form}"
        );
        assert!(
            form.contains("optimize sentiment --models demo/echo"),
            "{form}"
        );
    }
    let text = text.split("Cost and latency").next().unwrap();
    snapshot::check("cli/upgrade", text);
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn a_gate_decides_the_exit_code() {
    let place = Workspace::sample();
    let exit = |gate: &str| place.run(&to_echo(&["--gate", gate]));
    for (gate, code) in [
        ("worse == 1 and undecided == 0", 0),
        ("diff.high < 0", 0),
        ("diff(plain).broken >= 1 and score(plain) < 10%", 0),
        ("worse == 0", 1),
        ("diff.low > -5%", 1),
    ] {
        let said = exit(gate);
        assert_eq!(said.code, code, "{gate}: {}", said.err);
    }
    assert!(
        exit("worse == 0")
            .err
            .contains("the gate worse == 0 does not hold: worse is 1")
    );
    for (gate, said) in [
        ("wors == 0", "wors"),
        ("diff(plane) > 0", "plane"),
        ("worse(plain) == 0", "worse"),
    ] {
        let refused = exit(gate);
        assert_eq!(refused.code, 2, "{gate}: {}", refused.err);
        assert!(refused.err.contains(said), "{}", refused.err);
    }
    let run = place.run(&["run", "sentiment", "--gate", "worse == 0"]);
    assert_eq!(run.code, 2, "it is a count of an upgrade only: {}", run.err);
}

#[test]
fn equal_models_are_equivalent_and_killing_it_pays_for_nothing_twice() {
    let runtime = Runtime::new().unwrap();
    let (old, new, place) = two_servers(&runtime, 4, "");
    let recorded = place.run(&["run", "-q"]);
    assert_eq!(recorded.code, 0, "{}", recorded.err);
    let asked_old = old.requests();
    let mut child = place
        .command(&swap("0.1", &JSON))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until_requests(&runtime, &new, 60);
    child.kill().unwrap();
    child.wait().unwrap();
    let before = new.requests();
    let said = place.run(&swap("0.1", &JSON));
    assert_eq!(said.code, 0, "{}", said.err);
    let found = said.json();
    assert_eq!(found["verdicts"]["equivalent"], 2, "{}", found["verdicts"]);
    assert_eq!(old.requests(), asked_old, "the record is complete");
    let compared: u64 = found["wordings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| count(&w["compared"]))
        .sum();
    let twice = new.requests() - compared;
    // An answer is kept within some milliseconds, in which others may leave.
    assert!(
        before >= 60 && twice <= 8 * IN_FLIGHT,
        "{twice} of {before} were sent twice"
    );
    assert!(
        count(&found["to"]["calls"]) <= compared - (before - twice),
        "the others are stored"
    );
    let runs = place.run(&["runs", "--format", "json"]).json();
    assert_eq!(
        runs.as_array().unwrap().len(),
        1,
        "the step that was killed left no run: {runs}"
    );
}

#[test]
fn rows_that_the_old_model_cannot_answer_are_left_out_and_counted() {
    let runtime = Runtime::new().unwrap();
    let (old, new, place) = two_servers(&runtime, 0, "");
    place.run(&["run", "-q", "--rows", "100", "--samples", "2"]);
    let asked = old.requests();
    let said = place.run(&swap("0.01", &["--stored-only", "--format", "json"]));
    assert_eq!(said.code, 0, "{}", said.err);
    let found = said.json();
    assert_eq!(old.requests(), asked);
    assert_eq!(
        new.requests(),
        200,
        "the new model is not asked for rows without a record"
    );
    for wording in found["wordings"].as_array().unwrap() {
        assert_eq!(
            (&wording["compared"], &wording["left_out"]),
            (&100.into(), &60.into())
        );
        assert_eq!(wording["verdict"], "undecided");
        assert!(
            count(&wording["rows_needed"]) > 100,
            "{}",
            wording["rows_needed"]
        );
        // Two answers of the old model to each row, at temperature 0.
        assert_eq!(wording["flips"]["from_itself"], 0.0);
        assert!(wording["flips"]["to_itself"].is_null());
        assert!(wording["trials_to"]["cost_per_1000"].as_f64().unwrap() > 0.0);
    }
    assert!(
        said.err
            .contains("cannot show that new/icl is equivalent within 1 points"),
        "{}",
        said.err
    );
    // Where it may be asked, it is, for those rows alone.
    let said = place.run(&swap("0.01", &JSON)).json();
    assert_eq!(old.requests(), asked + 2 * 60);
    assert_eq!(said["wordings"][0]["left_out"], 0);
}

#[test]
fn a_cap_ends_it_and_the_same_command_continues() {
    let runtime = Runtime::new().unwrap();
    let (_old, new, place) = two_servers(&runtime, 0, "");
    place.run(&["run", "-q"]);
    let capped = swap("0.1", &["--budget-calls", "50", "--format", "json"]);
    let said = place.run(&capped);
    assert_eq!(said.code, 0, "{}", said.err);
    let found = said.json();
    assert_eq!(new.requests(), 50);
    assert_eq!(found["ended_early"]["cause"], "cap");
    assert_eq!(found["verdicts"]["undecided"], 2);
    assert!(
        found["wordings"][0]["try"][0]
            .as_str()
            .unwrap()
            .contains("higher cap")
    );
    let found = place.run(&swap("0.1", &JSON)).json();
    assert_eq!(found["verdicts"]["equivalent"], 2);
    let compared: u64 = found["wordings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| count(&w["compared"]))
        .sum();
    assert_eq!(new.requests(), compared);
    let refused = place.run(&swap("0.1", &["--budget-usd", "1"]));
    assert_eq!(refused.code, 2);
    assert!(
        refused.err.contains("the price of old/icl is not known"),
        "{}",
        refused.err
    );
}

#[test]
fn a_parameter_that_the_new_model_refuses_is_named() {
    let runtime = Runtime::new().unwrap();
    let refusal = "[[refuse]]\nparam = \"temperature\"\nmessage = \"Unsupported value: 'temperature' <b>\\u001b[31m\"\n";
    let (_old, _new, place) = two_servers(&runtime, 0, refusal);
    place.run(&["run", "-q"]);
    let said = place.run(&swap("0.1", &JSON));
    assert_eq!(said.code, 1, "{}", said.err);
    let found = said.json();
    assert_eq!(
        found["refusals"][0]["parameters"],
        serde_json::json!(["temperature"])
    );
    assert_eq!(found["verdicts"]["no_answers"], 2);
    assert_eq!(found["ended_early"]["cause"], "failure");
    let text = place.run(&swap("0.1", &["-o", "u.html"])).out;
    assert!(text.contains("new/icl refuses `temperature`"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    let html = place.read("u.html");
    assert!(
        html.contains("&lt;b&gt;") && !html.contains("<b>\u{241b}"),
        "{html}"
    );
}

#[test]
fn hostile_answers_stay_text() {
    let place = Workspace::empty();
    place.write("t.j2", "{{ row.text }}");
    let row = |n: usize| {
        format!(
            "{{\"text\": \"<script>{n}</script> | \\u001b[31m\", \"label\": \"yes\", \"lang\": \"<i>\\u001b\"}}\n"
        )
    };
    place.write("d.jsonl", &(0..40).map(row).collect::<String>());
    place.write(
        "wording.toml",
        "[experiment.x]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nslices = [\"lang\"]\nmodels = [\"demo/icl\"]\n",
    );
    let upgrade = ["upgrade", "x", "--from", "demo/icl", "--to", "demo/echo"];
    for form in ["u.html", "u.md"] {
        let said = place.run(&[&upgrade[..], &["-o", form]].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        let file = place.read(form);
        for text in [&said.out, &said.err, &file] {
            assert!(!text.contains('\u{1b}'), "{text}");
        }
        assert!(
            !file.contains("<script>0") && !file.contains("<i>"),
            "{file}"
        );
    }
    let private = place.run(&[&upgrade[..], &["--no-outputs", "--format", "json"]].concat());
    assert!(!private.out.contains("script"), "{}", private.out);
}

#[test]
fn what_cannot_be_compared_is_said_before_anything_is_sent() {
    let place = Workspace::sample();
    let said = |args: &[&str]| {
        let said = place.run(&[&["upgrade", "sentiment"], args].concat());
        assert_eq!(said.code, 2, "{}", said.err);
        said.err
    };
    assert!(said(&["--from", "demo/icl", "--to", "demo/icl"]).contains("are the same model"));
    assert!(said(&["--from", "demo/icl", "--to", "nowhere/x"]).contains("no endpoint `nowhere`"));
    let both = ["--from", "demo/icl", "--to", "demo/echo"];
    assert!(said(&[&both[..], &["-o", "u.csv"]].concat()).contains(".html, .md or .json"));
    assert!(said(&[&both[..], &["--margin", "0"]].concat()).contains("between 0 and 1"));
    assert!(said(&[&both[..], &["--models", "demo/echo"]].concat()).contains("--from and --to"));
}
