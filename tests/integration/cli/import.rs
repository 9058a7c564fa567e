//! Projects made of the files of other tools: converted, checked, run against the stand-in, and scored as promptfoo scores.

use crate::support::{CommandOutput, Workspace, snapshot::check_filtered};
use serde_json::Value;
use std::{fs, path::Path};
use tokio::runtime::Runtime;
use wording::demo::{DemoServer, DemoSpec, Script};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/promptfoo");

pub(super) fn server() -> (Runtime, DemoServer) {
    let runtime = Runtime::new().unwrap();
    let server = runtime
        .block_on(DemoServer::start_with(
            DemoSpec::default(),
            Some(Script::parse("").unwrap()),
        ))
        .unwrap();
    (runtime, server)
}

/// A configuration copied into a folder, with the address of this server.
pub(super) fn copied(name: &str, url: &str) -> Workspace {
    copied_from(&Path::new(FIXTURES).join(name), url)
}

/// The files of a folder copied into another, texts with the address of this server.
pub(super) fn copied_from(root: &Path, url: &str) -> Workspace {
    let place = Workspace::empty();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let to = place.file(&path.strip_prefix(root).unwrap().display().to_string());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            if let Ok(text) = fs::read_to_string(&path) {
                fs::write(to, text.replace("http://127.0.0.1:8811/v1", url)).unwrap();
            } else {
                fs::copy(&path, to).unwrap();
            }
        }
    }
    place
}

pub(super) fn names() -> Vec<String> {
    let mut all: Vec<String> = fs::read_dir(FIXTURES)
        .unwrap()
        .map(|e| e.unwrap())
        .filter(|e| e.path().is_dir())
        .map(|e| e.file_name().into_string().unwrap())
        .collect();
    all.sort();
    all
}

pub(super) fn import(place: &Workspace) -> CommandOutput {
    let is_json = place.path().join("promptfooconfig.json").exists();
    let file = if is_json {
        "promptfooconfig.json"
    } else {
        "promptfooconfig.yaml"
    };
    place.run(&[
        "import",
        "promptfoo",
        file,
        "-o",
        "project",
        "--format",
        "json",
    ])
}

pub(super) fn inside(place: &Workspace, args: &[&str]) -> CommandOutput {
    let mut all = args.to_vec();
    all.extend(["--project", "project/wording.toml"]);
    let services = [
        "OPENAI",
        "GROQ",
        "OPENROUTER",
        "MISTRAL",
        "TOGETHER",
        "CEREBRAS",
        "ANTHROPIC",
    ];
    let keys = services.map(|service| (format!("{service}_API_KEY"), "none"));
    place.output(place.command(&all).envs(keys))
}

/// What a row came to: the answer, the score, whether it is right.
type Came = (String, f64, bool);

fn sorted(mut all: Vec<Came>) -> Vec<Came> {
    all.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    all
}

#[test]
fn every_configuration_runs_and_is_scored_as_promptfoo_scored_it() {
    let (_runtime, server) = server();
    let recorded = fs::read_to_string(Path::new(FIXTURES).join("scores.json")).unwrap();
    let recorded: Value = serde_json::from_str(&recorded).unwrap();
    let (mut rows, mut compared) = (0, 0);
    for name in names().iter().filter(|n| *n != "12-left-out") {
        let place = copied(name, &server.base_url());
        let said = import(&place);
        assert_eq!(said.code, 0, "{name}: {}{}", said.out, said.err);
        let made = said.json();
        assert_eq!(made["problem"], Value::Null, "{name}");
        let mut ours = Vec::new();
        for experiment in made["experiments"].as_array().unwrap() {
            let experiment = experiment.as_str().unwrap();
            let checked = inside(&place, &["check", experiment, "-q"]);
            assert_eq!(checked.code, 0, "{name}: {}{}", checked.out, checked.err);
            let ran = inside(&place, &["run", experiment, "-q", "--format", "json"]);
            assert_eq!(ran.code, 0, "{name}: {}{}", ran.out, ran.err);
            let run = ran.json()["run"].as_str().unwrap().to_owned();
            let trials = inside(&place, &["export", &run, "--format", "jsonl"]);
            for line in trials.out.lines() {
                let trial: Value = serde_json::from_str(line).unwrap();
                let score = trial["scores"]["score"].as_f64().unwrap();
                let pass = trial["scores"]["pass"] == 1.0;
                ours.push((trial["output"].as_str().unwrap().to_owned(), score, pass));
            }
        }
        let theirs = recorded[name.as_str()].as_array().unwrap();
        // An output that is no text there, calls of tools or JSON that was parsed, is not recorded.
        if theirs.iter().all(|row| row[0].is_null()) {
            ours.iter_mut().for_each(|row| row.0.clear());
        }
        let came = |r: &Value| -> Came {
            (
                r[0].as_str().unwrap_or_default().to_owned(),
                r[1].as_f64().unwrap(),
                r[2].as_bool().unwrap(),
            )
        };
        let theirs = sorted(theirs.iter().map(came).collect());
        let ours = sorted(ours);
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (here, there) in ours.iter().zip(&theirs) {
            assert_eq!((&here.0, here.2), (&there.0, there.2), "{name}");
            assert!(
                (here.1 - there.1).abs() < 2e-6,
                "{name}: {here:?} {there:?}"
            );
            rows += 1;
        }
        compared += 1;
    }
    assert!(compared >= 12 && rows >= 70, "{compared} {rows}");
}

#[test]
fn what_cannot_be_taken_over_is_listed_with_its_line_and_the_rest_runs() {
    let (_runtime, server) = server();
    let place = copied("12-left-out", &server.base_url());
    let said = import(&place);
    assert_eq!(said.code, 1, "{}", said.err);
    let notes = said.json()["notes"].as_array().unwrap().clone();
    let dropped = |line: u64, what: &str| {
        let found = notes.iter().any(|note| {
            note["weight"] == "dropped"
                && note["line"] == line
                && note["what"].as_str().unwrap().contains(what)
        });
        assert!(found, "line {line}: {what}: {notes:#?}");
    };
    for (line, what) in [
        (4, "urlize"),
        (4, "match"),
        (5, "prompt.py"),
        (6, "prompt"),
        (12, "mcp"),
        (14, "anthropic:messages:claude-x"),
        (13, "python:mine.py"),
        (17, "transform"),
        (22, "javascript"),
        (24, "factuality"),
        (25, "containz"),
        (26, "regex"),
        (27, "topic"),
        (28, "docs.google.com"),
        (30, "nunjucksFilters"),
    ] {
        dropped(line, what);
    }
    let ignored = notes.iter().find(|note| note["what"] == "`madeUp`");
    assert_eq!(ignored.unwrap()["weight"], "changed");
    for name in ["wording.toml", "IMPORT.md", "tests.jsonl"] {
        let text = place.read(&format!("project/{name}"));
        assert!(!text.contains("sk-not-for-files"), "{name}: {text}");
    }
    assert!(!said.out.contains("sk-not-for-files"));
    let page = place.read("project/IMPORT.md");
    assert!(
        page.contains("promptfooconfig.yaml:22:") && page.contains("`javascript`"),
        "{page}"
    );
    check_filtered("cli/import-left-out.md", &page);
    assert!(
        place
            .read("project/templates/not-converted/prompt-2.j2")
            .contains("urlize")
    );
    let ran = inside(&place, &["run", "eval", "-q", "--models", "demo/echo"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn wrong_input_is_an_error_with_its_place_and_nothing_is_written_over() {
    let place = Workspace::empty();
    let mut errors = Vec::new();
    for (config, part) in [
        (
            "prompts: [file://no.txt]\nproviders: [echo]\n",
            "promptfooconfig.yaml:1: cannot read no.txt",
        ),
        ("prompts:\n  - a\n b: [\n", "promptfooconfig.yaml:3"),
        ("providers: [echo]\n", "`prompts`"),
        ("prompts: ['{{ f(x) }}']\nproviders: [echo]\n", "f(…)"),
    ] {
        place.write("promptfooconfig.yaml", config);
        let said = import(&place);
        assert_eq!(said.code, 2);
        assert!(said.err.contains(part), "no {part:?} in {}", said.err);
        errors.push(said.errors());
    }
    place.write("blank.txt", "\n---\n");
    let blank = "prompts: [file://blank.txt, b]\nproviders: [echo]\n";
    place.write("promptfooconfig.yaml", blank);
    let said = import(&place);
    let part = "promptfooconfig.yaml:1: the prompt `file://blank.txt`: there is no prompt in it";
    assert!(said.code == 2 && said.err.contains(part), "{}", said.err);
    place.write(
        "promptfooconfig.yaml",
        "prompts: [hello]\nproviders: [echo]\n",
    );
    assert_eq!(import(&place).code, 0);
    let again = import(&place);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("--force"), "{}", again.err);
    errors.push(again.errors());
    // A row whose assertions cannot be read says so before anything is sent.
    let rows = "{\"__assert\": [{\"type\": \"contians\", \"value\": \"x\"}]}\n";
    place.write("project/tests.jsonl", rows);
    let said = inside(&place, &["run", "-q"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("row r0") && said.err.contains("`contains`"),
        "{}",
        said.err
    );
    errors.push(said.errors());
    let rows = "{\"__assert\": [{\"type\": \"llm-rubric\", \"value\": \"x\"}]}\n";
    place.write("project/tests.jsonl", rows);
    let said = inside(&place, &["run", "-q"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("`judge`"), "{}", said.err);
    errors.push(said.errors());
    check_filtered("cli/import-errors", &errors.join("\n"));
}

#[test]
fn a_judge_is_asked_once_for_all_figures_and_what_it_leaves_unsaid_is_missing() {
    let (_runtime, server) = server();
    let place = copied("08-graded", &server.base_url());
    assert_eq!(import(&place).code, 0);
    let ran = inside(&place, &["run", "-q", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    // 6 answers, 8 verdicts for three figures; texts for likeness in one request.
    let seen = server.recorded_requests();
    let chats = seen.iter().filter(|s| s.address.contains("chat")).count();
    assert_eq!(chats, 14);
    let checked = inside(&place, &["check", "--format", "json"]).out;
    let note = checked.lines().find(|line| line.contains("more calls"));
    assert!(note.is_some_and(|line| line.contains(" 8 ")), "{checked}");
    place.write("project/rubric.j2", "No verdict on {{ output }}.");
    // promptfoo fails an answer whose judge says nothing.
    let ran = inside(&place, &["run", "-q", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let toml = place.read("project/wording.toml");
    let own = toml.replace("promptfoo = { provider = \"openai\" }\n", "");
    assert_ne!(toml, own);
    place.write("project/wording.toml", &own);
    let ran = inside(&place, &["run", "-q", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(ran.json()["scoring"][0]["missing"], 6, "{}", ran.out);
}

#[test]
fn prompt_files_become_projects() {
    let place = Workspace::empty();
    place.write(
        "greet.prompt",
        "---\nmodel: googleai/gemini-2.0-flash\ndescription: says hello\nconfig:\n  temperature: 0.7\n  maxOutputTokens: 50\n  strange: 1\ninput:\n  schema:\n    name: string\n    likes(array): string\n    loud?: boolean\n  default:\n    name: Ann\n    likes: [tea, rain]\noutput:\n  format: json\n  schema:\n    text: string\n    mood(enum): [good, bad]\n---\n{{role \"system\"}}\nGreet people.\n{{role \"user\"}}\n{{#if loud}}SHOUT{{else}}Say{{/if}} hello to {{name}}, who likes{{#each likes}} {{this}}{{#unless @last}},{{/unless}}{{/each}}.\n{{media url=photo}}\n",
    );
    let said = place.run(&["import", "dotprompt", "greet.prompt", "-o", "project"]);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    for place in [
        "greet.prompt:7:",
        "`config.strange`",
        "greet.prompt:26:",
        "{{media url=photo}}",
    ] {
        assert!(said.out.contains(place), "no {place:?} in {}", said.out);
    }
    said.check("cli/import-dotprompt");
    let rendered = inside(&place, &["render"]);
    let shown = "Say hello to Ann, who likes tea, rain.";
    assert!(
        rendered.out.contains("Greet people."),
        "{}{}",
        rendered.out,
        rendered.err
    );
    assert!(rendered.out.contains(shown), "{}", rendered.out);
    let toml = place.read("project/wording.toml");
    assert!(
        toml.contains("googleapis.com") && toml.contains("max_tokens = 50"),
        "{toml}"
    );
    let ran = inside(
        &place,
        &["run", "-q", "--models", "demo/echo", "--format", "json"],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);

    place.write("sample.json", "{\"question\": \"Why?\"}");
    place.write(
        "ask.prompty",
        "---\nname: Ask\ndescription: asks a question\nmodel:\n  api: chat\n  configuration:\n    type: azure_openai\n    azure_endpoint: ${env:AZURE_OPENAI_ENDPOINT}\n    azure_deployment: my-gpt\n  parameters:\n    max_tokens: 100\nsample: sample.json\n---\nsystem:\nYou answer {{ question | lower }}\n\n# user:\n{{ question }}\n",
    );
    let said = place.run(&["import", "dotprompt", "ask.prompty", "-o", "ask"]);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    said.check("cli/import-prompty");
    let said = place.run(&["render", "--project", "ask/wording.toml"]);
    assert!(
        said.out.contains("You answer why?"),
        "{}{}",
        said.out,
        said.err
    );
    assert!(
        place
            .read("ask/wording.toml")
            .contains("openai/deployments/my-gpt")
    );
    place.write("empty.prompt", "---\nmodel: x/y\n---\n");
    let said = place.run(&["import", "dotprompt", "empty.prompt", "-o", "e"]);
    assert_eq!(said.code, 2);
    said.check("cli/import-empty");
}

/// Blocks with `file=NAME` are files, blocks `sh` are typed line by line, and the block `text` is what the line before says.
#[cfg(unix)]
/// Prompty reads YAML by version 1.1, also that of another file.
#[test]
fn example_values_of_prompty_are_read_as_python_reads_them() {
    let place = Workspace::empty();
    place.write(
        "ask.prompty",
        "---\nname: ask\nmodel:\n  id: m\ntemplate:\n  format:\n    kind: jinja2\n    strict: false\nsample: values.yaml\n---\nuser:\n{{flag}} {{number}} {{large}}\n",
    );
    place.write("values.yaml", "flag: yes\nnumber: 1e3\nlarge: 1.0e+20\n");
    let said = place.run(&["import", "dotprompt", "ask.prompty", "-o", "ask"]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(
        said.out.contains("ask.prompty:8: `strict: false`"),
        "{}",
        said.out
    );
    let project = place.file("ask/wording.toml");
    let project = project.to_str().unwrap();
    let shown = place.run(&["render", "--project", project, "--row", "0"]);
    assert!(
        shown.out.contains("True 1e3 1e+20"),
        "{}{}",
        shown.out,
        shown.err
    );
}

#[test]
fn the_page_on_promptfoo_does_what_it_says() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/from-promptfoo.md");
    let page = fs::read_to_string(page).unwrap();
    let place = Workspace::empty();
    let (mut lines, mut typed) = (page.lines(), 0);
    let mut last = String::new();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```").filter(|kind| !kind.is_empty()) else {
            continue;
        };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let body = body.join("\n") + "\n";
        if let Some((_, name)) = kind.split_once(" file=") {
            place.write(name, &body);
        } else if kind == "text" {
            assert_eq!(last, body, "the page says something else");
        } else if kind == "sh" {
            // Each block begins in the folder with the files.
            let mut folder = place.path().to_path_buf();
            for line in body.lines() {
                let (line, note) = line.split_once('#').unwrap_or((line, ""));
                let words: Vec<&str> = line.split_whitespace().collect();
                if let ["cd", to] = words.as_slice() {
                    folder = folder.join(to);
                    continue;
                }
                let output = place
                    .command(&words[1..])
                    .current_dir(&folder)
                    .output()
                    .unwrap();
                let code = i32::from(note.contains("exit code 1"));
                let said = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(code), "{line}: {said}");
                last = String::from_utf8(output.stdout).unwrap();
                typed += 1;
            }
        }
    }
    assert!(typed >= 6, "only {typed} commands");
}
