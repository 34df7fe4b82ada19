//! Lines as Docker's driver `json-file` writes them: `{"log":"…\n","stream":"stdout","time":"…"}`. A line of more than 16 KiB comes
//! in several parts, of which only the last one ends with a line feed; parts of both outputs may alternate. A shorter text without a
//! line feed is no part: it is the last that a container said.

use chrono::DateTime;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::parts::targets::collection::lines::line::{LONGEST, Line, Output, PATIENCE};

/// How each such line begins.
const BEGINNING: &str = "{\"log\":";
/// The bytes at which Docker cuts a line. What is no UTF-8 becomes longer, never shorter.
const PART: usize = 16 << 10;

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
    begun: Vec<Begun>,
}

/// A line that is not whole yet.
#[derive(Debug)]
struct Begun {
    line: Line,
    /// When its last part came.
    last: i64,
}

impl Docker {
    /// What a line that came at this time (ns) wraps, once it is whole; a line that Docker has not written, as it is.
    pub fn unwrapped(&mut self, line: Line, now: i64) -> Option<Line> {
        let wrapped =
            line.text.starts_with(BEGINNING).then(|| serde_json::from_str::<Wrapped>(&line.text).ok()).flatten();
        let Some(Wrapped { log, time, stream, .. }) = wrapped else { return Some(line) };
        let output = match &*stream {
            "stdout" => Some(Output::Stdout),
            "stderr" => Some(Output::Stderr),
            _ => None,
        };
        let at = self.begun.iter().position(|begun| begun.line.output == output);
        let begun = at.map(|at| self.begun.swap_remove(at).line);
        let mut whole = begun.unwrap_or(Line { text: String::new(), begin: line.begin, time: None, output });
        whole.text.push_str(&log);
        whole.time = DateTime::parse_from_rfc3339(&time).ok().and_then(|time| time.timestamp_nanos_opt());
        if !log.ends_with('\n') && log.len() >= PART && whole.text.len() < LONGEST {
            self.begun.push(Begun { line: whole, last: now });
            return None;
        }
        whole.text.truncate(whole.text.trim_end_matches(['\r', '\n']).len());
        Some(whole)
    }

    /// Where in the file the first line begins that is not whole yet.
    pub fn begin(&self) -> Option<u64> {
        self.begun.iter().map(|begun| begun.line.begin).min()
    }

    /// The lines of which no further part has come for a while: their container has ended.
    pub fn waited(&mut self, now: i64) -> Vec<Line> {
        let is_over = |begun: &mut Begun| now.saturating_sub(begun.last) >= PATIENCE;
        self.begun.extract_if(.., is_over).map(|begun| begun.line).collect()
    }

    /// The lines that are not whole, because no more comes.
    pub fn last(&mut self) -> Vec<Line> {
        self.begun.drain(..).map(|begun| begun.line).collect()
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
            let whole = docker.unwrapped(line(&text, begin), 0);
            (whole.map(|line| (line.text, line.begin, line.output)), docker.begin())
        };
        let [first, second, other] = ["a", "b", "c"].map(|letter| letter.repeat(PART));
        assert_eq!(unwrapped(&first, "stdout", 0), (None, Some(0)));
        assert_eq!(unwrapped(&other, "stderr", 10), (None, Some(0)));
        assert_eq!(unwrapped(&second, "stdout", 20), (None, Some(0)));
        let whole = |text: &str, begin, output| Some((text.to_owned(), begin, Some(output)));
        assert_eq!(unwrapped("ror\n", "stderr", 30), (whole(&(other + "ror"), 10, Output::Stderr), Some(0)));
        assert_eq!(unwrapped("ne\r\n", "stdout", 40), (whole(&(first + &second + "ne"), 0, Output::Stdout), None));
        assert_eq!(unwrapped("next\n", "stdout", 50), (whole("next", 50, Output::Stdout), None));
    }

    #[test]
    fn the_last_words_of_a_container_need_no_line_feed() {
        let mut docker = Docker::default();
        let wrapped = |log: &str, begin| {
            line(
                &serde_json::json!({"log": log, "stream": "stderr", "time": "2026-11-28T10:00:00Z"}).to_string(),
                begin,
            )
        };
        let whole = docker.unwrapped(wrapped("panicked", 0), 5);
        assert_eq!((whole.map(|line| line.text).as_deref(), docker.begin()), (Some("panicked"), None));
        let long = "x".repeat(PART);
        assert_eq!(docker.unwrapped(wrapped(&long, 10), 5), None);
        assert_eq!((docker.waited(5 + PATIENCE - 1), docker.begin()), (Vec::new(), Some(10)), "it has to wait");
        let texts: Vec<_> = docker.waited(5 + PATIENCE).into_iter().map(|line| line.text).collect();
        assert_eq!((texts, docker.begin()), (vec![long], None));
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
            assert_eq!(docker.unwrapped(line(text, 3), 0), Some(line(text, 3)), "{text}");
        }
        let odd = docker.unwrapped(line(r#"{"log":"x\n","stream":"third","attrs":{"a":"b"},"time":"no time"}"#, 0), 0);
        assert_eq!(odd, Some(line("x", 0)));
    }
}
