//! Several files in one input: before each a line `-- NAME --`. The first one is what is read; where its name is `./`, that is the
//! folder. Any bytes are an input: without such a line at its beginning, it is one file.

/// Most files of an input.
const MAX_FILES: usize = 50;

/// The files of an input, named relative to a folder, in order.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// The folder as what is read.
pub(crate) const FOLDER: &str = "./";

/// Files as one input.
pub(crate) fn framed(files: &Files) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in files {
        if !out.is_empty() {
            out.push(b'\n');
        }
        out.extend(format!("-- {name} --\n").bytes());
        out.extend(bytes);
    }
    out
}

/// The files of an input; `None` where it is one file. Names that lead out of the folder are left out.
pub(crate) fn files(input: &[u8]) -> Option<Files> {
    header(input)?;
    let mut files = Files::new();
    let (mut begins, mut from, mut name) = (true, 0, None);
    let mut at = 0;
    while at <= input.len() {
        let found = begins.then(|| header(&input[at..])).flatten();
        if (found.is_some() || at == input.len())
            && let Some(name) = name.take()
        {
            let end = match at == input.len() {
                true => at,
                false => (at - 1).max(from),
            };
            files.push((name, input[from..end].to_vec()));
        }
        match found {
            Some((next, length)) if files.len() < MAX_FILES => {
                name = is_inside(next).then(|| next.to_owned());
                (from, at) = (at + length, at + length);
                begins = true;
            }
            _ => {
                begins = input.get(at) == Some(&b'\n');
                at += 1;
            }
        }
    }
    Some(files)
}

/// The name in a header at the beginning, and the length of its line.
fn header(input: &[u8]) -> Option<(&str, usize)> {
    let rest = input.strip_prefix(b"-- ")?;
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let name = rest[..end].strip_suffix(b" --")?;
    Some((std::str::from_utf8(name).ok()?, 3 + end + 1))
}

fn is_inside(name: &str) -> bool {
    let is_plain = |part: &str| {
        !matches!(part, "" | "." | "..") && part.len() < 100 && !part.contains(['\0', '\\'])
    };
    name == FOLDER || (name.len() < 300 && name.split('/').all(is_plain))
}
