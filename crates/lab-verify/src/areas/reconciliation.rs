//! Reconciliation: counters, spans, lines and answers agree, in sum and one by one, exactly.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use crate::areas::causes::{self, LostContext, Signal};
use crate::areas::reconciliation::identities::{Asked, Equation};
use crate::report::check::{Area, Check, Checks, Question};
use crate::report::numbers::{count, plural};
use crate::stack::services::Service;
use crate::truth::context::{Context, Origin};
use crate::truth::counters::{Counters, Growth};
use crate::truth::found::contradictions::Contradictions;
use crate::truth::found::requests;
use crate::truth::unknown::Unknown;

pub mod identities;
pub mod implied;

/// How many equations that do not hold are quoted in a message.
const WRITTEN: usize = 4;

/// What stands in place of a status code where there was no answer.
const NO_ANSWER: &str = "no answer";

/// Judges what was gathered.
pub fn check(context: &Context, checks: &mut Checks) {
    let judge = Judge {
        context,
        began: Instant::now(),
        asked: implied::asked(&context.ledger),
        lost: causes::lost_context(context),
    };
    if judge.context.ledger.is_empty() {
        checks.add(judge.no_traffic());
    } else {
        checks.add(judge.answers());
        checks.add(judge.totals());
        checks.add(judge.spans());
        checks.add(judge.lines());
        checks.add(judge.content());
        checks.add(judge.implied());
    }
    checks.add(judge.restarts());
    checks.add(judge.stored());
    checks.extend(judge.identities());
}

struct Judge<'a> {
    context: &'a Context,
    began: Instant,
    asked: Asked,
    lost: Option<LostContext>,
}

impl Judge<'_> {
    fn question(&self, name: &str, asked: &str, expected: impl Into<String>) -> Question {
        Question::new(Area::Reconciliation, name, asked, expected).since(self.began)
    }

    fn growth(&self) -> Result<&Growth, &Arc<Unknown>> {
        self.context.counted.growth.as_ref()
    }

    fn no_traffic(&self) -> Check {
        let question = self.question("answers", "requests through the frontend", "answers");
        match &self.context.origin {
            Origin::Failed(reason) => question.fail("no traffic", reason.to_string()),
            _ => question.fail("no traffic", "no request was answered"),
        }
    }

    /// Every request is answered as the contract says.
    fn answers(&self) -> Check {
        let question = self.question("answers", "every request of the ledger", "200, a failed die's 500, or 404");
        let (mut good, mut bad) = (BTreeMap::new(), BTreeMap::new());
        for entry in &self.context.ledger {
            let status = entry.status.map_or_else(|| NO_ANSWER.to_owned(), |status| status.to_string());
            let side = if matches!(entry.status, Some(200 | 404 | 500)) { &mut good } else { &mut bad };
            *side.entry(status).or_insert(0) += 1;
        }
        let got = causes::tally(&good);
        if bad.is_empty() {
            let message =
                format!("{} answered: {got}", plural(self.context.ledger.len() as u64, "request", "requests"));
            return question.pass(got, message);
        }
        let are_late = bad.keys().all(|status| status == "504" || status == NO_ANSWER);
        let bad = causes::tally(&bad);
        let cause = causes::unanswered(&self.context.traces.unanswered).unwrap_or_else(|| {
            "a service behind the frontend is too slow (504), cannot be reached (503), or both".to_owned()
        });
        let busy = self.context.probes.busy().filter(|_| are_late);
        question.too_slow(
            busy,
            bad.clone(),
            format!("some requests were not answered as they should be: {bad}; {cause}"),
        )
    }

    /// The sum of it all, in one sentence.
    fn totals(&self) -> Check {
        let question = self.question("totals", "batches and rolls in all signals", "the same everywhere");
        let batches = plural(self.asked.batches as u64, "batch", "batches");
        let rolls = self.asked.rolls as u64;
        let head = format!("{batches}, {}", plural(rolls, "roll", "rolls"));
        let (growth, lines) = match (self.growth(), &self.context.lines) {
            (Ok(growth), Ok(lines)) => (growth, lines),
            (Err(reason), _) => return question.skip(reason.to_string()),
            (_, Err(reason)) => return question.skip(reason.to_string()),
        };
        if self.asked.unsettled > 0 {
            let without = plural(self.asked.unsettled, "request", "requests");
            return question.skip(format!(
                "for {without} it is unknown how many dice were rolled, because their answers did not arrive"
            ));
        }
        let metrics = growth.counters.sum(Service::DiceRoller, "async_rolls_total", &[]) as u64;
        let cancelled =
            growth.counters.sum(Service::DiceRoller, "async_rolls_total", &[("result", "cancelled")]) as u64;
        let written = lines.rolls();
        let traces = self.context.traces.rolls();
        let in_logs = match cancelled {
            0 => format!("{} in logs", count(written)),
            _ => format!("{} in logs ({} cancelled, which write none)", count(written + cancelled), count(cancelled)),
        };
        let everywhere = [metrics, written + cancelled, traces];
        let lost = rolls.saturating_sub(everywhere.into_iter().min().unwrap_or(0));
        let got =
            format!("{} in metrics, {in_logs}, {} in traces; lost {}", count(metrics), count(traces), count(lost));
        question.judge(everywhere.iter().all(|one| *one == rolls), got.clone(), format!("{head}: {got}"))
    }

    fn spans(&self) -> Check {
        let question = self.question("spans", "the trace of each request by its id", "5 spans, with a batch 5 + n");
        if let Some(problem) = &self.context.traces.problem {
            return question.unanswered(problem);
        }
        let differences = requests::spans(&self.context.ledger, &self.context.traces);
        self.one_by_one(question, Signal::Spans, self.context.traces.total(), &differences)
    }

    fn lines(&self) -> Check {
        let question = self.question("lines", "the log lines of each request", "8 lines, with a batch 8 + n");
        let lines = match &self.context.lines {
            Ok(lines) => lines,
            Err(reason) => return question.unanswered(reason),
        };
        let differences = requests::lines(&self.context.ledger, lines);
        self.one_by_one(question, Signal::Lines, lines.total(), &differences)
    }

    fn one_by_one(
        &self,
        question: Question,
        signal: Signal,
        found: u64,
        differences: &[requests::Difference],
    ) -> Check {
        let unit = if signal == Signal::Spans { ("span", "spans") } else { ("line", "lines") };
        let missing: u64 = differences.iter().map(|one| one.missing).sum();
        let surplus: u64 = differences.iter().map(|one| one.surplus).sum();
        let got = format!("{}; {} missing, {} too many", plural(found, unit.0, unit.1), count(missing), count(surplus));
        if differences.is_empty() {
            let settled = requests::settled(&self.context.ledger).count() as u64;
            let message = format!(
                "{} of {}, not one missing or too many",
                plural(found, unit.0, unit.1),
                plural(settled, "request", "requests")
            );
            return question.pass(got, message);
        }
        let mut why = causes::differences(signal, differences, self.lost.as_ref(), self.growth().ok());
        if missing > 0 {
            why.push_str(&causes::far_off(&self.context.traces.survey.clocks.skews()));
        }
        question.fail(got, why)
    }

    /// Faces and totals are the same in answers, lines and spans: identity 7 and more.
    fn content(&self) -> Check {
        let question = self.question(
            "identity-7-totals",
            "faces and totals in answers, lines and spans",
            "Σ die.result over the rolls = total of the answer = total of the lines",
        );
        let in_lines = self.context.lines.as_ref().ok().map(|lines| &lines.contradictions);
        let found: Vec<&Contradictions> = in_lines.into_iter().chain([&self.context.traces.contradictions]).collect();
        let first = found.iter().filter_map(|all| all.first()).min_by_key(|(at, _)| *at);
        let good = self.context.ledger.iter().filter(|entry| entry.status == Some(200)).count() as u64;
        let Some((_, first)) = first else {
            let sum: i64 = self.context.ledger.iter().filter_map(|entry| entry.total).sum();
            let message = format!(
                "{}, whose dice show {} in all, say the same everywhere",
                plural(good, "good answer", "good answers"),
                count(sum.unsigned_abs())
            );
            return question.pass("no contradiction", message);
        };
        let id = |at: usize| self.context.ledger.get(at)?.trace_id.as_deref();
        let others = causes::few(found.iter().flat_map(|all| all.positions()).filter_map(id));
        let count = plural(found.iter().map(|all| all.count() as u64).sum(), "contradiction", "contradictions");
        question.fail(count.clone(), format!("{count}: {first} ({others})"))
    }

    /// Each counter grew by what the ledger implies.
    fn implied(&self) -> Check {
        let question = self.question("counters", "raw counters before and after", "what the ledger implies, exactly");
        let growth = match self.growth() {
            Ok(growth) => growth,
            Err(reason) => return question.skip(reason.to_string()),
        };
        let all = implied::counters(&self.context.ledger);
        let wrong: Vec<String> = all
            .iter()
            .filter(|one| !one.allows(one.counted(&growth.counters)))
            .map(|one| {
                let counted = one.counted(&growth.counters);
                let cause = causes::counter(one.service, counted, (one.least, one.most), &growth.restarted);
                let wanted = if one.least == one.most {
                    one.least.to_string()
                } else {
                    format!("{} to {}", one.least, one.most)
                };
                format!("{} grew by {counted}, the ledger says {wanted}: {cause}", one.selector())
            })
            .collect();
        if wrong.is_empty() {
            return question
                .pass("all equal", format!("{} counters grew by exactly what the ledger implies", all.len()));
        }
        question.fail(format!("{} of {} differ", wrong.len(), all.len()), some(&wrong))
    }

    fn restarts(&self) -> Check {
        let question = self.question("restarts", "process_start_time_seconds before and after", "the same processes");
        match self.growth() {
            Err(reason) => question.skip(reason.to_string()),
            Ok(growth) if growth.restarted.is_empty() => {
                question.pass("the same", "no service was restarted meanwhile")
            }
            Ok(growth) => question.fail("others", causes::restarts(&growth.restarted)),
        }
    }

    /// What is stored is what the services show.
    fn stored(&self) -> Check {
        let question = self.question("stored", "counters in the store and at /metrics", "the same");
        let (life, (before, after)) = match (&self.context.counted.life, &self.context.counted.source) {
            (Ok(life), Ok(source)) => (life, source),
            (Err(reason), _) | (_, Err(reason)) => return question.skip(reason.to_string()),
        };
        let (mut compared, mut wrong) = (0, Vec::new());
        for (service, series, shown) in before.all().filter(|(_, series, _)| is_stable(series)) {
            // The frontend asks for the list of dice from time to time, which may be counted between the two readings.
            let later = after.exactly(service, series).unwrap_or(shown);
            let stored = life.exactly(service, series);
            compared += 1;
            if stored.is_none_or(|stored| stored < shown || stored > later) {
                let name = series.get("__name__").map_or("", String::as_str);
                let stored = stored.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
                wrong.push(format!("{service} shows {name} {shown}, the store has {stored}"));
            }
        }
        if wrong.is_empty() {
            return question.pass("the same", format!("{compared} series are stored as the services show them"));
        }
        question.fail(format!("{} of {compared} series differ", wrong.len()), some(&wrong))
    }

    fn identities(&self) -> Vec<Check> {
        let life = |name: &str, asked: &str, of: fn(&Counters) -> Vec<Equation>| {
            let question = self.question(name, asked, "equal over the life of the processes");
            match &self.context.counted.life {
                Ok(life) if name == "identity-8-at-rest" => equal(question, &of(life), Some("nothing is in progress")),
                Ok(life) => equal(question, &of(life), None),
                Err(reason) => question.skip(reason.to_string()),
            }
        };
        let grown = |name: &str, asked: &str, of: &dyn Fn(&Counters) -> Vec<Equation>| {
            let question = self.question(name, asked, "equal over the time of the ledger");
            match self.growth() {
                Err(reason) => question.skip(reason.to_string()),
                Ok(growth) if !growth.restarted.is_empty() => question.skip(causes::restarts(&growth.restarted)),
                Ok(_) if self.context.ledger.is_empty() => question.skip("there was no traffic"),
                Ok(_) if self.asked.unsettled > 0 => {
                    let without = plural(self.asked.unsettled, "request", "requests");
                    question.skip(format!(
                        "for {without} it is unknown what must have been counted, because their answers did not arrive"
                    ))
                }
                Ok(growth) => equal(question, &of(&growth.counters), None),
            }
        };
        let spans = self.context.traces.rolls() as f64;
        vec![
            life("identity-1-endings", "frontend_requests_total: received, and the five endings", identities::endings),
            life("identity-2-batches", "batches received, and their sizes", identities::batches_received),
            grown("identity-2-dice", "dice asked for", &|growth| identities::batches_asked_for(growth, &self.asked)),
            grown("identity-3-rolls", "rolls of batches: ledger, metrics, traces", &|growth| {
                identities::rolls(growth, &self.asked, spans)
            }),
            life("identity-4-batches", "batches counted, and measured", identities::batches_measured),
            grown("identity-4-dice", "batches and dice rolled", &|growth| {
                identities::batches_rolled(growth, &self.asked)
            }),
            grown("identity-5-lookups", "lookups at die-service", &|growth| identities::lookups(growth, &self.asked)),
            life("identity-6-faces", "dice_roll_value_count, and good rolls", identities::faces),
            life("identity-8-at-rest", "gauges of what is in progress", identities::at_rest),
        ]
    }
}

/// Judges equations. A pass quotes them, unless another sentence for it is given.
fn equal(question: Question, equations: &[Equation], words: Option<&str>) -> Check {
    let write = |one: &Equation| {
        let terms: Vec<String> =
            one.terms.iter().map(|(name, value)| format!("{name} {}", count(*value as u64))).collect();
        terms.join(if one.holds() { " = " } else { " ≠ " })
    };
    let wrong: Vec<String> = equations.iter().filter(|one| !one.holds()).map(write).collect();
    let all: Vec<String> = equations.iter().map(write).collect();
    if wrong.is_empty() {
        return question.pass("equal", words.map_or_else(|| all.join("; "), str::to_owned));
    }
    let twice = |one: &&Equation| {
        one.terms
            .windows(2)
            .any(|pair| pair[0].1 > 0.0 && (pair[1].1 == 2.0 * pair[0].1 || pair[0].1 == 2.0 * pair[1].1))
    };
    let cause = if equations.iter().filter(|one| !one.holds()).any(|one| twice(&one)) { ": counted twice" } else { "" };
    question.fail("not equal", format!("{}{cause}", some(&wrong)))
}

/// The first few of many sentences.
fn some(all: &[String]) -> String {
    let mut text = all.iter().take(WRITTEN).cloned().collect::<Vec<_>>().join("; ");
    if all.len() > WRITTEN {
        text.push_str(&format!("; and {} more", all.len() - WRITTEN));
    }
    text
}

/// Whether a series counts requests or rolls; the metrics of the process itself (memory, threads) change all the time.
fn is_stable(series: &crate::stack::sample::Labels) -> bool {
    let name = series.get("__name__").map_or("", String::as_str);
    !["process_", "telemetry_", "dicelab_", "scrape_"].iter().any(|prefix| name.starts_with(prefix))
}
