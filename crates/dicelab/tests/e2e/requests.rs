//! `requests:` of `dicelab run`: made in traces of their own, judged by these alone, with values handed on; and the dice as a
//! whole system.

use std::process::Output;

use crate::harness::{Scratch, dicelab, free_offset, run, told};

/// The dice as services of a run, on free ports.
struct Dice {
    scratch: Scratch,
    frontend: String,
    services: String,
}

impl Dice {
    fn new() -> Self {
        let (binary, offset) = (env!("CARGO_BIN_EXE_dicelab"), free_offset());
        let address = |number: u16| format!("127.0.0.1:{}", number + offset);
        let (die, roller) = (format!("http://{}", address(8106)), format!("http://{}", address(8107)));
        let service = |(name, number, more): &(&str, u16, String)| {
            let address = address(*number);
            let command = format!("{binary} service {name} --listen {address} {more}");
            format!("- {{name: {name}, command: {command}, ready: 'http://{address}/readyz'}}\n")
        };
        let services = [
            ("die-service", 8106, String::new()),
            ("dice-roller", 8107, format!("--max-delay 0 --die-service-url {die}")),
            ("frontend", 8108, format!("--die-service-url {die} --dice-roller-url {roller}")),
        ];
        let services = services.iter().map(service).collect::<String>();
        Self {
            scratch: Scratch::new(),
            frontend: format!("http://{}", address(8108)),
            services: format!("services:\n{services}"),
        }
    }

    /// The file of a run with these requests and expectations, in which `URL` stands for the frontend.
    fn file(&self, text: &str) -> String {
        self.scratch.write("dicelab.yaml", &format!("{}{}", self.services, text.replace("URL", &self.frontend)))
    }

    fn judged(&self, text: &str) -> Output {
        run(&["run", "--expect", &self.file(text)])
    }
}

const ROLL: &str = r#"
requests:
- name: roll
  url: URL/roll?die=fair
  status: 200
  answer: {/roll: '>= 1', /trace_id: {ID}}
  keep:
    face: {answer: /roll}
    route: {traceql: '{ resource.service.name = "dice-roller" && kind = server }', attribute: http.route}
    type: {header: content-type}
  expect:
  - name: the roller rolls once
    traceql: '{ resource.service.name = "dice-roller" && kind = server }'
    spans: "{SPANS}"
    each: {http.response.status_code: {STATUS}, http.route: "=~ ^/roll"}
    calls: [frontend -> dice-roller, dice-roller -> die-service]
    no_orphans: true
  - name: it says what it rolled
    logql: '{service_name="dice-roller"} |= "Roll completed" |= "\"roll_value\":{FACE}"'
    is: "== 1"
- name: nobody has this die
  method: get
  url: URL/roll?die=${face}%20of%20${KIND}
  headers: {x-test: '${type}'}
  status: 404
"#;

/// The requests above with some parts changed.
fn seeded(changes: &[(&str, &str)]) -> String {
    let good = [("{ID}", "not empty"), ("{SPANS}", "== 1"), ("{STATUS}", "200"), ("{FACE}", "${face}")];
    let good = good.iter().filter(|(key, _)| changes.iter().all(|(other, _)| other != key));
    changes.iter().chain(good).fold(ROLL.to_owned(), |text, (key, value)| text.replace(key, value))
}

#[test]
fn each_request_is_judged_by_its_own_trace_and_hands_values_on() {
    let dice = Dice::new();
    let mut command = dicelab(&["run", "--expect", &dice.file(&seeded(&[])), "--report"]);
    let report = dice.scratch.path().join("report.json");
    let command = command.arg(format!("json={}", report.display())).env("KIND", "a secret");
    let output = command.output().expect("started");
    told(&output, 0, &["PASS  roll\n", "PASS  roll: the roller rolls once", "PASS  nobody has this die"]);
    let report = std::fs::read_to_string(report).expect("a report");
    assert!(!report.contains("a%20secret") && report.contains("%20of%20${KIND}"), "{report}");
}

#[test]
fn what_a_request_lacks_is_told_in_its_own_words() {
    let dice = Dice::new();
    let without_kind = "it needs the value ${KIND}, but the environment has no such variable";
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
    let table: [Row<'_>; 5] = [
        (&[("{ID}", "loaded")], &["FAIL  roll\n", "expected \"loaded\"", "the answer begins with {", without_kind]),
        (&[("{SPANS}", "== 2")], &["FAIL  roll: the roller rolls once", "the query selects 1 span, expected == 2"]),
        (&[("{STATUS}", "500")], &["(GET /roll", "http.response.status_code is 200, expected 500"]),
        (&[("{FACE}", "99")], &["FAIL  roll: it says what it rolled", "got       no line"]),
        (
            &[("{answer: /roll}", "{answer: /face}")],
            &["the value face cannot be kept: the answer has nothing at /face", "the query needs the value ${face}"],
        ),
    ];
    for (changes, words) in table {
        told(&dice.judged(&seeded(changes)), 1, words);
    }
    // Nobody listens, nobody takes up the trace context, and nothing is sent to a running lab.
    let file = dice.scratch.write(
        "nobody.yaml",
        "requests:\n- {name: gone, url: 'http://127.0.0.1:1/', expect: [{traceql: '{ }', traces: '== 1'}]}\n",
    );
    told(&run(&["run", "--expect", &file]), 1, &["FAIL  gone\n", "no answer: ", "no telemetry came"]);
}

#[test]
fn a_server_is_the_command_and_ended_after_the_requests() {
    let (scratch, address) = (Scratch::new(), format!("127.0.0.1:{}", 8106 + free_offset()));
    let requests = |expect: &str| {
        format!("requests:\n- {{name: all, url: 'http://{address}/dice', within: 1s, expect: [{expect}]}}\n")
    };
    let url = format!("http://{address}/readyz");
    let server = ["--", env!("CARGO_BIN_EXE_dicelab"), "service", "die-service", "--listen", &address];
    let file =
        scratch.write("dicelab.yaml", &requests("{traceql: '{ kind = server }', spans: '== 1', no_orphans: true}"));
    let output = run(&[&["run", "--expect", &file, "--ready", &url][..], &server].concat());
    told(&output, 0, &["PASS  all\n", "program    was ended when all requests were made"]);
    // It tells nobody of its spans: what is expected of the trace says why it cannot be judged.
    let mute = [&["--", "env", "OTEL_TRACES_EXPORTER=none"], &server[1..]].concat();
    let output = run(&[&["run", "--expect", &file, "--ready", &url][..], &mute].concat());
    told(&output, 1, &["FAIL  all: its trace is whole", "no span of it came", "no traces came at all"]);
    let output =
        run(&[&["run", "--expect", &file, "--ready", &url], &["--", "sh", "-c", "echo x; exit 3"][..]].concat());
    told(&output, 3, &["exited with code 3", "the request was not made"]);
}

#[test]
fn what_cannot_be_run_is_refused_before_anything_starts() {
    let scratch = Scratch::new();
    let file = |text: &str| scratch.write("dicelab.yaml", text);
    let requests = file("requests:\n- {url: 'http://a'}\n");
    told(
        &run(&["run", "--expect", &requests, "--ready", "http://a"]),
        125,
        &["there is no command that could be ready"],
    );
    let none = file("expect: []\n");
    told(&run(&["run", "--expect", &none]), 125, &["write a program after `--`, or `requests:` in the file"]);
    told(&run(&["run", "--expect", &none, "--ready", "http://a", "--", "true"]), 125, &["the file has no `requests:`"]);
}

#[test]
fn a_run_with_requests_is_judged_again_from_its_file() {
    let dice = Dice::new();
    let out = dice.scratch.path().join("run.dicelab").display().to_string();
    let file = dice.file(&seeded(&[("%20of%20${KIND}", "")]));
    told(&run(&["run", "--expect", &file, "--out", &out]), 0, &["PASS  roll: the roller rolls once"]);
    let again = run(&["check", &out]);
    told(&again, 0, &["PASS  roll: the roller rolls once", "PASS  roll: it says what it rolled"]);
    let stricter = dice.file(&seeded(&[("%20of%20${KIND}", ""), ("{STATUS}", "500")]));
    let again = run(&["check", &out, "--expect", &stricter]);
    told(&again, 1, &["http.response.status_code is 200, expected 500"]);
}

#[test]
fn the_dice_are_tested_as_a_whole_system() {
    let dice = Dice::new();
    let expect = "expect:\n- {traceql: '{ resource.service.name = \"frontend\" && kind = server }', calls: [frontend -> dice-roller, dice-roller -> die-service], no_orphans: true}\n- {promql: 'sum(increase(http_requests_total{job=\"frontend\"}[$run]))', is: '> 0'}\n- {dropped: nothing}\n";
    let (file, url) = (dice.file(expect), format!("{}/roll?die=fair", dice.frontend));
    let scrape = format!("frontend={}/metrics", dice.frontend);
    let output = run(&["run", "--expect", &file, "--scrape", &scrape, "--", "curl", "-sf", &url]);
    told(&output, 0, &["all 3 expectations hold"]);
}
