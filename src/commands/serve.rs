//! `wording serve`: the demo endpoint on a port, until ^C.

use super::output::{Exit, Messages, print};
use crate::{
    cli::{Global, ServeArgs},
    demo::{DemoServer, DemoSpec},
};
use std::time::Duration;

/// Serve until interrupted. Prints the base URL on stdout, so that a script can read it.
pub async fn serve(global: &Global, args: &ServeArgs) -> anyhow::Result<Exit> {
    let server = DemoServer::start(DemoSpec {
        port: args.port,
        latency: Duration::from_millis(args.latency_ms),
        tokens_per_second: args.tokens_per_second,
        script: args.script.clone(),
        fast: args.fast,
        keep: args.keep.clone(),
    })
    .await?;
    print(&server.base_url())?;
    Messages::new(global).note(
        "this is a stand-in, not a language model: demo/icl classifies by the shots in the prompt, \
         demo/echo repeats the last message. Press ^C to stop",
    );
    tokio::signal::ctrl_c().await?;
    Ok(Exit::Done)
}
