//! `image()`, `audio()` and `file()`: what they take, and what is wrong with it.

use super::{
    marker,
    media_type::{HEAD, recognize},
};
use crate::{
    model::{Media, MediaExtent, MediaFile, MediaKind, MediaSource},
    source::{check_regular, inside_folder},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use minijinja::{Environment, Error, ErrorKind, Value, value::Kwargs};
use std::{fs::File, io::Read, path::Path};

/// The largest file that is sent: what OpenAI takes for an image.
const MAX_MIB: u64 = 20;

const DETAILS: [&str; 4] = ["auto", "low", "high", "original"];

/// The names of the functions.
pub(super) const FUNCTIONS: [&str; 3] = ["image", "audio", "file"];

/// Add the functions; files are read inside of `root` only.
pub(super) fn add_functions(environment: &mut Environment<'static>, root: &Path) {
    for kind in [MediaKind::Image, MediaKind::Audio, MediaKind::File] {
        let root = root.to_path_buf();
        let function = move |value: &Value, options: Kwargs| part(kind, &root, value, options);
        environment.add_function(<&str>::from(kind), function);
    }
}

fn part(kind: MediaKind, root: &Path, value: &Value, options: Kwargs) -> Result<String, Error> {
    let detail: Option<String> = match kind {
        MediaKind::Image => options.get("detail")?,
        _ => None,
    };
    options.assert_all_used()?;
    if value.is_undefined() {
        // The failed conversion knows which name has no value.
        i64::try_from(value.clone())?;
    }
    let refused = |message: String| Error::new(ErrorKind::InvalidOperation, message);
    if let Some(detail) = detail.as_ref().filter(|d| !DETAILS.contains(&d.as_str())) {
        let all = DETAILS.join(", ");
        return Err(refused(format!("no detail `{detail}`; available: {all}")));
    }
    let Some(source) = value
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
    else {
        let what = if value.as_str().is_some() {
            "an empty text".to_owned()
        } else {
            value.kind().to_string()
        };
        return Err(refused(format!(
            "{kind}() takes a path, a data: URL or an https: URL, not {what}"
        )));
    };
    let media = find(kind, root, source).map_err(refused)?;
    Ok(marker::media(&Media { detail, ..media }))
}

/// An image that no file of the project holds: at a URL, or in one.
pub(super) fn remote_image(source: &str) -> Result<Media, String> {
    let is_remote = ["https://", "http://", "data:"]
        .iter()
        .any(|start| source.starts_with(start));
    match is_remote {
        true => find(MediaKind::Image, Path::new(""), source),
        false => Err("the `url` of an image is an https: or a data: URL".into()),
    }
}

fn find(kind: MediaKind, root: &Path, source: &str) -> Result<Media, String> {
    let part = |source, mime: &str, extent| Media {
        kind,
        source,
        detail: None,
        mime: mime.to_owned(),
        extent,
    };
    if source.starts_with("https://") || source.starts_with("http://") {
        return match kind {
            MediaKind::File => Err(
                "file() takes a path or a data: URL: endpoints fetch no files from elsewhere"
                    .into(),
            ),
            _ => Ok(part(
                MediaSource::Url(source.to_owned()),
                "",
                MediaExtent::default(),
            )),
        };
    }
    if let Some(data) = source.strip_prefix("data:") {
        let (mime, data) = data
            .split_once(";base64,")
            .ok_or("a data: URL is written data:image/png;base64,…")?;
        if data.starts_with("data:") {
            return Err("`data:` is there twice: the value is already a data: URL".into());
        }
        let bytes = BASE64_STANDARD
            .decode(data)
            .map_err(|error| format!("the data: URL is not base64: {error}"))?;
        let known = recognize(&bytes, bytes.len() as u64);
        let extent = known.map_or(
            MediaExtent {
                bytes: bytes.len() as u64,
                ..MediaExtent::default()
            },
            |(_, extent)| extent,
        );
        check(
            kind,
            known.map(|(mime, _)| mime),
            "the data: URL",
            extent.bytes,
        )?;
        // As of files, the bytes tell the type, whatever the URL says.
        let mime = known.map_or(mime, |(mime, _)| mime);
        return Ok(part(MediaSource::Data(data.to_owned()), mime, extent));
    }
    let location = inside_folder(root, source)?;
    let found =
        check_regular(&location).map_err(|error| format!("cannot read `{source}`: {error}"))?;
    let bytes = found.len();
    let mut head = Vec::new();
    let opened =
        File::open(&location).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head));
    opened.map_err(|error| format!("cannot read `{source}`: {error}"))?;
    let known = recognize(&head, bytes);
    check(
        kind,
        known.map(|(mime, _)| mime),
        &format!("`{source}`"),
        bytes,
    )?;
    let (mime, extent) = known.unwrap_or((
        plain_mime(&location),
        MediaExtent {
            bytes,
            ..MediaExtent::default()
        },
    ));
    let file = MediaFile {
        name: source.to_owned(),
        location,
    };
    Ok(part(MediaSource::Path(file), mime, extent))
}

/// Whether a part of this type and size can be sent.
fn check(kind: MediaKind, mime: Option<&str>, what: &str, bytes: u64) -> Result<(), String> {
    let (is_known, types) = match kind {
        MediaKind::Image => (
            mime.is_some_and(|m| m.starts_with("image/")),
            "PNG, JPEG, GIF or WebP",
        ),
        MediaKind::Audio => (
            mime.is_some_and(|m| m.starts_with("audio/")),
            "WAV, MP3, Ogg or FLAC",
        ),
        MediaKind::File => (true, ""),
    };
    if !is_known {
        return Err(format!(
            "{what} is not {kind} data that can be sent: {types}"
        ));
    }
    match bytes > MAX_MIB << 20 {
        true => Err(format!(
            "{what} is too large: {} MiB; at most {MAX_MIB} MiB are sent",
            bytes.div_ceil(1 << 20)
        )),
        false => Ok(()),
    }
}

/// The type of a file that its bytes do not tell.
fn plain_mime(path: &Path) -> &'static str {
    match path.extension().and_then(|e| e.to_str()) {
        Some("md") => "text/markdown",
        Some("csv") => "text/csv",
        Some("json") => "application/json",
        Some("html") => "text/html",
        _ => "text/plain",
    }
}
