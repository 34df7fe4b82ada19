//! What a ledger implies for panels of the mission's dashboard, by title.

use std::collections::BTreeMap;

use lab_traffic::ledger::Entry;

/// What one query of a panel must show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Implied {
    /// Over which time.
    pub(super) meaning: Meaning,
    /// The label by which values are told apart, if there are several.
    pub(super) label: Option<&'static str>,
    /// Whether the value is the implied one, or at most that.
    pub(super) bound: Bound,
    /// The values by label, from the ledger and the seconds of its time.
    pub(super) of: fn(&[Entry], f64) -> BTreeMap<String, f64>,
}

/// How the value of a query is had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// With the ledger's time as its window.
    Window,
    /// As it stands at the end.
    Now,
    /// By how much it grew.
    Growth,
}

/// How a value follows from a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// It is known.
    Exactly,
    /// It cannot be more: a user waits for the lookup and the hops too, which a roll's own duration leaves out.
    AtMost,
}

/// What the queries of a panel must show; `None` where a ledger does not settle it.
pub(super) fn of(uid: &str, title: &str) -> Option<Vec<Implied>> {
    use Meaning::{Growth, Now, Window};
    if uid != "stage4-async-rolling" {
        return None;
    }
    let one = |meaning, label, of| Some(vec![Implied { meaning, label, bound: Bound::Exactly, of }]);
    match title {
        "Die Specifications Requested" => one(Growth, Some("identifier"), |ledger, _| {
            by(ledger, |entry| found(entry).then(|| (entry.die.clone(), 1.0)))
        }),
        "Dice Roller → Die Service Request Rate" => one(Window, Some("identifier"), |ledger, window| {
            let die = |entry: &Entry| if found(entry) { entry.die.clone() } else { "unknown".to_owned() };
            by(ledger, |entry| Some((die(entry), 1.0 / window)))
        }),
        "Frontend Request Rate" => one(Window, Some("handler"), |ledger, window| {
            by(ledger, |entry| Some((entry.endpoint.path().to_owned(), 1.0 / window)))
        }),
        "Frontend Success Rate" => one(Window, None, |ledger, _| {
            sum(ledger, |entry| if good(entry) { 100.0 / ledger.len() as f64 } else { 0.0 })
        }),
        "Dice Rolls by Die Type" => one(Growth, Some("die_type"), |ledger, _| {
            by(ledger, |entry| found(entry).then(|| (entry.die.clone(), dice(entry))))
        }),
        "Dice Roller Errors" => one(Window, Some("die_type"), |ledger, window| {
            let failed = |entry: &Entry| entry.times.is_none() && entry.status == Some(500);
            by(ledger, |entry| failed(entry).then(|| (entry.die.clone(), 1.0 / window)))
        }),
        "Async vs Sync Roll Rate" => {
            let rate = |of| Implied { meaning: Window, label: None, bound: Bound::Exactly, of };
            Some(vec![
                rate(|ledger, window| {
                    sum(ledger, |entry| if entry.times.is_none() && found(entry) { 1.0 / window } else { 0.0 })
                }),
                rate(|ledger, window| sum(ledger, |entry| rolls(entry) / window)),
            ])
        }
        "Async Rolls In Progress" => one(Now, None, |_, _| [(String::new(), 0.0)].into()),
        "Total Async Rolls" => one(Growth, None, |ledger, _| sum(ledger, rolls)),
        "Sync Roll Avg Duration" => {
            let of = |ledger: &[Entry], _| mean(ledger, |entry| entry.times.is_none());
            Some(vec![Implied { meaning: Window, label: None, bound: Bound::AtMost, of }])
        }
        "Async Batch Avg Duration" => {
            // A partial batch is answered 200, and is no success.
            let of = |ledger: &[Entry], _| {
                mean(ledger, |entry| entry.times.is_some() && entry.rolls.iter().flatten().all(Option::is_some))
            };
            Some(vec![Implied { meaning: Window, label: None, bound: Bound::AtMost, of }])
        }
        _ => None,
    }
}

fn good(entry: &Entry) -> bool {
    entry.status == Some(200)
}

fn found(entry: &Entry) -> bool {
    entry.status != Some(404)
}

fn dice(entry: &Entry) -> f64 {
    f64::from(entry.times.unwrap_or(1))
}

/// Dice of a batch whose die exists.
fn rolls(entry: &Entry) -> f64 {
    if found(entry) { f64::from(entry.times.unwrap_or(0)) } else { 0.0 }
}

fn by(ledger: &[Entry], share: impl Fn(&Entry) -> Option<(String, f64)>) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for (label, value) in ledger.iter().filter_map(share) {
        *sums.entry(label).or_default() += value;
    }
    sums
}

fn sum(ledger: &[Entry], share: impl Fn(&Entry) -> f64) -> BTreeMap<String, f64> {
    [(String::new(), ledger.iter().map(share).sum())].into()
}

/// Mean seconds of the good requests of a kind; nothing if there are none.
fn mean(ledger: &[Entry], is_meant: impl Fn(&Entry) -> bool) -> BTreeMap<String, f64> {
    let times: Vec<f64> =
        ledger.iter().filter(|entry| good(entry) && is_meant(entry)).map(|entry| entry.duration_ms / 1e3).collect();
    if times.is_empty() {
        return BTreeMap::new();
    }
    [(String::new(), times.iter().sum::<f64>() / times.len() as f64)].into()
}

#[cfg(test)]
mod tests {
    use lab_dashboards::Library;
    use lab_model::strategy::Strategy;

    use super::*;
    use crate::areas::panels::board::panels;
    use crate::testing::{batch, single};

    #[test]
    fn every_implied_title_exists_on_the_dashboard_with_enough_queries() {
        let library = Library::shipped();
        let board = panels(&library.get("stage4-async-rolling").expect("shipped").json);
        let implied: Vec<_> =
            board.iter().filter_map(|panel| Some((panel, of("stage4-async-rolling", &panel.title)?))).collect();
        assert_eq!(implied.len(), 11);
        for (panel, implied) in implied {
            assert!(implied.len() <= panel.queries.len(), "{}", panel.title);
        }
    }

    #[test]
    fn values_follow_from_the_ledger() {
        let ledger = [single(200), single(404), batch(3, Strategy::All, 200), batch(2, Strategy::All, 500)];
        let value = |title: &str, at: usize, label: &str| {
            let implied = of("stage4-async-rolling", title).expect("implied");
            (implied[at].of)(&ledger, 10.0).get(label).copied()
        };
        assert_eq!(value("Frontend Request Rate", 0, "/roll"), Some(0.2));
        assert_eq!(value("Frontend Success Rate", 0, ""), Some(50.0));
        assert_eq!(value("Dice Rolls by Die Type", 0, "fair"), Some(6.0));
        assert_eq!(value("Dice Roller → Die Service Request Rate", 0, "unknown"), Some(0.1));
        assert_eq!(value("Async vs Sync Roll Rate", 1, ""), Some(0.5));
        assert_eq!(value("Total Async Rolls", 0, ""), Some(5.0));
        assert_eq!(value("Sync Roll Avg Duration", 0, ""), Some(0.5));
    }
}
