//! One diagram: axes with their titles, the curve of theory, measured points with intervals, a key.

use super::axis::Axis;
use super::svg;

/// Edges of the area inside the axes; the left one counts from the panel's own left.
const AREA_LEFT: f64 = 58.0;
const AREA_RIGHT: f64 = 420.0;
const AREA_TOP: f64 = 142.0;
const AREA_BOTTOM: f64 = 400.0;
/// Baselines above the area.
const TITLE_Y: f64 = 98.0;
const KEY_Y: f64 = 122.0;
/// Room for a character of the key, whatever the font.
const KEY_CHARACTER: f64 = 6.8;
/// Half the width of the bar at the end of an interval.
const CAP: f64 = 4.0;

/// A measured value with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// Number of dice.
    pub(super) x: f64,
    pub(super) y: f64,
    /// Lower end of the interval.
    pub(super) low: f64,
    /// Upper end of the interval.
    pub(super) high: f64,
}

/// One diagram over the number of dice.
#[derive(Debug)]
pub(super) struct Panel {
    pub(super) left: f64,
    /// Above the diagram.
    pub(super) title: String,
    /// Along the vertical axis.
    pub(super) y_title: String,
    /// What was measured.
    pub(super) points: Vec<Point>,
    /// What the points and their intervals are.
    pub(super) points_name: String,
    /// Theory; empty if there is none.
    pub(super) curve: Vec<(f64, f64)>,
    /// What the theory says.
    pub(super) curve_name: String,
    /// Right end of the horizontal axis, at least.
    pub(super) most_dice: u32,
}

impl Panel {
    /// Appends the diagram.
    pub(super) fn draw(&self, out: &mut String) {
        let heights = self.points.iter().map(|point| point.high).chain(self.curve.iter().map(|(_, y)| *y));
        let highest = heights.fold(0.0, f64::max);
        let (left, right) = (self.left + AREA_LEFT, self.left + AREA_RIGHT);
        let x = Axis::new(f64::from(self.most_dice.max(2)), true, left, right);
        let y = Axis::new(highest, false, AREA_BOTTOM, AREA_TOP);

        svg::text(out, "title", left, TITLE_Y, &self.title);
        self.draw_key(out, left);
        for (value, label) in y.ticks() {
            let class = if value == 0.0 { "axis" } else { "grid" };
            svg::line(out, class, (left, y.at(value)), (right, y.at(value)));
            svg::text(out, "tick end", left - 8.0, y.at(value) + 4.0, &label);
        }
        for (value, label) in x.ticks() {
            svg::line(out, "axis", (x.at(value), AREA_BOTTOM), (x.at(value), AREA_BOTTOM + 5.0));
            svg::text(out, "tick middle", x.at(value), AREA_BOTTOM + 20.0, &label);
        }
        svg::text(out, "middle", f64::midpoint(left, right), AREA_BOTTOM + 42.0, "dice of a batch, n");
        svg::upright_text(out, self.left + 12.0, f64::midpoint(AREA_TOP, AREA_BOTTOM), &self.y_title);

        if !self.curve.is_empty() {
            let curve: Vec<(f64, f64)> = self.curve.iter().map(|(dice, value)| (x.at(*dice), y.at(*value))).collect();
            svg::polyline(out, "theory", &curve);
        }
        for point in &self.points {
            let (at, low, high) = (x.at(point.x), y.at(point.low), y.at(point.high));
            svg::line(out, "interval", (at, low), (at, high));
            for end in [low, high] {
                svg::line(out, "interval", (at - CAP, end), (at + CAP, end));
            }
            let title = format!("{} dice: {:.3} ({:.3} to {:.3})", point.x, point.y, point.low, point.high);
            svg::point(out, at, y.at(point.y), &title);
        }
    }

    fn draw_key(&self, out: &mut String, left: f64) {
        let middle = KEY_Y - 4.0;
        svg::line(out, "interval", (left + 6.0, middle - 8.0), (left + 6.0, middle + 8.0));
        svg::point(out, left + 6.0, middle, &self.points_name);
        svg::text(out, "key", left + 18.0, KEY_Y, &self.points_name);
        if !self.curve.is_empty() {
            let next = left + 34.0 + KEY_CHARACTER * self.points_name.chars().count() as f64;
            svg::line(out, "theory", (next, middle), (next + 28.0, middle));
            svg::text(out, "key", next + 36.0, KEY_Y, &self.curve_name);
        }
    }
}
