//! References (`$ref`) of a tree, followed in it and into other files.

use super::{Kind, Node, NotePlace};
use std::rc::Rc;

/// Most references that are followed within one another, and in all.
const MAX_REFERENCES: usize = 20;
const MAX_REFERRED: usize = 100_000;

/// How references are followed.
struct Following<'a> {
    load: &'a dyn Fn(&str, &NotePlace) -> Option<Rc<Node>>,
    missing: Vec<(NotePlace, String)>,
    left: usize,
}

impl Following<'_> {
    /// What is referred to is copied: its size counts.
    fn count(&mut self, node: &Node, depth: usize) {
        if depth > 0 {
            self.left = self.left.saturating_sub(node.size());
        }
    }
}

impl Node {
    /// The tree with what its `$ref` name put in their place, in it or in other files, which are loaded by their path; those that
    /// lead nowhere or too deep stay, and are returned. Schemas of tools keep theirs.
    pub(super) fn with_refs(
        &self,
        load: &dyn Fn(&str, &NotePlace) -> Option<Rc<Node>>,
    ) -> (Node, Vec<(NotePlace, String)>) {
        let mut following = Following {
            load,
            missing: Vec::new(),
            left: MAX_REFERRED,
        };
        let node = self.referred(self, &mut following, 0);
        (node, following.missing)
    }

    fn referred(&self, root: &Node, following: &mut Following<'_>, depth: usize) -> Node {
        if depth > 0 {
            following.left = following.left.saturating_sub(self.own_size());
        }
        let kind = match &self.kind {
            Kind::Scalar(_) | Kind::Unquoted(_) => return self.clone(),
            Kind::List(items) => {
                let items = items.iter();
                Kind::List(items.map(|n| n.referred(root, following, depth)).collect())
            }
            Kind::Map(entries) | Kind::TypedKeys(entries) => {
                if let Some(target) = self.get("$ref").and_then(Node::text) {
                    return self.target(target, root, following, depth);
                }
                let entries = entries.iter().map(|(key, node)| {
                    let own = ["parameters", "tools", "functions", "response_format"];
                    let node = match own.contains(&key.as_str()) {
                        true => {
                            following.count(node, depth);
                            node.clone()
                        }
                        false => node.referred(root, following, depth),
                    };
                    (key.clone(), node)
                });
                Kind::Map(entries.collect())
            }
        };
        Node {
            kind,
            at: self.at.clone(),
        }
    }

    /// What a map with `$ref` stands for, with what stands beside it.
    fn target(
        &self,
        target: &str,
        root: &Node,
        following: &mut Following<'_>,
        depth: usize,
    ) -> Node {
        let (file, path) = target.split_once('#').unwrap_or((target, ""));
        let is_near = depth < MAX_REFERENCES && following.left > 0;
        let loaded = match file {
            "" => None,
            _ if !is_near => None,
            file => (following.load)(file, &self.at),
        };
        let whole = if file.is_empty() {
            Some(root)
        } else {
            loaded.as_deref()
        };
        let mut keys = path.split('/').skip(1);
        let found = whole.and_then(|whole| keys.try_fold(whole, |at, key| at.get(key)));
        let (Some(found), Some(whole), true) = (found, whole, is_near) else {
            following.missing.push((self.at.clone(), target.to_owned()));
            return self.clone();
        };
        let mut found = found.referred(whole, following, depth + 1);
        if let Kind::Map(inner) = &mut found.kind {
            for (key, node) in self.entries().iter().filter(|(key, _)| key != "$ref") {
                inner.retain(|(known, _)| known != key);
                inner.push((key.clone(), node.referred(root, following, depth)));
            }
        }
        found.at = self.at.clone();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::path::Path;

    #[test]
    fn references_are_followed_and_those_to_themselves_end() {
        let text = "a:\n  x: {$ref: '#/b', more: 2}\n  tools: [{parameters: {$ref: '#/b'}}]\nb: {y: 1, z: {$ref: '#/c'}}\nc: [1]\nd: {$ref: '#/d'}\ne: {$ref: '#/nowhere'}\nf: [{$ref: 'o.yaml#/t/one'}, {$ref: o.yaml}, {$ref: 'no.yaml#/x'}]\n";
        let other = Node::parse(Path::new("o.yaml"), "t: {one: {$ref: '#/u'}}\nu: 5").unwrap();
        let other = Rc::new(other);
        let load = |file: &str, _: &NotePlace| (file == "o.yaml").then(|| Rc::clone(&other));
        let (node, missing) = Node::parse(Path::new("c.yaml"), text)
            .unwrap()
            .with_refs(&load);
        assert_eq!(
            node.json()["f"],
            json!([5, {"t": {"one": 5}, "u": 5}, {"$ref": "no.yaml#/x"}])
        );
        assert_eq!(
            node.json()["a"],
            json!({"x": {"y": 1, "z": [1], "more": 2}, "tools": [{"parameters": {"$ref": "#/b"}}]})
        );
        let targets: Vec<&str> = missing.iter().map(|(_, target)| target.as_str()).collect();
        assert_eq!(targets, ["#/d", "#/nowhere", "no.yaml#/x"]);
        let twice = |name: &str| format!("[{{$ref: '#/{name}'}}, {{$ref: '#/{name}'}}]");
        let mut bomb = String::new();
        for n in 0..60 {
            bomb += &format!("a{n}: {}\n", twice(&format!("a{}", n + 1)));
        }
        let (_, missing) = Node::parse(Path::new("c.yaml"), &bomb)
            .unwrap()
            .with_refs(&load);
        assert!(!missing.is_empty());
        let text = "x".repeat(64_000);
        let all = "{$ref: '#/leaf'}, ".repeat(200);
        let bomb = format!("leaf: {{tools: [{text}]}}\nall: [{all}]\n");
        let bomb = Node::parse(Path::new("c.yaml"), &bomb).unwrap();
        assert_eq!(bomb.with_refs(&load).1.len(), 100);
    }
}
