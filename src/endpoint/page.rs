//! The words of an HTML page that a proxy or a server sent in place of an answer.

/// The words of a body that is not JSON: of a page its title, or its text where the title says nothing.
pub(super) fn page_words(body: &str) -> String {
    let body = body.trim();
    if body.is_empty() {
        return "no message".to_owned();
    }
    let lower = body.to_ascii_lowercase();
    if !lower.starts_with('<') && !lower.contains("<html") {
        return body.to_owned();
    }
    let candidates = ["title", "h1", "message", "pre", "body"];
    let found = candidates
        .iter()
        .map(|tag| visible_text(element(body, &lower, tag)));
    let telling = |text: &String| {
        !matches!(
            text.to_lowercase().as_str(),
            "" | "error" | "document" | "untitled" | "oops" | "oops!"
        )
    };
    let words = found.into_iter().find(telling);
    words.unwrap_or_else(|| match visible_text(body).as_str() {
        "" => "an HTML page without text".to_owned(),
        text => text.to_owned(),
    })
}

/// What stands inside the first element of a name.
fn element<'a>(body: &'a str, lower: &str, tag: &str) -> &'a str {
    let open = format!("<{tag}");
    let mut from = 0;
    while let Some(start) = lower[from..].find(&open).map(|at| from + at) {
        let after = start + open.len();
        if let Some(end) = lower[after..].find('>').map(|at| after + at)
            && lower[after..].starts_with(['>', ' ', '\n', '\t', '\r'])
        {
            let close = lower[end..].find(&format!("</{tag}")).map(|at| end + at);
            return &body[end + 1..close.unwrap_or(body.len()).max(end + 1)];
        }
        from = after;
    }
    ""
}

/// Text without tags, scripts and styles.
fn visible_text(html: &str) -> String {
    let (mut text, mut rest) = (String::new(), html);
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        text.push(' ');
        rest = &rest[start..];
        let lower = rest.to_ascii_lowercase();
        let hidden = ["script", "style", "svg"];
        let end = hidden.iter().find_map(|tag| {
            lower.starts_with(&format!("<{tag}")).then(|| {
                let close = lower.find(&format!("</{tag}"))?;
                Some(close + lower[close..].find('>')?)
            })?
        });
        let end = end.or_else(|| lower.find('>'));
        rest = end.map_or("", |end| &rest[end + 1..]);
    }
    text.push_str(rest);
    for (entity, c) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, c);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
