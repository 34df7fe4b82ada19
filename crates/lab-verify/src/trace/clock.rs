//! Clocks that disagree: a called service cannot have begun before it was called, nor have ended after its answer had
//! arrived.
//!
//! Each call from one service to another, a CLIENT span with the SERVER span below it, bounds the difference of the two
//! clocks from both sides, as NTP's two timestamps do. Where zero lies outside the bounds by more than [`TOLERANCE_NS`],
//! the clocks differ, by the middle of the bounds. Differences add up along the chain of calls; the clock that most
//! services share is taken to be right.

use std::collections::BTreeMap;

use crate::stack::span::{Kind, Span};
use crate::trace::tree::Tree;

/// Differences up to this are within what one machine's scheduler does.
pub const TOLERANCE_NS: i64 = 20_000_000;

/// A service whose clock differs from that of most others.
#[derive(Debug, Clone, PartialEq)]
pub struct Skew {
    pub service: String,
    /// By how much it is ahead, in nanoseconds; below zero it is behind.
    pub ahead_ns: i64,
}

impl Skew {
    /// `the clock of die-service is 5.0 s behind`
    pub fn describe(&self) -> String {
        let seconds = self.ahead_ns.unsigned_abs() as f64 / 1e9;
        let amount = if seconds < 1.0 { format!("{:.0} ms", seconds * 1e3) } else { format!("{seconds:.1} s") };
        let direction = if self.ahead_ns < 0 { "behind" } else { "ahead" };
        format!("the clock of {} is {amount} {direction}", self.service)
    }
}

/// By how much clocks differ, trace by trace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clocks(BTreeMap<String, Vec<i64>>);

impl Clocks {
    /// Adds what a trace shows.
    pub fn take(&mut self, tree: &Tree<'_>) {
        let offsets = offsets(tree);
        let usual = median(offsets.values().copied().collect());
        for (service, offset) in offsets {
            match self.0.get_mut(service) {
                Some(all) => all.push(offset - usual),
                None => drop(self.0.insert(service.to_owned(), vec![offset - usual])),
            }
        }
    }

    /// The services whose clocks differ from most others', by name.
    pub fn skews(&self) -> Vec<Skew> {
        let skew = |(service, offsets): (&String, &Vec<i64>)| Skew {
            service: service.clone(),
            ahead_ns: median(offsets.clone()),
        };
        self.0.iter().map(skew).filter(|skew| skew.ahead_ns.abs() > TOLERANCE_NS).collect()
    }
}

/// The services whose clocks differ from most others' in these traces, by name.
pub fn skews<'a>(traces: impl IntoIterator<Item = &'a [Span]>) -> Vec<Skew> {
    let mut clocks = Clocks::default();
    traces.into_iter().for_each(|spans| clocks.take(&Tree::new(spans)));
    clocks.skews()
}

/// By how much each service's clock is ahead of the first root's, as far as its calls prove it.
fn offsets<'a>(tree: &Tree<'a>) -> BTreeMap<&'a str, i64> {
    let mut offsets: BTreeMap<&str, i64> = BTreeMap::new();
    for row in &tree.rows {
        let (service, above) = (&*row.span.service, tree.parent(row));
        if offsets.contains_key(service) {
            continue;
        }
        let ahead = match above {
            Some(above) if &*above.span.service != service => {
                let caller = offsets.get(&*above.span.service).copied().unwrap_or(0);
                caller + difference(above.span, row.span)
            }
            _ => 0,
        };
        offsets.insert(service, ahead);
    }
    offsets
}

/// By how much the clock of `called` is ahead of that of `caller`; 0 if it need not be at all.
fn difference(caller: &Span, called: &Span) -> i64 {
    if caller.kind != Kind::Client || called.kind != Kind::Server {
        return 0;
    }
    // The true start lies after the caller's, the true end before the caller's end.
    let most = called.start_ns.saturating_sub(caller.start_ns);
    let least = called.end_ns.saturating_sub(caller.end_ns);
    // A caller that gave up waiting does not tell when the called service ended.
    let was_answered = !caller.failed || caller.int("http.response.status_code").is_some();
    let least = if was_answered { least } else { i64::MIN };
    if most < -TOLERANCE_NS {
        if least == i64::MIN { most } else { i64::midpoint(least, most) }
    } else if least > TOLERANCE_NS {
        i64::midpoint(least, most)
    } else {
        0
    }
}

/// The middle value; of two, the one nearer to zero; 0 for none.
fn median(mut values: Vec<i64>) -> i64 {
    values.sort_unstable();
    match values.len() {
        0 => 0,
        odd if odd % 2 == 1 => values[odd / 2],
        even => {
            let (low, high) = (values[even / 2 - 1], values[even / 2]);
            if low.abs() <= high.abs() { low } else { high }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trace::fake::{MS, batch};

    const SERVICES: [&str; 3] = ["frontend", "dice-roller", "die-service"];

    /// A trace of the three services, each clock ahead by its number of milliseconds.
    fn chain(ahead: [i64; 3]) -> Vec<Span> {
        let mut spans = batch();
        for span in &mut spans {
            let service = SERVICES.iter().position(|name| *name == &*span.service).expect("one of three");
            span.start_ns += ahead[service] * MS;
            span.end_ns += ahead[service] * MS;
        }
        spans
    }

    fn said(ahead: [i64; 3]) -> Vec<String> {
        skews([&chain(ahead)[..]]).iter().map(Skew::describe).collect()
    }

    #[test]
    fn the_service_whose_clock_differs_is_named() {
        assert_eq!(said([0, 0, 0]), [""; 0]);
        assert_eq!(said([0, 0, -5000]), ["the clock of die-service is 5.0 s behind"]);
        assert_eq!(said([0, 5000, 0]), ["the clock of dice-roller is 5.0 s ahead"]);
        assert_eq!(said([-250, 0, 0]), ["the clock of frontend is 250 ms behind"]);
    }

    #[test]
    fn a_call_that_was_given_up_proves_nothing_about_its_end() {
        let mut spans = chain([0, 0, 0]);
        spans[1].failed = true;
        spans[1].attributes.clear();
        spans[1].end_ns = spans[1].start_ns + 10 * MS;
        assert_eq!(skews([&spans[..]]), []);
    }

    proptest! {
        #[test]
        fn one_wrong_clock_of_three_is_found(service in 0..3_usize, ahead in prop_oneof![-90_000..-30_i64, 30..90_000_i64]) {
            let mut clocks = [0; 3];
            clocks[service] = ahead;
            let (wrong, right) = (chain(clocks), chain([0; 3]));
            let found = skews([&wrong[..], &wrong, &right, &wrong]);
            // Clocks within the slack of a call cannot be told apart: 2 ms here.
            prop_assert_eq!(found.len(), 1);
            prop_assert!((found[0].ahead_ns - ahead * MS).abs() <= 2 * MS, "{:?}", found);
        }
    }
}
