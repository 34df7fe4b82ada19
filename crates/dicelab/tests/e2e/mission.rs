//! Each command of the mission as it stands, and the pages that stand in for Grafana's and Alloy's.

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use serde_json::Value;

use crate::harness::{Lab, Scratch, run, stderr};

fn text(reply: &telemetry::client::Reply) -> String {
    String::from_utf8_lossy(&reply.body).into_owned()
}

#[tokio::test]
async fn the_commands_of_the_mission_answer_from_the_data() {
    let arguments = ["up", "--max-delay", "0", "--scrape-interval", "500ms"];
    let lab = Lab::start(Scratch::new(), &arguments).await;
    for _ in 0..2 {
        let reply = lab.get(Port::Frontend, "/roll-async", &[("die", "fair"), ("times", "5")]).await;
        assert_eq!(reply.status.as_u16(), 200);
    }

    // curl -g -s 'http://localhost:9090/api/v1/query?query=rate(async_rolls_total[1m])'
    eventually(|| async {
        let body = lab.json(Port::Metrics, "/api/v1/query", &[("query", "rate(async_rolls_total[1m])")]).await;
        let series = body["data"]["result"].as_array().expect("a vector");
        let of_roller = |series: &&Value| series["metric"]["job"] == "dice-roller-stage4";
        if series.iter().any(|series| of_roller(&series)) { Ok(()) } else { Err(format!("no rate yet: {body}")) }
    })
    .await;
    // curl -s 'http://localhost:9090/api/v1/query?query=async_roll_batch_size_bucket'
    let body = lab.json(Port::Metrics, "/api/v1/query", &[("query", "async_roll_batch_size_bucket")]).await;
    let series = body["data"]["result"].as_array().expect("a vector");
    assert!(series.iter().any(|series| series["metric"]["le"] == "+Inf"), "{body}");
    let instance = format!("localhost:{}", lab.number(Port::DiceRoller));
    assert!(series.iter().all(|series| series["metric"]["instance"] == instance.as_str()), "{body}");
    // curl http://localhost:9090/targets | grep stage4
    let page = text(&lab.get(Port::Metrics, "/targets", &[]).await);
    for job in ["die-service-stage4", "dice-roller-stage4", "frontend-stage4"] {
        assert!(page.contains(job), "{job} is missing in {page}");
    }
    // curl http://localhost:8107/metrics | grep async_
    assert!(text(&lab.get(Port::DiceRoller, "/metrics", &[]).await).contains("async_rolls_total"));
    // curl 'http://localhost:3100/loki/api/v1/label/container_name/values'
    eventually(|| async {
        let body = lab.json(Port::Logs, "/loki/api/v1/label/container_name/values", &[]).await;
        let wanted = ["dice-roller-stage4", "die-service-stage4", "frontend-stage4", "traffic-generator-stage4"];
        let values: Vec<_> = body["data"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if values == wanted { Ok(()) } else { Err(format!("{values:?}")) }
    })
    .await;
    // curl 'http://localhost:3100/loki/api/v1/query' --get --data-urlencode 'query={container_name="dice-roller-stage4"}'
    let selector = "{container_name=\"dice-roller-stage4\"}";
    let body = lab.json(Port::Logs, "/loki/api/v1/query", &[("query", selector)]).await;
    assert_eq!(body["data"]["resultType"], "streams");
    assert!(body["data"]["result"].as_array().is_some_and(|streams| !streams.is_empty()), "{body}");
    // curl http://localhost:8108/
    let page = text(&lab.get(Port::Frontend, "/", &[]).await);
    assert!(page.contains("Use async rolling") && page.contains("risky"), "{page}");
    // Explore: spans async_roll of dice-roller
    eventually(|| async {
        let q = "{ resource.service.name = \"dice-roller\" && name = \"async_roll\" }";
        let body = lab.json(Port::Traces, "/api/search", &[("q", q)]).await;
        if body["traces"].as_array().is_some_and(|traces| !traces.is_empty()) { Ok(()) } else { Err("no traces") }
    })
    .await;
    let pipeline = format!("{selector} | json | message =~ \"Async.*\"");
    let body = lab.json(Port::Logs, "/loki/api/v1/query_range", &[("query", &pipeline)]).await;
    assert!(body["data"]["result"].as_array().is_some_and(|streams| !streams.is_empty()), "{body}");
}

#[tokio::test]
async fn the_lab_scrapes_itself_and_the_pages_show_what_it_knows() {
    let lab = Lab::up(&["--scrape-interval", "500ms"]).await;
    eventually(|| async {
        let up = lab.promql("count(up == 1)").await;
        if up == 4.0 { Ok(()) } else { Err(format!("{up} targets are up")) }
    })
    .await;
    eventually(|| async {
        let received = lab.promql("sum(dicelab_received_total{job=\"dicelab\",signal=\"metrics\"})").await;
        if received > 0.0 { Ok(()) } else { Err("nothing received") }
    })
    .await;
    for port in
        [Port::Metrics, Port::Logs, Port::Traces, Port::OtlpHttp, Port::OtlpGrpc, Port::Dashboards, Port::Collector]
    {
        let metrics = text(&lab.get(port, "/metrics", &[]).await);
        assert!(metrics.contains("dicelab_received_total{signal=\"logs\"}"), "{port:?}: {metrics}");
        assert!(metrics.contains("process_resident_memory_bytes"), "{port:?}");
    }

    let status = lab.status().await;
    assert_eq!(status["processes"].as_array().map(Vec::len), Some(3), "{status}");
    assert_eq!(status["targets"].as_array().map(Vec::len), Some(4), "{status}");
    let page = text(&lab.get(Port::Collector, "/", &[]).await);
    for part in ["frontend-stage4", "running", "die-service-stage4", "samples", "spans", "Scrape targets", "localhost:"]
    {
        assert!(page.contains(part), "{part} is missing in {page}");
    }

    assert_eq!(lab.json(Port::Dashboards, "/api/health", &[]).await["database"], "ok");
    let start = text(&lab.get(Port::Dashboards, "/", &[]).await);
    let dashboards = lab.get(Port::Dashboards, "/dashboards", &[]).await;
    match dashboards.status.as_u16() {
        // Node has built the page, and it is in the binary.
        200 => {
            assert!(text(&dashboards).contains("<div id=\"root\">") && start.contains("<div id=\"root\">"), "{start}");
        }
        501 => assert!(start.contains(&format!("http://127.0.0.1:{}/", lab.number(Port::Frontend))), "{start}"),
        other => panic!("/dashboards answers {other}"),
    }
}

#[tokio::test]
async fn questions_can_be_asked_from_the_terminal() {
    let lab = Lab::up(&["--scrape-interval", "500ms"]).await;
    lab.get(Port::Frontend, "/roll", &[("die", "fair")]).await;
    let shift = (lab.number(Port::Metrics) - Port::Metrics.number()).to_string();
    let ask = |language: &'static str, expression: &'static str, more: &'static [&'static str], part: &'static str| {
        let shift = shift.clone();
        eventually(move || {
            let arguments = [&["query", language, expression, "--port-offset", &shift], more].concat();
            let output = run(&arguments);
            async move {
                let out = String::from_utf8_lossy(&output.stdout).into_owned();
                if output.status.success() && out.contains(part) {
                    Ok(out)
                } else {
                    Err(format!("{out}{}", stderr(&output)))
                }
            }
        })
    };
    let table = ask("promql", "sum by (job) (up)", &[], "dice-roller-stage4  1\n").await;
    assert!(table.starts_with("JOB "), "{table}");
    ask("promql", "sum by (job) (up)", &["--step", "5s"], "OVER TIME").await;
    let selector = "{container_name=\"dice-roller-stage4\"} |= \"Roll completed\"";
    ask("logql", selector, &[], "\"message\":\"Roll completed\"").await;
    ask("traceql", "{ resource.service.name = \"die-service\" }", &[], "frontend      GET /roll\n").await;
    let json = ask("promql", "up", &["--format", "json"], "{").await;
    assert!(serde_json::from_str::<Value>(&json).is_ok_and(|body| body["status"] == "success"), "{json}");

    for (language, expression) in [("promql", "sum("), ("logql", "{a="), ("traceql", "{ name = ")] {
        let output = run(&["query", language, expression, "--port-offset", &shift]);
        assert_eq!(output.status.code(), Some(1), "{language}");
        let text = stderr(&output);
        assert!(text.contains("parse error") || text.contains("1:"), "{language}: {text}");
    }
    let output = run(&["query", "promql", "up", "--url", "http://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("is the lab running"), "{}", stderr(&output));
}

#[tokio::test]
async fn foreign_host_names_are_refused_on_every_port() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let lab = Lab::up(&["--allowed-host", "lab.example"]).await;
    for port in Port::LAB {
        for (host, good) in [("evil.example", false), ("lab.example", true), ("localhost", true)] {
            let address = ("127.0.0.1", lab.number(port));
            let mut stream = tokio::net::TcpStream::connect(address).await.expect("connected");
            let request = format!("GET /metrics HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.expect("sent");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.expect("answered");
            let status = if good { "HTTP/1.1 200" } else { "HTTP/1.1 403" };
            assert!(answer.starts_with(status), "{port:?} {host}: {answer}");
        }
    }
}
