//! Text of models, data and other people's projects in every command: nothing that a terminal obeys is printed, as text or
//! as JSON.

use crate::support::{Workspace, answering::serve};
use serde_json::{Value, json};

/// Colour, a title, a cursor movement of the second control set, marks that change the order of text.
const HOSTILE: &str = "\u{1b}[31m\u{1b}]0;x\u{7}\u{9b}2A\u{7f}\r\u{202e}abc\u{2066}\u{200f}\u{61c}";

fn is_obeyed(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A project with hostile text in every place that has text.
fn project() -> Workspace {
    let port = serve(|body: &Value| {
        let n = body.to_string().len();
        match n % 3 {
            0 => format!("positive {HOSTILE}"),
            1 => "negative".into(),
            _ => HOSTILE.into(),
        }
    });
    let place = Workspace::empty();
    let escaped: String = HOSTILE
        .chars()
        .map(|c| match c {
            ' '..='~' => c.to_string(),
            _ => format!("\\u{:04x}", u32::from(c)),
        })
        .collect();
    let h = format!("\"{escaped}\"");
    place.write(
        "wording.toml",
        &format!(
            "[endpoint.evil]\nbase_url = \"http://127.0.0.1:{port}/v1\"\n\
             [experiment.e]\ntemplates = [\"t.j2\", \"u.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nid = \"id\"\n\
             models = [\"evil/m\"]\nslices = [\"kind\"]\n\
             [experiment.e.axes]\ntone = [{{ name = {h}, text = {h} }}, {{ name = \"plain\", text = \"x\" }}]\n\
             [[experiment.e.metric]]\nkind = \"label\"\nlabels = [\"positive\", \"negative\", {h}]\n\
             [[experiment.e.metric]]\nkind = \"contains\"\nname = {h}\ntext = {h}\n\
             [experiment.broken]\ntemplates = [\"broken.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"evil/m\"]\n\
             [[experiment.broken.metric]]\nkind = \"exact\"\n\
             [experiment.unreadable]\ntemplates = [\"t.j2\"]\ndataset = \"bad.jsonl\"\nmodels = [\"evil/m\"]\n\
             [[experiment.unreadable.metric]]\nkind = \"exact\"\n"
        ),
    );
    place.write(
        "t.j2",
        &format!("Say {HOSTILE}: {{{{ row.text }}}} {{{{ tone }}}}\n"),
    );
    place.write("u.j2", "Say  this: {{ row.text }} {{ tone }}\n");
    place.write(
        "broken.j2",
        &format!("{{{{ row.no }}}} {HOSTILE} {{{{ x {HOSTILE} }}}}\n"),
    );
    let rows: String = (0..12)
        .map(|i| {
            let label = if i % 3 == 0 { HOSTILE } else { "positive" };
            json!({"id": format!("{i}{HOSTILE}"), "text": format!("{HOSTILE} row {i}"), "label": label, "kind": format!("{}{HOSTILE}", i % 2), HOSTILE: HOSTILE})
                .to_string()
                + "\n"
        })
        .collect();
    place.write("d.jsonl", &rows);
    place.write("pool.jsonl", &rows.replace(" row ", " other row "));
    place.write("bad.jsonl", &format!("{{\"text\": \"{HOSTILE}\"\n"));
    place.write("outputs.jsonl", &rows.replace("\"text\"", "\"output\""));
    place.write("w.yaml", &format!("description: {h}\nprompts:\n  - {h}\n  - \"{{{{ x }}}}\"\nproviders:\n  - {h}\n  - id: openai:gpt-4o\n    config: {{ {h}: 1 }}\ntests:\n  - vars: {{ x: {h} }}\n    assert:\n      - type: {h}\n      - type: equals\n        value: {h}\n"));
    place.write("p.prompt", &format!("---\nmodel: {h}\nconfig:\n  {h}: 1\ninput:\n  schema:\n    {h}: string\n---\nSay {HOSTILE} {{{{x}}}}\n"));
    place
}

/// Commands that read hostile text and end well.
const DONE: &[&[&str]] = &[
    &["check", "e"],
    &["render", "e"],
    &["render", "e", "--show-whitespace"],
    &["run", "e", "-v"],
    &["report"],
    &["report", "--labels", "--slices"],
    &["diff", "t[tone=plain]", "u[tone=plain]"],
    &["plan"],
    &["advise", "e"],
    &["history", "e"],
    &["runs"],
    &["runs", "show", "latest"],
    &["badcases", "add", "e", "--failing"],
    &["badcases"],
    &["models", "evil", "--probe", "m"],
    &["badcases", "export", "e"],
    &["export"],
    &["data", "d.jsonl", "--answer", "label"],
    &[
        "score",
        "outputs.jsonl",
        "--output",
        "output",
        "--answer",
        "label",
    ],
    &[
        "score",
        "outputs.jsonl",
        "--output",
        "output",
        "--answer",
        "label",
        "--explain",
    ],
    &["batch", "export", "e", "-o", "requests", "--force"],
    &["tune", "export", "e", "-o", "train", "--data", "pool.jsonl"],
];

/// Commands that have to report something hostile.
const REPORTED: &[&[&str]] = &[
    &["check"],
    &["render", "broken"],
    &["run", "broken"],
    &["run", "unreadable"],
    &["run", HOSTILE],
    &["diff", HOSTILE, "u"],
    &["runs", "show", HOSTILE],
    &["models"],
    &["data", "bad.jsonl"],
    &["data", HOSTILE],
    &["reword", "t", "--axis", "tone"],
    &["import", "promptfoo", "w.yaml", "-o", "made", "--force"],
    &["import", "dotprompt", "p.prompt", "-o", "made2", "--force"],
    &["check", "--project", "made2"],
    &["tune", "compare", "e"],
];

#[test]
fn no_command_prints_what_a_terminal_obeys() {
    let place = project();
    let mut wrong = Vec::new();
    for (args, code) in DONE
        .iter()
        .map(|args| (args, Some(0)))
        .chain(REPORTED.iter().map(|args| (args, None)))
    {
        let json = [args, &["--format", "json"][..]].concat();
        for typed in [args, &json[..]] {
            if typed.contains(&"export") && typed.contains(&"json") && !typed.contains(&"-o") {
                // Their only form is JSON.
                continue;
            }
            let output = place.run(typed);
            match code {
                Some(code) => assert_eq!(output.code, code, "{typed:?}: {}", output.err),
                None => assert_ne!(output.out.len() + output.err.len(), 0, "{typed:?}"),
            }
            for (name, stream) in [("stdout", &output.out), ("stderr", &output.err)] {
                let obeyed = stream.lines().find(|line| line.chars().any(is_obeyed));
                wrong.extend(obeyed.map(|line| format!("{typed:?}, {name}: {line:?}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
