//! The result of `dicelab perf` as a self-contained SVG: speed-up and time by number of dice, measured
//! points with their intervals on the curve of theory. It follows the reader's light or dark scheme.

use std::fmt::Write as _;

use lab_model::text::markup::escaped;

use crate::output::table::seconds;
use crate::perf::plot::panel::{Panel, Point};
use crate::perf::result::PerfResult;
use crate::perf::theory;

mod axis;
mod panel;
mod svg;

/// Size of the picture in its own units.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 460.0;
/// Points of a theory curve.
const CURVE_STEPS: u32 = 100;

/// Draws the result.
pub fn draw(result: &PerfResult) -> String {
    let most = result.sizes.iter().map(|size| size.rolls).max().unwrap_or(1);
    let max_delay = result.max_delay_seconds;
    let speed_ups = result.sizes.iter().filter_map(|size| {
        let interval = size.speed_up_interval?;
        Some(Point { x: f64::from(size.rolls), y: size.speed_up?, low: interval.low, high: interval.high })
    });
    let times = result.sizes.iter().filter_map(|size| {
        let spread = size.concurrent?;
        Some(Point { x: f64::from(size.rolls), y: spread.mean, low: spread.min, high: spread.max })
    });
    let curve = |value: fn(f64, f64) -> f64| {
        if max_delay > 0.0 { curve(most, |rolls| value(rolls, max_delay)) } else { Vec::new() }
    };
    let speed_up = Panel {
        left: 24.0,
        title: "Speed-up".to_owned(),
        y_title: "times as fast as one after another".to_owned(),
        points: speed_ups.collect(),
        points_name: "measured, 95 % interval".to_owned(),
        curve: curve(|rolls, _| theory::speed_up(rolls)),
        curve_name: "theory (n + 1) / 2".to_owned(),
        most_dice: most,
    };
    let time = Panel {
        left: 504.0,
        title: "Time of a batch".to_owned(),
        y_title: "seconds".to_owned(),
        points: times.collect(),
        points_name: "mean, min to max".to_owned(),
        curve: curve(theory::concurrent_seconds),
        curve_name: format!("theory {} × n / (n + 1)", seconds(max_delay)),
        most_dice: most,
    };

    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-labelledby=\"title summary\">\n<title id=\"title\">Rolling dice concurrently</title>\n\
         <desc id=\"summary\">{}</desc>\n<style>{}</style>\n<rect class=\"surface\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\" rx=\"8\"/>\n",
        escaped(&summary(result)),
        svg::STYLE,
    );
    svg::text(&mut out, "heading", 24.0, 38.0, "Rolling dice concurrently");
    svg::text(&mut out, "note", 24.0, 60.0, &provenance(result));
    speed_up.draw(&mut out);
    time.draw(&mut out);
    out.push_str("</svg>\n");
    out
}

fn curve(most: u32, value: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let last = f64::from(most.max(2));
    let at = |step: u32| 1.0 + (last - 1.0) * f64::from(step) / f64::from(CURVE_STEPS);
    (0..=CURVE_STEPS).map(at).map(|rolls| (rolls, value(rolls))).collect()
}

fn provenance(result: &PerfResult) -> String {
    let delays = if result.max_delay_seconds > 0.0 {
        format!("delays uniform from 0 to {}", seconds(result.max_delay_seconds))
    } else {
        "delays off".to_owned()
    };
    let batches = result.sizes.iter().filter_map(|size| size.concurrent).map(|spread| spread.count).max();
    format!("{} · die {} · {delays} · {} batches per size", result.dice_roller, result.die, batches.unwrap_or(0))
}

/// For those who cannot see the picture.
fn summary(result: &PerfResult) -> String {
    let sizes = result.sizes.iter().filter_map(|size| {
        let measured = format!("{} dice: {:.2} times as fast", size.rolls, size.speed_up?);
        Some(size.theory.map_or(measured.clone(), |theory| format!("{measured}, in theory {:.2}", theory.speed_up)))
    });
    sizes.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
