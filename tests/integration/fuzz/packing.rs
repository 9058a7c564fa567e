//! Archives and bundles that are changed inside: a changed archive would be refused at its checksum.

use super::{framing::Files, kinds::Packing};
use std::io::{Cursor, Read as _, Write as _};

/// The parts of what is packed; `None` where it is not.
pub(crate) fn unpacked(packing: Packing, bytes: &[u8]) -> Option<Files> {
    match packing {
        Packing::Plain => None,
        Packing::Zip => members(bytes),
        Packing::Bundle => bundle(bytes),
    }
}

/// Parts packed again.
pub(crate) fn packed(packing: Packing, parts: &Files) -> Vec<u8> {
    match packing {
        Packing::Bundle => bundled(parts),
        Packing::Plain | Packing::Zip => zipped(parts),
    }
}

fn members(bytes: &[u8]) -> Option<Files> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut parts = Vec::new();
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).ok()?;
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).ok()?;
        parts.push((member.name().ok()?.into_owned(), bytes));
    }
    Some(parts)
}

/// An archive; what has the name of another member is left out.
fn zipped(parts: &Files) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in parts {
        if archive.start_file(name.as_str(), options).is_ok() {
            archive.write_all(bytes).unwrap();
        }
    }
    archive.finish().unwrap().into_inner()
}

/// What is packed, named by the line before it.
fn bundle(bytes: &[u8]) -> Option<Files> {
    let end = bytes.iter().position(|b| *b == b'\n')?;
    let line = String::from_utf8(bytes[..end].to_vec()).ok()?;
    Some(vec![(line, zstd::decode_all(&bytes[end + 1..]).ok()?)])
}

fn bundled(parts: &Files) -> Vec<u8> {
    let mut out = Vec::new();
    for (line, bytes) in parts {
        out.extend(format!("{line}\n").bytes());
        out.extend(zstd::encode_all(bytes.as_slice(), 1).unwrap());
    }
    out
}
