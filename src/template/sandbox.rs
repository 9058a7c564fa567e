//! The limits of a rendering, and where templates are rendered that can build values: a thread with a deep stack, and a limit
//! on its time.
//!
//! The fuel of an environment counts instructions, bytes and slots, and so ends nearly every template that does too much.
//! It does not count the work on a value that holds another one several times, nor the depth of one. Only templates that
//! bind names to values of their own making can build such values; they pay for the hand-over to the thread.

use crate::panics;
use regex::Regex;
use std::{
    cell::RefCell,
    sync::{LazyLock, mpsc},
    time::Duration,
};

/// How much text a rendering may make, in all.
pub(super) const MAX_TEXT_MIB: u64 = 32;

/// Work that a rendering may do. An instruction takes one; every byte of a text that is made or written takes 1/64, every slot
/// of a list or map about a half.
pub(super) const FUEL: u64 = MAX_TEXT_MIB << 14;

/// Far beyond the time that the fuel of a rendering takes on a slow machine.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Bytes of the stack: enough for the deepest value that the fuel of a rendering can build. Only what is used takes memory.
const STACK_BYTES: usize = 256 << 20;

/// Why a rendering gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stopped {
    /// It took longer than [`TIME_LIMIT`].
    #[error("the template was stopped after {} s", TIME_LIMIT.as_secs())]
    Time,
    /// It panicked, or there is no thread to be had.
    #[error("the template could not be rendered: {0}")]
    Failed(String),
}

type Job = Box<dyn FnOnce() + Send>;

thread_local! {
    /// The thread that renders for this one. It ends with its sender.
    static HELPER: RefCell<Option<mpsc::Sender<Job>>> = const { RefCell::new(None) };
}

/// Do a job on the deep thread of this thread. A job that runs out of time is left alone: nothing can stop it but the end
/// of the process.
pub(super) fn run<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
    limit: Duration,
) -> Result<T, Stopped> {
    let (send, receive) = mpsc::sync_channel(1);
    let helper = HELPER.take().map_or_else(start, Ok)?;
    let job: Job = Box::new(move || {
        // Nobody waits any more for a result that is late.
        let _ = send.send(panics::catch(job));
    });
    let gone = || Stopped::Failed("its thread ended".into());
    helper.send(job).map_err(|_| gone())?;
    let result = receive.recv_timeout(limit).map_err(|error| match error {
        mpsc::RecvTimeoutError::Timeout => Stopped::Time,
        mpsc::RecvTimeoutError::Disconnected => gone(),
    })?;
    HELPER.set(Some(helper));
    result.map_err(Stopped::Failed)
}

fn start() -> Result<mpsc::Sender<Job>, Stopped> {
    let (send, receive) = mpsc::channel::<Job>();
    std::thread::Builder::new()
        .name("template".into())
        .stack_size(STACK_BYTES)
        .spawn(move || receive.into_iter().for_each(|job| job()))
        .map_err(|error| Stopped::Failed(error.to_string()))?;
    Ok(send)
}

/// Render something elsewhere within the limits of a template.
pub(crate) fn run_bounded<T: Send + 'static>(
    render: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    run(render, TIME_LIMIT).map_err(|stopped| stopped.to_string())
}

/// A tag: its word, and the rest of it.
static TAGS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?s)\{%[-+]?\s*(\w+)\b(.*?)[-+]?%\}").ok());

/// The rest of a loop over data as it is: a name, perhaps sliced or passed through filters.
static PLAIN_LOOP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?s)^[\w\s,]+\bin\s+[\w.]+(?:\[[\d:\s-]*\])?(?:\s*\|\s*\w+)*\s*$").ok()
});

/// Whether a template's text binds names to values of its own making, and so can build large ones out of small ones.
pub(super) fn builds_values(text: &str) -> bool {
    let (Some(tags), Some(plain)) = (TAGS.as_ref(), PLAIN_LOOP.as_ref()) else {
        return true;
    };
    tags.captures_iter(text).any(|tag| match &tag[1] {
        "set" | "with" | "macro" | "call" | "import" | "from" => true,
        "for" => !plain.is_match(&tag[2]),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_takes_too_long_is_given_up_and_the_next_one_runs() {
        let (release, wait) = mpsc::channel::<()>();
        let stopped = run(move || wait.recv().is_ok(), Duration::from_millis(20));
        assert_eq!(stopped, Err(Stopped::Time));
        assert_eq!(run(|| 7, TIME_LIMIT), Ok(7));
        let failed = run(|| -> u8 { panic!("no such thing") }, TIME_LIMIT);
        assert_eq!(failed, Err(Stopped::Failed("no such thing".into())));
        assert_eq!(run(|| 8, TIME_LIMIT), Ok(8));
        drop(release);
    }

    #[test]
    fn loops_over_data_build_nothing() {
        for text in [
            "{{ row.text | upper }}{% if tone %}x{% endif %}",
            "{% for shot in shots %}{{ shot.text }}{% endfor %}",
            "{%- for key, value in row.meta[:3] | dictsort -%}{% endfor %}",
            "{% include 'a.j2' %}",
        ] {
            assert!(!builds_values(text), "{text}");
        }
        for text in [
            "{% set x = [x, x] %}",
            "{% for x in [y, y] %}{% endfor %}",
            "{% for x in range(9) %}{% endfor %}",
            "{% for x in y recursive %}{% endfor %}",
            "{%- macro f(x) -%}{% endmacro %}",
            "{% with a = [1] %}{% endwith %}",
        ] {
            assert!(builds_values(text), "{text}");
        }
    }
}
