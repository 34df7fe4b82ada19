//! The area "age": how long from an event to the moment at which a query sees it, measured with one request of our own.
//!
//! | Check | The event is queryable when |
//! |---|---|
//! | `age/metrics` | the stored counter of the frontend has reached what the frontend itself shows after the request |
//! | `age/logs` | all eight lines of the request are found by its trace id |
//! | `age/traces` | its trace has the SERVER spans of all three services |

use std::future::Future;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::check::{Area, Check, Checks, Question};
use crate::context::Context;
use crate::endpoint::AskError;
use crate::span::Kind;
use crate::stack::Stack;
use crate::stack::services::Service;

/// Two scrape intervals of the usual 15 s, or three batches of spans.
const MOST: Duration = Duration::from_secs(30);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// INFO lines of a single roll through the frontend.
const LINES: usize = 8;
/// What is counted once for a request.
const COUNTER: &str = "frontend_requests_total";
/// The stored counter, over all of the frontend's series of it.
const STORED: &str = "sum(frontend_requests_total{job=\"frontend-stage4\",handler=\"/roll\",status=\"received\"})";

/// Makes a request, and looks for it in all three signals at the same time.
pub async fn check(context: &Context, checks: &mut Checks) {
    let question = |name: &str, asked: &str| {
        Question::new(Area::Age, name, asked, format!("queryable within {} s", MOST.as_secs()))
    };
    let metrics = question("metrics", STORED);
    let logs = question("logs", "the lines of one request, by trace_id");
    let traces = question("traces", "the spans of one request, by trace id");
    let stack = &context.stack;
    let event = match Event::cause(stack).await {
        Ok(event) => event,
        Err(error) => {
            let why = format!("no request could be made: {error}");
            return checks.extend([metrics, logs, traces].map(|question| question.fail("no event", &why)));
        }
    };
    let (event, stop) = (&event, &context.stop);
    let (counted, written, spanned) = tokio::join!(
        until(event.began, stop, || event.counted(stack)),
        until(event.began, stop, || event.written(stack)),
        until(event.began, stop, || event.spanned(stack)),
    );
    checks.add(judge(metrics, counted, "is the frontend scraped, and how often?"));
    checks.add(judge(logs, written, "are its lines collected, and does the log store answer?"));
    checks.add(judge(traces, spanned, "are its spans exported, and does the trace store answer?"));
}

fn judge(question: Question, seen: Result<Duration, String>, ask: &str) -> Check {
    match seen {
        Ok(age) => {
            let age = format!("{:.1} s", age.as_secs_f64());
            question.pass(&age, format!("queryable {age} after the answer"))
        }
        Err(missing) => {
            let message = format!("not queryable {} s after the answer ({missing}): {ask}", MOST.as_secs());
            question.fail("not in time", message)
        }
    }
}

/// One single roll, answered.
struct Event {
    trace_id: String,
    /// When the answer was complete.
    began: Instant,
    /// Nanoseconds since the epoch.
    time_ns: i64,
    /// What the frontend itself counted up to then.
    count: f64,
}

impl Event {
    async fn cause(stack: &Stack) -> Result<Self, AskError> {
        #[derive(Deserialize)]
        struct Rolled {
            trace_id: String,
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let answer = stack.services.get(Service::Frontend, "/roll", &[("die", "fair")]).await?.good()?;
        let (began, trace_id) = (Instant::now(), answer.json::<Rolled>()?.trace_id);
        let samples = stack.services.metrics(Service::Frontend).await?;
        let received = samples.iter().filter(|sample| {
            sample.name() == COUNTER && sample.label("handler") == "/roll" && sample.label("status") == "received"
        });
        let count = received.map(|sample| sample.value).sum();
        Ok(Self { trace_id, began, time_ns: i64::try_from(now.as_nanos()).unwrap_or(i64::MAX), count })
    }

    /// Nothing once it is counted; else what is still missing.
    async fn counted(&self, stack: &Stack) -> Result<Option<String>, AskError> {
        let stored: f64 = stack.prometheus.query(STORED, None).await?.iter().map(|sample| sample.value).sum();
        Ok((stored < self.count).then(|| format!("{stored} is stored, the frontend counted {}", self.count)))
    }

    async fn written(&self, stack: &Stack) -> Result<Option<String>, AskError> {
        const MINUTE: i64 = 60_000_000_000;
        let query = format!("{{container_name=~\".+-stage4\"}} | trace_id=\"{}\"", self.trace_id);
        let time = (self.time_ns - MINUTE, self.time_ns + MINUTE);
        let lines = stack.loki.lines(&query, time, 100).await?.len();
        Ok((lines < LINES).then(|| format!("{lines} of {LINES} lines")))
    }

    async fn spanned(&self, stack: &Stack) -> Result<Option<String>, AskError> {
        let spans = stack.tempo.trace(&self.trace_id).await?;
        let served =
            |service: &Service| spans.iter().any(|span| span.kind == Kind::Server && &*span.service == service.name());
        let missing: Vec<&str> = Service::ALL.iter().filter(|service| !served(service)).map(|one| one.name()).collect();
        Ok((!missing.is_empty())
            .then(|| format!("no SERVER span of {} in trace {}", missing.join(", "), self.trace_id)))
    }
}

/// Looks until nothing is missing; how long after `began` that was, or what is missing in the end.
async fn until<F>(began: Instant, stop: &CancellationToken, look: impl Fn() -> F) -> Result<Duration, String>
where
    F: Future<Output = Result<Option<String>, AskError>>,
{
    loop {
        let missing = match look().await {
            Ok(None) => return Ok(began.elapsed()),
            Ok(Some(missing)) => missing,
            Err(error) => error.to_string(),
        };
        if began.elapsed() > MOST || stop.is_cancelled() {
            return Err(missing);
        }
        sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Status;

    #[tokio::test]
    async fn looking_ends_when_nothing_is_missing_or_somebody_stops_it() {
        let looks = std::cell::Cell::new(0);
        let (began, stop) = (Instant::now(), CancellationToken::new());
        let third = || {
            looks.set(looks.get() + 1);
            let missing = (looks.get() < 3).then(|| "lines".to_owned());
            async { Ok(missing) }
        };
        assert!(until(began, &stop, third).await.is_ok());
        stop.cancel();
        let never = || async { Ok(Some("1 of 8 lines".to_owned())) };
        let missing = until(began, &stop, never).await;
        let check = judge(Question::new(Area::Age, "logs", "", ""), missing, "are its lines collected?");
        assert_eq!(check.status, Status::Fail);
        assert_eq!(check.message, "not queryable 30 s after the answer (1 of 8 lines): are its lines collected?");
    }
}
