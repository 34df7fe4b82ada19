//! The straight line through points that comes nearest to them, with the error of its slope.

/// A line by least squares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// The mean of the values.
    pub mean: f64,
    /// Growth of the value for each unit of the place.
    pub slope: f64,
    /// The standard error of the slope. Neighbouring points are alike, so it is taken from the means of a few blocks of
    /// them, which are not.
    pub error: f64,
}

/// Blocks into which the points are put.
const BLOCKS: usize = 10;

impl Line {
    /// The line through points, which are places and values; nothing for fewer than three.
    pub fn through(points: &[(f64, f64)]) -> Option<Self> {
        if points.len() < 3 {
            return None;
        }
        let size = points.len().div_ceil(BLOCKS);
        let mean_of = |block: &[(f64, f64)]| {
            let (place, value) = block.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
            (place / block.len() as f64, value / block.len() as f64)
        };
        let blocks: Vec<(f64, f64)> = points.chunks(size).map(mean_of).collect();
        let (place, mean) = mean_of(&blocks);
        let spread: f64 = blocks.iter().map(|(x, _)| (x - place).powi(2)).sum();
        let slope = blocks.iter().map(|(x, y)| (x - place) * (y - mean)).sum::<f64>() / spread;
        let rest: f64 = blocks.iter().map(|(x, y)| (y - mean - slope * (x - place)).powi(2)).sum();
        let freedom = blocks.len().checked_sub(2).filter(|freedom| *freedom > 0)?;
        Some(Self { mean, slope, error: (rest / freedom as f64 / spread).sqrt() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_of_a_line_is_found_with_its_error() {
        let points: Vec<(f64, f64)> = (0..100).map(|at| (f64::from(at), 3.0 + 2.0 * f64::from(at))).collect();
        let line = Line::through(&points).expect("enough points");
        assert!((line.slope - 2.0).abs() < 1e-9 && line.error < 1e-9, "{line:?}");
        let noisy = |at: i32| (f64::from(at), 50.0 + f64::from((at * 37) % 11));
        let line = Line::through(&(0..200).map(noisy).collect::<Vec<_>>()).expect("enough points");
        assert!(line.slope.abs() < 3.0 * line.error && line.error < 0.05, "{line:?}");
        assert_eq!(Line::through(&points[..2]), None);
    }
}
