//! `wording serve`: the demo endpoint on a port, until ^C.

use super::output::{Exit, Messages, print};
use crate::{
    cli::{Global, LimitArgs, ServeArgs},
    demo::{DemoServer, DemoSpec, LimitCounts, Limits},
    display::count,
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
        limits: limits(&args.limits),
    })
    .await?;
    print(&server.base_url())?;
    Messages::new(global).note(
        "this is a stand-in, not a language model: demo/icl classifies by the shots in the prompt, \
         demo/echo repeats the last message. Press ^C to stop",
    );
    interrupted().await?;
    let counts = server.limit_counts();
    if counts != LimitCounts::default() {
        let LimitCounts {
            requests,
            failed,
            most_in_flight,
            elapsed,
        } = counts;
        Messages::new(global).note(&format!(
            "{} in {:.2} s, {failed} failed on purpose, at most {most_in_flight} in flight",
            count(requests as usize, "request"),
            elapsed.as_secs_f64()
        ));
    }
    Ok(Exit::Done)
}

/// Wait for an interrupt, or for the wish that the process ends.
async fn interrupted() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupt = tokio::signal::ctrl_c() => interrupt,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

fn limits(args: &LimitArgs) -> Limits {
    Limits {
        rate: args.limit_rps,
        burst: args.burst,
        cap: args.cap.map(Into::into),
        slots: args.slots.map(Into::into),
        faults: args.faults.clone(),
        retry_after: args.retry_after,
        outage: args.outage,
    }
}
