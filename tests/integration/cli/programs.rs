//! Programs of a project: asked for before they are started, and called as servers are.

use crate::support::{CommandOutput, Workspace, snapshot::check_filtered};
use serde_json::Value;
use std::{collections::BTreeSet, process::Command};

const PROJECT: &str = r#"
[endpoint.app]
command = ["sh", "app.sh"]

[experiment.e]
templates = ["t.j2"]
dataset = "rows.jsonl"
answer = "label"
models = ["app/m"]

[[experiment.e.metric]]
kind = "exact"
"#;

/// Answers each call with what the row says, and notes that it was started.
const APP: &str = r#"echo started >> starts
while read -r line; do
    echo "$line" >> calls
    id=${line#'{"id":'}; id=${id%%,*}
    word=${line##*'"word":"'}; word=${word%%'"'*}
    echo "{\"id\": $id, \"text\": \"$word\", \"cost\": 0.25}"
done
"#;

fn project(app: &str, rows: usize) -> Workspace {
    let place = Workspace::empty();
    place.write("wording.toml", PROJECT);
    place.write("t.j2", "Say it.");
    place.write("app.sh", app);
    let row = |n| format!("{{\"word\": \"w{n}\", \"label\": \"w{n}\"}}\n");
    place.write("rows.jsonl", &(0..rows).map(row).collect::<String>());
    place
}

fn run(place: &Workspace, more: &[&str]) -> CommandOutput {
    place.run(&[&["run", "--format", "json"], more].concat())
}

fn right(json: &Value) -> f64 {
    json["variants"][0]["score"].as_f64().unwrap()
}

#[test]
fn nothing_starts_before_it_is_allowed_once() {
    let place = project(APP, 3);
    let metric = "[[experiment.e.metric]]\nkind = \"command\"\ncommand = [\"sh\", \"score.sh\"]\n";
    place.write("wording.toml", &(PROJECT.to_owned() + metric));
    place.write(
        "score.sh",
        "echo started >> starts; while read -r line; do echo 1; done",
    );
    let check = place.run(&["check"]);
    assert_eq!(check.code, 0, "{}", check.err);
    assert!(
        check.out.contains("`sh app.sh` (endpoint `app`)"),
        "{}",
        check.out
    );
    let refused = run(&place, &[]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    let listed = place.run(&["models", "app"]);
    assert_eq!(listed.code, 0, "{}", listed.err);
    let probed = place.run(&["models", "app", "--probe", "m"]);
    assert_eq!(probed.code, 2, "{}", probed.err);
    assert!(!place.file("starts").exists());
    let allowed = run(&place, &["--allow-commands"]);
    assert_eq!(allowed.code, 0, "{}", allowed.err);
    assert_eq!(place.read("starts").lines().count(), 2);
    let remembered = run(&place, &["--reuse", "no"]);
    assert_eq!(remembered.code, 0, "{}", remembered.err);
    assert_eq!(place.read("starts").lines().count(), 4);
    // Other arguments make another command.
    let text = place
        .read("wording.toml")
        .replace("\"app.sh\"]", "\"app.sh\", \"x\"]");
    place.write("wording.toml", &text);
    let changed = run(&place, &[]);
    assert_eq!(changed.code, 2, "{}", changed.err);
    let said = [
        check.transcript(),
        refused.transcript(),
        changed.transcript(),
    ];
    check_filtered("cli/programs-permission", &said.join("\n"));
}

#[test]
fn the_row_comes_without_its_answer_and_the_cost_is_what_the_program_says() {
    let place = project(APP, 3);
    let said = run(&place, &["--allow-commands"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let json = said.json();
    assert_eq!((right(&json), json["cost_usd"].as_f64()), (1.0, Some(0.75)));
    let calls = place.read("calls");
    let calls: Vec<Value> = calls
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(calls.len(), 3);
    let words: BTreeSet<&str> = (calls.iter())
        .map(|c| c["row"]["word"].as_str().unwrap())
        .collect();
    assert_eq!(words, BTreeSet::from(["w0", "w1", "w2"]));
    for call in &calls {
        assert_eq!(call["model"], "m");
        assert_eq!(call["messages"][0]["content"], "Say it.");
        assert_eq!(call["row"].as_object().unwrap().len(), 1, "{call}");
    }
    // Stored costs stay, and nothing is called again.
    let again = run(&place, &[]);
    assert_eq!(again.json()["trials"]["reused"], 3, "{}", again.err);
    let trials = place.run(&["export", "--format", "jsonl"]).out;
    let first: Value = serde_json::from_str(trials.lines().next().unwrap()).unwrap();
    assert_eq!(first["cost_usd"], 0.25, "{first}");
    assert_eq!(place.read("calls").lines().count(), 3);
    // A corrected label asks nothing; a changed program asks for everything.
    place.write(
        "rows.jsonl",
        &place
            .read("rows.jsonl")
            .replace("\"label\": \"w1\"", "\"label\": \"no\""),
    );
    assert_eq!(run(&place, &[]).json()["trials"]["sent"], 0);
    place.write("app.sh", &format!("{APP}\n# changed"));
    assert_eq!(run(&place, &[]).json()["trials"]["sent"], 3);
    let check = place.run(&["check", "--format", "json"]).json();
    let models = &check[0]["models"][0];
    assert!(models.get("usd_at_most").is_none(), "{check}");
}

#[test]
fn a_program_that_is_killed_in_the_middle_of_a_run_loses_nothing() {
    // Every fifth call kills the program before it answers, with kill -9.
    let app = APP.replace(
        "    echo \"$line\" >> calls\n",
        "    echo \"$line\" >> calls\n    if [ $(($(wc -l < calls) % 5)) = 0 ]; then kill -9 $$; fi\n",
    );
    let place = project(&app, 30);
    let text = PROJECT.replace("\"app.sh\"]", "\"app.sh\"]\nmax_in_flight = 4");
    place.write("wording.toml", &text);
    let said = run(&place, &["--allow-commands"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let json = said.json();
    assert_eq!(right(&json), 1.0, "each row has its own answer");
    let trials = &json["trials"];
    assert_eq!(
        (&trials["completed"], &trials["failed"]),
        (&30.into(), &0.into())
    );
    let retries = trials["retries"].as_u64().unwrap();
    let starts = place.read("starts").lines().count() as u64;
    assert!(
        starts >= 7 && retries >= starts - 1,
        "{starts} starts, {retries} retries"
    );
}

#[test]
fn errors_of_the_program_fail_their_trials_alone() {
    let app = APP.replace(
        "    echo \"{",
        "    if [ $word = w1 ]; then echo \"{\\\"id\\\": $id, \\\"error\\\": \\\"no such customer\\\"}\"; continue; fi\n    echo \"{",
    );
    let place = project(&app, 3);
    let said = run(&place, &["--allow-commands"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let trials = &said.json()["trials"];
    assert_eq!(
        (&trials["completed"], &trials["failed"], &trials["retries"]),
        (&2.into(), &1.into(), &0.into())
    );
    assert!(said.err.contains("no such customer"), "{}", said.err);
}

#[test]
fn a_program_that_cannot_work_ends_the_run_and_says_why() {
    let broken = "echo 'ModuleNotFoundError: no module named crm' >&2; exit 1";
    let chatty = "echo 'loading the model'; cat > /dev/null";
    let mut said = Vec::new();
    for app in [broken, chatty] {
        let place = project(app, 3);
        let ended = run(&place, &["--allow-commands"]);
        assert_eq!(ended.code, 1, "{}", ended.err);
        said.push(ended.errors());
    }
    assert!(said[0].contains("no module named crm"), "{}", said[0]);
    assert!(said[1].contains("loading the model"), "{}", said[1]);
}

#[test]
fn ctrl_c_ends_the_program_with_its_children() {
    let place = project("sleep 600 > held", 2);
    let made = Command::new("mkfifo").arg(place.file("held")).status();
    assert!(made.unwrap().success());
    let mut command = place.command(&["run", "--allow-commands"]);
    let mut child = command.spawn().unwrap();
    // Opens once the program has started, and ends once nobody can write into it.
    let mut held = std::fs::File::open(place.file("held")).unwrap();
    let pid = rustix::process::Pid::from_raw(child.id() as i32).unwrap();
    let interrupt = || rustix::process::kill_process(pid, rustix::process::Signal::INT);
    interrupt().unwrap();
    // The first asks for what is in flight, the second does not.
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => {
                let _ = interrupt();
                std::thread::yield_now();
            }
        }
    };
    assert_eq!(status.code(), Some(130));
    let rest = std::io::Read::read_to_end(&mut held, &mut Vec::new());
    assert_eq!(rest.unwrap(), 0);
}

/// Many calls at once, answered in another order, in the language that most applications are written in.
#[test]
fn a_python_program_answers_many_calls_in_its_own_order() {
    if Command::new("python3").arg("--version").output().is_err() {
        return crate::support::skip_without("python3");
    }
    let place = project("", 40);
    place.write(
        "app.py",
        r#"
import json, sys

print(json.dumps({"hello": {"max_in_flight": 8}}), flush=True)
held, most = [], 0
for line in sys.stdin:
    held.append(json.loads(line))
    most = max(most, len(held))
    # The first call comes alone, as nobody knows yet how many it takes; the last ones too.
    if held[0]["id"] == 1 or len(held) == 3 or held[-1]["id"] > 36:
        for call in reversed(held):
            print(json.dumps({"text": call["row"]["word"], "id": call["id"]}), flush=True)
        held = []
"#,
    );
    let text = PROJECT.replace("[\"sh\", \"app.sh\"]", "[\"python3\", \"app.py\"]");
    place.write("wording.toml", &text);
    let said = run(&place, &["--allow-commands"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let json = said.json();
    assert_eq!((right(&json), &json["trials"]["retries"]), (1.0, &0.into()));
}

#[test]
fn wrong_endpoints_say_what_to_change() {
    let place = project(APP, 1);
    let mut said = Vec::new();
    for keys in [
        "command = [\"sh\", \"app.sh\"]\nbase_url = \"http://localhost/v1\"",
        "command = []",
        "command = [\"sh\"]\napi_key_env = \"KEY\"\nstream = true",
        "base_url = \"http://localhost/v1\"\nversion = \"2\"",
        "command = [\"sh\"]\nenv = 7",
    ] {
        place.write(
            "wording.toml",
            &PROJECT.replace("command = [\"sh\", \"app.sh\"]", keys),
        );
        let check = place.run(&["check"]);
        assert_eq!(check.code, 2, "{keys}: {}", check.out);
        said.push(check.errors());
    }
    place.write("wording.toml", PROJECT);
    let batch = place.run(&["batch", "export", "e", "-o", "files"]);
    assert_eq!(batch.code, 2, "{}", batch.out);
    said.push(batch.errors());
    check_filtered("cli/programs-wrong-endpoints", &said.join("\n"));
}
