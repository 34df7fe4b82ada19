//! The methods of times, durations and their kin that templates can call.
//!
//! Source: <https://pkg.go.dev/time>.

use crate::functions::signature::Signature;
use crate::time::calendar::{MONTHS, WEEKDAYS};
use crate::time::duration::Shown;
use crate::time::moment::Moment;
use crate::value::datum::{Constant, Value};
use crate::value::kind::Type;

/// What a method does with its receiver and its arguments.
type Body = for<'a> fn(&Value<'a>, &[Value<'a>]) -> Result<Value<'a>, String>;

pub(crate) struct Method {
    pub(crate) signature: Signature,
    pub(crate) body: Body,
}

const TIME: Type = Type::Named { name: "time.Time", may_be_nil: false };

const fn method(name: &'static str, takes: &'static [Type], body: Body) -> Method {
    Method { signature: Signature::new(name, takes), body }
}

/// The methods of a `time.Time`.
static OF_TIME: [Method; 23] = [
    method("After", &[TIME], |it, arguments| nanos_of(it, arguments, |left, right| Value::Bool(left > right))),
    method("Before", &[TIME], |it, arguments| nanos_of(it, arguments, |left, right| Value::Bool(left < right))),
    method("Equal", &[TIME], |it, arguments| nanos_of(it, arguments, |left, right| Value::Bool(left == right))),
    method("Sub", &[TIME], |it, arguments| {
        nanos_of(it, arguments, |left, right| {
            Value::Duration((left - right).clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
        })
    }),
    method("Format", &[Type::Text], |it, arguments| match (it, arguments) {
        (Value::Time(moment), [Value::Text(layout)]) => Ok(Value::text(moment.format(&layout.lossy()))),
        _ => Err("the layout is not a string".to_owned()),
    }),
    method("IsZero", &[], |it, _| {
        of_time(it, |moment| Value::Bool(moment.seconds == -62_135_596_800 && moment.nanos == 0))
    }),
    method("Unix", &[], |it, _| of_time(it, |moment| Value::Int64(moment.seconds))),
    method("UnixMilli", &[], |it, _| {
        of_time(it, |moment| Value::Int64(moment.seconds.wrapping_mul(1_000) + i64::from(moment.nanos / 1_000_000)))
    }),
    method("UnixMicro", &[], |it, _| {
        of_time(it, |moment| Value::Int64(moment.seconds.wrapping_mul(1_000_000) + i64::from(moment.nanos / 1_000)))
    }),
    method("UnixNano", &[], |it, _| of_time(it, |moment| Value::Int64(moment.unix_nanos()))),
    method("UTC", &[], |it, _| of_time(it, |moment| Value::Time(moment.to_utc()))),
    // The lab's local time is UTC, on every machine.
    method("Local", &[], |it, _| of_time(it, |moment| Value::Time(moment.to_utc()))),
    method("String", &[], |it, _| of_time(it, |moment| Value::text(moment.to_string()))),
    method("Year", &[], |it, _| of_time(it, |moment| Value::Int(moment.civil().year))),
    method("Month", &[], |it, _| {
        of_time(it, |moment| {
            let number = moment.civil().month;
            let name = MONTHS.get((number - 1) as usize).copied().unwrap_or_default();
            Value::Constant(Constant { type_name: "time.Month", number, name })
        })
    }),
    method("Weekday", &[], |it, _| {
        of_time(it, |moment| {
            let number = moment.civil().weekday;
            let name = WEEKDAYS.get(number).copied().unwrap_or_default();
            Value::Constant(Constant { type_name: "time.Weekday", number: number as i64, name })
        })
    }),
    method("Day", &[], |it, _| of_time(it, |moment| Value::Int(moment.civil().day))),
    method("YearDay", &[], |it, _| of_time(it, |moment| Value::Int(moment.civil().year_day))),
    method("Hour", &[], |it, _| of_time(it, |moment| Value::Int(moment.civil().hour))),
    method("Minute", &[], |it, _| of_time(it, |moment| Value::Int(moment.civil().minute))),
    method("Second", &[], |it, _| of_time(it, |moment| Value::Int(moment.civil().second))),
    method("Nanosecond", &[], |it, _| of_time(it, |moment| Value::Int(i64::from(moment.nanos)))),
    method("Add", &[Type::Named { name: "time.Duration", may_be_nil: false }], |it, arguments| match (it, arguments) {
        (Value::Time(moment), [Value::Duration(more)]) => {
            let nanos = i64::from(moment.nanos) + more.rem_euclid(1_000_000_000);
            let seconds = moment.seconds + more.div_euclid(1_000_000_000) + nanos / 1_000_000_000;
            let nanos = (nanos % 1_000_000_000) as u32;
            Ok(Value::Time(Moment { seconds, nanos, ..moment.clone() }))
        }
        _ => Err("Add needs a time and a duration".to_owned()),
    }),
];

/// The methods of a `time.Duration`.
static OF_DURATION: [Method; 8] = [
    method("Hours", &[], |it, _| of_duration(it, |nanos| Value::Float(nanos as f64 / 3.6e12))),
    method("Minutes", &[], |it, _| of_duration(it, |nanos| Value::Float(nanos as f64 / 6e10))),
    method("Seconds", &[], |it, _| of_duration(it, |nanos| Value::Float(nanos as f64 / 1e9))),
    method("Milliseconds", &[], |it, _| of_duration(it, |nanos| Value::Int64(nanos / 1_000_000))),
    method("Microseconds", &[], |it, _| of_duration(it, |nanos| Value::Int64(nanos / 1_000))),
    method("Nanoseconds", &[], |it, _| of_duration(it, Value::Int64)),
    method("Abs", &[], |it, _| of_duration(it, |nanos| Value::Duration(nanos.saturating_abs()))),
    method("String", &[], |it, _| of_duration(it, |nanos| Value::text(Shown(nanos).to_string()))),
];

/// The methods of a `time.Month` and a `time.Weekday`.
static OF_CONSTANT: [Method; 1] = [method("String", &[], |it, _| match it {
    Value::Constant(constant) => Ok(Value::text(constant.name)),
    _ => Err("only months and weekdays have a name here".to_owned()),
})];

/// The method of this name that a value has.
pub(crate) fn find(receiver: &Value<'_>, name: &str) -> Option<&'static Method> {
    let methods: &'static [Method] = match receiver {
        Value::Time(_) => &OF_TIME,
        Value::Duration(_) => &OF_DURATION,
        Value::Constant(_) => &OF_CONSTANT,
        _ => return None,
    };
    methods.iter().find(|method| method.signature.name == name)
}

fn of_time<'a>(it: &Value<'a>, of: fn(&Moment) -> Value<'a>) -> Result<Value<'a>, String> {
    let Value::Time(moment) = it else { return Err("the value is not a time".to_owned()) };
    Ok(of(moment))
}

fn of_duration<'a>(it: &Value<'a>, of: fn(i64) -> Value<'a>) -> Result<Value<'a>, String> {
    let Value::Duration(nanos) = it else { return Err("the value is not a duration".to_owned()) };
    Ok(of(*nanos))
}

/// Two times, each in nanoseconds since the epoch.
fn nanos_of<'a>(it: &Value<'a>, arguments: &[Value<'a>], of: fn(i128, i128) -> Value<'a>) -> Result<Value<'a>, String> {
    let nanos = |value: &Value<'_>| match value {
        Value::Time(moment) => Some(i128::from(moment.seconds) * 1_000_000_000 + i128::from(moment.nanos)),
        _ => None,
    };
    let other = arguments.first().and_then(nanos);
    nanos(it).zip(other).map(|(left, right)| of(left, right)).ok_or_else(|| "the values are not times".to_owned())
}
