//! Answers of Tempo in one form: what has no order is sorted; what an answer has cost is left out, and so are exemplars,
//! because any span of a step may be one.

use serde_json::{Value, json};

/// Fields that are not compared. `spanSet` repeats the first of `spanSets`, whichever that is.
const LEFT_OUT: [&str; 5] = ["metrics", "spanSet", "status", "message", "exemplars"];
/// Times in nanoseconds and in milliseconds, as texts.
const NANOSECONDS: [&str; 3] = ["startTimeUnixNano", "endTimeUnixNano", "timeUnixNano"];
const MILLISECONDS: &str = "timestampMs";

/// The canonical form of an answer.
pub(crate) fn of(answer: Value) -> Value {
    match answer {
        Value::Object(fields) => {
            let compared = fields.into_iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
            Value::Object(compared.map(|(name, value)| (name, of(value))).collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().filter(|item| !compares_nothing(item)).map(of).collect();
            items.sort_by_cached_key(ToString::to_string);
            Value::Array(items)
        }
        other => other,
    }
}

/// Whether this is a series of `compare()` about what spans lack: of those attributes that have columns of their own in Tempo, it
/// says of every span that it lacks them.
fn compares_nothing(item: &Value) -> bool {
    let labels = item["labels"].as_array().map(Vec::as_slice).unwrap_or_default();
    labels.iter().any(|label| label["key"] == "__meta_type")
        && labels.iter().any(|label| label["value"]["stringValue"] == "nil")
}

/// Moves every time in an answer, or in spans, by so many seconds.
pub(crate) fn move_times(value: &mut Value, seconds: i128) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let second = if NANOSECONDS.contains(&name.as_str()) { 1_000_000_000 } else { 1_000 };
                let is_time = second > 1_000 || name == MILLISECONDS;
                match value.as_str().and_then(|text| text.parse::<i128>().ok()).filter(|_| is_time) {
                    Some(time) => *value = json!((time + seconds * second).to_string()),
                    None => move_times(value, seconds),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| move_times(item, seconds)),
        _ => {}
    }
}
