//! The functions of templates, one table.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/template_reference/>; comparisons and
//! the like are those of Go's `text/template`.

use std::fmt;

use regex::Regex;

use super::datum::Datum;
use super::human;
use super::printf::printf;
use super::scope::Scope;
use crate::promql::engine;
use crate::promql::params::EvalParams;
use crate::promql::value::{Point, Value};
use lab_model::Labels;

/// What a function does.
type Body = fn(&Scope<'_>, &[Datum]) -> Result<Datum, String>;

/// A function and how many arguments it takes.
pub(crate) struct Function {
    name: &'static str,
    least: usize,
    most: usize,
    body: Body,
}

/// As many as one likes.
const MANY: usize = usize::MAX;

const FUNCTIONS: [Function; 29] = [
    function("humanize", 1, 1, |_, a| Ok(Datum::Text(human::decimal(a[0].number()?)))),
    function("humanize1024", 1, 1, |_, a| Ok(Datum::Text(human::binary(a[0].number()?)))),
    function("humanizeDuration", 1, 1, |_, a| Ok(Datum::Text(human::duration(a[0].number()?)))),
    function("humanizePercentage", 1, 1, |_, a| Ok(Datum::Text(human::percentage(a[0].number()?)))),
    function("humanizeTimestamp", 1, 1, |_, a| Ok(Datum::Text(human::timestamp(a[0].number()?)))),
    function("printf", 1, MANY, |_, a| Ok(Datum::Text(printf(&a[0].text(), &a[1..])))),
    function("print", 0, MANY, |_, a| Ok(Datum::Text(a.iter().map(Datum::text).collect()))),
    function("title", 1, 1, |_, a| Ok(Datum::Text(title(&a[0].text())))),
    function("toUpper", 1, 1, |_, a| Ok(Datum::Text(a[0].text().to_uppercase()))),
    function("toLower", 1, 1, |_, a| Ok(Datum::Text(a[0].text().to_lowercase()))),
    function("stripPort", 1, 1, |_, a| Ok(Datum::Text(strip_port(&a[0].text())))),
    function("parseDuration", 1, 1, |_, a| {
        let duration = lab_model::duration::parse(&a[0].text()).map_err(|error| error.to_string())?;
        Ok(Datum::Number(duration.as_secs_f64()))
    }),
    function("match", 2, 2, |_, a| Ok(Datum::Bool(regex(&a[0])?.is_match(&a[1].text())))),
    function("reReplaceAll", 3, 3, |_, a| {
        Ok(Datum::Text(regex(&a[0])?.replace_all(&a[2].text(), a[1].text().as_str()).into_owned()))
    }),
    function("query", 1, 1, |scope, a| query(scope, &a[0].text())),
    function("first", 1, 1, |_, a| match &a[0] {
        Datum::Samples(samples) => samples
            .first()
            .cloned()
            .map(Datum::Sample)
            .ok_or_else(|| "first() called on vector with no elements".to_owned()),
        other => Err(format!("first() takes the result of a query, not {}", other.kind())),
    }),
    function("value", 1, 1, |_, a| sample(&a[0]).map(|point| Datum::Number(point.sample.value))),
    function("label", 2, 2, |_, a| {
        let name = a[0].text();
        sample(&a[1]).map(|point| Datum::Text(point.labels.get(&name).unwrap_or_default().to_owned()))
    }),
    function("len", 1, 1, |_, a| match &a[0] {
        Datum::Text(text) => Ok(Datum::Number(text.len() as f64)),
        Datum::Labels(labels) => Ok(Datum::Number(labels.len() as f64)),
        Datum::Samples(samples) => Ok(Datum::Number(samples.len() as f64)),
        other => Err(format!("len of type {}", other.kind())),
    }),
    function("not", 1, 1, |_, a| Ok(Datum::Bool(!a[0].is_true()))),
    function("and", 1, MANY, |_, a| Ok(chosen(a, |one| !one.is_true()))),
    function("or", 1, MANY, |_, a| Ok(chosen(a, Datum::is_true))),
    function("eq", 2, MANY, |_, a| {
        a[1..].iter().try_fold(false, |any, one| Ok(any || compare(&a[0], one)?.is_eq())).map(Datum::Bool)
    }),
    function("ne", 2, 2, |_, a| Ok(Datum::Bool(compare(&a[0], &a[1])?.is_ne()))),
    function("lt", 2, 2, |_, a| Ok(Datum::Bool(compare(&a[0], &a[1])?.is_lt()))),
    function("le", 2, 2, |_, a| Ok(Datum::Bool(compare(&a[0], &a[1])?.is_le()))),
    function("gt", 2, 2, |_, a| Ok(Datum::Bool(compare(&a[0], &a[1])?.is_gt()))),
    function("ge", 2, 2, |_, a| Ok(Datum::Bool(compare(&a[0], &a[1])?.is_ge()))),
    function("externalURL", 0, 0, |_, _| Ok(Datum::Text(String::new()))),
];

const fn function(name: &'static str, least: usize, most: usize, body: Body) -> Function {
    Function { name, least, most, body }
}

/// The function of this name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    static TABLE: [Function; 29] = FUNCTIONS;
    TABLE.iter().find(|function| function.name == name)
}

impl Function {
    /// Refuses a wrong number of arguments.
    pub(crate) fn check(&self, arguments: usize) -> Result<(), String> {
        if (self.least..=self.most).contains(&arguments) {
            return Ok(());
        }
        let wanted = if self.most == MANY { format!("at least {}", self.least) } else { self.least.to_string() };
        Err(format!("wrong number of args for {}: want {wanted} got {arguments}", self.name))
    }

    /// Its value.
    pub(crate) fn call(&self, scope: &Scope<'_>, arguments: &[Datum]) -> Result<Datum, String> {
        self.check(arguments.len())?;
        (self.body)(scope, arguments)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The first that settles the matter, else the last.
fn chosen(arguments: &[Datum], settles: impl Fn(&Datum) -> bool) -> Datum {
    let found = arguments.iter().find(|one| settles(one)).or(arguments.last());
    found.cloned().unwrap_or(Datum::Bool(false))
}

fn compare(a: &Datum, b: &Datum) -> Result<std::cmp::Ordering, String> {
    match (a, b) {
        (Datum::Number(a), Datum::Number(b)) => a.partial_cmp(b).ok_or_else(|| "NaN cannot be compared".to_owned()),
        (Datum::Text(a), Datum::Text(b)) => Ok(a.cmp(b)),
        (Datum::Bool(a), Datum::Bool(b)) => Ok(a.cmp(b)),
        (a, b) => Err(format!("incompatible types for comparison: {} and {}", a.kind(), b.kind())),
    }
}

fn sample(datum: &Datum) -> Result<&Point, String> {
    match datum {
        Datum::Sample(point) => Ok(point),
        other => Err(format!("a sample is needed, not {}", other.kind())),
    }
}

fn query(scope: &Scope<'_>, text: &str) -> Result<Datum, String> {
    let params = EvalParams { hints: false, ..EvalParams::instant(scope.at) };
    let evaluation = engine::evaluate(scope.source, text, &params, scope.interrupt);
    Ok(Datum::Samples(match evaluation.map_err(|error| error.to_string())?.value {
        Value::Vector(points) => points,
        Value::Scalar(sample) => vec![Point { labels: Labels::empty(), sample }],
        other => {
            return Err(format!("a query in a template must give a vector or scalar, not a {}", other.type_name()));
        }
    }))
}

fn regex(pattern: &Datum) -> Result<Regex, String> {
    Regex::new(&pattern.text()).map_err(|error| error.to_string())
}

fn title(text: &str) -> String {
    let mut begins = true;
    let raise = |c: char| {
        let raised = if begins { c.to_uppercase().next().unwrap_or(c) } else { c };
        begins = c.is_whitespace();
        raised
    };
    text.chars().map(raise).collect()
}

fn strip_port(text: &str) -> String {
    text.rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(text, |(host, _)| host)
        .to_owned()
}
