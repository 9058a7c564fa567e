//! Messages of several parts in a chat that a template renders: texts and images, as chat completions have them.

use super::media::remote_image;
use crate::model::{Media, MediaSource, MessagePart};
use serde_json::{Map, Value};

/// A message's content with its parts, or why it cannot be sent as it is written: white space at the ends of a text is not sent,
/// nor are two texts in a row told apart.
pub(super) fn content_parts(items: &[Value]) -> Result<(String, Vec<MessagePart>), String> {
    let (mut content, mut parts) = (String::new(), Vec::new());
    let mut after_text = false;
    for item in items {
        let Value::Object(item) = item else {
            return Err("a part of a message is a map with a `type`".into());
        };
        if !content.is_empty() {
            content.push('\n');
        }
        if let Some(text) = text_part(item)? {
            if after_text {
                return Err("two texts in a row in a message are not supported: write one".into());
            }
            content.push_str(text);
            after_text = true;
            continue;
        }
        let media = image_part(item)?;
        let start = content.len();
        content.push_str(&media.to_string());
        parts.push(MessagePart {
            label: start..content.len(),
            media,
        });
        after_text = false;
    }
    match parts.is_empty() {
        true => Err(
            "a message of parts without an image is not supported: write the text as its `content`"
                .into(),
        ),
        false => Ok((content, parts)),
    }
}

/// A map with these keys and no others.
fn has_keys(map: &Map<String, Value>, keys: &[&str]) -> bool {
    map.keys().all(|key| keys.contains(&key.as_str()))
}

fn text_part(item: &Map<String, Value>) -> Result<Option<&str>, String> {
    if item.get("type").and_then(Value::as_str) != Some("text") {
        return Ok(None);
    }
    let text = item.get("text").and_then(Value::as_str);
    match text.filter(|_| has_keys(item, &["type", "text"])) {
        Some(text) if !text.is_empty() && text.trim() == text => Ok(Some(text)),
        Some(_) => {
            Err("a text beside an image begins or ends with white space, or is empty".into())
        }
        None => Err("a part of the type `text` has a `text` and nothing else".into()),
    }
}

fn image_part(item: &Map<String, Value>) -> Result<Media, String> {
    let kind = item.get("type").and_then(Value::as_str).unwrap_or_default();
    if kind.is_empty() {
        return Err("a part of a message has no `type`".into());
    }
    if kind != "image_url" {
        return Err(format!("parts of the type `{kind}` are not supported"));
    }
    let image = item.get("image_url").and_then(Value::as_object);
    let image = image
        .filter(|image| {
            has_keys(image, &["url", "detail"]) && has_keys(item, &["type", "image_url"])
        })
        .ok_or("an image has an `image_url` with `url`, perhaps `detail`, and nothing else")?;
    let url = image.get("url").and_then(Value::as_str).unwrap_or_default();
    let detail = match image.get("detail") {
        None => None,
        Some(Value::String(detail)) => Some(detail.clone()),
        Some(_) => return Err("the `detail` of an image is no text".into()),
    };
    let media = Media {
        detail,
        ..remote_image(url)?
    };
    // The bytes tell the type that is sent.
    let is_same = match &media.source {
        MediaSource::Data(_) => url.starts_with(&format!("data:{};base64,", media.mime)),
        _ => true,
    };
    match is_same {
        true => Ok(media),
        false => Err(format!(
            "the type in the data: URL of an image is not that of its bytes, {}",
            media.mime
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Message, MessagePiece, Role};
    use serde_json::json;

    const GIF: &str =
        "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

    #[test]
    fn texts_and_images_keep_their_order() {
        let items = json!([
            {"type": "text", "text": "Is"},
            {"type": "image_url", "image_url": {"url": "https://host/a.png", "detail": "low"}},
            {"type": "image_url", "image_url": {"url": GIF}},
            {"type": "text", "text": "the same?"},
        ]);
        let (content, parts) = content_parts(items.as_array().unwrap()).unwrap();
        assert!(content.starts_with("Is\n[image https://host/a.png]\n[image image/gif"));
        let message = Message {
            parts,
            ..Message::new(Role::User, content)
        };
        let shown = message.pieces().into_iter().map(|piece| match piece {
            MessagePiece::Text(text) => text.to_owned(),
            MessagePiece::Media(media) => format!("{media} {:?}", media.detail),
        });
        assert_eq!(
            shown.collect::<Vec<_>>(),
            [
                "Is",
                "[image https://host/a.png] Some(\"low\")",
                "[image image/gif, 42 bytes] None",
                "the same?"
            ]
        );
    }

    #[test]
    fn what_would_not_be_sent_as_it_is_written_is_refused() {
        let image = json!({"type": "image_url", "image_url": {"url": GIF}});
        for (items, why) in [
            (json!([{"type": "text", "text": "a"}]), "without an image"),
            (
                json!([{"type": "text", "text": "a "}, image]),
                "white space",
            ),
            (json!([{"type": "text", "text": ""}, image]), "white space"),
            (
                json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}, image]),
                "two texts",
            ),
            (
                json!([{"type": "text", "text": "a", "x": 1}, image]),
                "nothing else",
            ),
            (
                json!([{"type": "image_url", "image_url": {"url": "a.png"}}]),
                "https:",
            ),
            (
                json!([{"type": "image_url", "image_url": {"url": GIF.replace("gif", "png")}}]),
                "image/gif",
            ),
            (json!([{"type": "input_audio"}]), "`input_audio`"),
        ] {
            let error = content_parts(items.as_array().unwrap()).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
