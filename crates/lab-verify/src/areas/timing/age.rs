//! The area "age": how long from an event to the moment at which a query sees it, measured with one request of our own.
//!
//! | Check | The event is queryable when |
//! |---|---|
//! | `age/metrics` | the stored counter of the frontend has reached what the frontend itself shows after the request |
//! | `age/logs` | all eight lines of the request are found by its trace id |
//! | `age/traces` | its trace has the SERVER spans of all three services |
//!
//! `age/receiver` asks the lab's OTLP receiver how long it takes to answer anything: spans wait for it in the services.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::report::check::{Area, Check, Checks, Question};
use crate::stack::endpoint::{AskError, Reason};
use crate::stack::services::Service;
use crate::time::wait::{Absent, Bound, Miss};
use crate::truth::context::Context;
use crate::truth::traced_request::{STORED, TracedRequest};

/// Two scrape intervals of the usual 15 s, or three batches of spans.
const MOST: Duration = Duration::from_secs(30);
/// INFO lines of a single roll through the frontend.
const LINES: usize = 8;

/// Spans that are late by less are no trouble to anybody.
const MOST_RECEIVING: Duration = Duration::from_millis(500);
/// The receiver is asked so often, and the quickest answer counts: a busy machine delays one now and then.
const ASKED: usize = 3;
/// Longest wait for one answer of the receiver.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes a request, and looks for it in all three signals at the same time.
pub async fn check(context: &Context, checks: &mut Checks) {
    checks.add(receiver(context).await);
    let question = |name: &str, asked: &str| {
        Question::new(Area::Age, name, asked, format!("queryable within {} s", MOST.as_secs()))
    };
    let metrics = question("metrics", STORED);
    let logs = question("logs", "the lines of one request, by trace_id");
    let traces = question("traces", "the spans of one request, by trace id");
    let stack = &context.stack;
    let event = match TracedRequest::succeed(stack).await {
        Ok(event) => event,
        Err(error) => {
            let why = format!("no request could be made: {error}");
            return checks.extend([metrics, logs, traces].map(|question| question.fail("no event", &why)));
        }
    };
    let event = &event;
    let count = async || event.is_counted(stack).await;
    let lines = async || {
        let (lines, _) = event.lines(stack).await?;
        Miss::unless_missing((lines < LINES).then(|| format!("{lines} of {LINES} lines")))
    };
    let spans = async || {
        let served = event.served(stack).await?;
        let missing: Vec<&str> =
            Service::ALL.iter().filter(|one| !served.contains(one)).map(|one| one.name()).collect();
        let said = format!("no SERVER span of {} in trace {}", missing.join(", "), event.trace_id);
        Miss::unless_missing((!missing.is_empty()).then_some(said))
    };
    let bound = Bound::since(event.answered, MOST, &context.stop);
    let (counted, written, spanned) = tokio::join!(
        async { bound.until(count).await.map(|()| bound.elapsed()) },
        async { bound.until(lines).await.map(|()| bound.elapsed()) },
        async { bound.until(spans).await.map(|()| bound.elapsed()) },
    );
    checks.add(judge(metrics, counted, "is the frontend scraped, and how often?"));
    checks.add(judge(logs, written, "are its lines collected, and does the log store answer?"));
    checks.add(judge(traces, spanned, "are its spans exported, and does the trace store answer?"));
}

/// How long the lab's receiver of OTLP takes to answer; a real stack does not tell where it has its own.
async fn receiver(context: &Context) -> Check {
    let expected = format!("an answer within {} ms", MOST_RECEIVING.as_millis());
    let question = Question::new(Area::Age, "receiver", "GET /v1/traces of the lab's OTLP receiver", expected);
    let collector = &context.stack.collector;
    let Some(receiver) = collector.status().await.ok().and_then(|lab| collector.receiver(&lab)) else {
        return question.skip("no lab tells where it takes OTLP");
    };
    let mut answers = Vec::new();
    for _ in 0..ASKED {
        let asked = Instant::now();
        // It takes no questions, and says so at once.
        answers.push(match timeout(PATIENCE, receiver.get("/v1/traces", &[])).await {
            Ok(Ok(_)) => Ok(asked.elapsed()),
            Ok(Err(AskError { reason: Reason::Timeout(_) | Reason::GivenUp, .. })) | Err(_) => Err(None),
            Ok(Err(error)) => Err(Some(error)),
        });
    }
    received(question, receiver.base(), &answers, context.probes.busy())
}

/// Judges how long the answers took. One without an answer has the error; a silent one has none.
fn received(
    question: Question,
    base: &str,
    answers: &[Result<Duration, Option<AskError>>],
    busy: Option<String>,
) -> Check {
    let Some(took) = answers.iter().filter_map(|answer| answer.as_ref().ok()).min() else {
        // Where only the other ports are forwarded, nobody here can say how it answers the services.
        let mut errors = answers.iter().filter_map(|answer| answer.as_ref().err()?.as_ref());
        if let Some(error) = errors.next_back().filter(|_| !answers.contains(&Err(None))) {
            return question.skip(format!("the receiver cannot be asked from here: {error}"));
        }
        let message = format!(
            "{base} does not answer within {} s: spans wait in the services until their queues are full",
            PATIENCE.as_secs()
        );
        return question.fail("no answer", message);
    };
    let said = format!("{} ms", took.as_millis());
    if *took <= MOST_RECEIVING {
        return question.pass(&said, format!("the receiver answers within {said}"));
    }
    let message = format!(
        "the receiver takes {said} for every answer: spans come late, and wait in the services until their queues are full"
    );
    question.too_slow(busy, said, message)
}

fn judge(question: Question, seen: Result<Duration, Absent>, ask: &str) -> Check {
    match seen {
        Ok(age) => {
            let age = format!("{:.1} s", age.as_secs_f64());
            question.pass(&age, format!("queryable {age} after the answer"))
        }
        Err(Absent { seen, waited: Some(waited) }) => {
            let message = format!("not queryable {} s after the answer ({seen}): {ask}", waited.as_secs());
            question.fail("not in time", message)
        }
        Err(Absent { seen: why, waited: None }) => question.fail("no answer", why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::check::Status;

    #[test]
    fn a_receiver_that_is_silent_fails_and_one_out_of_reach_is_not_judged() {
        let judged = |answers: &[Result<Duration, Option<AskError>>]| {
            received(Question::new(Area::Age, "receiver", "", ""), "http://localhost:4318", answers, None)
        };
        let refused = || {
            let reason = Reason::Unreachable("connection refused".to_owned());
            Err(Some(AskError { url: "http://localhost:4318/v1/traces".to_owned(), reason }))
        };
        let out_of_reach = judged(&[refused(), refused(), refused()]);
        assert_eq!(out_of_reach.status, Status::Skip);
        assert!(out_of_reach.message.contains("connection refused"), "{}", out_of_reach.message);
        assert_eq!(judged(&[Err(None), refused()]).status, Status::Fail);
        assert_eq!(
            judged(&[Err(None)]).message.split(':').next_back(),
            Some(" spans wait in the services until their queues are full")
        );
        let quick = Duration::from_millis(3);
        assert_eq!(judged(&[Err(None), refused(), Ok(quick), Ok(PATIENCE)]).status, Status::Pass);
        assert_ne!(judged(&[Ok(PATIENCE)]).status, Status::Pass);
    }

    #[test]
    fn a_signal_that_is_late_is_reported_with_what_is_missing() {
        let question = || Question::new(Area::Age, "logs", "", "");
        let check = judge(
            question(),
            Err(Absent { seen: "1 of 8 lines".to_owned(), waited: Some(MOST) }),
            "are its lines collected?",
        );
        assert_eq!(check.status, Status::Fail);
        assert_eq!(check.message, "not queryable 30 s after the answer (1 of 8 lines): are its lines collected?");
        assert_eq!(judge(question(), Ok(Duration::from_millis(1230)), "").message, "queryable 1.2 s after the answer");
    }
}
