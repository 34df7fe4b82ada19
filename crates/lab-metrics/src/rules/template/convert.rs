//! Arguments of functions as numbers and times.

use lab_syntax::literal::number::float_or_name;
use lab_template::{Moment, Value, format_float};

/// The first float that is too large for 64 bits with a sign.
const TWO_TO_63: f64 = (1u64 << 63) as f64;

/// A number, or a text that is one.
pub(super) fn number(value: &Value<'_>) -> Result<f64, String> {
    match value {
        Value::Float(number) => Ok(*number),
        Value::Int(number) | Value::Int64(number) => Ok(*number as f64),
        Value::Duration(nanos) => Ok(*nanos as f64 / 1e9),
        Value::Text(text) => {
            let text = text.lossy();
            float_or_name(&text).ok_or_else(|| {
                let is_too_large = text.parse::<f64>().is_ok();
                let reason = if is_too_large { "value out of range" } else { "invalid syntax" };
                format!("strconv.ParseFloat: parsing {text:?}: {reason}")
            })
        }
        Value::Nothing | Value::Null => Err("can't convert <nil> to float".to_owned()),
        other => Err(format!("can't convert {} to float", other.type_name())),
    }
}

/// A float as an integer; one that does not fit becomes the least, as in Go on the usual processors.
pub(super) fn integer(value: f64) -> i64 {
    if (-TWO_TO_63..TWO_TO_63).contains(&value) { value as i64 } else { i64::MIN }
}

/// Seconds since the epoch as a time, to the millisecond.
pub(super) fn time(seconds: f64) -> Result<Moment, String> {
    if !seconds.is_finite() {
        return Err("value is NaN or Inf".to_owned());
    }
    let nanos = seconds * 1e9;
    if nanos > i64::MAX as f64 || nanos < i64::MIN as f64 {
        let seconds = format_float(seconds, 'g', None);
        return Err(format!("{seconds} cannot be represented as a nanoseconds timestamp since it overflows int64"));
    }
    Ok(Moment::from_nanos(nanos as i64 / 1_000_000 * 1_000_000))
}

/// A text with the first letter of each word raised. Digits and underscores belong to a word, and so does an
/// apostrophe, a point or a colon between two letters.
pub(super) fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_raised = false;
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let is_cased = c.is_lowercase() || c.is_uppercase();
        if is_cased && !is_raised {
            // Of `ß` only the first of its two capitals is kept.
            let mut upper = c.to_uppercase();
            out.extend(upper.next());
            out.extend(upper.flat_map(char::to_lowercase));
        } else {
            out.push(c);
        }
        let next = chars.peek().copied().unwrap_or(' ');
        let joins = matches!(c, '\'' | '’' | '.' | ':' | '·') && before.is_alphabetic() && next.is_alphabetic();
        let is_mark = ('\u{300}'..'\u{370}').contains(&c);
        is_raised = (is_raised || is_cased) && (c.is_alphanumeric() || c == '_' || joins || is_mark);
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn words_are_raised_as_prometheus_raises_them() {
        for (text, expected) in [
            ("_x a1b x_1y 1_a", "_X A1b X_1y 1_A"),
            ("a.b1c a'1b 'a a''b a. a..b", "A.b1c A'1B 'A A''B A. A..B"),
            ("a-1b don’t a:b a·b éa ßa", "A-1B Don’t A:b A·b Éa Ssa"),
            ("3.d A.1b foo/bar 1st", "3.D A.1B Foo/Bar 1St"),
        ] {
            assert_eq!(title(text), expected);
        }
    }
}
