//! `wording score`: outputs made elsewhere are scored, compared and explained, and nothing is sent.

use crate::support::{Workspace, snapshot::check_filtered};

const ROWS: &str = concat!(
    r#"{"id": "a", "q": "Is it good?", "label": "yes", "plain": "Yes.", "long": "<think>no?</think>The answer is: yes"}"#,
    "\n",
    r#"{"id": "b", "q": "Is it bad?", "label": "no", "plain": "yes", "long": "I would say **no**."}"#,
    "\n",
    r#"{"id": "c", "q": "Is it new?", "label": "no", "plain": "Perhaps.", "long": "no"}"#,
    "\n",
    r#"{"id": "d", "q": "Is it old?", "label": "yes", "plain": null, "long": ""}"#,
    "\n",
);

const LABELS: [&str; 10] = [
    "score", "o.jsonl", "--answer", "label", "--id", "id", "--labels", "yes,no", "--output",
    "plain",
];

fn folder() -> Workspace {
    let place = Workspace::empty();
    place.write("o.jsonl", ROWS);
    place
}

#[test]
fn outputs_are_scored_and_columns_are_compared() {
    let place = folder();
    let said = place.run(&[&LABELS[..], &["--output", "long"]].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    check_filtered("cli/score", &said.transcript());
    let said = place.run(&[&LABELS[..], &["--output", "long", "--format", "json"]].concat());
    let json = said.json();
    let cells = |v: usize| json["variants"][v]["cells"].to_string();
    assert_eq!(json["variants"][1]["score"], 0.75);
    assert!(cells(0).contains("\"correct\":1"), "{}", cells(0));
    assert!(cells(0).contains("\"unreadable\":1"), "{}", cells(0));
    assert_eq!(json["trials"]["sent"], 0);
    // Nothing is left behind.
    let files: Vec<_> = std::fs::read_dir(place.path()).unwrap().collect();
    assert_eq!(files.len(), 1);
}

#[test]
fn each_reading_is_explained() {
    let place = folder();
    let typed = [
        "score",
        "o.jsonl",
        "--answer",
        "label",
        "--id",
        "id",
        "--kind",
        "regex",
        "--metric",
        r"pattern=(?i)\b(yes|no)\b",
        "--explain",
        "--output",
        "plain",
    ];
    let said = place.run(&[&typed[..], &["--output", "long"]].concat());
    assert!(said.out.contains("⟦Yes⟧."), "{}", said.out);
    assert!(said.out.contains("**⟦no⟧**"), "{}", said.out);
    check_filtered("cli/score-explain", &said.transcript());
    let said = place.run(&[&typed[..], &["--format", "json"]].concat());
    let lines: Vec<serde_json::Value> = said
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["metrics"][0]["read"], "Yes");
    assert_eq!(lines[0]["metrics"][0]["span"], serde_json::json!([0, 3]));
    assert_eq!(lines[2]["metrics"][0]["unreadable"], "absent");
}

#[test]
fn reports_gates_and_stores_work_as_for_a_run() {
    let place = folder();
    let more = [
        "--output",
        "long",
        "-o",
        "r.html",
        "--gate",
        "score >= 90%",
        "--store",
        "kept/s.db",
    ];
    let said = place.run(&[&LABELS[..], &more].concat());
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains("does not hold"), "{}", said.err);
    let page = place.read("r.html");
    assert!(
        page.contains("Is it good?") && page.contains("I would say"),
        "{page}"
    );
    assert!(page.contains("I would say **<mark>no</mark>**"), "{page}");
    let said = place.run(&["report", "--store", "kept/s.db"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("outputs/o.jsonl"), "{}", said.out);
}

#[test]
fn every_form_is_read_and_the_metrics_of_a_project_are_used() {
    let place = Workspace::sample();
    place.write(
        "answers.csv",
        "text,label,out\nFine.,positive,Positive.\nBad.,negative,\"Not positive: **negative**\"\n",
    );
    let typed = [
        "score",
        "answers.csv",
        "--output",
        "out",
        "--answer",
        "label",
    ];
    let said = place.run(
        &[
            &typed[..],
            &["-e", "sentiment", "--slices", "label", "-o", "r.json"],
        ]
        .concat(),
    );
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.contains("out: 2 correct, 0 wrong, 0 unreadable"),
        "{}",
        said.out
    );
    let report: serde_json::Value = serde_json::from_str(&place.read("r.json")).unwrap();
    assert_eq!(report["variants"][0]["score"], 1.0);
    assert_eq!(report["rows"][1]["answers"]["out"][0]["answer"], "negative");
}

#[test]
fn what_cannot_be_scored_is_refused() {
    let place = folder();
    let mut all = String::new();
    for args in [
        &["score", "o.jsonl", "--output", "plane", "--answer", "label"][..],
        &["score", "o.jsonl", "--output", "plain"],
        &["score", "o.jsonl", "--output", "plain", "--kind", "numbr"],
        &[
            "score",
            "o.jsonl",
            "--output",
            "plain",
            "--kind",
            "number",
            "--metric",
            "tolerence=1",
        ],
        &[
            "score",
            "o.jsonl",
            "--output",
            "plain",
            "--kind",
            "command",
            "--metric",
            "command=cat",
        ],
        &[
            "score",
            "o.jsonl",
            "--output",
            "plain",
            "--metric",
            "tolerance",
        ],
        &["score", "o.jsonl"],
    ] {
        let said = place.run(args);
        assert_eq!(said.code, 2, "{}", said.out);
        all += &said.transcript();
    }
    check_filtered("cli/score-refused", &all);
}

#[test]
fn an_experiment_names_existing_outputs() {
    let place = folder();
    let project = |outputs: &str| {
        place.write(
            "wording.toml",
            &format!(
                "[experiment.support]\ndataset = \"o.jsonl\"\nanswer = \"label\"\nid = \"id\"\n{outputs}\n\
                 [[experiment.support.metric]]\nkind = \"label\"\nlabels = [\"yes\", \"no\"]\n"
            ),
        );
    };
    project("outputs = { short = \"plain\", long = \"long\" }\nbaseline = \"long\"");
    let said = place.run(&["check"]);
    assert_eq!(said.code, 0, "{}", said.err);
    check_filtered("cli/score-outputs-check", &said.transcript());

    let gate = [
        "run",
        "support",
        "--format",
        "json",
        "--gate",
        "score(long) >= 75%",
    ];
    let said = place.run(&gate);
    let json = said.json();
    assert_eq!(json["variants"][1]["score"], 0.75);
    assert_eq!(json["variants"][1]["name"], "long");
    assert_eq!(json["trials"]["sent"], 0);
    // The run is kept: it is reported and compared like any other.
    let report = place.run(&["report", "latest", "--format", "json"]).json();
    assert_eq!(report["variants"][1]["score"], 0.75);
    let diff = place.run(&["diff", "latest/short", "latest/long", "--format", "json"]);
    assert_eq!(diff.code, 0, "{}", diff.err);
    // The file is not needed to try the metric.
    let said = place.run(&["score", "-e", "support", "--explain", "--format", "json"]);
    assert_eq!(said.out.lines().count(), 7, "{}", said.err);

    for (name, outputs) in [
        ("no-column", "outputs = { short = \"plian\" }"),
        ("empty", "outputs = {}"),
        (
            "beside",
            "outputs = { short = \"plain\" }\nmodels = [\"demo/icl\"]",
        ),
        (
            "baseline",
            "outputs = { short = \"plain\" }\nbaseline = \"shrot\"",
        ),
    ] {
        project(outputs);
        let said = place.run(&["check"]);
        assert_eq!(said.code, 2, "{name}");
        check_filtered(&format!("cli/score-outputs-{name}"), &said.transcript());
    }
    project("outputs = { short = \"plain\" }");
    let said = place.run(&["render", "support"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("`wording run support`"), "{}", said.err);
}

#[test]
fn the_delimiter_of_a_table_can_be_set() {
    let place = Workspace::empty();
    // Detection takes the comma: every record has as many of them.
    place.write(
        "o.csv",
        "id^label,x^plain\na^yes,1^Yes.\nb^no,2^\"no\nway\"\nc^no^3^yes\n",
    );
    let typed = [
        "score",
        "o.csv",
        "--output",
        "plain",
        "--answer",
        "label,x",
        "--delimiter",
        "^",
    ];
    let said = place.run(&typed);
    assert_eq!(said.code, 2);
    // The record before goes over two lines.
    assert!(said.err.contains("o.csv:5"), "{}", said.err);
    assert!(said.err.contains("4 fields"), "{}", said.err);
    let said = place.run(&["data", "o.csv", "--delimiter", "ab"]);
    assert!(said.err.contains("one ASCII character"), "{}", said.err);

    place.write("o.csv", "id^label,x^plain\na^yes^Yes.\n");
    assert_eq!(place.run(&typed).code, 0);
    place.write(
        "wording.toml",
        "[experiment.e]\ndataset = \"o.csv\"\nanswer = \"label,x\"\ndelimiter = \"^\"\noutputs = { plain = \"plain\" }\n",
    );
    let json = place.run(&["run", "e", "--format", "json"]).json();
    assert_eq!(json["variants"][0]["score"], 1.0);
}
