//! A file that can be read from any byte: the user's own, or a copy without a name where what was named is compressed, is
//! in columns, comes in several files or from standard input.

use super::{Dataset, DatasetError, RowColumns, block::FileFormat};
use crate::source::{as_typed, files_matching, has_wildcard};
use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// A file that can be read from any byte.
pub(super) struct Opened {
    pub(super) file: File,
    /// What its bytes are.
    pub(super) form: FileFormat,
    /// It is the user's, who may change it meanwhile.
    pub(super) watched: bool,
}

impl Opened {
    /// Open what a path names; `shown` is the path as errors name it.
    pub(super) fn of(path: &Path, shown: &Path) -> Result<Opened, DatasetError> {
        let unreadable = |source| DatasetError::Io {
            path: shown.to_path_buf(),
            source,
        };
        if path.as_os_str() == "-" {
            return Opened::copy(FileFormat::Lines, |into| {
                io::copy(&mut io::stdin().lock(), into).map(drop)
            })
            .map_err(unreadable);
        }
        if has_wildcard(path) && !path.is_file() {
            return Opened::together(path, shown);
        }
        let extension = path
            .extension()
            .map(|e| e.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        let packed = |error: io::Error| {
            let message = format!("what is in it is not a whole .{extension} file: {error}");
            unreadable(io::Error::new(error.kind(), message))
        };
        match extension.as_str() {
            "gz" => {
                let form = FileFormat::of(path.with_extension("").as_path(), shown)?;
                let bytes = BufReader::new(open(path).map_err(unreadable)?);
                let mut plain = flate2::bufread::MultiGzDecoder::new(bytes);
                Opened::copy(form, |into| io::copy(&mut plain, into).map(drop)).map_err(packed)
            }
            "zst" => {
                let form = FileFormat::of(path.with_extension("").as_path(), shown)?;
                let bytes = open(path).map_err(unreadable)?;
                Opened::copy(form, |into| zstd::stream::copy_decode(bytes, into)).map_err(packed)
            }
            #[cfg(feature = "parquet")]
            "parquet" => {
                let columns = super::columnar::Columnar::open(open(path).map_err(unreadable)?)
                    .map_err(packed)?;
                Opened::copy(FileFormat::Lines, |into| columns.write_lines(into)).map_err(packed)
            }
            _ => Ok(Opened {
                form: FileFormat::of(path, shown)?,
                file: open(path).map_err(unreadable)?,
                watched: true,
            }),
        }
    }

    /// All files that a pattern names, one after the other, whatever form each has.
    fn together(pattern: &Path, shown: &Path) -> Result<Opened, DatasetError> {
        let not_found = |message: String| DatasetError::Io {
            path: shown.to_path_buf(),
            source: io::Error::new(io::ErrorKind::NotFound, message),
        };
        let files = files_matching(pattern).map_err(|e| not_found(e.to_string()))?;
        if files.is_empty() {
            return Err(not_found("no file matches".into()));
        }
        let mut wrong = None;
        let copied = Opened::copy(FileFormat::Lines, |into| {
            for file in &files {
                match Dataset::read(file, &RowColumns::default()) {
                    Ok(part) => {
                        for row in part.rows() {
                            let row = row.map_err(io::Error::other)?;
                            serde_json::to_writer(&mut *into, &row.fields)?;
                            into.write_all(b"\n")?;
                        }
                    }
                    Err(error) => {
                        wrong = Some(error);
                        return Ok(());
                    }
                }
            }
            Ok(())
        });
        match (wrong, copied) {
            (Some(error), _) => Err(error),
            (None, copied) => copied.map_err(|source| DatasetError::Io {
                path: shown.to_path_buf(),
                source,
            }),
        }
    }

    /// A file without a name that is filled and then read.
    fn copy(
        form: FileFormat,
        fill: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
    ) -> io::Result<Opened> {
        let mut file = tempfile::tempfile()?;
        let mut into = BufWriter::with_capacity(1 << 18, &mut file);
        fill(&mut into)?;
        into.flush()?;
        drop(into);
        file.seek(SeekFrom::Start(0))?;
        Ok(Opened {
            file,
            form,
            watched: false,
        })
    }
}

/// What errors call a path.
pub(super) fn shown(path: &Path) -> PathBuf {
    match path.as_os_str() == "-" {
        true => PathBuf::from("<stdin>"),
        false => as_typed(path),
    }
}

fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    Ok(file)
}
