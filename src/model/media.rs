//! A part of a message that is not text: an image, audio or a file, and where its bytes are.

use serde::{Deserialize, Serialize};
use std::{
    fmt,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
};

/// What a part is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum MediaKind {
    Image,
    Audio,
    File,
}

/// A part of a message that is not text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Media {
    pub kind: MediaKind,
    pub source: MediaSource,
    /// How closely an image is looked at: `low`, `high`, `auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Such as `image/png`; empty where it is unknown, as of a URL.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mime: String,
    #[serde(default)]
    pub extent: MediaExtent,
}

/// Where the bytes of a part are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaSource {
    /// A file of the project, read when it is sent.
    Path(MediaFile),
    Url(String),
    /// Base64, as in a `data:` URL.
    Data(String),
}

/// A file of the project.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaFile {
    /// As the template names it, from the project's folder.
    pub name: String,
    /// Where it is on this machine; not stored.
    #[serde(skip)]
    pub location: PathBuf,
}

impl MediaFile {
    /// Its bytes. The error names the file.
    pub fn read(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.location)
            .map_err(|error| format!("cannot read `{}`: {error}", self.name))
    }
}

impl PartialEq for MediaFile {
    fn eq(&self, other: &MediaFile) -> bool {
        self.name == other.name
    }
}

impl Eq for MediaFile {}

impl Hash for MediaFile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// How large a part is, as far as its first bytes tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MediaExtent {
    /// Bytes of the file.
    #[serde(default)]
    pub bytes: u64,
    /// Width and height of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixels: Option<(u32, u32)>,
    /// Length of audio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<u64>,
}

/// The label that stands for it in a text: `[image photos/kettle.png]`.
impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind;
        match &self.source {
            MediaSource::Path(file) => write!(f, "[{kind} {}]", file.name),
            MediaSource::Url(url) => write!(f, "[{kind} {url}]"),
            MediaSource::Data(_) => {
                write!(f, "[{kind} {}, {} bytes]", self.mime, self.extent.bytes)
            }
        }
    }
}

impl Media {
    /// The name that a file is sent under.
    pub fn file_name(&self) -> String {
        let named = match &self.source {
            MediaSource::Path(file) => Path::new(&file.name).file_name(),
            _ => None,
        };
        match named {
            Some(name) => name.to_string_lossy().into_owned(),
            None => format!(
                "{}.{}",
                self.kind,
                self.mime.rsplit('/').next().unwrap_or_default()
            ),
        }
    }
}
