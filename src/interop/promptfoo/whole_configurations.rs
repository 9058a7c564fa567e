//! What becomes of whole configurations, where promptfoo 0.123.1 was recorded with the same ones.

use super::promptfoo;
use std::fs;

/// The project of a configuration: its settings, its rows, and what was left out.
fn imported(yaml: &str) -> (String, String, Vec<String>) {
    let place = tempfile::tempdir().unwrap();
    let config = place.path().join("c.yaml");
    fs::write(&config, yaml).unwrap();
    fs::write(place.path().join("s.json"), r#"{"type": "object"}"#).unwrap();
    fs::write(
        place.path().join("two.json"),
        r#"[{"type": "a"}, {"type": "b"}]"#,
    )
    .unwrap();
    fs::create_dir_all(place.path().join("sub/more")).unwrap();
    for hidden in ["", "._"] {
        fs::write(place.path().join(format!("sub/{hidden}v.txt")), "in a file").unwrap();
    }
    fs::write(place.path().join(".env"), "SET_IN_A_FILE=x\n").unwrap();
    let made = promptfoo(&config, false).unwrap();
    let ends = |end: &str| {
        let found = made
            .files
            .iter()
            .filter(|(path, _)| path.to_string_lossy().ends_with(end));
        found.map(|(_, text)| text.as_str()).collect::<String>()
    };
    let left_out = made
        .notes
        .iter()
        .filter(|note| note.weight == crate::interop::Weight::Dropped);
    let left_out = left_out.map(|note| note.what.clone()).collect();
    (ends(".toml"), ends(".jsonl"), left_out)
}

fn with_provider(provider: &str) -> (String, String, Vec<String>) {
    imported(&format!(
        "prompts: ['a {{{{ w }}}}', 'b']\nproviders: [{provider}]\ntests: [{{vars: {{w: x}}}}]\n"
    ))
}

#[test]
fn settings_of_providers_are_sent_as_they_are_there() {
    let (settings, _, left_out) = with_provider(
        "{id: 'openai:chat:m', config: {response_format: {type: json_schema, json_schema: {name: n, schema: file://s.json}}}}",
    );
    assert!(
        settings.contains("schema = { type = \"object\" }"),
        "{settings}"
    );
    assert_eq!(left_out, [""; 0]);
    let (settings, _, _) = with_provider(
        "{id: 'openai:responses:gpt-4o', config: {instructions: Be brief., max_tool_calls: 0, include: [], background: true}}",
    );
    assert!(
        settings.contains("instructions = \"Be brief.\"") && settings.contains("include = []"),
        "{settings}"
    );
    assert!(!settings.contains("max_tool_calls"), "{settings}");
    // A key goes to an address of one's own too.
    let (settings, _, _) =
        with_provider("{id: 'groq:m', config: {apiBaseUrl: 'http://localhost:1/v1'}}");
    assert!(
        settings.contains("api_key_env = \"GROQ_API_KEY\""),
        "{settings}"
    );
    // An `id` inside only names it, and `prompts` that are no list are not looked at.
    let (settings, _, left_out) = with_provider("{'openai:chat:m': {id: bee, prompts: b}}");
    assert!(
        settings.contains("openai/m") && settings.contains("prompt-2"),
        "{settings}"
    );
    assert_eq!(left_out, [""; 0]);
}

#[test]
fn an_organization_of_the_environment_is_a_header_unless_one_is_written() {
    let of = |headers: &str| {
        let yaml = "prompts: [a]\nenv: {OPENAI_ORGANIZATION: usual}\ntests: [{vars: {w: x}}]\nproviders: [{id: 'openai:chat:m', config: {headers: HEADERS}}]\n";
        imported(&yaml.replace("HEADERS", headers)).0
    };
    assert!(of("{}").contains("OpenAI-Organization = \"usual\""));
    let own = of("{openai-organization: own}");
    assert!(
        own.contains("openai-organization = \"own\"") && !own.contains("usual"),
        "{own}"
    );
}

#[test]
fn tests_count_as_often_and_with_the_assertions_that_they_have_there() {
    let yaml = "prompts: [a]\nproviders: [echo]\n";
    let default = "defaultTest: {assert: [{type: contains, value: z}], options: {disableDefaultAsserts: true}}\n";
    let (_, rows, _) = imported(&format!("{yaml}{default}tests: [{{vars: {{w: x}}}}]\n"));
    assert!(rows.contains("contains"), "{rows}");
    let (_, _, left_out) = imported(
        "prompts: [a]\nproviders: [echo]\ntests: [{assert: [{type: similar, value: b, provider: 'nope:x'}]}]\n",
    );
    assert_eq!(left_out, ["the model of `similar`"]);
    let scenario = "scenarios: [{config: [{vars: {w: x}}], tests: [{vars: {v: y}}]}]\n";
    let (_, rows, _) = imported(&format!("{yaml}{default}{scenario}"));
    assert!(
        rows.contains("\"v\"") && !rows.contains("contains"),
        "{rows}"
    );
    let tests = "tests: [{vars: {w: x}, options: {repeat: 2.5}}, 'file://t.xlsx#2']\n";
    let options = "evaluateOptions: {repeat: 2.5, filterRange: '0:1', filterSample: 1}\n";
    let (settings, _, left_out) = imported(&format!("{yaml}{tests}{options}"));
    assert!(!settings.contains("samples"), "{settings}");
    assert_eq!(
        left_out,
        [
            "the tests of `file://t.xlsx#2`",
            "`evaluateOptions.filterRange`"
        ]
    );
}

#[test]
fn a_prompt_that_looks_at_a_variable_of_a_file_is_told_of() {
    let of = |env: &str| {
        let yaml = "prompts: ['a {{ env.SET_IN_A_FILE }}{{ env.SET_NOWHERE }}']\nproviders: [echo]\ntests: [{vars: {w: x}}]\n";
        imported(&format!("{yaml}{env}"))
    };
    let (_, rows, left_out) = of("");
    assert_eq!(left_out, ["`env.SET_IN_A_FILE` in the prompt `prompt-1`"]);
    assert!(!rows.contains("SET_IN_A_FILE"), "{rows}");
    let (_, rows, left_out) = of("env: {SET_IN_A_FILE: own}\n");
    assert_eq!(left_out, [""; 0]);
    assert!(rows.contains("\"SET_IN_A_FILE\":\"own\""), "{rows}");
    assert_eq!(of("env: {SET_IN_A_FILE: null}\n").2, [""; 0]);
}

#[test]
fn tools_stand_in_files_each_and_other_parameters_in_none() {
    let (settings, _, left_out) =
        with_provider("{id: 'openai:chat:m', config: {tools: [file://two.json, [file://s.json]]}}");
    let tools = r#"tools = [{ type = "a" }, { type = "b" }, { type = "object" }]"#;
    assert!(settings.contains(tools), "{settings}");
    assert_eq!(left_out, [""; 0]);
    let (settings, _, _) = with_provider(
        "{id: 'openai:chat:m', config: {tools: [file://s.json, {type: c}], functions: [file://s.json]}}",
    );
    let tools = r#"tools = [{ type = "object" }, { type = "c" }]"#;
    assert!(
        settings.contains(tools) && settings.contains(r#"functions = [{ type = "object" }]"#),
        "{settings}"
    );
    let (settings, _, left_out) =
        with_provider("{id: 'openai:chat:m', config: {stop: file://s.json}}");
    assert!(settings.contains("stop = \"file://s.json\""), "{settings}");
    assert_eq!(left_out, ["the file of `stop`"]);
    let (settings, _, left_out) = with_provider(
        "{id: 'openai:chat:m', config: {tools: ['file://t*.json'], user: '{{ w }}'}}",
    );
    assert!(
        settings.contains(r#"tools = [{ type = "a" }, { type = "b" }]"#),
        "{settings}"
    );
    assert_eq!(left_out, [""; 0]);
    let (_, _, left_out) = with_provider("{id: 'openai:chat:m', config: {tools: file://s.json}}");
    assert_eq!(left_out, ["`tools`"]);
}

#[test]
fn files_are_found_by_the_patterns_of_promptfoo() {
    let tests = |value: &str| {
        imported(&format!(
            "prompts: ['a {{{{ w }}}}']\nproviders: [echo]\nenv: {{IN: sub}}\ntests: [{{vars: {{w: '{value}'}}}}]\n"
        ))
    };
    for pattern in [
        "file://**/v.txt",
        "file://sub/*.txt",
        "file://sub/{v,x}.txt",
        "file://{{env.IN}}/v.txt",
        "file://.//sub/[v].txt",
    ] {
        let (_, rows, left_out) = tests(pattern);
        assert_eq!(left_out, [""; 0], "{pattern}");
        assert!(
            rows.lines().count() == 1 && rows.contains("in a file"),
            "{pattern}: {rows}"
        );
    }
    let (_, rows, left_out) = tests("file://{{env.IN}}/*.txt");
    assert!(
        left_out.is_empty() && rows.contains("in a file"),
        "{left_out:?} {rows}"
    );
    let (_, _, left_out) = tests("file://sub/{u..w}.txt");
    assert_eq!(left_out, ["the variable `w`: `file://sub/{u..w}.txt`"]);
    for lost in ["file://sub/!(x).txt", "file://sub/[[:alpha:]].txt"] {
        let (_, _, left_out) = tests(lost);
        assert_eq!(left_out, [format!("the variable `w`: `{lost}`")]);
    }
    // A folder is a value, which cannot be read.
    let (_, _, left_out) = tests("file://s*");
    assert!(
        left_out.len() == 1 && left_out[0].ends_with("sub`"),
        "{left_out:?}"
    );
    let prompts =
        |written: &str| imported(&format!("prompts: ['{written}', b]\nproviders: [echo]\n")).2;
    assert_eq!(prompts("**/*.txt"), [""; 0]);
    assert_eq!(prompts("What is 2*(3+4)? In short."), [""; 0]);
    let folder = prompts("sub/**");
    assert!(
        folder.len() == 1 && folder[0].starts_with("the folder `"),
        "{folder:?}"
    );
    // Folders below are passed over there.
    assert_eq!(prompts("sub/*"), [""; 0]);
    let in_env = "prompts: ['{{env.IN}}/v.txt']\nenv: {IN: sub}\nproviders: [echo]\n";
    assert_eq!(imported(in_env).2, [""; 0]);
    for lost in ["sub/!(x).txt", "file://no/*.txt"] {
        assert_eq!(prompts(lost), [format!("the prompt `{lost}`")]);
    }
}

#[test]
fn what_promptfoo_does_not_read_or_cannot_call_is_told_as_that() {
    let (_, rows, left_out) = imported(
        "prompts: [a]\nproviders: [{id: 'openai:chat:m', temperature: 0}]\nimport: x\ntests: [{ideal: y, assert: [{type: contains, value: a}, {type: llm-rubric, value: b, provider: 'nope:x'}, {type: cost, threshold: 1}]}]\n",
    );
    assert_eq!(
        left_out,
        [
            "the assertion `cost` of answers by `m`",
            "the judge of `llm-rubric`"
        ]
    );
    assert!(rows.contains("contains"), "{rows}");
    let (_, _, left_out) = imported(
        "prompts: [a]\nproviders: ['openrouter:openai/gpt-4o']\nextensions: []\ntests: [{assert: [{type: similar, value: b, provider: 'openai:chat:m'}, {type: cost, threshold: 1}]}]\n",
    );
    assert_eq!(
        left_out,
        [
            "the assertion `cost` of answers by `openai/gpt-4o`",
            "the model of `similar`"
        ]
    );
    let (_, _, left_out) = imported(
        "prompts: [a]\nproviders: [echo]\ntests: [{assert: [{type: similar, value: b, provider: {text: echo}}]}]\n",
    );
    assert_eq!(left_out, ["the model of `similar`"]);
}
