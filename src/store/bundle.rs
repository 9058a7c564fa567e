//! A run in one file, for somebody without the project: the run with its trials, answers, prompts, labels and rows.
//!
//! It is a store of one run, compressed, behind a line that says so. Whoever opens one may not know who wrote it: it is
//! unpacked up to a limit, into a file of its own, and read only where its tables are just those of a store and hold
//! together. No path in it is followed.

use super::{
    GatheredTrials, RunInfo, RunSlot, Store, StoreError, error::explain, heads, open, schema,
};
use crate::model::RowRecords;
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use std::{
    collections::HashSet,
    fs,
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
};

const MAGIC: &[u8] = b"wording bundle 1\n";
/// Largest bundle, and largest store in one, in bytes.
const MAX_PACKED: u64 = 2 << 30;
const MAX_UNPACKED: u64 = 8 << 30;
/// Most cells of a bundled run.
const MAX_CELLS: u128 = 200_000_000;
/// Memory of a decompression window, as a power of two.
const MAX_WINDOW: u32 = 27;
const LEVEL: i32 = 9;

/// Why a file is not opened as a bundle.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the bundle {}: {message}", path.display())]
pub struct BundleError {
    path: PathBuf,
    message: String,
}

impl Store {
    /// Write a run as a bundle, with its rows where they are known.
    pub fn write_bundle(
        &self,
        info: &RunInfo,
        records: Option<&RowRecords>,
        path: &Path,
    ) -> Result<(), StoreError> {
        let failed = |e: &dyn std::fmt::Display| StoreError::Open {
            path: path.to_owned(),
            message: format!("a bundle cannot be written: {e}"),
        };
        let mut info = info.clone();
        // The command line may hold what is nobody else's business, such as an address with a password.
        if let Some(origin) = &mut info.origin {
            origin.command = None;
        }
        for metric in &mut info.metric_specs {
            metric.forget_program();
        }
        let folder = tempfile::tempdir().map_err(|e| failed(&e))?;
        let file = folder.path().join("bundle.db");
        let gathered = match self.path().to_str() {
            Some(":memory:") => None,
            _ => Some(self.gather(&info, &self.all_trials(&info)?)?),
        };
        let store = gathered.as_ref().unwrap_or(self);
        store.keep_bad_cases_of(&info)?;
        {
            let connection = store.lock();
            let text = serde_json::to_string(&info).map_err(|e| failed(&e))?;
            let kept = "UPDATE runs SET info = ? WHERE id = ?";
            connection.execute(kept, [&text, &info.id.0])?;
            if let Some(records) = records {
                let slot = RunSlot::of_run(&connection, &info.id)?;
                heads::save_records(&connection, slot.number, records)?;
            }
            connection.execute("VACUUM INTO ?", [file.to_string_lossy()])?;
        }
        let pack = || -> io::Result<()> {
            let beside = path.parent().filter(|p| !p.as_os_str().is_empty());
            let mut out = new_file(beside.unwrap_or(Path::new(".")))?;
            out.write_all(MAGIC)?;
            zstd::stream::copy_encode(fs::File::open(&file)?, &mut out, LEVEL)?;
            out.as_file().sync_all()?;
            if let Ok(known) = fs::metadata(path) {
                out.as_file().set_permissions(known.permissions())?;
            }
            out.persist(path)?;
            Ok(())
        };
        pack().map_err(|e| failed(&e))
    }

    /// Forget the bad cases that are not rows of a run.
    fn keep_bad_cases_of(&self, info: &RunInfo) -> Result<(), StoreError> {
        let ids: HashSet<String> = (0..info.rows)
            .map(|row| info.heads.id(row).into_owned())
            .collect();
        for case in self.bad_cases(&info.experiment)? {
            if case.row_id.is_none_or(|id| !ids.contains(&id)) {
                self.delete_bad_case(case.id)?;
            }
        }
        Ok(())
    }

    fn all_trials(&self, info: &RunInfo) -> Result<GatheredTrials, StoreError> {
        let mut gathered = GatheredTrials::default();
        self.each_trial(&info.id, &mut |record| {
            let trial = (record.id, info.id.clone(), record.id);
            gathered.trials.push(trial);
        })?;
        Ok(gathered)
    }

    /// Unpack a bundle into an empty folder, check it, and open it.
    pub fn open_bundle(path: &Path, folder: &Path) -> Result<(Store, RunInfo), BundleError> {
        let failed = |message: String| BundleError {
            path: path.to_owned(),
            message,
        };
        let file = folder.join("bundle.db");
        unpack(path, &file).map_err(&failed)?;
        check(&file).map_err(&failed)?;
        let opened = Store::open(&file).and_then(|store| {
            let info = store.run("latest")?;
            Ok((store, info))
        });
        let (store, info) = opened.map_err(|e| failed(e.to_string()))?;
        check_run(&store, &info).map_err(&failed)?;
        Ok((store, info))
    }
}

/// Temporary files are private; a bundle has the permissions of the file in its place, else those of any new file.
fn new_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The umask is taken off, as for other files.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn unpack(path: &Path, file: &Path) -> Result<(), String> {
    let io = |e: io::Error| e.to_string();
    let packed = fs::File::open(path).map_err(io)?;
    let metadata = packed.metadata().map_err(io)?;
    if !metadata.is_file() {
        return Err("it is not a file".into());
    }
    if metadata.len() > MAX_PACKED {
        return Err(too_large("it", MAX_PACKED));
    }
    let mut packed = BufReader::new(packed);
    let mut magic = [0; MAGIC.len()];
    let is_bundle = packed.read_exact(&mut magic).is_ok() && magic == MAGIC;
    if !is_bundle {
        let known = magic.starts_with(b"wording bundle ");
        return Err(match known {
            true => "it was written by a newer version of wording; update wording".into(),
            false => "it is not a bundle, as `wording report --bundle FILE` writes one".into(),
        });
    }
    let damaged = |e: io::Error| format!("it is damaged: {e}");
    let mut decoder = zstd::stream::Decoder::with_buffer(packed).map_err(damaged)?;
    decoder.window_log_max(MAX_WINDOW).map_err(damaged)?;
    let mut out = fs::File::create_new(file).map_err(io)?;
    let written = io::copy(&mut decoder.take(MAX_UNPACKED + 1), &mut out).map_err(damaged)?;
    match written > MAX_UNPACKED {
        true => Err(too_large("what it unpacks to", MAX_UNPACKED)),
        false => Ok(()),
    }
}

fn too_large(what: &str, limit: u64) -> String {
    format!("{what} is larger than {} GiB", limit >> 30)
}

/// Whether a file is a store, upgraded where it is an old one, and nothing besides.
fn check(file: &Path) -> Result<(), String> {
    let damaged = |e: rusqlite::Error| format!("it is damaged: {}", explain(&e));
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags).map_err(damaged)?;
    let settings = [
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    ];
    for (setting, on) in settings {
        connection.set_db_config(setting, on).map_err(damaged)?;
    }
    connection
        .execute_batch("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;")
        .map_err(damaged)?;
    let is_plain = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type NOT IN ('table', 'index') \
         OR sql LIKE '%VIRTUAL%' OR sql LIKE '%GENERATED%')";
    let is_plain: bool = connection
        .query_row(is_plain, [], |row| row.get(0))
        .map_err(damaged)?;
    if !is_plain {
        return Err("it holds more than a run".into());
    }
    let found = schema::check_layout(&connection, file).map_err(|e| e.to_string())?;
    if found < schema::LATEST {
        schema::migrate(&mut connection).map_err(damaged)?;
    }
    let fresh = open::open(None).map_err(|e| e.to_string())?;
    if tables(&connection).map_err(damaged)? != tables(&fresh).map_err(damaged)? {
        return Err("its tables are not those of a store".into());
    }
    let checked: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(damaged)?;
    let runs: i64 = connection
        .query_row("SELECT count(*) FROM runs", [], |row| row.get(0))
        .map_err(damaged)?;
    match (checked.as_str(), runs) {
        ("ok", 1) => Ok(()),
        ("ok", _) => Err(format!("it holds {runs} runs, not one")),
        (message, _) => Err(format!("it is damaged: {message}")),
    }
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<(String, Option<String>)>> {
    let all = "SELECT name, sql FROM sqlite_schema WHERE name <> 'sqlite_sequence' AND name NOT LIKE 'sqlite_stat%' ORDER BY name";
    let mut statement = connection.prepare(all)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Whether what is said of a run fits together, so that whoever reads it finds what it looks for.
fn check_run(store: &Store, info: &RunInfo) -> Result<(), String> {
    let slot = RunSlot::of_run(&store.lock(), &info.id).map_err(|e| e.to_string())?;
    let parts = [
        info.models.len(),
        info.variants.len(),
        info.rows,
        info.samples,
    ];
    let cells: u128 = parts.iter().map(|n| *n as u128).product();
    let is_sound = (1..=MAX_CELLS).contains(&cells)
        && slot.has_shape(parts)
        && info.heads.len() == info.rows
        && info.heads.has_columns_of(info.rows)
        && info.baseline < info.variants.len()
        && !info.metrics.is_empty();
    match is_sound {
        true => Ok(()),
        false => Err("its run does not fit together".into()),
    }
}
