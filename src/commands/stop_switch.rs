//! ^C in a command that takes steps: the one in progress is stopped, and what it has is kept.

use super::interrupts::Interrupts;
use tokio::sync::watch;

/// ^C ends the step in progress.
pub(super) struct StopSwitch(watch::Sender<bool>);

impl StopSwitch {
    pub(super) fn new() -> anyhow::Result<StopSwitch> {
        let sender = watch::Sender::new(false);
        let mut interrupts = Interrupts::listen()?;
        let told = sender.clone();
        tokio::spawn(async move {
            interrupts.next().await;
            told.send_replace(true);
        });
        Ok(StopSwitch(sender))
    }

    pub(super) fn receiver(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }

    pub(super) fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }
}
