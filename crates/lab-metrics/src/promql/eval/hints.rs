//! Hints: why a query came back empty, where that can be known. They stand among the infos, but begin
//! with `Dicelab hint: `, because Prometheus knows none of them.
//!
//! Asked is the index of the store only, never its samples, except for windows that hold one sample.

use lab_algebra::Grid;
use lab_model::labels::METRIC_NAME;
use lab_model::text::nearest::did_you_mean;
use lab_model::{MatchOp, Matcher, expression};
use lab_syntax::Position;

use crate::promql::error::PromqlError;
use crate::promql::eval::context::Context;
use crate::promql::eval::evaluate::each_raw_series;
use crate::promql::eval::samples::window::Slide;
use crate::promql::functions::Body;
use crate::promql::functions::signature::Edges;
use crate::promql::plan::node::{Kind, Node, Selector};
use crate::promql::source::Selection;

/// Functions that need two samples in a window.
const NEED_TWO: [&str; 7] = ["rate", "increase", "delta", "irate", "idelta", "deriv", "predict_linear"];

/// A metric that has had samples within so many milliseconds before those that are looked at is not unknown.
const EARLIER: i64 = 3_600_000;

/// Adds what can be said about an empty result.
pub(crate) fn explain(context: &Context<'_>, node: &Node, frame: Grid) -> Result<(), PromqlError> {
    context.check_interrupt()?;
    match &node.kind {
        Kind::Number(_) | Kind::Text(_) => Ok(()),
        Kind::Instant(selector) | Kind::SampleTime(selector) => {
            let lookback = context.params.lookback;
            explain_selector(context, selector, lookback, frame, node.place);
            Ok(())
        }
        Kind::Range(selector, stretch) => {
            explain_selector(context, selector, stretch.length, frame, node.place);
            Ok(())
        }
        Kind::Subquery(inner, ..) | Kind::Negate(inner) | Kind::Absent(inner, _) | Kind::AbsentOverTime(inner, _) => {
            explain(context, inner, frame)
        }
        Kind::Binary(binary) => {
            explain(context, &binary.left, frame)?;
            explain(context, &binary.right, frame)
        }
        Kind::Info(info) => explain(context, &info.inner, frame),
        Kind::Aggregate(aggregate) => explain(context, &aggregate.inner, frame),
        Kind::Call(function, arguments) => {
            if let (Body::Window(window), true) = (function.body, NEED_TWO.contains(&function.signature.name))
                && arguments[window.range_at].edges() == Edges::Open
            {
                explain_window(context, function.signature.name, &arguments[window.range_at], frame)?;
            }
            arguments.iter().try_for_each(|argument| explain(context, argument, frame))
        }
    }
}

/// A window that holds one sample where two are needed.
fn explain_window(context: &Context<'_>, function: &str, range: &Node, frame: Grid) -> Result<(), PromqlError> {
    let (mut most, mut length) = (0, 0);
    each_raw_series(context, range, frame, &mut |series, stretch| {
        let mut slide = Slide::new(series.samples, frame, stretch);
        length = stretch.length;
        for step in 0..frame.count {
            most = most.max(slide.window(step).map_or(0, |window| window.samples.len()));
        }
        context.work(frame.count)
    })?;
    if most == 1 {
        let length = lab_model::duration::format(std::time::Duration::from_millis(length as u64));
        let text = format!(
            "{function} needs two samples, but a range of {length} holds only one; use at least two scrape intervals"
        );
        hint(context, &text, range.place);
    }
    Ok(())
}

/// The first condition of a selector that nothing can meet.
fn explain_selector(context: &Context<'_>, selector: &Selector, back: i64, frame: Grid, place: Option<Position>) {
    let (first, end) = selector.shift.span(frame);
    let start = first.saturating_sub(back);
    let (names, others): (Vec<&Matcher>, Vec<&Matcher>) =
        selector.matchers.iter().partition(|matcher| matcher.name == METRIC_NAME);
    let within = |matchers: &[&Matcher]| Selection {
        matchers: matchers.iter().map(|matcher| (*matcher).clone()).collect(),
        start,
        end,
    };
    if let Some(text) = names.iter().find_map(|name| unmet(context, name, "metric", &within(&[]))) {
        let earlier = Selection { matchers: Vec::new(), start: start.saturating_sub(EARLIER), end };
        let text = names.iter().find_map(|name| paused(context, name, &earlier, back)).unwrap_or(text);
        return hint(context, &text, place);
    }
    let known = context.source.label_names(&within(&names));
    for matcher in others.iter().filter(|matcher| !matcher.matches_empty()) {
        if !known.is_empty() && !known.iter().any(|name| **name == *matcher.name) {
            let near = did_you_mean(&matcher.name, &known);
            return hint(context, &format!("these series have no label {:?}{near}", matcher.name), place);
        }
        let what = format!("value of label {}", matcher.name);
        if let Some(text) = unmet(context, matcher, &what, &within(&names)) {
            return hint(context, &text, place);
        }
    }
}

/// What to say about a metric that has samples, but none where they are looked for.
fn paused(context: &Context<'_>, name: &Matcher, earlier: &Selection, back: i64) -> Option<String> {
    let is_known = context.source.label_values(METRIC_NAME, earlier).iter().any(|value| name.matches(value));
    let back = lab_model::duration::format(std::time::Duration::from_millis(back.unsigned_abs()));
    is_known.then(|| {
        format!(
            "{:?} has samples, but none within the {back} that are looked at; are two scrapes further apart, or did it end?",
            name.value
        )
    })
}

/// What to say about a condition that none of the values meets.
fn unmet(context: &Context<'_>, matcher: &Matcher, what: &str, within: &Selection) -> Option<String> {
    let values = context.source.label_values(&matcher.name, within);
    if values.is_empty() || values.iter().any(|value| matcher.matches(value)) {
        return None;
    }
    match matcher.op {
        MatchOp::Equal => {
            let near = did_you_mean(&matcher.value, &values);
            Some(format!("unknown {what}: {:?}{near}", matcher.value))
        }
        MatchOp::Regex => {
            let loose = expression::anywhere(&matcher.value).ok()?;
            let found = values.iter().find(|value| loose.is_match(value));
            let found = found.map(|value| {
                let unanchored = format!(".*{}.*", matcher.value);
                format!("; regular expressions are anchored, {unanchored:?} would match {value:?}")
            });
            Some(format!("no {what} matches {:?}{}", matcher.value, found.unwrap_or_default()))
        }
        MatchOp::NotEqual | MatchOp::NotRegex => None,
    }
}

fn hint(context: &Context<'_>, text: &str, place: Option<Position>) {
    context.annotations.hint(text, place);
}
