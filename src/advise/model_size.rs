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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
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

    pub(crate) fn class(self) -> SizeClass {
        match self.parameters_b {
            b if b < TINY_BELOW => SizeClass::Tiny,
            b if b < SMALL_BELOW => SizeClass::Small,
            _ => SizeClass::Large,
        }
    }
}

/// Billions of parameters in an entry of `/v1/models`: llama.cpp's `meta.n_params`, or a name such as a file's in `id`, `root`
/// or `meta`.
fn listed_parameters_b(entry: &str) -> Option<f64> {
    let entry: serde_json::Value = serde_json::from_str(entry).ok()?;
    let count = entry["meta"]["n_params"].as_f64().filter(|n| *n > 0.0);
    count.map(|n| n / 1e9).or_else(|| {
        let names = [&entry["id"], &entry["root"], &entry["path"]];
        (names.into_iter().filter_map(|name| name.as_str())).find_map(parameters_of)
    })
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
        let meta = r#"{"id": "smollm2", "meta": {"n_params": 134515008}}"#;
        let server = found("smollm2", None, meta).unwrap();
        assert!((server.0 - 0.1345).abs() < 1e-4 && server.1 == SizeSource::Server);
        let name = found("smollm2:135m", None, meta);
        assert_eq!(name, Some((0.135, SizeSource::Name)));
        assert_eq!(
            found("x-7B", Some(3.0), meta),
            Some((3.0, SizeSource::Given))
        );
        assert_eq!(found("gpt", None, r#"{"id": "gpt"}"#), None);
        let root = r#"{"id": "mine", "root": "Qwen/Qwen2.5-0.5B-Instruct"}"#;
        assert_eq!(found("mine", None, root), Some((0.5, SizeSource::Server)));
    }
}
