//! `wording mcp`: the server from its start to its end.

use super::{allowance::Allowance, call::CallContext, server::Server, stdin::NoticedEnd};
use crate::{
    cli::{ColorChoice, Global, McpArgs},
    commands::{Exit, context::project_file, interrupts::Interrupts, output::Messages},
    project::Budget,
};
use anyhow::{Context as _, bail};
use rmcp::{ServiceExt as _, service::ServerInitializeError};
use std::path::{Path, PathBuf, absolute};
use tokio::sync::{mpsc, watch};

/// Serve the client on standard input and output until it closes them. Runs that are not done then stop, and their answers are
/// kept.
pub async fn serve(global: &Global, args: &McpArgs) -> anyhow::Result<Exit> {
    if global.log.is_some() {
        bail!(
            "`wording mcp` writes no --log: its runs may overlap, and a log holds one run. Leave it out"
        );
    }
    let (global, root) = enter_project(global)?;
    let messages = Messages::new(&global);
    if global.allow_commands {
        messages.warn(
            "--allow-commands has no effect here: `wording mcp` never starts programs of a project",
        );
    }
    let interrupts = watch::Sender::new(0);
    let (running, mut ended) = mpsc::channel(1);
    let context = CallContext {
        global: Global {
            // What is at stderr may be a terminal, but nobody looks at a progress line.
            quiet: true,
            allow_commands: false,
            color: ColorChoice::Never,
            ..global
        },
        root,
        allowance: Allowance::new(Budget {
            calls: args.max_calls,
            usd: args.max_usd,
            time: None,
        }),
    };
    let server = Server::new(context, interrupts.subscribe(), running);
    let mut signals = Interrupts::listen()?;
    let input = NoticedEnd {
        input: tokio::io::stdin(),
        interrupts: interrupts.clone(),
    };
    let served = tokio::select! {
        served = server.serve((input, tokio::io::stdout())) => served,
        () = signals.next() => return Ok(Exit::Interrupted),
    };
    let service = match served {
        Ok(service) => service,
        // It was closed before it began.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(Exit::Done),
        Err(error) => return Err(error).context("the client does not begin as the protocol says"),
    };
    let mut stop = Some(service.cancellation_token());
    let mut exit = Exit::Done;
    let closed = service.waiting();
    tokio::pin!(closed);
    let mut is_closed = false;
    loop {
        tokio::select! {
            _ = &mut closed, if !is_closed => is_closed = true,
            // No call runs any more, and no more can come.
            _ = ended.recv(), if is_closed => return Ok(exit),
            () = signals.next() => {
                exit = Exit::Interrupted;
                interrupts.send_modify(|count| *count += 1);
                if let Some(stop) = stop.take() {
                    stop.cancel();
                }
            }
        }
    }
}

/// Work in the project's folder, so that paths are relative to it. Without a project the server waits for one in this folder.
fn enter_project(global: &Global) -> anyhow::Result<(Global, PathBuf)> {
    let here = std::env::current_dir().context("cannot read the current folder")?;
    let named = global.project.as_deref().map(absolute).transpose()?;
    let global = Global {
        store: global.store.as_deref().map(absolute).transpose()?,
        project: named,
        ..global.clone()
    };
    let file = project_file(&global, &here);
    let folder = file.as_deref().and_then(Path::parent).unwrap_or(&here);
    let root = folder.canonicalize().with_context(|| {
        format!(
            "cannot open {}, the folder of the project",
            folder.display()
        )
    })?;
    std::env::set_current_dir(&root)
        .with_context(|| format!("cannot change to {}", root.display()))?;
    Ok((global, root))
}
