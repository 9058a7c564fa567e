//! A headless Chromium, spoken to over its debugging pipe: no port, no driver, no further dependency.

use crate::support::skip_without;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A page in a browser of its own.
pub(super) struct Page {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: String,
    last: u64,
    /// Errors on the console, exceptions, refused contents.
    pub errors: Vec<String>,
    /// Addresses that were asked for.
    pub requests: Vec<String>,
    _profile: tempfile::TempDir,
}

/// Debian's `chromium`, or another by the names that it has.
pub(super) fn find() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names.into_iter().find(|name| {
        Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    });
    if found.is_none() {
        skip_without("chromium");
    }
    found
}

impl Page {
    /// Open a file in a window of that size.
    pub(super) fn open(
        browser: &str,
        file: &Path,
        (width, height): (u32, u32),
        dark: bool,
    ) -> Page {
        let profile = tempfile::tempdir().unwrap();
        // The pipe is at 3 and 4; a shell puts it there.
        let script = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";
        let mut child = Command::new("sh")
            .args(["-c", script, browser])
            .args(["--headless=new", "--no-sandbox", "--disable-gpu"])
            .args(["--remote-debugging-pipe", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-extensions"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = child.stdin.take().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (sender, from) = channel();
        std::thread::spawn(move || {
            loop {
                let mut message = Vec::new();
                if out.read_until(0, &mut message).unwrap_or(0) == 0 {
                    return;
                }
                message.pop();
                let Ok(value) = serde_json::from_slice(&message) else {
                    continue;
                };
                if sender.send(value).is_err() {
                    return;
                }
            }
        });
        let mut page = Page {
            child,
            to,
            from,
            session: String::new(),
            last: 0,
            errors: Vec::new(),
            requests: Vec::new(),
            _profile: profile,
        };
        let target = page.ask("Target.createTarget", json!({"url": "about:blank"}));
        let attached = page.ask(
            "Target.attachToTarget",
            json!({"targetId": target["targetId"], "flatten": true}),
        );
        attached["sessionId"]
            .as_str()
            .unwrap()
            .clone_into(&mut page.session);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.ask(&format!("{domain}.enable"), json!({}));
        }
        page.ask(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}),
        );
        let scheme = if dark { "dark" } else { "light" };
        page.ask(
            "Emulation.setEmulatedMedia",
            json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
        );
        let url = format!("file://{}", file.display());
        page.ask("Page.navigate", json!({"url": url}));
        page.until("Page.loadEventFired");
        page
    }

    /// The value of an expression in the page; promises are waited for.
    pub(super) fn value(&mut self, expression: &str) -> Value {
        let said = self.ask(
            "Runtime.evaluate",
            json!({"expression": expression, "returnByValue": true, "awaitPromise": true}),
        );
        assert!(
            said.get("exceptionDetails").is_none(),
            "{expression}: {said}"
        );
        said["result"]["value"].clone()
    }

    /// Wait until an expression is true.
    pub(super) fn until_true(&mut self, expression: &str) {
        let begun = Instant::now();
        while self.value(expression) != true {
            assert!(begun.elapsed() < PATIENCE, "never true: {expression}");
            // The browser itself waits for its next frame.
            self.value("new Promise((done) => requestAnimationFrame(() => done(true)))");
        }
    }

    /// A picture of the whole page, where a folder for them is named by `REPORT_PICTURES`.
    pub(super) fn picture(&mut self, name: &str) {
        let Some(folder) = std::env::var_os("REPORT_PICTURES") else {
            return;
        };
        let said = self.ask("Page.captureScreenshot", json!({"format": "png"}));
        let path = Path::new(&folder).join(format!("{name}.png"));
        std::fs::write(path, from_base64(said["data"].as_str().unwrap())).unwrap();
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": params});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.to
            .write_all(format!("{message}\0").as_bytes())
            .unwrap();
        loop {
            let said = self.next(method);
            if said["id"] == self.last {
                assert!(said.get("error").is_none(), "{method}: {said}");
                return said["result"].clone();
            }
        }
    }

    fn until(&mut self, event: &str) {
        while self.next(event)["method"] != event {}
    }

    /// The next message; what it says of errors and requests is kept.
    fn next(&mut self, wanted: &str) -> Value {
        let said = self
            .from
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|_| panic!("the browser does not answer to {wanted}"));
        let params = &said["params"];
        match said["method"].as_str().unwrap_or("") {
            "Runtime.exceptionThrown" => self.errors.push(params.to_string()),
            "Runtime.consoleAPICalled" if params["type"] == "error" => {
                self.errors.push(params.to_string());
            }
            "Log.entryAdded" if params["entry"]["level"] == "error" => {
                self.errors.push(params.to_string());
            }
            "Network.requestWillBeSent" => {
                let url = params["request"]["url"].as_str().unwrap_or("");
                self.requests.push(url.to_owned());
            }
            _ => {}
        }
        said
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // It may have gone by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn from_base64(text: &str) -> Vec<u8> {
    let digit = |b: u8| match b {
        b'A'..=b'Z' => u32::from(b - b'A'),
        b'a'..=b'z' => u32::from(b - b'a') + 26,
        b'0'..=b'9' => u32::from(b - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    for four in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = four.iter().fold(0, |bits, b| bits << 6 | digit(*b)) << (6 * (4 - four.len()));
        bytes.extend(&bits.to_be_bytes()[1..four.len()]);
    }
    bytes
}
