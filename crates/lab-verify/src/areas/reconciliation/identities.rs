//! The eight identities that hold when nothing is in flight, as functions of what was counted and found.
//!
//! Numbers as in the contract. Some hold over the life of the processes (`life`), some need the ledger to say what
//! was asked for, and then hold for what was counted over its time (`growth`).

use crate::stack::services::Service::{self, DiceRoller, Frontend};
use crate::truth::counters::Counters;

/// Two numbers, or more, that must be equal.
#[derive(Debug, Clone, PartialEq)]
pub struct Equation {
    /// What is counted, and how many.
    pub terms: Vec<(String, f64)>,
}

/// The sums of a ledger that identities need. Requests whose answers settle nothing make the least smaller than
/// the most.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Asked {
    /// Requests of both kinds.
    pub requests: f64,
    pub batches: f64,
    /// Dice of all batches.
    pub dice: f64,
    /// Batches whose die exists.
    pub found_batches: f64,
    /// Dice of batches whose die exists.
    pub rolls: f64,
    /// Requests whose answers settle nothing.
    pub unsettled: u64,
}

impl Equation {
    /// Terms by name.
    pub fn of<const N: usize>(terms: [(&str, f64); N]) -> Self {
        Self { terms: terms.map(|(name, value)| (name.to_owned(), value)).into() }
    }

    /// Whether all terms are equal. Counters are whole numbers: there is no tolerance.
    pub fn holds(&self) -> bool {
        self.terms.windows(2).all(|pair| pair[0].1 == pair[1].1)
    }
}

/// 1: whatever was received has ended, in one of five ways.
pub fn endings(life: &Counters) -> Vec<Equation> {
    let status = |status| life.sum(Frontend, "frontend_requests_total", &[("status", status)]);
    let ended = ["success", "error", "timeout", "connection_error", "cancelled"].map(status).iter().sum();
    vec![Equation::of([("received", status("received")), ("ended", ended)])]
}

/// 2, over the life: every batch received has its size counted.
pub fn batches_received(life: &Counters) -> Vec<Equation> {
    let labels = [("handler", "/roll-async"), ("status", "received")];
    vec![Equation::of([
        ("received by /roll-async", life.sum(Frontend, "frontend_requests_total", &labels)),
        ("async_roll_requests_total", life.sum(Frontend, "async_roll_requests_total", &[])),
    ])]
}

/// 2, with the ledger: batches and dice asked for.
pub fn batches_asked_for(growth: &Counters, asked: &Asked) -> Vec<Equation> {
    vec![
        Equation::of([
            ("batches in the ledger", asked.batches),
            ("async_roll_requests_total", growth.sum(Frontend, "async_roll_requests_total", &[])),
        ]),
        Equation::of([
            ("dice in the ledger", asked.dice),
            ("Σ batch_size × requests", growth.weighted(Frontend, "async_roll_requests_total", "batch_size")),
        ]),
    ]
}

/// 3: the rolls of batches in the ledger, in metrics and in traces.
pub fn rolls(growth: &Counters, asked: &Asked, spans: f64) -> Vec<Equation> {
    vec![Equation::of([
        ("in the ledger", asked.rolls),
        ("async_rolls_total", growth.sum(DiceRoller, "async_rolls_total", &[])),
        ("async_roll spans", spans),
    ])]
}

/// 4, over the life: every batch that was counted has its size observed.
pub fn batches_measured(life: &Counters) -> Vec<Equation> {
    vec![Equation::of([
        ("async_roll_batch_size_count", life.sum(DiceRoller, "async_roll_batch_size_count", &[])),
        ("async_roll_batches_total", life.sum(DiceRoller, "async_roll_batches_total", &[])),
    ])]
}

/// 4, with the ledger: batches and their dice.
pub fn batches_rolled(growth: &Counters, asked: &Asked) -> Vec<Equation> {
    vec![
        Equation::of([
            ("batches in the ledger", asked.batches),
            ("async_roll_batch_size_count", growth.sum(DiceRoller, "async_roll_batch_size_count", &[])),
            ("async_roll_batches_total", growth.sum(DiceRoller, "async_roll_batches_total", &[])),
        ]),
        Equation::of([
            ("dice in the ledger", asked.dice),
            ("async_roll_batch_size_sum", growth.sum(DiceRoller, "async_roll_batch_size_sum", &[])),
        ]),
    ]
}

/// 5: every request looked its die up, once.
pub fn lookups(growth: &Counters, asked: &Asked) -> Vec<Equation> {
    let lookups = |labels: &[(&str, &str)]| growth.sum(DiceRoller, "die_service_requests_total", labels);
    let mut all = vec![Equation::of([("requests", asked.requests), ("die_service_requests_total", lookups(&[]))])];
    // Lookups that were given up may have been counted by die-service, or not.
    let given_up = lookups(&[("status", "timeout")]) + lookups(&[("status", "cancelled")]);
    if given_up == 0.0 {
        let answered = growth.sum(Service::DieService, "die_specifications_requested_total", &[]);
        all.push(Equation::of([
            ("lookups that hit", lookups(&[("status", "success")])),
            ("die_specifications_requested_total", answered),
        ]));
    }
    all
}

/// 6: every good roll of a die has a face. One equation for each die.
pub fn faces(life: &Counters) -> Vec<Equation> {
    let dice = life.values(DiceRoller, "dice_roll_value_count", "die_type");
    let one = |die: &String| {
        let good = [("die_type", die.as_str()), ("result", "success")];
        Equation {
            terms: vec![
                (format!("faces of {die}"), life.sum(DiceRoller, "dice_roll_value_count", &good[..1])),
                (
                    format!("good rolls of {die}"),
                    life.sum(DiceRoller, "dice_rolls_total", &good) + life.sum(DiceRoller, "async_rolls_total", &good),
                ),
            ],
        }
    };
    dice.iter().map(one).collect()
}

/// 8: nothing is in progress.
pub fn at_rest(life: &Counters) -> Vec<Equation> {
    let in_progress = |service: Service| {
        let count = life.sum(service, "http_requests_in_progress", &[]);
        Equation { terms: vec![(format!("requests in progress at {service}"), count), ("at rest".to_owned(), 0.0)] }
    };
    let rolls = life.sum(DiceRoller, "async_rolls_in_progress", &[]);
    let mut all: Vec<Equation> = Service::ALL.into_iter().map(in_progress).collect();
    all.push(Equation::of([("rolls in progress", rolls), ("at rest", 0.0)]));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::sample::Sample;

    /// Job, name, further labels, value.
    type Counter<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], f64);

    fn counters(all: &[Counter<'_>]) -> Counters {
        let sample = |(job, name, labels, value): &Counter<'_>| {
            let own = [("job", *job), ("__name__", *name)];
            let all = own.iter().chain(labels.iter());
            Sample { labels: all.map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(), value: *value }
        };
        Counters::of_jobs(all.iter().map(sample).collect())
    }

    fn hold(equations: &[Equation]) -> bool {
        assert!(!equations.is_empty());
        equations.iter().all(Equation::holds)
    }

    const F: &str = "frontend-stage4";
    const R: &str = "dice-roller-stage4";
    const D: &str = "die-service-stage4";

    #[test]
    fn every_received_request_ends_in_one_of_five_ways() {
        let of = |error: f64| {
            counters(&[
                (F, "frontend_requests_total", &[("status", "received"), ("handler", "/roll")], 5.0),
                (F, "frontend_requests_total", &[("status", "success"), ("handler", "/roll")], 3.0),
                (F, "frontend_requests_total", &[("status", "error"), ("handler", "/roll")], error),
            ])
        };
        assert!(hold(&endings(&of(2.0))));
        assert!(!hold(&endings(&of(1.0))));
    }

    #[test]
    fn batches_and_dice_are_those_of_the_ledger() {
        let asked = Asked { requests: 5.0, batches: 3.0, dice: 9.0, found_batches: 2.0, rolls: 7.0, unsettled: 0 };
        let growth = counters(&[
            (F, "frontend_requests_total", &[("status", "received"), ("handler", "/roll-async")], 3.0),
            (F, "async_roll_requests_total", &[("batch_size", "2")], 2.0),
            (F, "async_roll_requests_total", &[("batch_size", "5")], 1.0),
            (R, "async_roll_batch_size_count", &[("outcome", "success")], 3.0),
            (R, "async_roll_batch_size_sum", &[("outcome", "success")], 9.0),
            (R, "async_roll_batches_total", &[("outcome", "success")], 2.0),
            (R, "async_roll_batches_total", &[("outcome", "not_found")], 1.0),
            (R, "async_rolls_total", &[("result", "success")], 6.0),
            (R, "async_rolls_total", &[("result", "cancelled")], 1.0),
            (R, "die_service_requests_total", &[("status", "success")], 4.0),
            (R, "die_service_requests_total", &[("status", "error_404")], 1.0),
            (D, "die_specifications_requested_total", &[], 4.0),
        ]);
        assert!(hold(&batches_received(&growth)) && hold(&batches_measured(&growth)));
        assert!(hold(&batches_asked_for(&growth, &asked)) && hold(&batches_rolled(&growth, &asked)));
        assert!(hold(&rolls(&growth, &asked, 7.0)) && !hold(&rolls(&growth, &asked, 6.0)));
        assert!(hold(&lookups(&growth, &asked)));
        assert!(!hold(&lookups(&growth, &Asked { requests: 6.0, ..asked })));
        assert!(!hold(&batches_asked_for(&growth, &Asked { dice: 10.0, ..asked })));
    }

    #[test]
    fn every_good_roll_has_a_face_and_nothing_is_in_progress() {
        let of = |busy: f64| {
            counters(&[
                (R, "dice_roll_value_count", &[("die_type", "fair")], 5.0),
                (R, "dice_rolls_total", &[("die_type", "fair"), ("result", "success")], 2.0),
                (R, "dice_rolls_total", &[("die_type", "fair"), ("result", "error")], 9.0),
                (R, "async_rolls_total", &[("die_type", "fair"), ("result", "success")], 3.0),
                (R, "async_rolls_in_progress", &[], busy),
            ])
        };
        assert!(hold(&faces(&of(0.0))) && hold(&at_rest(&of(0.0))));
        assert!(!hold(&at_rest(&of(1.0))));
    }
}
