//! Files of the project, watched for changes by whatever editor.

use crate::source::is_hidden;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher, event::ModifyKind};
use parking_lot::Mutex;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::mpsc::UnboundedSender;

/// What is watched: files, and folders whose files all count.
#[derive(Debug, Default)]
struct Wanted {
    files: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

impl Wanted {
    fn has(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default();
        // What editors keep beside the file.
        let aside = is_hidden(Path::new(""), Path::new(name)) || {
            let name = name.to_string_lossy();
            name.ends_with('~') || name.ends_with(".swp")
        };
        !aside
            && (self.files.contains(path)
                || path.parent().is_some_and(|dir| self.folders.contains(dir)))
    }
}

/// Watches files; each change goes to the sender.
pub(super) struct Watch {
    watcher: Option<RecommendedWatcher>,
    wanted: Arc<Mutex<Wanted>>,
    folders: BTreeSet<PathBuf>,
}

impl Watch {
    /// Watch nothing yet. Where the system has no means to watch, nothing is ever sent, and the editor's return counts.
    pub(super) fn new(changes: UnboundedSender<PathBuf>) -> Watch {
        let wanted: Arc<Mutex<Wanted>> = Arc::default();
        let seen = Arc::clone(&wanted);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            let counts = match event.kind {
                EventKind::Create(_) | EventKind::Remove(_) => true,
                EventKind::Modify(kind) => !matches!(kind, ModifyKind::Metadata(_)),
                _ => false,
            };
            if !counts {
                return;
            }
            let wanted = seen.lock();
            for path in event.paths {
                if wanted.has(&path) {
                    // The session may have ended.
                    let _ = changes.send(path);
                }
            }
        });
        Watch {
            watcher: watcher.ok(),
            wanted,
            folders: BTreeSet::new(),
        }
    }

    /// Watch these files and folders, and nothing else.
    pub(super) fn set(&mut self, paths: &[PathBuf]) {
        let mut wanted = Wanted::default();
        let mut folders = BTreeSet::new();
        for path in paths {
            let path = path.canonicalize().unwrap_or_else(|_| path.clone());
            if path.is_dir() {
                wanted.folders.insert(path.clone());
                folders.insert(path);
            } else {
                // An editor may put a new file in place of the old one: the folder is what stays.
                folders.extend(path.parent().map(Path::to_path_buf));
                wanted.files.insert(path);
            }
        }
        *self.wanted.lock() = wanted;
        if let Some(watcher) = &mut self.watcher {
            for gone in self.folders.difference(&folders) {
                // It may be gone from the disk too.
                let _ = watcher.unwatch(gone);
            }
            for new in folders.difference(&self.folders) {
                // A folder that cannot be watched is read when the editor returns.
                let _ = watcher.watch(new, RecursiveMode::NonRecursive);
            }
            self.folders = folders;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn a_file_replaced_by_another_is_seen_and_strangers_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let file = root.join("plain.j2");
        std::fs::write(&file, "a").unwrap();
        let (sender, mut changes) = tokio::sync::mpsc::unbounded_channel();
        let mut watch = Watch::new(sender);
        watch.set(std::slice::from_ref(&file));
        std::fs::write(root.join("stranger.txt"), "x").unwrap();
        std::fs::write(root.join("new"), "b").unwrap();
        std::fs::rename(root.join("new"), &file).unwrap();
        let seen = tokio::time::timeout(Duration::from_secs(20), changes.recv()).await;
        assert_eq!(seen.unwrap().unwrap(), file);
    }
}
