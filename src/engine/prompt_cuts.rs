//! Finds answers whose server reports far fewer prompt tokens than were sent: it cut the prompt without saying so, as Ollama
//! does at its `num_ctx`.

use crate::{
    model::{CutPrompts, ModelRef, Prompt, Usage},
    tokens::Counter,
};
use parking_lot::Mutex;

/// Shorter prompts fit every context, in bytes.
const MIN_BYTES: usize = 2_000;

/// Texts have more bytes per token; a prompt with fewer per reported token needs no count.
const MIN_BYTES_PER_TOKEN: u64 = 3;

/// Context lengths are multiples of this.
const CONTEXT_STEP: u64 = 256;

/// What was found of one model.
#[derive(Debug, Default)]
pub(super) struct PromptCutDetector {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Reported and counted tokens of the last prompt that may have been cut.
    suspect: Option<(u64, u64)>,
    found: Option<CutPrompts>,
}

impl PromptCutDetector {
    /// Look at an answer; what was found, if this is the first of its kind.
    ///
    /// Counts are estimates, so a prompt counts as cut where twice as many tokens were sent, or where a fifth more was sent
    /// of two prompts of different lengths and both are reported with the same round number, the context length.
    pub(super) fn check(
        &self,
        model: &ModelRef,
        usage: &Usage,
        prompt: &Prompt,
        counter: &Counter,
    ) -> Option<CutPrompts> {
        let (reported, bytes) = (usage.prompt, prompt.content_len());
        let is_reported = !usage.estimated && reported > 0;
        if !is_reported || bytes < MIN_BYTES || bytes as u64 <= MIN_BYTES_PER_TOKEN * reported {
            return None;
        }
        let counted = counter.prompt(prompt).tokens;
        let mut state = self.state.lock();
        if counted <= 2 * reported && !state.is_capped(reported, counted) {
            return None;
        }
        match &mut state.found {
            Some(found) => {
                found.answers += 1;
                None
            }
            None => {
                let found = CutPrompts {
                    model: model.clone(),
                    answers: 1,
                    reported,
                    counted,
                };
                state.found = Some(found.clone());
                Some(found)
            }
        }
    }

    /// What was found so far.
    pub(super) fn found(&self) -> Option<CutPrompts> {
        self.state.lock().found.clone()
    }
}

impl State {
    /// Whether a prompt of another length was reported with the same round number.
    fn is_capped(&mut self, reported: u64, counted: u64) -> bool {
        let off = reported % CONTEXT_STEP;
        let is_round = off <= 1 || off >= CONTEXT_STEP - 2;
        if counted * 5 <= reported * 6 || !is_round {
            return false;
        }
        let before = self.suspect.replace((reported, counted));
        before
            .is_some_and(|(same, other)| same == reported && other.abs_diff(counted) * 10 > counted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Message, Role};

    /// Whether prompts of so many words, with these reported tokens, are found to be cut.
    fn is_cut(answers: &[(usize, u64)]) -> bool {
        let detector = PromptCutDetector::default();
        let model = ModelRef {
            endpoint: "x".into(),
            model: "m".into(),
        };
        for (words, prompt) in answers {
            let usage = Usage {
                prompt: *prompt,
                ..Usage::default()
            };
            let message = Message::new(Role::User, "words ".repeat(*words));
            let prompt = Prompt::new(vec![message]);
            detector.check(&model, &usage, &prompt, &Counter::approximate());
        }
        detector.found().is_some()
    }

    #[test]
    fn a_prompt_is_cut_where_far_fewer_tokens_are_reported_or_the_same_round_number_again() {
        assert!(is_cut(&[(9_000, 2_048)]), "less than half");
        assert!(
            is_cut(&[(6_000, 4_096), (8_000, 4_096)]),
            "capped at num_ctx"
        );
        assert!(!is_cut(&[(6_000, 4_096)]), "once may be chance");
        assert!(
            !is_cut(&[(6_000, 4_096), (6_000, 4_096)]),
            "the same prompt"
        );
        assert!(
            !is_cut(&[(6_000, 4_500), (8_000, 4_500)]),
            "no context length"
        );
        assert!(
            !is_cut(&[(6_000, 5_800), (6_000, 7_000)]),
            "estimates are off a little"
        );
        assert!(!is_cut(&[(100, 5)]), "short");
    }
}
