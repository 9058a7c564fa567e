//! Orders of turns that the chat templates of base models refuse, so that a trainer stops or trains on something else.

use super::{TrainingExample, TrainingFormat};
use crate::{display::count, model::Role};

/// What a chat template makes of turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turns {
    /// It takes them in any order.
    Any,
    /// It refuses a system turn that is not the first.
    SystemFirst,
    /// It refuses what does not alternate between user and assistant, and a system turn that is not the first.
    Alternate,
    /// The same, and any system turn.
    WithoutSystem,
    /// The same as `Alternate`; a system turn is written into the last turn where that is a user's, and so left out where it is the answer.
    SystemInQuestion,
}

/// The chat templates of models, by what is in their names: the first that is found. Held against the templates that TRL 1.16, axolotl 0.21
/// and llama-cpp-python 0.3.36 ship by `tests/real/chat_templates.sh`.
const TEMPLATES: [(&str, &str, Turns); 41] = {
    use Turns::{Alternate, Any, SystemFirst, SystemInQuestion, WithoutSystem};
    [
        // They speak ChatML whatever they were made of.
        ("hermes", "Hermes", Any),
        ("dolphin", "Dolphin", Any),
        ("functiongemma", "FunctionGemma", Any),
        ("gemma-4", "Gemma 4", Any),
        ("gemma4", "Gemma 4", Any),
        ("diffusiongemma", "DiffusionGemma", Any),
        ("gemma-3", "Gemma 3", Alternate),
        ("gemma3", "Gemma 3", Alternate),
        ("medgemma", "MedGemma", Alternate),
        ("gemma", "Gemma", WithoutSystem),
        ("devstral", "Devstral", Any),
        ("mistral-large-instruct-2411", "Mistral Large 2411", Any),
        ("mistral-small-24b", "Mistral Small 3", Any),
        ("mistral-small-3.1", "Mistral Small 3.1", Any),
        (
            "mistral-7b-instruct-v0.1",
            "older versions of Mistral 7B v0.1",
            WithoutSystem,
        ),
        (
            "mistral-7b-instruct-v0.2",
            "older versions of Mistral 7B v0.2",
            WithoutSystem,
        ),
        (
            "mixtral-8x7b",
            "older versions of Mixtral 8x7B",
            WithoutSystem,
        ),
        (
            "mistral-7b-instruct-v0.3",
            "Mistral 7B v0.3",
            SystemInQuestion,
        ),
        ("mistral-nemo", "Mistral Nemo", SystemInQuestion),
        ("instruct-2407", "Mistral 2407", SystemInQuestion),
        (
            "mistral-small-instruct-2409",
            "Mistral Small 2409",
            SystemInQuestion,
        ),
        (
            "ministral-8b-instruct-2410",
            "Ministral 2410",
            SystemInQuestion,
        ),
        ("pixtral", "Pixtral", SystemInQuestion),
        ("mixtral-8x22b", "Mixtral 8x22B", SystemInQuestion),
        ("codestral-22b", "Codestral", SystemInQuestion),
        // Not the maker, `mistralai/`.
        ("mistral-", "Mistral", Alternate),
        ("mistral:", "Mistral", Alternate),
        ("ministral", "Ministral", Alternate),
        ("magistral", "Magistral", Alternate),
        ("mixtral", "Mixtral", Alternate),
        ("llama-2", "Llama 2", Alternate),
        ("llama2", "Llama 2", Alternate),
        ("codellama", "Code Llama", Alternate),
        ("command-r7b", "Command R7B", Any),
        ("command-r", "Command R", Alternate),
        ("aya-expanse", "Aya Expanse", Alternate),
        ("aya-23", "Aya 23", Alternate),
        ("qwen3.5", "Qwen 3.5", SystemFirst),
        ("qwen3.6", "Qwen 3.6", SystemFirst),
        ("qwen3.8", "Qwen 3.8", SystemFirst),
        ("apertus", "Apertus", SystemFirst),
    ]
};

/// The family of a model and what its template makes of turns; of a model that is not known, anything.
fn turns_of(model: &str) -> (&'static str, Turns) {
    let model = model.to_lowercase();
    let known = TEMPLATES.iter().find(|(part, ..)| model.contains(part));
    known.map_or(("", Turns::Any), |(_, family, turns)| (family, *turns))
}

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
    let known = model.map(turns_of);
    let mut warn = |n: usize, what: &str, does: [&str; 2], is: &dyn Fn(Turns) -> bool| {
        if n == 0 {
            return;
        }
        match known {
            Some((family, turns)) if is(turns) => warnings.push(format!(
                "{}: {what}, which the chat template of {family} {} (trl and axolotl files)",
                count(n, "example"),
                does[0]
            )),
            Some(_) => {}
            None => warnings.push(format!(
                "{}: {what}, which some chat templates {} (trl and axolotl files); name the base model with --model",
                count(n, "example"),
                does[1]
            )),
        }
    };
    const REFUSES: [&str; 2] = ["refuses", "refuse"];
    let alternates = |turns| !matches!(turns, Turns::Any | Turns::SystemFirst);
    warn(
        repeats,
        "turns of user and assistant do not alternate",
        REFUSES,
        &alternates,
    );
    let wants_it_first = |turns| turns != Turns::Any;
    warn(
        late,
        "a system turn is not the first",
        REFUSES,
        &wants_it_first,
    );
    // Where it is late it was told.
    let first = system.saturating_sub(late);
    const LOSES: [&str; 2] = [
        "leaves out in training, where the last turn is the answer",
        "refuse, or leave out in training",
    ];
    warn(first, "there is a system turn", LOSES, &|turns| {
        turns == Turns::SystemInQuestion
    });
    if known.is_some() {
        warn(first, "there is a system turn", REFUSES, &|turns| {
            turns == Turns::WithoutSystem
        });
    }
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
            told[1].contains("there is a system turn") && told[1].contains("of Gemma refuses"),
            "{told:?}"
        );
        assert_eq!(
            warn(&[&twice], Some("mistralai/Mistral-7B-Instruct-v0.2")).len(),
            2
        );
        assert!(warn(&[&twice], Some("Qwen/Qwen3-8B")).is_empty());
        assert!(warn(&[&twice], None)[0].contains("--model"));
        // Another family of the same maker, and one that loses the system turn.
        let system = example(&[Role::System, Role::User]);
        assert!(warn(&[&twice], Some("mistralai/Devstral-Small-2507")).is_empty());
        let lost = warn(&[&system], Some("mistralai/Mistral-7B-Instruct-v0.3"));
        assert!(
            lost.len() == 1 && lost[0].contains("leaves out"),
            "{lost:?}"
        );
        assert!(warn(&[&system], Some("gemma2:9b"))[0].contains("refuses"));
        let late = example(&[Role::User, Role::System]);
        for model in ["gemma-3-4b", "Qwen/Qwen3.5-9B", "aya-expanse-8b"] {
            assert!(warn(&[&late], Some(model))[0].contains("not the first"));
        }
        assert_eq!(joined_examples(&[&twice, &late, &plain]), 2);
        assert!(turn_warnings(&[&twice], None, &[TrainingFormat::OpenAi]).is_empty());
    }
}
