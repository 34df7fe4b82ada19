//! The time range of a request: milliseconds since the epoch, `now`, `now-1h`, or RFC 3339.

use std::time::Duration;

use lab_model::duration;
use serde_json::Value;

/// Steps of a series at most.
const MOST_STEPS: i64 = 11_000;

/// In milliseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Range {
    /// Reads `from` and `to`; what is absent is the last hour.
    pub(crate) fn read(from: &Value, to: &Value, now: i64) -> Result<Self, String> {
        let (from, to) = (time(from, now, now - 3_600_000)?, time(to, now, now)?);
        if from > to { Err("from must not be later than to".to_owned()) } else { Ok(Self { from, to }) }
    }

    /// The step of a query by its `intervalMs` and `maxDataPoints`, in milliseconds.
    pub(crate) fn step(self, query: &Value) -> i64 {
        let points = query["maxDataPoints"].as_i64().filter(|points| *points > 0).unwrap_or(1000).min(MOST_STEPS - 1);
        let least = query["intervalMs"].as_i64().filter(|step| *step > 0).unwrap_or(1000);
        least.max((self.to - self.from) / points + 1).max(1)
    }
}

fn time(value: &Value, now: i64, otherwise: i64) -> Result<i64, String> {
    let text = match value {
        Value::Null => return Ok(otherwise),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        other => return Err(format!("{other} is no time")),
    };
    let wrong = || format!("{text:?} is no time; write milliseconds since the epoch, now-1h, or RFC 3339");
    if let Some(rest) = text.strip_prefix("now") {
        let (sign, length) = match rest.chars().next() {
            None => return Ok(now),
            Some('-') => (-1, &rest[1..]),
            Some('+') => (1, &rest[1..]),
            Some(_) => return Err(wrong()),
        };
        let length = duration::parse(length).as_ref().map(Duration::as_millis).map_err(|_| wrong())?;
        return i64::try_from(length).ok().and_then(|length| now.checked_add(sign * length)).ok_or_else(wrong);
    }
    // Beyond this no calendar reaches.
    let ms = text.parse::<i64>().ok().filter(|ms| ms.abs() < 10_i64.pow(15));
    ms.or_else(|| chrono::DateTime::parse_from_rfc3339(&text).ok().map(|time| time.timestamp_millis()))
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_read_as_clients_write_them() {
        let now = 1_800_000_000_000;
        let read = |from: Value, to: Value| Range::read(&from, &to, now);
        assert_eq!(read(json!("now-1h"), json!("now")), Ok(Range { from: now - 3_600_000, to: now }));
        assert_eq!(read(json!("1000"), json!(2000)), Ok(Range { from: 1000, to: 2000 }));
        assert_eq!(read(json!("1970-01-01T00:00:01Z"), Value::Null), Ok(Range { from: 1000, to: now }));
        for bad in [json!("now-"), json!("nowx"), json!("yesterday"), json!([1]), json!("99999999999999999")] {
            assert!(read(bad.clone(), Value::Null).is_err(), "{bad}");
        }
        assert!(read(json!(2), json!(1)).is_err());
    }

    #[test]
    fn a_step_gives_no_more_points_than_asked_for() {
        let day = Range { from: 0, to: 86_400_000 };
        assert_eq!(day.step(&json!({ "intervalMs": 15_000, "maxDataPoints": 100 })), 864_001);
        assert_eq!(day.step(&json!({ "intervalMs": 900_000, "maxDataPoints": 100 })), 900_000);
        assert!(86_400_000 / day.step(&json!({ "intervalMs": 1, "maxDataPoints": 10_000_000 })) < MOST_STEPS);
    }
}
