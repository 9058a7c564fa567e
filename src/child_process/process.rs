//! A program that runs: started with few variables of the environment, in a process group of its own, ended with its children.

use super::{AllowedCommands, ProgramCommand, RunningPrograms, StderrTail, running::kill_group};
use std::{io, process::Stdio, time::Duration};
use tokio::{
    process::{Child, ChildStdin, ChildStdout, Command},
    task::JoinHandle,
    time::timeout,
};

/// How long to wait for a program to exit.
const EXIT_TIMEOUT: Duration = Duration::from_secs(2);

/// Why a program was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "`{0}` was never allowed on this machine: run the command in a terminal, which asks, or add --allow-commands once"
    )]
    NotAllowed(String),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A running program. Dropping it kills it with its children.
#[derive(Debug)]
pub struct ChildProcess {
    child: Child,
    group: Option<u32>,
    /// Keeps what it writes to stderr.
    listener: JoinHandle<()>,
}

/// Where lines go in and come out.
#[derive(Debug)]
pub struct ChildPipes {
    pub stdin: ChildStdin,
    pub stdout: ChildStdout,
}

impl ChildProcess {
    /// Start a program that the user has allowed; the end of its stderr is kept in `stderr`.
    pub fn start(
        command: &ProgramCommand,
        allowed: &AllowedCommands,
        stderr: &StderrTail,
    ) -> Result<(ChildProcess, ChildPipes), StartError> {
        if !allowed.contains(command) {
            return Err(StartError::NotAllowed(command.display_name()));
        }
        let (program, arguments) =
            (command.words.split_first()).ok_or_else(|| io::Error::other("`command` is empty"))?;
        let variables = std::env::vars_os().filter(|(name, _)| command.receives(name));
        let mut spawned = Command::new(program);
        spawned
            .args(arguments)
            .current_dir(&command.folder)
            .env_clear()
            .envs(variables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // Ctrl-C stops the run, and the run ends the program after its last answer.
        #[cfg(unix)]
        spawned.process_group(0);
        let mut child = spawned.spawn()?;
        let (Some(stdin), Some(stdout), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::Error::other("it has no pipes").into());
        };
        let group = child.id();
        group.into_iter().for_each(RunningPrograms::add);
        let process = ChildProcess {
            child,
            group,
            listener: tokio::spawn(stderr.clone().listen(errors)),
        };
        Ok((process, ChildPipes { stdin, stdout }))
    }

    /// Wait for it to exit once its input is closed, and kill it after a time limit; how it exited.
    pub async fn end(mut self) -> String {
        let status = match timeout(EXIT_TIMEOUT, self.child.wait()).await {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => {
                self.kill_now().await;
                "killed".to_owned()
            }
        };
        // Its children may still hold the pipe open.
        let _ = timeout(EXIT_TIMEOUT, &mut self.listener).await;
        status
    }

    /// Kill it with its children.
    pub async fn kill(mut self) {
        self.kill_now().await;
        let _ = timeout(EXIT_TIMEOUT, &mut self.listener).await;
    }

    async fn kill_now(&mut self) {
        self.group.into_iter().for_each(kill_group);
        let _ = self.child.kill().await;
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        if let Some(group) = self.group.take() {
            // Its children too, where it has left some behind.
            kill_group(group);
            RunningPrograms::remove(group);
        }
    }
}
