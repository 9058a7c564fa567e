//! A map of YAML with what is merged into it (`<<`), in the order that the tools make of it.

use super::{Kind, Node};
use indexmap::IndexMap;
use std::collections::HashSet;

/// Which YAML a file is read by: 1.1, as PyYAML does, or 1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum YamlVersion {
    V1_1,
    V1_2,
}

#[derive(Debug)]
pub(super) struct MergedMap {
    version: YamlVersion,
    /// What stands before all others in Python: it is as if it were written first.
    merged: Vec<(String, Node)>,
    entries: IndexMap<String, Node>,
    /// Keys that were not merged.
    own: HashSet<String>,
    all_texts: bool,
}

impl MergedMap {
    pub(super) fn new(version: YamlVersion) -> MergedMap {
        MergedMap {
            version,
            merged: Vec::new(),
            entries: IndexMap::new(),
            own: HashSet::new(),
            all_texts: true,
        }
    }

    /// A key of its own: it has the place that a merged one has. False where it is there already, which only Python allows.
    pub(super) fn insert(&mut self, key: &str, is_text: bool, value: Node) -> bool {
        let is_new = self.version == YamlVersion::V1_1 || self.own.insert(key.to_owned());
        self.all_texts &= is_text;
        self.entries.insert(key.to_owned(), value);
        is_new
    }

    /// A map, or a list of maps, of which the first one counts. False for anything else.
    pub(super) fn merge(&mut self, from: Node) -> bool {
        let mut sources = match from.kind {
            Kind::List(items) => items,
            _ => vec![from],
        };
        if self.version == YamlVersion::V1_1 {
            sources.reverse();
        }
        if !sources.iter().all(Node::is_map) {
            return false;
        }
        for source in sources {
            self.all_texts &= !matches!(source.kind, Kind::TypedKeys(_));
            let entries = match source.kind {
                Kind::Map(entries) | Kind::TypedKeys(entries) => entries,
                _ => Vec::new(),
            };
            match self.version {
                YamlVersion::V1_1 => self.merged.extend(entries),
                YamlVersion::V1_2 => {
                    for (key, value) in entries {
                        self.entries.entry(key).or_insert(value);
                    }
                }
            }
        }
        true
    }

    pub(super) fn finish(self) -> Kind {
        let all = self.merged.into_iter().chain(self.entries);
        let all: IndexMap<String, Node> = all.collect();
        let entries = all.into_iter().collect();
        match self.all_texts {
            true => Kind::Map(entries),
            false => Kind::TypedKeys(entries),
        }
    }
}
