//! The options of `dicelab traffic`, and the plan that they make.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::value_parser;
use telemetry::client::BaseUrl;

use crate::traffic::pattern::{Pattern, Requests, StrategyChoice};
use crate::values;

/// Port of the frontend before `--port-offset`.
const FRONTEND_PORT: u16 = 8108;
/// Port of the lab's OTLP/HTTP receiver before `--port-offset`.
const OTLP_PORT: u16 = 4318;
/// `--max-rolls` when neither it nor `--duration` is given.
const DEFAULT_MAX_ROLLS: u32 = 20;
/// The value of `--strategy` that lets each batch draw its own.
const MIXED: &str = "mixed";
/// The value of `--max-rolls` that lets users go on until they are stopped.
const ENDLESS: &str = "endless";

/// Options of `dicelab traffic`.
#[derive(Debug, Clone, clap::Args)]
pub struct TrafficArgs {
    /// Simulated users, each with one request at a time
    #[arg(long, value_name = "N", default_value = "10", value_parser = value_parser!(u32).range(1..=10_000))]
    pub users: u32,
    /// Requests per user, uniform from 1 to N; 0 or `endless` to go on until stopped [default: 20, or
    /// endless with --duration]
    #[arg(long, value_name = "N", value_parser = requests)]
    pub max_rolls: Option<Requests>,
    /// Probability that a request is a batch (`/roll-async`)
    #[arg(long, value_name = "P", default_value = "0.3", value_parser = values::probability)]
    pub async_probability: f64,
    /// Dice of a batch, uniform from 1 to N
    #[arg(long, value_name = "N", default_value = "10", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub max_async_rolls: u32,
    /// How batches treat failing rolls: fail-fast, all, best-effort, or mixed (drawn for each batch)
    #[arg(long, value_name = "NAME", default_value = "fail-fast", value_parser = strategy)]
    pub strategy: StrategyChoice,
    /// Pause of a user before each request, uniform; not used with --rate
    #[arg(long, value_name = "RANGE", default_value = "500ms..2s", value_parser = values::duration_range)]
    pub think: RangeInclusive<Duration>,
    /// Send for this long; what is in flight then is still waited for
    #[arg(long, value_name = "DURATION", value_parser = values::positive_duration)]
    pub duration: Option<Duration>,
    /// Requests per second over all users, sent when they are due, however slow the answers are
    #[arg(long, value_name = "PER_SECOND", value_parser = values::rate)]
    pub rate: Option<f64>,
    /// Dice to choose from
    #[arg(
        long,
        value_name = "NAMES",
        default_value = "fair,risky",
        value_delimiter = ',',
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub dice: Vec<String>,
    /// Seed of the random traffic; the summary names the one that was used [default: random]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Where to send [default: port 8108 here, moved by --port-offset]
    #[arg(long, value_name = "URL")]
    pub frontend_url: Option<BaseUrl>,
    /// Where spans go, whatever `OTEL_EXPORTER_*` says [default: those variables, else
    /// port 4318 here, moved by --port-offset]
    #[arg(long, value_name = "URL")]
    pub otlp_endpoint: Option<BaseUrl>,
    /// Write one JSON line per request to this file
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
    /// How long to wait for an answer
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = values::positive_duration)]
    pub timeout: Duration,
    /// Write JSON log lines to stdout; the summary becomes one of them
    #[arg(long)]
    pub log_json: bool,
}

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Base URL of the frontend.
    pub frontend: BaseUrl,
    /// What the users do.
    pub pattern: Pattern,
    /// How long to send.
    pub duration: Option<Duration>,
    /// Requests per second over all users; without one each user sends after thinking.
    pub rate: Option<f64>,
    /// OTLP/HTTP receiver for the generator's own spans.
    pub otlp_endpoint: BaseUrl,
    /// Whether the receiver was named, rather than assumed.
    pub otlp_endpoint_given: bool,
    /// Where the ledger goes.
    pub ledger: Option<PathBuf>,
    /// How long to wait for one answer.
    pub timeout: Duration,
}

impl TrafficArgs {
    /// The words after `dicelab` that make the gentle, endless traffic of `up`: two users who together
    /// send about one request a second (each thinks for 1.4 s and waits for 0.6 s on average), three in
    /// ten of them batches.
    pub const GENTLE: [&'static str; 8] = [
        "traffic",
        "--users=2",
        "--max-rolls=endless",
        "--async-probability=0.3",
        "--max-async-rolls=10",
        "--think=800ms..2s",
        "--dice=fair,risky",
        "--log-json",
    ];

    /// Fills in what depends on other options.
    pub fn plan(&self, port_offset: u16) -> Result<Plan, values::PortError> {
        let frontend = match &self.frontend_url {
            Some(url) => url.clone(),
            None => values::local_url(FRONTEND_PORT, port_offset)?,
        };
        let otlp_endpoint = match &self.otlp_endpoint {
            Some(url) => url.clone(),
            None => values::local_url(OTLP_PORT, port_offset)?,
        };
        let unlimited = if self.duration.is_some() { Requests::Endless } else { Requests::UpTo(DEFAULT_MAX_ROLLS) };
        Ok(Plan {
            frontend,
            pattern: Pattern {
                users: self.users,
                requests: self.max_rolls.unwrap_or(unlimited),
                async_probability: self.async_probability,
                max_async_rolls: self.max_async_rolls,
                strategy: self.strategy,
                think: self.think.clone(),
                dice: self.dice.clone(),
                seed: self.seed.unwrap_or_else(rand::random),
            },
            duration: self.duration,
            rate: self.rate,
            otlp_endpoint,
            otlp_endpoint_given: self.otlp_endpoint.is_some(),
            ledger: self.ledger.clone(),
            timeout: self.timeout,
        })
    }
}

fn requests(text: &str) -> Result<Requests, String> {
    match text {
        "0" | ENDLESS => Ok(Requests::Endless),
        _ => text
            .parse()
            .ok()
            .filter(|most| (1..=1_000_000_000).contains(most))
            .map(Requests::UpTo)
            .ok_or_else(|| format!("expected a whole number from 1 to 1000000000, 0 or {ENDLESS}, not {text:?}")),
    }
}

fn strategy(text: &str) -> Result<StrategyChoice, String> {
    if text == MIXED {
        return Ok(StrategyChoice::Mixed);
    }
    let strategy =
        text.parse().map_err(|_| format!("expected fail-fast, all, best-effort or {MIXED}, not {text:?}"))?;
    Ok(StrategyChoice::Always(strategy))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Cli {
        #[command(flatten)]
        traffic: TrafficArgs,
    }

    fn parse(words: &[&str]) -> Result<TrafficArgs, clap::Error> {
        Cli::try_parse_from(["traffic"].iter().chain(words)).map(|cli| cli.traffic)
    }

    fn plan(words: &[&str]) -> Plan {
        parse(words).expect("good options").plan(1000).expect("a port")
    }

    #[test]
    fn the_defaults_are_those_of_the_contract() {
        let plan = plan(&["--seed", "1"]);
        assert_eq!(plan.frontend.to_string(), "http://127.0.0.1:9108");
        assert_eq!((plan.pattern.users, plan.pattern.requests), (10, Requests::UpTo(20)));
        assert_eq!((plan.pattern.async_probability, plan.pattern.max_async_rolls), (0.3, 10));
        assert_eq!(plan.pattern.think, Duration::from_millis(500)..=Duration::from_secs(2));
        assert_eq!(plan.pattern.dice, ["fair", "risky"]);
        assert_eq!(plan.pattern.strategy, StrategyChoice::Always(lab_model::strategy::Strategy::FailFast));
        assert_eq!((plan.pattern.seed, plan.rate, plan.duration), (1, None, None));
    }

    #[test]
    fn a_duration_alone_makes_the_users_endless() {
        assert_eq!(plan(&["--duration=2s"]).pattern.requests, Requests::Endless);
        assert_eq!(plan(&["--duration=2s", "--max-rolls=5"]).pattern.requests, Requests::UpTo(5));
        assert_eq!(plan(&["--max-rolls=0"]).pattern.requests, Requests::Endless);
    }

    #[test]
    fn the_gentle_traffic_is_valid_and_endless() {
        let args = parse(&TrafficArgs::GENTLE[1..]).expect("good options");
        assert!(args.log_json);
        let pattern = args.plan(0).expect("a port").pattern;
        assert_eq!((pattern.users, pattern.requests), (2, Requests::Endless));
    }

    #[test]
    fn bad_values_are_refused() {
        for bad in [
            "--users=0",
            "--users=10001",
            "--max-rolls=-1",
            "--async-probability=1.5",
            "--max-async-rolls=ten",
            "--strategy=slow",
            "--think=2s..1s",
            "--duration=0",
            "--rate=0",
            "--dice=fair,,risky",
            "--seed=x",
            "--frontend-url=localhost",
            "--timeout=1",
        ] {
            let error = parse(&[bad]).expect_err(bad).to_string();
            let option = bad.split('=').next().expect("an option");
            assert!(error.contains(option), "{bad}: {error}");
        }
        let far = parse(&[]).expect("good").plan(60_000).expect_err("no such port");
        assert_eq!(far.to_string(), "--port-offset: 8108 + 60000 is no port");
    }
}
