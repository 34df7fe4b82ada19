//! The application of functions to evaluated arguments.

use lab_algebra::{ABSENT, AlgebraError, Grid, Histograms, Series, Value, drop_names, is_absent, join_same_labels};
use lab_model::Labels;
use lab_syntax::Position;

use crate::promql::error::PromqlError;
use crate::promql::eval::context::Context;
use crate::promql::eval::operand::Operand;
use crate::promql::eval::samples::edges::WideSlide;
use crate::promql::eval::samples::select::{self, RawSeries};
use crate::promql::eval::samples::window::{Slide, Window};
use crate::promql::functions::arguments::Arguments;
use crate::promql::functions::signature::Edges;
use crate::promql::functions::window::notes::{Note, Notes};
use crate::promql::functions::{Body, Check, Function, WindowFunction};
use crate::promql::plan::time::Stretch;

/// Endings of names that counters have.
const COUNTER_SUFFIXES: [&str; 4] = ["_total", "_sum", "_count", "_bucket"];

/// Applies a function that takes no range vector.
pub(crate) fn apply(
    context: &Context<'_>,
    function: &Function,
    operands: Vec<Operand>,
    places: Vec<Option<Position>>,
    place: Option<Position>,
    frame: Grid,
) -> Result<Operand, PromqlError> {
    let mut arguments = Arguments { context, frame, operands, places, place };
    let now = |step: usize| frame.time(step) as f64 / 1000.0;
    match function.body {
        Body::Value(run) => each_value(&mut arguments, |_, value| Some(run(value))),
        Body::ValueWith(run) => {
            let scalars = Scalars::take(&mut arguments, 1);
            let mut at_step = Vec::new();
            each_value(&mut arguments, |step, value| run(value, scalars.at(step, &mut at_step)))
        }
        Body::Clock(run) if arguments.operands.is_empty() => {
            let points = (0..frame.count).map(|step| run(now(step))).collect();
            Ok(Operand::Vector(vec![Series::new(Labels::empty(), points)]))
        }
        Body::Clock(run) => each_value(&mut arguments, |_, value| Some(run(value))),
        Body::Scalar(run) => {
            let scalars = Scalars::take(&mut arguments, 0);
            let mut at_step = Vec::new();
            Ok(Operand::Scalar((0..frame.count).map(|step| run(now(step), scalars.at(step, &mut at_step))).collect()))
        }
        Body::Timestamp => times(&mut arguments, now),
        Body::Whole(run) => run(arguments),
        Body::OfQuery | Body::Window(_) | Body::Absent | Body::AbsentOverTime | Body::Info => {
            Err(PromqlError::Execution(format!("{} must be laid out by the plan", function.signature.name)))
        }
    }
}

/// Marks the steps in whose stretch the series has a sample.
pub(crate) fn mark_present(
    context: &Context<'_>,
    series: &RawSeries<'_>,
    stretch: Stretch,
    frame: Grid,
    seen: &mut [bool],
) {
    let mut slide = Slide::new(series.samples, frame, stretch);
    for (step, seen) in seen.iter_mut().enumerate() {
        if let Some(window) = slide.window(step) {
            context.counter.window(&window);
            *seen = true;
        }
    }
}

/// A function over windows, while series come in one by one.
pub(crate) struct Windows<'a> {
    context: &'a Context<'a>,
    function: WindowFunction,
    scalars: &'a [Vec<f64>],
    frame: Grid,
    found: Vec<Series>,
    /// The metrics that went through a function for counters, each once.
    names: Vec<String>,
    /// What is to be told, and of which metric.
    notes: Vec<(Note, String)>,
    any: bool,
    /// The quantiles of steps at which some window has numbers.
    quantiles: Vec<f64>,
}

impl<'a> Windows<'a> {
    /// Applies `function`; `scalars` are its other arguments, a number per step each.
    pub(crate) fn new(
        context: &'a Context<'a>,
        function: WindowFunction,
        scalars: &'a [Vec<f64>],
        frame: Grid,
    ) -> Self {
        let (found, names, notes) = (Vec::new(), Vec::new(), Vec::new());
        Self { context, function, scalars, frame, found, names, notes, any: false, quantiles: Vec::new() }
    }

    /// Applies the function to each window of a series.
    pub(crate) fn series(&mut self, series: &RawSeries<'_>, stretch: Stretch, edges: Edges) -> Result<(), PromqlError> {
        if edges == Edges::Open {
            let mut slide = Slide::new(series.samples, self.frame, stretch);
            return self.windows(series, edges, |step| slide.window(step));
        }
        let lookback = self.context.params.lookback;
        let mut slide = WideSlide::new(series.samples, self.frame, stretch, edges, lookback);
        self.windows(series, edges, |step| slide.window(step))
    }

    fn windows<'s>(
        &mut self,
        series: &RawSeries<'s>,
        edges: Edges,
        mut window: impl FnMut(usize) -> Option<Window<'s>>,
    ) -> Result<(), PromqlError> {
        let context = self.context;
        if !self.any {
            self.check_factors()?;
            self.any = true;
        }
        context.take_series(series.labels, self.frame.count)?;
        let mut at_step = Vec::with_capacity(self.scalars.len());
        let (mut points, mut present) = (Vec::with_capacity(self.frame.count), false);
        let (mut histograms, mut notes) = (Histograms::default(), Notes::default());
        for step in 0..self.frame.count {
            let Some(window) = window(step) else {
                points.push(ABSENT);
                continue;
            };
            at_step.clear();
            at_step.extend(self.scalars.iter().map(|points| points[step]));
            context.work(window.samples.len() + 16 * window.histograms.len())?;
            context.counter.window(&window);
            if !window.samples.is_empty() {
                self.note_quantile(&at_step);
            }
            let value = if window.histograms.is_empty() {
                (self.function.run)(&window, &at_step)
            } else {
                match self.mixed(&window, edges, &at_step, &mut notes) {
                    Some(Value::Histogram(histogram)) => {
                        context.allowance.take_bytes(histogram.size())?;
                        histograms.set(step, histogram);
                        None
                    }
                    Some(Value::Float(value)) => Some(value),
                    None => None,
                }
            };
            present |= value.is_some();
            points.push(value.unwrap_or(ABSENT));
        }
        context.work(self.frame.count)?;
        let name = series.labels.metric_name().unwrap_or_default();
        self.notes.extend(notes.0.into_iter().map(|note| (note, name.to_owned())));
        if present {
            self.note_name(series.labels);
        }
        if present || !histograms.is_empty() {
            let found =
                Series { drop_name: series.drop_name, histograms, ..Series::new(series.labels.clone(), points) };
            self.found.push(found);
        }
        Ok(())
    }

    /// Keeps a quantile that is out of range, unless it is the one of the step before.
    fn note_quantile(&mut self, scalars: &[f64]) {
        let Some(quantile) = scalars.first().filter(|_| self.function.check == Check::Quantile) else { return };
        let is_known = self.quantiles.last().is_some_and(|last| last.total_cmp(quantile).is_eq());
        if !(0.0..=1.0).contains(quantile) && !is_known && self.quantiles.len() < self.frame.count {
            self.quantiles.push(*quantile);
        }
    }

    /// The value of a window with histograms.
    fn mixed(&self, window: &Window<'_>, edges: Edges, scalars: &[f64], notes: &mut Notes) -> Option<Value> {
        if let Some(mixed) = self.function.mixed {
            return mixed(window, edges, notes);
        }
        if window.samples.is_empty() {
            return None;
        }
        notes.add(Note::Ignored);
        (self.function.run)(window, scalars).map(Value::Float)
    }

    /// The result; annotations point at `place`.
    pub(crate) fn finish(mut self, place: Option<Position>) -> Result<Vec<Series>, PromqlError> {
        let annotations = &self.context.annotations;
        for name in self.names {
            if !COUNTER_SUFFIXES.iter().any(|suffix| name.ends_with(suffix)) {
                let text = "metric might not be a counter, name does not end in _total/_sum/_count/_bucket:";
                annotations.inform(format_args!("{text} {name:?}"), place);
            }
            if self.context.params.hints && self.context.source.is_gauge(&name) {
                let text = "is a gauge by its metadata, and this function is for counters; use delta or deriv";
                annotations.hint(format_args!("{name:?} {text}"), place);
            }
        }
        for (note, metric) in self.notes {
            annotations.window(note, &metric, place);
        }
        annotations.check_quantiles(&self.quantiles, place);
        select::sort_by_labels(&mut self.found);
        if self.function.keeps_name {
            Ok(join_same_labels(self.found)?)
        } else {
            let (count, delayed) = (self.found.len(), self.context.delays_names());
            let series = drop_names(&self.context.allowance, self.found, delayed)?;
            // As in Prometheus not even series that take turns may become one here.
            if series.len() == count { Ok(series) } else { Err(AlgebraError::SameLabels.into()) }
        }
    }

    fn note_name(&mut self, labels: &Labels) {
        if self.function.check != Check::Counter {
            return;
        }
        if let Some(name) = labels.metric_name().filter(|name| !self.names.iter().any(|known| known == name)) {
            self.names.push(name.to_owned());
        }
    }

    fn check_factors(&self) -> Result<(), PromqlError> {
        if self.function.check != Check::Factors {
            return Ok(());
        }
        for (points, (factor, short)) in self.scalars.iter().zip([("smoothing", "sf"), ("trend", "tf")]) {
            if let Some(bad) = points.iter().find(|value| **value <= 0.0 || **value >= 1.0) {
                let text = format!("invalid {factor} factor. Expected: 0 < {short} < 1, got: {bad:.6}");
                return Err(PromqlError::Execution(text));
            }
        }
        Ok(())
    }
}

/// Scalar arguments, step by step.
struct Scalars(Vec<Vec<f64>>);

impl Scalars {
    fn take(arguments: &mut Arguments<'_>, from: usize) -> Self {
        Self((from..arguments.operands.len()).map(|at| arguments.points(at)).collect())
    }

    /// The scalars at `step`, in `buffer`.
    fn at<'b>(&self, step: usize, buffer: &'b mut Vec<f64>) -> &'b [f64] {
        buffer.clear();
        buffer.extend(self.0.iter().map(|points| points[step]));
        buffer
    }
}

/// The time of each step at which a series has a number or a histogram; names go.
fn times(arguments: &mut Arguments<'_>, now: impl Fn(usize) -> f64) -> Result<Operand, PromqlError> {
    let mut series = arguments.series(0);
    for one in &mut series {
        for step in 0..one.points.len() {
            if one.is_present(step) {
                one.points[step] = now(step);
            }
        }
        one.histograms = Histograms::default();
    }
    Ok(Operand::Vector(drop_names(&arguments.context.allowance, series, arguments.context.delays_names())?))
}

/// Maps the values of the first argument; names go.
fn each_value(
    arguments: &mut Arguments<'_>,
    mut run: impl FnMut(usize, f64) -> Option<f64>,
) -> Result<Operand, PromqlError> {
    let mut series = arguments.series(0);
    for one in &mut series {
        // These are functions of numbers.
        one.histograms = Histograms::default();
        for (step, value) in one.points.iter_mut().enumerate() {
            if !is_absent(*value) {
                *value = run(step, *value).unwrap_or(ABSENT);
            }
        }
    }
    series.retain(Series::has_samples);
    Ok(Operand::Vector(drop_names(&arguments.context.allowance, series, arguments.context.delays_names())?))
}
