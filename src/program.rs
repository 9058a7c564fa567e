//! The program: parse, dispatch, print the error chain, exit code.
//!
//! Here and not in `main.rs` because the body of an async function is compiled where it is first polled: polled in the
//! binary, every command would be compiled a second time.

use crate::{
    child_process::RunningPrograms,
    cli::{Cli, Command},
    commands::{
        self, Exit,
        output::{Messages, error_chain},
    },
    endpoint, mcp, tui,
};
use std::{io, process::ExitCode, time::Duration};

/// How long programs of the project have to exit after the command is done.
const EXIT_TIMEOUT: Duration = Duration::from_secs(2);

/// Run the command line of this process.
pub fn run() -> ExitCode {
    tui::restore_on_panic();
    endpoint::raise_descriptor_limit();
    let programs = RunningPrograms::guard();
    let cli = Cli::read();
    let messages = Messages::new(&cli.global);
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| {
            let result = runtime.block_on(async {
                let result = dispatch(&cli).await;
                programs.exited(EXIT_TIMEOUT).await;
                result
            });
            runtime.shutdown_background();
            result
        });
    match result {
        Ok(exit) => ExitCode::from(exit.code()),
        // Whoever read our output has read enough.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            messages.error(&error_chain(&error));
            ExitCode::from(2)
        }
    }
}

async fn dispatch(cli: &Cli) -> anyhow::Result<Exit> {
    let global = &cli.global;
    match &cli.command {
        None => {
            let named = cli
                .experiment
                .as_deref()
                .or(cli.named_experiment.as_deref());
            commands::session::session(global, named, &cli.policy).await
        }
        Some(Command::Run(args)) => commands::run::run(global, args).await,
        Some(Command::Diff(args)) => commands::diff::diff(global, args).await,
        Some(Command::Report(args)) => commands::report::report(global, args),
        Some(Command::Open(args)) => commands::session::open_bundle(args).await,
        Some(Command::Score(args)) => commands::score::score(global, args).await,
        Some(Command::Plan(args)) => commands::plan::plan(global, args),
        Some(Command::Render(args)) => commands::render::render(global, args),
        Some(Command::Check(args)) => commands::check::check(global, args),
        Some(Command::Optimize(args)) => commands::optimize::optimize(global, args).await,
        Some(Command::Upgrade(args)) => commands::upgrade::upgrade(global, args).await,
        Some(Command::Reword(args)) => {
            exit_on_interrupt();
            commands::reword::reword(global, args).await
        }
        Some(Command::Runs(args)) => commands::runs::runs(global, args),
        Some(Command::Export(args)) => commands::export::export(global, args),
        Some(Command::Advise(args)) => commands::advise::advise(global, args),
        Some(Command::Label(args)) => commands::label::label(global, args).await,
        Some(Command::Rate(args)) => commands::rate::rate(global, args).await,
        Some(Command::Badcases(args)) => commands::badcases::badcases(global, args),
        Some(Command::Tune(args)) => commands::tune::tune(global, args).await,
        Some(Command::History(args)) => commands::history::history(global, args),
        Some(Command::Models(args)) => {
            exit_on_interrupt();
            commands::models::models(global, args).await
        }
        Some(Command::Batch(args)) => commands::batch::batch(global, args).await,
        Some(Command::Import(args)) => commands::import::import(args),
        Some(Command::Data(args)) => commands::data::data(args),
        Some(Command::Init(args)) => commands::init::init(global, args).await,
        Some(Command::New(args)) => commands::new::new(global, args),
        Some(Command::Mcp(args)) => mcp::serve(global, args).await,
        Some(Command::Keys) => commands::keys::keys(),
        Some(Command::Serve(args)) => commands::serve::serve(global, args).await,
        Some(Command::Schema(args)) => commands::schema::schema(args),
        Some(Command::Completions { shell }) => commands::shell::completions(*shell),
        Some(Command::Man(args)) => commands::shell::man(args),
    }
}

/// Let Ctrl-C end the process at once, as it does by default, but not before the programs that it has started.
fn exit_on_interrupt() {
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            drop(RunningPrograms::guard());
            std::process::exit(Exit::Interrupted.code().into());
        }
    });
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|e| {
        e.downcast_ref::<io::Error>()
            .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    })
}
