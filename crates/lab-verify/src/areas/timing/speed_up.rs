//! The area "speed-up": batches against the same dice one after another, measured as `dicelab perf` does, against what
//! delays uniform in [0, m) give: n·m/2 in a row, m·n/(n+1) at once, a speed-up of (n+1)/2.
//!
//! | Check | Judged |
//! |---|---|
//! | `speed-up/sequential` | mean seconds of the dice in a row |
//! | `speed-up/concurrent` | mean seconds of the batch |
//! | `speed-up/ratio` | the quotient of the two |
//!
//! A measurement passes within five standard errors of theory, which chance leaves about once in a million runs, plus an
//! allowance for what requests cost beside their delay: more on a busy machine, where probes made meanwhile take longer
//! too. Services that are slow by themselves are named by `traces/own-time`. The 95 % interval, which chance leaves in one run of twenty, is
//! shown and judges nothing.

use std::time::Duration;

use lab_traffic::client::Target;
use lab_traffic::perf::measure::{self, Concurrency, Measured};
use lab_traffic::perf::sample::{Interval, ratio_interval, spread};
use lab_traffic::perf::theory;
use tokio::time::sleep;

use crate::areas::timing::concurrency::too_short;
use crate::report::check::{Area, Check, Checks, Question};
use crate::stack::services::Service;
use crate::time::machine::Probes;
use crate::truth::context::Context;

/// Dice of a batch.
const ROLLS: u32 = 5;
/// Batches; with three controls to each, side by side, they take about 7 s.
const ITERATIONS: u32 = 20;
/// Half the width of the band, in standard errors.
const STANDARD_ERRORS: f64 = 5.0;
/// What a request may cost beside its delay on a quiet machine, in seconds.
const REQUEST: f64 = 0.06;
/// How many times as long as a probe a request may take on a busy machine: it crosses two services, and others run beside it.
const PROBES: f64 = 6.0;
/// For the whole measurement; a busy machine takes 12 s.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The seed of the bootstrap interval; any number will do.
const SEED: u64 = 1;

/// Measures and judges.
pub async fn check(context: &Context, checks: &mut Checks) {
    let questions = questions();
    let max_delay = match (too_short(context.max_delay), context.max_delay) {
        (None, Some(max_delay)) => max_delay,
        (why, _) => {
            let why = why.unwrap_or_default();
            return checks.extend(questions.map(|question| question.skip(&why)));
        }
    };
    let base = context.stack.services.base(Service::DiceRoller);
    let Ok(url) = base.parse() else {
        let why = format!("{base}: measured over plain http:// only");
        return checks.extend(questions.map(|question| question.skip(&why)));
    };
    let target = Target::new(url, TIMEOUT, context.stack.clock.source());
    let concurrency = Concurrency::for_delay(max_delay);
    measure::warm_up(&target, concurrency).await;
    let measuring = measure::measure(&target, ROLLS, ITERATIONS, concurrency, &context.stop, || {});
    let mut probes = Probes::default();
    let measured = tokio::select! {
        measured = measuring => Some(measured),
        never = probes.keep_probing(&context.stack) => match never {},
        () = sleep(PATIENCE) => None,
    };
    let busy = probes.busy();
    let Some(measured) = measured else {
        return checks.extend(questions.map(|question| unfinished(question, busy.clone())));
    };
    // Somebody stopped the run, so there is no report.
    let Ok(measured) = measured else { return };
    let probe = probes.mean(Service::DiceRoller);
    let interval = ratio_interval(&measured.sequential, &measured.concurrent, SEED);
    let cost = Cost { request: REQUEST + PROBES * probe, busy };
    checks.extend(judge(questions, &measured, interval, max_delay, &cost));
}

/// The verdict on a measurement that takes several times as long as it should: it is given up.
fn unfinished(question: Question, busy: Option<String>) -> Check {
    question.too_slow(
        busy,
        format!("not done after {} s", PATIENCE.as_secs()),
        "the measurement takes several times as long as the delays alone: rolls ran one after another (something blocks), \
         or a service is slow",
    )
}

fn questions() -> [Question; 3] {
    let question = |name: &str, what: &str, expected: &str| {
        Question::new(
            Area::SpeedUp,
            name,
            format!("{ROLLS} dice {what}"),
            format!("{expected}, within five standard errors"),
        )
    };
    [
        question("sequential", "one after another", "n·m/2 seconds"),
        question("concurrent", "at once", "m·n/(n+1) seconds"),
        question("ratio", "one after another and at once", "a speed-up of (n+1)/2"),
    ]
}

/// What a request costs beside its delay.
struct Cost {
    /// The most seconds that are allowed.
    request: f64,
    /// On a busy machine, the reason that slowness cannot be judged.
    busy: Option<String>,
}

/// Judges a measurement with delays of up to `max_delay` seconds.
fn judge(
    questions: [Question; 3],
    measured: &Measured,
    interval: Option<Interval>,
    max_delay: f64,
    cost: &Cost,
) -> Vec<Check> {
    let (sequential, concurrent) = (Mean::of(&measured.sequential), Mean::of(&measured.concurrent));
    let (Some(sequential), Some(concurrent)) = (sequential, concurrent) else {
        let failures: Vec<_> = measured.failures.iter().map(|(reason, count)| format!("{count} × {reason}")).collect();
        let why = format!("nothing could be measured: {}", failures.join("; "));
        return questions.map(|question| question.fail("no measurement", &why)).into();
    };
    let [in_a_row, at_once, ratio] = questions;
    let dice = f64::from(ROLLS);
    let speed_up = sequential.over(concurrent);
    vec![
        judge_sequential(in_a_row, sequential, theory::sequential_seconds(dice, max_delay), cost),
        judge_concurrent(at_once, concurrent, theory::concurrent_seconds(dice, max_delay), cost, sequential),
        judge_ratio(ratio, speed_up, max_delay, cost, interval),
    ]
}

fn judge_sequential(question: Question, mean: Mean, theory: f64, cost: &Cost) -> Check {
    let got = mean.describe(theory, " s");
    match mean.compare(theory, f64::from(ROLLS) * cost.request) {
        Side::Within => question.pass(got, "single rolls take as long as their delays"),
        Side::Above => {
            let beside = (mean.mean - theory) / f64::from(ROLLS);
            let message = format!(
                "a roll takes {beside:.2} s longer than its delay: a service or the machine is slow \
                 (`dicelab trace` shows where the time goes)"
            );
            question.too_slow(cost.busy.clone(), got, message)
        }
        Side::Below => {
            question.fail(got, "rolls take less time than their delays should: the services do not wait as long as their max_delay_seconds says")
        }
    }
}

fn judge_concurrent(question: Question, mean: Mean, theory: f64, cost: &Cost, sequential: Mean) -> Check {
    let got = mean.describe(theory, " s");
    match mean.compare(theory, 2.0 * cost.request) {
        Side::Within => question.pass(got, "a batch takes as long as its longest roll"),
        Side::Above if mean.mean > 0.8 * sequential.mean => question.too_slow(
            cost.busy.clone(),
            got,
            "a batch takes as long as its rolls in a row: rolls ran one after another, something blocks",
        ),
        Side::Above => {
            let beside = mean.mean - theory;
            let message = format!(
                "a batch takes {beside:.2} s longer than its longest roll: a service is slow, or rolls wait for each other"
            );
            question.too_slow(cost.busy.clone(), got, message)
        }
        Side::Below => {
            question.fail(got, "a batch takes less time than its longest roll should: rolls are missing or do not wait")
        }
    }
}

/// What a request may cost beside its delay counts as a share of the mean delay.
fn judge_ratio(question: Question, ratio: Mean, max_delay: f64, cost: &Cost, interval: Option<Interval>) -> Check {
    let (theory, share) = (theory::speed_up(f64::from(ROLLS)), cost.request / (max_delay / 2.0));
    let shown = interval.map(|Interval { low, high }| format!(", 95 % {low:.2} to {high:.2}")).unwrap_or_default();
    let got = format!("{:.2} (theory {theory:.2}{shown})", ratio.mean);
    match ratio.compare(theory, theory * share) {
        Side::Within => question.pass(got, format!("{ROLLS} dice at once are {:.1} times as fast", ratio.mean)),
        Side::Below if ratio.mean < f64::midpoint(1.0, theory) => {
            let message = "concurrent rolls are hardly faster: rolls ran one after another, something blocks";
            question.too_slow(cost.busy.clone(), got, message)
        }
        Side::Below => question.too_slow(
            cost.busy.clone(),
            got,
            "concurrent rolls are less fast than they should be: they wait for each other",
        ),
        Side::Above => question.too_slow(
            cost.busy.clone(),
            got,
            "single rolls are slower than theory: each request has a cost that a batch pays only once, for example a new connection or a slow lookup of the die",
        ),
    }
}

/// A mean and its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Mean {
    mean: f64,
    error: f64,
}

/// Where a measurement lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Below,
    Within,
    Above,
}

impl Mean {
    fn of(values: &[f64]) -> Option<Self> {
        let spread = spread(values)?;
        Some(Self { mean: spread.mean, error: spread.standard_deviation / (spread.count as f64).sqrt() })
    }

    /// The quotient of two independent means, its error by the delta method.
    fn over(self, below: Self) -> Self {
        let (mean, relative) = (self.mean / below.mean, |one: Self| (one.error / one.mean).powi(2));
        Self { mean, error: mean * (relative(self) + relative(below)).sqrt() }
    }

    /// Above and below theory by at most five standard errors and an allowance.
    fn compare(self, theory: f64, allowance: f64) -> Side {
        let band = STANDARD_ERRORS * self.error + allowance;
        match self.mean - theory {
            more if more > band => Side::Above,
            less if less < -band => Side::Below,
            _ => Side::Within,
        }
    }

    fn describe(self, theory: f64, unit: &str) -> String {
        format!("{:.2}{unit} ± {:.2} (theory {theory:.2}{unit})", self.mean, self.error)
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::report::check::Status;

    /// A measurement without a machine: delays uniform in [0, 1), `slow` seconds for every request beside them.
    fn simulated(seed: u64, slow: f64, at_once: bool) -> Vec<Check> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut delays = || -> Vec<f64> { (0..ROLLS).map(|_| rng.random_range(0.0..1.0)).collect() };
        let in_a_row = |delays: Vec<f64>| delays.iter().map(|delay| delay + slow).sum::<f64>();
        let mut measured = Measured::default();
        for _ in 0..ITERATIONS {
            measured.sequential.extend([in_a_row(delays()), in_a_row(delays()), in_a_row(delays())]);
            let rolls = delays();
            let longest = rolls.iter().copied().fold(0.0, f64::max) + slow;
            measured.concurrent.push(if at_once { longest } else { rolls.iter().sum::<f64>() + slow });
        }
        judge(questions(), &measured, None, 1.0, &Cost { request: REQUEST, busy: None })
    }

    #[test]
    fn neither_chance_nor_a_loaded_machine_fails_a_check() {
        for seed in 0..1000 {
            let checks = simulated(seed, if seed % 2 == 0 { 0.002 } else { 0.03 }, true);
            assert!(checks.iter().all(|check| check.status == Status::Pass), "{seed}: {checks:?}");
        }
    }

    #[test]
    fn serial_rolls_and_a_slow_service_are_named() {
        for seed in 0..50 {
            let serial = simulated(seed, 0.002, false);
            let failed: Vec<_> = serial.iter().filter(|check| check.status == Status::Fail).collect();
            assert_eq!(failed.len(), 2, "{seed}: {serial:?}");
            assert!(failed.iter().all(|check| check.message.contains("rolls ran one after another")), "{failed:?}");
            let slow = simulated(seed, 0.3, true);
            assert!(slow[0].message.contains("a service or the machine is slow"), "{seed}: {slow:?}");
        }
    }

    #[test]
    fn nothing_slow_is_judged_on_a_busy_machine() {
        let measured =
            Measured { sequential: vec![4.0, 4.1, 4.2], concurrent: vec![2.0, 2.1, 2.2], ..Measured::default() };
        let judged = |busy: Option<String>| judge(questions(), &measured, None, 1.0, &Cost { request: REQUEST, busy });
        assert_eq!(judged(None).iter().filter(|check| check.status == Status::Fail).count(), 3);
        for check in judged(Some("the machine is too busy".to_owned())) {
            assert_eq!(check.status, Status::Skip);
            assert!(check.message.ends_with("; the machine is too busy"), "{}", check.message);
        }
    }

    #[test]
    fn failed_requests_are_the_reason_when_there_is_no_measurement() {
        let mut measured = Measured::default();
        measured.failures.insert("GET /roll: 503".to_owned(), 20);
        let checks = judge(questions(), &measured, None, 1.0, &Cost { request: REQUEST, busy: None });
        assert!(checks.iter().all(|check| check.message == "nothing could be measured: 20 × GET /roll: 503"));
    }
}
