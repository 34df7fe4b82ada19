//! The options of the frontend.

use std::str::FromStr;
use std::time::Duration;

use telemetry::client::BaseUrl;
use telemetry::service::args::{ServiceArgs, duration};

/// The largest batch that any configuration may allow: each roll is a task and a span.
const MOST_ROLLS: i64 = 1_000;
/// What a call of dice-roller may take beside the roll itself.
const BACKEND_GRACE: Duration = Duration::from_secs(5);
/// What stands for the trace id in a [`TraceUrl`].
const PLACEHOLDER: &str = "{trace_id}";

/// Options of the service; each has an environment variable of the same name.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Where dice-roller answers
    #[arg(long, env = "DICELAB_DICE_ROLLER_URL", default_value = "http://127.0.0.1:8107", value_name = "URL")]
    pub dice_roller_url: BaseUrl,

    /// Where die-service answers, for the list of dice
    #[arg(long, env = "DICELAB_DIE_SERVICE_URL", default_value = "http://127.0.0.1:8106", value_name = "URL")]
    pub die_service_url: BaseUrl,

    /// Longest delay of a roll, as set in dice-roller
    #[arg(long, env = "DICELAB_MAX_DELAY", default_value = "1s", value_parser = duration, value_name = "DURATION")]
    pub max_delay: Duration,

    /// Refuse batches of more than N rolls
    #[arg(long, env = "DICELAB_MAX_BATCH", default_value_t = 20, value_name = "N",
          value_parser = clap::value_parser!(u16).range(1..=MOST_ROLLS))]
    pub max_batch: u16,

    /// How long dice-roller may take to answer [default: --max-delay and 5 s]
    #[arg(long, env = "DICELAB_BACKEND_TIMEOUT", value_parser = duration, value_name = "DURATION")]
    pub backend_timeout: Option<Duration>,

    /// How long die-service may take to list its dice
    #[arg(long, env = "DICELAB_DIE_SERVICE_TIMEOUT", default_value = "2s", value_parser = duration,
          value_name = "DURATION")]
    pub die_service_timeout: Duration,

    /// How often the list of dice is renewed
    #[arg(long, env = "DICELAB_DICE_REFRESH", default_value = "5s", value_parser = duration, value_name = "DURATION")]
    pub dice_refresh: Duration,

    /// Where people can see a trace.
    #[arg(
        long,
        env = "DICELAB_TRACE_URL_TEMPLATE",
        default_value = "http://localhost:3000/explore/trace/{trace_id}",
        value_name = "URL",
        help = "Where people can see a trace; {trace_id} stands for its id"
    )]
    pub trace_url_template: TraceUrl,

    /// What every service takes.
    #[command(flatten)]
    pub service: ServiceArgs,
}

impl Args {
    /// How long dice-roller may take to answer.
    pub fn backend_timeout(&self) -> Duration {
        self.backend_timeout.unwrap_or(self.max_delay + BACKEND_GRACE)
    }
}

/// A URL with `{trace_id}` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceUrl(String);

impl TraceUrl {
    /// The URL of this trace.
    pub fn of(&self, trace_id: &str) -> String {
        self.0.replace(PLACEHOLDER, trace_id)
    }
}

impl FromStr for TraceUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let web = ["http://", "https://", "/"].into_iter().any(|start| text.starts_with(start));
        if web && text.contains(PLACEHOLDER) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("{text:?} is not a URL with {PLACEHOLDER}, such as http://localhost:3000/trace/{PLACEHOLDER}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn parse(arguments: &[&str]) -> Result<Args, clap::Error> {
        Cli::try_parse_from(["frontend"].iter().chain(arguments)).map(|cli| cli.args)
    }

    #[test]
    fn the_backend_may_take_five_seconds_more_than_a_roll() {
        assert_eq!(parse(&[]).expect("defaults").backend_timeout(), Duration::from_secs(6));
        assert_eq!(parse(&["--max-delay=0"]).expect("valid").backend_timeout(), Duration::from_secs(5));
        assert_eq!(parse(&["--backend-timeout=20ms"]).expect("valid").backend_timeout(), Duration::from_millis(20));
    }

    #[test]
    fn a_trace_has_a_url() {
        let url = &parse(&[]).expect("defaults").trace_url_template;
        assert_eq!(url.of("ab12"), "http://localhost:3000/explore/trace/ab12");
        for bad in ["javascript:{trace_id}", "http://localhost/", ""] {
            assert!(parse(&["--trace-url-template", bad]).is_err(), "{bad}");
        }
    }
}
