//! How long the requests of each operation took by their spans, counted into buckets, so that no span need be kept.

use std::collections::BTreeMap;

use crate::stack::services::Service;
use crate::stack::span::{Kind, Span};

/// Upper ends of the buckets in seconds, as fine as those of the services' latency histograms are meant to be.
const BOUNDS: [f64; 18] = [
    0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0,
    5.0, 10.0,
];

/// The durations of SERVER spans by service and name, and of CLIENT spans by service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Durations {
    served: BTreeMap<(Service, String), Buckets>,
    called: BTreeMap<Service, Buckets>,
}

/// How many spans ended within each bound; the last are longer than all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Buckets([usize; BOUNDS.len() + 1]);

impl Durations {
    /// Counts the spans of a trace.
    pub fn take(&mut self, spans: &[Span]) {
        for span in spans {
            let Some(service) = Service::named(&span.service) else { continue };
            let buckets = match span.kind {
                Kind::Server => self.served.entry((service, span.name.to_string())).or_default(),
                Kind::Client => self.called.entry(service).or_default(),
                Kind::Internal => continue,
            };
            buckets.count(span.seconds());
        }
    }

    /// Those of the requests that a service answered, on one route or on all.
    pub fn served(&self, service: Service, route: Option<&str>) -> Buckets {
        let name = route.map(|route| format!("GET {route}"));
        let is_meant = |of: Service, own: &String| of == service && name.as_ref().is_none_or(|name| name == own);
        let mut all = Buckets::default();
        self.served.iter().filter(|((of, own), _)| is_meant(*of, own)).for_each(|(_, one)| all.add(one));
        all
    }

    /// Those of the requests that a service made.
    pub fn called(&self, service: Service) -> Buckets {
        self.called.get(&service).cloned().unwrap_or_default()
    }
}

impl Buckets {
    fn count(&mut self, seconds: f64) {
        self.0[BOUNDS.partition_point(|bound| *bound < seconds)] += 1;
    }

    fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, count)| *sum += count);
    }

    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }

    /// Between which seconds a quantile may be shown that is off by one bucket's width at most, where `others` were
    /// counted whose durations are not known. `None` if there are more of them than half.
    pub fn allows(&self, quantile: f64, others: usize) -> Option<(f64, f64)> {
        let total = self.total();
        if total == 0 || others > total {
            return None;
        }
        let rank = ((quantile * (total + others) as f64).ceil() as usize).max(1);
        let low = match rank.checked_sub(others) {
            None | Some(0) => 0.0,
            Some(rank) => {
                let (from, to) = self.bucket(rank);
                (from - (to - from)).max(0.0)
            }
        };
        let (from, to) = if rank > total { (0.0, f64::INFINITY) } else { self.bucket(rank) };
        // What is longer than every bound is shown as the last one.
        Some((low.min(BOUNDS[BOUNDS.len() - 1]), to + (to - from)))
    }

    /// The ends of the bucket in which the span of a rank, from 1, stands.
    fn bucket(&self, rank: usize) -> (f64, f64) {
        let mut seen = 0;
        let at = self.0.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        let at = at.unwrap_or(BOUNDS.len());
        let from = if at == 0 { 0.0 } else { BOUNDS[at - 1] };
        (from, BOUNDS.get(at).copied().unwrap_or(f64::INFINITY))
    }
}

#[cfg(test)]
mod tests {
    use lab_model::strategy::Strategy;

    use super::*;
    use crate::testing;

    fn of(seconds: &[f64]) -> Buckets {
        let mut buckets = Buckets::default();
        for one in seconds {
            buckets.count(*one);
        }
        buckets
    }

    /// Compares two ranges but for what adding loses.
    fn is_near(allowed: Option<(f64, f64)>, low: f64, high: f64) -> bool {
        let near = |one: f64, other: f64| one == other || (one - other).abs() < 1e-9;
        allowed.is_some_and(|allowed| near(allowed.0, low) && near(allowed.1, high))
    }

    #[test]
    fn a_quantile_may_be_off_by_the_width_of_its_bucket() {
        let fast = of(&[0.000_06; 20]).allows(0.95, 0);
        // A histogram whose first bucket ends at a millisecond says 0.95 ms.
        assert!(is_near(fast, 0.0, 0.000_15), "{fast:?}");
        assert!(is_near(of(&[0.3, 0.3, 0.3, 0.7]).allows(0.5, 0), 0.0, 0.75));
        assert!(is_near(of(&[0.03, 0.07]).allows(1.0, 0), 0.0, 0.15));
        assert!(is_near(of(&[0.3, 1.5]).allows(1.0, 0), 0.0, 3.0));
        assert!(is_near(of(&[0.000_3; 4]).allows(0.5, 0), 0.0, 0.000_75));
        assert!(is_near(of(&[0.7; 4]).allows(0.5, 0), 0.0, 1.5));
        assert!(is_near(of(&[0.03; 4]).allows(0.5, 0), 0.0, 0.075));
        assert!(is_near(of(&[0.002; 4]).allows(0.5, 0), 0.0, 0.004));
        assert!(is_near(of(&[0.007; 4]).allows(0.5, 0), 0.0, 0.015));
    }

    #[test]
    fn others_whose_durations_are_not_known_make_room() {
        let spans = of(&[0.06, 0.06, 0.06, 0.3]);
        assert!(is_near(spans.allows(0.5, 0), 0.0, 0.15));
        assert!(is_near(spans.allows(0.5, 4), 0.0, 0.75));
        assert!(is_near(spans.allows(0.99, 1), 0.0, f64::INFINITY));
        assert_eq!(spans.allows(0.5, 5), None);
        assert_eq!(Buckets::default().allows(0.5, 0), None);
    }

    #[test]
    fn what_is_longer_than_every_bound_is_shown_as_the_last() {
        let (low, high) = of(&[100.0]).allows(0.5, 0).expect("spans");
        assert!(low <= 10.0 && high.is_infinite(), "{low} {high}");
    }

    #[test]
    fn spans_are_told_apart_by_service_kind_and_route() {
        let mut durations = Durations::default();
        durations.take(&testing::spans(&testing::batch(3, Strategy::All, 200)));
        let frontend = durations.served(Service::Frontend, None).total();
        assert_eq!(durations.served(Service::Frontend, Some("/roll-async")).total(), frontend);
        assert_eq!((frontend, durations.served(Service::Frontend, Some("/roll")).total()), (1, 0));
        assert_eq!(durations.called(Service::DiceRoller).total(), 1);
    }
}
