//! What a ledger implies for single counters: each is known exactly, or between two numbers where requests were
//! cut short or failed half-way.

use lab_model::strategy::Strategy;
use lab_traffic::ledger::Entry;
use lab_traffic::request::Endpoint;

use crate::areas::reconciliation::identities::Asked;
use crate::stack::services::Service::{self, DiceRoller, DieService, Frontend};
use crate::truth::asked::expected::Expected;
use crate::truth::counters::Counters;

/// A counter and what the ledger says it must have grown by.
#[derive(Debug, Clone, PartialEq)]
pub struct Implied {
    pub service: Service,
    pub name: &'static str,
    /// The labels that are meant; the sum is over all others.
    pub labels: Vec<(&'static str, &'static str)>,
    /// The least that it can be.
    pub least: f64,
    /// The most that it can be.
    pub most: f64,
}

impl Implied {
    /// What was counted.
    pub fn counted(&self, growth: &Counters) -> f64 {
        growth.sum(self.service, self.name, &self.labels)
    }

    /// Whether a count is possible.
    pub fn allows(&self, counted: f64) -> bool {
        (self.least..=self.most).contains(&counted)
    }

    // `async_rolls_total{result="success"}`
    pub fn selector(&self) -> String {
        let labels: Vec<String> = self.labels.iter().map(|(label, value)| format!("{label}={value:?}")).collect();
        if labels.is_empty() { self.name.to_owned() } else { format!("{}{{{}}}", self.name, labels.join(",")) }
    }
}

/// The sums of a ledger.
pub fn asked(ledger: &[Entry]) -> Asked {
    let mut asked = Asked::default();
    for entry in ledger {
        let Some(expected) = Expected::of(entry) else {
            asked.unsettled += 1;
            continue;
        };
        asked.requests += 1.0;
        if let Some(times) = entry.times {
            asked.batches += 1.0;
            asked.dice += f64::from(times);
            asked.found_batches += f64::from(u8::from(expected.found));
            asked.rolls += expected.rolls as f64;
        }
    }
    asked
}

/// Every counter that the ledger says something about.
pub fn counters(ledger: &[Entry]) -> Vec<Implied> {
    let mut all = Vec::new();
    let mut rule = |service, name, labels: &[(&'static str, &'static str)], share: &dyn Fn(&Entry) -> (f64, f64)| {
        let (mut least, mut most) = (0.0, 0.0);
        for entry in ledger {
            let settled = Expected::of(entry).is_some();
            let (low, high) = share(entry);
            least += if settled { low } else { 0.0 };
            most += if settled { high } else { f64::from(entry.times.unwrap_or(1)) };
        }
        all.push(Implied { service, name, labels: labels.to_vec(), least, most });
    };
    let single = |entry: &Entry| entry.endpoint == Endpoint::Roll;
    let status = |entry: &Entry, wanted: u16| entry.status == Some(wanted);
    let found = |entry: &Entry| !status(entry, 404);
    let when = |holds: bool| (f64::from(u8::from(holds)), f64::from(u8::from(holds)));

    for handler in ["/roll", "/roll-async"] {
        let of_handler = |entry: &Entry| entry.endpoint.path() == handler;
        rule(Frontend, "frontend_requests_total", &[("handler", handler), ("status", "received")], &|e| {
            when(of_handler(e))
        });
        rule(Frontend, "frontend_requests_total", &[("handler", handler), ("status", "success")], &|e| {
            when(of_handler(e) && status(e, 200))
        });
        rule(Frontend, "frontend_requests_total", &[("handler", handler), ("status", "error")], &|e| {
            when(of_handler(e) && !status(e, 200))
        });
        rule(DiceRoller, "http_requests_total", &[("handler", handler)], &|e| when(of_handler(e)));
    }
    for (code, text) in [(200, "200"), (404, "404"), (500, "500")] {
        rule(Frontend, "backend_requests_total", &[("status_code", text)], &|e| when(status(e, code)));
    }
    for (result, code) in [("success", 200), ("error", 500)] {
        rule(DiceRoller, "dice_rolls_total", &[("result", result)], &|e| when(single(e) && status(e, code)));
    }
    rule(DiceRoller, "async_rolls_total", &[("result", "success")], &successes);
    for strategy in Strategy::ALL {
        for (outcome, is_meant) in OUTCOMES {
            rule(
                DiceRoller,
                "async_roll_batches_total",
                &[("strategy", strategy.name()), ("outcome", outcome)],
                &|e| when(!single(e) && e.strategy == Some(strategy) && is_meant(e)),
            );
        }
    }
    rule(DiceRoller, "die_service_requests_total", &[("status", "success")], &|e| when(found(e)));
    rule(DiceRoller, "die_service_requests_total", &[("status", "error_404")], &|e| when(!found(e)));
    rule(DieService, "die_specifications_requested_total", &[], &|e| when(found(e)));
    all
}

/// Whether a batch ended in a certain way, by its answer.
type Ended = fn(&Entry) -> bool;

/// How a batch ended.
const OUTCOMES: [(&str, Ended); 4] = [
    ("success", |entry| entry.status == Some(200) && !has_gaps(entry)),
    ("partial", |entry| entry.status == Some(200) && has_gaps(entry)),
    ("error", |entry| entry.status == Some(500)),
    ("not_found", |entry| entry.status == Some(404)),
];

fn has_gaps(entry: &Entry) -> bool {
    entry.rolls.iter().flatten().any(Option::is_none)
}

/// Good rolls of a batch. One that failed may have any number, but for one at least.
fn successes(entry: &Entry) -> (f64, f64) {
    let good = entry.rolls.iter().flatten().flatten().count() as f64;
    match (entry.times, entry.status) {
        (Some(_), Some(200)) => (good, good),
        (Some(times), Some(500)) => (0.0, f64::from(times) - 1.0),
        _ => (0.0, 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{batch, single};

    fn of(ledger: &[Entry], selector: &str) -> (f64, f64) {
        let all = counters(ledger);
        let one = all.iter().find(|one| one.selector() == selector).unwrap_or_else(|| panic!("no {selector}"));
        (one.least, one.most)
    }

    #[test]
    fn counters_follow_from_answers() {
        let gaps = Entry { rolls: Some(vec![Some(4), None]), total: Some(4), ..batch(2, Strategy::BestEffort, 200) };
        let ledger =
            [single(200), single(500), single(404), batch(3, Strategy::All, 200), gaps, batch(4, Strategy::All, 500)];
        assert_eq!(of(&ledger, r#"frontend_requests_total{handler="/roll",status="received"}"#), (3.0, 3.0));
        assert_eq!(of(&ledger, r#"frontend_requests_total{handler="/roll-async",status="error"}"#), (1.0, 1.0));
        assert_eq!(of(&ledger, r#"dice_rolls_total{result="error"}"#), (1.0, 1.0));
        assert_eq!(of(&ledger, r#"async_rolls_total{result="success"}"#), (4.0, 7.0));
        assert_eq!(of(&ledger, r#"async_roll_batches_total{strategy="best-effort",outcome="partial"}"#), (1.0, 1.0));
        assert_eq!(of(&ledger, r#"die_service_requests_total{status="error_404"}"#), (1.0, 1.0));
        assert_eq!(of(&ledger, "die_specifications_requested_total"), (5.0, 5.0));
        let asked = asked(&ledger);
        assert_eq!((asked.requests, asked.batches, asked.dice, asked.rolls, asked.unsettled), (6.0, 3.0, 9.0, 9.0, 0));
    }

    #[test]
    fn a_request_without_an_answer_widens_what_is_possible() {
        let cut = Entry { status: None, rolls: None, total: None, ..batch(5, Strategy::All, 200) };
        let (least, most) = of(std::slice::from_ref(&cut), r#"async_rolls_total{result="success"}"#);
        assert_eq!((least, most, asked(&[cut]).unsettled), (0.0, 5.0, 1));
    }
}
