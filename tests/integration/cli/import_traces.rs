//! Recorded calls as projects, of the files that recorders write (tests/fixtures/traces): the same bytes are sent, each input once.

use crate::support::{CommandOutput, Workspace};
use serde_json::{Value, json};

/// A file of the fixtures in the workspace, imported into `p`.
fn import(place: &Workspace, file: &str, more: &[&str]) -> CommandOutput {
    let fixture = format!(
        "{}/tests/fixtures/traces/{file}",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::copy(fixture, place.file(file)).unwrap();
    let said = place.run(
        &[
            &["import", "traces", file, "-o", "p", "--format", "json"],
            more,
        ]
        .concat(),
    );
    assert!(said.code < 2, "{file}: {}", said.err);
    said
}

/// All rows of the first experiment.
fn rows(place: &Workspace, experiment: &str) -> Vec<Value> {
    let lines = place.read(&format!("p/datasets/{experiment}.jsonl"));
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_recorder_gives_the_same_project() {
    for (file, name, second) in [
        ("otel.jsonl", "chat-gpt-4o-mini", "it"),
        ("otlp.json", "chat-gpt-4o-mini", "it"),
        ("otel-events.jsonl", "chat-gpt-4o-mini", "it"),
        ("otlp-indexed.json", "chat-gpt-4o-mini", "it"),
        ("openinference.jsonl", "chat-gpt-4o-mini", "it"),
        ("langfuse.jsonl", "team", "it"),
        ("langfuse.csv", "team", "it"),
        ("phoenix.jsonl", "chatcompletion", "it"),
        ("phoenix.csv", "chatcompletion", "it"),
        ("stored-completions.jsonl", "calls", "it"),
        ("inspect.eval", "routing", "It."),
        ("inspect.json", "routing", "It."),
    ] {
        let place = Workspace::empty();
        let said = import(&place, file, &[]);
        let made = said.json();
        assert_eq!(made["problem"], Value::Null, "{file}");
        assert_eq!(
            made["experiments"],
            json!([name, format!("{name}-recorded")]),
            "{file}"
        );
        // Of a stand-in, no address is known.
        let is_stand_in = file.starts_with("inspect");
        assert_eq!(
            said.code,
            i32::from(is_stand_in),
            "{file}: {}",
            made["notes"]
        );
        let model = if is_stand_in {
            "demo/echo"
        } else {
            "openai/gpt-4o-mini"
        };
        assert_eq!(made["models"], json!([model]), "{file}");
        // Each input once, with its output.
        let rows = rows(&place, name);
        let column = if file == "openinference.jsonl" {
            "ticket"
        } else {
            "input"
        };
        let pairs: Vec<(&Value, &Value)> = rows
            .iter()
            .map(|row| (&row[column], &row["__output_1"]))
            .collect();
        assert_eq!(
            pairs,
            [
                (&json!("I was charged twice"), &json!("billing")),
                (&json!("My screen is black"), &json!(second))
            ],
            "{file}"
        );
        // The prompt, to the byte.
        let project = place.file("p/wording.toml");
        let project = project.to_str().unwrap();
        let rendered = place.run(&["render", name, "--project", project, "--format", "json"]);
        let prompts: Vec<Value> = (rendered.out.lines())
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["messages"].clone())
            .collect();
        let sent = |text: &str| {
            json!([{"role": "system", "content": "Which team: {billing} or it? One word."},
                {"role": "user", "content": format!("Ticket: {text}\nTeam:")}])
        };
        assert_eq!(
            prompts,
            [sent("I was charged twice"), sent("My screen is black")],
            "{file}: {}",
            rendered.err
        );
        // The outputs that were recorded can be scored without a call.
        let run = place.run(&[
            "run",
            &format!("{name}-recorded"),
            "--project",
            project,
            "-q",
        ]);
        assert_eq!(run.code, 0, "{file}: {}", run.err);
    }
}

/// Instruments name a span for the method that was called, so all prompts of a program come under one name.
#[test]
fn prompts_under_one_name_are_told_apart() {
    for (file, names) in [
        (
            "openinference-sdk.jsonl",
            ["chatcompletion", "chatcompletion-2"],
        ),
        ("openllmetry.jsonl", ["openai-chat", "openai-chat-2"]),
        (
            "langfuse-sdk.jsonl",
            ["openai-generation", "openai-generation-2"],
        ),
        (
            "pydantic-ai.jsonl",
            ["chat-gpt-4o-mini", "chat-gpt-4o-mini-2"],
        ),
        ("langchain.jsonl", ["chatopenai", "chatopenai-2"]),
        ("ai-sdk.jsonl", ["route", "ai-generatetext-dogenerate"]),
    ] {
        let place = Workspace::empty();
        let said = import(&place, file, &[]);
        let made = said.json();
        let made_names = names.map(|name| [name.to_owned(), format!("{name}-recorded")]);
        assert_eq!(made["experiments"], json!(made_names.concat()), "{file}");
        assert_eq!(made["models"], json!(["openai/gpt-4o-mini"]), "{file}");
        // It says which machine was called, and that is not the maker's.
        let is_elsewhere = file.starts_with("pydantic-ai");
        assert_eq!(
            said.code,
            i32::from(is_elsewhere),
            "{file}: {}",
            made["notes"]
        );
        let elsewhere = made["notes"].to_string().contains("the server `127.0.0.1:");
        assert_eq!(elsewhere, is_elsewhere, "{file}: {}", made["notes"]);
        let tickets = [
            "I was charged twice",
            "A charge of 9 > 3 & \"more\"",
            "My screen is black",
        ];
        let answers = [["billing", "billing", "it"], ["Bonjour."; 3]];
        for (name, answers) in names.iter().zip(answers) {
            let rows = rows(&place, name);
            let pairs: Vec<[&Value; 2]> = rows
                .iter()
                .map(|row| [&row["input"], &row["__output_1"]])
                .collect();
            let expected = tickets
                .iter()
                .zip(answers)
                .map(|(t, a)| [json!(t), json!(a)]);
            assert_eq!(json!(pairs), json!(expected.collect::<Vec<_>>()), "{file}");
        }
        let read = |name: &str| place.read(&format!("p/templates/{name}/prompt.j2"));
        assert!(read(names[0]).contains("One word."), "{file}");
        assert!(
            read(names[1]).ends_with("Translate this text into French: {{ row[\"input\"] }}\n"),
            "{file}: {}",
            read(names[1])
        );
        // Each prompt has its own parameters, not those that all calls under the name share.
        let project = place.read("p/wording.toml");
        assert_eq!(
            project.matches("temperature = ").count(),
            2,
            "{file}: {project}"
        );
        assert_eq!(
            project.matches("tokens = 20").count(),
            1,
            "{file}: {project}"
        );
    }
}

#[test]
fn a_file_of_calls_without_their_messages_says_so() {
    let place = Workspace::empty();
    let span = json!({"name": "chat m", "attributes": {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}});
    place.write("spans.jsonl", &format!("{span}\n{span}\n"));
    let said = place.run(&["import", "traces", "spans.jsonl", "-o", "p"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains(
            "spans.jsonl:1: a call of a model without its messages (2 times, the first here)"
        ),
        "{}",
        said.err
    );
}

/// As Inspect 0.3.285 reads it: the score of the task, and the events of the transcript.
#[test]
fn logs_of_older_versions_of_inspect_are_read_whole() {
    let place = Workspace::empty();
    let answer = json!({"role": "assistant", "content": "attachment://a"});
    let output = json!({"model": "openai/m", "choices": [{"message": answer}]});
    let event = json!({"event": "model", "config": {"seed": 3}, "tools": [{"name": "look", "description": "d"}], "output": output});
    let sample = json!({
        "id": 1, "epoch": 1, "input": "q", "target": "a", "output": output, "score": {"value": "I"},
        "messages": [{"role": "user", "content": "q"}, answer],
        "transcript": {"events": [event], "content": {"a": "yes"}},
    });
    let log = json!({"version": 2, "eval": {"task": "t", "model": "openai/m"}, "plan": {}, "results": {"scores": [{"name": "match"}]}, "samples": [sample]});
    place.write("older.json", &log.to_string());
    let said = place.run(&[
        "import",
        "traces",
        "older.json",
        "-o",
        "p",
        "--format",
        "json",
    ]);
    assert_eq!(said.code, 1, "{}", said.err);
    let notes = said.json()["notes"].to_string();
    assert!(notes.contains("\"tools\""), "{notes}");
    let row = &rows(&place, "t")[0];
    assert_eq!(
        (&row["__scores"], &row["__output_1"]),
        (&json!({"match": "I"}), &json!("yes"))
    );
    assert!(
        place
            .read("p/wording.toml")
            .contains("params = { seed = 3 }")
    );
}

#[test]
fn scores_answers_and_parameters_are_kept() {
    let place = Workspace::empty();
    import(&place, "otel.jsonl", &[]);
    let row = &rows(&place, "chat-gpt-4o-mini")[0];
    assert_eq!(row["__scores"], json!({"polite": 1.0}));
    assert_eq!(
        row["__annotations"],
        json!([{"name": "polite", "value": "asked by jo@example.org"}])
    );
    let project = place.read("p/wording.toml");
    assert!(
        project.contains("params = { temperature = 0.0, max_tokens = 5 }"),
        "{project}"
    );

    let place = Workspace::empty();
    import(&place, "phoenix.csv", &[]);
    let row = &rows(&place, "chatcompletion")[1];
    assert_eq!(
        (&row["__scores"], &row["__annotations"]),
        (
            &json!({"polite": 0.0}),
            &json!([{"name": "polite", "value": "no"}])
        )
    );

    let place = Workspace::empty();
    import(&place, "inspect.eval", &[]);
    let row = &rows(&place, "routing")[1];
    assert_eq!(
        (&row["__expected"], &row["__scores"]),
        (&json!("it"), &json!({"match": "C"}))
    );
    assert!(
        place
            .read("p/wording.toml")
            .contains("answer = \"__expected\"")
    );
}

#[test]
fn what_is_redacted_is_written_nowhere() {
    let place = Workspace::empty();
    let said = import(
        &place,
        "otel.jsonl",
        &[
            "--redact",
            r"\S+@\S+",
            "--redact",
            "(?i)charged",
            "--redact",
            "^My .*",
        ],
    );
    let mut texts = vec![said.out];
    for entry in walkdir::WalkDir::new(place.file("p"))
        .into_iter()
        .map(Result::unwrap)
    {
        if entry.file_type().is_file() {
            texts.push(std::fs::read_to_string(entry.path()).unwrap());
        }
    }
    assert!(texts.len() > 3);
    for secret in ["example.org", "charged", "My screen"] {
        assert!(!texts.iter().any(|text| text.contains(secret)), "{secret}");
    }
    let rows = rows(&place, "chat-gpt-4o-mini");
    assert_eq!(
        (&rows[0]["input"], &rows[1]["input"]),
        (&json!("I was [redacted] twice"), &json!("[redacted]"))
    );
    let bad = place.run(&["import", "traces", "otel.jsonl", "-o", "q", "--redact", "("]);
    assert_eq!(bad.code, 2);
    assert!(bad.err.contains("--redact"), "{}", bad.err);
}

#[test]
fn what_is_not_taken_over_is_listed_with_its_line() {
    let place = Workspace::empty();
    let user = |content: Value| json!({"role": "user", "content": content});
    let call = |input: Value, output: &str, temperature: f64| {
        json!({"traceId": "t", "type": "GENERATION", "name": "ask", "model": "our-own", "input": input, "output": output,
            "modelParameters": {"temperature": temperature}})
    };
    let lines = [
        json!({"traceId": "t", "type": "SPAN", "name": "find", "input": "x", "output": "y"}),
        call(json!([user("Why?".into())]), "Because.", 0.0),
        call(json!([user("Why?".into())]), "No reason.", 1.0),
        call(
            json!([user(
                json!([{"type": "image_url"}, {"type": "text", "text": "What?"}])
            )]),
            "A cat.",
            0.0,
        ),
        json!({"attributes": {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}, "name": "chat m"}),
        json!({"hello": "world"}),
        json!({"object": "chat.completion", "id": "c", "choices": []}),
        call(
            json!([user("And?".into()), {"role": "tool", "content": "3"}]),
            "3.",
            0.0,
        ),
        call(json!([user(json!([]))]), "a cat", 0.0),
        json!({"traceId": "t", "type": "GENERATION", "name": "none", "model": "m", "input": [user("Why?".into())], "output": null}),
        json!({"resourceSpans": [], "resourceLogs": [{"scopeLogs": []}]}),
    ];
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    place.write("t.jsonl", &lines);
    let said = place.run(&["import", "traces", "t.jsonl", "-o", "p", "--format", "json"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let made = said.json();
    let note = |line: u64, part: &str| {
        let notes = made["notes"].as_array().unwrap();
        let is =
            |note: &&Value| note["line"] == line && note["what"].as_str().unwrap().contains(part);
        let found = notes
            .iter()
            .find(is)
            .unwrap_or_else(|| panic!("{line}, {part}: {notes:#?}"));
        found["weight"].clone()
    };
    assert_eq!(note(1, "`SPAN`"), "changed");
    assert_eq!(note(2, "`temperature`"), "dropped");
    assert_eq!(note(2, "`our-own`"), "dropped");
    assert_eq!(note(2, "further outputs of 1 input"), "dropped");
    assert_eq!(note(4, "`image_url`"), "dropped");
    assert_eq!(note(5, "without its messages"), "dropped");
    assert_eq!(note(6, "a record"), "dropped");
    assert_eq!(note(7, "stored completion"), "dropped");
    assert_eq!(note(8, "role `tool`"), "dropped");
    // An instrument that records no images leaves their messages empty: sent again, it would be another call.
    assert_eq!(note(9, "messages have no text"), "dropped");
    assert_eq!(note(10, "calls of 1 input without an output"), "changed");
    assert_eq!(note(11, "records of logs"), "dropped");
    let rows = rows(&place, "ask");
    assert_eq!(
        rows[0]["__more_outputs"],
        json!([{"model": "our-own", "output": "No reason.", "times": 1}])
    );
    let conversations = self::rows(&place, "ask-2");
    assert_eq!(conversations[0]["input_2"], json!("3"));

    for (file, text, parts) in [
        (
            "bad.jsonl",
            "{\"a\": 1}\n{\"a\": oops}\n",
            vec!["bad.jsonl:2:7", "oops"],
        ),
        (
            "bad.json",
            "[{\"a\": oops}]",
            vec!["bad.json", "not valid JSON"],
        ),
        (
            "none.jsonl",
            "{\"traceId\": \"t\", \"type\": \"SPAN\", \"input\": 1, \"output\": 2}\n",
            vec!["none.jsonl", "no call of a model"],
        ),
        (
            "bad.eval",
            "PK and no more",
            vec!["bad.eval", "not a complete .eval file"],
        ),
        ("t.txt", "x", vec!["t.txt", ".jsonl"]),
    ] {
        place.write(file, text);
        let said = place.run(&["import", "traces", file, "-o", "q"]);
        assert_eq!(said.code, 2, "{file}");
        assert!(
            parts.iter().all(|part| said.err.contains(part)),
            "{file}: {}",
            said.err
        );
    }
}

#[test]
fn what_is_not_read_in_a_folder_is_listed() {
    let place = Workspace::empty();
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/traces");
    std::fs::create_dir_all(place.file("traces/day [1]/later")).unwrap();
    for (file, to) in [
        ("langfuse.jsonl", "langfuse.jsonl"),
        ("otel.jsonl", "day [1]/later/otel.jsonl"),
        ("otel.jsonl", "day [1]/otel.jsonl.gz"),
        ("otel.jsonl", "more.jsonl.gz"),
        ("otel.jsonl", ".cache"),
        ("otel.jsonl", ".hidden.jsonl"),
    ] {
        std::fs::copy(format!("{fixtures}/{file}"), place.file("traces").join(to)).unwrap();
    }
    // What macOS writes beside a file is no trace.
    place.write("traces/._langfuse.jsonl", "\0Mac OS X");
    let said = place.run(&["import", "traces", "traces", "-o", "p", "--format", "json"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let made = said.json();
    assert_eq!(made["experiments"].as_array().unwrap().len(), 4, "{made}");
    let notes = made["notes"].as_array().unwrap().iter();
    let unread: Vec<&Value> = notes.filter(|note| note["weight"] == "dropped").collect();
    assert_eq!(unread.len(), 1, "{made}");
    assert_eq!(
        unread[0]["what"],
        "2 files: day [1]/otel.jsonl.gz, more.jsonl.gz"
    );
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("..", place.file("traces/day [1]/up")).unwrap();
        let said = place.run(&["import", "traces", "traces", "-o", "q"]);
        assert_eq!(said.code, 1, "{}", said.err);
        let listed = "day [1]/up: it cannot be read: a link to a folder that contains it";
        assert!(said.out.contains(listed), "{}", said.out);
    }
    place.write("other/notes.txt", "notes");
    place.write("other/plan.pdf", "plan");
    let said = place.run(&["import", "traces", "other", "-o", "r"]);
    assert_eq!(said.code, 2, "{}", said.out);
    let listed = "not read: other: 2 files: notes.txt, plan.pdf: only .jsonl";
    assert!(said.err.contains(listed), "{}", said.err);
}

#[test]
fn a_log_that_unpacks_to_too_much_is_refused_with_its_part() {
    use std::io::Write;
    let place = Workspace::empty();
    let log = |samples: usize, letters: usize| {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let packed = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Zstd);
        let mut part = |name: String, text: &Value| {
            archive.start_file(name, packed).unwrap();
            archive.write_all(text.to_string().as_bytes()).unwrap();
        };
        part(
            "header.json".into(),
            &json!({"version": 2, "eval": {"task": "t", "model": "openai/m"}}),
        );
        for n in 0..samples {
            let text = format!("{n} {}", "a".repeat(letters));
            part(
                format!("samples/{n}.json"),
                &json!({"epoch": 1, "target": "x", "messages": [{"role": "user", "content": text}]}),
            );
        }
        std::fs::write(
            place.file("log.eval"),
            archive.finish().unwrap().into_inner(),
        )
        .unwrap();
        place.run(&["import", "traces", "log.eval", "-o", "p"])
    };
    for (samples, letters, last) in [(1, 65 << 20, 0), (9, 8 << 20, 7)] {
        let said = log(samples, letters);
        let told = format!(
            "cannot read log.eval: samples/{last}.json: the archive unpacks to more than 400 times its size and is not read"
        );
        assert!(said.code == 2 && said.err.contains(&told), "{}", said.err);
        assert!(!place.file("p").exists());
    }
    let said = log(2, 1000);
    assert!(
        said.code == 0 && said.out.contains("2 rows"),
        "{}",
        said.err
    );
}

/// Pages of completions and of their messages, in files that are read in any order.
#[test]
fn a_stored_completion_is_one_call_however_often_it_was_saved() {
    let place = Workspace::empty();
    let completion = |id: &str, answer: &str| json!({"object": "chat.completion", "id": id, "model": "gpt-4o", "choices": [{"message": {"content": answer}}]});
    let message = |id: &str, text: &str| json!({"id": id, "role": "user", "content": text});
    let page = |records: &[Value]| json!({"object": "list", "data": records}).to_string();
    place.write("t/0.json", &page(&[message("a-0", "first")]));
    place.write(
        "t/1.json",
        &page(&[
            completion("a", "x"),
            completion("a", "x"),
            completion("b", "y"),
        ]),
    );
    let others = [
        message("a-1", "second"),
        message("b-1", "fourth"),
        message("b-0", "third"),
    ];
    place.write("t/2.json", &page(&others));
    // A page that was saved twice says nothing new.
    place.write("t/copy.json", &page(&others));
    let import = |to: &str| place.run(&["import", "traces", "t", "-o", to, "--format", "json"]);
    let said = import("p");
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!(
        rows(&place, "calls"),
        [
            json!({"input": "first", "input_2": "second", "__output_1": "x"}),
            json!({"input": "third", "input_2": "fourth", "__output_1": "y"}),
        ]
    );
    place.write("t/3.json", &page(&[completion("a", "z")]));
    let said = import("q");
    let notes = said.json();
    assert_eq!(said.code, 1);
    assert_eq!(
        notes["notes"][0]["what"],
        "a stored completion with the id of another"
    );
    let stray = [
        message("a-0", "another"),
        message("c-0", "no completion"),
        message("msg", "no number"),
    ];
    place.write("t/3.json", &page(&stray));
    let said = import("r");
    assert_eq!(said.code, 1, "{}", said.err);
    let made = said.json();
    let told = made["notes"].as_array().unwrap().iter();
    let told = told.filter(|note| note["weight"] == "dropped");
    let mut told: Vec<&str> = told.map(|note| note["what"].as_str().unwrap()).collect();
    told.sort();
    assert_eq!(
        told,
        [
            "a message of no stored completion",
            "a message with the id of another",
            "a message without its stored completion",
        ]
    );
    place.write("alone/2.json", &page(&others));
    let said = place.run(&["import", "traces", "alone", "-o", "s"]);
    let missing = "alone/2.json: a message without its stored completion (3 times, the first here): save the completions too";
    assert!(said.code == 2 && said.err.contains(missing), "{}", said.err);
}
