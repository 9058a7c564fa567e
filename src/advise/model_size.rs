//! How large the prompted model is: from the project file, its name, or what its server lists of it.

use crate::{
    model::{ListedModel, ModelRef},
    tune::parameters_of,
};
use serde::Serialize;

/// Billions of parameters below which a model is tiny, and below which it is small.
const TINY_BELOW: f64 = 1.0;
const SMALL_BELOW: f64 = 4.0;

/// Where the number of parameters comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "lowercase")]
pub enum SizeSource {
    /// The project file or a flag.
    Given,
    Name,
    /// The server's list of models.
    Server,
}

/// The size of a model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, schemars::JsonSchema)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct ModelSize {
    pub parameters_b: f64,
    pub source: SizeSource,
}

/// What a size allows to expect of prompting alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SizeClass {
    /// Under 1B: follows few instructions, learns narrow tasks by tuning.
    Tiny,
    /// Under 4B: simple tasks.
    Small,
    Large,
}

impl ModelSize {
    /// `given` first, then the name, then the server's entry.
    pub(super) fn find(
        model: &ModelRef,
        given: Option<f64>,
        listed: &[ListedModel],
    ) -> Option<ModelSize> {
        let size = |source| {
            move |parameters_b| ModelSize {
                parameters_b,
                source,
            }
        };
        given
            .map(size(SizeSource::Given))
            .or_else(|| parameters_of(&model.model).map(size(SizeSource::Name)))
            .or_else(|| {
                let entry = listed.iter().find(|l| l.model == *model)?;
                listed_parameters_b(&entry.entry).map(size(SizeSource::Server))
            })
    }

    pub(super) fn given(parameters_b: f64) -> ModelSize {
        ModelSize {
            parameters_b,
            source: SizeSource::Given,
        }
    }

    pub(crate) fn class(self) -> SizeClass {
        match self.parameters_b {
            b if b < TINY_BELOW => SizeClass::Tiny,
            b if b < SMALL_BELOW => SizeClass::Small,
            _ => SizeClass::Large,
        }
    }
}

/// Billions of parameters in what a list says of a model: llama.cpp's `n_params`, Ollama's `parameter_size`, or a name such as
/// that of a file.
fn listed_parameters_b(entry: &str) -> Option<f64> {
    let parts = || entry.split(", ");
    let count = parts().find_map(|part| part.strip_prefix("n_params ")?.parse::<f64>().ok());
    let name = |part: &str| parameters_of(part.rsplit([' ', '/']).next()?);
    count.map(|n| n / 1e9).or_else(|| parts().find_map(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, given: Option<f64>, entry: &str) -> Option<(f64, SizeSource)> {
        let model: ModelRef = format!("local/{name}").parse().unwrap();
        let listed = ListedModel {
            model: model.clone(),
            address: String::new(),
            entry: entry.to_owned(),
        };
        ModelSize::find(&model, given, &[listed]).map(|s| (s.parameters_b, s.source))
    }

    #[test]
    fn what_is_given_comes_before_the_name_and_that_before_the_server() {
        let meta = "smollm2, n_params 134515008, size 98";
        let server = found("smollm2", None, meta).unwrap();
        assert!((server.0 - 0.1345).abs() < 1e-4 && server.1 == SizeSource::Server);
        let name = found("smollm2:135m", None, meta);
        assert_eq!(name, Some((0.135, SizeSource::Name)));
        assert_eq!(
            found("x-7B", Some(3.0), meta),
            Some((3.0, SizeSource::Given))
        );
        assert_eq!(found("gpt", None, "gpt"), None);
        let root = "mine, root Qwen/Qwen2.5-0.5B-Instruct";
        assert_eq!(found("mine", None, root), Some((0.5, SizeSource::Server)));
        let ollama = "phi, parameter_size 3.8B, quantization_level Q4_0";
        assert_eq!(found("phi", None, ollama), Some((3.8, SizeSource::Server)));
    }
}
