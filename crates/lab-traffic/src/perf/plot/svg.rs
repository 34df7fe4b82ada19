//! The few SVG elements that the plot is made of.

use std::fmt::Write as _;

use lab_model::text::markup::escaped;

/// Plain selectors, no variables, so that simple renderers understand it too.
pub(super) const STYLE: &str = "
text { font-family: system-ui, -apple-system, 'Segoe UI', sans-serif; font-size: 12px; fill: #57606a }
.heading { font-size: 20px; font-weight: 600; fill: #1f2328 }
.title { font-size: 14px; font-weight: 600; fill: #1f2328 }
.surface { fill: #ffffff }
.grid { stroke: #e4e7eb; stroke-width: 1 }
.axis { stroke: #8c959f; stroke-width: 1 }
.theory { fill: none; stroke: #bf5b00; stroke-width: 2; stroke-dasharray: 6 4 }
.interval { stroke: #0a5fc4; stroke-width: 1.5 }
.point { fill: #0a5fc4; stroke: #ffffff; stroke-width: 1.5 }
.end { text-anchor: end }
.middle { text-anchor: middle }
.tick { font-variant-numeric: tabular-nums }
@media (prefers-color-scheme: dark) {
text { fill: #9da7b3 }
.heading, .title { fill: #f0f3f6 }
.surface { fill: #14181d }
.grid { stroke: #2a3038 }
.axis { stroke: #6b7580 }
.theory { stroke: #f0a04b }
.interval { stroke: #6cb1ff }
.point { fill: #6cb1ff; stroke: #14181d }
}
";

/// A line of text; `class` may hold several classes.
pub(super) fn text(out: &mut String, class: &str, x: f64, y: f64, text: &str) {
    let _ = writeln!(out, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(text));
}

/// Text that reads upwards, centred on the point.
pub(super) fn upright_text(out: &mut String, x: f64, y: f64, text: &str) {
    let _ = writeln!(
        out,
        "<text class=\"middle\" transform=\"translate({x:.1} {y:.1}) rotate(-90)\">{}</text>",
        escaped(text)
    );
}

/// A straight line.
pub(super) fn line(out: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = writeln!(out, "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>");
}

/// A curve through points.
pub(super) fn polyline(out: &mut String, class: &str, points: &[(f64, f64)]) {
    let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(out, "<polyline class=\"{class}\" points=\"{}\"/>", points.join(" "));
}

/// A measured point, with what it says when pointed at.
pub(super) fn point(out: &mut String, x: f64, y: f64, title: &str) {
    let _ = writeln!(
        out,
        "<circle class=\"point\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"><title>{}</title></circle>",
        escaped(title)
    );
}
