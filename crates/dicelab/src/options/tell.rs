//! What is told of two runs that are compared.

use clap::ValueEnum;
use lab_run::compare::Options;
use lab_run::compare::change::Kind;

/// What is told of two runs.
#[derive(Debug, Clone, clap::Args)]
pub struct Tell {
    /// Tell only what changed by at least so many per cent
    #[arg(long, value_name = "PERCENT", default_value_t = 10.0, value_parser = percent)]
    least: f64,
    /// Tell changes of this kind, but do not fail because of them; may be repeated
    #[arg(long, value_name = "KIND")]
    allow: Vec<Allowed>,
}

/// A kind of changes, by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Allowed {
    /// Operations and calls
    Shape,
    /// How long operations take
    Latency,
    /// How often things were counted
    Counter,
    /// Metrics that are new, gone or changed in labels, type or unit
    Series,
    /// What lines of errors say
    Log,
}

impl Tell {
    /// The options of the comparison.
    pub fn options(&self) -> Options {
        let kind = |allowed: &Allowed| match allowed {
            Allowed::Shape => Kind::Shape,
            Allowed::Latency => Kind::Latency,
            Allowed::Counter => Kind::Counter,
            Allowed::Series => Kind::Series,
            Allowed::Log => Kind::Log,
        };
        Options { least: self.least / 100.0, allowed: self.allow.iter().map(kind).collect(), ..Options::default() }
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.trim_end_matches('%').parse().ok();
    number
        .filter(|number| (0.0..=10_000.0).contains(number))
        .ok_or_else(|| format!("write a number of per cent between 0 and 10000, for example 20, not {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn per_cent_are_read_with_and_without_their_sign() {
        assert_eq!((percent("20"), percent("2.5%")), (Ok(20.0), Ok(2.5)));
        assert!(percent("-1").is_err() && percent("many").is_err() && percent("NaN").is_err());
    }
}
