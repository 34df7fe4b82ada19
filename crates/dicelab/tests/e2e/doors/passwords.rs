//! `--web-config`: every port of the lab asks who is there, and the lab's own parts and commands still come in.

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;

use crate::harness::{Lab, Scratch, run, stderr};

/// A certificate that vouches for itself, for `localhost` and 127.0.0.1, and its key.
const CERTIFICATE: &str = include_str!("../../../../lab-metrics/src/ingest/scrape/tests/localhost.crt");
const KEY: &str = include_str!("../../../../lab-metrics/src/ingest/scrape/tests/localhost.key");
/// The password `hunter2-pass`, cheaply hashed.
const USERS: &str = "basic_auth_users: {me: $2b$04$raDVFRfINrcmuh8DeuqlF.kaxRJTkWU76HRvgeq8hmVKs7xkQMG4e}\n";
/// `me:hunter2-pass` in a header.
const ME: (&str, &str) = ("Authorization", "Basic bWU6aHVudGVyMi1wYXNz");

/// `dicelab up` with this web configuration.
async fn up(scratch: Scratch, web_config: &str) -> Lab {
    let file = scratch.write("web.yml", web_config);
    let more = ["--max-delay", "0", "--in-memory", "--scrape-interval", "1s", "--web-config", &file];
    Lab::start(scratch, &[&["up", "--no-traffic"], &more[..]].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_port_asks_for_a_password_and_the_lab_itself_still_comes_in() {
    let lab = up(Scratch::new(), USERS).await;
    for port in Port::LAB {
        assert_eq!(lab.send(port, "GET /metrics", &[], "").await.0, 401, "{}", port.what());
        assert_eq!(lab.send(port, "GET /metrics", &[("Authorization", "Basic bWU6")], "").await.0, 401);
        assert_eq!(lab.send(port, "GET /metrics", &[ME], "").await.0, 200, "{}", port.what());
    }
    for (port, request) in super::ROUTES.iter().filter(|(port, _)| Port::LAB.contains(port)) {
        assert_eq!(lab.send(*port, request, &[], "").await.0, 401, "{request}");
    }
    assert_eq!(lab.send(Port::Frontend, "GET /roll?die=fair", &[], "").await.0, 200);
    eventually(|| async {
        let (_, up) = lab.send(Port::Metrics, "GET /api/v1/query?query=up", &[ME], "").await;
        let (_, found) = lab.send(Port::Traces, "GET /api/search", &[ME], "").await;
        let good = up.matches(",\"1\"]").count() == 4 && found.contains("\"traceID\"");
        if good { Ok(()) } else { Err(format!("{up} {found}")) }
    })
    .await;
    let (_, targets) = lab.send(Port::Metrics, "GET /api/v1/targets", &[ME], "").await;
    assert!(targets.contains(&format!("\"localhost:{}\"", lab.number(Port::Metrics))), "{targets}");
}

#[tokio::test]
async fn a_changed_web_configuration_counts_at_once_and_a_bad_one_closes_the_ports() {
    let lab = up(Scratch::new(), USERS).await;
    let status = async || lab.send(Port::Metrics, "GET /metrics", &[ME], "").await.0;
    assert_eq!(status().await, 200);
    lab.scratch.write("web.yml", &USERS.replace("me:", "you:"));
    assert_eq!(status().await, 401);
    lab.scratch.write("web.yml", "basic_auth_users: {me: hunter3}");
    assert_eq!(status().await, 500);
    eventually(|| async {
        let said = lab.stderr();
        if said.contains("basic_auth_users.me: expected the bcrypt hash") { Ok(()) } else { Err(said) }
    })
    .await;
    assert!(!lab.stderr().contains("hunter3"), "{}", lab.stderr());
    lab.scratch.write("web.yml", USERS);
    assert_eq!(status().await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_come_in_by_tls_with_a_password_and_say_what_is_missing() {
    let scratch = Scratch::new();
    let authority = scratch.write("localhost.crt", CERTIFICATE);
    scratch.write("localhost.key", KEY);
    let tls = "tls_server_config: {cert_file: localhost.crt, key_file: localhost.key}\n";
    let lab = up(scratch, &format!("{tls}{USERS}")).await;
    assert!(lab.stderr().contains(&format!("https://localhost:{}", lab.number(Port::Metrics))), "{}", lab.stderr());
    let (offset, user) = (lab.offset().to_string(), ["--user", "me:hunter2-pass"]);
    let ask = |more: &[&str]| {
        let output = run(&[&["query", "promql", "vector(42)", "--port-offset", &offset], more].concat());
        (output.status.success(), format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(&output)))
    };
    for (options, good, said) in [
        (&[&user[..], &["--ca-file", &authority]].concat()[..], true, "42"),
        (&[&user[..], &["--insecure"]].concat(), true, "42"),
        (&["--insecure"], false, "--user NAME:PASSWORD"),
        (&[], false, "--ca-file FILE"),
        (&user, false, "--ca-file FILE"),
    ] {
        let (success, text) = ask(options);
        assert!(success == good && text.contains(said) && !text.contains("hunter2"), "{options:?}: {text}");
    }
    let url = format!("https://me:hunter2-pass@localhost:{}", lab.number(Port::Metrics));
    let (success, text) = ask(&["--url", &url, "--ca-file", &authority]);
    assert!(success, "a password in the URL: {text}");

    let doctor = |more: &[&str]| {
        let output = run(&[&["doctor", "--port-offset", &offset], more].concat());
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, text) = doctor(&[&user[..], &["--ca-file", &authority]].concat());
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = doctor(&["--insecure"]);
    assert!(code == Some(1) && text.contains("--user NAME:PASSWORD"), "{text}");
}

#[tokio::test]
async fn leaving_loopback_is_said_on_the_terminal_and_on_every_page() {
    let lab = Lab::up(&["--in-memory", "--bind", "0.0.0.0"]).await;
    assert!(lab.stderr().contains("every address of this machine (0.0.0.0)"), "{}", lab.stderr());
    for (port, path) in [
        (Port::Dashboards, "/"),
        (Port::Dashboards, "/explore"),
        (Port::Metrics, "/targets"),
        (Port::Collector, "/"),
        (Port::Frontend, "/"),
    ] {
        let headers = [("Accept", "text/html"), ("Accept-Encoding", "gzip")];
        let (status, page) = lab.send(port, &format!("GET {path}"), &headers, "").await;
        let warned = page.contains("<p role=\"alert\"><mark>warning: everything listens on every address");
        assert!(warned, "{} {path}: {status} {page}", port.what());
    }
}
