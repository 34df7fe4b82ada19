//! The texts of a run that are no telemetry: its report, ledger and dashboards, which stay JSON, and its expectations.
//!
//! Their keys are those of the lab and of Grafana, no names of attributes: only texts within them are looked at, so that
//! numbers stay numbers and whoever reads them still can.

use crate::recording::Recording;
use crate::redact::lines;
use crate::redact::values::{Finder, Values};

/// They, copied, so that a failure leaves the run as it was.
#[derive(Debug)]
pub(crate) struct Documents {
    report: Option<String>,
    expectations: Option<String>,
    /// Line by line.
    ledger: Option<Vec<String>>,
    dashboards: Vec<String>,
}

impl Documents {
    pub(crate) fn of(recording: &Recording) -> Self {
        let ledger = recording.ledger.as_ref();
        Self {
            report: recording.report.clone(),
            expectations: recording.expectations.clone(),
            ledger: ledger.map(|ledger| ledger.split('\n').map(str::to_owned).collect()),
            dashboards: recording.dashboards.clone(),
        }
    }

    fn each_json(&mut self) -> impl Iterator<Item = &mut String> {
        self.report.iter_mut().chain(self.ledger.iter_mut().flatten()).chain(&mut self.dashboards)
    }

    /// Takes the values behind `key=`.
    pub(crate) fn take(&mut self, values: &mut Values) {
        self.each_json().for_each(|text| lines::take_texts(values, text));
        if let Some(text) = &mut self.expectations {
            *text = lines::pairs(values, text);
        }
    }

    /// Takes what was found out of all texts.
    pub(crate) fn clean(&mut self, finder: &Finder) {
        self.each_json().for_each(|text| lines::clean_texts(finder, text));
        if let Some(text) = &mut self.expectations {
            finder.clean_words(text);
        }
    }

    pub(crate) fn put(self, recording: &mut Recording) {
        recording.report = self.report;
        recording.expectations = self.expectations;
        recording.ledger = self.ledger.map(|lines| lines.join("\n"));
        recording.dashboards = self.dashboards;
    }
}
