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
//! | `traces/service-graph` | the map of services counts other calls than those that are known |

pub mod graph;

use crate::areas::causes::{self, LostContext};
use crate::report::check::{Area, Check, Checks, Question};
use crate::stack::services::Service;
use crate::trace::clock::Skew;
use crate::truth::context::Context;
use crate::truth::found::survey::{Hop, Siblings, Survey};

/// What a service may spend on a request itself, nanoseconds; a machine under load stays well below.
const MOST_OWN_NS: u64 = 150_000_000;
/// Where lost spans are counted.
const LOST: &str = "spans were lost between the service and the store (`dicelab doctor` names the hop, \
    telemetry_spans_total{outcome=\"dropped\"} counts what a service dropped itself)";

/// Judges the spans of the ledger's traces.
pub fn check(context: &Context, checks: &mut Checks) {
    let known = Known { lost: causes::lost_context(context), lines: context.lines.is_ok() };
    checks.extend(judge(&context.traces.survey, context.probes.busy(), &known));
    checks.add(graph::check(context));
}

/// What is known beside the traces of why a call does not go on.
#[derive(Debug, Default)]
pub struct Known {
    /// The hop at which the trace itself was lost, by spans and lines.
    pub lost: Option<LostContext>,
    /// Whether lines could be read at all.
    pub lines: bool,
}

/// The checks over what traces show; `busy` says why slowness cannot be judged.
pub fn judge(survey: &Survey, busy: Option<String>, known: &Known) -> Vec<Check> {
    let asked = format!("the spans of {} traces", survey.traces);
    let question = |name: &str, expected: &str| Question::new(Area::Traces, name, &asked, expected);
    let questions = [
        question("orphans", "every parent that a span names is there"),
        question("hops", "every answered call goes on in the called service"),
        question("clocks", "no service begins before it is called or ends after its answer"),
        question("siblings", "as many async_roll spans as async.batch_size says"),
        question("own-time", "a median of at most 150 ms that a service spends on a request itself"),
        question("coverage", "every batch begins before its rolls and ends after them"),
    ];
    if survey.traces == 0 {
        let skip = |question: Question| question.skip("the trace store has none of the ledger's traces");
        return questions.map(skip).into();
    }
    let [orphans, hops, clocks, siblings, own_time, coverage] = questions;
    vec![
        judge_orphans(orphans, survey),
        judge_hops(hops, survey, known),
        judge_clocks(clocks, &survey.clocks.skews()),
        judge_siblings(siblings, &survey.siblings),
        judge_own_time(own_time, survey, busy),
        judge_coverage(coverage, survey),
    ]
}

fn judge_orphans(question: Question, survey: &Survey) -> Check {
    let got = format!("{} spans without their parent", survey.orphans);
    let torn = &survey.torn;
    if torn.count() == 0 {
        return question.pass(got, "every span hangs below its parent");
    }
    let message = format!("in {} traces a parent is missing, {LOST}: {}", torn.count(), torn.named());
    question.fail(got, message)
}

fn judge_hops(question: Question, survey: &Survey, known: &Known) -> Check {
    let got: Vec<String> = survey.hops.iter().map(|(between, hop)| describe(*between, hop)).collect();
    let got = if got.is_empty() { "no call".to_owned() } else { got.join(", ") };
    let broken = survey.hops.iter().filter(|(_, hop)| hop.broken.count() > 0);
    let broken: Vec<String> = broken.map(|(between, hop)| cause(*between, hop, known)).collect();
    if broken.is_empty() {
        return question.pass(got, "every call can be followed");
    }
    question.fail(got, broken.join("; "))
}

/// `frontend → dice-roller 40 of 40`
fn describe((caller, called): (Service, Service), hop: &Hop) -> String {
    format!("{caller} → {called} {} of {}", hop.calls - hop.broken.count(), hop.calls)
}

/// Where most calls lose their trace it was never handed on; where a few do, their spans were lost. Lines with the trace's id show
/// that it was handed on even then.
fn cause((caller, called): (Service, Service), hop: &Hop, known: &Known) -> String {
    let Hop { calls, broken } = hop;
    let (count, named) = (broken.count(), broken.named());
    let is_lost = known.lost.as_ref().is_some_and(|lost| lost.called == called);
    if count * 2 > *calls && (is_lost || !known.lines) {
        format!(
            "traceparent is lost between {caller} and {called}: {count} of {calls} answered calls have no SERVER span \
             of {called} below them; its spans are in traces of their own: {named}"
        )
    } else {
        format!("{count} of {calls} calls from {caller} have no SERVER span of {called}, {LOST}: {named}")
    }
}

fn judge_clocks(question: Question, skews: &[Skew]) -> Check {
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

fn judge_siblings(question: Question, siblings: &Siblings) -> Check {
    let Siblings { batches, asked, there, wrong } = siblings;
    let got = format!("{there} of {asked} in {batches} batches");
    if *batches == 0 {
        return question.skip("none of the traces holds a batch");
    }
    if wrong.count() == 0 {
        return question.pass(got, format!("{there} rolls have {there} spans"));
    }
    let cause = if there > asked { "spans were stored twice under different ids" } else { LOST };
    let message = format!("{} batches have another number of spans, {cause}: {}", wrong.count(), wrong.named());
    question.fail(got, message)
}

fn judge_own_time(question: Question, survey: &Survey, busy: Option<String>) -> Check {
    let median = |(service, times): (&Service, &Vec<u64>)| {
        let mut times = times.clone();
        times.sort_unstable();
        Some((*service, *times.get(times.len() / 2)?))
    };
    let medians: Vec<(Service, u64)> = survey.own_times.iter().filter_map(median).collect();
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

fn judge_coverage(question: Question, survey: &Survey) -> Check {
    let (judged, uncovered) = (survey.covering, &survey.uncovered);
    let got = format!("{} of {judged} batches", judged - uncovered.count());
    if judged == 0 {
        return question.skip("none of the traces holds a batch");
    }
    if uncovered.count() == 0 {
        return question.pass(got, "no roll outlives its batch");
    }
    let message = "rolls go on after their batch has answered, so nobody waits for them";
    question.fail(got, format!("{message}: {}", uncovered.named()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::check::Status;
    use crate::stack::span::{Span, Value};
    use crate::trace::batch::batches;
    use crate::trace::fake::{MS, batch, with};

    fn whole() -> Vec<Span> {
        let mut spans = batch();
        spans[2] = with(spans[2].clone(), "die.faces", Value::List(Vec::new()));
        spans
    }

    fn survey(traces: &[Vec<Span>]) -> Survey {
        let mut survey = Survey::default();
        for spans in traces {
            survey.take(spans, &batches(spans));
        }
        survey
    }

    /// The ids and messages of the checks that fail.
    fn failures(traces: &[Vec<Span>]) -> Vec<(String, String)> {
        let failed =
            judge(&survey(traces), None, &Known::default()).into_iter().filter(|check| check.status == Status::Fail);
        failed.map(|check| (check.id, check.message)).collect()
    }

    #[test]
    fn whole_traces_pass_and_none_are_skipped() {
        assert_eq!(failures(&[whole(), whole()]), []);
        assert!(judge(&Survey::default(), None, &Known::default()).iter().all(|check| check.status == Status::Skip));
        let mut spans = whole();
        // The caller's span is not ours to have.
        spans[0].parent_id = Some("9".to_owned());
        assert!(judge(&survey(&[spans]), None, &Known::default()).iter().all(|check| check.status == Status::Pass));
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
    fn lines_with_the_id_of_a_trace_show_that_it_was_handed_on() {
        let mut cut = whole();
        cut.retain(|span| &*span.service != "die-service");
        let survey = survey(&[cut.clone(), cut]);
        let said = |lost: Option<LostContext>| {
            let checks = judge(&survey, None, &Known { lost, lines: true });
            checks.into_iter().find(|check| check.id == "traces/hops").expect("judged").message
        };
        assert!(
            said(None).starts_with("2 of 2 calls from dice-roller have no SERVER span of die-service, spans were lost")
        );
        let lost = LostContext { caller: Service::DiceRoller, called: Service::DieService, traces: 2, strays: 2 };
        assert!(said(Some(lost)).starts_with("traceparent is lost between dice-roller and die-service"));
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
