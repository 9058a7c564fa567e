//! A place in a source text, and the excerpt with a caret that every located error shows.
//!
//! Used by `project`, `dataset` and `template`; knows nothing of what went wrong.

use crate::display::{is_deceptive, visible};
use std::{
    ffi::OsStr,
    fmt,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// A place in a file, with the line it is on. Displays as `file:line:column` and the excerpt below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePlace {
    /// The file, as the user would type it (relative to the current folder where that is shorter).
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1; `None` where only the line is known.
    pub column: Option<usize>,
    /// How many characters the caret underlines, at least 1.
    pub width: usize,
    /// The text of the line, without its end; of a long line what stands around the column.
    pub text: String,
    /// How many characters of the line stand before `text`.
    pub(crate) cut: usize,
}

/// Most bytes of a line before and behind a column: a hostile file is one line with a slip at every tag.
const AROUND: usize = 1_000;

impl SourcePlace {
    /// The place of a byte range in a source text.
    pub fn of_span(file: impl Into<PathBuf>, source: &str, span: std::ops::Range<usize>) -> Self {
        let start = source.floor_char_boundary(span.start);
        let end = source.floor_char_boundary(span.end.max(start));
        let line_start = source[..start].rfind('\n').map_or(0, |i| i + 1);
        let line_end = source[start..]
            .find('\n')
            .map_or(source.len(), |i| start + i);
        let from = source.ceil_char_boundary(line_start.max(start.saturating_sub(AROUND)));
        let to = source.floor_char_boundary(line_end.min(start + AROUND));
        let text = source[from..to].trim_end_matches('\r').to_owned();
        SourcePlace {
            file: file.into(),
            line: source[..line_start].matches('\n').count() + 1,
            column: Some(source[line_start..start].chars().count() + 1),
            width: source[start..end.min(line_end).max(start)]
                .chars()
                .count()
                .max(1),
            text,
            cut: source[line_start..from].chars().count(),
        }
    }

    /// The place of a byte range in one line (from 1), where the text around it is not at hand.
    pub fn in_line(
        file: impl Into<PathBuf>,
        number: usize,
        line: &str,
        span: std::ops::Range<usize>,
    ) -> Self {
        SourcePlace {
            line: number,
            ..SourcePlace::of_span(file, line, span)
        }
    }

    /// The place of a whole line (from 1).
    pub fn of_line(file: impl Into<PathBuf>, source: &str, line: usize) -> Self {
        let text = source.lines().nth(line.saturating_sub(1));
        let text = text.unwrap_or_default();
        SourcePlace {
            file: file.into(),
            line,
            column: None,
            width: 1,
            text: text[..text.floor_char_boundary(2 * AROUND)].to_owned(),
            cut: 0,
        }
    }
}

/// A path as the user would type it: relative to the current folder where it lies in it.
pub fn as_typed(path: &Path) -> PathBuf {
    std::env::current_dir()
        .ok()
        .and_then(|here| path.strip_prefix(here).map(Path::to_path_buf).ok())
        .filter(|rest| !rest.as_os_str().is_empty())
        .unwrap_or_else(|| path.to_path_buf())
}

/// Where a file of the project is, links followed; `root`, its folder, has none itself.
pub fn inside_folder(root: &Path, named: &str) -> Result<PathBuf, String> {
    let real = root.join(named).canonicalize();
    let real = real.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            format!("no file `{named}` in the project; paths are relative to the folder of the project file")
        }
        _ => format!("cannot read `{named}`: {error}"),
    })?;
    match real.starts_with(root) {
        true => Ok(real),
        false => Err(format!("`{named}` is outside of the project's folder")),
    }
}

/// Largest file of configuration, template or rubric that is read.
const MAX_TEXT_BYTES: u64 = 32 << 20;

/// The text of a file that a person wrote. Pipes, devices and what the system shows of itself as files are refused: reading
/// them may never end, or tell more than a file should.
pub fn read_text(path: &Path) -> io::Result<String> {
    if check_regular(path)?.len() > MAX_TEXT_BYTES {
        let limit = MAX_TEXT_BYTES >> 20;
        return Err(io::Error::other(format!("larger than {limit} MiB")));
    }
    std::fs::read_to_string(path)
}

/// An error unless a path, links followed, is a regular file that is no view of the system.
pub(crate) fn check_regular(path: &Path) -> io::Result<std::fs::Metadata> {
    const SYSTEM: [&str; 3] = ["/proc", "/sys", "/dev"];
    let real = path.canonicalize()?;
    if SYSTEM.iter().any(|folder| real.starts_with(folder)) {
        return Err(io::Error::other("a file of the system, not of the project"));
    }
    let kind = std::fs::metadata(&real)?;
    if kind.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !kind.is_file() {
        return Err(io::Error::other("a pipe or device, not a file"));
    }
    if kind.len() < MAX_POINTER_BYTES && is_lfs_pointer(&real)? {
        let message = "this is a Git LFS pointer, not the file: run `git lfs pull`";
        return Err(io::Error::other(message));
    }
    Ok(kind)
}

/// A pointer of Git LFS is shorter, by its specification.
const MAX_POINTER_BYTES: u64 = 1024;

fn is_lfs_pointer(path: &Path) -> io::Result<bool> {
    const BEGINNING: &[u8] = b"version https://git-lfs.github.com/spec/";
    let mut start = Vec::new();
    let file = std::fs::File::open(path)?;
    file.take(BEGINNING.len() as u64).read_to_end(&mut start)?;
    Ok(start == BEGINNING)
}

/// The files that a path with `*`, `?`, `[…]` or `{…}` names, sorted; the file itself where there is one of that name. Hidden ones are
/// named by patterns that say so (`.*`), as in a shell.
pub fn files_matching(path: &Path) -> Result<Vec<PathBuf>, globset::Error> {
    match path.is_file() {
        true => Ok(vec![path.to_path_buf()]),
        false => Ok(Matches::find(path, |_| true)?.files),
    }
}

/// What a pattern names, sorted.
#[derive(Debug, Clone, Default)]
pub struct Matches {
    pub files: Vec<PathBuf>,
    pub folders: Vec<PathBuf>,
}

impl Matches {
    /// Folders that are links are followed only if `follow` says so.
    pub fn find(path: &Path, follow: impl Fn(&Path) -> bool) -> Result<Matches, globset::Error> {
        // Without `//` and `/./`, which paths that are walked do not have.
        let path: PathBuf = path.components().collect();
        let fixed: PathBuf = path
            .components()
            .take_while(|c| !has_wildcard(Path::new(c)))
            .collect();
        let pattern = path.strip_prefix(&fixed).unwrap_or(&path).to_string_lossy();
        let hidden = hidden_names(&pattern)?;
        // A pattern without a folder before it is walked from here.
        let is_here = fixed.as_os_str().is_empty();
        let from = if is_here { Path::new(".") } else { &fixed };
        let matcher = globset::GlobBuilder::new(&with_single_braces(&path.to_string_lossy()))
            .literal_separator(true)
            .empty_alternates(true)
            .build()?;
        // One alone would panic where it is too large.
        let matcher = globset::GlobSet::new([matcher])?;
        let is_seen = |entry: &walkdir::DirEntry| {
            let is_hidden = entry.depth() > 0 && begins_with_dot(entry.file_name());
            let is_link = entry.path_is_symlink() && entry.file_type().is_dir();
            (!is_hidden || hidden.is_match(entry.file_name())) && (!is_link || follow(entry.path()))
        };
        let mut found = Matches::default();
        let entries = walkdir::WalkDir::new(from)
            .follow_links(true)
            .into_iter()
            .filter_entry(is_seen)
            .filter_map(Result::ok);
        for entry in entries {
            let kind = entry.file_type();
            let path = match entry.path().strip_prefix(".") {
                Ok(inner) if is_here => inner,
                _ => entry.path(),
            };
            if !matcher.is_match(path) {
                continue;
            }
            if kind.is_file() {
                found.files.push(path.to_path_buf());
            } else if kind.is_dir() {
                found.folders.push(path.to_path_buf());
            }
        }
        found.files.sort();
        found.folders.sort();
        Ok(found)
    }
}

/// A pattern in which braces around one choice are braces, as in a shell. What is escaped or in a class stays.
fn with_single_braces(pattern: &str) -> String {
    let mut made = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\\' => first.len_utf8() + rest[1..].chars().next().map_or(0, char::len_utf8),
            // A bracket that closes comes behind one character at least.
            '[' => rest
                .get(2..)
                .and_then(|inner| inner.find(']'))
                .map_or(1, |end| end + 3),
            '{' => {
                let end = rest[1..].find(['{', '}', ',']);
                let inner = end.map(|end| &rest[1..=end]);
                if let Some(inner) = inner.filter(|inner| rest[1 + inner.len()..].starts_with('}'))
                {
                    made.extend(["[{]", inner, "[}]"]);
                    rest = &rest[inner.len() + 2..];
                    continue;
                }
                1
            }
            other => other.len_utf8(),
        };
        made += &rest[..length];
        rest = &rest[length..];
    }
    made
}

fn begins_with_dot(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// The hidden names that a pattern has: the parts of it that begin with a dot, those in braces too.
fn hidden_names(pattern: &str) -> Result<globset::GlobSet, globset::Error> {
    let mut all = globset::GlobSetBuilder::new();
    let parts = pattern.split(['/', '{', '}', ',']);
    for part in parts.filter(|part| part.starts_with('.')) {
        all.add(globset::Glob::new(part)?);
    }
    all.build()
}

/// All files in a folder and in the folders of it, sorted. Hidden ones are of a system or of a version control, and left out.
#[derive(Debug, Default)]
pub struct FolderFiles {
    pub files: Vec<PathBuf>,
    /// What could not be looked into, and why.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Links to folders that were not followed.
    pub unfollowed: Vec<PathBuf>,
}

impl FolderFiles {
    /// Links to files are followed, those to folders only if `follow` says so. An error where the folder itself cannot be read.
    pub fn of(folder: &Path, follow: impl Fn(&Path) -> bool) -> io::Result<FolderFiles> {
        std::fs::read_dir(folder)?;
        let mut found = FolderFiles::default();
        let mut unfollowed = Vec::new();
        let is_seen = |entry: &walkdir::DirEntry| {
            if is_hidden(folder, entry.path()) {
                return false;
            }
            let is_link = entry.depth() > 0 && entry.path_is_symlink();
            let is_followed = !is_link || !entry.file_type().is_dir() || follow(entry.path());
            if !is_followed {
                unfollowed.push(entry.path().to_path_buf());
            }
            is_followed
        };
        let entries = walkdir::WalkDir::new(folder).follow_links(true);
        for entry in entries.into_iter().filter_entry(is_seen) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) if entry.file_type().is_file() => found.files.push(entry.into_path()),
                Ok(entry) => {
                    let why = "a pipe or device, not a file".to_owned();
                    found.unreadable.push((entry.into_path(), why));
                }
                Err(error) => {
                    let at = error.path().unwrap_or(folder).to_path_buf();
                    let why = match (error.loop_ancestor(), error.io_error()) {
                        (Some(_), _) => "a link to a folder that contains it".to_owned(),
                        (None, Some(error)) => error.to_string(),
                        (None, None) => error.to_string(),
                    };
                    found.unreadable.push((at, why));
                }
            }
        }
        found.files.sort();
        found.unfollowed = unfollowed;
        Ok(found)
    }
}

/// Whether a file of a folder, or a folder in between, is hidden.
pub fn is_hidden(folder: &Path, file: &Path) -> bool {
    let below = file.strip_prefix(folder).unwrap_or(file);
    let mut parts = below.components();
    parts.any(|part| begins_with_dot(part.as_os_str()))
}

/// Whether a path may name several files.
pub fn has_wildcard(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '[', '{'])
}

/// Put a content in the place of a file: written beside it, so that an interrupted write leaves the file whole. It keeps its
/// permissions, and a link stays one.
pub fn replace_file(file: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let folder = real.parent().filter(|d| !d.as_os_str().is_empty());
    let mut new = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    new.write_all(content.as_ref())?;
    new.as_file().sync_all()?;
    if let Ok(known) = std::fs::metadata(&real) {
        std::fs::set_permissions(new.path(), known.permissions())?;
    }
    new.persist(&real)?;
    Ok(())
}

/// The candidate nearest to what was typed, where one is near enough to be meant.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(typed, c), c))
        .filter(|(distance, c)| {
            *distance <= 1.max(c.chars().count().min(typed.chars().count()) / 3)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, c)| c)
}

/// The end of a message about an unknown name: `; did you mean …?`, or nothing.
pub fn did_you_mean<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(typed, candidates).map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}

impl fmt::Display for SourcePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", visible(&self.file.to_string_lossy()), self.line)?;
        if let Some(column) = self.column {
            write!(f, ":{column}")?;
        }
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let column = self.column.map(|column| column.saturating_sub(self.cut));
        let (text, column) = excerpt(&self.text, column);
        write!(f, "\n{margin} |\n{number} | {text}")?;
        if let Some(column) = column {
            let pad: usize = text.chars().take(column - 1).map(char_width).sum();
            let under: usize = text
                .chars()
                .skip(column - 1)
                .take(self.width)
                .map(char_width)
                .sum();
            write!(
                f,
                "\n{margin} | {}{}",
                " ".repeat(pad),
                "^".repeat(under.max(1))
            )?;
        }
        Ok(())
    }
}

fn char_width(c: char) -> usize {
    unicode_width::UnicodeWidthChar::width(c).unwrap_or(0)
}

/// The line cut to what a terminal shows, control characters made visible, and the column in it.
fn excerpt(line: &str, column: Option<usize>) -> (String, Option<usize>) {
    const BEFORE: usize = 60;
    const AFTER: usize = 60;
    let visible: Vec<char> = line
        .chars()
        .map(|c| {
            if c == '\t' {
                ' '
            } else if is_deceptive(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect();
    let column = column.map(|c| c.clamp(1, visible.len() + 1));
    let at = column.unwrap_or(1) - 1;
    let from = at.saturating_sub(BEFORE);
    let to = (at + AFTER).min(visible.len());
    let mut text = String::new();
    if from > 0 {
        text.push('…');
    }
    text.extend(&visible[from..to]);
    if to < visible.len() {
        text.push('…');
    }
    let shift = if from > 0 { from - 1 } else { 0 };
    (text, column.map(|c| c - shift))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_line_column_and_caret_under_wide_characters() {
        let place = SourcePlace::of_span("a.toml", "x = 1\n名 = oops\n", 12..16);
        assert_eq!((place.line, place.column), (2, Some(5)));
        assert_eq!(
            place.to_string(),
            "a.toml:2:5\n  |\n2 | 名 = oops\n  |      ^^^^"
        );
    }

    #[test]
    fn the_pointer_of_a_file_that_was_not_fetched_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("rows.jsonl");
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
        std::fs::write(&file, pointer).unwrap();
        let error = read_text(&file).unwrap_err().to_string();
        assert!(error.contains("git lfs pull"), "{error}");
        std::fs::write(&file, &pointer[3..]).unwrap();
        assert_eq!(read_text(&file).unwrap(), pointer[3..]);
    }

    #[test]
    fn hidden_files_are_matched_where_the_pattern_names_them() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "a.txt",
            "._a.txt",
            "b/c.txt",
            ".d/e.txt",
            ".d/.e.txt",
            "f/{a}x",
        ] {
            let file = dir.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        let of = |pattern: &str| {
            let files = files_matching(&dir.path().join(pattern)).unwrap();
            let files = files
                .iter()
                .map(|file| file.strip_prefix(dir.path()).unwrap());
            files
                .map(|file| file.display().to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(of("*.txt"), ["a.txt"]);
        assert_eq!(of("**/*.txt"), ["a.txt", "b/c.txt"]);
        assert_eq!(of(".*.txt"), ["._a.txt"]);
        assert_eq!(of(".d/*"), [".d/e.txt"]);
        assert_eq!(of("{.d,b}/*.txt"), [".d/e.txt", "b/c.txt"]);
        assert_eq!(of("*/.e.txt"), [""; 0]);
        assert_eq!(of("b//./*.txt"), ["b/c.txt"]);
        assert_eq!(of("{,b/}*.txt"), ["a.txt", "b/c.txt"]);
        // One choice is none.
        for pattern in ["f/{a}*", "f/\\{a\\}*", "f/[{]a[}]*", "f/[{}]*"] {
            assert_eq!(of(pattern), ["f/{a}x"], "{pattern}");
        }
    }

    #[test]
    fn a_span_past_the_end_points_after_the_last_character() {
        let place = SourcePlace::of_span("a", "ab", 99..100);
        assert_eq!((place.line, place.column, place.width), (1, Some(3), 1));
    }

    #[test]
    fn of_a_long_line_only_a_part_is_held() {
        let line = format!("{}{}{}", "é".repeat(150_000), "slip", "ü".repeat(150_000));
        let place = SourcePlace::of_span("a", &line, 300_000..300_004);
        assert_eq!(place.column, Some(150_001));
        assert!(place.text.len() <= 2 * AROUND, "{}", place.text.len());
        let shown = place.to_string();
        let lines: Vec<&str> = shown.lines().collect();
        let at = lines[2]
            .find("slip")
            .map(|at| lines[2][..at].chars().count());
        assert_eq!(lines[3].find("^^^^"), at, "{shown}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_column() {
        let line = "x".repeat(200);
        let shown = SourcePlace::of_span("a", &line, 150..151).to_string();
        let caret = shown.lines().last().map(|l| l.len());
        assert_eq!(caret, Some("  | ".len() + 62));
    }
}
