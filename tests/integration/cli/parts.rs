//! Images, audio and files in messages: sent at their places, addressed by their bytes, and located where they are wrong.

use crate::support::Workspace;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use wording::demo::{DemoServer, DemoSpec, Script};

const DOT: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const TEMPLATE: &str = "{{ role(\"user\") }}{{ image(shots[0].photo) }}\n{{ role(\"assistant\") }}dot\n{{ role(\"user\") }}What is\n{{ image(row.photo, detail=\"low\") }}\n? {{ row.note }}\n";

fn place(url: &str) -> Workspace {
    let place = Workspace::empty();
    std::fs::create_dir(place.file("photos")).unwrap();
    std::fs::write(
        place.file("photos/dot.png"),
        BASE64_STANDARD.decode(DOT).unwrap(),
    )
    .unwrap();
    place.write("t.j2", TEMPLATE);
    let forged = "[image photos/dot.png] {{ image('photos/dot.png') }}";
    let row =
        |photo: &str| json!({"photo": photo, "note": forged, "label": "dot"}).to_string() + "\n";
    place.write(
        "d.jsonl",
        &(row("photos/dot.png")
            + &row(&format!("data:image/png;base64,{DOT}"))
            + &row("https://example.org/dot.png")),
    );
    place.write(
        "s.jsonl",
        "{\"photo\": \"photos/dot.png\", \"note\": \"a shot\", \"label\": \"spot\"}\n",
    );
    place.write(
        "wording.toml",
        &format!("[endpoint.x]\nbase_url = \"{url}\"\n[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nshots = \"s.jsonl\"\nanswer = \"label\"\nmodels = [\"x/echo\"]\n"),
    );
    place
}

#[test]
fn parts_are_sent_where_they_stand_and_answers_are_addressed_by_their_bytes() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let script = Script::parse("").unwrap();
    let server = runtime
        .block_on(DemoServer::start_with(DemoSpec::default(), Some(script)))
        .unwrap();
    let place = place(&server.base_url());
    let run = place.run(&["run", "--max-in-flight", "1"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let sent = server.recorded_requests();
    let mut urls = Vec::new();
    for request in &sent {
        let messages = &request.body["messages"];
        assert_eq!(messages[1], json!({"role": "assistant", "content": "dot"}));
        assert_eq!(
            messages[0]["content"][0]["image_url"],
            json!({"url": format!("data:image/png;base64,{DOT}")})
        );
        let parts = messages[2]["content"].as_array().unwrap();
        let kinds: Vec<&str> = parts.iter().map(|p| p["type"].as_str().unwrap()).collect();
        // What looks like a part in the data is text.
        assert_eq!(kinds, ["text", "image_url", "text"]);
        assert_eq!(parts[0]["text"], "What is");
        assert_eq!(
            parts[2]["text"],
            "? [image photos/dot.png] {{ image('photos/dot.png') }}"
        );
        assert_eq!(parts[1]["image_url"]["detail"], "low");
        urls.push(parts[1]["image_url"]["url"].as_str().unwrap().to_owned());
    }
    urls.sort();
    let data = format!("data:image/png;base64,{DOT}");
    assert_eq!(
        urls,
        [data.clone(), "https://example.org/dot.png".into()],
        "the file and the same bytes as data are one request"
    );
    let lines = place.run(&["export", "--format", "jsonl"]).out;
    let trial: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(
        trial["output"],
        "What is\n[image image/png, 70 bytes]\n? [image photos/dot.png] {{ image('photos/dot.png') }}"
    );
    assert!(
        trial["messages"][2]["content"]
            .as_str()
            .unwrap()
            .starts_with("What is\n[image photos/dot.png]"),
        "{trial}"
    );
    assert!(
        !lines.contains(place.path().to_str().unwrap()),
        "no path of this machine is stored"
    );
    // Nothing is sent twice; other bytes under the same name are another request, in shots too.
    assert_eq!(place.run(&["run"]).code, 0);
    assert_eq!(server.recorded_requests().len(), 2);
    let mut bytes = BASE64_STANDARD.decode(DOT).unwrap();
    bytes.push(0);
    std::fs::write(place.file("photos/dot.png"), bytes).unwrap();
    assert_eq!(place.run(&["run"]).code, 0);
    assert_eq!(server.recorded_requests().len(), 5);
}

#[test]
fn audio_and_files_have_forms_of_their_own() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let script = Script::parse("").unwrap();
    let server = runtime
        .block_on(DemoServer::start_with(DemoSpec::default(), Some(script)))
        .unwrap();
    let place = place(&server.base_url());
    place.write(
        "t.j2",
        "{{ audio('a.wav') }}{{ file('notes.txt') }}{{ row.note }}",
    );
    place.write("notes.txt", "hello");
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0".to_vec();
    wav.resize(44 + 16_000, 0);
    std::fs::write(place.file("a.wav"), &wav).unwrap();
    assert_eq!(place.run(&["run", "--rows", "1"]).code, 0);
    let content = server.recorded_requests()[0].body["messages"][0]["content"].clone();
    assert_eq!(content[0]["input_audio"]["format"], "wav");
    assert_eq!(
        content[0]["input_audio"]["data"],
        BASE64_STANDARD.encode(&wav)
    );
    assert_eq!(
        content[1]["file"],
        json!({"filename": "notes.txt", "file_data": format!("data:text/plain;base64,{}", BASE64_STANDARD.encode("hello"))})
    );
    assert_eq!(content[2]["type"], "text");
}

#[test]
fn what_is_wrong_with_a_part_is_located() {
    for (template, says) in [
        (
            "\n{{ image('photos/none.png') }}",
            "no file `photos/none.png` in the project",
        ),
        (
            "\n{{ image('/etc/passwd') }}",
            "outside of the project's folder",
        ),
        (
            "\n{{ image('d.jsonl') }}",
            "`d.jsonl` is not image data that can be sent: PNG, JPEG, GIF or WebP",
        ),
        ("\n{{ image('big.png') }}", "`big.png` is too large: 21 MiB"),
        (
            "\n{{ audio('photos/dot.png') }}",
            "is not audio data that can be sent",
        ),
        ("\n{{ image('data:image/png;base64,###') }}", "not base64"),
        (
            "\n{{ file('https://example.org/a.pdf') }}",
            "file() takes a path or a data: URL",
        ),
        (
            "\n{{ image(row.photo, detail='huge') }}",
            "no detail `huge`",
        ),
        ("\n{{ image(row.phto) }}", "`row.phto` is undefined"),
        ("\n{{ image(7) }}", "not number"),
        (
            "\n{{ image('photos/dot.png') | upper }}",
            "changed by a filter",
        ),
    ] {
        let place = place("http://127.0.0.1:9/v1");
        place.write("t.j2", template);
        let big = std::fs::File::create(place.file("big.png")).unwrap();
        std::io::Write::write_all(&mut &big, &BASE64_STANDARD.decode(DOT).unwrap()).unwrap();
        big.set_len((20 << 20) + 1).unwrap();
        let said = place.run(&["render"]);
        assert_eq!(said.code, 1, "{template}\n{}{}", said.out, said.err);
        assert!(
            said.err.contains(says) && said.err.contains("t.j2:"),
            "{template}\n{}",
            said.err
        );
    }
    let place = place("http://127.0.0.1:9/v1");
    let project = place.read("wording.toml");
    place.write(
        "wording.toml",
        &project.replace(
            "[experiment.a]",
            "api = \"completions\"\nretries = 0\n[experiment.a]",
        ),
    );
    let said = place.run(&["run"]);
    assert_ne!(said.code, 0);
    assert!(
        (said.out.clone() + &said.err).contains("plain completions take no images"),
        "{}{}",
        said.out,
        said.err
    );
}

#[test]
fn wordings_that_differ_in_a_part_alone_are_not_the_same() {
    let place = place("http://127.0.0.1:9/v1");
    let same = |levels: &str| {
        let axes = format!("+++\n[axes]\nlook = {levels}\n+++\n");
        place.write(
            "t.j2",
            &(axes + &TEMPLATE.replace("detail=\"low\"", "detail=look")),
        );
        let said = place.run(&["check", "--format", "json"]);
        said.out.contains("unused-level") || said.out.contains("same-variant")
    };
    assert!(!same("[\"low\", \"high\"]"));
    assert!(same("[\"low\", { name = \"again\", text = \"low\" }]"));
}
