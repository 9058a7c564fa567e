//! Conversations with the model in the loop: counted, sent, stored, resumed and shown call by call.

use super::store::integrity;
use crate::support::{Workspace, demo_server, until_requests};
use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde_json::{Value, json};
use std::{collections::BTreeMap, process::Stdio};
use tokio::runtime::Runtime;
use wording::demo::{DemoServer, DemoSpec, Script};

const ROWS: u64 = 6;

/// Of two calls: a draft, and what becomes of it.
const TEMPLATE: &str = "{{ role('system') }}Be brief.
{{ role('user') }}Draft: {{ row.text }}
{{ reply('draft') }}
{{ ask }} {{ replies.draft }}
";

const PROJECT: &str = r#"[endpoint.x]
base_url = "URL"
max_in_flight = 4
[endpoint.x.model.echo]
price = { input = 1.0, output = 2.0 }
[experiment.talk]
templates = ["t.j2"]
dataset = "d.jsonl"
answer = "label"
models = ["x/echo"]
params = { temperature = 0, max_tokens = 40 }
[experiment.talk.axes]
ask = ["Shorten", "Cut"]
[[experiment.talk.metric]]
kind = "contains"
"#;

fn place(url: &str) -> Workspace {
    let place = Workspace::empty();
    place.write("t.j2", TEMPLATE);
    let row = |n: u64| format!("{{\"text\": \"row {n}\", \"label\": \"row {n}\"}}\n");
    place.write("d.jsonl", &(0..ROWS).map(row).collect::<String>());
    place.write("wording.toml", &PROJECT.replace("URL", url));
    place
}

/// A server that keeps its requests.
fn recording(runtime: &Runtime, faults: &str) -> DemoServer {
    let script = Script::parse(faults).unwrap();
    let server = DemoServer::start_with(DemoSpec::default(), Some(script));
    runtime.block_on(server).unwrap()
}

/// How often each body was sent.
fn sent_bodies(server: &DemoServer) -> BTreeMap<String, usize> {
    let mut sent = BTreeMap::new();
    for request in server.recorded_requests() {
        *sent
            .entry(request.body["messages"].to_string())
            .or_default() += 1;
    }
    sent
}

fn trials(place: &Workspace) -> Vec<Value> {
    let lines = place.run(&["export", "--format", "jsonl"]).out;
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

#[test]
fn each_call_is_sent_once_and_all_of_them_are_counted() {
    let runtime = Runtime::new().unwrap();
    let server = recording(&runtime, "");
    let place = place(&server.base_url());
    let check = place.run(&["check", "--format", "json"]);
    assert_eq!(check.code, 0, "{}", check.err);
    let checked = &check.json()[0];
    // Two wordings; the draft is the same for both, which is found only when it is sent.
    assert_eq!(checked["calls"], 2 * 2 * ROWS);
    let at_most = checked["models"][0]["usd_at_most"].as_f64().unwrap();
    let run = place.run(&["run", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let run = run.json();
    let counts = &run["trials"];
    assert_eq!(
        (&counts["completed"], &counts["failed"]),
        (&json!(2 * ROWS), &json!(0))
    );
    assert_eq!(
        (&counts["sent"], &counts["retries"]),
        (&json!(3 * ROWS), &json!(0))
    );
    assert_eq!(run["variants"][0]["score"], 1.0, "{run}");
    let sent = sent_bodies(&server);
    assert_eq!(sent.len() as u64, 3 * ROWS, "a draft and two cuts per row");
    assert!(sent.values().all(|n| *n == 1), "{sent:?}");
    // What was paid is what was sent, and not more than was said.
    let paid = run["cost_usd"].as_f64().unwrap();
    let usage = &run["tokens"];
    let price = usage["prompt"].as_f64().unwrap() + 2.0 * usage["completion"].as_f64().unwrap();
    assert!((paid * 1e6 - price).abs() < 1e-6, "{paid} {price}");
    assert!(0.0 < paid && paid <= at_most, "{paid} {at_most}");
    // A trial costs all of its calls, whoever sent them.
    let all = trials(&place);
    let costs: f64 = all.iter().map(|t| t["cost_usd"].as_f64().unwrap()).sum();
    assert!(costs > paid, "{costs} {paid}");
    let first = &all[0];
    let said: Vec<&str> = (first["messages"].as_array().unwrap().iter())
        .map(|m| m["content"].as_str().unwrap())
        .collect();
    assert_eq!(
        said,
        [
            "Be brief.",
            "Draft: row 0",
            "Draft: row 0",
            "Shorten Draft: row 0"
        ]
    );
    assert_eq!(first["replies"], json!([{"name": "draft", "message": 2}]));
    assert_eq!(first["output"], "Shorten Draft: row 0");
    // Everything is known now; a changed second turn sends second turns alone.
    let again = place.run(&["run", "--format", "json"]).json();
    assert_eq!(
        (&again["trials"]["sent"], &again["trials"]["reused"]),
        (&json!(0), &json!(2 * ROWS))
    );
    assert_eq!(again["cost_usd"], Value::Null);
    place.write("t.j2", &TEMPLATE.replace("{{ ask }}", "{{ ask }} it:"));
    let edited = place.run(&["run", "--format", "json"]).json();
    assert_eq!(edited["trials"]["sent"], 2 * ROWS);
    assert!(sent_bodies(&server).values().all(|n| *n == 1));
}

#[test]
fn a_conversation_is_shown_with_the_places_where_the_model_speaks() {
    let place = place("http://127.0.0.1:9/v1");
    let shown = place.run(&["render", "--variant", "t[ask=1]"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    let lines: Vec<&str> = shown.out.lines().skip(1).map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "system",
            "Be brief.",
            "user",
            "Draft: row 0",
            "assistant, reply draft",
            "[reply draft]",
            "user",
            "Shorten [reply draft]"
        ]
    );
    let json = place.run(&[
        "render",
        "--variant",
        "t[ask=1]",
        "--row",
        "0",
        "--format",
        "json",
    ]);
    let json = json.json();
    assert_eq!(json["messages"][2]["content"], "[reply draft]");
    assert_eq!(json["replies"][0]["name"], "draft");
}

#[test]
fn a_cost_without_a_bound_is_unknown_and_a_budget_holds_all_the_same() {
    let runtime = Runtime::new().unwrap();
    let server = recording(&runtime, "");
    let place = place(&server.base_url());
    let computed = TEMPLATE.replace("replies.draft", "replies.draft | upper");
    place.write("t.j2", &computed);
    let check = place.run(&["check"]);
    let why = "cost unknown: prompts do more with replies than quote them";
    assert!(check.out.contains(why), "{}", check.out);
    assert!(!check.out.contains("at most $"), "{}", check.out);
    let run = place.run(&["run", "--budget-usd", "0.0005", "--format", "json"]);
    let paid = run.json()["cost_usd"].as_f64().unwrap();
    assert!(
        run.code == 1 && 0.0 < paid && paid <= 0.0005,
        "{paid}: {}",
        run.err
    );
    // What was spent before the run is resumed counts; a higher budget is for all of it.
    let resumed = [
        "run",
        "--resume",
        "--budget-usd",
        "0.0005",
        "--format",
        "json",
    ];
    let same = place.run(&resumed);
    assert!(same.err.contains("nearly reached ($0.000"), "{}", same.err);
    let paid = same.json()["cost_usd"].as_f64().unwrap();
    assert!(same.code == 1 && paid <= 0.0005, "{paid}: {}", same.err);
    let more = place.run(&[
        "run",
        "--resume",
        "--budget-usd",
        "0.001",
        "--format",
        "json",
    ]);
    let paid = more.json()["cost_usd"].as_f64().unwrap();
    assert!(0.0005 < paid && paid <= 0.001, "{paid}: {}", more.err);
    // What was said is shown, where it is known.
    let rendered = place.run(&["render", "--row", "0", "--variant", "t[ask=1]"]);
    let stored = "replies are stored, as x/echo gave them in its first sample)";
    assert!(rendered.out.contains(stored), "{}", rendered.out);
    assert!(!rendered.out.contains("[reply draft]"), "{}", rendered.out);
    // What the server adds has no bound at all.
    let project = PROJECT.replace("URL", &server.base_url());
    let stored = project.replace(
        "max_tokens = 40",
        "max_tokens = 40, previous_response_id = \"r\"",
    );
    place.write("wording.toml", &stored);
    let run = place.run(&["run", "--budget-usd", "0.002"]);
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(
        run.err.contains("`previous_response_id` costs"),
        "{}",
        run.err
    );
}

#[test]
fn a_failed_turn_ends_its_trial_and_a_resumed_run_pays_for_the_rest_only() {
    let runtime = Runtime::new().unwrap();
    // The first call works, the second is refused for good.
    let faults = "[[step]]\nok = true\n[[step]]\nstatus = 400\nbody = '{\"error\": {\"message\": \"no\"}}'\n";
    let server = recording(&runtime, faults);
    let place = place(&server.base_url());
    let args = [
        "run",
        "--format",
        "json",
        "--rows",
        "1",
        "--max-in-flight",
        "1",
        "--variants",
        "t[ask=1]",
    ];
    let run = place.run(&args);
    assert_eq!(run.code, 1, "{}", run.err);
    let counts = run.json();
    assert_eq!(
        (&counts["trials"]["failed"], &counts["trials"]["sent"]),
        (&json!(1), &json!(2))
    );
    assert!(
        counts["cost_usd"].as_f64().unwrap() > 0.0,
        "the draft was paid for: {counts}"
    );
    let failure = &trials(&place)[0]["failure"];
    assert_eq!(failure["kind"], "bad_request");
    assert!(
        failure["message"]
            .as_str()
            .unwrap()
            .starts_with("reply 2: "),
        "{failure}"
    );
    let more = [&args[..], &["--resume"]].concat();
    let resumed = place.run(&more);
    assert_eq!(resumed.code, 0, "{}", resumed.err);
    assert_eq!(resumed.json()["trials"]["completed"], 1);
    assert_eq!(server.requests(), 3, "the draft was not sent again");
}

#[test]
fn caps_count_calls_and_a_resumed_run_goes_on_inside_of_a_conversation() {
    let runtime = Runtime::new().unwrap();
    let server = recording(&runtime, "");
    let place = place(&server.base_url());
    let mut left = 3 * ROWS;
    let mut command = vec!["run", "--budget-calls", "5", "--format", "json"];
    let mut runs = 0;
    while left > 0 {
        let run = place.run(&command);
        let sent = run.json()["trials"]["sent"].as_u64().unwrap();
        let total = server.requests();
        assert_eq!(total, (5 * (runs + 1)).min(3 * ROWS), "{sent}: {}", run.err);
        left = 3 * ROWS - total;
        runs += 1;
        command = vec!["run", "--budget-calls", "5", "--format", "json", "--resume"];
    }
    assert!(sent_bodies(&server).values().all(|n| *n == 1));
    assert_eq!(trials(&place).len() as u64, 2 * ROWS);
}

#[test]
fn a_metric_scores_a_reply_by_its_name_also_from_the_store() {
    let runtime = Runtime::new().unwrap();
    let server = recording(&runtime, "");
    let place = place(&server.base_url());
    place.write(
        "t.j2",
        &TEMPLATE.replace("{{ ask }} {{ replies.draft }}", "{{ ask }} it."),
    );
    let project = PROJECT.replace("URL", &server.base_url());
    let with = |metric: &str| {
        let project = project.replace("kind = \"contains\"", metric);
        place.write("wording.toml", &project);
        let run = place.run(&["run", "--format", "json"]);
        assert_eq!(run.code, 0, "{metric}: {}", run.err);
        let run = run.json();
        let score = run["variants"][0]["score"].as_f64().unwrap();
        (score, run["trials"]["sent"].as_u64().unwrap())
    };
    let draft = "kind = \"contains\"\nreply = \"draft\"";
    assert_eq!(with(draft), (1.0, 3 * ROWS));
    // Everything is stored: other replies are scored without a call.
    assert_eq!(with("kind = \"contains\""), (0.0, 0));
    assert_eq!(with("kind = \"contains\"\nreply = \"2\""), (0.0, 0));
    assert_eq!(with(draft), (1.0, 0));
    // What a model or a program scores is that reply too.
    let near = "kind = \"similarity\"\nmodel = \"demo/embed\"\n";
    let (of_draft, sent) = with(&format!("{near}reply = \"draft\""));
    let (of_last, _) = with(near);
    assert!(
        sent == 0 && of_draft > of_last + 0.1,
        "{of_draft} {of_last}"
    );
    let error = |metric: &str| {
        let project = project.replace("kind = \"contains\"", metric);
        place.write("wording.toml", &project);
        let check = place.run(&["check"]);
        assert_eq!(check.code, 2, "{}", check.out);
        check.err
    };
    let wrong = error("kind = \"contains\"\nreply = \"drat\"");
    assert!(
        wrong.contains("did you mean `draft`?") && wrong.contains("its replies are draft, 2"),
        "{wrong}"
    );
    let latency = error("kind = \"latency\"\nmax_ms = 9\nreply = \"draft\"");
    assert!(
        latency.contains("wording.toml:17:") && latency.contains("those of all calls"),
        "{latency}"
    );
    place.write("t.j2", "{{ row.text }} {{ ask }}");
    let single = error(draft);
    assert!(single.contains("the model speaks once in it"), "{single}");
}

/// What is known of a trial when it has ended, without its times and its run.
fn ends(place: &Workspace) -> Vec<Value> {
    let kept = [
        "variant", "row_id", "sample", "output", "scores", "messages", "replies", "cost_usd",
    ];
    let mut ends: Vec<Value> = (trials(place).iter())
        .map(|trial| kept.iter().map(|key| trial[key].clone()).collect())
        .collect();
    ends.sort_by_key(Value::to_string);
    ends
}

/// Random numbers of turns per row, interrupted after each call once.
#[test]
fn interrupted_after_any_call_a_resumed_run_ends_in_the_same_trials() {
    let runtime = Runtime::new().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut rows = String::new();
    for n in 0..3 {
        let turns: Vec<String> = (0..rng.random_range(2..=3))
            .map(|t| format!("{n}.{t}"))
            .collect();
        rows += &json!({"text": n, "turns": turns, "label": format!("{n}.0")}).to_string();
        rows.push('\n');
    }
    let prepare = |server: &DemoServer| {
        let place = place(&server.base_url());
        place.write(
            "t.j2",
            "{% for turn in row.turns %}{{ role('user') }}{{ turn }}{{ reply() }}{% endfor %}{{ ask }} {{ replies[0] }}",
        );
        place.write("d.jsonl", &rows);
        place
    };
    let server = recording(&runtime, "");
    let place = prepare(&server);
    assert_eq!(place.run(&["run"]).code, 0);
    let (whole, calls) = (ends(&place), server.requests());
    assert!(whole.len() == 6 && calls > 9, "{calls}: {whole:?}");
    for at in 1..calls {
        let server = recording(&runtime, "");
        let place = prepare(&server);
        let cut = place.run(&["run", "--budget-calls", &at.to_string()]);
        assert_eq!((cut.code, server.requests()), (1, at), "{}", cut.err);
        let cut = ends(&place);
        assert!(
            cut.len() < whole.len(),
            "after call {at} of {calls}: {cut:?}"
        );
        let resumed = place.run(&["run", "--resume"]);
        assert_eq!(resumed.code, 0, "{}", resumed.err);
        assert_eq!(ends(&place), whole, "interrupted after call {at}");
        assert_eq!(server.requests(), calls, "interrupted after call {at}");
        assert!(sent_bodies(&server).values().all(|n| *n == 1));
    }
}

/// Turns from the row, a random number of kills, calls that others share: every answer that was kept is kept.
#[test]
fn kill_9_at_any_call_and_go_on() {
    const IN_FLIGHT: u64 = 3;
    let runtime = Runtime::new().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(24);
    for moment in 0..6 {
        let server = demo_server(&runtime, 6);
        let place = place(&server.base_url());
        let project = PROJECT.replace("URL", &server.base_url());
        let project = project.replace("max_in_flight = 4", &format!("max_in_flight = {IN_FLIGHT}"));
        place.write("wording.toml", &project);
        place.write(
            "t.j2",
            "{% for turn in row.turns %}{{ role('user') }}{{ turn }}{{ reply() }}{% endfor %}{{ ask }} {{ replies[0] }}",
        );
        let mut rows = String::new();
        let mut calls = 0;
        for n in 0..ROWS {
            let turns: Vec<String> = (0..rng.random_range(1..=4))
                .map(|t| format!("{n}.{t}"))
                .collect();
            // The turns before the last text are the same for both wordings.
            calls += turns.len() as u64 + 2;
            rows += &json!({"text": n, "turns": turns, "label": format!("{n}.0")}).to_string();
            rows.push('\n');
        }
        place.write("d.jsonl", &rows);
        let at = rng.random_range(1..calls - 4);
        let mut command = place.command(&["run", "--format", "json"]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until_requests(&runtime, &server, at);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(integrity(&place), "ok", "moment {moment}");
        let before = server.requests();
        let resumed = place.run(&["run", "--format", "json", "--resume"]);
        assert_eq!(resumed.code, 0, "{}", resumed.err);
        let said = resumed.json();
        assert_eq!(said["trials"]["completed"], 2 * ROWS, "{said}");
        assert_eq!(said["variants"][0]["score"], 1.0, "{said}");
        // Sent again is at most what was in flight or not yet written when it was killed.
        let twice = server.requests() - calls;
        assert!(
            twice <= 3 * IN_FLIGHT,
            "moment {moment}: {twice} of {before} sent twice"
        );
    }
}

#[test]
fn what_does_not_fit_a_conversation_says_so() {
    let place = place("http://127.0.0.1:9/v1");
    let error = |template: &str| {
        place.write("t.j2", template);
        let said = place.run(&["check"]);
        assert_eq!(said.code, 2, "{}", said.out);
        said.err
    };
    let looped = error(
        "{{ ask }}{{ reply('a') }}\n{% for word in replies.a.split() %}\n{{ word }}{{ reply() }}\n{% endfor %}",
    );
    assert!(
        looped.contains("t.j2:3:") && looped.contains("how often the model speaks"),
        "{looped}"
    );
    assert!(looped.contains("loop over a list of the row"), "{looped}");
    let many = error("{% for n in range(100) %}{{ ask }}{{ n }}{{ reply() }}{% endfor %}");
    assert!(
        many.contains("more than 64 replies") && many.contains("t.j2:1:"),
        "{many}"
    );
    let twice = error("{{ ask }}{{ reply('a') }}{{ ask }}{{ reply('a') }}");
    assert!(twice.contains("two replies are called `a`"), "{twice}");
    let early = error("{{ ask }}{{ replies.a }}{{ reply('a') }}");
    assert!(early.contains("t.j2:1:"), "{early}");
    let first = error("{{ reply() }}{{ ask }}");
    assert!(
        first.contains("nothing that the reply `1` could answer"),
        "{first}"
    );
    place.write("t.j2", TEMPLATE);
    for policy in ["--race", "--estimate", "--spread"] {
        let race = place.run(&["run", policy, "40"]);
        assert_eq!(race.code, 2, "{}", race.out);
        assert!(
            race.err.contains("is a conversation of several"),
            "{}",
            race.err
        );
    }
    place.write("more.jsonl", "{\"text\": \"more\", \"label\": \"more\"}\n");
    let tune = place.run(&[
        "tune",
        "export",
        "--data",
        "more.jsonl",
        "-o",
        "train.jsonl",
    ]);
    assert_eq!(tune.code, 2, "{}", tune.out);
    assert!(tune.err.contains("is a conversation"), "{}", tune.err);
    let batch = place.run(&["batch", "export", "-o", "out"]);
    assert_eq!(batch.code, 2, "{}", batch.out);
    assert!(
        batch.err.contains("is a conversation") && batch.err.contains("batch file"),
        "{}",
        batch.err
    );
}

/// Grades everything with the best grade, and notes that it was started.
#[cfg(unix)]
const JUDGE: &str = r#"echo started >> starts
while read -r line; do
    id=${line#'{"id":'}; id=${id%%,*}
    echo "{\"id\": $id, \"text\": \"{\\\"reason\\\": \\\"fine\\\", \\\"grade\\\": 5}\"}"
done
"#;

#[cfg(unix)]
#[test]
fn a_row_without_the_reply_counts_0_in_every_metric_and_judges_share_a_program() {
    let place = Workspace::empty();
    place.write(
        "t.j2",
        "{% for turn in row.turns %}{{ role('user') }}{{ turn }}{{ reply() }}{% endfor %}",
    );
    place.write(
        "d.jsonl",
        "{\"turns\": [\"a\", \"b\"], \"label\": \"b\"}\n{\"turns\": [\"b\"], \"label\": \"b\"}\n",
    );
    place.write("r.j2", "Grade {{ output }}.");
    place.write("app.sh", JUDGE);
    let judge = |name: &str, more: &str| {
        format!(
            "[[experiment.e.metric]]\nkind = \"judge\"\nname = \"{name}\"\nmodel = \"app/{name}\"\nrubric = \"r.j2\"\nscale = 5\n{more}"
        )
    };
    let project = [
        "[endpoint.app]\ncommand = [\"sh\", \"app.sh\"]\n[experiment.e]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/echo\"]\n",
        &judge("second", "reply = \"2\"\n"),
        &judge("last", ""),
        "[[experiment.e.metric]]\nkind = \"contains\"\nreply = \"2\"\n",
    ];
    place.write("wording.toml", &project.concat());
    let ran = place.run(&["run", "--allow-commands", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(place.read("starts"), "started\n");
    let trials = place.run(&["export", "--format", "jsonl"]);
    let scores: Vec<Value> = (trials.out.lines())
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["scores"].take())
        .collect();
    assert_eq!(
        scores,
        [
            json!({"second": 1.0, "last": 1.0, "contains": 1.0}),
            json!({"second": 0.0, "last": 1.0, "contains": 0.0}),
        ]
    );
}
