//! Lines as Docker's driver `json-file` writes them: `{"log":"…\n","stream":"stdout","time":"…"}`. A long line comes in several
//! parts, of which only the last one ends with a line feed; parts of both outputs may alternate.

use chrono::DateTime;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::parts::targets::collection::lines::line::{LONGEST, Line, Output};

/// How each such line begins.
const BEGINNING: &str = "{\"log\":";

/// A line of an application that happens to begin so has other fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped {
    log: String,
    #[serde(default)]
    stream: String,
    #[serde(default, rename = "attrs")]
    _attributes: IgnoredAny,
    time: String,
}

/// Unwraps lines; holds the parts of those that are not whole yet.
#[derive(Debug, Default)]
pub struct Docker {
    begun: Vec<Line>,
}

impl Docker {
    /// What a line wraps, once it is whole; a line that Docker has not written, as it is.
    pub fn unwrapped(&mut self, line: Line) -> Option<Line> {
        let wrapped =
            line.text.starts_with(BEGINNING).then(|| serde_json::from_str::<Wrapped>(&line.text).ok()).flatten();
        let Some(Wrapped { log, time, stream, .. }) = wrapped else { return Some(line) };
        let output = match &*stream {
            "stdout" => Some(Output::Stdout),
            "stderr" => Some(Output::Stderr),
            _ => None,
        };
        let at = self.begun.iter().position(|begun| begun.output == output);
        let begun = at.map(|at| self.begun.swap_remove(at));
        let mut whole = begun.unwrap_or(Line { text: String::new(), begin: line.begin, time: None, output });
        whole.text.push_str(&log);
        whole.time = DateTime::parse_from_rfc3339(&time).ok().and_then(|time| time.timestamp_nanos_opt());
        if !log.ends_with('\n') && whole.text.len() < LONGEST {
            self.begun.push(whole);
            return None;
        }
        whole.text.truncate(whole.text.trim_end_matches(['\r', '\n']).len());
        Some(whole)
    }

    /// Where in the file the first line begins that is not whole yet.
    pub fn begin(&self) -> Option<u64> {
        self.begun.iter().map(|line| line.begin).min()
    }

    /// The lines that are not whole, because no more comes.
    pub fn last(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, begin: u64) -> Line {
        Line { text: text.to_owned(), begin, time: None, output: None }
    }

    #[test]
    fn parts_of_both_outputs_alternate_and_each_line_becomes_whole() {
        let mut docker = Docker::default();
        let mut unwrapped = |log: &str, stream: &str, begin| {
            let text = serde_json::json!({"log": log, "stream": stream, "time": "2026-11-28T10:00:00.5Z"}).to_string();
            let whole = docker.unwrapped(line(&text, begin));
            (whole.map(|line| (line.text, line.begin, line.output)), docker.begin())
        };
        assert_eq!(unwrapped("a long ", "stdout", 0), (None, Some(0)));
        assert_eq!(unwrapped("an er", "stderr", 10), (None, Some(0)));
        assert_eq!(unwrapped("li", "stdout", 20), (None, Some(0)));
        let whole = |text: &str, begin, output| Some((text.to_owned(), begin, Some(output)));
        assert_eq!(unwrapped("ror\n", "stderr", 30), (whole("an error", 10, Output::Stderr), Some(0)));
        assert_eq!(unwrapped("ne\r\n", "stdout", 40), (whole("a long line", 0, Output::Stdout), None));
        assert_eq!(unwrapped("next\n", "stdout", 50), (whole("next", 50, Output::Stdout), None));
    }

    #[test]
    fn what_docker_has_not_written_stays_as_it_is() {
        let mut docker = Docker::default();
        for text in [
            "",
            "plain",
            r#"{"log":"x"}"#,
            r#"{"log":1,"time":"y"}"#,
            r#"{"msg":"log"}"#,
            r#"{"log":"x\n","time":"2026-11-28T10:00:00Z","level":"info"}"#,
            r#" {"log":"x\n","time":"2026-11-28T10:00:00Z"}"#,
        ] {
            assert_eq!(docker.unwrapped(line(text, 3)), Some(line(text, 3)), "{text}");
        }
        let odd = docker.unwrapped(line(r#"{"log":"x\n","stream":"third","attrs":{"a":"b"},"time":"no time"}"#, 0));
        assert_eq!(odd, Some(line("x", 0)));
    }
}
