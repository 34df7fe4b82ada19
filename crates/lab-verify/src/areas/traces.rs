//! The area "traces": whether the spans of each trace hang together.
//!
//! | Check | A failure means |
//! |---|---|
//! | `traces/orphans` | a span names a parent that is not there: spans were lost |
//! | `traces/hops` | an answered call has no SERVER span below it: `traceparent` was lost on that hop, or the span was |
//! | `traces/clocks` | a called service seems to have begun before it was called: its clock differs |
//! | `traces/siblings` | a batch has fewer `async_roll` spans than rolls: spans were lost |
//! | `traces/own-time` | requests take long within one service: that service is slow |
//! | `traces/coverage` | a roll reaches beyond its batch: it was not waited for |

use crate::report::check::{Area, Check, Checks, Question};
use crate::stack::services::Service;
use crate::stack::span::{Kind, Span};
use crate::trace::batch::{ROLL, batches};
use crate::trace::clock::{self, Skew};
use crate::trace::hops::{Hop, hops};
use crate::trace::own::own_times;
use crate::trace::tree::Tree;
use crate::truth::context::Context;

/// Trace ids named in a message at most.
const MOST_NAMED: usize = 3;
/// What a service may spend on a request itself, nanoseconds; a machine under load stays well below.
const MOST_OWN_NS: u64 = 150_000_000;
/// Where lost spans are counted.
const LOST: &str = "spans were lost between the service and the store (`dicelab doctor` names the hop, \
    telemetry_spans_total{outcome=\"dropped\"} counts what a service dropped itself)";

/// Judges the spans of the ledger's traces.
pub fn check(context: &Context, checks: &mut Checks) {
    let mut traces: Vec<&[Span]> = context.traces.values().map(Vec::as_slice).collect();
    traces.retain(|spans| !spans.is_empty());
    traces.sort_by_key(|spans| spans.iter().map(|span| span.start_ns).min());
    checks.extend(judge(&traces, context.probes.busy()));
}

/// The checks over these traces, none of which is empty; `busy` says why slowness cannot be judged.
pub fn judge(traces: &[&[Span]], busy: Option<String>) -> Vec<Check> {
    let asked = format!("the spans of {} traces", traces.len());
    let question = |name: &str, expected: &str| Question::new(Area::Traces, name, &asked, expected);
    let questions = [
        question("orphans", "every parent that a span names is there"),
        question("hops", "every answered call goes on in the called service"),
        question("clocks", "no service begins before it is called or ends after its answer"),
        question("siblings", "as many async_roll spans as async.batch_size says"),
        question("own-time", "a median of at most 150 ms that a service spends on a request itself"),
        question("coverage", "every batch begins before its rolls and ends after them"),
    ];
    if traces.is_empty() {
        let skip = |question: Question| question.skip("the trace store has none of the ledger's traces");
        return questions.map(skip).into();
    }
    let [orphans, hops, clocks, siblings, own_time, coverage] = questions;
    vec![
        judge_orphans(orphans, traces),
        judge_hops(hops, traces),
        judge_clocks(clocks, traces),
        judge_siblings(siblings, traces),
        judge_own_time(own_time, traces, busy),
        judge_coverage(coverage, traces),
    ]
}

fn judge_orphans(question: Question, traces: &[&[Span]]) -> Check {
    let orphans: Vec<(&Span, usize)> = traces
        .iter()
        .filter_map(|spans| {
            let tree = Tree::new(spans);
            let orphans = || tree.orphans().filter(|span| !is_entry(span));
            Some((orphans().next()?, orphans().count()))
        })
        .collect();
    let count: usize = orphans.iter().map(|(_, count)| count).sum();
    let got = format!("{count} spans without their parent");
    if orphans.is_empty() {
        return question.pass(got, "every span hangs below its parent");
    }
    let named = orphans.iter().map(|(span, _)| format!("{} ({} of {})", span.trace_id, span.name, span.service));
    let message = format!("in {} traces a parent is missing, {LOST}: {}", orphans.len(), some(named));
    question.fail(got, message)
}

/// Where a request enters the system: who sent it may keep its own spans to itself.
fn is_entry(span: &Span) -> bool {
    span.kind == Kind::Server && &*span.service == Service::Frontend.name()
}

fn judge_hops(question: Question, traces: &[&[Span]]) -> Check {
    let hops = hops(traces.iter().copied());
    let got: Vec<String> = hops.iter().map(describe).collect();
    let got = if got.is_empty() { "no call".to_owned() } else { got.join(", ") };
    let broken: Vec<String> = hops.iter().filter(|hop| !hop.broken.is_empty()).map(cause).collect();
    if broken.is_empty() {
        return question.pass(got, "every call can be followed");
    }
    question.fail(got, broken.join("; "))
}

/// `frontend → dice-roller 40 of 40`
fn describe(hop: &Hop) -> String {
    format!("{} → {} {} of {}", hop.caller, hop.called, hop.calls - hop.broken.len(), hop.calls)
}

/// Where most calls lose their trace it was never handed on; where a few do, their spans were lost.
fn cause(hop: &Hop) -> String {
    let Hop { caller, called, calls, broken, .. } = hop;
    let count = broken.len();
    let named = some(broken.iter().cloned());
    if count * 2 > *calls {
        format!(
            "traceparent is lost between {caller} and {called}: {count} of {calls} answered calls have no SERVER span \
             of {called} below them; its spans are in traces of their own: {named}"
        )
    } else {
        format!("{count} of {calls} calls from {caller} have no SERVER span of {called}, {LOST}: {named}")
    }
}

fn judge_clocks(question: Question, traces: &[&[Span]]) -> Check {
    let skews = clock::skews(traces.iter().copied());
    if skews.is_empty() {
        return question.pass("no difference", "the services' clocks agree");
    }
    let said: Vec<String> = skews.iter().map(Skew::describe).collect();
    let message = format!(
        "{}: its spans lie outside the calls that caused them, and logs and traces cannot be lined up; set the clock",
        said.join(", ")
    );
    question.fail(said.join(", "), message)
}

fn judge_siblings(question: Question, traces: &[&[Span]]) -> Check {
    let all = traces.iter().flat_map(|spans| {
        let roots = spans.iter().filter(|span| &*span.service == "dice-roller");
        let asked = roots.filter(|span| &*span.name == "GET /roll-async" && has_rolls(span));
        asked.filter_map(move |span| {
            let rolls =
                spans.iter().filter(|roll| &*roll.name == ROLL && roll.parent_id.as_ref() == Some(&span.span_id));
            Some((span, usize::try_from(span.int("async.batch_size")?).ok()?, rolls.count()))
        })
    });
    let all: Vec<_> = all.collect();
    let (asked, there) = all.iter().fold((0, 0), |sum, (_, asked, there)| (sum.0 + asked, sum.1 + there));
    let got = format!("{there} of {asked} in {} batches", all.len());
    let wrong = || all.iter().filter(|(_, asked, there)| asked != there);
    if all.is_empty() {
        return question.skip("none of the traces holds a batch");
    }
    if wrong().count() == 0 {
        return question.pass(got, format!("{there} rolls have {there} spans"));
    }
    let named = some(wrong().map(|(span, asked, there)| format!("{} has {there} of {asked}", span.trace_id)));
    let cause = if there > asked { "spans were stored twice under different ids" } else { LOST };
    question.fail(got, format!("{} batches have another number of spans, {cause}: {named}", wrong().count()))
}

/// A batch whose die was not found has no rolls.
fn has_rolls(batch: &Span) -> bool {
    batch.attributes.contains_key("die.faces")
}

fn judge_own_time(question: Question, traces: &[&[Span]], busy: Option<String>) -> Check {
    let medians: Vec<(Service, u64)> = own_times(traces.iter().copied())
        .into_iter()
        .filter_map(|(service, mut times)| {
            times.sort_unstable();
            Some((service, *times.get(times.len() / 2)?))
        })
        .collect();
    if medians.is_empty() {
        return question.skip("no request has all its spans");
    }
    let said = |(service, ns): &(Service, u64)| format!("{service} {:.1} ms", *ns as f64 / 1e6);
    let got = medians.iter().map(said).collect::<Vec<_>>().join(", ");
    let slow: Vec<String> = medians.iter().filter(|(_, ns)| *ns > MOST_OWN_NS).map(said).collect();
    if slow.is_empty() {
        return question.pass(got, "time goes to the delays of the rolls, not to the services");
    }
    let message =
        format!("slow: {} for every request, beside what it waits for; `dicelab trace` shows where", slow.join(", "));
    question.too_slow(busy, got, message)
}

fn judge_coverage(question: Question, traces: &[&[Span]]) -> Check {
    let batches: Vec<_> =
        traces.iter().flat_map(|spans| batches(spans).into_iter().map(|batch| (*spans, batch))).collect();
    let judged = batches.iter().filter(|(_, batch)| batch.is_covered.is_some()).count();
    let uncovered: Vec<_> = batches.iter().filter(|(_, batch)| batch.is_covered == Some(false)).collect();
    let got = format!("{} of {judged} batches", judged - uncovered.len());
    if judged == 0 {
        return question.skip("none of the traces holds a batch");
    }
    if uncovered.is_empty() {
        return question.pass(got, "no roll outlives its batch");
    }
    let named = uncovered.iter().filter_map(|(spans, _)| Some(spans.first()?.trace_id.to_string()));
    question.fail(got, format!("rolls go on after their batch has answered, so nobody waits for them: {}", some(named)))
}

/// The first few, and that there are more.
fn some(items: impl Iterator<Item = String>) -> String {
    let mut items = items.peekable();
    let mut named: Vec<String> = items.by_ref().take(MOST_NAMED).collect();
    if items.peek().is_some() {
        named.push("…".to_owned());
    }
    named.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::check::Status;
    use crate::stack::span::Value;
    use crate::trace::fake::{MS, batch, with};

    fn whole() -> Vec<Span> {
        let mut spans = batch();
        spans[2] = with(spans[2].clone(), "die.faces", Value::List(Vec::new()));
        spans
    }

    /// The ids and messages of the checks that fail.
    fn failures(traces: &[Vec<Span>]) -> Vec<(String, String)> {
        let traces: Vec<&[Span]> = traces.iter().map(Vec::as_slice).collect();
        let failed = judge(&traces, None).into_iter().filter(|check| check.status == Status::Fail);
        failed.map(|check| (check.id, check.message)).collect()
    }

    #[test]
    fn whole_traces_pass_and_none_are_skipped() {
        assert_eq!(failures(&[whole(), whole()]), []);
        assert!(judge(&[], None).iter().all(|check| check.status == Status::Skip));
        let mut spans = whole();
        // The caller's span is not ours to have.
        spans[0].parent_id = Some("9".to_owned());
        assert!(judge(&[&spans], None).iter().all(|check| check.status == Status::Pass));
    }

    #[test]
    fn a_lost_span_is_missed_by_its_children_and_by_its_batch() {
        let (mut no_batch, mut no_roll) = (whole(), whole());
        no_batch.remove(2);
        no_roll.pop();
        let failed = failures(&[no_batch, no_roll, whole()]);
        let ids: Vec<_> = failed.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["traces/orphans", "traces/hops", "traces/siblings"]);
        assert!(failed[2].1.contains("9e17e9f2fed889d483b429662cd95968 has 1 of 2"), "{failed:?}");
        assert!(failed.iter().all(|(_, message)| message.contains("spans were lost")), "{failed:?}");
    }

    #[test]
    fn a_lost_traceparent_names_the_hop() {
        let mut cut = whole();
        cut.retain(|span| &*span.service != "die-service");
        let failed = failures(&[cut.clone(), cut.clone(), cut]);
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert!(
            failed[0].1.starts_with("traceparent is lost between dice-roller and die-service: 3 of 3"),
            "{failed:?}"
        );
    }

    #[test]
    fn a_wrong_clock_names_the_service() {
        let mut skewed = whole();
        for span in skewed.iter_mut().filter(|span| &*span.service == "die-service") {
            span.start_ns -= 5000 * MS;
            span.end_ns -= 5000 * MS;
        }
        let failed = failures(&[skewed]);
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert!(failed[0].1.starts_with("the clock of die-service is 5.0 s behind"), "{failed:?}");
    }

    #[test]
    fn a_slow_service_is_named() {
        let mut slow = whole();
        for span in slow.iter_mut().filter(|span| span.span_id != "1" && span.span_id != "2") {
            span.start_ns += 300 * MS;
            span.end_ns += 300 * MS;
        }
        // The frontend waits for it, dice-roller does nothing for a while.
        slow[2].start_ns -= 300 * MS;
        slow[0].end_ns += 300 * MS;
        slow[1].end_ns += 300 * MS;
        let failed = failures(&[slow]);
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert!(failed[0].1.starts_with("slow: dice-roller 303.0 ms for every request"), "{failed:?}");
    }

    #[test]
    fn a_roll_that_outlives_its_batch_is_found() {
        let mut spans = whole();
        spans[6].end_ns = spans[2].end_ns + MS;
        let failed = failures(&[spans]);
        assert_eq!(failed[0].0, "traces/coverage");
    }
}
