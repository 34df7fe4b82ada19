//! How many lines a chunk has of each level at which time, from its front alone.

use lab_model::Labels;

use crate::ingest::enrich::DETECTED_LEVEL;
use crate::store::rows::layout::front::Front;

/// Lines of one level and step that were not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    pub(crate) level: String,
    /// Where the step begins (ns).
    pub(crate) begin: i64,
    pub(crate) lines: u64,
}

/// Where the step of a time begins (ns).
pub(crate) fn begin(time: i64, step: i64) -> i64 {
    time.div_euclid(step).saturating_mul(step)
}

/// Counts the lines of a chunk from `start` to `last` (ns); none if its front does not know their levels, or is damaged.
pub(crate) fn count(front: &Front<'_>, stream: &Labels, (start, last): (i64, i64), step: i64) -> Option<Vec<Unread>> {
    let of_stream = stream.get(DETECTED_LEVEL);
    if of_stream.is_none() && front.others.as_ref().is_none_or(|others| others.contains(&DETECTED_LEVEL)) {
        return None;
    }
    let column = front.columns.iter().find(|column| column.name == DETECTED_LEVEL && of_stream.is_none());
    // By the place of the level in its column; those of the present step stand at the end, from `of_step` on.
    let (mut counted, mut of_step): (Vec<(u8, i64, u64)>, usize) = (Vec::new(), 0);
    for (line, time) in front.times()?.enumerate() {
        let (time, _) = time.ok()?;
        if !(start..=last).contains(&time) {
            continue;
        }
        let (place, begin) = (column.map_or(0, |column| column.place(line)), begin(time, step));
        if counted.last().is_some_and(|(_, known, _)| *known != begin) {
            of_step = counted.len();
        }
        match counted[of_step..].iter_mut().find(|(known, known_begin, _)| (*known, *known_begin) == (place, begin)) {
            Some((_, _, lines)) => *lines += 1,
            None => counted.push((place, begin, 1)),
        }
    }
    let level = |place: u8| of_stream.or_else(|| column.and_then(|column| column.value(place))).unwrap_or_default();
    let unread =
        counted.into_iter().map(|(place, begin, lines)| Unread { level: level(place).to_owned(), begin, lines });
    Some(unread.collect())
}
