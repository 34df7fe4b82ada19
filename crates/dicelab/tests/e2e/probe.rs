//! `dicelab probe`: what the health check of a container says, and by which exit code.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::harness::{run, stderr};

/// A server that answers one request with this status line; its URL.
fn answering(status: &'static str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let _ = stream.read(&mut [0; 1024]);
        let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 3\r\n\r\nwhy");
    });
    format!("http://127.0.0.1:{port}/readyz")
}

#[test]
fn the_exit_code_tells_whether_the_answer_was_a_success() {
    let good = run(&["probe", &answering("200 OK")]);
    assert_eq!((good.status.code(), stderr(&good)), (Some(0), String::new()));
    assert!(good.stdout.is_empty());
    let bad = run(&["probe", &answering("503 Service Unavailable")]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(stderr(&bad).contains("/readyz: 503 Service Unavailable: why"), "{}", stderr(&bad));
}

#[test]
fn what_cannot_be_asked_is_named() {
    let nobody = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).expect("a free port");
    let output = run(&["probe", &format!("http://{nobody}/healthz")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("cannot connect: Connection refused"), "{}", stderr(&output));
    let output = run(&["probe", "localhost:8000"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("not a valid base URL"), "{}", stderr(&output));
}
