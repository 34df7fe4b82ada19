//! Calls that are worth copying, below the help of each command.

use clap::Command;

/// Commands with their examples, each a line about it and the call.
const EXAMPLES: [(&str, &[(&str, &str)]); 17] = [
    (
        "up",
        &[
            ("Start everything, with the page on http://localhost:3000", "dicelab up"),
            ("A second one beside it", "dicelab up --port-offset 100 --data-dir other"),
            ("A service that is slow on purpose", "dicelab up --fault slow=dice-roller:400ms"),
        ],
    ),
    (
        "lab",
        &[
            ("Take in whatever your application sends by OTLP to 4317 or 4318", "dicelab lab"),
            ("Scrape it as Prometheus would", "dicelab lab --scrape-config prometheus.yml"),
        ],
    ),
    (
        "run",
        &[
            ("Run your tests, and keep what they said", "dicelab run -- make test"),
            ("Fail if a request was slow", "dicelab run --assert 'traceql: {duration > 1s} is empty' -- ./app"),
        ],
    ),
    ("open", &[("Look at a run of yesterday", "dicelab open run.dicelab")]),
    ("check", &[("Judge it again, by other expectations", "dicelab check run.dicelab")]),
    ("diff", &[("Tell what changed between two runs", "dicelab diff before.dicelab after.dicelab")]),
    ("export", &[("Keep the last hour of a running lab", "dicelab export hour.dicelab")]),
    ("import", &[("Put it into another one", "dicelab import hour.dicelab --port-offset 100")]),
    ("traffic", &[("Ten users for a minute", "dicelab traffic --users 10 --duration 1m")]),
    (
        "perf",
        &[
            ("Ten dice, one after another and at once", "dicelab perf"),
            ("Several batch sizes, drawn as a plot", "dicelab perf --sweep 1,2,5,10,20 --plot speed.svg"),
        ],
    ),
    (
        "verify",
        &[
            ("Judge the lab on this machine", "dicelab verify"),
            (
                "Judge a stack by what was sent to it",
                "dicelab verify --ledger ledger.jsonl --prometheus-url http://stack:9090",
            ),
        ],
    ),
    (
        "query",
        &[
            ("Targets that are up", "dicelab query promql up"),
            (
                "Requests a second, over the last hour",
                "dicelab query promql 'sum(rate(http_requests_total[1m]))' --since 1h --step 1m",
            ),
            ("What a service said of errors", r#"dicelab query logql '{service_name="frontend"} |= "error"'"#),
            (
                "What it says from now on, as it comes",
                r#"dicelab query logql '{service_name="frontend"}' --follow --since 1m"#,
            ),
            ("Slow requests", "dicelab query traceql '{ duration > 1s }'"),
            (
                "Their number by service",
                "dicelab query traceql '{ duration > 1s } | count_over_time() by (resource.service.name)'",
            ),
        ],
    ),
    ("logs", &[("The lines of a program, under a label of yours", "dicelab logs push --label app=shop < shop.log")]),
    (
        "trace",
        &[
            ("A trace whose id stands in a log line", "dicelab trace 4bf92f3577b34da6a3ce929d0e0e4736"),
            (
                "A slow one beside a fast one",
                "dicelab trace 4bf92f3577b34da6a3ce929d0e0e4736 5b8efff798038103d269b633813fc60c",
            ),
            ("What slow requests wait for", "dicelab trace --query '{ duration > 1s }' --since 1h"),
        ],
    ),
    ("doctor", &[("Nothing arrives, and you want to know where it ends", "dicelab doctor")]),
    ("probe", &[("Good if the lab is ready", "dicelab probe http://localhost:3000/api/health")]),
    ("config", &[("A file to begin with", "dicelab config > lab.toml && dicelab up --config lab.toml")]),
];

/// Puts the examples below the help of each command.
pub(crate) fn add(command: Command) -> Command {
    EXAMPLES.iter().fold(command, |command, (name, examples)| {
        let lines = examples.iter().map(|(about, call)| format!("  {about}:\n    {call}"));
        let text = format!("Examples:\n{}", lines.collect::<Vec<_>>().join("\n"));
        command.mut_subcommand(*name, |below| below.after_help(text))
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_example_is_understood_and_every_command_has_one() {
        for (name, examples) in EXAMPLES {
            for (_, call) in examples {
                // Of two calls in a line the first, without what the shell does with its output.
                let mut words = shell_words(call);
                words.truncate(
                    words.iter().position(|word| matches!(word.as_str(), "&&" | ">" | "<")).unwrap_or(words.len()),
                );
                assert_eq!((words[0].as_str(), words[1].as_str()), ("dicelab", name), "{call}");
                if let Err(error) = Cli::command().try_get_matches_from(words) {
                    panic!("{call}: {error}");
                }
            }
        }
        let with_examples: Vec<_> = EXAMPLES.iter().map(|(name, _)| *name).collect();
        for command in Cli::command().get_subcommands().filter(|command| command.get_name() != "service") {
            assert!(with_examples.contains(&command.get_name()), "{} has no example", command.get_name());
        }
    }

    /// The words of a call, as a shell splits it: quoted parts stay together.
    fn shell_words(call: &str) -> Vec<String> {
        let parts = call.split('\'').enumerate();
        let mut words = Vec::new();
        for (at, part) in parts {
            if at % 2 == 1 {
                words.push(part.to_owned());
            } else {
                words.extend(part.split_whitespace().map(ToOwned::to_owned));
            }
        }
        words
    }
}
