//! `wording check` says what in a wording is likely not meant: each rule with its place, each silenced by its name.

use crate::support::{Workspace, snapshot::check_filtered};
use serde_json::Value;

const PROJECT: &str = "[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/icl\"]\n\
    [[experiment.a.metric]]\nkind = \"label\"\nlabels = [\"positive\", \"negative\"]\n";
const GOOD: &str = "Is it positive or negative?\n{{ row.text }}";

/// Six rows, each with `more` in it.
fn rows(more: &str) -> String {
    (0..6)
        .map(|i| {
            let label = if i % 2 == 0 { "positive" } else { "negative" };
            format!("{{\"text\": \"row  {i}\", \"label\": \"{label}\"{more}}}\n")
        })
        .collect()
}

fn place(template: &str, files: &[(&str, String)]) -> Workspace {
    let place = Workspace::empty();
    place.write("wording.toml", PROJECT);
    place.write("d.jsonl", &rows(""));
    place.write("t.j2", template);
    for (name, text) in files {
        place.write(name, text);
    }
    place
}

fn warnings(place: &Workspace) -> Vec<Value> {
    let said = place.run(&["check", "--format", "json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    said.json()[0]["warnings"].as_array().unwrap().clone()
}

/// The rule warns, with these names, at this place; and does not where the front matter silences it. Returns the warning.
#[track_caller]
fn warns(rule: &str, template: &str, files: &[(&str, String)], names: &str, at: &str) -> String {
    let found = warnings(&place(template, files));
    let one = found
        .iter()
        .find(|w| w["rule"] == rule && w["message"].as_str().unwrap().contains(names))
        .unwrap_or_else(|| panic!("no {rule} with {names:?} in {found:#?}"));
    assert_eq!(one["place"].as_str().unwrap_or(""), at, "{one}");
    let silenced = match template.strip_prefix("+++\n") {
        Some(rest) => format!("+++\nsilence = [\"{rule}\"]\n{rest}"),
        None => format!("+++\nsilence = [\"{rule}\"]\n+++\n{template}"),
    };
    let left = warnings(&place(&silenced, files));
    assert!(left.iter().all(|w| w["rule"] != rule), "{left:#?}");
    format!("{rule}: {}\n", one["message"].as_str().unwrap())
}

fn with_shots() -> [(&'static str, String); 2] {
    let project = PROJECT.replace("models", "shots = \"s.jsonl\"\nmodels");
    [
        ("wording.toml", project),
        (
            "s.jsonl",
            "{\"text\": \"fine\", \"label\": \"positive\"}\n".repeat(2),
        ),
    ]
}

#[test]
fn a_good_wording_is_not_warned_of() {
    assert_eq!(warnings(&place(GOOD, &[])), Vec::<Value>::new());
    let shots = "Is it positive or negative?\n\n{% for shot in shots %}\nReview: {{ shot.text }}\nAnswer: {{ shot.label }}\n\n{% endfor %}\nReview: {{ row.text }}\nAnswer:";
    assert_eq!(warnings(&place(shots, &with_shots())), Vec::<Value>::new());
    let fields = "+++\n[axes]\nformat = [{ name = \"plain\" }, { name = \"dash\", separator = \" - \", joiner = \"; \" }]\n+++\n\
        Is it positive or negative?\n\n{% for shot in shots %}\n{{ field(\"Review\", shot.text) }}\n{{ field(\"Feeling\", shot.label) }}\n\n\
        {% endfor %}\n{{ field(\"Review\", row.text) }}\n{{ field(\"Feeling\", \"\") }}";
    assert_eq!(warnings(&place(fields, &with_shots())), Vec::<Value>::new());
}

#[test]
fn the_room_for_answers() {
    let cramped = |labels: &str, tokens: u32| {
        let project = PROJECT
            .replace(
                "models",
                &format!("params = {{ max_tokens = {tokens} }}\nmodels"),
            )
            .replace("\"positive\", \"negative\"", labels);
        place(GOOD, &[("wording.toml", project)])
    };
    let long = "\"positive\", \"negative\", \"neither positive nor negative\"";
    let of_rule = |place: &Workspace| {
        let mut found = warnings(place);
        found.retain(|warning| warning["rule"] == "max-tokens");
        found
    };
    let found = of_rule(&cramped(long, 2));
    let [warning] = found.as_slice() else {
        panic!("{found:#?}");
    };
    let message = warning["message"].as_str().unwrap();
    let start = "max_tokens is 2, but the label `neither positive nor negative` takes about ";
    assert!(message.starts_with(start), "{message}");
    assert_eq!(of_rule(&cramped(long, 32)), Vec::<Value>::new());
}

#[test]
fn white_space() {
    let mut texts = String::new();
    let trailing = "{{ role(\"user\", trim=false) }}{{ row.text }}\npositive or negative: ";
    texts += &warns("trailing-space", trailing, &[], "", "t.j2:2:22");
    texts += &warns(
        "double-space",
        "Is it  positive or negative?\n{{ row.text }}",
        &[],
        "“positive”",
        "t.j2:1:7",
    );
    let joined = "+++\n[axes]\ntone = [\"Please. \"]\n+++\n{{ tone }} Is it positive or negative? {{ row.text }}";
    texts += &warns("double-space", joined, &[], "“Please.”", "t.j2:5:11");
    texts += &warns(
        "line-ends",
        "Is it\r\npositive or\nnegative?\n{{ row.text }}",
        &[],
        "1 CR LF",
        "t.j2:1",
    );
    check_filtered("cli/lint-white-space", &texts);
}

#[test]
fn shots() {
    let mut texts = String::new();
    let other = "Is it positive or negative?\n{% for shot in shots %}\n{{ role(\"user\") }}Review: {{ shot.text }}\n{{ role(\"assistant\") }}{{ shot.label }}\n{% endfor %}\n{{ role(\"user\") }}review - {{ row.text }}";
    texts += &warns(
        "shot-format",
        other,
        &with_shots(),
        "“review - ”",
        "t.j2:6:27",
    );
    let end = "Is it positive or negative?\n\n{% for shot in shots %}\nReview: {{ shot.text }}\nAnswer: {{ shot.label }}\n\n{% endfor %}\nReview: {{ row.text }}\nLabel:";
    texts += &warns("shot-format", end, &with_shots(), "“Label:”", "t.j2:9:6");
    texts += &warns("unused-shots", GOOD, &with_shots(), "", "wording.toml:5:9");
    let none = "Is it positive or negative?\n{% for shot in shots %}{{ shot.text }}{% endfor %}\n{{ row.text }}";
    texts += &warns("unused-shots", none, &[], "", "t.j2:2:16");
    check_filtered("cli/lint-shots", &texts);
}

#[test]
fn labels() {
    let mut texts = String::new();
    texts += &warns(
        "labels",
        "Answer Positive or negative. {{ row.text }}",
        &[],
        "“Positive”",
        "t.j2:1:8",
    );
    texts += &warns(
        "labels",
        "Is it positive or negatve? {{ row.text }}",
        &[],
        "“negatve”",
        "t.j2:1:19",
    );
    texts += &warns(
        "labels",
        "Is it positive? {{ row.text }}",
        &[],
        "“negative”",
        "t.j2:1",
    );
    let maybe = rows("") + "{\"text\": \"x\", \"label\": \"maybe\"}\n";
    texts += &warns(
        "expected-label",
        GOOD,
        &[("d.jsonl", maybe)],
        "1 row",
        "wording.toml:3:11",
    );
    check_filtered("cli/lint-labels", &texts);
}

#[test]
fn data() {
    let mut texts = String::new();
    texts += &warns(
        "unused-column",
        GOOD,
        &[("d.jsonl", rows(", \"source\": \"x\""))],
        "`source`",
        "wording.toml:3:11",
    );
    let leak = "Is it positive or negative?\n{{ row.text }} {{ row.label }}";
    texts += &warns("answer-leak", leak, &[], "`row.label`", "t.j2:2:19");
    let copies: String = rows("")
        .lines()
        .map(|line| {
            let mut row: Value = serde_json::from_str(line).unwrap();
            row["gold"] = row["label"].clone();
            format!("{row}\n")
        })
        .collect();
    let leak = "Is it positive or negative?\n{{ row.text }} {{ row.gold }}";
    texts += &warns(
        "answer-leak",
        leak,
        &[("d.jsonl", copies)],
        "`row.gold`",
        "t.j2:2:19",
    );
    check_filtered("cli/lint-data", &texts);
}

#[test]
fn axes() {
    let mut texts = String::new();
    let twins = "+++\n[axes]\nask = [\"positive or negative?\", { name = \"twin\", text = \"positive or negative?\" }]\n+++\n{{ ask }} {{ row.text }}";
    texts += &warns("unused-level", twins, &[], "`twin`", "t.j2:3:1");
    texts += &warns("same-variant", twins, &[], "t[ask=twin]", "");
    check_filtered("cli/lint-axes", &texts);
    // An order of shots matters only beside a number of shots.
    let (project, shots) = {
        let [(_, project), shots] = with_shots();
        (
            project
                + "[experiment.a.axes]\nshots = { count = [0, 2], order = [\"given\", \"reverse\"] }\n",
            shots.0,
        )
    };
    let two = "{\"text\": \"fine\", \"label\": \"positive\"}\n{\"text\": \"bad\", \"label\": \"negative\"}\n";
    let template = "Is it positive or negative?\n{% for shot in shots %}{{ shot.text }} {% endfor %}{{ row.text }}";
    let found = warnings(&place(
        template,
        &[("wording.toml", project), (shots, two.into())],
    ));
    assert!(
        found.iter().all(|w| w["rule"] != "unused-level"),
        "{found:#?}"
    );
}

#[test]
fn the_context_window() {
    let mut texts = String::new();
    let project = |more: &str| {
        PROJECT.replace("demo/icl", "x/m")
            + "[endpoint.x]\nbase_url = \"http://127.0.0.1:9\"\n[endpoint.x.model.\"m\"]\n"
            + more
    };
    texts += &warns(
        "context",
        GOOD,
        &[("wording.toml", project("context = 20\n"))],
        "20",
        "",
    );
    texts += &warns(
        "context",
        GOOD,
        &[("wording.toml", project("context = 9\n"))],
        "9",
        "",
    );
    check_filtered("cli/lint-context", &texts);
    let exact = place(
        GOOD,
        &[(
            "wording.toml",
            project("context = 9\ntokenizer = \"cl100k_base\"\n"),
        )],
    );
    let said = exact.run(&["check"]);
    assert_eq!(
        said.code, 2,
        "a prompt that is counted exactly and does not fit is an error"
    );
    assert!(said.err.contains("[context]"), "{}", said.err);
    said.check_err("cli/lint-context-exact");
    let unknown = place(
        GOOD,
        &[("wording.toml", project("tokenizer = \"cl100k\"\n"))],
    );
    let said = unknown.run(&["check"]);
    assert!(said.err.contains("`cl100k`"), "{}", said.err);
    said.check_err("cli/lint-no-tokenizer");
}

#[test]
fn a_design_too_large_to_run_can_be_compared() {
    let axes: String = (0..6)
        .map(|i| format!("a{i} = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n"))
        .collect();
    let uses: String = (0..6).map(|i| format!("{{{{ a{i} }}}} ")).collect();
    let place = place(
        &format!("+++\n[axes]\n{axes}+++\npositive or negative? {uses}{{{{ row.text }}}}"),
        &[],
    );
    let said = place.run(&["check", "--format", "json"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("1000000"), "{}", said.err);
    said.check_err("cli/lint-too-many-variants");
    let designs = said.json()[0]["designs"].clone();
    assert_eq!(designs[0]["variants"], 1_000_000);
    assert_eq!(designs[1]["variants"], 55);
    assert!(designs[3]["variants"].as_u64().unwrap() <= 128, "{designs}");
}

#[test]
fn an_unused_axis_of_the_experiment_is_told_at_its_place() {
    let place = place(
        GOOD,
        &[(
            "wording.toml",
            PROJECT.to_owned() + "[experiment.a.axes]\ntone = [\"x\", \"y\"]\n",
        )],
    );
    let said = place.run(&["run"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("`tone`") && said.err.contains("wording.toml:10:1"),
        "{}",
        said.err
    );
    said.check_err("cli/lint-unused-axis");
}

#[test]
fn a_slip_in_a_template_is_reported_once_and_alone() {
    let place = Workspace::changed(&[(
        "templates/axes/sentiment.j2",
        "{{ row.text }}",
        "{{ row.txet }}",
    )]);
    let check = place.run(&["check", "axes"]);
    assert_eq!(check.code, 2);
    assert_eq!(
        check.err.matches("`row.txet` is undefined").count(),
        1,
        "{}",
        check.err
    );
    assert!(
        check.err.contains(", row s01, and 35 more variants: "),
        "{}",
        check.err
    );
    assert!(!check.out.contains("warning"), "{}", check.out);
}
