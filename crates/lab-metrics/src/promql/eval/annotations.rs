//! Warnings (the value may be wrong) and infos (the query may be wrong), in Prometheus' words, each once.

use std::cell::RefCell;
use std::fmt::Display;

use lab_syntax::Position;

/// More different annotations than this are not kept.
const LIMIT: usize = 1_000;

/// The annotations of an evaluation so far, in order of appearance.
#[derive(Debug, Default)]
pub(crate) struct Annotations {
    warnings: RefCell<Vec<String>>,
    infos: RefCell<Vec<String>>,
}

impl Annotations {
    /// Adds a warning about the expression at `place`.
    pub(crate) fn warn(&self, text: impl Display, place: Option<Position>) {
        add(&self.warnings, format!("PromQL warning: {text}{}", suffix(place)));
    }

    /// Adds an info about the expression at `place`.
    pub(crate) fn inform(&self, text: impl Display, place: Option<Position>) {
        add(&self.infos, format!("PromQL info: {text}{}", suffix(place)));
    }

    /// Adds a hint of our own about the expression at `place`.
    pub(crate) fn hint(&self, text: impl Display, place: Option<Position>) {
        add(&self.infos, format!("Dicelab hint: {text}{}", suffix(place)));
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
        (self.warnings.into_inner(), self.infos.into_inner())
    }
}

/// A number as Prometheus' messages write it.
pub(crate) fn short_float(value: f64) -> String {
    lab_model::format_short_float(value)
}

fn suffix(place: Option<Position>) -> String {
    place.map_or_else(String::new, |place| format!(" ({place})"))
}

fn add(texts: &RefCell<Vec<String>>, text: String) {
    let mut texts = texts.borrow_mut();
    match texts.len() {
        LIMIT => texts.push(format!("there are more than {LIMIT} such notes; the others are left out")),
        known if known < LIMIT && !texts.contains(&text) => texts.push(text),
        _ => {}
    }
}
