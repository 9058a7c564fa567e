//! `wording models`: what an endpoint offers.

use super::{
    context::Workplace,
    output::{Exit, print_as},
};
use crate::{
    cli::{Global, ModelsArgs},
    demo::DemoSpec,
    display::visible,
    engine::Clients,
    model::ModelRef,
    tokens,
};
use anyhow::bail;
use serde::Serialize;

#[derive(Serialize)]
struct Offer {
    endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    models: Vec<Model>,
}

#[derive(Serialize)]
struct Model {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<crate::model::Price>,
}

/// List the models of one endpoint or of all.
pub async fn models(global: &Global, args: &ModelsArgs) -> anyhow::Result<Exit> {
    let place = Workplace::open(global)?;
    place.announce();
    let names: Vec<String> = match &args.endpoint {
        Some(name) if place.project.endpoints.contains_key(name) => vec![name.clone()],
        Some(name) => bail!(
            "no endpoint `{name}`; there is {}",
            place
                .project
                .endpoints
                .keys()
                .cloned()
                .collect::<Vec<_>>()
                .join(", ")
        ),
        None => place.project.endpoints.keys().cloned().collect(),
    };
    let mut offers = Vec::new();
    for name in names {
        offers.push(offer(&place, &name).await?);
    }
    let failed = offers.iter().any(|o| o.error.is_some());
    print_as(args.format, &offers, || offers.iter().map(human).collect())?;
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

async fn offer(place: &Workplace, name: &str) -> anyhow::Result<Offer> {
    let asked = ModelRef {
        endpoint: name.to_owned(),
        model: "any".into(),
    };
    let clients = Clients::open(
        &place.project,
        std::slice::from_ref(&asked),
        DemoSpec::default(),
    )
    .await?;
    let spec = &place.project.endpoints[name];
    let (models, error) = match clients.client(&asked) {
        Some(client) => match client.models().await {
            Ok(models) => (models, None),
            Err(attempt) => (Vec::new(), Some(attempt.failure.to_string())),
        },
        None => (Vec::new(), None),
    };
    Ok(Offer {
        endpoint: name.to_owned(),
        note: spec
            .demo
            .then_some("built in: a stand-in, not a language model"),
        error,
        models: models
            .into_iter()
            .map(|model| {
                let known = spec.models.get(&model);
                Model {
                    context: tokens::context(&model, known),
                    price: tokens::price(&model, known),
                    name: model,
                }
            })
            .collect(),
    })
}

fn human(offer: &Offer) -> String {
    let mut text = match offer.note {
        Some(note) => format!("{} ({note})\n", offer.endpoint),
        None => format!("{}\n", offer.endpoint),
    };
    if let Some(error) = &offer.error {
        text += &format!("  {}\n", visible(error));
    }
    for model in &offer.models {
        text += &format!("  {}/{}", offer.endpoint, visible(&model.name));
        if let Some(context) = model.context {
            text += &format!(" · context {context}");
        }
        if let Some(price) = model.price {
            text += &format!(
                " · ${} in, ${} out per million tokens",
                price.input, price.output
            );
        }
        text += "\n";
    }
    text
}
