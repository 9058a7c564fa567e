//! Orders of turns that the chat templates of base models refuse, so that a trainer stops or trains on something else.

use super::{TrainingExample, TrainingFormat};
use crate::{display::count, model::Role};

/// Families of models whose chat templates want turns of user and assistant in alternation, by what is in their names.
const ALTERNATING: [(&str, &str); 5] = [
    ("gemma", "Gemma"),
    ("mistral", "Mistral"),
    ("mixtral", "Mixtral"),
    ("llama-2", "Llama 2"),
    ("codellama", "Code Llama"),
];

/// Those that refuse a system turn.
const WITHOUT_SYSTEM: [(&str, &str); 6] = [
    ("gemma-2-", "Gemma 2"),
    ("gemma-2b", "Gemma"),
    ("gemma-7b", "Gemma"),
    ("gemma-1.1", "Gemma"),
    ("instruct-v0.1", "Mistral Instruct v0.1"),
    ("mistral-7b-instruct-v0.2", "Mistral Instruct v0.2"),
];

/// Shapes of prompts that some chat templates refuse.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Shape {
    /// Two turns of one role follow each other.
    repeats: bool,
    has_system: bool,
    /// A system turn is not the first.
    late_system: bool,
}

fn shape(example: &TrainingExample) -> Shape {
    let is_system = |role: Role| matches!(role, Role::System | Role::Developer);
    let roles: Vec<Role> = example.messages.iter().map(|m| m.role).collect();
    let spoken: Vec<Role> = roles
        .iter()
        .copied()
        .filter(|role| !is_system(*role))
        .collect();
    Shape {
        repeats: spoken.windows(2).any(|pair| pair[0] == pair[1])
            || spoken.first() == Some(&Role::Assistant),
        has_system: roles.iter().any(|role| is_system(*role)),
        late_system: roles.iter().skip(1).any(|role| is_system(*role)),
    }
}

/// How many of them alpaca and ShareGPT cannot say as they are: their turns alternate, and the system turn is first.
pub(super) fn joined_examples(examples: &[&TrainingExample]) -> usize {
    let all = examples.iter().map(|example| shape(example));
    all.filter(|s| s.repeats || s.late_system).count()
}

/// What to know of these examples before a model is trained on them; `model` is the base model, where it is known.
pub fn turn_warnings(
    examples: &[&TrainingExample],
    model: Option<&str>,
    formats: &[TrainingFormat],
) -> Vec<String> {
    let all: Vec<Shape> = examples.iter().map(|example| shape(example)).collect();
    let number = |has: fn(&Shape) -> bool| all.iter().filter(|shape| has(shape)).count();
    let (repeats, system, late) = (
        number(|s| s.repeats),
        number(|s| s.has_system),
        number(|s| s.late_system),
    );
    let is_joined = |f: &TrainingFormat| f.info_file().is_some();
    let is_chat = |f: &TrainingFormat| !is_joined(f) && !f.is_of_openai();
    let mut warnings = Vec::new();
    if !formats.iter().any(is_chat) {
        return warnings;
    }
    let name = model.map(str::to_lowercase);
    let mut warn = |n: usize, what: &str, families: &[(&str, &str)]| {
        if n == 0 {
            return;
        }
        let family = |name: &str| families.iter().find(|(part, _)| name.contains(part));
        match name.as_deref().map(family) {
            Some(Some((_, family))) => warnings.push(format!(
                "{}: {what}, which the chat template of {family} refuses (trl and axolotl files)",
                count(n, "example")
            )),
            // A known model of another family takes them.
            Some(None) => {}
            None => {
                let mut names: Vec<&str> = families.iter().map(|(_, name)| *name).collect();
                names.dedup();
                warnings.push(format!(
                    "{}: {what}, which the chat templates of {} refuse (trl and axolotl files); name the base model with --model",
                    count(n, "example"),
                    names.join(", ")
                ));
            }
        }
    };
    warn(
        repeats,
        "turns of user and assistant do not alternate",
        &ALTERNATING,
    );
    warn(late, "a system turn is not the first", &ALTERNATING);
    // Where it is late it was told.
    warn(
        system.saturating_sub(late),
        "there is a system turn",
        &WITHOUT_SYSTEM,
    );
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Message;

    fn example(roles: &[Role]) -> TrainingExample {
        let message = |role: &Role| Message::new(*role, "x");
        TrainingExample {
            messages: roles.iter().map(message).collect(),
            answer: "y".into(),
            wrong: None,
            is_preference_only: false,
        }
    }

    #[test]
    fn what_a_chat_template_refuses_is_told_for_its_model() {
        let twice = example(&[Role::System, Role::User, Role::User]);
        let plain = example(&[Role::User, Role::Assistant, Role::User]);
        let warn = |examples: &[&TrainingExample], model| {
            turn_warnings(examples, model, &[TrainingFormat::Trl])
        };
        assert!(warn(&[&plain], Some("google/gemma-2-9b-it")).is_empty());
        let told = warn(&[&twice, &plain], Some("google/gemma-2-9b-it"));
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].starts_with("1 example: turns of user and assistant do not alternate"),
            "{told:?}"
        );
        assert!(
            told[1].contains("there is a system turn") && told[1].contains("Gemma 2"),
            "{told:?}"
        );
        assert_eq!(
            warn(&[&twice], Some("mistralai/Mistral-7B-Instruct-v0.2")).len(),
            2
        );
        assert!(warn(&[&twice], Some("Qwen/Qwen3-8B")).is_empty());
        assert!(warn(&[&twice], None)[0].contains("--model"));
        let late = example(&[Role::User, Role::System]);
        assert!(warn(&[&late], Some("gemma-3-4b"))[0].contains("not the first"));
        assert_eq!(joined_examples(&[&twice, &late, &plain]), 2);
        assert!(turn_warnings(&[&twice], None, &[TrainingFormat::OpenAi]).is_empty());
    }
}
