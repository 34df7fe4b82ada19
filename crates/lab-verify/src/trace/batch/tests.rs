//! Batches whose shape is known, and laws that hold for all.

use proptest::prelude::*;

use super::*;
use crate::trace::fake;

const MS: i64 = 1_000_000;

fn overlap(spans: &[(i64, i64)]) -> Overlap {
    Overlap::of(spans.iter().map(|(start, end)| (start * MS, end * MS)))
}

#[test]
fn rolls_at_once_take_as_long_as_the_longest_roll() {
    let found = overlap(&[(0, 400), (1, 801), (2, 602), (3, 203)]);
    assert_eq!((found.count, found.greatest, found.start_spread_ns), (4, 4, 3_000_000));
    assert_eq!((found.sum_ns, found.longest_ns, found.wall_ns), (2_000_000_000, 800_000_000, 801_000_000));
    assert!((found.parallelism() - 2000.0 / 801.0).abs() < 1e-9);
    assert_eq!((found.theory(), found.verdict()), (2.5, Some(Verdict::Concurrent)));
}

#[test]
fn rolls_one_after_another_take_as_long_as_their_sum() {
    let found = overlap(&[(0, 400), (400, 1200), (1201, 1801)]);
    assert_eq!((found.greatest, found.verdict()), (1, Some(Verdict::Serial)));
    assert!((found.parallelism() - 1800.0 / 1801.0).abs() < 1e-9);
}

#[test]
fn rolls_two_at_a_time_are_partly_serial() {
    let found = overlap(&[(0, 500), (0, 500), (500, 1000), (500, 1000)]);
    assert_eq!((found.greatest, found.verdict()), (2, Some(Verdict::Mixed)));
}

#[test]
fn short_rolls_and_single_rolls_give_no_verdict() {
    assert_eq!(overlap(&[(0, 900)]).verdict(), None);
    assert_eq!(overlap(&[(0, 10), (10, 900)]).verdict(), None);
    assert_eq!((Overlap::of([]).parallelism(), Overlap::of([]).greatest), (1.0, 0));
}

/// A roll that waits for nothing can end before a sibling has begun; that is no sign of a row.
#[test]
fn one_roll_without_delay_or_with_a_slow_start_does_not_change_the_verdict() {
    assert_eq!(overlap(&[(0, 0), (1, 900), (2, 800)]).verdict(), Some(Verdict::Concurrent));
    assert_eq!(overlap(&[(0, 300), (45, 345)]).verdict(), Some(Verdict::Concurrent));
}

#[test]
fn batches_of_one_trace_are_told_apart_by_their_parent_span() {
    let roll = |id: &str, parent: &str, start, end| fake::span(id, parent, "dice-roller", ROLL, start, end);
    let mut spans = fake::batch();
    spans.extend([roll("8", "gone", 2000, 2100), roll("9", "1", 1, 2)]);
    let seen = |spans: &[Span]| -> Vec<_> {
        let batches = batches(spans).into_iter();
        batches.map(|batch| (batch.parent_id, batch.rolls.count, batch.asked, batch.is_covered)).collect()
    };
    let expected = [
        ("1".to_owned(), 1, None, Some(true)),
        ("3".to_owned(), 2, Some(2), Some(true)),
        ("gone".to_owned(), 1, None, None),
    ];
    assert_eq!(seen(&spans), expected);
    spans[5].end_ns += 2 * MS;
    assert_eq!(seen(&spans)[1].3, Some(false));
}

proptest! {
    #[test]
    fn parallelism_lies_between_one_and_the_greatest_overlap(
        spans in proptest::collection::vec((0..1000_i64, 1..1000_i64), 1..30),
    ) {
        let found = Overlap::of(spans.iter().map(|(start, length)| (*start, start + length)));
        prop_assert!(found.parallelism() <= found.greatest as f64 + 1e-9);
        prop_assert!(found.greatest <= found.count);
        prop_assert!(found.longest_ns <= found.wall_ns.min(found.sum_ns));
        prop_assert!(found.start_spread_ns <= found.wall_ns);
    }

    #[test]
    fn starting_at_once_is_concurrent_and_starting_at_the_end_serial(
        lengths in proptest::collection::vec(60..1000_i64, 2..30),
    ) {
        let at_once = overlap(&lengths.iter().map(|length| (0, *length)).collect::<Vec<_>>());
        prop_assert_eq!(at_once.verdict(), Some(Verdict::Concurrent));
        let mut clock = 0;
        let in_a_row: Vec<_> = lengths.iter().map(|length| { clock += length; (clock - length, clock) }).collect();
        let in_a_row = overlap(&in_a_row);
        prop_assert_eq!((in_a_row.verdict(), in_a_row.greatest), (Some(Verdict::Serial), 1));
        prop_assert_eq!(in_a_row.parallelism(), 1.0);
    }
}
