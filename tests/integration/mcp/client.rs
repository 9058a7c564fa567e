//! A client of `wording mcp` that speaks the protocol line by line. Every line on standard output has to be a message of it.

use crate::support::Workspace;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// Answers that came while another was waited for.
    answers: HashMap<u64, Value>,
    pub(super) notifications: Vec<Value>,
    next_id: u64,
}

/// What a call of a tool came to.
#[derive(Debug)]
pub(super) struct ToolResult {
    pub(super) is_error: bool,
    /// The texts of its blocks.
    pub(super) texts: Vec<String>,
    pub(super) document: Value,
}

impl ToolResult {
    fn new(result: &Value) -> ToolResult {
        let blocks = result["content"].as_array().unwrap();
        ToolResult {
            is_error: result["isError"].as_bool().unwrap_or(false),
            texts: (blocks.iter())
                .map(|block| block["text"].as_str().unwrap().to_owned())
                .collect(),
            document: result["structuredContent"].clone(),
        }
    }

    /// What it says before its document, or in its place.
    pub(super) fn said(&self) -> &str {
        &self.texts[0]
    }

    #[track_caller]
    pub(super) fn ok(self) -> ToolResult {
        assert!(!self.is_error, "{}", self.said());
        self
    }

    /// The error of a call that has one: neither its command line, which repeats the arguments, nor what is said of all.
    #[track_caller]
    pub(super) fn error(&self) -> &str {
        assert!(self.is_error, "{}", self.document);
        assert_eq!(self.document, Value::Null);
        let (_, rest) = self.said().split_once("error: ").unwrap();
        let (error, about) = rest.rsplit_once("\n\n").unwrap();
        assert!(about.contains("no instructions in them"), "{about}");
        error
    }
}

impl Client {
    /// Start the server in a project and begin.
    pub(super) fn start(place: &Workspace, more: &[&str]) -> Client {
        let mut client = Client::spawn(&mut place.command(&[&["mcp"], more].concat()));
        let begun = client.request(
            "initialize",
            json!({
                "protocolVersion": "2025-06-18", "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"},
            }),
        );
        assert_eq!(begun["serverInfo"]["name"], "wording");
        client.notify("notifications/initialized", json!({}));
        client
    }

    /// Start a server that nothing is said to yet.
    pub(super) fn spawn(command: &mut Command) -> Client {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, messages) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in output.lines() {
                let line = line.unwrap();
                let message: Value = serde_json::from_str(&line)
                    .unwrap_or_else(|error| panic!("{error}: {line:?} is not of the protocol"));
                assert_eq!(message["jsonrpc"], "2.0", "{line}");
                let _ = sender.send(message);
            }
        });
        Client {
            input: child.stdin.take(),
            child,
            messages,
            answers: HashMap::new(),
            notifications: Vec::new(),
            next_id: 1,
        }
    }

    pub(super) fn write(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
        input.flush().unwrap();
    }

    pub(super) fn notify(&mut self, method: &str, params: Value) {
        self.write(&json!({"jsonrpc": "2.0", "method": method, "params": params}).to_string());
    }

    /// Send a request; its number.
    pub(super) fn send(&mut self, method: &str, params: Value) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.write(&message.to_string());
        id
    }

    /// The next message that is no answer is kept, as are answers to others; the answer to this one.
    pub(super) fn answer(&mut self, id: u64) -> Value {
        loop {
            if let Some(answer) = self.answers.remove(&id) {
                return answer;
            }
            self.receive();
        }
    }

    /// Take one message.
    pub(super) fn receive(&mut self) {
        let message = self.messages.recv_timeout(PATIENCE).unwrap();
        match message["id"].as_u64() {
            Some(id) => {
                self.answers.insert(id, message);
            }
            None => self.notifications.push(message),
        }
    }

    pub(super) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        let answer = self.answer(id);
        assert!(answer["error"].is_null(), "{answer}");
        answer["result"].clone()
    }

    /// Begin a call of a tool.
    pub(super) fn begin(&mut self, tool: &str, arguments: Value) -> u64 {
        self.send("tools/call", json!({"name": tool, "arguments": arguments}))
    }

    /// The result of a call that was begun.
    pub(super) fn finish(&mut self, id: u64) -> ToolResult {
        let answer = self.answer(id);
        assert!(answer["error"].is_null(), "{answer}");
        ToolResult::new(&answer["result"])
    }

    pub(super) fn call(&mut self, tool: &str, arguments: Value) -> ToolResult {
        let id = self.begin(tool, arguments);
        self.finish(id)
    }

    /// Ask the server to end, as a system does, until it has.
    #[cfg(unix)]
    pub(super) fn terminate(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        while self.child.try_wait().unwrap().is_none() {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
            thread::yield_now();
        }
    }

    /// Close the input and wait for the end: the exit code, and what was written to stderr.
    pub(super) fn close(mut self) -> (i32, String) {
        drop(self.input.take());
        let mut said = String::new();
        let mut errors = self.child.stderr.take().unwrap();
        errors.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code().unwrap_or(-1), said)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
