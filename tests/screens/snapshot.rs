//! Whole screens compared with those kept in `snapshots/`. `UPDATE_SCREENS=1 cargo test --test screens` writes them anew;
//! read the difference before it is committed.

use std::path::{Path, PathBuf};

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens/snapshots")
}

/// Compare a screen with the one kept under that name.
#[track_caller]
pub fn check(name: &str, screen: &str) {
    let path = folder().join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_SCREENS").is_some() {
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(&path, screen).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path)
        .unwrap_or_else(|_| panic!("no snapshot {name}; UPDATE_SCREENS=1 writes it:\n{screen}"));
    if kept != screen {
        let at = kept
            .lines()
            .zip(screen.lines())
            .position(|(a, b)| a != b)
            .unwrap_or_else(|| kept.lines().count().min(screen.lines().count()));
        panic!(
            "{name} changed at line {}:\n- {}\n+ {}\n\n{screen}\nUPDATE_SCREENS=1 keeps the new one",
            at + 1,
            kept.lines().nth(at).unwrap_or(""),
            screen.lines().nth(at).unwrap_or("")
        );
    }
}
