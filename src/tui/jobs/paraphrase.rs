//! Asks a model for paraphrases of a level: the one request that the session sends outside of a run. Writes nothing.

use crate::{
    demo::DemoSpec,
    engine::{Clients, EngineError, paraphrases},
    model::Params,
    project::Project,
    template::{Rewording, Template},
    tui::model::{ParaphraseOffer, ParaphraseSpec},
};

pub(crate) async fn offer_paraphrases(
    project: &Project,
    spec: &ParaphraseSpec,
) -> Result<ParaphraseOffer, EngineError> {
    let template = Template::read(&spec.path).map_err(EngineError::Templates)?;
    let mut rewording =
        Rewording::for_level(&template, &spec.axis, Some(&spec.level), &spec.labels)?;
    let models = std::slice::from_ref(&spec.model);
    let clients = Clients::open(project, models, DemoSpec::default()).await?;
    let client = clients
        .client(&spec.model)
        .ok_or_else(|| EngineError::NoClient(spec.model.clone()))?;
    let text = rewording.text.clone();
    let found = paraphrases(client, &spec.model, &mut rewording, spec.n, &Params::new()).await?;
    Ok(ParaphraseOffer {
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
