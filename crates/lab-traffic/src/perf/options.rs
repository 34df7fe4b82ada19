//! The options of `dicelab perf`, and the plan that they make.

use std::path::PathBuf;
use std::time::Duration;

use clap::value_parser;
use telemetry::client::BaseUrl;

use crate::values;

/// Port of dice-roller before `--port-offset`.
const DICE_ROLLER_PORT: u16 = 8107;
/// Dice of a batch at most, whatever the service would allow.
const MOST_ROLLS: i64 = 10_000;

/// Options of `dicelab perf`.
#[derive(Debug, Clone, clap::Args)]
pub struct PerfArgs {
    /// Dice of a batch
    #[arg(long, value_name = "N", default_value = "10", value_parser = value_parser!(u32).range(1..=MOST_ROLLS))]
    pub rolls: u32,
    /// Batches to time; each is set against the same dice rolled one after another
    #[arg(long, value_name = "N", default_value = "5", value_parser = value_parser!(u32).range(1..=10_000))]
    pub iterations: u32,
    /// Measure these numbers of dice instead of --rolls, for example 1,2,5,10,20
    #[arg(
        long,
        value_name = "N,N,…",
        value_delimiter = ',',
        value_parser = value_parser!(u32).range(1..=MOST_ROLLS)
    )]
    pub sweep: Vec<u32>,
    /// Where dice-roller is [default: port 8107 here, moved by --port-offset]
    #[arg(long, value_name = "URL")]
    pub dice_roller_url: Option<BaseUrl>,
    /// Draw the measured points and the theory into this file
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,
    /// Form of the report
    #[arg(long, value_name = "NAME", default_value = "text")]
    pub format: Format,
    /// Seed of the bootstrap intervals
    #[arg(long, value_name = "N", default_value = "1")]
    pub seed: u64,
    /// How long to wait for one answer
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = values::positive_duration)]
    pub timeout: Duration,
}

/// What to measure.
#[derive(Debug, Clone, PartialEq)]
pub struct PerfPlan {
    /// Base URL of dice-roller.
    pub dice_roller: BaseUrl,
    /// Numbers of dice, ascending, at least one.
    pub sizes: Vec<u32>,
    /// The option that gave the sizes.
    pub sizes_option: &'static str,
    /// Batches per size.
    pub iterations: u32,
    /// Where the plot goes.
    pub plot: Option<PathBuf>,
    /// Form of the report.
    pub format: Format,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// How long to wait for one answer.
    pub timeout: Duration,
}

/// Form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a terminal.
    Text,
    /// For a page.
    Markdown,
    /// For a program.
    Json,
}

impl PerfArgs {
    /// Fills in what depends on other options.
    pub fn plan(&self, port_offset: u16) -> Result<PerfPlan, values::PortError> {
        let dice_roller = match &self.dice_roller_url {
            Some(url) => url.clone(),
            None => values::local_url(DICE_ROLLER_PORT, port_offset)?,
        };
        let (mut sizes, sizes_option) =
            if self.sweep.is_empty() { (vec![self.rolls], "--rolls") } else { (self.sweep.clone(), "--sweep") };
        sizes.sort_unstable();
        sizes.dedup();
        Ok(PerfPlan {
            dice_roller,
            sizes,
            sizes_option,
            iterations: self.iterations,
            plot: self.plot.clone(),
            format: self.format,
            seed: self.seed,
            timeout: self.timeout,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Cli {
        #[command(flatten)]
        perf: PerfArgs,
    }

    fn parse(words: &[&str]) -> Result<PerfArgs, clap::Error> {
        Cli::try_parse_from(["perf"].iter().chain(words)).map(|cli| cli.perf)
    }

    #[test]
    fn a_sweep_takes_the_place_of_rolls() {
        let plan = |words: &[&str]| parse(words).expect("good options").plan(1000).expect("a port");
        let usual = plan(&[]);
        assert_eq!((usual.sizes, usual.sizes_option, usual.iterations), (vec![10], "--rolls", 5));
        assert_eq!((usual.dice_roller.to_string().as_str(), usual.format), ("http://127.0.0.1:9107", Format::Text));
        let swept = plan(&["--sweep", "5,1,2,5", "--format=markdown"]);
        assert_eq!((swept.sizes, swept.sizes_option), (vec![1, 2, 5], "--sweep"));
    }

    #[test]
    fn bad_values_are_refused() {
        for bad in [
            "--rolls=0",
            "--iterations=many",
            "--sweep=1,,2",
            "--sweep=0",
            "--dice-roller-url=ftp://host",
            "--format=html",
            "--seed=",
            "--timeout=0",
        ] {
            assert!(parse(&[bad]).is_err(), "{bad}");
        }
    }
}
