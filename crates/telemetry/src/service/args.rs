//! The options that every service has.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;

/// To be flattened into a service's own options.
#[derive(Debug, Clone, Args)]
pub struct ServiceArgs {
    /// Address to listen on; port 0 lets the system choose
    #[arg(long, env = "DICELAB_LISTEN", default_value = "0.0.0.0:8000", value_name = "ADDRESS")]
    pub listen: SocketAddr,

    /// Base URL of the OTLP/HTTP receiver for spans; wins over `OTEL_EXPORTER_OTLP_*`
    #[arg(long, env = "DICELAB_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,

    /// How long requests may finish after SIGTERM or SIGINT before they are cancelled
    #[arg(long, env = "DICELAB_SHUTDOWN_GRACE", default_value = "5s", value_parser = duration, value_name = "DURATION")]
    pub shutdown_grace: Duration,

    /// Threads that serve requests; one is the fastest on small machines
    #[arg(long, env = "DICELAB_WORKER_THREADS", default_value_t = 1, value_name = "N")]
    pub worker_threads: usize,

    /// Stop at once when standard input closes (set by the supervisor, whose pipe it is)
    #[arg(long, hide = true)]
    pub exit_with_parent: bool,
}

impl ServiceArgs {
    /// The defaults, listening on `listen`.
    pub fn listening_on(listen: SocketAddr) -> Self {
        Self {
            listen,
            otlp_endpoint: None,
            shutdown_grace: Duration::from_secs(5),
            worker_threads: 1,
            exit_with_parent: false,
        }
    }
}

/// Reads durations as the rest of the command line does: `0`, `500ms`, `2s`, `1m`, `24h`.
pub fn duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => 0,
    };
    let number = text[..digits].parse::<u64>().ok().filter(|_| unit > 0);
    let millis = number.and_then(|number| number.checked_mul(unit));
    millis.map(Duration::from_millis).ok_or_else(|| format!("{text:?} is not a duration such as 500ms, 2s or 1m"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for bad in ["", "5", "s", "1.5s", "-1s", "1 s", "99999999999999999999d", "18446744073709551615d"] {
            assert!(duration(bad).is_err(), "{bad:?}");
        }
    }
}
