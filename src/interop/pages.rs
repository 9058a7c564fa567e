//! Pages of lists, as APIs give them out: whether the last one is there.

use super::{NotePlace, omissions::Omissions};
use indexmap::IndexMap;
use serde_json::{Map, Value};

/// By the list that pages are of: the first page that others follow, and whether the last one was read.
#[derive(Debug, Default)]
pub(super) struct Pages(IndexMap<[String; 4], Page>);

#[derive(Debug, Default)]
struct Page {
    goes_on: Option<NotePlace>,
    has_last: bool,
}

impl Pages {
    /// Look at an object that may be a page.
    pub(super) fn add(&mut self, page: &Map<String, Value>, at: &NotePlace) {
        let first = page.get("data").and_then(|data| data.get(0));
        let meta = page.get("meta").unwrap_or(&Value::Null);
        let numbered = meta["page"].as_u64().zip(meta["totalPages"].as_u64());
        let has_more = page.get("has_more").and_then(Value::as_bool);
        let has_more = has_more.or_else(|| numbered.map(|(page, pages)| page < pages));
        let (Some(first), Some(has_more)) = (first, has_more) else {
            return;
        };
        // Objects of one list are of one kind and below one object, whose id those of messages begin with.
        let text = |key: &str| first[key].as_str().unwrap_or_default();
        let message = Some(text("id")).filter(|_| !text("role").is_empty());
        let below = message.and_then(|id| id.rsplit_once('-'));
        let below = below.map_or("", |(id, _)| id);
        let list = [text("object"), text("eval_id"), text("run_id"), below].map(str::to_owned);
        let known = self.0.entry(list).or_default();
        match has_more {
            true => drop(known.goes_on.get_or_insert_with(|| at.clone())),
            false => known.has_last = true,
        }
    }

    /// Note the lists whose end is missing.
    pub(super) fn note_missing(self, omissions: &mut Omissions) {
        let open = self.0.into_values().filter(|page| !page.has_last);
        for at in open.filter_map(|page| page.goes_on) {
            omissions.dropped(
                &at,
                "the pages behind this one, which says that there are more",
                "save them too: the same address with `after` and the last id, or the next `page`",
            );
        }
    }
}
