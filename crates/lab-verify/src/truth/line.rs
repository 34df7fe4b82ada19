//! A log line of one of the services: what matters of its fields.

use serde::Deserialize;

use crate::stack::services::Service;

/// One line, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Who wrote it.
    pub service: Service,
    /// The level of the line, `INFO` for example.
    pub level: Option<String>,
    /// What it says.
    pub message: String,
    /// When it is stored to have been written, nanoseconds since the Unix epoch.
    pub time_ns: i64,
    /// The span that was active.
    pub span_id: Option<String>,
    /// Sum of a batch.
    pub total: Option<i64>,
    /// Faces of a batch.
    pub rolls: Option<Vec<Option<i64>>>,
    /// The face of a roll.
    pub roll_value: Option<i64>,
    /// How often the very same line is stored, to the microsecond and the span; 1 is right.
    pub copies: u64,
}

/// The fields of a line as it is written.
#[derive(Deserialize)]
struct Fields {
    service: String,
    level: Option<String>,
    message: String,
    trace_id: Option<String>,
    span_id: Option<String>,
    total: Option<i64>,
    rolls: Option<Vec<Option<i64>>>,
    roll_value: Option<i64>,
}

impl Line {
    /// Reads a line that belongs to a trace; the trace and what it says. `None` for any other line.
    pub fn read(text: &str, time_ns: i64) -> Option<(String, Self)> {
        let fields: Fields = serde_json::from_str(text).ok()?;
        let line = Self {
            service: Service::named(&fields.service)?,
            level: fields.level,
            message: fields.message,
            time_ns,
            span_id: fields.span_id,
            total: fields.total,
            rolls: fields.rolls,
            roll_value: fields.roll_value,
            copies: 1,
        };
        Some((fields.trace_id?, line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_traces_are_read_and_others_are_not() {
        let text = r#"{"timestamp":"2026-01-02T03:04:05.000001Z","level":"INFO","message":"Async roll batch completed",
            "service":"dice-roller","logger":"x","trace_id":"ab","span_id":"cd","total":7,"rolls":[4,null,3]}"#;
        let (trace_id, line) = Line::read(text, 1).expect("a line");
        assert_eq!((trace_id.as_str(), line.service, line.total), ("ab", Service::DiceRoller, Some(7)));
        assert_eq!(line.rolls, Some(vec![Some(4), None, Some(3)]));
        assert_eq!(Line::read(&text.replace(r#""trace_id":"ab","#, ""), 1), None);
        assert_eq!(Line::read(&text.replace("dice-roller", "stranger"), 1), None);
        assert_eq!(Line::read("panicked at …", 1), None);
    }
}
