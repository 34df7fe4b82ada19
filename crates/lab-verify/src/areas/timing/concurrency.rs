//! The area "concurrency": whether the rolls of a batch ran at the same time, and single rolls did not.
//!
//! | Check | Judged |
//! |---|---|
//! | `concurrency/verdict` | how much of the time that rolls could share was spent on waiting for each other, over all batches |
//! | `concurrency/overlap` | the most rolls under way at one moment, added up over all batches |
//! | `concurrency/spread` | from a batch's first start to its last one, the median over all batches |
//! | `concurrency/control` | single rolls, one request after another, never overlap |
//!
//! Sums and medians, not single batches: a machine under load delays one start now and then, and a roll whose delay
//! happens to be tiny ends before its last sibling begins.

use serde::Deserialize;

use crate::report::check::{Area, Check, Checks, Question};
use crate::stack::services::Service;
use crate::stack::span::{Kind, Span};
use crate::time::wait::{Bound, Miss};
use crate::trace::batch::{Overlap, ROLL};
use crate::truth::context::Context;
use crate::truth::found::batches::Batches;
use crate::truth::unknown::Unknown;

/// Longest delays below this, in seconds, are too short to tell waiting from starting.
pub const SHORTEST_DELAY: f64 = 0.1;
/// The share of waiting from which on rolls do not run freely; noise stays below a hundredth.
const MOST_WAITING: f64 = 0.1;
/// The share of rolls that must have been under way together.
const LEAST_OVERLAP: f64 = 0.7;
/// The median start spread as a share of the longest delay; of serial rolls it is a half at least.
const MOST_SPREAD: f64 = 0.25;
/// Single rolls for the control.
const CONTROLS: usize = 4;

/// Judges the batches of the ledger's traces, and single rolls of our own.
pub async fn check(context: &Context, checks: &mut Checks) {
    checks.extend(judge(&context.traces.batches, context.max_delay));
    let control = Question::new(
        Area::Concurrency,
        "control",
        format!("{CONTROLS} single rolls, one after another"),
        "no two at once, parallelism 1.0 at most",
    );
    checks.add(match too_short(context.max_delay) {
        Some(why) => control.skip(why),
        None => judge_control(control, single_rolls(context).await),
    });
}

/// Why delays do not allow for a judgement; nothing if they do.
pub fn too_short(max_delay: Option<f64>) -> Option<String> {
    match max_delay {
        None => Some("dice-roller does not say how long its delays are".to_owned()),
        Some(0.0) => Some("delays are off (max_delay_seconds is 0): there is nothing to overlap".to_owned()),
        Some(delay) if delay < SHORTEST_DELAY => {
            Some(format!("delays of at most {:.0} ms are too short to tell waiting from starting", delay * 1e3))
        }
        Some(_) => None,
    }
}

/// The checks over batches, when delays reach up to `max_delay` seconds.
pub fn judge(batches: &Batches, max_delay: Option<f64>) -> Vec<Check> {
    let asked = format!("the {ROLL} spans of {} batches", batches.count);
    let question = |name: &str, expected: String| Question::new(Area::Concurrency, name, &asked, expected);
    let most_spread = max_delay.unwrap_or_default() * MOST_SPREAD;
    let questions = [
        question("verdict", format!("at most {:.0} % of the shareable time spent on waiting", MOST_WAITING * 100.0)),
        question("overlap", format!("at least {:.0} % of the rolls under way together", LEAST_OVERLAP * 100.0)),
        question("spread", format!("a median start spread of at most {:.0} ms", most_spread * 1e3)),
    ];
    let why = too_short(max_delay).or_else(|| {
        (batches.count == 0)
            .then(|| "no trace of the ledger holds a batch of two rolls or more that was not cancelled".to_owned())
    });
    if let Some(why) = why {
        return questions.map(|question| question.skip(&why)).into();
    }
    let [verdict, overlap, spread] = questions;
    vec![
        judge_verdict(verdict, batches),
        judge_overlap(overlap, batches),
        judge_spread(spread, batches, (most_spread * 1e9) as u64),
    ]
}

fn judge_verdict(question: Question, batches: &Batches) -> Check {
    let Batches { rolls, waited_ns, shareable_ns, .. } = batches;
    let share = *waited_ns as f64 / (*shareable_ns).max(1) as f64;
    let parallelism = batches.sum_ns as f64 / batches.wall_ns.max(1) as f64;
    // The mean weighs each batch by its wall time, n/(n+1) in theory.
    let theory = *rolls as f64 / 2.0 / batches.weight.max(f64::MIN_POSITIVE);
    let verdicts = batches.verdicts.iter().map(|(verdict, count)| format!("{count} {}", verdict.as_str()));
    let verdicts: Vec<_> = verdicts.collect();
    let got = format!("{:.1} %; {}", share * 100.0, verdicts.join(", "));
    let achieved = format!("parallelism {parallelism:.1} where n rolls at once would give {theory:.1}");
    if share <= MOST_WAITING {
        return question.pass(got, format!("{rolls} rolls in {} batches ran at once: {achieved}", batches.count));
    }
    let cause = if share >= 0.9 {
        "rolls ran one after another: something blocks them (a lock, a blocking call on an async thread)"
    } else {
        "rolls ran one after another in part: something blocks threads or limits how many run at once (a blocking call \
         on an async thread, a semaphore, a small pool)"
    };
    question.fail(got, format!("{cause}; {achieved}"))
}

fn judge_overlap(question: Question, batches: &Batches) -> Check {
    let Batches { rolls, together, most_together: most, .. } = batches;
    let share = *together as f64 / (*rolls).max(1) as f64;
    let got = format!("{together} of {rolls}");
    if share >= LEAST_OVERLAP {
        return question
            .pass(got, format!("{:.0} % of all rolls were under way together with their siblings", share * 100.0));
    }
    let message = if *most == 1 {
        "rolls ran one after another: no two were ever under way at once".to_owned()
    } else {
        format!("never more than {most} rolls of a batch were under way at once")
    };
    question.fail(got, message)
}

fn judge_spread(question: Question, batches: &Batches, most_ns: u64) -> Check {
    let mut spreads = batches.spreads_ns.clone();
    spreads.sort_unstable();
    let median = spreads.get(spreads.len() / 2).copied().unwrap_or_default();
    let longest = spreads.last().copied().unwrap_or_default();
    let ms = |ns: u64| format!("{:.1} ms", ns as f64 / 1e6);
    let got = ms(median);
    let message = if median <= most_ns {
        format!("rolls start together, within {} in the worst batch", ms(longest))
    } else {
        format!("rolls start {} apart: each waits for the one before, they ran one after another", ms(median))
    };
    question.judge(median <= most_ns, got, message)
}

/// The dice-roller spans of single rolls made one after another, or why there are none.
async fn single_rolls(context: &Context) -> Result<Vec<Span>, Unknown> {
    #[derive(Deserialize)]
    struct Rolled {
        trace_id: String,
    }
    let mut ids = Vec::new();
    for _ in 0..CONTROLS {
        let answer = context.stack.services.get(Service::Frontend, "/roll", &[("die", "fair")]).await;
        let rolled = answer.and_then(|answer| answer.good()?.json::<Rolled>());
        ids.push(rolled?.trace_id);
    }
    let (bound, mut spans) = (Bound::of_delivery(&context.stop), Vec::new());
    for id in ids {
        let look = async || {
            let is_roll = |span: &Span| &*span.service == Service::DiceRoller.name() && span.kind == Kind::Server;
            let found = context.stack.tempo.trace(&id).await?.into_iter().find(is_roll);
            found.ok_or_else(|| Miss::NotYet(format!("the trace {id} of a single roll has no span of dice-roller")))
        };
        spans.push(bound.until(look).await?);
    }
    Ok(spans)
}

fn judge_control(question: Question, rolls: Result<Vec<Span>, Unknown>) -> Check {
    let overlap = match rolls {
        Ok(spans) => Overlap::of(spans.iter().map(|span| (span.start_ns, span.end_ns))),
        Err(why) => return question.fail("no spans", why.to_string()),
    };
    let got = format!("{} at once, parallelism {:.1}", overlap.greatest, overlap.parallelism());
    let message = if overlap.greatest == 1 {
        "single rolls run one after another, as they were asked for"
    } else {
        "spans of single rolls overlap although their requests did not: their durations or the clock of dice-roller are wrong"
    };
    question.judge(overlap.greatest == 1, got, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::check::Status;
    use crate::trace::batch::{Batch, batches};
    use crate::trace::fake::span;

    fn made(spans: &[(i64, i64)]) -> Batch {
        let roll =
            |(at, (start, end)): (usize, &(i64, i64))| span(&at.to_string(), "p", "dice-roller", ROLL, *start, *end);
        let spans: Vec<Span> = spans.iter().enumerate().map(roll).collect();
        batches(&spans).remove(0)
    }

    fn judged(batches: &[Batch], max_delay: Option<f64>) -> Vec<(String, Status, String)> {
        let mut sums = Batches::default();
        for batch in batches {
            sums.take(batch);
        }
        judge(&sums, max_delay).into_iter().map(|check| (check.id, check.status, check.message)).collect()
    }

    #[test]
    fn concurrent_batches_pass_with_what_they_achieved() {
        let batches = vec![made(&[(0, 900), (1, 301), (2, 602)]); 5];
        let checks = judged(&batches, Some(1.0));
        assert!(checks.iter().all(|(_, status, _)| *status == Status::Pass), "{checks:?}");
        assert!(checks[0].2.contains("parallelism 2.0 where n rolls at once would give 2.0"), "{checks:?}");
    }

    #[test]
    fn rolls_one_after_another_fail_every_check_with_that_reason() {
        let checks = judged(&vec![made(&[(0, 900), (900, 1200), (1200, 1800)]); 5], Some(1.0));
        for (id, status, message) in checks {
            assert_eq!(status, Status::Fail, "{id}");
            assert!(message.contains("ran one after another"), "{id}: {message}");
        }
    }

    #[test]
    fn a_limit_of_two_rolls_at_once_is_named() {
        let two = made(&[(0, 500), (0, 400), (400, 900), (500, 900), (900, 1400), (900, 1500)]);
        let checks = judged(&[two], Some(1.0));
        assert!(checks[0].2.contains("limits how many run at once"), "{checks:?}");
        assert!(checks[1].2.contains("never more than 2 rolls"), "{checks:?}");
    }

    #[test]
    fn without_delays_or_batches_nothing_is_judged() {
        let batch = made(&[(0, 900), (1, 301)]);
        for (batches, delay, why) in [
            (vec![batch.clone()], Some(0.0), "delays are off"),
            (vec![batch.clone()], Some(0.01), "at most 10 ms"),
            (vec![batch], None, "does not say"),
            (vec![], Some(1.0), "no trace of the ledger"),
        ] {
            let checks = judged(&batches, delay);
            assert!(checks.iter().all(|(_, status, said)| *status == Status::Skip && said.contains(why)), "{checks:?}");
        }
    }

    #[test]
    fn the_control_must_not_overlap() {
        let question = || Question::new(Area::Concurrency, "control", "", "");
        let rolls =
            |starts: [i64; 2]| starts.map(|start| span("1", "", "dice-roller", "GET /roll", start, start + 500));
        let [row, overlapping] = [rolls([0, 500]), rolls([0, 499])].map(Vec::from);
        assert_eq!(judge_control(question(), Ok(row)).got, "1 at once, parallelism 1.0");
        assert_eq!(judge_control(question(), Ok(overlapping)).status, Status::Fail);
        assert_eq!(judge_control(question(), Err(Unknown::NoTime)).message, Unknown::NoTime.to_string());
    }
}
