//! `wording models`: what an endpoint offers, and what a model of it supports.

use super::{
    context::CommandContext,
    output::{Exit, Messages, print_as},
    prices,
    programs::require_programs,
};
use crate::{
    catalog::{ModelTable, shutdown_words},
    cli::{Global, ModelsArgs},
    demo::DemoSpec,
    display::visible,
    endpoint::{Client, Probe, VariedParam},
    engine::{Clients, NamedProgram, OfferedModel},
    model::{Date, ModelRef, axis_param},
    source::did_you_mean,
};
use anyhow::bail;
use schemars::JsonSchema;
use serde::Serialize;

/// An endpoint with its models, as `--format json` prints it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Offer {
    endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// That the endpoint does not list the model that was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
    models: Vec<OfferedModel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probe: Option<Probe>,
}

/// List the models of one endpoint or of all; try what one supports where that is asked.
pub async fn models(global: &Global, args: &ModelsArgs) -> anyhow::Result<Exit> {
    if let Some(file) = &args.prices {
        return prices::store(&Messages::new(global), file, args.format);
    }
    let place = CommandContext::open(global)?;
    place.announce();
    let names: Vec<String> = match &args.endpoint {
        Some(name) if place.project.endpoints.contains_key(name) => vec![name.clone()],
        Some(name) => bail!(
            "no endpoint `{name}`; available: {}",
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
        offers.push(offer(&place, &name, args.probe.as_deref()).await?);
    }
    let failed = offers.iter().any(|o| o.error.is_some());
    print_as(args.format, &offers, || {
        let facts = format!("facts: {}\n", ModelTable::current().source);
        offers.iter().map(human).chain([facts]).collect()
    })?;
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

async fn offer(place: &CommandContext, name: &str, probe: Option<&str>) -> anyhow::Result<Offer> {
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
    let mut offer = Offer {
        endpoint: name.to_owned(),
        note: match &spec.program {
            _ if spec.demo => Some("built in: a stand-in, not a language model"),
            Some(_) => Some("a program: the models that the project names"),
            None => None,
        },
        error: None,
        warning: None,
        models: Vec::new(),
        probe: None,
    };
    let Some(client) = clients.client(&asked) else {
        return Ok(offer);
    };
    let listed = client.listings().await;
    if let Some(model) = probe {
        require_programs(place, &Vec::from_iter(NamedProgram::of_endpoint(spec)))?;
        let names = listed.iter().flatten().map(|listing| listing.id.clone());
        let names: Vec<String> = names.collect();
        let model = match model {
            "" => default_model(place, name, &names)?,
            named => named.to_owned(),
        };
        offer.warning = unlisted(name, &model, &names);
        // An endpoint need not list its models to answer.
        let varied = varied_params(place, name, &model);
        try_out(client, &model, &varied, &mut offer).await;
    } else if let Err(attempt) = &listed {
        offer.error = Some(attempt.failure.to_string());
    }
    let listed = listed.unwrap_or_default().into_iter();
    offer.models = listed
        .map(|listing| OfferedModel::of_listing(listing, spec))
        .collect();
    Ok(offer)
}

/// A server that does not list a model may answer with another one, whatever its name.
fn unlisted(endpoint: &str, model: &str, listed: &[String]) -> Option<String> {
    if listed.is_empty() || listed.iter().any(|known| known == model) {
        return None;
    }
    let near = match listed {
        [only] => format!("; it lists only `{only}`, and may answer with that"),
        _ => did_you_mean(model, listed.iter().map(String::as_str)),
    };
    Some(format!(
        "`{endpoint}` does not list a model `{model}`{near}"
    ))
}

async fn try_out(client: &Client, model: &str, varied: &[VariedParam], offer: &mut Offer) {
    match client.probe(model, varied).await {
        Ok(probe) => offer.probe = Some(probe),
        Err(attempt) => {
            offer.error = Some(format!("{}/{model}: {}", offer.endpoint, attempt.failure));
        }
    }
}

/// The model to try where none is named: the first that an experiment asks, or the only one that there is.
fn default_model(
    place: &CommandContext,
    endpoint: &str,
    listed: &[String],
) -> anyhow::Result<String> {
    let experiments = &place.project.experiments;
    let asked = experiments
        .iter()
        .flat_map(|e| &e.models)
        .find(|m| m.endpoint == endpoint);
    match (asked, listed) {
        (Some(asked), _) => Ok(asked.model.clone()),
        (None, [only]) => Ok(only.clone()),
        (None, _) => bail!(
            "which model of `{endpoint}`? No experiment uses one: wording models {endpoint} --probe MODEL"
        ),
    }
}

/// The request parameters that experiments with this model vary, with all their values.
fn varied_params(place: &CommandContext, endpoint: &str, model: &str) -> Vec<VariedParam> {
    let of_model = |m: &ModelRef| m.endpoint == endpoint && m.model == model;
    let experiments = place.project.experiments.iter();
    let axes = experiments
        .filter(|experiment| experiment.models.iter().any(of_model))
        .flat_map(|experiment| &experiment.axes);
    let mut all: Vec<VariedParam> = Vec::new();
    for axis in axes.filter(|axis| axis.levels.len() > 1) {
        let Some(name) = axis_param(&axis.name) else {
            continue;
        };
        let at = all.iter().position(|param| param.name == name);
        let at = at.unwrap_or_else(|| {
            all.push(VariedParam {
                name: name.to_owned(),
                values: Vec::new(),
            });
            all.len() - 1
        });
        for level in &axis.levels {
            if !all[at].values.contains(&level.value) {
                all[at].values.push(level.value.clone());
            }
        }
    }
    all
}

fn human(offer: &Offer) -> String {
    let mut text = match offer.note {
        Some(note) => format!("{} ({note})\n", offer.endpoint),
        None => format!("{}\n", offer.endpoint),
    };
    if let Some(error) = &offer.error {
        text += &format!("  {}\n", visible(error));
    }
    if let Some(warning) = &offer.warning {
        text += &format!("  warning: {}\n", visible(warning));
    }
    for model in &offer.models {
        text += &format!("  {}/{}", offer.endpoint, visible(&model.name));
        if let Some(context) = model.context {
            text += &format!(" · context {context}");
        }
        if let Some(price) = &model.price {
            text += &format!(
                " · ${} in, ${} out per million tokens",
                price.rates.input, price.rates.output
            );
        }
        let supported: Vec<&str> = model.features.supported().collect();
        if !supported.is_empty() {
            text += &format!(" · {}", supported.join(", "));
        }
        if let Some(day) = model.shutdown {
            text += &format!(" · {}", shutdown_words(day, Date::today()));
        }
        if let Some(entry) = &model.entry {
            text += &format!(" · as {entry}");
        }
        text += "\n";
    }
    if let Some(probe) = &offer.probe {
        text += &format!(
            "\n  what {}/{} supports (found with {} calls)\n",
            offer.endpoint,
            visible(&probe.model),
            probe.calls
        );
        let names = probe.features.iter().map(|f| f.name.chars().count());
        let widest = names.max().unwrap_or(0).max(21);
        for feature in &probe.features {
            let note = feature.note.as_deref().unwrap_or("");
            let line = format!(
                "    {:<widest$} {:<10}{}",
                visible(&feature.name),
                feature.support.as_str(),
                visible(note)
            );
            text += line.trim_end();
            text += "\n";
        }
    }
    text
}
