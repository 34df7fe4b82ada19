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
        Ok(bytes) if bytes < LEAST => Err(format!("{text} is too little, the least is 16MiB")),
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(error.to_string()),
    }
}

/// An `http://` URL without query, given back without a slash at its end.
pub fn http_url(text: &str) -> Result<String, String> {
    let fail = |why: &str| format!("expected a URL like http://127.0.0.1:4318, not {text:?} ({why})");
    let uri: axum::http::Uri = text.parse().map_err(|error| fail(&format!("{error}")))?;
    if uri.scheme_str() != Some("http") {
        return Err(fail("its scheme must be http"));
    }
    if uri.host().is_none_or(str::is_empty) {
        return Err(fail("it names no host"));
    }
    if uri.query().is_some() {
        return Err(fail("it must have no query"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_or_refused_in_words() {
        assert_eq!(positive_duration("5s"), Ok(Duration::from_secs(5)));
        assert!(positive_duration("0").unwrap_err().contains("more than 0"));
        assert_eq!(budget("64MiB"), Ok(64 << 20));
        assert!(budget("1MiB").unwrap_err().contains("least is 16MiB"));
        assert_eq!(http_url("http://localhost:4318/"), Ok("http://localhost:4318".to_owned()));
        for bad in ["localhost:4318", "https://a", "http://a?b", ""] {
            assert!(http_url(bad).is_err(), "{bad:?}");
        }
    }
}
