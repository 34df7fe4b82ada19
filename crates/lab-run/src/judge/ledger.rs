//! A ledger of requests held against the telemetry: each has its whole trace with the status that the client saw, and lines.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use lab_verify::stack::Stack;
use lab_verify::stack::endpoint::AskError;
use lab_verify::stack::span::{Kind, Span};
use serde::Deserialize;

use crate::expect::expectation::LedgerText;
use crate::judge::traces::whole;
use crate::judge::verdict::{Finding, SHOWN};
use crate::scope::{Scope, TraceId};

/// Most requests of a ledger, and the longest file.
const MOST: usize = 10_000;
const LONGEST: u64 = 64 << 20;
/// The attributes of a span that hold the status of its answer, under its present and its former name.
const STATUS: [&str; 2] = ["http.response.status_code", "http.status_code"];

/// What is read of a line; everything else may stand in it.
#[derive(Deserialize)]
struct Entry {
    trace_id: Option<String>,
    /// None if the request got no answer.
    status: Option<u16>,
}

/// Looks at every request of the ledger, which the expectation calls `file`.
pub async fn judge(stack: &Stack, scope: Scope, (file, text): (&Path, &LedgerText)) -> Result<Finding, AskError> {
    let entries = match text {
        LedgerText::InFile => in_file(file).await,
        LedgerText::Kept(text) => read(file, text),
        LedgerText::NotKept => Err(format!(
            "the run file keeps no ledger, and no file is opened because a run file names it; to judge by {}, give a file \
             of expectations that names it, with --expect",
            file.display()
        )),
    };
    let entries = match entries {
        Ok(entries) if entries.is_empty() => {
            return Ok(Finding::failed("the ledger has no request, so this proves nothing"));
        }
        Ok(entries) => entries,
        Err(why) => return Ok(Finding::failed(why)),
    };
    let answered = entries.iter().filter(|entry| entry.status.is_some()).count();
    let mut broken = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        // Of a request without an answer nobody knows how far it came.
        let Some(status) = entry.status else { continue };
        let trace = entry.trace_id.as_deref().and_then(|id| id.parse::<TraceId>().ok());
        let fault = match trace {
            Some(trace) => fault(stack, scope, trace, status).await?,
            None => Some("has no trace id".to_owned()),
        };
        broken.extend(fault.map(|fault| format!("request {}: {fault}", at + 1)));
    }
    if answered == 0 {
        return Ok(Finding::failed(format!("none of {} requests got an answer", entries.len())));
    }
    let got = match broken.len() {
        0 => format!("{answered} answered requests, each with its trace and its lines"),
        faults => format!("{faults} of {answered} answered requests are not as the ledger says"),
    };
    Ok(Finding::of(broken.is_empty(), got).with(broken.into_iter().take(SHOWN)))
}

/// Reads a file without holding up others: a disk may be slow.
async fn in_file(file: &Path) -> Result<Vec<Entry>, String> {
    let file = file.to_owned();
    let reading = tokio::task::spawn_blocking(move || read(&file, &content(&file)?));
    reading.await.map_err(|error| format!("the reading of the ledger broke off: {error}"))?
}

/// The text of a file. Pipes and devices may have no end, or wait for a writer for ever.
fn content(file: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("{} cannot be read: {error}", file.display());
    if !std::fs::metadata(file).map_err(unreadable)?.is_file() {
        return Err(format!("{} is no regular file; a ledger is a file of JSON lines", file.display()));
    }
    let mut text = String::new();
    // It may grow while it is read.
    let read = File::open(file).map_err(unreadable)?.take(LONGEST + 1).read_to_string(&mut text);
    if text.len() as u64 > LONGEST {
        return Err(format!("{} is longer than {LONGEST} bytes", file.display()));
    }
    read.map_err(unreadable)?;
    Ok(text)
}

fn read(file: &Path, text: &str) -> Result<Vec<Entry>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let entries: Vec<Entry> = lines
        .map(|(at, line)| serde_json::from_str(line).map_err(|error| format!("{}:{}: {error}", file.display(), at + 1)))
        .collect::<Result<_, _>>()?;
    if entries.len() > MOST {
        return Err(format!("{} has more than {MOST} requests", file.display()));
    }
    Ok(entries)
}

/// What of a request is not as the ledger says.
async fn fault(stack: &Stack, scope: Scope, trace: TraceId, status: u16) -> Result<Option<String>, AskError> {
    let spans = stack.tempo.trace(&trace.to_string()).await?;
    if spans.is_empty() {
        return Ok(Some(format!("of trace {trace} no span came")));
    }
    let missing = whole::missing_parents(&spans);
    if missing > 0 {
        return Ok(Some(format!("trace {trace} lacks {missing} spans that others name as their parent")));
    }
    if let Some(told) = outermost_status(&spans)
        && told != i64::from(status)
    {
        return Ok(Some(format!("the client saw status {status}, the server of trace {trace} says {told}")));
    }
    for query in
        [format!("{{service_name=~\".+\"}} |= \"{trace}\""), format!("{{service_name=~\".+\"}} | trace_id=\"{trace}\"")]
    {
        if !stack.loki.lines(&query, scope.nanoseconds(), 1).await?.is_empty() {
            return Ok(None);
        }
    }
    Ok(Some(format!("no line names trace {trace}")))
}

/// The status that the first server of a trace answered with.
fn outermost_status(spans: &[Span]) -> Option<i64> {
    let servers = spans.iter().filter(|span| span.kind == Kind::Server);
    let first = servers.min_by_key(|span| span.start_ns)?;
    STATUS.iter().find_map(|key| first.int(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_ledger_that_is_no_file_is_refused_at_once() {
        for name in ["/dev/zero", "/dev/null", "/"] {
            let error = in_file(Path::new(name)).await.err().expect("no ledger");
            assert!(error.contains("is no regular file"), "{error}");
        }
        let error = in_file(Path::new("/no/such/ledger")).await.err().expect("no ledger");
        assert!(error.starts_with("/no/such/ledger cannot be read: "), "{error}");
    }
}
