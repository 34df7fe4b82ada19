//! What both metric stores are filled with: the series of the services, as often as it takes to make 1,000,
//! with six hours of samples that behave like theirs.
//!
//! Nothing is left to chance: the same expositions and the same end give the same samples.

use bytes::Bytes;

use crate::samples::chance::Chance;
use crate::samples::exposition;
use crate::samples::remote_write::{Label, Sample, TimeSeries, WriteRequest};

/// Series in all.
pub const SERIES: usize = 1000;
/// Between two samples of a series.
pub const INTERVAL_MS: i64 = 15_000;
/// Samples of a series: six hours.
pub const SAMPLES: usize = 6 * 3600 * 1000 / INTERVAL_MS as usize;
/// Samples of each series in one request.
const SAMPLES_PER_REQUEST: usize = 20;
/// The jobs of the services, in the order of their expositions.
const JOBS: [&str; 3] = ["die-service-stage4", "dice-roller-stage4", "frontend-stage4"];

/// The requests that load everything, in order.
#[derive(Debug)]
pub struct Dataset {
    /// Bodies on the wire.
    pub requests: Vec<Bytes>,
    /// The instant of the last sample, in seconds since the epoch.
    pub end: i64,
}

impl Dataset {
    /// Makes the samples that end shortly before `now` (seconds since the epoch).
    pub fn new(expositions: &[String], now: i64) -> anyhow::Result<Self> {
        let end = now - now.rem_euclid(INTERVAL_MS / 1000);
        let mut series = all_series(expositions);
        anyhow::ensure!(series.len() == SERIES, "{} series come of the services", series.len());
        let mut requests = Vec::new();
        for from in (0..SAMPLES).step_by(SAMPLES_PER_REQUEST) {
            let mut request = WriteRequest::default();
            for one in &mut series {
                let samples = (from..from + SAMPLES_PER_REQUEST).map(|at| {
                    let before_end = (SAMPLES - 1 - at) as i64 * INTERVAL_MS;
                    Sample { timestamp: end * 1000 - before_end - one.delay_ms, value: one.values.next() }
                });
                let samples = samples.collect();
                request.timeseries.push(TimeSeries { labels: one.labels.clone(), samples, histograms: Vec::new() });
            }
            requests.push(request.packed()?);
        }
        Ok(Self { requests, end })
    }
}

#[derive(Debug)]
struct OneSeries {
    labels: Vec<Label>,
    /// How much later than the first target this one is scraped, as targets are scraped one after the other.
    delay_ms: i64,
    values: Values,
}

/// Instances of the services, until there are enough series.
fn all_series(expositions: &[String]) -> Vec<OneSeries> {
    let mut all = Vec::with_capacity(SERIES);
    for instance in 0.. {
        let before = all.len();
        for (job, text) in JOBS.iter().zip(expositions) {
            let target = [("job", (*job).to_owned()), ("instance", format!("localhost:{}", 9000 + instance))];
            let up = vec![("__name__", "up")];
            for labels in exposition::series(text).chain([up]).take(SERIES - all.len()) {
                let labels = labels.into_iter().map(|(name, value)| (name, value.to_owned()));
                let labels = labels.chain(target.clone());
                let mut labels: Vec<Label> =
                    labels.map(|(name, value)| Label { name: name.to_owned(), value }).collect();
                labels.sort();
                let values = Values::of(&labels);
                all.push(OneSeries { labels, delay_ms: (instance * 3701) % INTERVAL_MS, values });
            }
        }
        if all.len() == SERIES || all.len() == before {
            break;
        }
    }
    all
}

/// The values of a series, one after the other.
#[derive(Debug)]
enum Values {
    /// Counts, and what is proportional to them: the buckets and the sum of a histogram.
    Counted { chance: Chance, count: f64, per_sample: u64, share: f64, whole: bool },
    /// Goes up and down in steps.
    Wandering { chance: Chance, value: f64, step: f64 },
    /// One value for ever, as of a target that is up.
    Constant(f64),
}

impl Values {
    fn of(labels: &[Label]) -> Self {
        let of = |wanted: &str| labels.iter().find(|label| label.name == wanted).map(|label| label.value.as_str());
        let name = of("__name__").unwrap_or_default();
        let stem = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
        // Buckets, sum and count of a histogram count the same observations.
        let others = labels.iter().filter(|label| label.name != "le" && label.name != "__name__");
        let seed = others.fold(hash(1, stem), |seed, label| hash(hash(seed, &label.name), &label.value));
        let counted = |share: f64, whole: bool| Self::Counted {
            chance: Chance::of(seed),
            count: (seed % 1000) as f64,
            per_sample: 1 + seed % 40,
            share,
            whole,
        };
        if let Some(bound) = of("le") {
            // A bound of 1 s takes in half of what is observed.
            let bound: f64 = bound.parse().unwrap_or(f64::INFINITY);
            return counted(if bound.is_finite() { bound / (bound + 1.0) } else { 1.0 }, true);
        }
        match name {
            _ if name.ends_with("_sum") || name.ends_with("_seconds_total") => counted(0.512_3, false),
            _ if name.ends_with("_total") || name.ends_with("_count") => counted(1.0, true),
            "up" => Self::Constant(1.0),
            _ if name.ends_with("_bytes") => Self::Wandering { chance: Chance::of(seed), value: 30e6, step: 4096.0 },
            _ if name.contains("progress") || name.contains("fds") => {
                Self::Wandering { chance: Chance::of(seed), value: 10.0, step: 1.0 }
            }
            _ => Self::Constant((seed % 10) as f64),
        }
    }

    fn next(&mut self) -> f64 {
        match self {
            Self::Counted { chance, count, per_sample, share, whole } => {
                *count += (chance.number() % (2 * *per_sample)) as f64;
                let value = *count * *share;
                if *whole { value.floor() } else { value }
            }
            Self::Wandering { chance, value, step } => {
                *value = (*value + *step * ((chance.number() % 5) as f64 - 2.0)).max(0.0);
                *value
            }
            Self::Constant(value) => *value,
        }
    }
}

/// FNV-1a, going on from `seed`.
fn hash(seed: u64, text: &str) -> u64 {
    text.bytes()
        .fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message as _;

    #[test]
    fn there_are_so_many_series_and_samples_and_buckets_add_up() {
        let text =
            "# TYPE h histogram\nh_bucket{le=\"1.0\"} 0\nh_bucket{le=\"+Inf\"} 0\nh_count 0\nh_sum 0\n".to_owned();
        let dataset = Dataset::new(&[text.clone(), text, "up 1\nx_total 3\n".to_owned()], 1_700_000_003).expect("made");
        assert_eq!(dataset.end, 1_699_999_995);
        assert_eq!(dataset.requests.len() * SAMPLES_PER_REQUEST, SAMPLES);
        let last = snap::raw::Decoder::new().decompress_vec(&dataset.requests[71]).expect("packed");
        let last = WriteRequest::decode(&*last).expect("a request");
        assert_eq!(last.timeseries.len(), SERIES);
        let newest = |at: usize| last.timeseries[at].samples[SAMPLES_PER_REQUEST - 1];
        let (half, whole, count) = (newest(0), newest(1), newest(2));
        assert_eq!(whole, count);
        assert_eq!(half.value, (whole.value / 2.0).floor());
        assert_eq!(whole.timestamp, 1_699_999_995_000);
    }
}
