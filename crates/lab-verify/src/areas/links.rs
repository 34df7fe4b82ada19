//! The area "links": the six ways from one signal to another, followed for a sample as a person would in Explore.
//!
//! | Check | From | To |
//! |---|---|---|
//! | `links/metric-trace` | an exemplar of a histogram | its trace, with a span of the service measured |
//! | `links/trace-logs` | a trace | lines with its id, of every service in it |
//! | `links/log-trace` | a line | its trace, with the span that wrote it |
//! | `links/log-metric` | a line's `container_name` | the series of that job |
//! | `links/trace-metric` | a SERVER span's service and route | the request counter of that route |
//! | `links/metric-logs` | a series' job | the lines of that container |

mod broken;
mod follow;
mod sample;

use crate::report::check::{Area, Check, Checks, Question};
use crate::truth::context::Context;
use follow::Followed;
use sample::Sample;

/// How many reasons a message quotes at most.
const MOST_QUOTED: usize = 3;

/// Follows each link for a sample.
pub async fn check(context: &Context, checks: &mut Checks) {
    let sample = Sample::take(context).await;
    let sample = &sample;
    let question = |name: &str, asked: &str, expected: &str| Question::new(Area::Links, name, asked, expected);

    let asked = question("metric-trace", "the traces that exemplars name", "a span of the service measured");
    checks.add(judge(asked, follow::exemplars_to_traces(context, sample).await));
    let selector = "{container_name=~\".+-stage4\"} | trace_id=…";
    let asked = question("trace-logs", selector, "lines of every service in the trace");
    checks.add(judge(asked, follow::traces_to_logs(context, sample).await));
    let asked = question("log-trace", "the traces that log lines name", "the span that wrote the line");
    checks.add(judge(asked, follow::lines_to_traces(context, sample).await));
    let asked = question("log-metric", "http_requests_total{job=container_name}", "series");
    checks.add(judge(asked, follow::lines_to_metrics(context, sample).await));
    let asked = question("trace-metric", "http_requests_total{job,handler} of SERVER spans", "series");
    checks.add(judge(asked, follow::traces_to_metrics(context, sample).await));
    let asked = question("metric-logs", "{container_name=job}", "lines");
    checks.add(judge(asked, follow::metrics_to_logs(context, sample).await));
}

/// Passes if every link leads where it should; fails also if there was nothing to follow.
fn judge(question: Question, followed: Followed) -> Check {
    let steps = match followed {
        Ok(steps) => steps,
        Err(why) => return question.fail("nothing to follow", why.to_string()),
    };
    let all = steps.results.len();
    let broken: Vec<String> = steps.results.into_iter().filter_map(|one| Some(one.err()?.to_string())).collect();
    let got = format!("{} of {all} followed", all - broken.len());
    if broken.is_empty() {
        return question.pass(got, "every link leads where it should");
    }
    let seen = match (steps.seen.as_str(), broken.len() == all) {
        ("", _) => String::new(),
        (seen, true) => format!("{seen}; none of them leads where it should: "),
        (seen, false) => format!("{seen}; {} of {all} do not lead where they should: ", broken.len()),
    };
    let more = if broken.len() > MOST_QUOTED { "; …" } else { "" };
    question.fail(got, seen + &broken.into_iter().take(MOST_QUOTED).collect::<Vec<_>>().join("; ") + more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::check::Status;
    use crate::stack::services::Service::Frontend;
    use broken::{Broken, NoStart};
    use follow::Steps;

    fn question() -> Question {
        Question::new(Area::Links, "metric-trace", "", "")
    }

    fn judged(results: Vec<Result<(), Broken>>, seen: &str) -> Check {
        judge(question(), Ok(Steps { results, seen: seen.to_owned() }))
    }

    #[test]
    fn one_broken_link_is_a_failure_with_its_reason() {
        let broken = || Err(Broken::NoTraceId { service: Frontend });
        let why = "an exemplar of frontend has no trace_id";
        assert_eq!(judged(vec![Ok(()), Ok(())], "").got, "2 of 2 followed");
        let one = judged(vec![Ok(()), broken()], "");
        assert_eq!((one.status, one.message.as_str()), (Status::Fail, why));
        let none = judge(question(), Err(NoStart::Traces));
        assert_eq!((none.status, none.message), (Status::Fail, NoStart::Traces.to_string()));
        let many = judged((0..5).map(|_| broken()).collect(), "");
        assert_eq!((many.got, many.message), ("0 of 5 followed".to_owned(), format!("{why}; {why}; {why}; …")));
    }

    #[test]
    fn a_failure_says_what_the_links_were_followed_from() {
        let (seen, why) = ("12 exemplars, the newest 0.8 s old", "an exemplar of frontend has no trace_id");
        let broken = || Err(Broken::NoTraceId { service: Frontend });
        let none = judged(vec![broken()], seen);
        assert_eq!(none.message, format!("{seen}; none of them leads where it should: {why}"));
        let some = judged(vec![Ok(()), broken()], seen);
        assert_eq!(some.message, format!("{seen}; 1 of 2 do not lead where they should: {why}"));
    }
}
