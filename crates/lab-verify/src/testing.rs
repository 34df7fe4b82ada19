//! Entries, spans and lines for the tests of this crate.

use chrono::DateTime;
use lab_model::strategy::Strategy;
use lab_traffic::ledger::Entry;
use lab_traffic::request::Endpoint;

use crate::stack::services::Service;
use crate::stack::span::{Kind, Span, Value};
use crate::truth::asked::index::number;
use crate::truth::found::line::Line;

/// A trace id that is made from a number.
pub(crate) fn id(number: u64) -> String {
    format!("{number:032x}")
}

/// A `/roll` of the fair die; a 4 if it is good.
pub(crate) fn single(status: u16) -> Entry {
    let good = status == 200;
    Entry {
        trace_id: Some(id(1)),
        user: 1,
        request: 1,
        endpoint: Endpoint::Roll,
        die: "fair".to_owned(),
        times: None,
        strategy: None,
        status: Some(status),
        rolls: good.then(|| vec![Some(4)]),
        total: good.then_some(4),
        started: DateTime::from_timestamp(1_700_000_000, 0).expect("a time"),
        duration_ms: 500.0,
    }
}

/// A `/roll-async` of the fair die; all fours if it is good.
pub(crate) fn batch(times: u32, strategy: Strategy, status: u16) -> Entry {
    let good = status == 200;
    Entry {
        endpoint: Endpoint::RollAsync,
        times: Some(times),
        strategy: Some(strategy),
        rolls: good.then(|| vec![Some(4); times as usize]),
        total: good.then(|| 4 * i64::from(times)),
        ..single(status)
    }
}

/// The spans that a good request leaves behind, whole and in order.
pub(crate) fn spans(entry: &Entry) -> Vec<Span> {
    let trace_id = entry.trace_id.clone().expect("a trace");
    let begin = entry.started.timestamp_nanos_opt().expect("in range");
    let name = if entry.times.is_some() { "GET /roll-async" } else { "GET /roll" };
    let span = |number: u64, parent: u64, service: Service, name: &str, kind: Kind| Span {
        trace_id: trace_id.as_str().into(),
        span_id: format!("{number:016x}"),
        parent_id: (parent > 0).then(|| format!("{parent:016x}")),
        service: service.name().into(),
        name: name.into(),
        kind,
        start_ns: begin + number as i64 * 1_000_000,
        end_ns: begin + 500_000_000 - number as i64 * 1_000_000,
        failed: false,
        attributes: [("die.type".into(), Value::Text(entry.die.clone()))].into(),
        events: Vec::new(),
    };
    let mut all = vec![
        span(1, 0, Service::Frontend, name, Kind::Server),
        span(2, 1, Service::Frontend, "GET", Kind::Client),
        span(3, 2, Service::DiceRoller, name, Kind::Server),
        span(4, 3, Service::DiceRoller, "GET", Kind::Client),
        span(5, 4, Service::DieService, "GET /dice", Kind::Server),
    ];
    let (frontend, roller) = match entry.times {
        Some(_) => ("async.total_result", "async.total_result"),
        None => ("roll.value", "die.result"),
    };
    for (at, key) in [(0, frontend), (2, roller)] {
        all[at].attributes.insert(key.into(), Value::Int(entry.total.expect("a good answer")));
    }
    let rolls = entry.times.and(entry.rolls.as_ref()).into_iter().flatten().flatten();
    for (index, face) in rolls.enumerate() {
        let mut roll = span(6 + index as u64, 3, Service::DiceRoller, "async_roll", Kind::Internal);
        roll.attributes.insert("die.result".into(), Value::Int(*face));
        all.push(roll);
    }
    all
}

/// The lines that a good request leaves behind.
pub(crate) fn lines(entry: &Entry) -> Vec<Line<'static>> {
    use Service::{DiceRoller, DieService, Frontend};
    let trace = entry.trace_id.as_deref().and_then(number).expect("a trace");
    let line = |service: Service, message: &'static str| Line {
        trace,
        service,
        level: Some("INFO".into()),
        message: message.into(),
        time_ns: 0,
        total: None,
        rolls: None,
        roll_value: None,
    };
    let of_batch = |line: Line<'static>| Line { total: entry.total, rolls: entry.rolls.clone(), ..line };
    let of_roll = |line: Line<'static>, face: Option<i64>| Line { roll_value: face, ..line };
    let mut all = vec![
        line(DiceRoller, "Querying die service for specification"),
        line(DieService, "Die specification requested"),
        line(DieService, "Die specification found"),
        line(DiceRoller, "Die specification retrieved from service"),
    ];
    if entry.times.is_some() {
        all.push(line(Frontend, "Frontend async roll request received"));
        all.push(line(DiceRoller, "Async roll batch started"));
        let rolls = entry.rolls.iter().flatten();
        all.extend(rolls.map(|face| of_roll(line(DiceRoller, "Async roll completed"), *face)));
        all.push(of_batch(line(DiceRoller, "Async roll batch completed")));
        all.push(of_batch(line(Frontend, "Backend async response received")));
    } else {
        all.push(line(Frontend, "Frontend roll request received"));
        all.push(line(DiceRoller, "Roll request received"));
        all.push(of_roll(line(DiceRoller, "Roll completed"), entry.total));
        all.push(of_roll(line(Frontend, "Backend response received"), entry.total));
    }
    all
}
