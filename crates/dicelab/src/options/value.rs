//! How the values of options are read.

use std::time::Duration;

/// A duration such as `5s`, zero included.
pub fn duration(text: &str) -> Result<Duration, String> {
    lab_model::duration::parse(text).map_err(|error| error.to_string())
}

/// A duration above zero.
pub fn positive_duration(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("must be more than 0".to_owned()),
        duration => Ok(duration),
    }
}

/// A size in bytes of at least 16 MiB, below which a store has no room to work in.
pub fn budget(text: &str) -> Result<u64, String> {
    const LEAST: u64 = 16 << 20;
    match lab_model::size::parse(text) {
        Ok(bytes) if bytes < LEAST => Err(format!("{text} is too small; give at least 16MiB")),
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_or_refused_in_words() {
        assert_eq!(positive_duration("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(positive_duration("0"), Err("must be more than 0".to_owned()));
        assert_eq!(budget("64MiB"), Ok(64 << 20));
        assert_eq!(budget("1MiB"), Err("1MiB is too small; give at least 16MiB".to_owned()));
    }
}
