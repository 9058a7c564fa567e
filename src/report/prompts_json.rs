//! The prompts as JSON: each template with its axes marked, and one prompt of each variant as it was sent.

use super::{
    RunReport,
    json_parts::put,
    prompts::{ExamplePrompt, RunPrompts},
};
use serde_json::{Map, Value, json};

pub(super) fn prompts_json(report: &RunReport, prompts: &RunPrompts<'_>) -> Value {
    let example = |(variant, example): &(usize, ExamplePrompt)| {
        let name = &report.info.variants[*variant].name;
        match example {
            ExamplePrompt::Sent(row, prompt) => {
                let mut sent = Map::new();
                sent.insert("variant".into(), json!(name));
                sent.insert("row".into(), json!(row));
                sent.insert("row_id".into(), json!(report.info.heads.id(*row)));
                sent.insert("messages".into(), json!(prompt.messages));
                put(&mut sent, "tools", prompt.tools());
                Value::Object(sent)
            }
            ExamplePrompt::Missing(why) => json!({"variant": name, "missing": why}),
            ExamplePrompt::Hidden => json!({"variant": name}),
        }
    };
    let templates = prompts.templates.iter().map(|template| {
        let source: Value = (template.pieces.iter())
            .map(|(text, is_axis)| json!({"text": text, "reads_axis": is_axis}))
            .collect();
        let variants: Value = template.variants.iter().map(example).collect();
        json!({"template": template.path, "source": source, "variants": variants})
    });
    templates.collect()
}
