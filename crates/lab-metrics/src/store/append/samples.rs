//! What is asked of each sample of a series before it is taken.

use lab_model::Sample;
use lab_storage::{Account, TimeLimits, TimeProblem};

use crate::model::histogram_sample::HistogramSample;
use crate::store::buffer::series::{ChunkId, SeriesState};
use crate::store::error::AppendError;

/// What samples are measured against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// How much older than the newest sample of its series a sample may be, in ms.
    pub(crate) window_ms: i64,
    /// The times that are taken at all.
    pub(crate) times: TimeLimits,
}

impl Rules {
    /// For samples whose time is our own: they are taken at any.
    pub(crate) const OWN_TIME: Self = Self { window_ms: i64::MAX, times: TimeLimits::ANY };
}

/// What became of samples of one series.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Taken, the late ones included.
    pub(crate) kept: usize,
    /// Taken although they came out of order.
    pub(crate) late: usize,
    /// There already, value and all.
    pub(crate) repeated: usize,
    /// The first refusal; each is counted in the account.
    pub(crate) refusal: Option<AppendError>,
    /// Sizes of the chunks that were sealed on the way.
    pub(crate) sealed: Vec<usize>,
}

/// How one sample was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// At the end of the series.
    InOrder,
    /// Before its end.
    Late,
    /// It was there already.
    Repeated,
}

/// Appends samples in order; one that is refused does not stop the others. `next_chunk` gives the number of a chunk
/// that gets sealed, `kept` hears of each sample that was not there yet.
pub(crate) fn samples(
    state: &mut SeriesState,
    samples: &[Sample],
    rules: &Rules,
    account: &Account,
    mut next_chunk: impl FnMut() -> ChunkId,
    mut kept: impl FnMut(Sample),
) -> Taken {
    let mut taken = Taken::default();
    for sample in samples {
        match one(state, *sample, rules, &mut next_chunk) {
            Ok((how, sealed)) => {
                if how != How::Repeated {
                    taken.kept += 1;
                    kept(*sample);
                }
                taken.late += usize::from(how == How::Late);
                taken.repeated += usize::from(how == How::Repeated);
                taken.sealed.extend(sealed);
            }
            Err(error) => {
                account.refuse(error.reason(), 1);
                account.examine_time(sample.timestamp, 1000);
                taken.refusal.get_or_insert(error);
            }
        }
    }
    account.receive(samples.len() as u64);
    if taken.repeated > 0 {
        account.repeat(taken.repeated as u64);
    }
    taken
}

/// Appends one sample; answers how it was taken, and the size of a chunk that was sealed.
fn one(
    state: &mut SeriesState,
    sample: Sample,
    rules: &Rules,
    next_chunk: impl FnOnce() -> ChunkId,
) -> Result<(How, Option<usize>), AppendError> {
    let timestamp = sample.timestamp;
    check_time(timestamp, &rules.times)?;
    let Some(newest) = state.newest.filter(|newest| timestamp <= *newest) else {
        return Ok((How::InOrder, state.push(sample, next_chunk)));
    };
    let stored = if timestamp == newest { Some(state.newest_value()) } else { state.value_at(timestamp) };
    if let Some(stored) = stored {
        let same = stored.to_bits() == sample.value.to_bits();
        let refused = AppendError::DuplicateTimestamp { timestamp, stored, offered: sample.value };
        return if same { Ok((How::Repeated, None)) } else { Err(refused) };
    }
    check_late(timestamp, newest, rules.window_ms)?;
    Ok((How::Late, state.insert_late(sample, next_chunk)))
}

/// Appends one histogram; answers how it was taken, and the size of a chunk that was sealed.
pub(crate) fn histogram(
    state: &mut SeriesState,
    sample: HistogramSample,
    rules: &Rules,
    next_chunk: impl FnOnce() -> ChunkId,
) -> Result<(How, Option<usize>), AppendError> {
    let timestamp = sample.timestamp;
    check_time(timestamp, &rules.times)?;
    let Some(newest) = state.newest.filter(|newest| timestamp <= *newest) else {
        return Ok((How::InOrder, state.push_histogram(sample, next_chunk)));
    };
    let offered = sample.histogram.sum;
    if let Some(stored) = state.histogram_at(timestamp) {
        let refused = AppendError::DuplicateTimestamp { timestamp, stored: stored.sum, offered };
        return if stored.is_same(&sample.histogram) { Ok((How::Repeated, None)) } else { Err(refused) };
    }
    if let Some(stored) = state.value_at(timestamp) {
        return Err(AppendError::DuplicateTimestamp { timestamp, stored, offered });
    }
    check_late(timestamp, newest, rules.window_ms)?;
    Ok((How::Late, Some(state.insert_late_histogram(sample, next_chunk()))))
}

/// Whether a sample of this time is taken at all.
fn check_time(timestamp: i64, times: &TimeLimits) -> Result<(), AppendError> {
    times.check(timestamp).map_err(|problem| match problem {
        TimeProblem::Ahead => AppendError::Ahead { timestamp, newest: times.newest.unwrap_or(i64::MAX) },
        TimeProblem::TooOld => AppendError::BeforeOldest { timestamp, oldest: times.oldest.unwrap_or(i64::MIN) },
    })
}

/// Whether a sample may come so far behind the end of its series.
fn check_late(timestamp: i64, newest: i64, window_ms: i64) -> Result<(), AppendError> {
    if window_ms == 0 {
        return Err(AppendError::OutOfOrder { timestamp, newest });
    }
    if newest.saturating_sub(timestamp) > window_ms {
        return Err(AppendError::TooOld { timestamp, newest, window_ms });
    }
    Ok(())
}
