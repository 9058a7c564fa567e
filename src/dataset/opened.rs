//! A file that can be read from any byte: the user's own, or a copy without a name where what was named is compressed, is
//! in columns, comes in several files or from standard input.

use super::{
    DatasetError, ReadOptions, detect::detect, file::RowFile, format::FileFormat, scan::scan,
};
use crate::{
    panics,
    source::{as_typed, check_regular, files_matching, has_wildcard},
};
use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// A file that can be read from any byte.
pub(super) struct Opened {
    pub(super) file: File,
    /// What its bytes are.
    pub(super) format: FileFormat,
    /// It is the user's, who may change it meanwhile.
    pub(super) watched: bool,
}

impl Opened {
    /// Open what a path names; `shown` is the path as errors name it, `delimiter` that of tables where it is set.
    pub(super) fn new(
        path: &Path,
        shown: &Path,
        delimiter: Option<u8>,
    ) -> Result<Opened, DatasetError> {
        without_panic(shown, || Opened::read(path, shown, delimiter))
    }

    fn read(path: &Path, shown: &Path, delimiter: Option<u8>) -> Result<Opened, DatasetError> {
        let unreadable = |source| DatasetError::Io {
            path: shown.to_path_buf(),
            source,
        };
        if path.as_os_str() == "-" {
            let copied = Opened::copy(FileFormat::Lines, |into| {
                io::copy(&mut io::stdin().lock(), into).map(drop)
            });
            return copied.map_err(unreadable)?.detected(shown, delimiter);
        }
        if has_wildcard(path) && !path.is_file() {
            return Opened::together(path, shown, delimiter);
        }
        let extension = path
            .extension()
            .map(|e| e.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        let packed = |error: io::Error| {
            let message = format!("not a complete .{extension} file: {error}");
            unreadable(io::Error::new(error.kind(), message))
        };
        match extension.as_str() {
            "gz" => {
                let format = FileFormat::from_path(path.with_extension("").as_path(), shown)?;
                let bytes = BufReader::new(open(path).map_err(unreadable)?);
                let mut plain = flate2::bufread::MultiGzDecoder::new(bytes);
                let copied = Opened::copy(format, |into| io::copy(&mut plain, into).map(drop));
                copied.map_err(packed)?.detected(shown, delimiter)
            }
            "zst" => {
                let format = FileFormat::from_path(path.with_extension("").as_path(), shown)?;
                let bytes = open(path).map_err(unreadable)?;
                let copied = Opened::copy(format, |into| zstd::stream::copy_decode(bytes, into));
                copied.map_err(packed)?.detected(shown, delimiter)
            }
            #[cfg(feature = "parquet")]
            "parquet" => {
                let parquet =
                    super::columnar::ParquetFile::open(open(path).map_err(unreadable)?, shown)?;
                Opened::copy(FileFormat::Lines, |into| parquet.write_lines(into)).map_err(packed)
            }
            _ => Opened {
                format: FileFormat::from_path(path, shown)?,
                file: open(path).map_err(unreadable)?,
                watched: true,
            }
            .detected(shown, delimiter),
        }
    }

    /// With the format that its bytes show, where the name leaves it open.
    fn detected(mut self, shown: &Path, delimiter: Option<u8>) -> Result<Opened, DatasetError> {
        self.format =
            detect(&self.file, self.format, delimiter).map_err(|source| DatasetError::Io {
                path: shown.to_path_buf(),
                source,
            })?;
        Ok(self)
    }

    /// All files that a pattern names, one after the other, whatever format each has.
    fn together(
        pattern: &Path,
        shown: &Path,
        delimiter: Option<u8>,
    ) -> Result<Opened, DatasetError> {
        let not_found = |message: String| DatasetError::Io {
            path: shown.to_path_buf(),
            source: io::Error::new(io::ErrorKind::NotFound, message),
        };
        let files = files_matching(pattern).map_err(|e| not_found(e.to_string()))?;
        if files.is_empty() {
            return Err(not_found("no file matches".into()));
        }
        let mut failed = None;
        let copied = Opened::copy(FileFormat::Lines, |into| {
            for file in &files {
                if let Err(error) = append_rows(file, delimiter, into) {
                    failed = Some(error);
                    break;
                }
            }
            Ok(())
        });
        match (failed, copied) {
            (Some(error), _) => Err(error),
            (None, copied) => copied.map_err(|source| DatasetError::Io {
                path: shown.to_path_buf(),
                source,
            }),
        }
    }

    /// A file without a name that is filled and then read.
    fn copy(
        format: FileFormat,
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
            format,
            watched: false,
        })
    }
}

/// A panic of a reader as an error with the file.
fn without_panic<T>(
    shown: &Path,
    read: impl FnOnce() -> Result<T, DatasetError>,
) -> Result<T, DatasetError> {
    panics::catch(read).unwrap_or_else(|message| {
        let message = format!("its reader failed, the file may be damaged: {message}");
        Err(DatasetError::Io {
            path: shown.to_path_buf(),
            source: io::Error::new(io::ErrorKind::InvalidData, message),
        })
    })
}

/// Append the rows of a file as JSON lines.
fn append_rows(
    path: &Path,
    delimiter: Option<u8>,
    into: &mut impl Write,
) -> Result<(), DatasetError> {
    let shown = shown(path);
    let opened = Opened::new(path, &shown, delimiter)?;
    let mut scan = scan(&opened.file, opened.format, &shown, &ReadOptions::default())?;
    let rows = RowFile::new(opened.file, opened.watched, &shown, None, &mut scan);
    for index in 0..scan.heads.len() {
        let row = rows.row(index, &scan.heads)?;
        serde_json::to_writer(&mut *into, &row.fields)
            .map_err(io::Error::from)
            .and_then(|()| into.write_all(b"\n"))
            .map_err(|source| DatasetError::Io {
                path: shown.clone(),
                source,
            })?;
    }
    Ok(())
}

/// What errors call a path.
pub(super) fn shown(path: &Path) -> PathBuf {
    match path.as_os_str() == "-" {
        true => PathBuf::from("<stdin>"),
        false => as_typed(path),
    }
}

fn open(path: &Path) -> io::Result<File> {
    if path.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    check_regular(path)?;
    File::open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_panics_is_an_error_with_the_file() {
        let read = || -> Result<(), DatasetError> { panic!("unexpected page") };
        let error = without_panic(Path::new("d.parquet"), read).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read the dataset d.parquet: its reader failed, the file may be damaged: unexpected page"
        );
    }
}
