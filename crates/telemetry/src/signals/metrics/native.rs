//! Native histograms: buckets that are made where observations fall, eight between a number and its double.
//!
//! Source: <https://prometheus.io/docs/specs/native_histograms/>. The library's own native histograms have no exemplars, and
//! its protobuf format needs a compiler of protobuf to build; so that both formats come from one registry, a histogram
//! leaves the number of its native form on a page that is rendered within [`gathering`].

use std::cell::RefCell;
use std::sync::Arc;

use parking_lot::Mutex;

/// Each bound is 2^(1/8) times the one before it.
const SCHEMA: i32 = 3;
/// With more buckets neighbours are merged.
const MOST_BUCKETS: usize = 160;
/// 2^-128: what is observed up to here is counted in the zero bucket, as the libraries of Prometheus do by default.
const ZERO_THRESHOLD: f64 = 2.938_735_877_055_719e-39;
/// The bounds between a half and one.
const FRACTIONS: [f64; 8] = [
    0.5,
    0.545_253_866_332_628_8,
    0.594_603_557_501_360_5,
    0.648_419_777_325_504_8,
    0.707_106_781_186_547_5,
    0.771_105_412_703_970_4,
    0.840_896_415_253_714_4,
    0.917_004_043_204_671_1,
];

thread_local! {
    /// The native histograms of the page that is being rendered on this thread.
    static GATHERED: RefCell<Option<Vec<Native>>> = const { RefCell::new(None) };
}

/// A histogram of what is never negative; clones share their observations.
#[derive(Debug, Clone)]
pub(crate) struct Native(Arc<Mutex<Snapshot>>);

/// What was observed until an instant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Snapshot {
    pub(crate) schema: i32,
    pub(crate) zero_threshold: f64,
    pub(crate) zero_count: u64,
    pub(crate) sum: f64,
    /// Index and count of each bucket, ascending.
    pub(crate) buckets: Vec<(i32, u64)>,
}

impl Snapshot {
    fn empty() -> Self {
        Self { schema: SCHEMA, zero_threshold: ZERO_THRESHOLD, zero_count: 0, sum: 0.0, buckets: Vec::new() }
    }

    /// All observations, the zero bucket included.
    pub(crate) fn count(&self) -> u64 {
        self.zero_count + self.buckets.iter().map(|(_, count)| count).sum::<u64>()
    }

    fn add(&mut self, value: f64) {
        self.sum += value;
        if value <= ZERO_THRESHOLD {
            self.zero_count += 1;
            return;
        }
        let index = merged(index(value), SCHEMA - self.schema);
        match self.buckets.binary_search_by_key(&index, |(index, _)| *index) {
            Ok(at) => self.buckets[at].1 += 1,
            Err(at) => {
                self.buckets.insert(at, (index, 1));
                if self.buckets.len() > MOST_BUCKETS {
                    self.halve();
                }
            }
        }
    }

    /// Merges each two neighbours.
    fn halve(&mut self) {
        self.schema -= 1;
        for bucket in &mut self.buckets {
            bucket.0 = merged(bucket.0, 1);
        }
        self.buckets.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            kept.1 += if is_same { next.1 } else { 0 };
            is_same
        });
    }
}

impl Native {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Snapshot::empty())))
    }

    /// Observes a value; what is not a number, or infinite, has no bucket and is left out.
    pub(crate) fn observe(&self, value: f64) {
        if value.is_finite() {
            self.0.lock().add(value);
        }
    }

    /// What was observed until now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.0.lock().clone()
    }

    /// Adds it to the page that this thread renders; its number there, if that page has native histograms.
    pub(crate) fn gather(&self) -> Option<u32> {
        GATHERED.with_borrow_mut(|gathered| {
            let gathered = gathered.as_mut()?;
            gathered.push(self.clone());
            u32::try_from(gathered.len() - 1).ok()
        })
    }
}

/// Renders a page whose histograms leave the numbers of their native forms, which come with the page.
pub(crate) fn gathering<P>(render: impl FnOnce() -> P) -> (P, Vec<Native>) {
    GATHERED.set(Some(Vec::new()));
    let page = render();
    (page, GATHERED.take().unwrap_or_default())
}

/// The index of the bucket of a positive number: the bucket ends at 2^(index / 8).
fn index(value: f64) -> i32 {
    const FRACTION: u64 = (1 << 52) - 1;
    /// The exponent of a half.
    const HALF: u64 = 1022 << 52;
    let exponent = (value.to_bits() >> 52) as i32 - 1022;
    let fraction = f64::from_bits(value.to_bits() & FRACTION | HALF);
    FRACTIONS.partition_point(|bound| *bound < fraction) as i32 + (exponent - 1) * FRACTIONS.len() as i32
}

/// The index at a resolution that was halved so often.
fn merged(index: i32, times: i32) -> i32 {
    if times == 0 { index } else { ((index - 1) >> times) + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_what_lies_below_its_bound() {
        for (value, expected) in
            [(1.0, 0), (1.000_000_1, 1), (0.999, 0), (2.0, 8), (2.1, 9), (0.5, -8), (0.001, -79), (1e300, 7973)]
        {
            assert_eq!(index(value), expected, "{value}");
            let bound = |index: i32| (f64::from(index) / 8.0).exp2();
            assert!(value <= bound(expected) * (1.0 + 1e-12) && value > bound(expected - 1) * (1.0 - 1e-12), "{value}");
        }
    }

    #[test]
    fn many_buckets_become_coarser_and_lose_nothing() {
        let native = Native::new();
        for exponent in -120..120 {
            native.observe(f64::from(exponent).exp2());
        }
        for other in [0.0, f64::NAN, f64::INFINITY, 1e-40] {
            native.observe(other);
        }
        let snapshot = native.snapshot();
        assert!(snapshot.buckets.len() <= MOST_BUCKETS && snapshot.schema < 0, "{snapshot:?}");
        assert!(snapshot.buckets.is_sorted_by(|one, two| one.0 < two.0));
        assert_eq!((snapshot.count(), snapshot.zero_count), (242, 2));
    }

    #[test]
    fn only_a_page_that_asks_gathers() {
        let native = Native::new();
        assert_eq!(native.gather(), None);
        let (numbers, gathered) = gathering(|| [native.gather(), native.gather()]);
        assert_eq!((numbers, gathered.len()), ([Some(0), Some(1)], 2));
        assert_eq!(native.gather(), None);
    }
}
