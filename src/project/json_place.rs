//! Where in the text of a JSON file a value stands.

use serde::de::{DeserializeOwned, IgnoredAny};
use std::ops::Range;

/// The bytes of the value at a JSON pointer such as `/function/name`; `None` where there is none.
pub(crate) fn json_place(text: &str, pointer: &str) -> Option<Range<usize>> {
    let steps = pointer.split('/').skip(1);
    let mut cursor = Cursor { text, at: 0 };
    for step in steps {
        let step = step.replace("~1", "/").replace("~0", "~");
        match cursor.eat()? {
            b'{' => cursor.enter_field(&step)?,
            b'[' => cursor.enter_item(step.parse().ok()?)?,
            _ => return None,
        }
    }
    cursor.skip_blanks();
    let start = cursor.at;
    cursor.value::<IgnoredAny>()?;
    Some(start..cursor.at)
}

struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl Cursor<'_> {
    fn skip_blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    /// The next mark.
    fn eat(&mut self) -> Option<u8> {
        self.skip_blanks();
        let mark = *self.text.as_bytes().get(self.at)?;
        self.at += 1;
        mark.is_ascii().then_some(mark)
    }

    fn value<T: DeserializeOwned>(&mut self) -> Option<T> {
        self.skip_blanks();
        let mut values = serde_json::Deserializer::from_str(&self.text[self.at..]).into_iter::<T>();
        let value = values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(value)
    }

    /// From behind an opening bracket to the value of a key.
    fn enter_field(&mut self, name: &str) -> Option<()> {
        loop {
            let key: String = self.value()?;
            (self.eat()? == b':').then_some(())?;
            if key == name {
                return Some(());
            }
            self.value::<IgnoredAny>()?;
            (self.eat()? == b',').then_some(())?;
        }
    }

    fn enter_item(&mut self, index: usize) -> Option<()> {
        for _ in 0..index {
            self.value::<IgnoredAny>()?;
            (self.eat()? == b',').then_some(())?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_pointers() {
        let text = r#" [{"a" : 1, "b/c": [true, {"d~": "é\"x"}]}, 2]"#;
        for (pointer, found) in [
            ("/0/a", Some("1")),
            ("/0/b~1c/1/d~0", Some(r#""é\"x""#)),
            ("/0/b~1c/0", Some("true")),
            ("/1", Some("2")),
            ("/0/z", None),
            ("/0/a/b", None),
            ("/5", None),
        ] {
            let place = json_place(text, pointer);
            assert_eq!(place.map(|range| &text[range]), found, "{pointer}");
        }
    }
}
