//! Pages of lists, as APIs give them out: whether the last one is there.

use super::{NotePlace, omissions::Omissions};
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// The pages that were read, by the list that they are of.
#[derive(Debug, Default)]
pub(super) struct Pages(IndexMap<[String; 4], List>);

#[derive(Debug, Default)]
struct List {
    /// The first page.
    at: Option<NotePlace>,
    /// The first page that others follow.
    open: Option<NotePlace>,
    has_last: bool,
    /// The numbers of pages, where they have some, and how many there are.
    numbers: HashSet<u64>,
    pages: u64,
}

impl Pages {
    /// Look at an object that may be a page.
    pub(super) fn add(&mut self, page: &Map<String, Value>, at: &NotePlace) {
        let data = page.get("data").and_then(Value::as_array);
        // Of a page whose items were given out one by one none is left.
        let first = data.map(|data| data.first().unwrap_or(&Value::Null));
        let meta = page.get("meta").unwrap_or(&Value::Null);
        let numbered = meta["page"].as_u64().zip(meta["totalPages"].as_u64());
        let has_more = page.get("has_more").and_then(Value::as_bool);
        let has_more = has_more.or_else(|| numbered.map(|(page, pages)| page < pages));
        let (Some(first), Some(has_more)) = (first, has_more) else {
            return;
        };
        let kinds = ["traceId", "observations"];
        let kind = kinds.into_iter().find(|key| first.get(key).is_some());
        // Objects of one list are of one kind and below one object, whose id those of messages begin with.
        let text = |key: &str| first[key].as_str().unwrap_or_default();
        let message = Some(text("id")).filter(|_| !text("role").is_empty());
        let below = message.and_then(|id| id.rsplit_once('-'));
        let below = below.map_or("", |(id, _)| id);
        let object = kind.unwrap_or(text("object"));
        let list = [object, text("eval_id"), text("run_id"), below].map(str::to_owned);
        let known = self.0.entry(list).or_default();
        if let Some((page, pages)) = numbered {
            known.numbers.insert(page);
            known.pages = pages;
        }
        match has_more {
            true => drop(known.open.get_or_insert_with(|| at.clone())),
            false => known.has_last = true,
        }
        known.at.get_or_insert_with(|| at.clone());
    }

    /// Note the lists whose end is missing.
    pub(super) fn note_missing(self, omissions: &mut Omissions) {
        for list in self.0.into_values() {
            let is_whole = match list.pages {
                0 => list.has_last,
                pages => list.numbers.len() as u64 >= pages,
            };
            let at = list.open.or(list.at).filter(|_| !is_whole);
            if let Some(at) = at {
                omissions.dropped(
                    &at,
                    "other pages of this list, which says that there are more",
                    "save them too: the same address with `after` and the last id, or with each `page`",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::Notes;
    use serde_json::json;

    #[test]
    fn lists_without_their_last_page_are_noted() {
        let noted = |all: &[Value]| {
            let mut pages = Pages::default();
            for (n, page) in all.iter().enumerate() {
                let at = NotePlace {
                    file: std::path::Path::new("f").into(),
                    line: Some(n + 1),
                };
                pages.add(page.as_object().unwrap(), &at);
            }
            let (mut omissions, mut notes) = (Omissions::default(), Notes::default());
            pages.note_missing(&mut omissions);
            omissions.add_to(&mut notes);
            let lines = notes.finish().into_iter().map(|note| note.line.unwrap());
            lines.collect::<Vec<_>>()
        };
        let page = |id: &str, has_more: bool| {
            let message = json!({"role": "user", "id": id});
            json!({"data": [message], "has_more": has_more})
        };
        let numbered = |key: &str, page: u64| json!({"data": [{key: []}], "meta": {"page": page, "totalPages": 3}});
        assert_eq!(noted(&[page("a-0", true), page("a-1", false)]), [0; 0]);
        assert_eq!(noted(&[page("a-0", true), page("b-1", false)]), [1]);
        let mut three = [1, 2, 3].map(|n| numbered("traceId", n));
        assert_eq!(noted(&three), [0; 0]);
        three[1] = numbered("observations", 1);
        // Both lists, told of at the place of the first.
        assert_eq!(noted(&three), [1]);
        assert_eq!(noted(&three[1..2]), [1]);
        let empty = |has_more: bool| json!({"data": [], "has_more": has_more});
        assert_eq!(noted(&[empty(true)]), [1]);
        assert_eq!(noted(&[empty(false)]), [0; 0]);
    }
}
