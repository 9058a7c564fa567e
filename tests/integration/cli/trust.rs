//! A project or configuration from somebody else: what it reaches is listed before it is reached, and an import reads its
//! own folder only.

use crate::support::{Workspace, snapshot::check_filtered};

const PROJECT: &str = r#"
[endpoint.far]
base_url = "https://api.example.com:8443/v1"
api_key_env = "FAR_KEY"
headers = { "X-Team" = "${TEAM} of ${COMPANY}" }

[endpoint.unused]
base_url = "https://unused.example.com/v1"
api_key_env = "UNUSED_KEY"

[endpoint.judge]
base_url = "http://localhost:9999/v1"

[experiment.e]
templates = ["t.j2", "link.j2"]
dataset = "../outside.jsonl"
answer = "label"
models = ["far/m"]

[[experiment.e.metric]]
kind = "command"
name = "polite"
command = ["sh", "polite.sh", "--fast"]
env = ["POLITE_TOKEN"]

[[experiment.e.metric]]
kind = "judge"
model = "judge/j"
rubric = "rubric.j2"

[[experiment.e.metric]]
kind = "json"
schema = "../schema.json"
"#;

fn project() -> Workspace {
    let place = Workspace::empty();
    place.write("p/wording.toml", PROJECT);
    place.write("p/t.j2", "{{ text }}");
    place.write("p/rubric.j2", "Is this good? {{ output }}");
    place.write("elsewhere.j2", "Now: {{ text }}");
    place.write("outside.jsonl", "{\"text\": \"a\", \"label\": \"b\"}\n");
    place.write("schema.json", "{\"type\": \"object\"}");
    place
}

#[cfg(unix)]
#[test]
fn check_lists_what_a_run_reaches() {
    let place = project();
    std::os::unix::fs::symlink("../elsewhere.j2", place.file("p/link.j2")).unwrap();
    let check = |more: &[&str]| {
        let args = [&["check", "--project", "p"], more].concat();
        place.output(place.command(&args).env("TEAM", "x"))
    };
    let said = check(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    said.check("cli/trust-check");
    let json = check(&["--format", "json"]).json();
    let schema = jsonschema::validator_for(&place.run(&["schema", "check"]).json()).unwrap();
    let wrong: Vec<String> = schema.iter_errors(&json).map(|e| e.to_string()).collect();
    assert_eq!(wrong, [] as [&str; 0]);
    let access = &json[0]["access"];
    assert_eq!(access["hosts"][0]["host"], "api.example.com:8443");
    assert_eq!(access["hosts"].as_array().unwrap().len(), 2);
    let variables: Vec<&str> = (access["variables"].as_array().unwrap().iter())
        .map(|v| v["name"].as_str().unwrap())
        .collect();
    assert_eq!(variables, ["FAR_KEY", "TEAM", "COMPANY", "POLITE_TOKEN"]);
    assert_eq!(access["files_outside"].as_array().unwrap().len(), 3);
    let programs = access["programs"].as_array().unwrap();
    assert_eq!(programs.len(), 2, "git and the metric's");
    assert_eq!(programs[1]["command"][1], "polite.sh");
}

#[cfg(unix)]
#[test]
fn an_import_reads_its_own_folder_unless_others_are_allowed() {
    let place = Workspace::empty();
    place.write("common/prompt.txt", "Say {{ word }} politely.");
    place.write("common/tests.csv", "word,__expected\nhi,contains:hi\n");
    place.write("common/vars/a.yaml", "word: hello\n");
    place.write(
        "config/promptfooconfig.yaml",
        "prompts:\n  - file://../common/prompt.txt\n  - file://link.txt\n  - Say {{ word }}.\nproviders:\n  - openai:gpt-4o\ntests:\n  - file://../common/tests.csv\n  - vars: ../common/vars/*.yaml\n",
    );
    place.write(
        "config/ask.prompty",
        "---\nname: Ask\nmodel: {id: gpt-4o-mini}\nsample: ${file:../common/vars/a.yaml}\n---\nsystem:\n{{ word }}\n",
    );
    std::os::unix::fs::symlink("../common/prompt.txt", place.file("config/link.txt")).unwrap();
    let mut shown = Vec::new();
    for (kind, file) in [
        ("promptfoo", "config/promptfooconfig.yaml"),
        ("dotprompt", "config/ask.prompty"),
    ] {
        let args = ["import", kind, file, "-o", kind];
        let said = place.run(&args);
        assert_eq!(said.code, 2, "{}{}", said.out, said.err);
        assert!(!place.file(kind).exists());
        shown.push(said.errors());
        let said = place.run(&[&args[..], &["--allow-outside"]].concat());
        assert_ne!(said.code, 2, "{}{}", said.out, said.err);
        shown.push(said.transcript());
    }
    check_filtered("cli/trust-import", &shown.join("\n"));
    assert!(place.read("promptfoo/tests.jsonl").contains("hello"));
    assert!(place.read("dotprompt/examples.jsonl").contains("hello"));
}

/// Folders of traces, exports and a registry with links that lead elsewhere, to files and to folders.
#[cfg(unix)]
#[test]
fn links_in_a_folder_lead_no_import_outside() {
    use std::os::unix::fs::symlink;
    let place = Workspace::empty();
    let call = "{\"traceId\": \"t\", \"model\": \"m\", \"input\": \"secret\", \"output\": \"o\"}\n";
    place.write("elsewhere/calls.jsonl", call);
    place.write(
        "elsewhere/eval.json",
        "{\"id\": \"e\", \"name\": \"secret\", \"testing_criteria\": []}",
    );
    place.write(
        "elsewhere/s.jsonl",
        "{\"input\": \"secret\", \"ideal\": \"x\"}\n",
    );
    let entry =
        "e.v0:\n  class: evals.elsuite.basic.match:Match\n  args: {samples_jsonl: s.jsonl}\n";
    place.write("elsewhere/e.yaml", entry);
    place.write("traces/own.jsonl", &call.replace("secret", "own"));
    place.write(
        "exports/own.json",
        &place.read("elsewhere/eval.json").replace("secret", "own"),
    );
    place.write(
        "registry/data/s.jsonl",
        &place.read("elsewhere/s.jsonl").replace("secret", "own"),
    );
    place.write("registry/evals/e.yaml", &entry.replace("e.v0", "own.v0"));
    for (folder, kind, linked, file) in [
        ("traces", "traces", "link.jsonl", "calls.jsonl"),
        ("traces", "traces", "sub", ""),
        ("exports", "evals", "link.json", "eval.json"),
        ("exports", "evals", "sub", ""),
        ("registry", "evals", "evals/link.yaml", "e.yaml"),
        ("registry", "evals", "sub", ""),
    ] {
        let link = place.file(&format!("{folder}/{linked}"));
        symlink(place.file("elsewhere").join(file), &link).unwrap();
        let args = ["import", kind, folder, "-o", "p", "--force"];
        let said = place.run(&args);
        let told = format!(
            "files outside of the folder {folder} are not read:\n  {folder}: {folder}/{linked}\nuse --allow-outside"
        );
        assert!(said.code == 2 && said.err.contains(&told), "{}", said.err);
        assert!(!said.err.contains("secret") && !place.file("p").exists());
        let said = place.run(&[&args[..], &["--allow-outside"]].concat());
        assert!(said.code < 2, "{linked}: {}", said.err);
        std::fs::remove_dir_all(place.file("p")).unwrap();
        std::fs::remove_file(link).unwrap();
    }
    // A link within the folder is followed, and one that would not be read is not asked for.
    symlink("own.jsonl", place.file("traces/again.jsonl")).unwrap();
    symlink("/etc/hostname", place.file("traces/notes.txt")).unwrap();
    let said = place.run(&["import", "traces", "traces", "-o", "p"]);
    assert!(
        said.code == 1 && said.out.contains("1 file: notes.txt"),
        "{}{}",
        said.out,
        said.err
    );
    // The data of a registry elsewhere: refused by its link, not by each of the files behind it.
    std::fs::remove_dir_all(place.file("registry/data")).unwrap();
    symlink(place.file("elsewhere"), place.file("registry/data")).unwrap();
    let said = place.run(&["import", "evals", "registry", "-o", "q"]);
    let told = "not read:\n  registry: registry/data\n";
    assert!(said.code == 2 && said.err.contains(told), "{}", said.err);
}

#[cfg(unix)]
#[test]
fn an_import_reads_no_pipe_and_nothing_of_the_system() {
    let place = Workspace::empty();
    let pipe = place.file("pipe.txt");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for (named, why) in [
        ("pipe.txt", "a pipe or device"),
        ("/proc/self/environ", "a file of the system"),
    ] {
        place.write(
            "c.yaml",
            &format!("prompts:\n  - Say {{{{ x }}}}\nproviders:\n  - openai:gpt-4o\ntests: file://{named}\n"),
        );
        let said = place.run(&[
            "import",
            "promptfoo",
            "c.yaml",
            "-o",
            "made",
            "--allow-outside",
        ]);
        assert_eq!(said.code, 2, "{}{}", said.out, said.err);
        assert!(
            said.err.contains(why) && said.err.contains("c.yaml:"),
            "{}",
            said.err
        );
    }
}

#[test]
fn anchors_that_multiply_are_refused() {
    let place = Workspace::empty();
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..8 {
        let before = format!("*a{}", n - 1);
        text += &format!("a{n}: &a{n} [{}]\n", vec![before; 10].join(", "));
    }
    text += "prompts: [hi]\nproviders: [openai:gpt-4o]\n";
    place.write("c.yaml", &text);
    let said = place.run(&["import", "promptfoo", "c.yaml", "-o", "made"]);
    assert_eq!(said.code, 2, "{}", said.out);
    assert!(said.err.contains("c.yaml:"), "{}", said.err);
}

#[test]
fn a_long_prompt_with_tags_is_no_pattern_of_files() {
    let place = Workspace::empty();
    let prompt = "Say {{ word }} and * [or] {% if word %}not{% endif %} ".repeat(200);
    place.write(
        "c.yaml",
        &format!("prompts:\n  - {prompt:?}\nproviders: [openai:gpt-4o]\ntests:\n  - vars: {{ word: hi }}\n"),
    );
    let said = place.run(&["import", "promptfoo", "c.yaml", "-o", "made"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("1 template, 1 row"), "{}", said.out);
}

#[cfg(unix)]
#[test]
fn a_dataset_is_no_pipe_and_no_device() {
    let place = Workspace::empty();
    let pipe = place.file("pipe.jsonl");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", place.file("zero.jsonl")).unwrap();
    for (name, why) in [
        ("pipe.jsonl", "a pipe or device"),
        ("zero.jsonl", "a file of the system"),
    ] {
        let said = place.run(&["data", name]);
        assert_eq!(said.code, 2, "{}{}", said.out, said.err);
        assert!(
            said.err.contains(why) && said.err.contains(name),
            "{}",
            said.err
        );
    }
}
