//! A running `dicelab`, its ports and its directory, gone with the test.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use telemetry::client::{BaseUrl, Client, Reply};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The lab's and the services' ports.
pub(crate) const PORTS: [Port; 10] = {
    let ([a, b, c], [d, e, f, g, h, i, j]) = (Port::SERVICES, Port::LAB);
    [a, b, c, d, e, f, g, h, i, j]
};

/// A directory that goes with the value.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("dicelab-e2e-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The port of an application in the guide that does not run; no lab of a test may listen there.
const NOBODY: u16 = 9100;

/// An offset at which all ports are free, and which no other test of this process gets.
pub(crate) fn free_offset() -> u16 {
    static TAKEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);
    let mut taken = TAKEN.lock().expect("no panic");
    let taken = taken.get_or_insert_default();
    // Below the ports that the system gives to clients.
    let first = 1000 + (std::process::id() % 900) as u16 * 20;
    (0..1000_u16)
        .map(|step| 1000 + (first + step * 17) % 19_000)
        .find(|offset| {
            let ports = PORTS.map(|port| port.number() + offset);
            let free = |port: &u16| {
                *port != NOBODY && !taken.contains(port) && TcpListener::bind(("127.0.0.1", *port)).is_ok()
            };
            let all = ports.iter().all(free);
            if all {
                taken.extend(ports);
            }
            all
        })
        .expect("free ports")
}

/// `dicelab` with these arguments, in a clean environment.
pub(crate) fn dicelab(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dicelab"));
    command.args(arguments).stdin(Stdio::null()).env_remove("COLUMNS");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("DICELAB_") || text.starts_with("OTEL_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs `dicelab` to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    dicelab(arguments).output().expect("started")
}

/// What a finished command wrote to stderr.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Asserts that a run ended with a code, and that its output says all of these.
pub(crate) fn told(output: &Output, code: i32, words: &[&str]) {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(output));
    assert_eq!(output.status.code(), Some(code), "{text}");
    for words in words {
        assert!(text.contains(words), "{words:?} is missing in\n{text}");
    }
}

/// A running `dicelab up` or `lab`.
pub(crate) struct Lab {
    child: Child,
    offset: u16,
    stderr: Arc<Mutex<String>>,
    client: Client,
    pub(crate) scratch: Scratch,
}

impl Lab {
    /// `dicelab up` without traffic and without delays, ready.
    pub(crate) async fn up(more: &[&str]) -> Self {
        Self::start(Scratch::new(), &[&["up", "--no-traffic", "--max-delay", "0"], more].concat()).await
    }

    /// A command that starts a lab, ready, with its data in `data` of the scratch directory.
    pub(crate) async fn start(scratch: Scratch, arguments: &[&str]) -> Self {
        Self::spawn(scratch, arguments, dicelab).await
    }

    /// The same, started in a directory of its user's.
    pub(crate) async fn start_in(directory: &Path, arguments: &[&str]) -> Self {
        let there = |arguments: &[&str]| {
            let mut command = dicelab(arguments);
            command.current_dir(directory);
            command
        };
        Self::spawn(Scratch::new(), arguments, there).await
    }

    /// The same where no file may grow beyond `kib`; a write that would make it fails, as on a full disk.
    pub(crate) async fn start_limited(scratch: Scratch, arguments: &[&str], kib: u32) -> Self {
        let limited = |arguments: &[&str]| {
            let mut command = Command::new("bash");
            let script = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"");
            command.args(["-c", &script, env!("CARGO_BIN_EXE_dicelab")]).args(arguments).stdin(Stdio::null());
            command
        };
        Self::spawn(scratch, arguments, limited).await
    }

    async fn spawn(scratch: Scratch, arguments: &[&str], program: impl Fn(&[&str]) -> Command) -> Self {
        Self::spawn_at(free_offset(), scratch, arguments, program).await
    }

    async fn spawn_at(offset: u16, scratch: Scratch, arguments: &[&str], program: impl Fn(&[&str]) -> Command) -> Self {
        let data = scratch.path().join("data").display().to_string();
        let shift = offset.to_string();
        let arguments = [arguments, &["--port-offset", &shift, "--data-dir", &data]].concat();
        let mut child = program(&arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("started");
        let text = Arc::new(Mutex::new(String::new()));
        let (pipe, kept) = (child.stderr.take().expect("piped"), text.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let mut kept = kept.lock().expect("no panic");
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        let mut lab = Self { child, offset, stderr: text, client: Client::new(), scratch };
        lab.until_ready().await;
        lab
    }

    async fn until_ready(&mut self) {
        let (child, text) = (Mutex::new(&mut self.child), &self.stderr);
        eventually(|| async {
            let said = text.lock().expect("no panic").clone();
            let ended = child.lock().expect("no panic").try_wait().expect("waited");
            assert!(ended.is_none(), "ended with {ended:?} before it was ready: {said}");
            if said.contains("ready in ") { Ok(()) } else { Err(format!("not ready: {said}")) }
        })
        .await;
    }

    pub(crate) fn offset(&self) -> u16 {
        self.offset
    }

    pub(crate) fn number(&self, port: Port) -> u16 {
        port.number() + self.offset
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn stderr(&self) -> String {
        self.stderr.lock().expect("no panic").clone()
    }

    /// `GET path?query` on one of the ports.
    pub(crate) async fn get(&self, port: Port, path: &str, query: &[(&str, &str)]) -> Reply {
        let base: BaseUrl = format!("http://127.0.0.1:{}", self.number(port)).parse().expect("a URL");
        let uri = base.with(path, query);
        self.client.get(uri.clone(), Duration::from_secs(10)).await.unwrap_or_else(|error| panic!("{uri}: {error}"))
    }

    /// `GET path?query` as JSON of an answer that must be good.
    pub(crate) async fn json(&self, port: Port, path: &str, query: &[(&str, &str)]) -> Value {
        let reply = self.get(port, path, query).await;
        let text = String::from_utf8_lossy(&reply.body);
        assert!(reply.status.is_success(), "{path} {query:?}: {} {text}", reply.status);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
    }

    /// A request without a body that steers the lab, such as `DELETE /path`; its status and, if it has one, its JSON.
    pub(crate) async fn steer(&self, port: Port, request: &str, headers: &[(&str, &str)]) -> (u16, Value) {
        let (status, answer) = self.send(port, request, headers, "").await;
        (status, serde_json::from_str(&answer).unwrap_or(Value::Null))
    }

    /// `POST path` with a text; the status and, if the answer has one, its JSON.
    pub(crate) async fn post(&self, port: Port, path: &str, body: &str) -> (u16, Value) {
        let (status, answer) = self.send(port, &format!("POST {path}"), &[], body).await;
        (status, serde_json::from_str(&answer).unwrap_or(Value::Null))
    }

    /// Any request; its status and what was answered.
    pub(crate) async fn send(&self, port: Port, request: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.number(port))).await.expect("connected");
        let headers = headers.iter().fold(String::new(), |all, (name, value)| format!("{all}{name}: {value}\r\n"));
        let head = format!("{request} HTTP/1.1\r\nHost: localhost:{}\r\n{headers}", self.number(port));
        let text = format!("{head}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(text.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("answered");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, body.to_owned())
    }

    /// The value of an instant PromQL query that gives at most one series; nothing counts as 0.
    pub(crate) async fn promql(&self, query: &str) -> f64 {
        let body = self.json(Port::Metrics, "/api/v1/query", &[("query", query)]).await;
        let value = &body["data"]["result"][0]["value"][1];
        value.as_str().map_or(0.0, |text| text.parse().expect("a number"))
    }

    /// The sum of a counter as a service exposes it now.
    pub(crate) async fn counter(&self, port: Port, name: &str, labels: &[&str]) -> f64 {
        let reply = self.get(port, "/metrics", &[]).await;
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        let of_name = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
        let wanted = text.lines().filter(of_name).filter(|line| labels.iter().all(|label| line.contains(label)));
        wanted.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// The collector's status.
    pub(crate) async fn status(&self) -> Value {
        self.json(Port::Collector, "/api/v0/status", &[]).await
    }

    /// The pids of the supervised processes that run, by name.
    pub(crate) async fn processes(&self) -> Vec<(String, u32)> {
        let status = self.status().await;
        let processes = status["processes"].as_array().expect("a list");
        let running = processes.iter().filter_map(|process| {
            Some((process["name"].as_str()?.to_owned(), u32::try_from(process["pid"].as_u64()?).ok()?))
        });
        running.collect()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        send(self.pid(), signal);
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let child = Mutex::new(&mut self.child);
        eventually(|| async { child.lock().expect("no panic").try_wait().expect("waited").ok_or("still runs") }).await
    }

    /// Whether all ports could be bound again.
    pub(crate) fn ports_are_free(&self) -> Result<(), String> {
        PORTS.iter().try_for_each(|port| {
            let number = self.number(*port);
            TcpListener::bind(("127.0.0.1", number)).map(drop).map_err(|error| format!("{number}: {error}"))
        })
    }

    /// Starts the same lab again on the same data.
    pub(crate) async fn again(mut self, arguments: &[&str]) -> Self {
        self.ended().await;
        let scratch = std::mem::replace(&mut self.scratch, Scratch::new());
        Self::start(scratch, arguments).await
    }

    /// The same at the ports that it had, for who goes on sending there.
    pub(crate) async fn again_there(mut self, arguments: &[&str]) -> Self {
        self.ended().await;
        let scratch = std::mem::replace(&mut self.scratch, Scratch::new());
        Self::spawn_at(self.offset, scratch, arguments, dicelab).await
    }

    /// The same with [`Lab::start_limited`].
    pub(crate) async fn again_limited(mut self, arguments: &[&str], kib: u32) -> Self {
        self.ended().await;
        let scratch = std::mem::replace(&mut self.scratch, Scratch::new());
        Self::start_limited(scratch, arguments, kib).await
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // Ends by itself or, if it has already, is only reaped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process that exists.
pub(crate) fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("a pid");
    kill_process(pid, signal).expect("the process exists");
}

/// True once a process is gone, or is a zombie that nobody has reaped yet.
pub(crate) fn gone(pid: u32) -> bool {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')),
        Err(_) => true,
    }
}
