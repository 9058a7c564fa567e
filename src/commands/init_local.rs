//! A local server for a project: finds it, probes it, and writes its endpoint.

use super::{
    confirm::{ask, can_ask},
    output::Messages,
};
use crate::{
    cli::Global,
    display::visible,
    endpoint::{BaseUrl, Client, LocalServer, Probe, Support},
    project::EndpointSpec,
};
use anyhow::{anyhow, bail};
use std::{
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

/// Where local servers usually listen, and which they are.
const USUAL: [(u16, &str); 4] = [
    (8080, "llama.cpp"),
    (11434, "Ollama"),
    (8000, "vLLM or transformers serve"),
    (1234, "LM Studio"),
];
/// What is found of a model and is no parameter.
const OTHERWISE_SAID: [&str; 6] = [
    "added_system",
    "system_role",
    "same_role_twice",
    "chat",
    "completions",
    "responses",
];
/// For a whole answer: models on a processor are slow.
const TIMEOUT: Duration = Duration::from_secs(300);

/// A server that was probed.
#[derive(Debug)]
pub(super) struct LocalEndpoint {
    address: String,
    model: String,
    server: LocalServer,
    probe: Probe,
    /// Whether two requests are answered at the same time.
    parallel: Support,
}

/// Find the server at an address, asked for where it is empty, and try what its model supports.
pub(super) async fn find_local(
    global: &Global,
    address: &str,
    model: Option<&str>,
) -> anyhow::Result<LocalEndpoint> {
    let messages = Messages::new(global);
    let address = match address.trim() {
        "" => ask_address()?,
        written => written.to_owned(),
    };
    let address = match address.contains("://") {
        true => BaseUrl::new(&address).public(),
        false => BaseUrl::new(&format!("http://{address}")).public(),
    };
    let mut spec = EndpointSpec::new("local", &address);
    spec.timeout = TIMEOUT;
    spec.retries = 0;
    let client = Client::new(&spec)?;
    let listed = client.models().await.map_err(|failed| {
        anyhow!(
            "no model is listed at {address}: {}\n  help: give the address at which the server speaks OpenAI's API, mostly one that ends in /v1",
            failed.failure
        )
    })?;
    let model = choose(&listed, model, &address)?;
    messages.note(&format!(
        "probing {} at {address} with about 25 short calls",
        visible(&model)
    ));
    let server = client.local_server(&model).await;
    let probe = client
        .probe(&model, &[])
        .await
        .map_err(|failed| anyhow!("{} at {address}: {}", visible(&model), failed.failure))?;
    let parallel = client.probe_parallel(&model).await;
    Ok(LocalEndpoint {
        parallel,
        address,
        model,
        server,
        probe,
    })
}

fn ask_address() -> anyhow::Result<String> {
    if !can_ask() {
        bail!(
            "no terminal to ask for the address; pass it: wording init --local http://127.0.0.1:8080/v1"
        );
    }
    let listens = |port: &u16| {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, *port));
        TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok()
    };
    let found = USUAL.iter().find(|(port, _)| listens(port));
    let usual = found.map(|(port, _)| format!("http://127.0.0.1:{port}/v1"));
    let hint = match (found, &usual) {
        (Some((_, program)), Some(usual)) => format!(" [{usual}, the usual port of {program}]"),
        _ => String::new(),
    };
    let answer = ask(&format!("address of the server{hint}:"))?;
    match (answer.is_empty(), usual) {
        (false, _) => Ok(answer),
        (true, Some(usual)) => Ok(usual),
        (true, None) => bail!("no address given"),
    }
}

/// The model that is named, the only one, or the one that is chosen.
fn choose(listed: &[String], named: Option<&str>, address: &str) -> anyhow::Result<String> {
    let all = || {
        let names: Vec<String> = listed.iter().map(|m| visible(m)).collect();
        names.join(", ")
    };
    match (named, listed) {
        (Some(named), _) if listed.iter().any(|m| m == named) => Ok(named.to_owned()),
        (Some(named), _) => bail!("{address} does not list {named}; it lists: {}", all()),
        (None, []) => bail!("{address} lists no model; load one first, or name it with --model"),
        (None, [only]) => Ok(only.clone()),
        (None, _) if can_ask() => {
            let answer = ask(&format!("which model? {}:", all()))?;
            choose(listed, Some(&answer), address)
        }
        (None, _) => bail!(
            "{address} lists several models; choose with --model: {}",
            all()
        ),
    }
}

impl LocalEndpoint {
    /// `local/NAME`.
    pub(super) fn model(&self) -> String {
        format!("local/{}", self.model)
    }

    fn is(&self, feature: &str, support: Support) -> bool {
        self.probe
            .feature(feature)
            .is_some_and(|f| f.support == support)
    }

    fn note(&self, feature: &str) -> Option<&str> {
        self.probe.feature(feature)?.note.as_deref()
    }

    /// The most requests that are worth sending at once, and why.
    fn in_flight(&self) -> Option<(u64, String)> {
        match self.server.slots {
            Some(1) => Some((1, "the server has one slot".to_owned())),
            Some(slots) => Some((slots, format!("the server has {slots} slots"))),
            None if self.parallel == Support::No => {
                let why = "the server answers one request at a time";
                Some((1, why.to_owned()))
            }
            None => None,
        }
    }

    /// What was found of the model, as lines of its table: key, value, remark.
    fn facts(&self) -> Vec<(&'static str, String, String)> {
        let server = &self.server;
        let mut all = Vec::new();
        let mut add = |key, value: Option<String>, remark: &str| {
            all.extend(value.map(|value| (key, value, remark.to_owned())));
        };
        add(
            "context",
            server.context.map(|n| n.to_string()),
            "tokens, as the server reports",
        );
        add(
            "parameters_b",
            server.parameters_b.map(|b| format!("{b:.3}")),
            "billions, as the server reports",
        );
        let refused = |feature| {
            self.is(feature, Support::Refused)
                .then(|| "false".to_owned())
        };
        add(
            "system_role",
            refused("system_role"),
            "refused by the chat template",
        );
        add(
            "same_role_twice",
            refused("same_role_twice"),
            "refused by the chat template: user and assistant have to alternate",
        );
        let text = (server.added_system.clone())
            .or_else(|| self.is("added_system", Support::Yes).then(String::new));
        let remark = match &text {
            Some(text) if text.is_empty() => self.note("added_system").unwrap_or_default(),
            _ => "the server adds it to messages without a system message",
        };
        add("added_system", text.map(|text| quoted(&text)), remark);
        all
    }

    /// The tables of the endpoint and of its model.
    pub(super) fn toml(&self) -> String {
        let version = self.server.version.as_deref().unwrap_or_default();
        let program = (self.server.program).map_or(String::new(), |program| {
            format!(": {} {}", program.as_str(), visible(version))
        });
        let mut text = format!(
            "# Found by `wording init --local`{}\n[endpoint.local]\nbase_url = {}\ntimeout = \"5m\"\n",
            program.trim_end(),
            quoted(&self.address)
        );
        if let Some((n, why)) = self.in_flight() {
            text += &format!("max_in_flight = {n}  # {why}\n");
        }
        let facts = self.facts();
        if !facts.is_empty() {
            text += &format!("\n[endpoint.local.model.{}]\n", quoted(&self.model));
            for (key, value, remark) in facts {
                text += &format!("{key} = {value}  # {}\n", visible(&remark));
            }
        }
        text
    }

    /// What was found, for people.
    pub(super) fn summary(&self) -> String {
        let program = self.server.program.map_or("a server", |p| p.as_str());
        let mut text = format!("found {program} with {}\n", visible(&self.model()));
        let in_flight = self.in_flight();
        text += &in_flight.map_or(String::new(), |(n, why)| {
            format!("  max_in_flight = {n}: {why}\n")
        });
        for (key, value, remark) in self.facts() {
            text += &format!("  {key} = {}: {}\n", visible(&value), visible(&remark));
        }
        let lacking = (self.probe.features.iter())
            .filter(|f| matches!(f.support, Support::No | Support::Refused))
            .filter(|f| !OTHERWISE_SAID.contains(&&*f.name))
            .map(|f| &*f.name);
        let lacking: Vec<&str> = lacking.collect();
        if !lacking.is_empty() {
            text += &format!("  without effect or refused: {}\n", lacking.join(", "));
        }
        text
    }
}

/// A TOML string.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
