//! The terminal: entered, left, and always given back as it was.

use crate::panics;
use crossterm::{
    cursor::Show,
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    execute, queue,
    terminal::{
        BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
        LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{Frame, Terminal, backend::CrosstermBackend};
use std::{
    cell::RefCell,
    io::{self, Write, stdout},
    rc::Rc,
    sync::atomic::{AtomicBool, Ordering},
};
use tokio::sync::Notify;

static ENTERED: AtomicBool = AtomicBool::new(false);

/// A panic somewhere in the process, of whatever thread: the terminal is given back, the session cannot go on.
static PANICKED: Notify = Notify::const_new();

/// The terminal of a session; left when dropped.
#[derive(Debug)]
pub(in crate::tui) struct TerminalScreen {
    terminal: Terminal<CrosstermBackend<FrameWriter>>,
    frame: FrameWriter,
}

/// What a frame is made of until it is whole: the library flushes more than once on the way. What is left when the session ends
/// is not written any more.
#[derive(Debug, Clone, Default)]
struct FrameWriter(Rc<RefCell<Vec<u8>>>);

impl FrameWriter {
    fn terminal(&self) -> io::Result<Terminal<CrosstermBackend<FrameWriter>>> {
        Terminal::new(CrosstermBackend::new(self.clone()))
    }

    /// Write the frame at once, and tell the terminal where it begins and ends (synchronized update): no half of one is seen.
    fn show(&self) -> io::Result<()> {
        let mut written = self.0.borrow_mut();
        if written.is_empty() {
            return Ok(());
        }
        let mut frame = Vec::with_capacity(written.len() + 16);
        queue!(frame, BeginSynchronizedUpdate)?;
        frame.append(&mut written);
        queue!(frame, EndSynchronizedUpdate)?;
        let mut out = stdout().lock();
        out.write_all(&frame)?;
        out.flush()
    }
}

impl Write for FrameWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TerminalScreen {
    /// Take the terminal over.
    pub(in crate::tui) fn enter() -> io::Result<TerminalScreen> {
        take()?;
        let frame = FrameWriter::default();
        Ok(TerminalScreen {
            terminal: frame.terminal()?,
            frame,
        })
    }

    pub(in crate::tui) fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> io::Result<()> {
        self.terminal.draw(view)?;
        self.frame.show()
    }

    /// Give it back for a while, to an editor or the shell.
    pub(super) fn lend(&mut self) {
        give_back();
    }

    pub(in crate::tui) fn take_back(&mut self) -> io::Result<()> {
        take()?;
        self.renew()
    }

    /// Clear the screen and draw all anew next time. Not by the terminal's own `clear`, which asks where the cursor is
    /// and waits for an answer that a stream of keys may have taken.
    pub(in crate::tui) fn renew(&mut self) -> io::Result<()> {
        self.terminal = self.frame.terminal()?;
        queue!(self.frame, Clear(ClearType::All))
    }
}

impl Drop for TerminalScreen {
    fn drop(&mut self) {
        give_back();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    execute!(
        stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableMouseCapture
    )
}

fn give_back() {
    if ENTERED.swap(false, Ordering::SeqCst) {
        // Nothing is left to tell where the terminal itself is gone.
        let _ = execute!(
            stdout(),
            DisableMouseCapture,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        );
        let _ = disable_raw_mode();
    }
}

/// Whether the terminal is the session's.
pub(in crate::tui) fn is_taken() -> bool {
    ENTERED.load(Ordering::SeqCst)
}

/// Give the terminal back before a panic is reported. A session that is open ends then: what panicked beside it will not answer.
pub fn restore_on_panic() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panics::is_caught() {
            return;
        }
        give_back();
        tell(panic);
        PANICKED.notify_one();
    }));
}

/// Wait for a panic.
pub(in crate::tui) async fn panicked() {
    PANICKED.notified().await;
}
