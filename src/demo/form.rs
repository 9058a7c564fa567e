//! A multipart form taken apart: the file of an upload.

/// Purpose, file name and bytes of a multipart form.
pub(super) fn form(kind: &str, body: &[u8]) -> Option<(String, String, Vec<u8>)> {
    let boundary = kind
        .split("boundary=")
        .nth(1)?
        .split(';')
        .next()?
        .trim()
        .trim_matches('"');
    let mark = format!("--{boundary}").into_bytes();
    let (mut purpose, mut file) = (None, None);
    let mut rest = after(body, &mark)?;
    while !rest.starts_with(b"--") {
        let head_end = find(rest, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&rest[..head_end]).into_owned();
        let from = &rest[head_end + 4..];
        let end = find(from, &[b"\r\n", mark.as_slice()].concat())?;
        let quoted = |name: &str| {
            let at = head.find(&format!("{name}=\""))? + name.len() + 2;
            Some(head[at..].split('"').next()?.to_owned())
        };
        match quoted("; name").as_deref() {
            Some("purpose") => purpose = Some(String::from_utf8_lossy(&from[..end]).into_owned()),
            Some("file") => {
                file = Some((quoted("filename").unwrap_or_default(), from[..end].to_vec()))
            }
            _ => {}
        }
        rest = after(&from[end..], &mark)?;
    }
    let (name, bytes) = file?;
    Some((purpose?, name, bytes))
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|w| w == what)
}

fn after<'a>(bytes: &'a [u8], what: &[u8]) -> Option<&'a [u8]> {
    find(bytes, what).map(|at| &bytes[at + what.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_taken_apart() {
        let body = b"--B\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--B\r\n\
            content-disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\ncontent-type: x\r\n\r\nline\r\n\r\nmore\r\n--B--\r\n";
        let (purpose, name, bytes) = form("multipart/form-data; boundary=B", body).unwrap();
        assert_eq!(
            (purpose.as_str(), name.as_str(), bytes.as_slice()),
            ("fine-tune", "a.jsonl", &b"line\r\n\r\nmore"[..])
        );
        assert_eq!(form("multipart/form-data; boundary=C", body), None);
        assert_eq!(form("text/plain", body), None);
    }
}
