//! The options of dice-roller.

use std::time::Duration;

use telemetry::client::BaseUrl;
use telemetry::service::args::{ServiceArgs, duration};

/// The largest batch that any configuration may allow: each roll is a task and a span.
const MOST_ROLLS: i64 = 1_000;

/// Options of the service; each has an environment variable of the same name.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Where die-service answers
    #[arg(long, env = "DICELAB_DIE_SERVICE_URL", default_value = "http://127.0.0.1:8106", value_name = "URL")]
    pub die_service_url: BaseUrl,

    /// Longest delay before a roll, uniform from 0; 0 switches delays off
    #[arg(long, env = "DICELAB_MAX_DELAY", default_value = "1s", value_parser = duration, value_name = "DURATION")]
    pub max_delay: Duration,

    /// Refuse batches of more than N rolls
    #[arg(long, env = "DICELAB_MAX_BATCH", default_value_t = 20, value_name = "N",
          value_parser = clap::value_parser!(u16).range(1..=MOST_ROLLS))]
    pub max_batch: u16,

    /// How long a lookup at die-service may take
    #[arg(long, env = "DICELAB_DIE_SERVICE_TIMEOUT", default_value = "2s", value_parser = duration,
          value_name = "DURATION")]
    pub die_service_timeout: Duration,

    /// Seed of the dice: the same number gives the same delays, faces and failures
    #[arg(long, env = "DICELAB_SEED", value_name = "N")]
    pub seed: Option<u64>,

    /// What every service takes.
    #[command(flatten)]
    pub service: ServiceArgs,
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

    #[test]
    fn defaults_are_those_of_the_contract() {
        let args = Cli::try_parse_from(["dice-roller"]).expect("defaults").args;
        assert_eq!((args.max_delay, args.die_service_timeout), (Duration::from_secs(1), Duration::from_secs(2)));
        assert_eq!((args.max_batch, args.seed), (20, None));
        assert_eq!(args.die_service_url.to_string(), "http://127.0.0.1:8106");
    }

    #[test]
    fn wrong_values_are_refused() {
        for bad in ["--max-batch=0", "--max-batch=1001", "--max-delay=-1s", "--seed=x", "--die-service-url=nowhere"] {
            let error = Cli::try_parse_from(["dice-roller", bad]).expect_err(bad).to_string();
            assert!(error.contains(&bad[..bad.find('=').unwrap_or(bad.len())]), "{error}");
        }
    }
}
