//! What becomes of exponential histograms.

pub(crate) mod classic;
pub(crate) mod native;
pub(crate) mod side;

/// What exponential histograms become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exponential {
    /// Native histograms, as in Prometheus.
    #[default]
    Native,
    /// Histograms with explicit bounds, which are powers of the fourth root of two or coarser.
    Classic,
}
