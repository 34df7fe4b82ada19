//! Waterfalls of whole traces, as the terminal shows them.

use serde_json::json as value;

use super::*;
use crate::stack::span::Value;
use crate::trace::fake::{EPOCH, MS, span, with};

const CANVAS: Canvas = Canvas { width: 80, colours: false };

fn batch() -> Vec<Span> {
    let int = Value::Int;
    let roll = |id: &str, index: i64, start, end| {
        with(span(id, "2", "dice-roller", "async_roll", start, end), "async.roll_index", int(index))
    };
    let batch = with(span("2", "1", "dice-roller", "GET /roll-async", 2, 398), "async.batch_size", int(3));
    vec![
        span("1", "", "frontend", "GET /roll-async", 0, 400),
        with(batch, "http.response.status_code", int(500)),
        span("3", "2", "dice-roller", "GET", 3, 10),
        with(roll("4", 0, 11, 396), "die.result", int(4)),
        with(roll("5", 1, 12, 112), "die.result", int(6)),
        Span { failed: true, ..roll("6", 2, 13, 213) },
    ]
}

#[test]
fn a_batch_is_drawn_with_what_it_achieved() {
    let expected = "\
trace 9e17 · 6 spans · 2 services · 400 ms · 2026-11-22 20:31:04 UTC

SPAN                           SERVICE      DURATION  0                   400 ms
GET /roll-async                frontend       400 ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━
└ GET /roll-async 3 rolls · …  dice-roller    396 ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━
  ├ GET                        dice-roller   7.00 ms  ╸
  ├ async_roll #0 → 4          dice-roller    385 ms  ╺━━━━━━━━━━━━━━━━━━━━━━━━╸
  ├ async_roll #1 → 6          dice-roller    100 ms  ╶──────╴
  └ ✗ async_roll #2 failed     dice-roller    200 ms  ╶─────────────

━ critical path   ─ beside it   ✗ error

3 async_roll, parallelism 1.8 (theory 2.0), start spread 2.00 ms, 3 of 3 at once: concurrent
";
    let drawn = draw("9e17", &batch(), CANVAS);
    assert_eq!(drawn, expected, "\n{drawn}");
}

#[test]
fn problems_of_a_trace_are_listed_below_it() {
    let mut trace = batch();
    // The batch's own span is lost, and so is a roll.
    trace.remove(1);
    trace.pop();
    let drawn = draw("9e17", &trace, CANVAS);
    assert!(drawn.contains("! 3 spans without the parent that they name (GET of dice-roller, async_roll"), "{drawn}");
    let mut short = batch();
    short.pop();
    assert!(draw("9e17", &short, CANVAS).contains("! 2 of 3 async_roll spans are there\n"));
    let mut serial = batch();
    for (at, span) in serial.iter_mut().skip(3).enumerate() {
        span.start_ns = EPOCH + (11 + at as i64 * 120) * MS;
        span.end_ns = span.start_ns + 120 * MS;
    }
    let drawn = draw("9e17", &serial, CANVAS);
    assert!(drawn.contains("parallelism 1.0 (theory 2.0)"), "{drawn}");
    assert!(drawn.contains("1 of 3 at once: serial, rolls ran one after another\n"), "{drawn}");
}

#[test]
fn every_row_keeps_to_the_width_and_colours_change_nothing_else() {
    let mut deep = batch();
    for at in 10..60_i64 {
        let parent = if at == 10 { "6".to_owned() } else { (at - 1).to_string() };
        deep.push(span(&at.to_string(), &parent, "a-service-with-a-long-name", "a name of some length", 20, 21));
    }
    for width in [10, 72, 80, 100, 233] {
        let drawn = draw("9e17", &deep, Canvas { width, colours: false });
        for line in drawn.lines().skip(2).take(deep.len() + 1) {
            assert!(line.chars().count() <= width.max(72), "{width}: {line}");
        }
        let coloured = draw("9e17", &deep, Canvas { width, colours: true });
        let mut plain = String::new();
        for (at, part) in coloured.split("\x1b[").enumerate() {
            plain += if at == 0 { part } else { part.split_once('m').expect("a code").1 };
        }
        assert_eq!(plain, drawn);
    }
}

#[test]
fn text_from_outside_does_not_move_the_cursor() {
    let trace = [span("1", "", "\x1b[2J", "a\nb\x07", 0, 1)];
    assert!(!draw("9e17", &trace, CANVAS).contains(['\x1b', '\x07']));
    assert_eq!(draw("9e17", &[], CANVAS), "trace 9e17 has no spans\n");
}

#[test]
fn the_json_holds_what_the_drawing_shows() {
    let answer = json::waterfall("9e17", &batch());
    assert_eq!((&answer["duration_ns"], answer["spans"].as_array().map(Vec::len)), (&value!(400_000_000), Some(6)));
    let roll = &answer["spans"][3];
    assert_eq!((&roll["critical"], &roll["depth"], &roll["kind"]), (&value!(true), &value!(2), &value!("internal")));
    let batch = &answer["batches"][0];
    assert_eq!((&batch["verdict"], &batch["rolls"]["greatest"]), (&value!("concurrent"), &value!(3)));
}
