//! A run whose answers a judge graded, to be rated by people.

use super::Workspace;
use serde_json::json;

/// Rows of the experiment.
pub(crate) const LETTERS: usize = 40;

const PROJECT: &str = r#"
[experiment.letters]
templates = ["*.j2"]
dataset = "letters.jsonl"
answer = "label"
models = ["demo/echo"]
baseline = "plain"

[[experiment.letters.metric]]
kind = "judge"
name = "grade"
model = "demo/judge"
rubric = "judge/rubric.txt"
scale = 3
params = { temperature = 0 }
"#;

const RUBRIC: &str = r#"{{ role("system") }}Grade the answer from 1 to {{ scale }}.
{{ role("user") }}
Expected: {{ expected }}
Answer: {{ output }}
"#;

/// Three wordings whose answers to every letter are graded by the judge.
pub(crate) fn judged_letters() -> Workspace {
    let place = Workspace::empty();
    let letters: Vec<String> = (0..LETTERS)
        .map(|row| {
            let answer = match row % 3 {
                0 => format!("We are sorry about parcel {row}."),
                1 => format!("Parcel {row} is late."),
                _ => format!("Please wait for parcel {row}, it is late."),
            };
            json!({"text": format!("Parcel {row} is late."), "label": answer}).to_string()
        })
        .collect();
    place.write("letters.jsonl", &(letters.join("\n") + "\n"));
    place.write("plain.j2", "{{ role(\"user\") }}{{ row.text }}\n");
    place.write(
        "polite.j2",
        "{{ role(\"user\") }}We are sorry. {{ row.text }}\n",
    );
    place.write(
        "brief.j2",
        "{{ role(\"user\") }}{{ row.text.split(\" is\")[0] }}.\n",
    );
    place.write("judge/rubric.txt", RUBRIC);
    place.write("wording.toml", PROJECT);
    let said = place.run(&["run", "letters"]);
    assert_eq!(said.code, 0, "{}", said.err);
    place
}
