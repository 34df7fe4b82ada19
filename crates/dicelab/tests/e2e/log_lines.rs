//! Log lines from and to the command line: `logs push`, `query logql --follow`, and a query's forms.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::Value;

use crate::harness::{Lab, Scratch, dicelab, run, stderr};

/// Pushes lines, and says what was said about it.
fn push(offset: &str, labels: &[&str], lines: &[u8]) -> String {
    let labels = labels.iter().flat_map(|label| ["--label", label]);
    let arguments: Vec<&str> = ["logs", "push", "--port-offset", offset].into_iter().chain(labels).collect();
    let mut command = dicelab(&arguments);
    let mut pushing = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    pushing.stdin.take().expect("its input").write_all(lines).expect("written");
    let output = pushing.wait_with_output().expect("ends");
    assert!(output.status.success(), "{}", stderr(&output));
    stderr(&output)
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_pushed_followed_and_printed_in_every_form() {
    let lab = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    let offset = lab.offset().to_string();
    let said = push(&offset, &["app=shop", "env=dev"], b"first level=error\nsecond\xff\r\n\nthird");
    assert!(said.contains("3 lines pushed to http://127.0.0.1:"), "{said}");

    let query = |format: &str| {
        let output = run(&["query", "logql", "{app=\"shop\"}", "--format", format, "--port-offset", &offset]);
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8(output.stdout).expect("text")
    };
    assert_eq!(query("raw"), "first level=error\nsecond\u{fffd}\nthird\n");
    let lines: Vec<Value> =
        query("jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON in each line")).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!((&lines[0]["line"], &lines[0]["labels"]["env"]), (&"first level=error".into(), &"dev".into()));
    assert_eq!(lines[0]["labels"]["detected_level"], "error");
    assert!(query("table").contains("  third\n"));

    let follow = ["query", "logql", "{app=\"shop\"}", "--follow", "--format", "raw", "--port-offset", &offset];
    let mut following = dicelab(&follow).stdout(Stdio::piped()).spawn().expect("starts");
    let mut seen = BufReader::new(following.stdout.take().expect("its output")).lines();
    let mut next = || seen.next().expect("a line").expect("text");
    assert_eq!([next(), next(), next()], ["first level=error", "second\u{fffd}", "third"]);
    push(&offset, &["app=shop"], b"fourth\n");
    assert_eq!(next(), "fourth");
    push(&offset, &["app=other"], b"not this one\n");
    push(&offset, &["app=shop", "env=x"], b"fifth\n");
    assert_eq!(next(), "fifth");
    let long = "x".to_owned() + &"é".repeat(200 << 10);
    let said = push(&offset, &["app=shop"], format!("{long}\nlast\n").as_bytes());
    assert!(said.contains("3 lines pushed"), "a line that is too long is cut between characters: {said}");
    assert_eq!([next() + &next(), next()], [long, "last".to_owned()]);
    following.kill().expect("stopped");
    following.wait().expect("ends");
}

#[test]
fn what_cannot_be_pushed_or_followed_is_said() {
    for (arguments, expected) in [
        (vec!["logs", "push"], "--label"),
        (vec!["logs", "push", "--label", "a-b=c"], "no name of a label"),
        (vec!["query", "promql", "up", "--follow"], "--follow goes with logql"),
        (vec!["query", "logql", "{a=\"b\"}", "--follow", "--step", "1m"], "--step"),
    ] {
        let output = run(&arguments);
        assert!(!output.status.success() && stderr(&output).contains(expected), "{arguments:?}: {}", stderr(&output));
    }
}
