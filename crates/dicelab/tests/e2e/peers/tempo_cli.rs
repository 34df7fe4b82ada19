//! tempo-cli: every command of `query api`, by HTTP and by gRPC, against the lab, and the same against a real Tempo where there
//! is one: the answers must agree.

use std::process::Output;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, Utc};
use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use lab_testkit::peers::original::{Original, Start};
use lab_testkit::peers::program::Program;
use lab_testkit::peers::running::client;
use serde_json::{Value, json};

use crate::harness::{Lab, Scratch};

/// The commands that there are, without `query api`. A new one has to be tried, too.
const COMMANDS: [&str; 5] = ["trace-id", "search-tags", "search-tag-values", "search", "metrics"];
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
/// What stands for the address of the server, by its name and port, and as a URL.
const HOST: &str = "$HOST";
const URL: &str = "$URL";

/// A trace of three spans in two services.
fn spans(begin_ns: u64) -> Value {
    let span = |id: u8, parent: &str, (name, kind): (&str, u8), attributes: Value| {
        let (start, end) = (begin_ns + u64::from(id) * 1_000_000, begin_ns + 40_000_000);
        json!({"traceId": TRACE, "spanId": format!("00f067aa0ba902b{id}"), "parentSpanId": parent, "name": name, "kind": kind,
            "startTimeUnixNano": start.to_string(), "endTimeUnixNano": end.to_string(), "attributes": attributes})
    };
    let of = |service: &str, spans: Vec<Value>| {
        let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": service}}]});
        json!({"resource": resource, "scopeSpans": [{"scope": {"name": "lib", "version": "1"}, "spans": spans}]})
    };
    let number = |key: &str, value: u32| json!([{"key": key, "value": {"intValue": value.to_string()}}]);
    json!({"resourceSpans": [
        of("web", vec![
            span(1, "", ("GET /pay", 2), number("http.status_code", 200)),
            span(2, "00f067aa0ba902b1", ("call", 3), json!([{"key": "peer", "value": {"stringValue": "bank"}}])),
        ]),
        of("bank", vec![span(3, "00f067aa0ba902b2", ("Pay", 2), number("cents", 250))]),
    ]})
}

/// Every command as it is tried, with what is said in its place where the server stands.
fn asked(start: &str, end: &str) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<&str>> = vec![
        vec!["trace-id", URL, TRACE],
        vec!["trace-id", "--v1", URL, TRACE],
        vec!["trace-id", "--q={ name = \"Pay\" }", URL, TRACE],
        vec!["trace-id", "--q={ name = \"Pay\" }", "--keep-hierarchy", URL, TRACE],
        vec!["trace-id", "--q={ name = \"Pay\" }", "--keep-hierarchy", "--ancestor-depth=1", URL, TRACE],
        vec!["trace-id", "--q={ name = \"call\" }", "--match-depth=1", URL, TRACE],
        vec!["trace-id", "--q={ name = \"call\" }", "--match-depth=-1", "--org-id=o", "--header=x-a=b", URL, TRACE],
    ];
    let ranged: [&[&str]; 13] = [
        &["search-tags", HOST],
        &["search-tag-values", HOST, "name"],
        &["search-tag-values", HOST, "resource.service.name"],
        &["search-tag-values", "--query={ kind = server }", HOST, "name"],
        &["search", HOST, "{ resource.service.name = \"web\" }"],
        &["search", "--limit=5", "--spss=1", HOST, "{ kind = server }"],
        &["search", HOST, "{ name = \"GET /pay\" } >> { .cents > 200 } | select(name)"],
        &["search", HOST, "{ name = \"nothing\" }"],
        &["metrics", HOST, "{ } | rate() by (resource.service.name)"],
        &["metrics", HOST, "{ } | quantile_over_time(duration, .5, .9) by (name)"],
        &["metrics", HOST, "{ kind = server } | count_over_time() | topk(1)"],
        &["metrics", "--instant", HOST, "{ } | count_over_time() by (kind)"],
        &["metrics", "--instant", "--org-id=o", "--header=x-a=b", HOST, "{ } | max_over_time(span.cents)"],
    ];
    let ranged: Vec<Vec<&str>> = ranged.iter().map(|one| [one, &[start, end][..]].concat()).collect();
    let by_grpc = ranged.iter().map(|one| [&one[..1], &["--use-grpc"], &one[1..]].concat()).collect::<Vec<_>>();
    all.extend(ranged.iter().cloned().chain(by_grpc));
    all.into_iter().map(|one| one.into_iter().map(str::to_owned).collect()).collect()
}

/// What it says to stdout for this command to a server: what there is before the answer, and the answer in one form.
fn ask(program: &Program, command: &[String], port: u16) -> Result<(String, Value), String> {
    let host = format!("localhost:{port}");
    let filled = command.iter().map(|word| word.replace(URL, &format!("http://{host}")).replace(HOST, &host));
    let mut run = program.command(["query", "api"].map(str::to_owned).into_iter().chain(filled));
    let Output { status, stdout, stderr } = run.output().map_err(|error| error.to_string())?;
    let (said, wrong) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    if !status.success() {
        return Err(format!("{command:?} ended with {status}: {said}{wrong}"));
    }
    let (before, answer) = said.split_at(said.find('{').unwrap_or(said.len()));
    let answer = serde_json::from_str(answer).map_err(|error| format!("{command:?}: {error}: {said}{wrong}"))?;
    Ok((before.trim().to_owned(), canonical(answer)))
}

/// Without what an answer has cost and which spans are shown as exemplars, and without messages that are empty, which say what
/// absent ones say; lists sorted, because their order means nothing.
fn canonical(answer: Value) -> Value {
    match answer {
        Value::Object(fields) => {
            let compared = fields.into_iter().filter(|(name, _)| !["metrics", "exemplars"].contains(&name.as_str()));
            let compared = compared.filter(|(_, value)| !value.as_object().is_some_and(serde_json::Map::is_empty));
            Value::Object(compared.map(|(name, value)| (name, canonical(value))).collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(canonical).collect();
            items.sort_by_cached_key(ToString::to_string);
            Value::Array(items)
        }
        other => other,
    }
}

/// Sends the spans to the HTTP port for OTLP.
async fn send(port: u16, spans: &Value) {
    let sent = client().post(format!("http://127.0.0.1:{port}/v1/traces")).header("content-type", "application/json");
    assert!(sent.body(spans.to_string()).send().await.expect("an answer").status().is_success());
}

#[tokio::test(flavor = "multi_thread")]
async fn tempo_cli_gets_from_the_lab_what_it_gets_from_tempo() {
    let Some(program) = Program::find("tempo-cli") else { return };
    let help = program.run(["query", "api", "--help"]);
    let commands: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  query api ")).collect();
    let commands: Vec<&str> = commands.iter().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(commands, COMMANDS);

    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let begin = now.saturating_sub(Duration::from_secs(120));
    let spans = spans(u64::try_from(begin.as_nanos()).expect("a time"));
    let at = |later_s: i64| {
        let time = i64::try_from(begin.as_secs()).expect("a time") + later_s;
        DateTime::<Utc>::from_timestamp(time, 0).expect("a time").to_rfc3339_opts(SecondsFormat::Secs, true)
    };
    let asked = asked(&at(-60), &at(60));

    let lab = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    send(lab.number(Port::OtlpHttp), &spans).await;
    for command in &asked {
        let answer = ask(&program, command, lab.number(Port::Traces));
        assert!(answer.is_ok(), "{answer:?}");
    }

    let start = Start {
        program: "tempo",
        files: &[("tempo.yaml", include_str!("../../../../lab-api/tests/parity/tempo/original.yaml"))],
        arguments: &["-config.file=$DATA/tempo.yaml", "-target=all"],
        ready: "/ready",
    };
    let Some(tempo) = Original::start(start).await else { return };
    send(tempo.ports[1], &spans).await;
    for command in &asked {
        // A real Tempo finds spans after a while.
        eventually(|| async {
            let (found, expected) =
                (ask(&program, command, lab.number(Port::Traces))?, ask(&program, command, tempo.ports[0])?);
            if found == expected {
                Ok(())
            } else {
                Err(format!("{command:?}\n  lab   {found:?}\n  tempo {expected:?}"))
            }
        })
        .await;
    }
}
