//! Messages with images, audio and files, and those that call tools and answer them, as chat completions take them. Files are
//! read here, when a request is made.

use crate::model::{Media, MediaKind, MediaSource, Message, MessagePiece, Prompt, ToolCall};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// The messages of a prompt; the error names the file that cannot be read.
pub(crate) fn wire_messages(prompt: &Prompt) -> Result<Vec<Value>, String> {
    prompt.messages.iter().map(wire_message).collect()
}

fn wire_message(message: &Message) -> Result<Value, String> {
    if !message.tool_calls.is_empty() {
        let said = Some(message.said()).filter(|said| !said.is_empty());
        let calls: Vec<Value> = message.tool_calls.iter().map(wire_call).collect();
        return Ok(json!({"role": message.role, "content": said, "tool_calls": calls}));
    }
    if let Some(call) = &message.tool_call_id {
        return Ok(json!({"role": message.role, "tool_call_id": call, "content": message.content}));
    }
    if message.parts.is_empty() {
        return Ok(json!({"role": message.role, "content": message.content}));
    }
    let pieces = message.pieces().into_iter().map(|piece| match piece {
        MessagePiece::Text(text) => Ok(json!({"type": "text", "text": text})),
        MessagePiece::Media(media) => wire_part(media),
    });
    let parts: Vec<Value> = pieces.collect::<Result<_, String>>()?;
    Ok(json!({"role": message.role, "content": parts}))
}

fn wire_call(call: &ToolCall) -> Value {
    json!({
        "id": call.id, "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    })
}

fn wire_part(media: &Media) -> Result<Value, String> {
    let data = match &media.source {
        MediaSource::Url(url) => {
            return Ok(match media.kind {
                MediaKind::Audio => json!({"type": "audio_url", "audio_url": {"url": url}}),
                _ => image(url, media),
            });
        }
        MediaSource::Data(data) => data.clone(),
        MediaSource::Path(file) => BASE64_STANDARD.encode(file.read()?),
    };
    let url = || format!("data:{};base64,{data}", media.mime);
    Ok(match media.kind {
        MediaKind::Image => image(&url(), media),
        MediaKind::Audio => {
            let format = match media.mime.as_str() {
                "audio/mpeg" => "mp3",
                mime => mime.rsplit('/').next().unwrap_or_default(),
            };
            json!({"type": "input_audio", "input_audio": {"data": data, "format": format}})
        }
        MediaKind::File => {
            json!({"type": "file", "file": {"filename": media.file_name(), "file_data": url()}})
        }
    })
}

fn image(url: &str, media: &Media) -> Value {
    let mut part = json!({"type": "image_url", "image_url": {"url": url}});
    if let Some(detail) = &media.detail {
        part["image_url"]["detail"] = json!(detail);
    }
    part
}
