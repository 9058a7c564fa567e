//! `wording check` says what in a wording is likely not meant: each rule with its place, each silenced by its name.

use crate::support::Workspace;
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

/// The rule warns, with these words, at this place; and does not where the front matter silences it.
#[track_caller]
fn warns(rule: &str, template: &str, files: &[(&str, String)], words: &str, at: &str) {
    let found = warnings(&place(template, files));
    let one = found
        .iter()
        .find(|w| w["rule"] == rule && w["message"].as_str().unwrap().contains(words))
        .unwrap_or_else(|| panic!("no {rule} with {words:?} in {found:#?}"));
    assert_eq!(one["place"].as_str().unwrap_or(""), at, "{one}");
    let silenced = match template.strip_prefix("+++\n") {
        Some(rest) => format!("+++\nsilence = [\"{rule}\"]\n{rest}"),
        None => format!("+++\nsilence = [\"{rule}\"]\n+++\n{template}"),
    };
    let left = warnings(&place(&silenced, files));
    assert!(left.iter().all(|w| w["rule"] != rule), "{left:#?}");
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
}

#[test]
fn white_space() {
    let trailing = "{{ role(\"user\", trim=false) }}{{ row.text }}\npositive or negative: ";
    warns(
        "trailing-space",
        trailing,
        &[],
        "ends in white space",
        "t.j2:2:22",
    );
    warns(
        "double-space",
        "Is it  positive or negative?\n{{ row.text }}",
        &[],
        "between “it” and “positive”",
        "t.j2:1:7",
    );
    let joined = "+++\n[axes]\ntone = [\"Please. \"]\n+++\n{{ tone }} Is it positive or negative? {{ row.text }}";
    warns(
        "double-space",
        joined,
        &[],
        "between “Please.” and “Is”",
        "t.j2:5:11",
    );
    warns(
        "line-ends",
        "Is it\r\npositive or\nnegative?\n{{ row.text }}",
        &[],
        "1 lines end in CR LF",
        "t.j2:1",
    );
}

#[test]
fn shots() {
    let other = "Is it positive or negative?\n{% for shot in shots %}\n{{ role(\"user\") }}Review: {{ shot.text }}\n{{ role(\"assistant\") }}{{ shot.label }}\n{% endfor %}\n{{ role(\"user\") }}review - {{ row.text }}";
    warns(
        "shot-format",
        other,
        &with_shots(),
        "shots write “Review: ” before `text`, and the row at hand has “review - ”",
        "t.j2:6:27",
    );
    let end = "Is it positive or negative?\n\n{% for shot in shots %}\nReview: {{ shot.text }}\nAnswer: {{ shot.label }}\n\n{% endfor %}\nReview: {{ row.text }}\nLabel:";
    warns(
        "shot-format",
        end,
        &with_shots(),
        "shots answer after “Answer:”, and the prompt ends with “Label:”",
        "t.j2:9:6",
    );
    warns(
        "unused-shots",
        GOOD,
        &with_shots(),
        "names a shots file",
        "wording.toml:5:9",
    );
    let none = "Is it positive or negative?\n{% for shot in shots %}{{ shot.text }}{% endfor %}\n{{ row.text }}";
    warns(
        "unused-shots",
        none,
        &[],
        "names no shots file",
        "t.j2:2:16",
    );
}

#[test]
fn labels() {
    warns(
        "labels",
        "Answer Positive or negative. {{ row.text }}",
        &[],
        "“Positive” where the label is “positive”",
        "t.j2:1:8",
    );
    warns(
        "labels",
        "Is it positive or negatve? {{ row.text }}",
        &[],
        "“negatve” where the label is “negative”",
        "t.j2:1:19",
    );
    warns(
        "labels",
        "Is it positive? {{ row.text }}",
        &[],
        "names the labels “positive” but not “negative”",
        "t.j2:1",
    );
    let maybe = rows("") + "{\"text\": \"x\", \"label\": \"maybe\"}\n";
    warns(
        "expected-label",
        GOOD,
        &[("d.jsonl", maybe)],
        "1 row expects an answer that is none of the labels",
        "wording.toml:3:11",
    );
}

#[test]
fn data() {
    warns(
        "unused-column",
        GOOD,
        &[("d.jsonl", rows(", \"source\": \"x\""))],
        "column `source`",
        "wording.toml:3:11",
    );
    let leak = "Is it positive or negative?\n{{ row.text }} {{ row.label }}";
    warns(
        "answer-leak",
        leak,
        &[],
        "tells the answer: `row.label`",
        "t.j2:2:19",
    );
    let copies: String = rows("")
        .lines()
        .map(|line| {
            let mut row: Value = serde_json::from_str(line).unwrap();
            row["gold"] = row["label"].clone();
            format!("{row}\n")
        })
        .collect();
    let leak = "Is it positive or negative?\n{{ row.text }} {{ row.gold }}";
    warns(
        "answer-leak",
        leak,
        &[("d.jsonl", copies)],
        "tells the answer: `row.gold`",
        "t.j2:2:19",
    );
}

#[test]
fn axes() {
    let twins = "+++\n[axes]\nask = [\"positive or negative?\", { name = \"twin\", text = \"positive or negative?\" }]\n+++\n{{ ask }} {{ row.text }}";
    warns(
        "unused-level",
        twins,
        &[],
        "on the axis `ask`, `1` and `twin` make the same prompts",
        "t.j2:3:1",
    );
    warns(
        "same-variant",
        twins,
        &[],
        "t[ask=twin] says the same as t[ask=1]",
        "",
    );
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
    let project = |more: &str| {
        PROJECT.replace("demo/icl", "x/m")
            + "[endpoint.x]\nbase_url = \"http://127.0.0.1:9\"\n[endpoint.x.model.\"m\"]\n"
            + more
    };
    warns(
        "context",
        GOOD,
        &[("wording.toml", project("context = 20\n"))],
        "less than a tenth is left",
        "",
    );
    warns(
        "context",
        GOOD,
        &[("wording.toml", project("context = 9\n"))],
        "it does not fit",
        "",
    );
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
    assert!(
        said.err.contains("it does not fit [context]"),
        "{}",
        said.err
    );
    let unknown = place(
        GOOD,
        &[("wording.toml", project("tokenizer = \"cl100k\"\n"))],
    );
    assert!(
        unknown
            .run(&["check"])
            .err
            .contains("no tokenizer `cl100k`")
    );
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
    assert!(
        said.err.contains("1000000 variants, more than"),
        "{}",
        said.err
    );
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
        said.err.contains("no template uses the axis `tone`")
            && said.err.contains("wording.toml:10:1"),
        "{}",
        said.err
    );
}
