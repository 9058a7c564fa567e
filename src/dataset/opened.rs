//! A file that can be read from any byte: the user's own, or a copy without a name where what was named is compressed, is
//! in columns, comes in several files or from standard input.

#[cfg(feature = "excel")]
use super::workbook::SheetError;
use super::{
    DatasetError, ReadOptions,
    detect::detect,
    file::RowFile,
    format::FileFormat,
    guarded::LineGuard,
    hub_folder::HubFolder,
    name::{DatasetName, extension},
    scan::scan,
};
use crate::{
    panics,
    source::{as_typed, check_regular, files_matching, has_wildcard},
};
use std::{
    cell::Cell,
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
    /// Open what a path names; `shown` is the path as errors name it, `options` what is set of it.
    pub(super) fn new(
        path: &Path,
        shown: &Path,
        options: &ReadOptions,
    ) -> Result<Opened, DatasetError> {
        without_panic(shown, || Opened::read(path, shown, options))
    }

    fn read(path: &Path, shown: &Path, options: &ReadOptions) -> Result<Opened, DatasetError> {
        let unreadable = |source| DatasetError::Io {
            path: shown.to_path_buf(),
            source,
        };
        let from_stdin = |into: &mut dyn Write| io::copy(&mut io::stdin().lock(), into).map(drop);
        if path.as_os_str() == "-" {
            return Opened::copy(FileFormat::Lines, shown, options, unreadable, from_stdin)?
                .detected(shown, options);
        }
        let DatasetName { path: file, part } = DatasetName::parse(path);
        let (path, part) = (file.as_path(), part.as_deref());
        if has_wildcard(path) && !path.exists() {
            return Opened::matching(path, part, shown, options);
        }
        if path.is_dir() {
            let folder = HubFolder::open(path, shown)?;
            return Opened::together(folder.split(part, shown)?, None, shown, options);
        }
        let extension = extension(path);
        if let Some(part) = part.filter(|_| extension != "xlsx") {
            return Err(DatasetError::Part {
                path: path.to_path_buf(),
                message: format!("`#{part}` names a sheet of an .xlsx file or a split of a folder"),
            });
        }
        let packed = |error: io::Error| {
            let message = format!("not a complete .{extension} file: {error}");
            unreadable(io::Error::new(error.kind(), message))
        };
        match extension.as_str() {
            "gz" => {
                let format = FileFormat::from_path(path.with_extension("").as_path(), shown)?;
                let bytes = BufReader::new(open(path).map_err(unreadable)?);
                let mut plain = flate2::bufread::MultiGzDecoder::new(bytes);
                Opened::copy(format, shown, options, packed, |into| {
                    io::copy(&mut plain, into).map(drop)
                })?
                .detected(shown, options)
            }
            "zst" => {
                let format = FileFormat::from_path(path.with_extension("").as_path(), shown)?;
                let bytes = open(path).map_err(unreadable)?;
                Opened::copy(format, shown, options, packed, |into| {
                    zstd::stream::copy_decode(bytes, into)
                })?
                .detected(shown, options)
            }
            #[cfg(feature = "parquet")]
            "parquet" => {
                let parquet =
                    super::columnar::ParquetFile::open(open(path).map_err(unreadable)?, shown)?;
                Opened::copy(FileFormat::Lines, shown, options, packed, |into| {
                    parquet.write_lines(into)
                })
            }
            #[cfg(feature = "parquet")]
            "arrow" => {
                let arrow =
                    super::arrow_file::ArrowFile::open(open(path).map_err(unreadable)?, shown)?;
                Opened::copy(FileFormat::Lines, shown, options, packed, |into| {
                    arrow.write_lines(options.max_record, into)
                })
            }
            #[cfg(feature = "excel")]
            "xlsx" => {
                let file = open(path).map_err(unreadable)?;
                let sheet = super::workbook::Sheet::open(file, part, shown, options.max_record)?;
                let mut failed = None;
                let copied = Opened::copy(FileFormat::Lines, shown, options, packed, |into| {
                    sheet.write_lines(into).or_else(|error| match error {
                        SheetError::Io(error) => Err(error),
                        SheetError::Dataset(error) => {
                            failed = Some(error);
                            Ok(())
                        }
                    })
                });
                failed.map_or(copied, Err)
            }
            _ => Opened {
                format: FileFormat::from_path(path, shown)?,
                file: open(path).map_err(unreadable)?,
                watched: true,
            }
            .detected(shown, options),
        }
    }

    /// With the format that its bytes show, where the name leaves it open.
    fn detected(mut self, shown: &Path, options: &ReadOptions) -> Result<Opened, DatasetError> {
        self.format =
            detect(&self.file, self.format, options).map_err(|source| DatasetError::Io {
                path: shown.to_path_buf(),
                source,
            })?;
        Ok(self)
    }

    /// All files that a pattern names, whatever format each has.
    fn matching(
        pattern: &Path,
        part: Option<&str>,
        shown: &Path,
        options: &ReadOptions,
    ) -> Result<Opened, DatasetError> {
        let not_found = |message: String| DatasetError::Io {
            path: shown.to_path_buf(),
            source: io::Error::new(io::ErrorKind::NotFound, message),
        };
        let files = files_matching(pattern).map_err(|e| not_found(e.to_string()))?;
        if files.is_empty() {
            return Err(not_found("no file matches".into()));
        }
        Opened::together(&files, part, shown, options)
    }

    /// Files one after the other. `part`: the sheet of each that is meant.
    fn together(
        files: &[PathBuf],
        part: Option<&str>,
        shown: &Path,
        options: &ReadOptions,
    ) -> Result<Opened, DatasetError> {
        let mut failed = None;
        let unreadable = |source| DatasetError::Io {
            path: shown.to_path_buf(),
            source,
        };
        let copied = Opened::copy(FileFormat::Lines, shown, options, unreadable, |mut into| {
            for file in files {
                let file = match part {
                    Some(part) => &DatasetName::with_part(file, part),
                    None => file,
                };
                if let Err(error) = append_rows(file, options, &mut into) {
                    failed = Some(error);
                    break;
                }
            }
            Ok(())
        });
        match failed {
            Some(error) => Err(error),
            None => copied,
        }
    }

    /// A file without a name that is filled and then read. A line that is longer than a record may be ends it.
    fn copy(
        format: FileFormat,
        shown: &Path,
        options: &ReadOptions,
        unreadable: impl Fn(io::Error) -> DatasetError,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Opened, DatasetError> {
        let too_long = Cell::new(None);
        // A list of JSON may be one line.
        let limit = match format {
            FileFormat::List => u64::MAX,
            _ => options.max_record.bytes(),
        };
        let copy = || {
            let mut file = tempfile::tempfile()?;
            let guard = LineGuard::new(&mut file, limit, &too_long);
            let mut into = BufWriter::with_capacity(1 << 18, guard);
            fill(&mut into)?;
            into.flush()?;
            drop(into);
            file.seek(SeekFrom::Start(0))?;
            Ok(file)
        };
        let file = copy().map_err(|error| match too_long.get() {
            Some(line) => DatasetError::TooLong {
                path: shown.to_path_buf(),
                line,
                limit: options.max_record,
                is_table: false,
            },
            None => unreadable(error),
        })?;
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
    options: &ReadOptions,
    into: &mut dyn Write,
) -> Result<(), DatasetError> {
    let shown = shown(path);
    let opened = Opened::new(path, &shown, options)?;
    let names_only = ReadOptions {
        max_record: options.max_record,
        ..ReadOptions::default()
    };
    let mut scan = scan(&opened.file, opened.format, &shown, &names_only)?;
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
