//! A whole service as a process: this binary starts itself again as the service (there is no libtest harness, so
//! that standard output is the service's alone).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use telemetry::http::ClientGone;
use telemetry::service;
use telemetry::service::args::ServiceArgs;

const IDENTITY: telemetry::Identity = telemetry::Identity { name: "hello", version: "1.2.3", targets: &["service"] };
/// Present in the environment of the process that is to be the service; holds its address.
const BE_THE_SERVICE: &str = "TELEMETRY_TEST_LISTEN";
const WITH_PARENT: &str = "TELEMETRY_TEST_WITH_PARENT";
const GRACE: &str = "TELEMETRY_TEST_GRACE_MS";

fn main() {
    if std::env::var_os(BE_THE_SERVICE).is_some() {
        be_the_service();
        return;
    }
    let tests: [(&str, fn()); 6] = [
        ("sigterm_drains_and_leaves_nothing_behind", sigterm_drains_and_leaves_nothing_behind),
        ("what_the_grace_does_not_suffice_for_is_cancelled", what_the_grace_does_not_suffice_for_is_cancelled),
        ("a_closed_stdin_ends_only_a_child_of_the_supervisor", a_closed_stdin_ends_only_a_child_of_the_supervisor),
        ("a_blocked_stdout_does_not_stop_the_service", a_blocked_stdout_does_not_stop_the_service),
        ("a_taken_port_is_named", a_taken_port_is_named),
        ("a_wrong_environment_is_named", a_wrong_environment_is_named),
    ];
    let wanted = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    for (name, test) in tests {
        if wanted.as_ref().is_none_or(|wanted| name.contains(wanted)) {
            test();
            println!("test {name} ... ok");
        }
    }
}

fn be_the_service() {
    let variable = |name| std::env::var(name).ok();
    let listen = variable(BE_THE_SERVICE).and_then(|text| text.parse().ok()).expect("an address");
    let mut args = ServiceArgs::listening_on(listen);
    args.exit_with_parent = variable(WITH_PARENT).is_some();
    args.shutdown_grace = Duration::from_millis(variable(GRACE).and_then(|text| text.parse().ok()).unwrap_or(20_000));
    let outcome = service::run(IDENTITY, &args, |setup| {
        tracing::info!(port = setup.address.port(), "Hello API starting up");
        let wait = |gone: ClientGone| async move {
            tracing::info!("Waiting");
            gone.cancelled().await;
        };
        let talk = || async {
            let text = "x".repeat(10_000);
            (0..100).for_each(|_| tracing::info!(text, "Talking"));
            "talked"
        };
        Ok(Router::new().route("/", get(|| async { "hello" })).route("/wait", get(wait)).route("/talk", get(talk)))
    });
    if let Err(error) = outcome {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

/// A running service; killed when a test fails before it has ended.
struct Service {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Service {
    fn start(variables: &[(&str, &str)]) -> Self {
        let mut child = command("127.0.0.1:0", variables).spawn().expect("starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let stdin = child.stdin.take();
        let first = line(&mut stdout);
        assert_eq!(first["message"], "Hello API starting up");
        let port = first["port"].as_u64().expect("a port") as u16;
        Self { child, stdin, stdout, address: (Ipv4Addr::LOCALHOST, port).into() }
    }

    fn send(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).expect("connects");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sends");
        stream
    }

    fn get(&self, path: &str) -> String {
        let mut answer = String::new();
        self.send(path).read_to_string(&mut answer).expect("answers");
        answer
    }

    fn terminate(&self) {
        let pid = Pid::from_raw(self.child.id() as i32).expect("a pid");
        kill_process(pid, Signal::TERM).expect("signals");
    }

    /// Waits for the end; the rest of its lines, and whether it ended well.
    fn end(mut self) -> (Vec<Value>, bool) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("reads");
        let lines = rest.lines().map(|line| serde_json::from_str(line).expect("only JSON on stdout")).collect();
        (lines, self.child.wait().expect("ends").success())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has ended already unless a test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(listen: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.env(BE_THE_SERVICE, listen).env_remove("RUST_LOG").envs(variables.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn line(stdout: &mut impl BufRead) -> Value {
    let mut text = String::new();
    stdout.read_line(&mut text).expect("reads");
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("JSON on stdout: {text:?}"))
}

fn sigterm_drains_and_leaves_nothing_behind() {
    let service = Service::start(&[]);
    let answer = service.get("/");
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("hello"), "{answer}");
    let metrics = service.get("/metrics");
    for series in ["telemetry_spans_total{outcome=\"dropped\"} 0", "telemetry_log_lines_total{outcome=\"exported\"} "] {
        assert!(metrics.contains(series), "{series} in\n{metrics}");
    }
    service.terminate();
    let (lines, good) = service.end();
    assert!(good);
    let last = lines.last().expect("a line");
    assert_eq!((&last["message"], &last["reason"]), (&"Shutting down".into(), &"SIGTERM".into()));
}

fn what_the_grace_does_not_suffice_for_is_cancelled() {
    let mut service = Service::start(&[(GRACE, "50")]);
    let mut waiting = service.send("/wait");
    assert_eq!(line(&mut service.stdout)["message"], "Waiting");
    service.terminate();
    let mut answer = String::new();
    waiting.read_to_string(&mut answer).expect("answers");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "the handler wound down: {answer}");
    let (lines, good) = service.end();
    let last = lines.last().expect("a line");
    assert_eq!((&last["message"], &last["cut_off"], good), (&"Shutdown grace ran out".into(), &1.into(), true));
}

fn a_closed_stdin_ends_only_a_child_of_the_supervisor() {
    let mut orphan = Service::start(&[(WITH_PARENT, "1")]);
    let waiting = orphan.send("/wait");
    assert_eq!(line(&mut orphan.stdout)["message"], "Waiting");
    let since = Instant::now();
    drop(orphan.stdin.take());
    assert!(orphan.end().1);
    assert!(since.elapsed() < Duration::from_secs(10), "at once, not after the grace of 20 s");
    drop(waiting);

    let mut free = Service::start(&[]);
    drop(free.stdin.take());
    assert!(free.get("/").ends_with("hello"));
    free.terminate();
    assert!(free.end().1);
}

fn a_blocked_stdout_does_not_stop_the_service() {
    let service = Service::start(&[]);
    // A pipe holds 64 KiB; nobody reads these megabytes for now.
    for _ in 0..5 {
        assert!(service.get("/talk").ends_with("talked"));
    }
    assert!(service.get("/").ends_with("hello"));
    service.terminate();
    let (lines, good) = service.end();
    let talking = lines.iter().filter(|line| line["message"] == "Talking").count();
    assert_eq!((talking, good), (500, true), "once somebody reads, all lines are there");
}

fn a_taken_port_is_named() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = taken.local_addr().expect("bound").to_string();
    let output = command(&address, &[]).output().expect("runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.starts_with(&format!("cannot listen on {address}: ")), "{said}");
}

fn a_wrong_environment_is_named() {
    let wrong = [("OTEL_TRACES_SAMPLER", "sometimes"), ("OTEL_SDK_DISABLED", "maybe")];
    let output = command("127.0.0.1:0", &wrong).output().expect("runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && wrong.iter().all(|(name, _)| said.contains(name)), "{said}");
}
