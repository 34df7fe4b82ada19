//! What a function over whole operands gets: its arguments, evaluated, and the evaluation around it.

use lab_algebra::{Grid, Series};
use lab_syntax::Position;

use crate::promql::eval::context::Context;
use crate::promql::eval::operand::Operand;

/// The evaluated arguments of a call.
pub(crate) struct Arguments<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) frame: Grid,
    pub(crate) operands: Vec<Operand>,
    /// Where each argument stands.
    pub(crate) places: Vec<Option<Position>>,
    /// Where the call stands.
    pub(crate) place: Option<Position>,
}

impl Arguments<'_> {
    /// Takes argument `at` as a vector.
    pub(crate) fn series(&mut self, at: usize) -> Vec<Series> {
        self.take(at).into_series()
    }

    /// Takes argument `at` as a scalar, a number per step.
    pub(crate) fn points(&mut self, at: usize) -> Vec<f64> {
        self.take(at).into_points()
    }

    /// Argument `at` as a text.
    pub(crate) fn text(&self, at: usize) -> &str {
        self.operands.get(at).map_or("", Operand::as_text)
    }

    /// Where argument `at` stands.
    pub(crate) fn place_of(&self, at: usize) -> Option<Position> {
        self.places.get(at).copied().flatten()
    }

    fn take(&mut self, at: usize) -> Operand {
        self.operands
            .get_mut(at)
            .map_or(Operand::Vector(Vec::new()), |operand| std::mem::replace(operand, Operand::Vector(Vec::new())))
    }
}
