//! Handlebars as Jinja: the templates of Dotprompt, tag by tag.

/// A template rewritten, and what has no counterpart: the line, from 1, what stands there, why.
pub(super) type Rewritten = (String, Vec<(usize, String, String)>);

/// What closes an open block.
enum Block {
    If,
    /// A loop, with what its current item is called.
    Each(String),
    Unknown,
}

/// Rewrite a template of Handlebars.
pub(super) fn rewrite(source: &str) -> Rewritten {
    let mut state = State {
        out: String::new(),
        problems: Vec::new(),
        blocks: Vec::new(),
        loops: 0,
    };
    let mut rest = source;
    let mut line = 1;
    while let Some(at) = rest.find("{{") {
        state.text(&rest[..at]);
        line += rest[..at].matches('\n').count();
        let from = &rest[at..];
        let (open, close) = match from.as_bytes().get(2) {
            Some(b'{') => (3, "}}}"),
            Some(b'!') if from.starts_with("{{!--") => (5, "--}}"),
            _ => (2, "}}"),
        };
        let Some(length) = from[open..].find(close) else {
            state.text(from);
            rest = "";
            break;
        };
        let inside = &from[open..open + length];
        if open != 5 {
            let trimmed = inside.trim().trim_matches('~').trim();
            state.tag(
                trimmed,
                inside.starts_with('~'),
                inside.ends_with('~'),
                line,
            );
        }
        line += inside.matches('\n').count();
        rest = &from[open + length + close.len()..];
    }
    state.text(rest);
    (state.out, state.problems)
}

struct State {
    out: String,
    problems: Vec<(usize, String, String)>,
    blocks: Vec<Block>,
    loops: usize,
}

impl State {
    /// Text as it is; what Jinja would take for a tag is said in its own words.
    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = ["{%", "{#"].iter().filter_map(|m| rest.find(m)).min() {
            self.out += &rest[..at];
            self.out += &format!("{{{{ \"{}\" }}}}", &rest[at..at + 2]);
            rest = &rest[at + 2..];
        }
        self.out += rest;
    }

    fn problem(&mut self, line: usize, tag: &str, why: &str) {
        self.problems
            .push((line, format!("{{{{{tag}}}}}"), why.to_owned()));
    }

    fn statement(&mut self, text: &str, left: bool, right: bool) {
        let (open, close) = (
            if left { "{%-" } else { "{%" },
            if right { "-%}" } else { "%}" },
        );
        self.out += &format!("{open} {text} {close}");
    }

    fn tag(&mut self, tag: &str, left: bool, right: bool, line: usize) {
        if tag.starts_with('!') {
            return;
        }
        let words = words(tag);
        let word = words.first().map_or("", String::as_str);
        let value = |at: usize| words.get(at).map_or(String::new(), |w| self.value(w));
        match word {
            "role" => {
                let role = words.get(1).map_or("", |w| w.trim_matches(['"', '\'']));
                let role = if role == "model" { "assistant" } else { role };
                if ["system", "developer", "user", "assistant"].contains(&role) {
                    self.out += &format!("{{{{ role(\"{role}\") }}}}");
                } else {
                    self.problem(line, tag, "unknown role");
                }
            }
            "#if" | "#unless" => {
                let not = if word == "#if" { "" } else { "not " };
                let condition = format!("if {not}{}", value(1));
                self.statement(&condition, left, right);
                self.blocks.push(Block::If);
            }
            "#ifEquals" | "#unlessEquals" => {
                let sign = if word == "#ifEquals" { "==" } else { "!=" };
                let condition = format!("if {} {sign} {}", value(1), value(2));
                self.statement(&condition, left, right);
                self.blocks.push(Block::If);
            }
            "#each" => {
                let over = value(1);
                self.loops += 1;
                let item = match tag.split_once(" as |") {
                    Some((_, name)) => name
                        .trim_end_matches('|')
                        .split(' ')
                        .next()
                        .unwrap_or("item")
                        .to_owned(),
                    None if self.loops == 1 => "item".into(),
                    None => format!("item_{}", self.loops),
                };
                self.statement(&format!("for {item} in {over}"), left, right);
                self.blocks.push(Block::Each(item));
            }
            "else" if words.len() == 1 => self.statement("else", left, right),
            "else" if words.get(1).is_some_and(|w| w == "if") => {
                let condition = format!("elif {}", value(2));
                self.statement(&condition, left, right);
            }
            _ if tag.starts_with('/') => match self.blocks.pop() {
                Some(Block::If) => self.statement("endif", left, right),
                Some(Block::Each(_)) => self.statement("endfor", left, right),
                _ => {}
            },
            _ if tag.starts_with('#') => {
                self.problem(line, tag, "unknown block");
                self.blocks.push(Block::Unknown);
            }
            "media" | "history" | "section" => {
                self.problem(line, tag, "only texts and roles can be sent");
            }
            "json" => {
                let value = value(1);
                self.out += &format!("{{{{ {value} | dump }}}}");
            }
            _ if tag.starts_with('>') => {
                self.problem(
                    line,
                    tag,
                    "partial prompts are not converted: write its text in its place",
                );
            }
            _ if words.len() > 1 => self.problem(line, tag, "unknown helper"),
            _ => {
                let value = value(0);
                self.out += &format!("{{{{ {value} }}}}");
            }
        }
    }

    /// A path of Handlebars as Jinja says it.
    fn value(&self, path: &str) -> String {
        let item = self.blocks.iter().rev().find_map(|block| match block {
            Block::Each(item) => Some(item.as_str()),
            _ => None,
        });
        if path.starts_with(['"', '\'']) || path.parse::<f64>().is_ok() {
            return path.to_owned();
        }
        match (path, item) {
            ("true" | "false", _) => return path.to_owned(),
            ("null" | "undefined", _) => return "none".into(),
            ("@index", _) => return "loop.index0".into(),
            ("@first", _) => return "loop.first".into(),
            ("@last", _) => return "loop.last".into(),
            ("this" | ".", Some(item)) => return item.to_owned(),
            _ => {}
        }
        let path = path.trim_start_matches("@root.");
        let inner = path.strip_prefix("this.").or(path.strip_prefix("./"));
        let dotted = |path: &str| path.replace('/', ".");
        match (inner, item) {
            (Some(rest), Some(item)) => format!("{item}.{}", dotted(rest)),
            (Some(rest), None) => self.top(&dotted(rest)),
            (None, _) if path.starts_with("../") => {
                self.top(&dotted(path.trim_start_matches("../")))
            }
            // Inside a loop a name is looked for in the item first.
            (None, Some(item)) => format!(
                "({item}.{0} if {item} is mapping and \"{0}\" in {item} else {1})",
                dotted(path),
                self.top(&dotted(path))
            ),
            (None, None) => self.top(&dotted(path)),
        }
    }

    fn top(&self, path: &str) -> String {
        let first = path.split('.').next().unwrap_or(path);
        match first {
            "row" | "shots" | "axes" | "role" | "field" => format!("row.{path}"),
            _ => path.to_owned(),
        }
    }
}

/// The words of a tag; one in quotes is one word.
fn words(tag: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut quote = None;
    for c in tag.chars() {
        match quote {
            None if c.is_whitespace() => all.push(String::new()),
            _ => {
                match (quote, c) {
                    (None, '"' | '\'') => quote = Some(c),
                    (Some(q), c) if q == c => quote = None,
                    _ => {}
                }
                if let Some(word) = all.last_mut() {
                    word.push(c);
                }
            }
        }
    }
    all.retain(|word| !word.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_said_in_jinja() {
        for (source, here) in [
            (
                "{{role \"model\"}}Hi {{name}}{{{raw}}}",
                "{{ role(\"assistant\") }}Hi {{ name }}{{ raw }}",
            ),
            (
                "{{#if a.b}}x{{else}}y{{/if}}",
                "{% if a.b %}x{% else %}y{% endif %}",
            ),
            ("{{#unless a}}x{{/unless}}", "{% if not a %}x{% endif %}"),
            (
                "{{#each l}}{{@index}} {{this}} {{this.n}}{{/each}}",
                "{% for item in l %}{{ loop.index0 }} {{ item }} {{ item.n }}{% endfor %}",
            ),
            (
                "{{#ifEquals a \"x y\"}}z{{/ifEquals}}",
                "{% if a == \"x y\" %}z{% endif %}",
            ),
            ("{{json a}}{{! note }}{{!-- {{x}} --}}", "{{ a | dump }}"),
            ("a {% b", "a {{ \"{%\" }} b"),
            ("{{~#if a~}} x {{~/if~}}", "{%- if a -%} x {%- endif -%}"),
        ] {
            assert_eq!(rewrite(source).0, here, "{source}");
        }
        let (_, problems) = rewrite("x\n{{media url=u}}{{>part}}\n{{helper a b}}");
        let told: Vec<(usize, &str)> = problems.iter().map(|p| (p.0, p.1.as_str())).collect();
        assert_eq!(
            told,
            [
                (2, "{{media url=u}}"),
                (2, "{{>part}}"),
                (3, "{{helper a b}}")
            ]
        );
    }
}
