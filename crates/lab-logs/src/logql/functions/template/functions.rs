//! Loki's functions, one table.

use lab_template::{Budget, Function, Moment, Signature, Type, Value, lower, upper, url_query_escape};

use super::convert::{bytes, float, int, integer, text};
use super::decimal::Operation;
use super::{number, text as texts, time};

/// What the functions can see of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    /// Nanoseconds since the epoch.
    pub(super) timestamp: i64,
    /// What `now` gives, in nanoseconds since the epoch: the end of the time that is read.
    pub(super) now: i64,
}

/// What a function does.
type Body = for<'a> fn(Line<'a>, &[Value<'a>], &mut Budget) -> Result<Value<'a>, String>;

const TEXT: &[Type] = &[Type::Text];
const TEXTS: &[Type] = &[Type::Text, Type::Text];
const THREE_TEXTS: &[Type] = &[Type::Text, Type::Text, Type::Text];
const NUMBER_TEXT: &[Type] = &[Type::Int, Type::Text];
const ANY: &[Type] = &[Type::Any];
const TWO: &[Type] = &[Type::Any, Type::Any];
const TIME: &[Type] = &[Type::Named { name: "time.Time", may_be_nil: false }];

pub(super) static TABLE: [Function<Body>; 67] = [
    // The line.
    function("__line__", &[], |line, _, _| Ok(Value::text(line.text))),
    function("__timestamp__", &[], |line, _, _| Ok(Value::Time(Moment::from_nanos(line.timestamp)))),
    // Texts.
    function("ToLower", TEXT, |_, a, _| Ok(mapped(&text(a, 0), lower))),
    function("ToUpper", TEXT, |_, a, _| Ok(mapped(&text(a, 0), upper))),
    function("lower", TEXT, |_, a, _| Ok(mapped(&text(a, 0), lower))),
    function("upper", TEXT, |_, a, _| Ok(mapped(&text(a, 0), upper))),
    function("title", TEXT, |_, a, _| Ok(Value::text(texts::title(&text(a, 0))))),
    function("TrimSpace", TEXT, |_, a, _| Ok(owned(text(a, 0).trim()))),
    function("trim", TEXT, |_, a, _| Ok(owned(text(a, 0).trim()))),
    function("Trim", TEXTS, |_, a, _| Ok(owned(text(a, 0).trim_matches(|c| text(a, 1).contains(c))))),
    function("TrimLeft", TEXTS, |_, a, _| Ok(owned(text(a, 0).trim_start_matches(|c| text(a, 1).contains(c))))),
    function("TrimRight", TEXTS, |_, a, _| Ok(owned(text(a, 0).trim_end_matches(|c| text(a, 1).contains(c))))),
    function("TrimPrefix", TEXTS, |_, a, _| Ok(without(&text(a, 0), |it| it.strip_prefix(&*text(a, 1))))),
    function("TrimSuffix", TEXTS, |_, a, _| Ok(without(&text(a, 0), |it| it.strip_suffix(&*text(a, 1))))),
    function("trimAll", TEXTS, |_, a, _| Ok(owned(text(a, 1).trim_matches(|c| text(a, 0).contains(c))))),
    function("trimPrefix", TEXTS, |_, a, _| Ok(without(&text(a, 1), |it| it.strip_prefix(&*text(a, 0))))),
    function("trimSuffix", TEXTS, |_, a, _| Ok(without(&text(a, 1), |it| it.strip_suffix(&*text(a, 0))))),
    function("Replace", &[Type::Text, Type::Text, Type::Text, Type::Int], |_, a, budget| {
        texts::replace(&text(a, 0), &text(a, 1), &text(a, 2), int(a, 3), budget).map(Value::text)
    }),
    function("replace", THREE_TEXTS, |_, a, budget| {
        texts::replace(&text(a, 2), &text(a, 0), &text(a, 1), -1, budget).map(Value::text)
    }),
    function("regexReplaceAll", THREE_TEXTS, |_, a, budget| {
        texts::regex_replace((&text(a, 0), &text(a, 1), &text(a, 2)), false, budget).map(Value::text)
    }),
    function("regexReplaceAllLiteral", THREE_TEXTS, |_, a, budget| {
        texts::regex_replace((&text(a, 0), &text(a, 1), &text(a, 2)), true, budget).map(Value::text)
    }),
    function("count", TEXTS, |_, a, _| texts::count(&text(a, 0), &text(a, 1)).map(Value::Int)),
    function("contains", TEXTS, |_, a, _| Ok(Value::Bool(text(a, 1).contains(&*text(a, 0))))),
    function("hasPrefix", TEXTS, |_, a, _| Ok(Value::Bool(bytes(a, 1).starts_with(bytes(a, 0))))),
    function("hasSuffix", TEXTS, |_, a, _| Ok(Value::Bool(bytes(a, 1).ends_with(bytes(a, 0))))),
    function("trunc", NUMBER_TEXT, |_, a, _| Ok(Value::text(texts::truncate(int(a, 0), bytes(a, 1))))),
    function("substr", &[Type::Int, Type::Int, Type::Text], |_, a, _| {
        texts::part(int(a, 0), int(a, 1), bytes(a, 2)).map(Value::text)
    }),
    function("alignLeft", NUMBER_TEXT, |_, a, budget| {
        texts::align(int(a, 0), &text(a, 1), false, budget).map(Value::text)
    }),
    function("alignRight", NUMBER_TEXT, |_, a, budget| {
        texts::align(int(a, 0), &text(a, 1), true, budget).map(Value::text)
    }),
    function("indent", NUMBER_TEXT, |_, a, budget| texts::indent(int(a, 0), &text(a, 1), budget).map(Value::text)),
    function("nindent", NUMBER_TEXT, |_, a, budget| {
        texts::indent(int(a, 0), &text(a, 1), budget).map(|indented| Value::text(format!("\n{indented}")))
    }),
    function("repeat", NUMBER_TEXT, |_, a, budget| texts::repeat(int(a, 0), &text(a, 1), budget).map(Value::text)),
    function("urlencode", TEXT, |_, a, _| Ok(Value::text(url_query_escape(&text(a, 0))))),
    function("urldecode", TEXT, |_, a, _| texts::url_decode(&text(a, 0)).map(Value::text)),
    function("b64enc", TEXT, |_, a, _| Ok(Value::text(texts::base64_encode(bytes(a, 0))))),
    function("b64dec", TEXT, |_, a, _| Ok(Value::text(texts::base64_decode(bytes(a, 0))))),
    // Numbers.
    function("int", ANY, |_, a, _| Ok(Value::Int(a.first().map_or(0, integer)))),
    function("float64", ANY, |_, a, _| Ok(Value::Float(a.first().map_or(0.0, float)))),
    variadic("add", &[], |_, a, _| Ok(number::fold(a, i64::wrapping_add))),
    function("sub", TWO, |_, a, _| Ok(number::fold(a, i64::wrapping_sub))),
    variadic("mul", ANY, |_, a, _| Ok(number::fold(a, i64::wrapping_mul))),
    function("div", TWO, |_, a, _| number::divide(a, i64::wrapping_div)),
    function("mod", TWO, |_, a, _| number::divide(a, i64::wrapping_rem)),
    variadic("max", ANY, |_, a, _| Ok(number::fold(a, i64::max))),
    variadic("min", ANY, |_, a, _| Ok(number::fold(a, i64::min))),
    variadic("addf", &[], |_, a, _| number::decimal(a, Operation::Add)),
    variadic("subf", ANY, |_, a, _| number::decimal(a, Operation::Subtract)),
    variadic("mulf", ANY, |_, a, _| number::decimal(a, Operation::Multiply)),
    variadic("divf", ANY, |_, a, _| number::decimal(a, Operation::Divide)),
    variadic("maxf", ANY, |_, a, _| Ok(number::fold_floats(a, number::greatest))),
    variadic("minf", ANY, |_, a, _| Ok(number::fold_floats(a, number::least))),
    function("ceil", ANY, |_, a, _| Ok(Value::Float(a.first().map_or(0.0, float).ceil()))),
    function("floor", ANY, |_, a, _| Ok(Value::Float(a.first().map_or(0.0, float).floor()))),
    Function {
        signature: Signature::variadic("round", &[Type::Any, Type::Int], Type::Float),
        body: |_, a, _| Ok(number::round(a)),
    },
    function("bytes", TEXT, |_, a, _| number::bytes(&text(a, 0))),
    function("duration", TEXT, |_, a, _| number::duration(&text(a, 0))),
    function("duration_seconds", TEXT, |_, a, _| number::duration(&text(a, 0))),
    // Times.
    function("now", &[], |line, _, _| Ok(Value::Time(Moment::from_nanos(line.now)))),
    function("date", &[Type::Text, Type::Any], |line, a, _| {
        Ok(Value::text(time::moment(a.get(1), line.now).format(&text(a, 0))))
    }),
    function("toDate", TEXTS, |_, a, _| Ok(Value::Time(time::read(&text(a, 0), "UTC", &text(a, 1))))),
    function("toDateInZone", THREE_TEXTS, |_, a, _| Ok(Value::Time(time::read(&text(a, 0), &text(a, 1), &text(a, 2))))),
    function("unixToTime", TEXT, |_, a, _| time::of_unix(&text(a, 0)).map(Value::Time)),
    function("unixEpoch", TIME, |line, a, _| Ok(shown(time::moment(a.first(), line.now).seconds))),
    function("unixEpochMillis", TIME, |line, a, _| Ok(shown(time::unix_millis(&time::moment(a.first(), line.now))))),
    function("unixEpochNanos", TIME, |line, a, _| Ok(shown(time::moment(a.first(), line.now).unix_nanos()))),
    // Anything.
    function("fromJson", TEXT, |_, a, budget| number::from_json(&text(a, 0), budget)),
    variadic("default", ANY, |_, a, _| Ok(default(a))),
];

const fn function(name: &'static str, takes: &'static [Type], body: Body) -> Function<Body> {
    Function { signature: Signature::new(name, takes), body }
}

const fn variadic(name: &'static str, takes: &'static [Type], body: Body) -> Function<Body> {
    Function { signature: Signature::variadic(name, takes, Type::Any), body }
}

fn owned<'a>(text: &str) -> Value<'a> {
    Value::text(text.to_owned())
}

fn mapped<'a>(text: &str, of: fn(char) -> char) -> Value<'a> {
    Value::text(text.chars().map(of).collect::<String>())
}

fn without<'a>(text: &str, strip: impl Fn(&str) -> Option<&str>) -> Value<'a> {
    owned(strip(text).unwrap_or(text))
}

fn shown<'a>(number: i64) -> Value<'a> {
    Value::text(number.to_string())
}

/// The second value, or the first one if that is empty or missing.
fn default<'a>(arguments: &[Value<'a>]) -> Value<'a> {
    let given = arguments.get(1).filter(|given| given.is_true());
    given.or(arguments.first()).cloned().unwrap_or(Value::Nothing)
}
