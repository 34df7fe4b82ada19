//! What a function over windows has to tell of the samples that it met.

use lab_algebra::Combining;
use lab_histogram::{Combined, Incompatible};

use crate::model::histogram_sample::HistogramSample;
use crate::promql::eval::samples::window::Window;

/// Something about a series that its user has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// Numbers and histograms stand in one window, which therefore has no value.
    Mixed,
    /// Histograms in a window with numbers are passed over.
    Ignored,
    /// A function for counters met histograms that are none.
    NotACounter,
    /// A function for gauges met histograms that are none.
    NotAGauge,
    /// Histograms with exponential and with custom buckets stand in one window.
    Layouts,
    /// Of differing custom bounds those were left that all have.
    Reconciled(Combining),
    /// Some histograms say that their counter was reset, others that it was not.
    ResetsConflict,
}

/// What has been noted about a series, each once.
#[derive(Debug, Default)]
pub(crate) struct Notes(pub(crate) Vec<Note>);

impl Notes {
    pub(crate) fn add(&mut self, note: Note) {
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    /// The combination, or nothing with a note.
    pub(crate) fn combined(&mut self, combined: Result<Combined, Incompatible>, how: Combining) -> Option<()> {
        match combined {
            Ok(combined) if combined.bounds_reconciled => self.add(Note::Reconciled(how)),
            Ok(_) => {}
            Err(Incompatible) => {
                self.add(Note::Layouts);
                return None;
            }
        }
        Some(())
    }

    /// The histograms of a window; nothing with a note if there are numbers, too.
    pub(crate) fn only<'a>(&mut self, window: &Window<'a>) -> Option<&'a [HistogramSample]> {
        if window.samples.is_empty() {
            return Some(window.histograms);
        }
        self.add(Note::Mixed);
        None
    }
}
