//! The options of `dicelab run`.

use std::path::PathBuf;
use std::time::Duration;

use lab_run::expect::expectation::Expectation;
use lab_run::expect::line;
use lab_run::report::target::Target;

use crate::options::collect::CollectOptions;
use crate::options::common::Common;
use crate::options::tell::Tell;
use crate::options::value::{duration, positive_duration};

/// What runs, and how it is judged.
#[derive(Debug, Clone, clap::Args)]
pub struct RunOptions {
    /// Judge by the expectations of this file [default: dicelab.yaml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub expect: Option<PathBuf>,
    /// Expect this, too, for example `promql: sum(increase(jobs_total[$run])) is > 0`; may be repeated
    #[arg(long = "assert", value_name = "LINE", value_parser = line::read)]
    pub assertions: Vec<Expectation>,
    /// Write a report in the format junit, json, markdown or html to this file; may be repeated
    #[arg(long, value_name = "FORMAT=FILE")]
    pub report: Vec<Target>,
    /// Keep the whole run in this file, for `dicelab open`, `check` and `diff`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Take the values of this attribute out of the file of --out; may be repeated
    #[arg(long, value_name = "ATTRIBUTE", requires = "out")]
    pub redact: Vec<String>,
    /// Put this ledger of `dicelab traffic` into the file of --out
    #[arg(long, value_name = "FILE", requires = "out")]
    pub ledger: Option<PathBuf>,
    /// Compare the run with this earlier one, as `dicelab diff` does; a change that fails makes the exit code 1
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// What is told about the run of --baseline.
    #[command(flatten)]
    pub tell: Tell,
    /// Scrape this every second, with NAME as its job [default name: the command's]; may be repeated
    #[arg(long, value_name = "[NAME=]URL", value_parser = Scrape::read)]
    pub scrape: Vec<Scrape>,
    /// Log lines that are collected during the run: what is new in the files, and syslog.
    #[command(flatten)]
    pub collect: CollectOptions,
    /// Run this program, too, from before the command until after it; words are split at spaces, no shell reads them; may
    /// be repeated
    #[arg(long, value_name = "NAME=COMMAND", value_parser = Named::read)]
    pub service: Vec<Named>,
    /// Wait until this URL of a service answers well before the command is started; without NAME, until the command itself is
    /// ready for the requests of the file, after which it is ended; may be repeated
    #[arg(long, value_name = "[NAME=]URL", value_parser = Ready::read)]
    pub ready: Vec<Ready>,
    /// End the program after this time, with exit code 124
    #[arg(long, value_name = "DURATION", value_parser = positive_duration)]
    pub timeout: Option<Duration>,
    /// How long processes that outlive the command may take to end after SIGTERM, before SIGKILL
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    pub grace: Duration,
    /// Let a run pass from which no telemetry came
    #[arg(long)]
    pub allow_silent: bool,
    /// Keep the lab and its page after the run, until Ctrl-C
    #[arg(long)]
    pub keep: bool,
    /// Run the program N times, each time under a lab of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub repeat: u32,
    /// Where the program runs; in containers it finds the lab at host.docker.internal
    #[arg(long, value_name = "WHERE", default_value = "host")]
    pub reach: Reach,
    /// What every command takes; without --port-offset the ports are free ones.
    #[command(flatten)]
    pub common: Common,
    /// The program and its arguments, after `--`; may be left out if the file makes requests
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// From where the program reaches the lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Reach {
    /// It runs on this machine.
    Host,
    /// It runs in containers.
    Containers,
}

/// A name and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    pub value: String,
}

/// What answers once a program is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// The service; `None` for the command.
    pub name: Option<String>,
    pub url: String,
}

/// A scrape target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scrape {
    /// The job; `None` for that of the command.
    pub name: Option<String>,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// Host and port, for example `localhost:8080`.
    pub address: String,
    /// `/metrics`, unless the URL says otherwise.
    pub path: String,
}

impl Named {
    fn read(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
        let (name, value) = parts
            .filter(|(name, value)| !name.is_empty() && !value.is_empty())
            .ok_or_else(|| format!("expected a name, `=`, and then the command or the URL, not {text:?}"))?;
        Ok(Self { name: name.to_owned(), value: value.to_owned() })
    }
}

impl Ready {
    fn read(text: &str) -> Result<Self, String> {
        // An `=` may stand in the query of a URL, too.
        if text.starts_with("http://") || text.starts_with("https://") {
            return Ok(Self { name: None, url: text.to_owned() });
        }
        let Named { name, value } = Named::read(text)?;
        Ok(Self { name: Some(name), url: value })
    }
}

impl Scrape {
    fn read(text: &str) -> Result<Self, String> {
        // An `=` may stand in the query of a URL, too.
        let named = text.split_once('=').filter(|(name, _)| !name.is_empty() && !name.contains(['/', ':', '?']));
        let (name, url) = named.map_or((None, text), |(name, url)| (Some(name.to_owned()), url));
        let (scheme, rest) = match url.split_once("://") {
            None => ("http", url),
            Some(("http", rest)) => ("http", rest),
            Some(("https", rest)) => ("https", rest),
            Some((other, _)) => return Err(format!("{other}:// cannot be scraped, only http:// and https://")),
        };
        let (address, path) = rest.find('/').map_or((rest, "/metrics"), |at| rest.split_at(at));
        if address.is_empty() || address.contains([' ', '"', '\'']) {
            return Err(format!("write a URL such as localhost:8080/metrics, not {text:?}"));
        }
        let path = if path == "/" { "/metrics" } else { path };
        Ok(Self { name, scheme, address: address.to_owned(), path: path.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scrape_targets_are_read_with_and_without_a_name() {
        let read = |text: &str| {
            Scrape::read(text)
                .map(|scrape| format!("{:?} {} {} {}", scrape.name, scrape.scheme, scrape.address, scrape.path))
        };
        assert_eq!(read("localhost:8080"), Ok("None http localhost:8080 /metrics".to_owned()));
        assert_eq!(read("shop=https://a:1/m"), Ok("Some(\"shop\") https a:1 /m".to_owned()));
        assert!(read("ftp://a:1").is_err_and(|error| error.starts_with("ftp:// cannot be scraped")));
        assert!(read("").is_err());
        assert!(Named::read("shop").is_err());
    }

    #[test]
    fn a_url_without_a_name_is_that_of_the_command() {
        let read = |text: &str| Ready::read(text).map(|ready| (ready.name, ready.url));
        assert_eq!(read("http://a:1/?b=c"), Ok((None, "http://a:1/?b=c".to_owned())));
        assert_eq!(read("shop=http://a:1/"), Ok((Some("shop".to_owned()), "http://a:1/".to_owned())));
        assert!(read("a:1").is_err());
    }
}
