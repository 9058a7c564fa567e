//! Runs a screen of one item after another in the terminal, and writes its journal beside it.

use super::{ItemClock, ItemEffect, ItemMessage, ItemScreen};
use crate::{
    annotation::{Journal, JournalWriter},
    store::unix_now,
    tui::{
        TuiError,
        runtime::{ProcessSignal, Signals, TerminalScreen, is_taken, panicked},
    },
};
use crossterm::event::{Event, EventStream, KeyEventKind, MouseEventKind};
use futures_util::StreamExt;
use std::time::Instant;
use tokio::sync::mpsc;

/// Lines that one step of the wheel scrolls.
const WHEEL: isize = 3;

/// Run a screen until the person leaves. Everything that was decided is in the journal then, or the error says why not.
pub async fn run_items<S>(screen: &mut S, journal: Journal) -> Result<(), TuiError>
where
    S: ItemScreen,
    S::Record: Send + 'static,
    <S::Record as crate::annotation::JournalRecord>::Subject: Send,
{
    let (results, mut saved) = mpsc::unbounded_channel();
    let writer = JournalWriter::start(journal, move |unsaved, error| {
        // The loop may have ended.
        let _ = results.send(ItemMessage::Saved {
            unsaved,
            error: error.map(|error| error.to_string()),
        });
    });
    let ended = show(screen, &writer, &mut saved).await;
    // The terminal has been given back; nothing is lost, whatever ended the loop.
    writer.finish()?;
    ended
}

async fn show<S: ItemScreen>(
    screen: &mut S,
    writer: &JournalWriter<S::Record>,
    saved: &mut mpsc::UnboundedReceiver<ItemMessage>,
) -> Result<(), TuiError>
where
    S::Record: Send + 'static,
    <S::Record as crate::annotation::JournalRecord>::Subject: Send,
{
    let mut signals = Signals::listen()?;
    let mut terminal = TerminalScreen::enter()?;
    let mut keys = EventStream::new();
    loop {
        if is_taken() {
            terminal.draw(|frame| screen.draw(frame))?;
        }
        let message = tokio::select! {
            event = keys.next() => match event {
                Some(event) => message_of(event?),
                None => return Ok(()),
            },
            Some(message) = saved.recv() => Some(message),
            () = panicked() => return Err(TuiError::Panicked),
            signal = signals.next() => match signal {
                ProcessSignal::Leave => return Ok(()),
                ProcessSignal::Continued => {
                    terminal.take_back()?;
                    None
                }
            },
        };
        let clock = ItemClock {
            now: Instant::now(),
            unix: unix_now(),
        };
        for effect in message.map_or(Vec::new(), |message| screen.update(message, clock)) {
            match effect {
                ItemEffect::Append(entry) => writer.append(entry),
                ItemEffect::Redraw => terminal.renew()?,
                ItemEffect::Leave => return Ok(()),
            }
        }
    }
}

fn message_of(event: Event) -> Option<ItemMessage> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(ItemMessage::Key(key)),
        Event::Paste(text) => Some(ItemMessage::Paste(text)),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::ScrollDown => Some(ItemMessage::Scroll(WHEEL)),
            MouseEventKind::ScrollUp => Some(ItemMessage::Scroll(-WHEEL)),
            _ => None,
        },
        _ => None,
    }
}
