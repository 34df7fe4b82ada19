//! Warnings (the value may be wrong) and infos (the query may be wrong), in Prometheus' words, each once: of several places
//! the last one is told, as in Prometheus.

use std::cell::RefCell;
use std::fmt::Display;

use lab_algebra::{Combining, Operator};
use lab_syntax::Position;

use crate::promql::functions::window::notes::Note;
use crate::promql::value::MORE_NOTES;

/// More different annotations than this are not kept.
const LIMIT: usize = 1_000;

/// The annotations of an evaluation so far, in order of appearance.
#[derive(Debug, Default)]
pub(crate) struct Annotations {
    warnings: RefCell<Vec<Annotation>>,
    infos: RefCell<Vec<Annotation>>,
    /// Infos of our own, which many others do not push out.
    hints: RefCell<Vec<Annotation>>,
}

/// A text and the place that it is about.
type Annotation = (String, Option<Position>);

impl Annotations {
    /// Adds a warning about the expression at `place`.
    pub(crate) fn warn(&self, text: impl Display, place: Option<Position>) {
        add(&self.warnings, format!("PromQL warning: {text}"), place);
    }

    /// Adds an info about the expression at `place`.
    pub(crate) fn inform(&self, text: impl Display, place: Option<Position>) {
        add(&self.infos, format!("PromQL info: {text}"), place);
    }

    /// Adds a hint of our own about the expression at `place`.
    pub(crate) fn hint(&self, text: impl Display, place: Option<Position>) {
        add(&self.hints, format!("Dicelab hint: {text}"), place);
    }

    /// Warns that histograms with exponential and with custom buckets cannot be put together.
    pub(crate) fn bucket_layouts(&self, how: Combining, metric: &str, place: Option<Position>) {
        let operator = match how {
            Combining::Addition => Operator::Add,
            Combining::Subtraction => Operator::Subtract,
            Combining::Aggregation => {
                let text =
                    "vector contains a mix of histograms with exponential and custom buckets schemas for metric name";
                return self.warn(format_args!("{text} {metric:?}"), place);
            }
        };
        let text = "incompatible bucket layout encountered for binary operator";
        self.warn(format_args!("{text} {}", operator.name()), place);
    }

    /// Warns that of two histograms one says that its counter was reset, the other that it was not.
    pub(crate) fn resets_conflict(&self, how: Combining, place: Option<Position>) {
        self.warn(format_args!("conflicting counter resets during histogram {}", how_it_is_called(how)), place);
    }

    /// Says that of differing custom buckets those were left that all histograms have.
    pub(crate) fn bounds_reconciled(&self, how: Combining, place: Option<Position>) {
        self.inform(format_args!("mismatched custom buckets were reconciled during {}", how_it_is_called(how)), place);
    }

    /// Says what a function over windows has met in the series of a metric.
    pub(crate) fn window(&self, note: Note, metric: &str, place: Option<Position>) {
        match note {
            Note::Mixed => {
                let text = "encountered a mix of histograms and floats for metric name";
                self.warn(format_args!("{text} {metric:?}"), place);
            }
            Note::Ignored => {
                let text = "ignored histograms in a range containing both floats and histograms for metric name";
                self.inform(format_args!("{text} {metric:?}"), place);
            }
            Note::NotACounter => {
                self.warn(format_args!("this native histogram metric is not a counter: {metric:?}"), place);
            }
            Note::NotAGauge => {
                self.warn(format_args!("this native histogram metric is not a gauge: {metric:?}"), place);
            }
            Note::Layouts => self.bucket_layouts(Combining::Aggregation, metric, place),
            Note::Reconciled(how) => self.bounds_reconciled(how, place),
            Note::ResetsConflict => self.resets_conflict(Combining::Aggregation, place),
        }
    }

    /// Warns of quantiles outside 0…1.
    pub(crate) fn check_quantiles(&self, quantiles: &[f64], place: Option<Position>) {
        for quantile in quantiles.iter().filter(|quantile| !(0.0..=1.0).contains(*quantile)) {
            let got = short_float(*quantile);
            self.warn(format_args!("quantile value should be between 0 and 1, got {got}"), place);
        }
    }

    /// The warnings and the infos.
    pub(crate) fn into_texts(self) -> (Vec<String>, Vec<String>) {
        let texts =
            |all: RefCell<Vec<Annotation>>| all.into_inner().into_iter().map(|(text, place)| text + &suffix(place));
        (texts(self.warnings).collect(), texts(self.infos).chain(texts(self.hints)).collect())
    }
}

/// A way of putting histograms together as Prometheus' messages call it.
fn how_it_is_called(how: Combining) -> &'static str {
    match how {
        Combining::Addition => "addition",
        Combining::Subtraction => "subtraction",
        Combining::Aggregation => "aggregation",
    }
}

/// A number as Prometheus' messages write it.
pub(crate) fn short_float(value: f64) -> String {
    lab_model::format_short_float(value)
}

fn suffix(place: Option<Position>) -> String {
    place.map_or_else(String::new, |place| format!(" ({place})"))
}

fn add(all: &RefCell<Vec<Annotation>>, text: String, place: Option<Position>) {
    let mut all = all.borrow_mut();
    if let Some((_, known)) = all.iter_mut().find(|(known, _)| *known == text) {
        *known = place;
        return;
    }
    match all.len() {
        LIMIT => all.push((MORE_NOTES.to_owned(), None)),
        known if known < LIMIT => all.push((text, place)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_a_thousand_infos_it_is_said_that_there_are_more_and_hints_are_kept() {
        let all = Annotations::default();
        for at in 0..LIMIT + 5 {
            all.inform(at, None);
        }
        all.hint("x", None);
        let (_, infos) = all.into_texts();
        assert_eq!(
            (infos.len(), &infos[LIMIT..]),
            (LIMIT + 2, &[MORE_NOTES.to_owned(), "Dicelab hint: x".to_owned()][..])
        );
    }
}
