//! Saves how the project is looked at: soon after the last key, not with every key of many, and off the loop.

use crate::tui::model::SavedViewState;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// Time without a key after which the view is saved.
const REST: Duration = Duration::from_millis(250);
/// Longest time that keys without a rest put it off.
const LONGEST: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct ViewSaver {
    file: PathBuf,
    /// What the file holds once the writing has ended.
    written: SavedViewState,
    writing: Option<JoinHandle<()>>,
    keys: UnsavedKeys,
}

impl ViewSaver {
    /// Saves into a file that holds this view.
    pub(super) fn new(file: PathBuf, written: SavedViewState) -> ViewSaver {
        ViewSaver {
            file,
            written,
            writing: None,
            keys: UnsavedKeys::default(),
        }
    }

    /// A person did something.
    pub(super) fn touch(&mut self, now: Instant) {
        self.keys.add(now);
    }

    /// When to save; `None` where nothing was done since.
    pub(super) fn due(&self) -> Option<Instant> {
        self.keys.due()
    }

    /// There is nothing to save until the next key.
    pub(super) fn rest(&mut self) {
        self.keys = UnsavedKeys::default();
    }

    /// Save a view, where the file holds another. Views are written one after the other, and nobody waits for them here.
    pub(super) fn save(&mut self, view: SavedViewState) {
        if view == self.written {
            return;
        }
        self.written.clone_from(&view);
        let (file, before) = (self.file.clone(), self.writing.take());
        self.writing = Some(tokio::spawn(async move {
            // It can only fail by a panic, which ends the session by itself.
            if let Some(before) = before {
                let _ = before.await;
            }
            // Only how the project was looked at: where the folder cannot be written, nothing is lost.
            let _ = tokio::task::spawn_blocking(move || view.write(&file)).await;
        }));
    }

    /// Wait until the last view is written.
    pub(super) async fn finish(&mut self) {
        if let Some(writing) = self.writing.take() {
            let _ = writing.await;
        }
    }
}

/// The first and the last key since the view was saved.
#[derive(Debug, Default)]
struct UnsavedKeys(Option<(Instant, Instant)>);

impl UnsavedKeys {
    fn add(&mut self, now: Instant) {
        let first = self.0.map_or(now, |(first, _)| first);
        self.0 = Some((first, now));
    }

    fn due(&self) -> Option<Instant> {
        let (first, last) = self.0?;
        Some((last + REST).min(first + LONGEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_saved_after_a_rest_and_scrolling_seldom() {
        let mut keys = UnsavedKeys::default();
        let start = Instant::now();
        assert_eq!(keys.due(), None, "a session at rest writes nothing");
        keys.add(start);
        assert_eq!(keys.due(), Some(start + REST));
        // Ten seconds of a key that is held down.
        let (mut keys, mut saved) = (UnsavedKeys::default(), Vec::new());
        for ms in (0..10_000).step_by(30) {
            let now = start + Duration::from_millis(ms);
            if keys.due().is_some_and(|due| due <= now) {
                keys = UnsavedKeys::default();
                saved.push(ms);
            }
            keys.add(now);
        }
        assert!((4..=5).contains(&saved.len()), "{saved:?}");
    }
}
