//! The pages of the documentation and of the examples do what they say.
//!
//! The commands in their ```` ```sh ```` blocks are run in the order of the page: of a page of `docs` in a new copy of the
//! sample project, of an example in a copy of its folder. A block with `file=NAME` behind its language is a file, written
//! before the commands below it. A block ```` ```sh elsewhere ```` needs what is not here (a key, a cluster, another
//! program): only its syntax is checked. A line whose comment says "exit code 1" may end so. Endpoints and models that are
//! not here are replaced by the stand-in, see [`HERE`].

use crate::support::Workspace;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use wording::demo::{DemoServer, DemoSpec};

/// What pages name, and what stands for it here; `URL` is the address of the stand-in.
const HERE: [(&str, &str); 6] = [
    ("https://api.openai.com/v1", "URL"),
    ("http://localhost:8000/v1", "URL"),
    ("http://localhost:8000", "URL"),
    ("openai/gpt-4.1-mini", "openai/icl"),
    ("mine/llama", "mine/icl"),
    ("cargo run --release --", "wording"),
];

/// A block of a page: its language with what stands behind it, and its text.
struct Block<'a> {
    kind: &'a str,
    body: String,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let marks = line.len() - line.trim_start_matches('`').len();
        if marks < 3 {
            continue;
        }
        let (fence, kind) = line.split_at(marks);
        let body: Vec<&str> = lines.by_ref().take_while(|l| *l != fence).collect();
        blocks.push(Block {
            kind,
            body: body.join("\n") + "\n",
        });
    }
    blocks
}

/// The commands of a block, each in one line.
fn commands(body: &str) -> Vec<String> {
    let joined = body.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim_end);
    lines
        .filter(|line| {
            let typed = line.split(" #").next().unwrap_or("").trim();
            // The session is tried by `tests/screens`, cargo by who runs this.
            let only = typed == "wording";
            let cargo = typed.starts_with("cargo ") && !typed.contains(" -- ");
            !(typed.is_empty() || typed.starts_with('#') || only || cargo)
        })
        .map(|line| match line.contains("exit code 1") {
            true => format!(
                "{{ {}; }} || [ $? = 1 ]",
                line.split(" #").next().unwrap_or("").trim()
            ),
            false => line.to_owned(),
        })
        .collect()
}

struct Page {
    name: String,
    text: String,
    place: Workspace,
}

impl Page {
    fn here(&self, text: &str, url: &str) -> String {
        HERE.iter().fold(text.to_owned(), |text, (there, here)| {
            text.replace(there, if *here == "URL" { url } else { here })
        })
    }

    /// Run what the page says; how many commands that were.
    fn run(&self, url: &str) -> usize {
        let mut script =
            String::from("set -eu\ntrap 'echo \"this failed: $BASH_COMMAND\" >&2' ERR\n");
        let mut run = 0;
        for (number, block) in blocks(&self.text).iter().enumerate() {
            if let Some((_, name)) = block.kind.split_once(" file=") {
                let file = format!(".block-{number}");
                self.place.write(&file, &self.here(&block.body, url));
                script +=
                    &format!("mkdir -p \"$(dirname '{name}')\" && cp \"$PAGE/{file}\" '{name}'\n");
                continue;
            }
            match block.kind {
                "sh" => {
                    let commands = commands(&block.body);
                    run += commands.len();
                    script += &self.here(&commands.join("\n"), url);
                    script.push('\n');
                }
                "sh elsewhere" => {
                    let file = self.place.write(".elsewhere", &block.body);
                    let said = Command::new("bash").arg("-n").arg(file).output().unwrap();
                    assert!(said.status.success(), "{}: {said:?}", self.name);
                }
                _ => {}
            }
        }
        if run == 0 {
            return 0;
        }
        let script = self.place.write(".page.sh", &script);
        let binary = Path::new(env!("CARGO_BIN_EXE_wording")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let said = Command::new("bash")
            .arg(script)
            .current_dir(self.place.path())
            .env_clear()
            .env("PATH", format!("{}:{path}", binary.display()))
            .env("PAGE", self.place.path())
            .env("HOME", self.place.path().join("home"))
            .env("OPENAI_API_KEY", "sk-test")
            .env("LANG", "C.UTF-8")
            .output()
            .unwrap();
        assert!(
            said.status.success(),
            "{}: {}\n{}",
            self.name,
            String::from_utf8_lossy(&said.stdout),
            String::from_utf8_lossy(&said.stderr)
        );
        run
    }
}

fn git(place: &Workspace, args: &[&str]) {
    let said = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
        .args(args)
        .current_dir(place.path())
        .env("HOME", place.path().join("home"))
        .output()
        .unwrap();
    assert!(said.status.success(), "{said:?}");
}

/// A copy of the sample; where the page names revisions, with two of them: the wording `plain` changed by a word.
fn sample(text: &str) -> Workspace {
    let place = Workspace::sample();
    if text.contains("HEAD") {
        git(&place, &["init", "-q", "-b", "main"]);
        git(&place, &["add", "."]);
        git(&place, &["commit", "-qm", "one"]);
        let template = "templates/sentiment/plain.j2";
        let changed = place.read(template).replace("sentiment", "opinion");
        place.write(template, &changed);
        git(&place, &["commit", "-qam", "two"]);
    }
    place
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type().unwrap().is_dir() {
            true if entry.file_name() == ".wording" => {}
            true => copy(&from, &to),
            false => {
                fs::copy(from, to).unwrap();
            }
        }
    }
}

fn run(pages: Vec<Page>) -> usize {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime
        .block_on(DemoServer::start(DemoSpec::default()))
        .unwrap();
    let mut run = 0;
    for page in &pages {
        run += page.run(&server.base_url());
    }
    run
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn documents(want: impl Fn(&str) -> bool) -> Vec<Page> {
    let files = fs::read_dir(root().join("docs")).unwrap();
    let mut files: Vec<PathBuf> = files.map(|f| f.unwrap().path()).collect();
    files.push(root().join("README.md"));
    files.push(root().join("docs/skills/wording/SKILL.md"));
    files.sort();
    let named = files.into_iter().filter_map(|file| {
        let name = file.file_name()?.to_str()?.to_owned();
        (name.ends_with(".md") && want(&name)).then_some((file, name))
    });
    named
        .map(|(file, name)| {
            let text = fs::read_to_string(file).unwrap();
            let place = sample(&text);
            Page { name, text, place }
        })
        .collect()
}

/// Pages that take longest, each a test of its own, so that they run side by side.
const LONG: [&str; 3] = ["prompt-or-fine-tune.md", "fewer-calls.md", "scale.md"];

#[test]
fn the_readme_does_what_it_says() {
    assert!(run(documents(|name| name == "README.md")) >= 18);
}

#[test]
fn the_page_on_tuning_does_what_it_says() {
    assert!(run(documents(|name| name == LONG[0])) >= 10);
}

#[test]
fn the_page_on_policies_does_what_it_says() {
    assert!(run(documents(|name| name == LONG[1])) >= 5);
}

#[test]
fn the_other_pages_do_what_they_say() {
    let rest = |name: &str| name != "README.md" && !LONG.contains(&name);
    assert!(run(documents(rest)) >= 20);
}

#[test]
fn the_page_on_scale_does_what_it_says() {
    assert!(run(documents(|name| name == LONG[2])) >= 8);
}

#[test]
fn the_examples_do_what_they_say() {
    let examples = fs::read_dir(root().join("examples")).unwrap();
    let mut examples: Vec<PathBuf> = examples.map(|e| e.unwrap().path()).collect();
    examples.sort();
    let mut seen = 0;
    for example in examples.iter().filter(|e| e.join("wording.toml").is_file()) {
        let place = Workspace::empty();
        copy(example, place.path());
        let page = Page {
            name: example.display().to_string(),
            text: fs::read_to_string(example.join("README.md")).unwrap(),
            place,
        };
        assert!(run(vec![page]) >= 2, "{}", example.display());
        seen += 1;
    }
    assert!(seen >= 5, "only {seen} examples");
}
