//! A log line of one of the services: what matters of its fields.

use std::borrow::Cow;

use serde::Deserialize;

use crate::stack::services::Service;
use crate::truth::asked::index::number;

/// One line that belongs to a trace, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'a> {
    /// The trace it belongs to.
    pub trace: u128,
    /// Who wrote it.
    pub service: Service,
    /// The level of the line, `INFO` for example.
    pub level: Option<Cow<'a, str>>,
    /// What it says.
    pub message: Cow<'a, str>,
    /// When it is stored to have been written, nanoseconds since the Unix epoch.
    pub time_ns: i64,
    /// Sum of a batch.
    pub total: Option<i64>,
    /// Faces of a batch.
    pub rolls: Option<Vec<Option<i64>>>,
    /// The face of a roll.
    pub roll_value: Option<i64>,
}

/// The fields of a line as it is written.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    service: Cow<'a, str>,
    #[serde(borrow)]
    level: Option<Text<'a>>,
    #[serde(borrow)]
    message: Cow<'a, str>,
    #[serde(borrow)]
    trace_id: Option<Text<'a>>,
    total: Option<i64>,
    rolls: Option<Vec<Option<i64>>>,
    roll_value: Option<i64>,
}

/// A text that is borrowed where nothing in it is escaped; without this type serde copies one that may be absent.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Line<'a> {
    /// Reads a line that belongs to a trace. `None` for any other line.
    pub fn read(text: &'a str, time_ns: i64) -> Option<Self> {
        let fields: Fields<'a> = serde_json::from_str(text).ok()?;
        Some(Self {
            trace: number(&fields.trace_id?.0)?,
            service: Service::named(&fields.service)?,
            level: fields.level.map(|level| level.0),
            message: fields.message,
            time_ns,
            total: fields.total,
            rolls: fields.rolls,
            roll_value: fields.roll_value,
        })
    }

    /// Whether it tells how one roll of a batch ended.
    pub fn is_of_roll(&self) -> bool {
        matches!(&*self.message, "Async roll completed" | "Async roll triggered error condition")
    }

    /// Whether the frontend tells with it that a request came.
    pub fn is_received(&self) -> bool {
        self.service == Service::Frontend && self.message.ends_with("request received")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_traces_are_read_and_others_are_not() {
        let text = r#"{"timestamp":"2026-01-02T03:04:05.000001Z","level":"INFO","message":"Async roll batch \"done\"",
            "service":"dice-roller","logger":"x","trace_id":"ab","span_id":"cd","total":7,"rolls":[4,null,3]}"#;
        let line = Line::read(text, 1).expect("a line");
        assert_eq!((line.trace, line.service, line.total), (0xab, Service::DiceRoller, Some(7)));
        assert_eq!((&*line.message, line.rolls), ("Async roll batch \"done\"", Some(vec![Some(4), None, Some(3)])));
        assert_eq!(Line::read(&text.replace(r#""trace_id":"ab","#, ""), 1), None);
        assert_eq!(Line::read(&text.replace("dice-roller", "stranger"), 1), None);
        assert_eq!(Line::read("panicked at …", 1), None);
    }
}
