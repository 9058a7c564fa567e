//! Other wordings of a level, asked of a model beside the session and looked through by a person.
//!
//! The one request that the session sends outside of a run; nothing is written here.

use crate::{
    demo::DemoSpec,
    engine::{Clients, EngineError, paraphrases},
    model::{ModelRef, Params},
    project::Project,
    template::{Rewording, Template},
};
use std::path::PathBuf;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct RewordSpec {
    pub path: PathBuf,
    /// The axis in its front matter.
    pub axis: String,
    /// The level to be reworded.
    pub level: String,
    /// Words that must stay.
    pub labels: Vec<String>,
    pub model: ModelRef,
    pub n: usize,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The template as it was read when the model was asked.
    pub template: Template,
    /// The text of the level.
    pub text: String,
    /// Other wordings, and whether each is accepted.
    pub wordings: Vec<(String, bool)>,
    /// Those that cannot be used, and why.
    pub rejected: Vec<(String, String)>,
}

/// Other wordings on the screen.
#[derive(Debug, Clone)]
pub struct Rewords {
    /// What was asked for.
    pub spec: RewordSpec,
    /// By which the answer is known.
    pub number: u64,
    /// What came of it; `None` until then.
    pub offer: Option<Offer>,
    /// The wording under the cursor.
    pub at: usize,
}

impl Rewords {
    /// Number of wordings offered.
    pub fn len(&self) -> usize {
        self.offer.as_ref().map_or(0, |o| o.wordings.len())
    }

    /// Nothing is offered, or not yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn accepted(&self) -> Vec<String> {
        let all = self.offer.iter().flat_map(|o| &o.wordings);
        all.filter(|(_, yes)| *yes)
            .map(|(text, _)| text.clone())
            .collect()
    }
}

pub(super) async fn ask(project: &Project, spec: &RewordSpec) -> Result<Offer, EngineError> {
    let template = Template::read(&spec.path).map_err(EngineError::Templates)?;
    let mut rewording = Rewording::of(&template, &spec.axis, Some(&spec.level), &spec.labels)?;
    let models = std::slice::from_ref(&spec.model);
    let clients = Clients::open(project, models, DemoSpec::default()).await?;
    let client = clients
        .client(&spec.model)
        .ok_or_else(|| EngineError::NoClient(spec.model.clone()))?;
    let text = rewording.text.clone();
    let found = paraphrases(client, &spec.model, &mut rewording, spec.n, &Params::new()).await?;
    Ok(Offer {
        template,
        text,
        wordings: found.kept.into_iter().map(|text| (text, false)).collect(),
        rejected: found
            .rejected
            .into_iter()
            .map(|(text, why)| (text, why.to_string()))
            .collect(),
    })
}
