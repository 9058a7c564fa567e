//! "Cost at most" against the dearest server that keeps to what a request allows: no random conversation costs more than was said.

use proptest::prelude::*;
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde_json::{Value, json};
use std::{fmt::Write, path::Path};
use wording::{
    engine::{Conversation, NextTurn, Plan, PlanEstimator},
    model::{
        BillingDetails, Completion, MessagePiece, Params, Prompt, RequestTerms, Usage,
        effective_params,
    },
    project::Project,
    tokens::Counter,
};

/// A project of which one experiment is drawn.
fn write_project(dir: &Path, rng: &mut ChaCha8Rng, model: &str) {
    let mut template = String::from("{{ role('system') }}Answer {{ tone }}.\n");
    let replies = rng.random_range(0..=4);
    let ask = |rng: &mut ChaCha8Rng| {
        let mut text = String::new();
        for _ in 0..rng.random_range(1..4) {
            let piece = [
                "{{ row.text }} ",
                "Say it: ",
                "\"{{ tone }}\"\n\n",
                "好的。",
                "e\u{301} ",
            ];
            text += piece.choose(rng).unwrap();
        }
        text
    };
    for n in 0..replies {
        let question = ask(rng);
        write!(template, "{{{{ role('user') }}}}{question}").unwrap();
        if rng.random_bool(0.3) {
            template += "{{ image(row.photo, detail='low') }}";
        }
        // What was said is quoted once or more often, in a word or alone.
        for quoted in 0..n {
            let forms = [
                "\nYou wrote: {{ replies.rN }}",
                "{{ replies['rN'] | trim }}",
                "«{{ \"so \" ~ replies[N] ~ '!' }}»",
                "",
            ];
            for _ in 0..rng.random_range(0..3) {
                template += &forms.choose(rng).unwrap().replace('N', &quoted.to_string());
            }
        }
        write!(template, "{{{{ reply('r{n}') }}}}").unwrap();
    }
    if replies == 0 || rng.random_bool(0.6) {
        write!(template, "{}", ask(rng)).unwrap();
        if replies > 0 {
            template += "{{ replies.r0 }}";
        }
    }
    std::fs::write(dir.join("t.j2"), template).unwrap();
    let mut rows = String::new();
    for n in 0..rng.random_range(1..5) {
        let text = "wörd 42 ".repeat(rng.random_range(1..9));
        let photo =
            "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
        let row = json!({"id": n.to_string(), "text": text, "photo": photo, "label": "x"});
        writeln!(rows, "{row}").unwrap();
    }
    std::fs::write(dir.join("d.jsonl"), rows).unwrap();
    let tool = json!({"name": "search", "description": "Suche – find a page", "parameters": {"type": "object", "properties": {"q": {"type": "string"}}}});
    std::fs::write(dir.join("tools.json"), tool.to_string()).unwrap();
    let mut params = vec![format!("max_tokens = {}", rng.random_range(1..60))];
    if rng.random_bool(0.3) {
        params.push("n = 2".into());
    }
    if rng.random_bool(0.3) {
        params.push("instructions = \"Antworte höflich, und nur auf Deutsch.\"".into());
    }
    if rng.random_bool(0.4) {
        let fields: Vec<String> = (0..40)
            .map(|n| format!("f{n} = {{ type = \"string\" }}"))
            .collect();
        params.push(format!(
            "response_format = {{ type = \"json_schema\", json_schema = {{ name = \"a\", schema = {{ type = \"object\", properties = {{ {} }} }} }} }}",
            fields.join(", ")
        ));
    }
    let tools = match rng.random_bool(0.3) {
        true => "tools = \"tools.json\"",
        false => "",
    };
    let project = format!(
        "[endpoint.x]\nbase_url = \"http://127.0.0.1:9/v1\"\n[endpoint.x.model.\"{model}\"]\n\
         price = {{ input = 100, cached = 10, cache_write = 125, output = 400, reasoning = 600, tiers = [{{ above = 300, input = 200, cache_write = 250, output = 600, reasoning = 900 }}] }}\n\
         [experiment.e]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"x/{model}\"]\nsamples = {}\nparams = {{ {} }}\n{tools}\n\
         [experiment.e.axes]\ntone = [\"kindly\", \"in one short sentence\"]\n\
         [[experiment.e.metric]]\nkind = \"contains\"\n",
        rng.random_range(1..3),
        params.join(", ")
    );
    std::fs::write(dir.join("wording.toml"), project).unwrap();
}

/// How a server counts.
struct Server {
    /// By its vocabulary; `None`: each byte is a token.
    vocabulary: Option<Counter>,
    message: u64,
    prompt: u64,
    image: u64,
}

impl Server {
    fn text(&self, text: &str) -> u64 {
        match &self.vocabulary {
            Some(vocabulary) => vocabulary.text(text).tokens,
            None => text.len() as u64,
        }
    }

    /// All that it reads, written as JSON where it is no text.
    fn prompt(&self, prompt: &Prompt, params: &[&Params]) -> u64 {
        let mut tokens = self.prompt;
        for message in &prompt.messages {
            tokens += self.message;
            for piece in message.pieces() {
                tokens += match piece {
                    MessagePiece::Text(text) => self.text(text),
                    MessagePiece::Media(_) => self.image,
                };
            }
        }
        if let Some(tools) = prompt.tools() {
            tokens += 804 + self.text(&tools.json());
        }
        let read = ["instructions", "response_format"];
        let read = effective_params(params).filter(|(name, _)| read.contains(&name.as_str()));
        tokens
            + read
                .map(|(_, value)| self.text(&value.to_string()))
                .sum::<u64>()
    }

    /// The longest text that so many tokens give: what comes of random words, cut where they end.
    fn says(&self, most: u64, rng: &mut ChaCha8Rng) -> String {
        let words = [
            "ok",
            " Überraschung",
            "\n\n",
            "  ",
            "Straße",
            "!",
            "答案",
            "🏳️‍🌈",
            "1234567",
            " the",
            "<|im_end|>",
            "[reply r0]",
            "camelCase",
            "\t",
            "́",
        ];
        let mut text = String::from("=");
        loop {
            let longer = format!("{text}{}", words.choose(rng).unwrap());
            if self.text(&longer) > most {
                return text;
            }
            text = longer;
        }
    }
}

/// What all calls of a plan cost at a server that writes every prompt to its cache and thinks and speaks as long as it may.
fn charged(plan: &Plan, project: &Project, server: &Server, rng: &mut ChaCha8Rng) -> f64 {
    let model = &plan.models[0];
    let price = project.model(model).unwrap().price.clone().unwrap();
    let mut usd = 0.0;
    for variant in 0..plan.variants.len() {
        let params = plan.params(variant);
        let max_tokens = wording::model::max_output_tokens(&params).unwrap();
        let answers = RequestTerms::of_params(&params).more_answers + 1;
        for row in plan.dataset.rows() {
            let row = row.unwrap();
            for _ in 0..plan.experiment.samples {
                let prompt = plan.prompt(variant, &row).unwrap();
                let mut conversation =
                    Conversation::new(plan, &plan.variants[variant], &row, prompt);
                while let NextTurn::Model(sent) = conversation.next_turn() {
                    let prompt = server.prompt(&sent, &params);
                    let usage = Usage {
                        prompt,
                        completion: max_tokens * answers,
                        reasoning: max_tokens * answers,
                        billing: BillingDetails {
                            cache_write: prompt,
                            ..BillingDetails::default()
                        },
                        ..Usage::default()
                    };
                    usd += price.cost_usd(&usage);
                    let answer = Completion {
                        text: server.says(max_tokens, rng),
                        ..Completion::default()
                    };
                    conversation.take(&answer).unwrap();
                }
            }
        }
    }
    usd
}

fn load(dir: &Path) -> (Project, Plan) {
    let project = Project::load(&dir.join("wording.toml")).unwrap();
    let plan = Plan::load(&project, &project.experiments[0]).unwrap();
    plan.require_templates().unwrap();
    (project, plan)
}

fn said(project: &Project, plan: &Plan) -> Option<f64> {
    let (estimator, errors) = PlanEstimator::new(project, plan).unwrap();
    assert!(errors.is_empty(), "{errors:?}");
    let estimate = estimator.estimate_plan(&|_| 0);
    assert!(estimate.errors.is_empty() && !estimate.scaled);
    assert_eq!(estimate.models[0].to_send, estimate.models[0].calls);
    estimate.models[0].all.usd_at_most
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn no_conversation_costs_more_than_was_said(seed: u64, is_exact: bool) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let dir = tempfile::tempdir().unwrap();
        // OpenAI's frame and a small image as its documents count them; else a preamble, and the same number for each image.
        let (model, server) = match is_exact {
            true => {
                let vocabulary = Counter::exact(dir.path(), "gpt-4o", None).unwrap();
                ("gpt-4o", Server { vocabulary: Some(vocabulary), message: 3, prompt: 3, image: 85 })
            }
            false => ("m", Server { vocabulary: None, message: 14, prompt: 90, image: 1_601 }),
        };
        write_project(dir.path(), &mut rng, model);
        let (project, plan) = load(dir.path());
        let said = said(&project, &plan).unwrap();
        let charged = charged(&plan, &project, &server, &mut rng);
        prop_assert!(charged > 0.0);
        prop_assert!(charged <= said, "charged {charged}, said {said}\n{}", std::fs::read_to_string(dir.path().join("t.j2")).unwrap());
    }
}

/// Where nothing bounds what is sent, nothing is said.
#[test]
fn what_has_no_bound_has_no_cost_at_most() {
    let dir = tempfile::tempdir().unwrap();
    write_project(dir.path(), &mut ChaCha8Rng::seed_from_u64(1), "m");
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let project = std::fs::read_to_string(dir.path().join("wording.toml")).unwrap();
    let known = |template: &str| {
        write("t.j2", template);
        let (project, plan) = load(dir.path());
        said(&project, &plan).is_some()
    };
    let quoted = "{{ tone }}{{ reply('a') }}Again: {{ replies.a }}";
    assert!(known(quoted));
    for computed in [
        "{{ tone }}{{ reply('a') }}{{ replies.a | upper }}",
        "{{ tone }}{{ reply('a') }}{% if 'no' in replies.a %}{{ row.text }}{% endif %}Go on.",
        "{{ tone }}{{ reply('a') }}{{ replies.a * 20 }}",
    ] {
        assert!(!known(computed), "{computed}");
    }
    write("part.j2", "{{ replies.a }}");
    assert!(!known(
        "{{ tone }}{{ reply('a') }}{% filter upper %}{% include 'part.j2' %}{% endfilter %}"
    ));
    write("part.j2", "{{ row.text }}!");
    assert!(known(
        "{{ tone }}{{ reply('a') }}{{ replies.a }}{% include 'part.j2' %}"
    ));
    // A call that the reply ends is not followed by another.
    assert!(known(
        "{{ tone }}{% if false %}{{ replies.a | upper }}{% endif %}{{ reply('a') }}"
    ));
    for param in [
        "previous_response_id = \"r\"",
        "web_search_options = {}",
        "enable_search = true",
        "tools = [{ type = \"web_search\" }]",
    ] {
        write(
            "wording.toml",
            &project.replace("max_tokens", &format!("{param}, max_tokens")),
        );
        assert!(!known(quoted), "{param}");
    }
    let pdf = "data:application/pdf;base64,JVBERi0xLjQK";
    write("wording.toml", &project);
    assert!(!known(&format!("{{{{ tone }}}}{{{{ file('{pdf}') }}}}")));
}

/// What is the same in all prompts is not multiplied by the length of their texts.
#[test]
fn prompts_that_are_not_counted_have_the_same_parameters_once() {
    const ROWS: usize = 1_500;
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("t.j2", "{{ text }}");
    // Of the rows each second one is counted, and these are the short ones.
    let rows = (0..ROWS).map(|n| {
        let text = "word ".repeat(1 + 80 * (n % 2));
        format!("{}\n", json!({"text": text, "label": "x"}))
    });
    write("d.jsonl", &rows.collect::<String>());
    let instructions = "x".repeat(10_000);
    write(
        "wording.toml",
        &format!(
            "[endpoint.x]\nbase_url = \"http://127.0.0.1:9/v1\"\n[endpoint.x.model.gpt-4o]\nprice = {{ input = 1, output = 1 }}\n\
             [experiment.e]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"x/gpt-4o\"]\n\
             params = {{ max_tokens = 1, instructions = \"{instructions}\" }}\n[[experiment.e.metric]]\nkind = \"contains\"\n"
        ),
    );
    let (project, plan) = load(dir.path());
    let tokens = said(&project, &plan).unwrap() * 1e6 / ROWS as f64;
    assert!((10_000.0..10_500.0).contains(&tokens), "{tokens}");
}

/// More of a kind is never cheaper.
#[test]
fn schemas_and_instructions_are_part_of_the_cost() {
    let dir = tempfile::tempdir().unwrap();
    let with = |params: Value| {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        write_project(dir.path(), &mut rng, "m");
        let path = dir.path().join("wording.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let params: String = (params.as_object().unwrap().iter())
            .map(|(name, value)| format!("{name} = {}, ", value))
            .collect();
        let at = text.find("params = {").unwrap();
        let end = at + text[at..].find('\n').unwrap();
        let text = format!(
            "{}params = {{ {params}max_tokens = 5 }}{}",
            &text[..at],
            &text[end..]
        );
        std::fs::write(&path, text).unwrap();
        let (project, plan) = load(dir.path());
        let calls = said_calls(&project, &plan);
        said(&project, &plan).unwrap() / calls
    };
    let plain = with(json!({}));
    let long = with(json!({"instructions": "x".repeat(10_000)}));
    assert!(long - plain >= 10_000.0 * 125.0 / 1e6, "{plain} {long}");
    let unread = with(json!({"stop": ["x".repeat(500)], "user": "x".repeat(500)}));
    assert!((unread - plain).abs() < 1e-12, "{plain} {unread}");
}

fn said_calls(project: &Project, plan: &Plan) -> f64 {
    let (estimator, _) = PlanEstimator::new(project, plan).unwrap();
    estimator.estimate_plan(&|_| 0).models[0].calls as f64
}
