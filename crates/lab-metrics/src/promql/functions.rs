//! The functions of PromQL: one table of names, parameters and implementations. Implementations take
//! values, never expressions.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/querying/functions/>.

#![allow(clippy::unnecessary_wraps)] // one shape for all functions of a kind, so that they fit the table

use self::arguments::Arguments;
use self::signature::{Count, Edges, Signature};
use self::window::mixed::{self, Mixed};
use self::window::{extended, over_time, rate, trend};
use crate::promql::error::PromqlError;
use crate::promql::eval::operand::Operand;
use crate::promql::eval::samples::window::Window;
use crate::promql::value::ValueType::{self, Matrix, Scalar, Text, Vector};

pub(crate) mod arguments;
mod clock;
mod histogram;
mod label;
mod math;
mod order;
pub mod signature;
mod vector;
pub(crate) mod window;

/// A function of the language.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) signature: Signature,
    pub(crate) body: Body,
}

/// How a function is applied.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    /// To each value of a vector.
    Value(fn(f64) -> f64),
    /// To each value of a vector, with scalars; may leave the value out.
    ValueWith(fn(f64, &[f64]) -> Option<f64>),
    /// To each value of a vector as a time in seconds, or to the time of the step.
    Clock(fn(f64) -> f64),
    /// To the time of the step in seconds and scalars.
    Scalar(fn(f64, &[f64]) -> f64),
    /// To each window of each series, with scalars; may leave the step out.
    Window(WindowFunction),
    /// To whole operands.
    Whole(fn(Arguments<'_>) -> Result<Operand, PromqlError>),
    /// A number that the query's times give; the plan puts it in.
    OfQuery,
    /// These look at the selector too; the plan knows them.
    Timestamp,
    Absent,
    AbsentOverTime,
    Info,
}

/// A function over windows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WindowFunction {
    pub(crate) run: Run,
    /// In place of `run` over windows whose edges are anchored or smoothed, if it knows those.
    anchored: Option<Run>,
    smoothed: Option<Run>,
    /// In place of `run` over windows with native histograms; those that do not know them pass them over.
    pub(crate) mixed: Option<Mixed>,
    /// What is checked beside.
    pub(crate) check: Check,
    /// Whether the metric name stays.
    pub(crate) keeps_name: bool,
    /// Which argument is the range vector.
    pub(crate) range_at: usize,
}

/// Checks that end in annotations or errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Nothing,
    /// The metric's name should be that of a counter.
    Counter,
    /// The first scalar should be within 0 and 1.
    Quantile,
    /// Both scalars must be between 0 and 1.
    Factors,
}

impl WindowFunction {
    /// What is run over windows with such edges.
    pub(crate) fn over(&self, edges: Edges) -> Option<Run> {
        match edges {
            Edges::Open => Some(self.run),
            Edges::Anchored => self.anchored,
            Edges::Smoothed => self.smoothed,
        }
    }
}

impl Function {
    /// What is run over windows with such edges, if it is a function of windows that knows those.
    pub(crate) fn over(&self, edges: Edges) -> Option<Run> {
        if let Body::Window(window) = &self.body { window.over(edges) } else { None }
    }

    /// True if the value depends on the time of the step even where the arguments do not.
    pub(crate) fn depends_on_time(&self, arguments: usize) -> bool {
        match self.body {
            Body::Clock(_) => arguments == 0,
            _ => matches!(self.signature.name, "time" | "predict_linear" | "timestamp"),
        }
    }
}

/// Looks a function up.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    TABLE.iter().find(|function| function.signature.name == name)
}

/// The names of all functions.
pub fn names() -> Vec<&'static str> {
    TABLE.iter().map(|function| function.signature.name).collect()
}

/// The functions that know windows with such edges, by name.
pub(crate) fn able_of(edges: Edges) -> Vec<&'static str> {
    let able = TABLE.iter().filter(|function| function.over(edges).is_some());
    let mut names: Vec<&str> = able.map(|function| function.signature.name).collect();
    names.sort_unstable();
    names
}

/// A function over a window and scalars.
pub(crate) type Run = fn(&Window<'_>, &[f64]) -> Option<f64>;

const fn function(name: &'static str, parameters: &'static [ValueType], body: Body) -> Function {
    variadic(name, parameters, Count::Exact, body)
}

const fn variadic(name: &'static str, parameters: &'static [ValueType], count: Count, body: Body) -> Function {
    let returns = if matches!(body, Body::Scalar(_) | Body::OfQuery) { Scalar } else { Vector };
    Function { signature: Signature { name, parameters, count, returns }, body }
}

const fn value(name: &'static str, run: fn(f64) -> f64) -> Function {
    function(name, &[Vector], Body::Value(run))
}

const fn clock(name: &'static str, run: fn(f64) -> f64) -> Function {
    variadic(name, &[Vector], Count::Optional(1), Body::Clock(run))
}

const fn window(name: &'static str, run: Run) -> Function {
    checked(name, &[Matrix], run, Check::Nothing)
}

const fn checked(name: &'static str, parameters: &'static [ValueType], run: Run, check: Check) -> Function {
    let body =
        WindowFunction { run, anchored: None, smoothed: None, mixed: None, check, keeps_name: false, range_at: 0 };
    function(name, parameters, Body::Window(body))
}

/// A function that knows anchored windows, and smoothed ones if `smoothed` is there.
const fn extended(name: &'static str, run: Run, check: Check, anchored: Run, smoothed: Option<Run>) -> Function {
    let anchored = Some(anchored);
    let body = WindowFunction { run, anchored, smoothed, mixed: None, check, keeps_name: false, range_at: 0 };
    function(name, &[Matrix], Body::Window(body))
}

const fn naming(name: &'static str, run: Run) -> Function {
    let check = Check::Nothing;
    let body =
        WindowFunction { run, anchored: None, smoothed: None, mixed: None, check, keeps_name: true, range_at: 0 };
    function(name, &[Matrix], Body::Window(body))
}

impl Function {
    /// The same function of windows, which knows native histograms, too.
    const fn with_histograms(mut self, run: Mixed) -> Self {
        if let Body::Window(window) = &mut self.body {
            window.mixed = Some(run);
        }
        self
    }
}

static TABLE: &[Function] = &[
    // counters and gauges over time
    extended("rate", rate::rate, Check::Counter, extended::anchored_rate, Some(extended::smoothed_rate))
        .with_histograms(mixed::rate),
    extended(
        "increase",
        rate::increase,
        Check::Counter,
        extended::anchored_increase,
        Some(extended::smoothed_increase),
    )
    .with_histograms(mixed::increase),
    extended("delta", rate::delta, Check::Nothing, extended::anchored_delta, Some(extended::smoothed_delta))
        .with_histograms(mixed::delta),
    window("irate", rate::irate).with_histograms(mixed::irate),
    window("idelta", rate::idelta).with_histograms(mixed::idelta),
    extended("resets", rate::resets, Check::Nothing, rate::resets, None).with_histograms(mixed::resets),
    extended("changes", rate::changes, Check::Nothing, rate::changes, None).with_histograms(mixed::changes),
    window("deriv", trend::deriv),
    checked("predict_linear", &[Matrix, Scalar], trend::predict_linear, Check::Nothing),
    checked(
        "double_exponential_smoothing",
        &[Matrix, Scalar, Scalar],
        trend::double_exponential_smoothing,
        Check::Factors,
    ),
    // aggregation over time
    window("avg_over_time", over_time::avg).with_histograms(mixed::avg),
    window("min_over_time", over_time::min),
    window("max_over_time", over_time::max),
    window("sum_over_time", over_time::sum).with_histograms(mixed::sum),
    window("count_over_time", over_time::count).with_histograms(mixed::count),
    function(
        "quantile_over_time",
        &[Scalar, Matrix],
        Body::Window(WindowFunction {
            run: over_time::quantile,
            anchored: None,
            smoothed: None,
            mixed: None,
            check: Check::Quantile,
            keeps_name: false,
            range_at: 1,
        }),
    ),
    window("stddev_over_time", over_time::stddev),
    window("stdvar_over_time", over_time::stdvar),
    window("mad_over_time", over_time::mad),
    window("present_over_time", over_time::present).with_histograms(mixed::present),
    naming("first_over_time", over_time::first).with_histograms(mixed::first),
    naming("last_over_time", over_time::last).with_histograms(mixed::last),
    window("ts_of_first_over_time", over_time::ts_of_first).with_histograms(mixed::ts_of_first),
    window("ts_of_last_over_time", over_time::ts_of_last).with_histograms(mixed::ts_of_last),
    window("ts_of_min_over_time", over_time::ts_of_min),
    window("ts_of_max_over_time", over_time::ts_of_max),
    function("absent_over_time", &[Matrix], Body::AbsentOverTime),
    // mathematics
    value("abs", f64::abs),
    value("ceil", f64::ceil),
    value("floor", f64::floor),
    value("exp", f64::exp),
    value("ln", f64::ln),
    value("log2", f64::log2),
    value("log10", f64::log10),
    value("sqrt", f64::sqrt),
    value("sgn", math::sgn),
    value("sin", f64::sin),
    value("cos", f64::cos),
    value("tan", f64::tan),
    value("asin", f64::asin),
    value("acos", f64::acos),
    value("atan", f64::atan),
    value("sinh", f64::sinh),
    value("cosh", f64::cosh),
    value("tanh", f64::tanh),
    value("asinh", f64::asinh),
    value("acosh", f64::acosh),
    value("atanh", f64::atanh),
    value("deg", math::deg),
    value("rad", math::rad),
    variadic("round", &[Vector, Scalar], Count::Optional(1), Body::ValueWith(math::round)),
    function("clamp", &[Vector, Scalar, Scalar], Body::ValueWith(math::clamp)),
    function("clamp_min", &[Vector, Scalar], Body::ValueWith(math::clamp_min)),
    function("clamp_max", &[Vector, Scalar], Body::ValueWith(math::clamp_max)),
    function("pi", &[], Body::Scalar(math::pi)),
    function("max_of", &[Scalar, Scalar], Body::Scalar(math::max_of)),
    function("min_of", &[Scalar, Scalar], Body::Scalar(math::min_of)),
    // time
    function("start", &[], Body::OfQuery),
    function("end", &[], Body::OfQuery),
    function("range", &[], Body::OfQuery),
    function("step", &[], Body::OfQuery),
    function("time", &[], Body::Scalar(clock::time)),
    function("timestamp", &[Vector], Body::Timestamp),
    clock("minute", clock::minute),
    clock("hour", clock::hour),
    clock("day_of_week", clock::day_of_week),
    clock("day_of_month", clock::day_of_month),
    clock("day_of_year", clock::day_of_year),
    clock("days_in_month", clock::days_in_month),
    clock("month", clock::month),
    clock("year", clock::year),
    // histograms
    function("histogram_quantile", &[Scalar, Vector], Body::Whole(histogram::quantile)),
    variadic(
        "histogram_quantiles",
        &[Vector, Text, Scalar, Scalar],
        Count::Optional(9),
        Body::Whole(histogram::quantiles),
    ),
    function("histogram_fraction", &[Scalar, Scalar, Vector], Body::Whole(histogram::fraction)),
    // Of native histograms only; numbers are passed over.
    function("histogram_avg", &[Vector], Body::Whole(histogram::native::avg)),
    function("histogram_count", &[Vector], Body::Whole(histogram::native::count)),
    function("histogram_sum", &[Vector], Body::Whole(histogram::native::sum)),
    function("histogram_stddev", &[Vector], Body::Whole(histogram::native::stddev)),
    function("histogram_stdvar", &[Vector], Body::Whole(histogram::native::stdvar)),
    // Of start timestamps only, which Prometheus keeps behind a feature flag.
    function("start_timestamp", &[Vector], Body::Whole(vector::nothing)),
    // labels
    function("label_replace", &[Vector, Text, Text, Text, Text], Body::Whole(label::replace)),
    variadic("info", &[Vector, Vector], Count::Optional(1), Body::Info),
    variadic("label_join", &[Vector, Text, Text, Text], Count::Repeated, Body::Whole(label::join)),
    // order
    function("sort", &[Vector], Body::Whole(order::sort)),
    function("sort_desc", &[Vector], Body::Whole(order::sort_desc)),
    variadic("sort_by_label", &[Vector, Text], Count::Repeated, Body::Whole(order::sort_by_label)),
    variadic("sort_by_label_desc", &[Vector, Text], Count::Repeated, Body::Whole(order::sort_by_label_desc)),
    // between types
    Function {
        signature: Signature { name: "scalar", parameters: &[Vector], count: Count::Exact, returns: Scalar },
        body: Body::Whole(vector::scalar),
    },
    function("vector", &[Scalar], Body::Whole(vector::vector)),
    function("absent", &[Vector], Body::Absent),
];
