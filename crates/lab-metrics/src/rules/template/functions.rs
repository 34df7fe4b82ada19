//! Prometheus' functions, one table.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/template_reference/>.

use lab_model::Expression;
use lab_model::expression;
use lab_template::{
    Budget, Function, List, Patterns, Signature, Struct, Text, Type, Value, lower, replace_all, upper, url_query_escape,
};

use super::scope::Scope;
use super::{convert, human, links};
use crate::promql::value;

/// What a function does.
type Body = for<'s, 'a> fn(&'a Scope<'s>, &[Value<'a>], &mut Budget) -> Result<Value<'a>, String>;

const TEXT: &[Type] = &[Type::Text];
const ANY: &[Type] = &[Type::Any];
/// A series of a query's result.
const SAMPLE: Type = Type::Named { name: "*template.sample", may_be_nil: true };
/// The result of a query.
const SAMPLES: Type = Type::List(&SAMPLE);

pub(super) static TABLE: [Function<Body>; 29] = [
    // Queries.
    function("query", TEXT, |scope, a, _| query(scope, &text(a, 0))),
    function("first", &[SAMPLES], |_, a, _| match a {
        [Value::List(list)] if !list.items.is_empty() => Ok(list.items[0].clone()),
        _ => Err("first() called on vector with no elements".to_owned()),
    }),
    function("label", &[Type::Text, SAMPLE], |_, a, _| label(&text(a, 0), a.get(1)).map(Value::Text)),
    function("value", &[SAMPLE], |_, a, _| field(a.first(), "Value")),
    function("strvalue", &[SAMPLE], |_, a, _| label("__value__", a.first()).map(Value::Text)),
    function("sortByLabel", &[Type::Text, SAMPLES], |_, a, _| sort_by_label(&text(a, 0), a.get(1))),
    Function { signature: Signature::variadic("args", &[], Type::Any), body: |_, a, _| Ok(arguments(a)) },
    // Numbers.
    function("humanize", ANY, |_, a, _| number(a).map(human::decimal).map(Value::text)),
    function("humanize1024", ANY, |_, a, _| number(a).map(human::binary).map(Value::text)),
    function("humanizeDuration", ANY, |_, a, _| number(a).map(human::duration).map(Value::text)),
    function("humanizePercentage", ANY, |_, a, _| number(a).map(human::percentage).map(Value::text)),
    function("humanizeTimestamp", ANY, |_, a, _| human::timestamp(number(a)?).map(Value::text)),
    function("toTime", ANY, |_, a, _| convert::time(number(a)?).map(Value::Time)),
    function("toDuration", ANY, |_, a, _| Ok(Value::Duration(convert::integer(number(a)? * 1e9)))),
    function("now", &[], |scope, _, _| Ok(Value::Float(scope.at as f64 / 1000.0))),
    function("parseDuration", TEXT, |_, a, _| parse_duration(&text(a, 0)).map(Value::Float)),
    // Texts.
    function("title", TEXT, |_, a, _| Ok(Value::text(convert::title(&text(a, 0))))),
    function("toUpper", TEXT, |_, a, _| Ok(Value::text(text(a, 0).chars().map(upper).collect::<String>()))),
    function("toLower", TEXT, |_, a, _| Ok(Value::text(text(a, 0).chars().map(lower).collect::<String>()))),
    function("match", &[Type::Text, Type::Text], |_, a, _| Ok(Value::Bool(regex(&text(a, 0))?.is_match(&text(a, 1))))),
    function("reReplaceAll", &[Type::Text, Type::Text, Type::Text], |_, a, budget| {
        let regex = regex(&text(a, 0))?;
        replace_all(&regex, &text(a, 2), &regex.replacement(&text(a, 1)), false, budget).map(Value::text)
    }),
    function("stripPort", TEXT, |_, a, _| Ok(Value::text(links::strip_port(&text(a, 0)).to_owned()))),
    function("stripDomain", TEXT, |_, a, _| Ok(Value::text(links::strip_domain(&text(a, 0))))),
    function("graphLink", TEXT, |_, a, _| Ok(Value::text(links::link(&text(a, 0), 0)))),
    function("tableLink", TEXT, |_, a, _| Ok(Value::text(links::link(&text(a, 0), 1)))),
    function("urlQueryEscape", TEXT, |_, a, _| Ok(Value::text(url_query_escape(&text(a, 0))))),
    // In Prometheus' HTML consoles this keeps a text from being escaped; labels and annotations are not HTML.
    function("safeHtml", TEXT, |_, a, _| Ok(a.first().cloned().unwrap_or(Value::Nothing))),
    function("externalURL", &[], |scope, _, _| Ok(Value::text(scope.outside.url.clone()))),
    function("pathPrefix", &[], |scope, _, _| Ok(Value::text(scope.outside.path().to_owned()))),
];

const fn function(name: &'static str, takes: &'static [Type], body: Body) -> Function<Body> {
    Function { signature: Signature::new(name, takes), body }
}

/// The arguments as `arg0`, `arg1` and so on, for a template that takes several.
fn arguments<'a>(arguments: &[Value<'a>]) -> Value<'a> {
    Value::map(arguments.iter().enumerate().map(|(at, value)| (Text::from(format!("arg{at}")), value.clone())))
}

fn text(arguments: &[Value<'_>], at: usize) -> String {
    match arguments.get(at) {
        Some(Value::Text(text)) => text.lossy().into_owned(),
        _ => String::new(),
    }
}

fn number(arguments: &[Value<'_>]) -> Result<f64, String> {
    convert::number(arguments.first().unwrap_or(&Value::Nothing))
}

/// The expressions of all rules that were used last.
static PATTERNS: Patterns<Expression> =
    Patterns::new(|pattern| expression::anywhere(pattern).map_err(|error| error.to_string()), Expression::bytes);

fn regex(pattern: &str) -> Result<Expression, String> {
    PATTERNS.get(pattern)
}

fn query<'a>(scope: &Scope<'_>, text: &str) -> Result<Value<'a>, String> {
    let points = scope.language.prepare(text).ask(scope.at, scope.grant)?;
    Ok(Value::List(List { element: &SAMPLE, items: points.iter().map(sample).collect() }.into()))
}

fn sample<'a>(point: &value::Point) -> Value<'a> {
    let labels = point.labels.iter();
    let labels =
        Value::texts(labels.map(|label| (Text::from(label.name.to_string()), Text::from(label.value.to_string()))));
    let fields = vec![("Labels", labels), ("Value", Value::Float(point.sample.value).any())];
    Value::Struct(Struct { type_name: "*template.sample", is_pointer: true, fields }.into())
}

fn field<'a>(sample: Option<&Value<'a>>, name: &str) -> Result<Value<'a>, String> {
    let Some(Value::Struct(it)) = sample else { return Err("there is no sample".to_owned()) };
    let found = it.fields.iter().find(|(known, _)| *known == name);
    Ok(found.map_or(Value::Nothing, |(_, value)| value.clone()))
}

fn label<'a>(name: &str, sample: Option<&Value<'a>>) -> Result<Text<'a>, String> {
    let Value::Map(labels) = field(sample, "Labels")? else { return Err("there is no sample".to_owned()) };
    match labels.entries.get(&Text::from(name)) {
        Some(Value::Text(text)) => Ok(text.clone()),
        _ => Ok(Text::from("")),
    }
}

fn sort_by_label<'a>(name: &str, samples: Option<&Value<'a>>) -> Result<Value<'a>, String> {
    let Some(Value::List(list)) = samples else { return Err("there are no samples".to_owned()) };
    let keyed = list.items.iter().map(|sample| Ok((label(name, Some(sample))?, sample.clone())));
    let mut keyed = keyed.collect::<Result<Vec<_>, String>>()?;
    keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
    let items = keyed.into_iter().map(|(_, sample)| sample).collect();
    Ok(Value::List(List { element: list.element, items }.into()))
}

fn parse_duration(text: &str) -> Result<f64, String> {
    let (sign, unsigned) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let duration = lab_model::duration::parse(unsigned).map_err(|error| error.to_string())?;
    Ok(sign * duration.as_secs_f64())
}
