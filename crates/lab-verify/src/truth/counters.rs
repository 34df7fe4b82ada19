//! Raw counters of the three services at one moment, and what they grew by between two.

use std::collections::BTreeMap;

use crate::stack::sample::{Labels, Sample};
use crate::stack::services::Service;

/// Labels that name the process of a series, not what it counts.
const WHOSE: [&str; 2] = ["job", "instance"];
/// When a process began, in seconds since the Unix epoch.
const START_TIME: &str = "process_start_time_seconds";

/// The series of the services at one moment; those of several replicas are added up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counters(BTreeMap<Service, BTreeMap<Labels, f64>>);

/// What counters did over a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Growth {
    /// By how much each series grew; a gauge is as it was at the end.
    pub counters: Counters,
    /// The services that were restarted in that time: their counters began again at zero.
    pub restarted: Vec<Service>,
    /// The services that were not scraped before it: their counters began at zero.
    pub newborn: Vec<Service>,
}

impl Counters {
    /// Samples that say by their `job` whose they are; those of other jobs are left out.
    pub fn of_jobs(samples: Vec<Sample>) -> Self {
        let mut all = Self::default();
        for sample in samples {
            if let Some(service) = Service::of_stage4(sample.label("job")) {
                all.add(service, sample);
            }
        }
        all
    }

    /// The samples that one service shows, as if they had been scraped.
    pub fn insert(&mut self, service: Service, samples: Vec<Sample>) {
        for sample in samples {
            self.add(service, sample);
        }
    }

    /// Takes over what another moment has of one service.
    pub fn take(&mut self, service: Service, other: &Self) {
        if let Some(series) = other.0.get(&service) {
            self.0.insert(service, series.clone());
        }
    }

    /// The sum over the series of a metric which have these label values.
    pub fn sum(&self, service: Service, name: &str, labels: &[(&str, &str)]) -> f64 {
        let is_meant = |series: &Labels| labels.iter().all(|(label, value)| has(series, label, value));
        self.series(service, name).filter(|(series, _)| is_meant(series)).map(|(_, value)| value).sum()
    }

    /// The sum over the series of a metric, each times the number that is the value of a label.
    pub fn weighted(&self, service: Service, name: &str, label: &str) -> f64 {
        let weight = |series: &Labels| series.get(label).and_then(|text| text.parse().ok()).unwrap_or(0.0);
        self.series(service, name).map(|(series, value)| weight(series) * value).sum()
    }

    /// The values that a label of a metric has.
    pub fn values(&self, service: Service, name: &str, label: &str) -> Vec<String> {
        let mut values: Vec<String> =
            self.series(service, name).filter_map(|(series, _)| series.get(label).cloned()).collect();
        values.sort();
        values.dedup();
        values
    }

    /// The value of one series.
    pub fn exactly(&self, service: Service, series: &Labels) -> Option<f64> {
        self.0.get(&service)?.get(series).copied()
    }

    /// Whether there is anything of a service.
    pub fn has(&self, service: Service) -> bool {
        self.0.contains_key(&service)
    }

    /// When the process of a service began, in seconds since the Unix epoch.
    pub fn started(&self, service: Service) -> Option<f64> {
        self.series(service, START_TIME).next().map(|(_, value)| value)
    }

    /// The series of a metric.
    pub fn series<'a>(&'a self, service: Service, name: &'a str) -> impl Iterator<Item = (&'a Labels, f64)> {
        let of_service = self.0.get(&service).into_iter().flatten();
        let is_meant = move |series: &Labels| series.get("__name__").is_some_and(|own| own == name);
        of_service.filter(move |(series, _)| is_meant(series)).map(|(series, value)| (series, *value))
    }

    /// Everything, service by service.
    pub fn all(&self) -> impl Iterator<Item = (Service, &Labels, f64)> {
        self.0.iter().flat_map(|(service, all)| all.iter().map(|(series, value)| (*service, series, *value)))
    }

    /// What was counted since `before`. A process that was started again counts from zero.
    pub fn since(&self, before: &Self) -> Growth {
        let restarted: Vec<Service> = Service::ALL
            .into_iter()
            .filter(|service| began_again(before.started(*service), self.started(*service)))
            .collect();
        let newborn = Service::ALL.into_iter().filter(|service| self.has(*service) && !before.has(*service)).collect();
        let mut counters = Self::default();
        for (service, series, value) in self.all() {
            let base = before.0.get(&service).and_then(|all| all.get(series)).copied();
            let grows = series.get("__name__").is_some_and(|name| is_counter(name)) && !restarted.contains(&service);
            let value = if grows { value - base.unwrap_or(0.0) } else { value };
            counters.0.entry(service).or_default().insert(series.clone(), value);
        }
        Growth { counters, restarted, newborn }
    }

    fn add(&mut self, service: Service, mut sample: Sample) {
        sample.labels.retain(|label, _| !WHOSE.contains(&label.as_str()));
        // OpenMetrics writes 1.0 where Prometheus' own format writes 1.
        if let Some(bound) = sample.labels.get_mut("le")
            && let Ok(number) = bound.parse::<f64>()
        {
            *bound = number.to_string();
        }
        *self.0.entry(service).or_default().entry(sample.labels).or_default() += sample.value;
    }
}

fn has(series: &Labels, label: &str, value: &str) -> bool {
    series.get(label).map_or("", String::as_str) == value
}

fn is_counter(name: &str) -> bool {
    ["_total", "_count", "_sum", "_bucket"].iter().any(|ending| name.ends_with(ending))
}

/// A clock that was set moves a start time by a little; a restart moves it by more.
fn began_again(before: Option<f64>, after: Option<f64>) -> bool {
    matches!((before, after), (Some(before), Some(after)) if (after - before).abs() > 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(job: &str, name: &str, label: (&str, &str), value: f64) -> Sample {
        let pairs = [("job", job), ("instance", "a:1"), ("__name__", name), label];
        Sample { labels: pairs.map(|(label, value)| (label.to_owned(), value.to_owned())).into(), value }
    }

    fn counters(rolls: f64, gauge: f64, started: f64) -> Counters {
        let job = "dice-roller-stage4";
        Counters::of_jobs(vec![
            sample(job, "rolls_total", ("size", "2"), rolls),
            sample(job, "rolls_total", ("size", "5"), 1.0),
            sample(job, "busy", ("size", ""), gauge),
            sample(job, START_TIME, ("x", ""), started),
            sample("other", "rolls_total", ("size", "2"), 99.0),
        ])
    }

    #[test]
    fn sums_and_weights_are_over_the_series_that_are_meant() {
        let now = counters(3.0, 0.0, 10.0);
        assert_eq!(now.sum(Service::DiceRoller, "rolls_total", &[]), 4.0);
        assert_eq!(now.sum(Service::DiceRoller, "rolls_total", &[("size", "5")]), 1.0);
        assert_eq!(now.weighted(Service::DiceRoller, "rolls_total", "size"), 11.0);
        assert_eq!(now.values(Service::DiceRoller, "rolls_total", "size"), ["2", "5"]);
        assert!(!now.has(Service::Frontend));
    }

    #[test]
    fn bounds_of_buckets_are_numbers_however_they_are_written() {
        let of = |le: &str| Counters::of_jobs(vec![sample("frontend-stage4", "x_bucket", ("le", le), 1.0)]);
        assert_eq!(of("1.0"), of("1"));
        assert_ne!(of("1.5"), of("1"));
    }

    #[test]
    fn growth_is_of_counters_and_a_restart_counts_from_zero() {
        let growth = counters(7.0, 2.0, 10.0).since(&counters(3.0, 5.0, 10.0));
        assert_eq!(growth.counters.sum(Service::DiceRoller, "rolls_total", &[]), 4.0);
        assert_eq!(growth.counters.sum(Service::DiceRoller, "busy", &[]), 2.0);
        assert!(growth.restarted.is_empty() && growth.newborn.is_empty());
        let growth = counters(2.0, 0.0, 60.0).since(&counters(3.0, 0.0, 10.0));
        assert_eq!(growth.restarted, [Service::DiceRoller]);
        assert_eq!(growth.counters.sum(Service::DiceRoller, "rolls_total", &[]), 3.0);
        let growth = counters(7.0, 0.0, 10.0).since(&Counters::default());
        assert_eq!((growth.restarted, growth.newborn), (Vec::new(), vec![Service::DiceRoller]));
        assert_eq!(growth.counters.sum(Service::DiceRoller, "rolls_total", &[]), 8.0);
    }
}
