//! Scores for which somebody is asked: by a judge, by likeness, by a program; what they cost, and what becomes of them where
//! nobody answers.

use crate::support::{CommandOutput, Workspace, snapshot::check_filtered, until_requests};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use wording::demo::{DemoServer, DemoSpec, Script};

const GRADE: &str =
    "Grade the answer from 1 to {{ scale }}.\nExpected: {{ expected }}\nAnswer: {{ output }}";
const COMPARE: &str =
    "Which is better?\nExpected: {{ expected }}\nAnswer A: {{ first }}\nAnswer B: {{ second }}";

/// A judge, an embedder or both at an address of its own, so that what it is asked can be counted.
struct Other {
    runtime: Runtime,
    server: DemoServer,
}

impl Other {
    fn new(script: &str) -> Other {
        Other::slow(script, 0)
    }

    fn slow(script: &str, latency_ms: u64) -> Other {
        let runtime = Runtime::new().unwrap();
        let spec = DemoSpec {
            latency: std::time::Duration::from_millis(latency_ms),
            ..DemoSpec::default()
        };
        let script = Some(Script::parse(script).unwrap());
        let server = runtime
            .block_on(DemoServer::start_with(spec, script))
            .unwrap();
        Other { runtime, server }
    }

    fn requests(&self) -> u64 {
        self.server.requests()
    }

    /// What the judge was shown, request by request.
    fn prompts(&self) -> Vec<String> {
        let text = |body: &Value| body["messages"][0]["content"].as_str().unwrap().to_owned();
        self.server
            .recorded_requests()
            .iter()
            .map(|s| text(&s.body))
            .collect()
    }
}

/// A step of a script: the judge says this.
fn says(text: &str) -> String {
    let body = serde_json::json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]});
    format!("[[step]]\nbody = '{body}'\n")
}

/// Answers as they stand in the dataset: the stand-in repeats its prompt.
fn place(url: &str, templates: &[(&str, &str)], rows: &[(&str, &str)], metrics: &str) -> Workspace {
    let place = Workspace::empty();
    for (name, text) in templates {
        place.write(&format!("t/{name}.j2"), text);
    }
    let rows: String = rows
        .iter()
        .map(|(text, label)| serde_json::json!({"text": text, "label": label}).to_string() + "\n")
        .collect();
    place.write("d.jsonl", &rows);
    place.write("grade.j2", GRADE);
    place.write("compare.j2", COMPARE);
    place.write(
        "wording.toml",
        &format!(
            "[endpoint.j]\nbase_url = \"{url}\"\nmax_in_flight = 1\nretries = 0\n[experiment.a]\ntemplates = [\"t/*.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/echo\"]\n{metrics}"
        ),
    );
    place
}

const ECHO: (&str, &str) = ("echo", "{{ row.text }}");

fn ran(place: &Workspace, more: &[&str]) -> CommandOutput {
    let mut args = vec!["run", "--format", "json"];
    args.extend(more);
    place.run(&args)
}

fn report(place: &Workspace) -> Value {
    let said = place.run(&["report", "-o", "r.json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let report: Value = serde_json::from_str(&place.read("r.json")).unwrap();
    let schema = jsonschema::validator_for(&place.run(&["schema", "report"]).json()).unwrap();
    let wrong: Vec<String> = schema.iter_errors(&report).map(|e| e.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    report
}

/// What a report tells of the judge.
fn about_judge(report: &str) -> String {
    let mut paragraphs = report.split("\n\n");
    let judge = paragraphs.find(|paragraph| paragraph.contains("`judge`"));
    judge
        .unwrap_or_else(|| panic!("nothing on the judge in {report}"))
        .to_owned()
}

fn near(value: &Value, wanted: f64) {
    let found = value.as_f64().unwrap();
    assert!((found - wanted).abs() < 1e-6, "{found}, not {wanted}");
}

#[test]
fn a_judge_grades_on_its_scale_and_a_second_run_asks_nobody() {
    let judge = Other::new("");
    let metric = "[[experiment.a.metric]]\nkind = \"judge\"\nmodel = \"j/judge\"\nrubric = \"grade.j2\"\nscale = 3\nparams = { temperature = 0 }\n";
    let rows = [("a red cat", "a red cat"), ("dogs", "a red cat")];
    let place = place(&judge.server.base_url(), &[ECHO], &rows, metric);
    let said = ran(&place, &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    near(&said.json()["variants"][0]["score"], 0.5);
    assert_eq!(judge.requests(), 2);
    let shown = judge.prompts();
    assert!(
        shown.contains(&"Grade the answer from 1 to 3.\nExpected: a red cat\nAnswer: dogs".into()),
        "{shown:?}"
    );
    let body = &judge.server.recorded_requests()[0].body;
    assert_eq!(body["temperature"], 0);
    let again = ran(&place, &[]);
    assert_eq!(again.code, 0, "{}", again.err);
    let again = again.json();
    assert_eq!(again["trials"]["sent"], 0);
    near(&again["variants"][0]["score"], 0.5);
    assert_eq!(again["scoring"][0]["judge"]["reused"], 2);
    assert_eq!(judge.requests(), 2, "verdicts were paid for");
}

#[test]
fn a_judge_is_asked_for_json_unless_it_refuses_and_its_reason_is_shown() {
    let refusal = json!({"error": {"message": "response_format.type must be text"}});
    let refuses = format!("[[step]]\nstatus = 400\nbody = '{refusal}'\n");
    let reply = json!({"reason": "<b>names</b> the animal", "grade": 4});
    let script = refuses + &says(&reply.to_string());
    let judge = Other::new(&script);
    let metric = "[[experiment.a.metric]]\nkind = \"judge\"\nname = \"animal\"\nmodel = \"j/judge\"\nrubric = \"grade.j2\"\n";
    let rows = [("a red cat", "a red cat")];
    let place = place(&judge.server.base_url(), &[ECHO], &rows, metric);
    let said = ran(&place, &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let bodies: Vec<Value> = judge
        .server
        .recorded_requests()
        .iter()
        .map(|r| r.body.clone())
        .collect();
    let schema = &bodies[0]["response_format"]["json_schema"]["schema"];
    assert_eq!(schema["required"], json!(["reason", "grade"]));
    assert_eq!(bodies.len(), 2);
    assert!(bodies[1].get("response_format").is_none());
    // The refused form is the address of the verdict, so that another run finds it.
    assert_eq!(ran(&place, &[]).code, 0);
    assert_eq!(judge.requests(), 2);

    let line = "animal 0.75: <b>names</b> the animal";
    let csv = place.run(&["export", "--format", "csv"]).out;
    assert!(
        csv.lines().next().unwrap().ends_with(",judge") && csv.contains(line),
        "{csv}"
    );
    let trial: Value =
        serde_json::from_str(&place.run(&["export", "--format", "jsonl"]).out).unwrap();
    let opinion = json!([{"metric": "animal", "repeat": 0, "score": 0.75, "reason": "<b>names</b> the animal"}]);
    assert_eq!(trial["judge"], opinion);
    let whole = report(&place);
    assert_eq!(whole["rows"][0]["judge"]["echo"], json!([opinion]));
    for (name, shown) in [("r.html", "animal 0.75: &lt;b&gt;names"), ("r.csv", line)] {
        assert_eq!(place.run(&["report", "-o", name]).code, 0);
        assert!(place.read(name).contains(shown), "{name}");
        let private = format!("private-{name}");
        assert_eq!(
            place.run(&["report", "--no-outputs", "-o", &private]).code,
            0
        );
        assert!(!place.read(&private).contains("the animal"), "{name}");
    }
}

#[test]
fn what_a_judge_says_of_rules_is_kept() {
    let reply = json!({"reason": "names no animal", "pass": false, "score": 0.25});
    let judge = Other::new(&says(&reply.to_string()));
    let metric = "[[experiment.a.metric]]\nkind = \"assertions\"\ncolumn = \"label\"\njudge = \"j/judge\"\nrubric = \"rule.j2\"\n";
    let rules = r#"[{"type": "icontains", "value": "cat"}, {"type": "llm-rubric", "value": "names an animal"}]"#;
    let place = place(
        &judge.server.base_url(),
        &[ECHO],
        &[("a red cat", rules)],
        metric,
    );
    place.write("rule.j2", "Rule: {{ rubric }}\nAnswer: {{ output }}");
    let said = ran(&place, &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let trial: Value =
        serde_json::from_str(&place.run(&["export", "--format", "jsonl"]).out).unwrap();
    assert_eq!(
        trial["judge"],
        json!([{"metric": "assertions", "assertion": 1, "score": 0.25, "reason": "names no animal"}])
    );
    let csv = place.run(&["export", "--format", "csv"]).out;
    assert!(
        csv.contains("assertions 0.25, assertion 2: names no animal"),
        "{csv}"
    );
    // Rules of rows are not repeats of one question.
    assert!(
        report(&place)["scoring"][0]
            .get("judge")
            .is_none_or(Value::is_null)
    );
}

#[test]
fn a_stored_run_is_scored_by_a_new_metric_without_a_call_for_answers() {
    let judge = Other::new("");
    let exact = "[[experiment.a.metric]]\nkind = \"exact\"\n";
    let place = place(&judge.server.base_url(), &[ECHO], &[("x y", "x y")], exact);
    assert_eq!(ran(&place, &[]).code, 0);
    let added =
        "[[experiment.a.metric]]\nkind = \"judge\"\nmodel = \"j/judge\"\nrubric = \"grade.j2\"\n";
    place.write("wording.toml", &(place.read("wording.toml") + added));
    let said = ran(&place, &["--reuse", "yes"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let trials = &said.json()["trials"];
    assert_eq!((&trials["sent"], &trials["reused"]), (&0.into(), &1.into()));
    assert_eq!(judge.requests(), 1);
    near(&report(&place)["variants"][0]["metrics"]["judge"], 1.0);
    // The run from before was scored by other metrics.
    let runs = place.run(&["runs", "--format", "json"]).out;
    let ids: Vec<String> = runs
        .lines()
        .filter_map(|line| {
            let at = line.find("r-")?;
            Some(line[at..at + 12].to_owned())
        })
        .collect();
    let said = ran(&place, &["--resume", ids.last().unwrap()]);
    assert_eq!(said.code, 2);
    said.check_err("cli/scoring-metrics-changed");
}

#[test]
fn two_answers_are_compared_both_ways_round() {
    let judge = Other::new("");
    let metric = "baseline = \"full\"\n[[experiment.a.metric]]\nkind = \"judge\"\nmodel = \"j/judge\"\nrubric = \"compare.j2\"\npairwise = true\n";
    let templates = [
        ("full", "{{ row.text }}"),
        ("less", "{{ row.text.split(' ')[0] }}"),
        ("same", "{{ row.text }}"),
    ];
    let rows = [("one two three four", "one two three four")];
    let place = place(&judge.server.base_url(), &templates, &rows, metric);
    let said = ran(&place, &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let json = said.json();
    let scores: Vec<f64> = json["variants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["score"].as_f64().unwrap())
        .collect();
    assert_eq!(scores, [0.5, 0.0, 0.5], "the baseline ties with itself");
    let shown = judge.prompts();
    assert_eq!(shown.len(), 2, "equal answers are a tie without a question");
    let order = |first: &str, second: &str| {
        format!(
            "Which is better?\nExpected: one two three four\nAnswer A: {first}\nAnswer B: {second}"
        )
    };
    assert!(
        shown.contains(&order("one", "one two three four")),
        "{shown:?}"
    );
    assert!(
        shown.contains(&order("one two three four", "one")),
        "{shown:?}"
    );
    near(&json["scoring"][0]["judge"]["both_ways"]["value"], 1.0);
    near(&json["scoring"][0]["judge"]["first"]["value"], 0.5);
}

#[test]
fn a_judge_that_names_the_first_whatever_it_is_makes_a_tie_and_is_found_out() {
    let judge = Other::new(&format!("loop = true\n{}", says("[[A]]")));
    let metric = "baseline = \"full\"\n[[experiment.a.metric]]\nkind = \"judge\"\nmodel = \"j/judge\"\nrubric = \"compare.j2\"\npairwise = true\n";
    let templates = [("full", "{{ row.text }}"), ("less", "{{ row.text[0] }}")];
    let rows: Vec<(String, String)> = (0..12)
        .map(|i| (format!("word {i}"), format!("word {i}")))
        .collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let place = place(&judge.server.base_url(), &templates, &rows, metric);
    let json = ran(&place, &[]).json();
    near(&json["variants"][1]["score"], 0.5);
    let of = &json["scoring"][0]["judge"];
    near(&of["both_ways"]["value"], 0.0);
    near(&of["first"]["value"], 1.0);
    let human = place.run(&["report"]);
    check_filtered("cli/scoring-judge-prefers-first", &about_judge(&human.out));
}

#[test]
fn repeats_show_how_far_a_judge_agrees_with_itself() {
    let script = says("Grade: 5") + &says("Grade: 5") + &says("Grade: 3");
    let judge = Other::new(&script);
    let metric = "[[experiment.a.metric]]\nkind = \"judge\"\nmodel = \"j/judge\"\nrubric = \"grade.j2\"\nrepeats = 3\n";
    let place = place(&judge.server.base_url(), &[ECHO], &[("x", "x")], metric);
    let said = ran(&place, &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let json = said.json();
    near(&json["variants"][0]["score"], (1.0 + 1.0 + 0.5) / 3.0);
    let of = &json["scoring"][0]["judge"];
    assert_eq!((&of["verdicts"], &of["unreadable"]), (&3.into(), &0.into()));
    near(&of["itself"]["value"], 1.0 / 3.0);
    let human = place.run(&["report"]).out;
    assert!(human.contains("33 %"), "{human}");
    check_filtered("cli/scoring-judge-repeats", &about_judge(&human));
}

#[test]
fn a_verdict_that_cannot_be_read_is_counted_and_is_no_zero() {
    let script = says("Grade: 5") + &says("I cannot say.");
    let judge = Other::new(&script);
    let metric =
        "[[experiment.a.metric]]\nkind = \"judge\"\nmodel = \"j/judge\"\nrubric = \"grade.j2\"\n";
    let rows = [("x", "x"), ("y", "y")];
    let place = place(&judge.server.base_url(), &[ECHO], &rows, metric);
    let said = ran(&place, &[]);
    assert_eq!(said.code, 1, "a score is missing: {}", said.err);
    assert!(said.err.contains("`judge`"), "{}", said.err);
    said.check_err("cli/scoring-unreadable-verdict");
    let json = said.json();
    near(&json["variants"][0]["score"], 1.0);
    assert_eq!(json["variants"][0]["unscored"], 1);
    assert_eq!(json["variants"][0]["n"], 1);
    assert_eq!(json["scoring"][0]["judge"]["unreadable"], 1);
    assert_eq!(json["scoring"][0]["missing"], 1);
}

#[test]
fn a_judge_has_a_budget_of_its_own_and_a_resumed_run_asks_the_rest() {
    let judge = Other::new("");
    let metric = "[[experiment.a.metric]]\nkind = \"judge\"\nmodel = \"j/judge\"\nrubric = \"grade.j2\"\nbudget = { calls = 2 }\n";
    let rows = [("a", "a"), ("b", "b"), ("c", "c"), ("d", "d")];
    let place = place(&judge.server.base_url(), &[ECHO], &rows, metric);
    let said = ran(&place, &["--budget-calls", "4"]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains("j/judge"), "{}", said.err);
    said.check_err("cli/scoring-judge-budget");
    let json = said.json();
    assert_eq!(
        json["trials"]["completed"], 4,
        "answers have their own budget"
    );
    assert_eq!(json["variants"][0]["n"], 2);
    assert_eq!(judge.requests(), 2);
    let text = place.read("wording.toml").replace("calls = 2", "calls = 9");
    place.write("wording.toml", &text);
    let said = ran(&place, &["--resume", "latest"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let json = said.json();
    assert_eq!(json["variants"][0]["n"], 4);
    assert_eq!(json["trials"]["sent"], 4, "no answer was asked for again");
    assert_eq!(json["scoring"][0]["missing"], 0);
    assert_eq!(judge.requests(), 4);
}

#[test]
fn a_capped_run_has_the_answers_that_it_got_scored() {
    let judge = Other::new("");
    let metric =
        "[[experiment.a.metric]]\nkind = \"judge\"\nmodel = \"j/judge\"\nrubric = \"grade.j2\"\n";
    let rows = [("a", "a"), ("b", "b"), ("c", "c")];
    let place = place(&judge.server.base_url(), &[ECHO], &rows, metric);
    let said = ran(&place, &["--budget-calls", "2"]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert_eq!(said.json()["variants"][0]["n"], 2);
    assert_eq!(judge.requests(), 2);
}

#[test]
fn a_judge_that_is_not_there_costs_scores_and_no_answer() {
    let metric = "[[experiment.a.metric]]\nkind = \"exact\"\n[[experiment.a.metric]]\nkind = \"judge\"\nmodel = \"j/judge\"\nrubric = \"grade.j2\"\n";
    let rows = [("a", "a"), ("b", "b")];
    let place = place("http://127.0.0.1:9/v1", &[ECHO], &rows, metric);
    let said = ran(&place, &[]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains("127.0.0.1:9"), "{}", said.err);
    said.check_err("cli/scoring-judge-unreachable");
    let json = said.json();
    near(&json["variants"][0]["score"], 1.0);
    assert_eq!(json["trials"]["completed"], 2);
    let report = report(&place);
    assert!(report["variants"][0]["metrics"].get("judge").is_none());
    assert_eq!(report["scoring"][0]["missing"], 2);
    let lines = place.run(&["export", "--format", "jsonl"]).out;
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert!(
        first["scores"]["judge"].is_null() && first["scores"]["exact"] == 1.0,
        "{first}"
    );
    // Now it is there.
    let judge = Other::new("");
    let text = place
        .read("wording.toml")
        .replace("http://127.0.0.1:9/v1", &judge.server.base_url());
    place.write("wording.toml", &text);
    let said = ran(&place, &["--resume", "latest"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.json()["trials"]["sent"], 2);
    assert_eq!(judge.requests(), 2);
}

#[test]
fn several_metrics_are_weighed_and_held_against_thresholds() {
    let other = Other::new("");
    let metrics = "[[experiment.a.metric]]\nkind = \"similarity\"\nmodel = \"j/embed\"\nthreshold = 0.6\nweight = 2\n[[experiment.a.metric]]\nkind = \"exact\"\n[[experiment.a.metric]]\nkind = \"judge\"\nmodel = \"j/judge\"\nrubric = \"grade.j2\"\nparams = { temperature = 0 }\n";
    let rows = [("a b c", "a b c"), ("a b", "a b c"), ("z", "a b c")];
    let place = place(&other.server.base_url(), &[ECHO], &rows, metrics);
    let said = ran(&place, &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    // a b against a b c: the cosine is 2/√6, over the threshold, so that two rows are correct; the grade 1 + round(0.8 · 4) = 4.
    let similarity = (1.0 + 2.0 / 6f64.sqrt()) / 3.0;
    let variant = said.json()["variants"][0].clone();
    near(&variant["score"], similarity);
    assert_eq!(
        (&variant["threshold"], &variant["cells"]["correct"]),
        (&json!(0.6), &json!(2))
    );
    let report = report(&place);
    let means = &report["variants"][0]["metrics"];
    near(&means["similarity"], similarity);
    near(&means["exact"], 1.0 / 3.0);
    near(&means["judge"], (1.0 + 0.75) / 3.0);
    near(
        &means["total"],
        (2.0 * similarity + 1.0 / 3.0 + 1.75 / 3.0) / 4.0,
    );
    // Three questions to the judge, and all texts, of which one is twice, in one request.
    assert_eq!(other.requests(), 4);
    let before = other.requests();
    assert_eq!(ran(&place, &[]).code, 0);
    assert_eq!(other.requests(), before, "embeddings and verdicts are kept");
}

#[test]
fn likeness_is_the_cosine_and_an_endpoint_that_does_not_embed_is_asked_once() {
    let embeds = Other::new("");
    let metric = "[[experiment.a.metric]]\nkind = \"similarity\"\nmodel = \"j/embed\"\n";
    let rows = [("a b", "a b c"), ("x", "x")];
    let first = place(&embeds.server.base_url(), &[ECHO], &rows, metric);
    let said = ran(&first, &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    near(
        &said.json()["variants"][0]["score"],
        (2.0 / 6f64.sqrt() + 1.0) / 2.0,
    );
    let second = place("http://127.0.0.1:9/v1", &[ECHO], &rows, metric);
    let said = ran(&second, &[]);
    assert_eq!(said.code, 1, "{}", said.err);
    let json = said.json();
    assert_eq!(json["variants"][0]["unscored"], 2);
    assert!(json["variants"][0].get("score").is_none(), "never a 0");
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_while_it_is_scored_loses_and_doubles_nothing() {
    use std::process::Stdio;
    let judge = Other::slow("", 40);
    let metric = "[[experiment.a.metric]]\nkind = \"judge\"\nmodel = \"j/judge\"\nrubric = \"grade.j2\"\nparams = { temperature = 0 }\n";
    let rows: Vec<(String, String)> = (0..24)
        .map(|i| (format!("w{i}"), format!("w{i}")))
        .collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let place = place(&judge.server.base_url(), &[ECHO], &rows, metric);
    let mut child = place
        .command(&["run", "-q"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until_requests(&judge.runtime, &judge.server, 8);
    child.kill().unwrap();
    child.wait().unwrap();
    let before = judge.requests();
    assert!(before < 24, "killed in the middle");
    let said = ran(&place, &["--resume", "latest"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let json = said.json();
    assert_eq!(json["variants"][0]["n"], 24);
    near(&json["variants"][0]["score"], 1.0);
    assert_eq!(json["trials"]["sent"], 24, "answers were all there");
    assert_eq!(json["scoring"][0]["judge"]["verdicts"], 24);
    // One question was on its way, and one verdict may have come and not been written: no more is asked for again.
    assert!(judge.requests() <= 26, "{} requests", judge.requests());
}

#[cfg(unix)]
#[test]
fn a_program_scores_line_by_line_and_its_crash_is_its_own() {
    let metric = "[[experiment.a.metric]]\nkind = \"command\"\ncommand = [\"sh\", \"score.sh\"]\n";
    let rows = [
        ("good", "x"),
        ("crash", "x"),
        ("bad", "x"),
        ("good too", "x"),
    ];
    let place = place("http://127.0.0.1:9/v1", &[ECHO], &rows, metric);
    place.write(
        "score.sh",
        "echo started >> starts\nwhile read -r line; do echo \"$line\" >> seen; case \"$line\" in *'\"output\":\"crash\"'*) echo 'ZeroDivisionError: in line 7' >&2; exit 3;; *good*) echo '{\"score\": 1, \"answer\": \"good\"}';; *) echo '{\"score\": 0.25}';; esac; done\n",
    );
    // One call at a time, so that others are scored after the crash.
    let said = ran(
        &place,
        &[
            "--log",
            "log.jsonl",
            "--allow-commands",
            "--max-in-flight",
            "1",
        ],
    );
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(
        said.err.contains("exit status: 3") && said.err.contains("ZeroDivisionError: in line 7"),
        "{}",
        said.err
    );
    said.check_err("cli/scoring-program-crashes");
    let json = said.json();
    near(&json["variants"][0]["score"], 0.75);
    assert_eq!(
        (&json["variants"][0]["n"], &json["variants"][0]["unscored"]),
        (&3.into(), &1.into())
    );
    // Answers are scored in any order: the crash may come last.
    let seen = place.read("seen");
    let is_last = seen
        .lines()
        .last()
        .is_some_and(|line| line.contains("\"output\":\"crash\""));
    assert_eq!(
        place.read("starts").lines().count(),
        2 - usize::from(is_last),
        "one process, and one for what comes after the crash"
    );
    let log = place.read("log.jsonl");
    assert!(
        log.lines()
            .any(|l| l.contains("program_said") && l.contains("ZeroDivisionError")),
        "{log}"
    );
    // Repaired, it is asked about that one answer alone.
    place.write(
        "score.sh",
        "while read -r line; do echo \"$line\" >> asked; echo 0.5; done\n",
    );
    let said = ran(&place, &["--resume", "latest"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let asked = place.read("asked");
    assert_eq!(asked.lines().count(), 1);
    let asked: Value = serde_json::from_str(&asked).unwrap();
    assert_eq!(
        (
            &asked["output"],
            &asked["expected"],
            &asked["row"]["text"],
            &asked["variant"]
        ),
        (
            &"crash".into(),
            &"x".into(),
            &"crash".into(),
            &"echo".into()
        )
    );
}

#[cfg(unix)]
#[test]
fn a_program_that_hangs_or_is_not_there_ends_no_run() {
    let metric = "[[experiment.a.metric]]\nkind = \"exact\"\n[[experiment.a.metric]]\nkind = \"command\"\ncommand = [\"sh\", \"-c\", \"echo x >> starts; read line; echo thinking >&2; sleep 600\"]\ntimeout = \"200ms\"\n";
    let rows: Vec<(String, String)> = (0..20)
        .map(|i| (format!("w{i}"), format!("w{i}")))
        .collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let hangs = place("http://127.0.0.1:9/v1", &[ECHO], &rows, metric);
    let said = ran(&hangs, &["--allow-commands"]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(
        said.err.contains("200ms") && said.err.contains("thinking"),
        "{}",
        said.err
    );
    let json = said.json();
    near(&json["variants"][0]["score"], 1.0);
    assert_eq!(json["scoring"][0]["missing"], 20);
    let starts = hangs.read("starts").lines().count();
    assert_eq!(starts, 3, "after three failures it is not started again");
    let text = hangs.read("wording.toml").replace(
        "\"sh\", \"-c\", \"echo x >> starts; read line; echo thinking >&2; sleep 600\"",
        "\"no-such-program\"",
    );
    hangs.write("wording.toml", &text);
    let said = ran(&hangs, &["--resume", "latest", "--allow-commands"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("`no-such-program`"), "{}", said.err);
    said.check_err("cli/scoring-no-program");
}

#[test]
fn what_is_wrong_with_such_a_metric_is_said_before_anything_is_sent() {
    let rows = [("a", "a")];
    let mut errors = Vec::new();
    for (metric, wrong) in [
        (
            "kind = \"judge\"\nmodel = \"nobody/x\"\nrubric = \"grade.j2\"",
            "`nobody`",
        ),
        (
            "kind = \"judge\"\nmodel = \"j/x\"\nrubric = \"none.j2\"",
            "`none.j2`",
        ),
        (
            "kind = \"judge\"\nmodel = \"j/x\"\nrubric = \"compare.j2\"",
            "{{ output }}",
        ),
        (
            "kind = \"judge\"\nmodel = \"j/x\"\nrubric = \"grade.j2\"\npairwise = true",
            "{{ first }}",
        ),
        (
            "kind = \"judge\"\nmodel = \"j/x\"\nrubric = \"bad.j2\"",
            "bad.j2:1:",
        ),
        (
            "kind = \"judge\"\nmodel = \"j/x\"\nrubric = \"grade.j2\"\nrepeat = 3",
            "`repeats`",
        ),
        ("kind = \"command\"", "command"),
        ("kind = \"command\"\ncommand = []", "command"),
    ] {
        let metric = format!("[[experiment.a.metric]]\n{metric}\n");
        let place = place("http://127.0.0.1:9/v1", &[ECHO], &rows, &metric);
        place.write("bad.j2", "{{ output }} {{ row.nothing }}");
        let said = ran(&place, &[]);
        assert_eq!(said.code, 2, "{metric}: {}", said.err);
        assert!(said.err.contains(wrong), "{metric}: {}", said.err);
        errors.push(said.errors());
    }
    check_filtered("cli/scoring-wrong-metrics", &errors.join("\n"));
}
