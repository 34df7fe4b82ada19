//! Help, mistakes and taken ports: what is said before anything starts.

use std::net::TcpListener;
use std::path::Path;

use dicelab::ports::Port;

use crate::harness::{Scratch, dicelab, free_offset, run, stderr};

/// Set to write the help texts anew.
const BLESS: &str = "DICELAB_BLESS";

#[test]
fn help_is_what_it_was() {
    let commands: [&[&str]; 21] = [
        &[],
        &["up"],
        &["lab"],
        &["run"],
        &["open"],
        &["check"],
        &["diff"],
        &["export"],
        &["import"],
        &["service", "die-service"],
        &["service", "dice-roller"],
        &["service", "frontend"],
        &["traffic"],
        &["perf"],
        &["query"],
        &["logs", "push"],
        &["verify"],
        &["trace"],
        &["doctor"],
        &["probe"],
        &["config"],
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/help");
    let bless = std::env::var_os(BLESS).is_some();
    let mut changed = Vec::new();
    for command in commands {
        let output = run(&[command, &["--help"]].concat());
        assert!(output.status.success(), "{command:?}: {}", stderr(&output));
        let help = String::from_utf8(output.stdout).expect("text");
        let file = folder.join(format!("{}.txt", [&["dicelab"], command].concat().join("-")));
        if bless {
            std::fs::write(&file, &help).expect("written");
        } else if std::fs::read_to_string(&file).unwrap_or_default() != help {
            changed.push(format!("{}:\n{help}", file.display()));
        }
    }
    assert!(changed.is_empty(), "set {BLESS}=1 if this is meant\n{}", changed.join("\n"));
}

#[test]
fn all_mistakes_are_said_at_once_and_nothing_starts() {
    let scratch = Scratch::new();
    let file = scratch.write("lab.toml", "max-memroy = \"1GiB\"\nretention = \"soon\"\n[trafic]\nusers = 3\n");
    let output = dicelab(&["up", "--config", &file, "--max-disk", "7", "--no-such", "--scrape-interval=0"])
        .env("DICELAB_MAX_BATCH", "none")
        .output()
        .expect("started");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let text = stderr(&output);
    let expected = [
        "7 mistakes, nothing was started".to_owned(),
        format!("{file}: `max-memroy`: no such option; did you mean `max-memory`?"),
        format!("{file}: `retention`: not a valid duration: \"soon\""),
        format!("{file}: `[trafic]`: no such command; did you mean `traffic`?"),
        "DICELAB_MAX_BATCH: invalid digit found in string".to_owned(),
        "--max-disk: not a valid size: \"7\"".to_owned(),
        "--no-such: no such option".to_owned(),
        "--scrape-interval: must be more than 0".to_owned(),
    ];
    for line in expected {
        assert!(text.contains(&line), "{line:?} is missing in\n{text}");
    }
}

#[test]
fn a_file_that_is_no_toml_or_does_not_exist_is_named() {
    let scratch = Scratch::new();
    let file = scratch.write("broken.toml", "port-offset = \n");
    let output = run(&["config", "--config", &file]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("broken.toml: TOML parse error at line 1"), "{}", stderr(&output));
    let output = run(&["config", "--config", "/no/such/file.toml"]);
    assert!(stderr(&output).contains("/no/such/file.toml: No such file or directory"), "{}", stderr(&output));
}

#[test]
fn the_command_line_wins_over_the_variable_over_the_file_over_the_default() {
    let scratch = Scratch::new();
    let file = scratch.write(
        "lab.toml",
        "seed = 1\nmax-batch = 2\nretention = \"1h\"\nin-memory = true\nallowed-host = [\"a\", \"b\"]\n[up]\nseed = 7\n",
    );
    let config = |command: &mut std::process::Command| {
        let output = command.output().expect("started");
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8(output.stdout).expect("text")
    };
    let text = config(
        dicelab(&["config", "--config", &file, "--retention", "3h"])
            .env("DICELAB_RETENTION", "2h")
            .env("DICELAB_MAX_BATCH", "3"),
    );
    let line = |key: &str| {
        let line = text.lines().find(|line| line.starts_with(&format!("{key} ="))).expect("printed");
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("retention"), "retention = \"3h\" # command line");
    assert_eq!(line("max-batch"), "max-batch = 3 # DICELAB_MAX_BATCH");
    assert_eq!(line("seed"), "seed = 7 # file");
    assert_eq!(line("in-memory"), "in-memory = true # file");
    assert_eq!(line("max-disk"), "max-disk = \"2GiB\" # default");
    assert_eq!(line("allowed-host"), "allowed-host = [\"a\", \"b\"] # file");

    // What is printed is a file that says the same.
    let printed = scratch.write("printed.toml", &text);
    let again = config(&mut dicelab(&["config", "--config", &printed]));
    let values = |text: &str| {
        text.lines().map(|line| line.split('#').next().map(str::trim_end).map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(values(&text), values(&again));
}

#[test]
fn every_taken_port_is_named_with_its_owner_in_one_message() {
    let (offset, scratch) = (free_offset(), Scratch::new());
    let taken = [Port::Metrics, Port::DiceRoller].map(|port| port.number() + offset);
    let _held = taken.map(|port| TcpListener::bind(("127.0.0.1", port)).expect("free"));
    let data = scratch.path().join("data");
    let output = run(&["up", "--port-offset", &offset.to_string(), "--data-dir", &data.display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(text.contains("2 ports cannot be used, nothing was started"), "{text}");
    for (port, what) in taken.iter().zip(["metrics", "dice-roller"]) {
        assert!(text.contains(&format!("{port} ({what}): taken by pid {} (", std::process::id())), "{text}");
    }
    let free = text.split("use --port-offset ").nth(1).and_then(|rest| rest.split(',').next()).expect("a proposal");
    assert_ne!(free.parse::<u16>().expect("an offset"), offset);
    assert!(!data.exists(), "nothing was started, so nothing was written");
}

#[test]
fn a_bad_dice_file_or_scrape_configuration_stops_the_start_along_with_other_mistakes() {
    let scratch = Scratch::new();
    let dice = scratch.write("dice.json", r#"{"fair": {"faces": [], "error_rate": 0}}"#);
    let scrape = scratch.write("scrape.yml", "scrape_configs: [{job_name: a, no_such_key: 1}]\n");
    let output = run(&["up", "--dice-file", &dice, "--scrape-config", &scrape, "--allowed-host", "http://a"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let text = stderr(&output);
    for part in ["3 mistakes", "--dice-file", "fair", "--scrape-config", "no_such_key", "--allowed-host"] {
        assert!(text.contains(part), "{part:?} is missing in\n{text}");
    }
    let output = run(&["up", "--dice-file", "/no/such/dice.json"]);
    assert!(stderr(&output).contains("/no/such/dice.json"), "{}", stderr(&output));
}

#[test]
fn a_mistyped_command_or_variable_is_answered_with_the_one_that_was_meant() {
    let output = run(&["veriy"]);
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(
        text.contains("veriy: no such command; did you mean ")
            && text.contains("verify")
            && !text.contains("nothing was started"),
        "{text}"
    );
    let output = dicelab(&["config"]).env("DICELAB_MAX_MEMROY", "1GiB").output().expect("started");
    assert!(output.status.success());
    let text = stderr(&output);
    assert_eq!(text, "dicelab: DICELAB_MAX_MEMROY has no effect; did you mean DICELAB_MAX_MEMORY?\n");
    let help = run(&["help"]);
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("Usage: dicelab"));
}

#[test]
fn where_nobody_listens_verify_says_so_once() {
    let offset = free_offset().to_string();
    let output = run(&["verify", "--port-offset", &offset]);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(output.stdout.is_empty(), "no report about nothing");
    assert!(
        text.starts_with("dicelab: there is nothing to judge: nobody listens at") && text.lines().count() == 1,
        "{text}"
    );
}
