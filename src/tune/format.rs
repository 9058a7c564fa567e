//! One example in the forms that trainers read.

use crate::model::{Message, Role};
use serde_json::{Value, json};

/// What a model is to learn: an answer to a prompt, and perhaps a wrong one.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingExample {
    /// The prompt, ending with a user message.
    pub messages: Vec<Message>,
    pub answer: String,
    /// A wrong one, where one is known.
    pub wrong: Option<String>,
    /// Whether `answer` is only known to be better than `wrong`, so that there is nothing to imitate.
    pub is_preference_only: bool,
}

/// Tokens that a chat template adds to a message at most, and to all of them, such as a system prompt of its own.
const MESSAGE_FRAME: u64 = 40;
const CHAT_FRAME: u64 = 64;

impl TrainingExample {
    /// Tokens that it does not exceed, whatever the tokenizer: none makes more than one of a byte.
    pub fn token_bound(&self) -> u64 {
        let answer = self
            .wrong
            .iter()
            .chain([&self.answer])
            .map(String::len)
            .max();
        let messages = self.messages.iter().map(|message| message.content.len());
        let bytes = messages.chain(answer).sum::<usize>() as u64;
        bytes + MESSAGE_FRAME * (self.messages.len() as u64 + 1) + CHAT_FRAME
    }
}

/// A form of training file.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
pub enum TrainingFormat {
    /// OpenAI chat: `messages`; answers of shots have weight 0.
    #[strum(serialize = "openai")]
    OpenAi,
    /// TRL, conversational: `messages`.
    Trl,
    /// TRL, conversational prompt and completion.
    TrlPromptCompletion,
    Alpaca,
    #[strum(serialize = "sharegpt")]
    ShareGpt,
    /// axolotl, `chat_template`.
    Axolotl,
    #[strum(serialize = "openai-preference")]
    OpenAiPreference,
    /// TRL preference pairs, for DPO.
    TrlDpo,
    /// LLaMA-Factory, `ranking` in the form of ShareGPT.
    #[strum(serialize = "sharegpt-preference")]
    ShareGptPreference,
}

impl TrainingFormat {
    pub const ALL: &[TrainingFormat] = <TrainingFormat as strum::VariantArray>::VARIANTS;

    /// The name, as typed.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether a line needs a wrong answer beside the right one.
    pub fn is_preference(self) -> bool {
        matches!(
            self,
            TrainingFormat::OpenAiPreference
                | TrainingFormat::TrlDpo
                | TrainingFormat::ShareGptPreference
        )
    }

    /// Whether its files are read by OpenAI, and not by the library `datasets`.
    pub fn is_of_openai(self) -> bool {
        matches!(
            self,
            TrainingFormat::OpenAi | TrainingFormat::OpenAiPreference
        )
    }

    /// The file that describes the form's files to LLaMA-Factory, where it needs one.
    pub fn info_file(self) -> Option<&'static str> {
        match self {
            TrainingFormat::Alpaca => Some("dataset_info.json"),
            TrainingFormat::ShareGpt => Some("dataset_info.sharegpt.json"),
            TrainingFormat::ShareGptPreference => Some("dataset_info.sharegpt-preference.json"),
            _ => None,
        }
    }

    /// Name of the file of a part, `train` or `validation`.
    pub fn file(self, part: &str) -> String {
        format!("{part}.{}.jsonl", self.as_str())
    }

    /// An example as a line; `None` where it lacks what the form needs.
    pub fn line(self, example: &TrainingExample) -> Option<Value> {
        if example.is_preference_only && !self.is_preference() {
            return None;
        }
        let answer = json!({"role": "assistant", "content": example.answer});
        let wrong = || Some(json!({"role": "assistant", "content": example.wrong.as_ref()?}));
        Some(match self {
            TrainingFormat::OpenAi => {
                let mut messages = chat(&example.messages, Some(("weight", json!(0))));
                messages.push(answer);
                json!({ "messages": messages })
            }
            TrainingFormat::Trl => {
                let mut messages = chat(&example.messages, None);
                messages.push(answer);
                json!({ "messages": messages })
            }
            TrainingFormat::Axolotl => {
                let mut messages = chat(&example.messages, Some(("training", json!(false))));
                messages.push(answer);
                json!({ "messages": messages })
            }
            TrainingFormat::TrlPromptCompletion => {
                json!({"prompt": chat(&example.messages, None), "completion": [answer]})
            }
            TrainingFormat::Alpaca => alpaca(example),
            TrainingFormat::ShareGpt => share_gpt(example),
            TrainingFormat::OpenAiPreference => json!({
                "input": {"messages": chat(&example.messages, None)},
                "preferred_output": [answer], "non_preferred_output": [wrong()?],
            }),
            TrainingFormat::TrlDpo => json!({
                "prompt": chat(&example.messages, None), "chosen": [answer], "rejected": [wrong()?],
            }),
            TrainingFormat::ShareGptPreference => share_gpt_preference(example)?,
        })
    }
}

fn role(message: &Message) -> &'static str {
    match message.role {
        // Trainers know no developer.
        Role::Developer => "system",
        role => role.as_str(),
    }
}

/// Messages with their roles; answers of shots may bear a mark.
fn chat(messages: &[Message], mark: Option<(&str, Value)>) -> Vec<Value> {
    messages
        .iter()
        .map(|m| {
            let mut one = json!({"role": role(m), "content": m.content});
            if let (Role::Assistant, Some((key, value))) = (m.role, &mark) {
                one[key] = value.clone();
            }
            one
        })
        .collect()
}

/// System text, earlier turns, and the last question. Turns alternate: neighbours of one role become one.
fn turns(messages: &[Message]) -> (String, Vec<(String, String)>, String) {
    let mut system: Vec<&str> = Vec::new();
    let mut history: Vec<(String, String)> = Vec::new();
    let (mut asked, mut answered) = (String::new(), false);
    let join = |to: &mut String, text: &str| {
        if !to.is_empty() {
            to.push_str("\n\n");
        }
        to.push_str(text);
    };
    for message in messages {
        match message.role {
            Role::System | Role::Developer => system.push(&message.content),
            // Prompts with messages of tools are not exported.
            Role::User | Role::Tool => {
                if answered {
                    asked.clear();
                    answered = false;
                }
                join(&mut asked, &message.content);
            }
            Role::Assistant if answered => {
                if let Some((_, answer)) = history.last_mut() {
                    join(answer, &message.content);
                }
            }
            Role::Assistant => {
                history.push((asked.clone(), message.content.clone()));
                answered = true;
            }
        }
    }
    (system.join("\n\n"), history, asked)
}

fn alpaca(example: &TrainingExample) -> Value {
    let (system, history, asked) = turns(&example.messages);
    json!({
        "system": system, "history": history, "instruction": asked, "input": "", "output": example.answer,
    })
}

fn share_gpt_turn(from: &str, value: &str) -> Value {
    json!({"from": from, "value": value})
}

/// The system text and the conversation up to the last question.
fn share_gpt_prompt(example: &TrainingExample) -> (String, Vec<Value>) {
    let (system, history, asked) = turns(&example.messages);
    let mut all = Vec::new();
    for (human, gpt) in &history {
        all.push(share_gpt_turn("human", human));
        all.push(share_gpt_turn("gpt", gpt));
    }
    all.push(share_gpt_turn("human", &asked));
    (system, all)
}

fn share_gpt(example: &TrainingExample) -> Value {
    let (system, mut all) = share_gpt_prompt(example);
    all.push(share_gpt_turn("gpt", &example.answer));
    json!({"conversations": all, "system": system})
}

fn share_gpt_preference(example: &TrainingExample) -> Option<Value> {
    let (system, conversations) = share_gpt_prompt(example);
    Some(json!({
        "conversations": conversations, "system": system,
        "chosen": share_gpt_turn("gpt", &example.answer),
        "rejected": share_gpt_turn("gpt", example.wrong.as_ref()?),
    }))
}

/// `dataset_info.json` for LLaMA-Factory: the parts that there are, in one of its forms.
pub fn dataset_info(format: TrainingFormat, parts: &[&str]) -> Value {
    let mut all = serde_json::Map::new();
    for part in parts {
        let file = format.file(part);
        let entry = match format {
            TrainingFormat::Alpaca => json!({
                "file_name": file,
                "columns": {"prompt": "instruction", "query": "input", "response": "output",
                            "system": "system", "history": "history"},
            }),
            _ => {
                let mut entry = json!({
                    "file_name": file, "formatting": "sharegpt",
                    "columns": {"messages": "conversations", "system": "system"},
                    "tags": {"role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt"},
                });
                if format.is_preference() {
                    entry["ranking"] = json!(true);
                    entry["columns"]["chosen"] = json!("chosen");
                    entry["columns"]["rejected"] = json!("rejected");
                }
                entry
            }
        };
        all.insert(format!("wording_{part}"), entry);
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(role: Role, content: &str) -> Message {
        Message::new(role, content)
    }

    fn example() -> TrainingExample {
        TrainingExample {
            messages: vec![
                message(Role::Developer, "Classify."),
                message(Role::User, "good"),
                message(Role::Assistant, "positive"),
                message(Role::User, "Think."),
                message(Role::User, "bad"),
            ],
            answer: "negative".into(),
            wrong: Some("positive".into()),
            is_preference_only: false,
        }
    }

    fn line(format: TrainingFormat) -> Value {
        format.line(&example()).unwrap()
    }

    #[test]
    fn no_tokenizer_makes_more_tokens_than_the_bound() {
        // One token per byte of the texts, and the frame of ChatML spelled out.
        let frame = "<|im_start|>assistant\n<|im_end|>\n".len() as u64;
        let mut example = example();
        example.messages[4].content = "这家餐厅的菜很好吃".into();
        let bytes = 9 + 4 + 8 + 6 + 27 + 8;
        assert!(example.token_bound() >= bytes + 6 * frame);
    }

    #[test]
    fn openai_trains_on_the_last_answer_only() {
        assert_eq!(
            line(TrainingFormat::OpenAi),
            json!({"messages": [
                {"role": "system", "content": "Classify."},
                {"role": "user", "content": "good"},
                {"role": "assistant", "content": "positive", "weight": 0},
                {"role": "user", "content": "Think."},
                {"role": "user", "content": "bad"},
                {"role": "assistant", "content": "negative"},
            ]})
        );
        let messages = &line(TrainingFormat::Axolotl)["messages"];
        assert_eq!(messages[2]["training"], false);
        assert!(messages[5]["training"].is_null());
    }

    #[test]
    fn turns_alternate_where_the_form_wants_it() {
        assert_eq!(
            line(TrainingFormat::Alpaca),
            json!({"system": "Classify.", "history": [["good", "positive"]], "instruction": "Think.\n\nbad",
                   "input": "", "output": "negative"})
        );
        let from: Vec<Value> = line(TrainingFormat::ShareGpt)["conversations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["from"].clone())
            .collect();
        assert_eq!(from, ["human", "gpt", "human", "gpt"]);
    }

    #[test]
    fn pairs_need_a_wrong_answer() {
        assert_eq!(
            line(TrainingFormat::TrlDpo)["rejected"][0]["content"],
            "positive"
        );
        assert_eq!(
            line(TrainingFormat::OpenAiPreference)["non_preferred_output"][0]["content"],
            "positive"
        );
        let pair = line(TrainingFormat::ShareGptPreference);
        assert_eq!(pair["chosen"], json!({"from": "gpt", "value": "negative"}));
        let asked = pair["conversations"].as_array().unwrap();
        assert_eq!(asked.last().unwrap()["from"], "human");
        let info = dataset_info(TrainingFormat::ShareGptPreference, &["train"]);
        assert_eq!(
            (
                &info["wording_train"]["ranking"],
                &info["wording_train"]["columns"]["rejected"]
            ),
            (&json!(true), &json!("rejected"))
        );
        let preferred = TrainingExample {
            is_preference_only: true,
            ..example()
        };
        for &format in TrainingFormat::ALL {
            assert_eq!(format.line(&preferred).is_some(), format.is_preference());
        }
        let without = TrainingExample {
            wrong: None,
            ..example()
        };
        for &format in TrainingFormat::ALL {
            assert_eq!(format.line(&without).is_none(), format.is_preference());
        }
    }
}
