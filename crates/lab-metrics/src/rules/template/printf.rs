//! `printf` and the ways in which Go writes numbers.

use std::fmt::Write;

use super::datum::Datum;

/// The widest field and the most decimals.
const MOST: usize = 100;

/// The format with its verbs replaced: `%v %s %q %d %t %f %e %g %%`, with width, precision and the flags
/// `-`, `0`, `+`. A wrong verb leaves a mark in the text, as in Go.
pub(crate) fn printf(format: &str, arguments: &[Datum]) -> String {
    let (mut out, mut rest, mut arguments) = (String::new(), format, arguments.iter());
    while let Some(percent) = rest.find('%') {
        out.push_str(&rest[..percent]);
        rest = &rest[percent + 1..];
        let spec = take(&mut rest, |c| matches!(c, '-' | '+' | '0' | ' ' | '#'));
        let width = take(&mut rest, |c| c.is_ascii_digit());
        let precision = match rest.strip_prefix('.') {
            Some(after) => {
                rest = after;
                Some(take(&mut rest, |c| c.is_ascii_digit()).parse().unwrap_or(0).min(MOST))
            }
            None => None,
        };
        let Some(verb) = rest.chars().next() else {
            out.push_str("%!(NOVERB)");
            break;
        };
        rest = &rest[verb.len_utf8()..];
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(argument) = arguments.next() else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%!{verb}(MISSING)");
            continue;
        };
        let mut text = written(verb, precision, argument);
        if spec.contains('+') && matches!(argument, Datum::Number(number) if *number >= 0.0) {
            text.insert(0, '+');
        }
        let width = width.parse().unwrap_or(0).min(MOST);
        out.push_str(&padded(text, width, spec));
    }
    out.push_str(rest);
    for extra in arguments {
        let _ = write!(out, "%!(EXTRA {}={extra})", extra.kind());
    }
    out
}

fn take<'t>(rest: &mut &'t str, fits: impl Fn(char) -> bool) -> &'t str {
    let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
    let (taken, after) = rest.split_at(end);
    *rest = after;
    taken
}

fn written(verb: char, precision: Option<usize>, argument: &Datum) -> String {
    match (verb, argument) {
        ('v' | 'g', Datum::Number(number)) => {
            precision.map_or_else(|| shortest(*number), |digits| general(*number, digits))
        }
        ('f' | 'F', Datum::Number(number)) if number.is_finite() => format!("{number:.*}", precision.unwrap_or(6)),
        ('e', Datum::Number(number)) if number.is_finite() => scientific(*number, precision.unwrap_or(6)),
        ('f' | 'F' | 'e', Datum::Number(number)) => shortest(*number),
        ('q', Datum::Text(text)) => format!("{text:?}"),
        ('t', Datum::Bool(bool)) => bool.to_string(),
        ('v', other) => other.to_string(),
        ('s', other) if !matches!(other, Datum::Number(_) | Datum::Bool(_)) => {
            let text = other.to_string();
            precision.map_or(text.clone(), |most| text.chars().take(most).collect())
        }
        (verb, other) => format!("%!{verb}({}={other})", other.kind()),
    }
}

fn padded(text: String, width: usize, flags: &str) -> String {
    let missing = width.saturating_sub(text.chars().count());
    if missing == 0 {
        text
    } else if flags.contains('-') {
        text + &" ".repeat(missing)
    } else if flags.contains('0') {
        let sign = usize::from(text.starts_with(['-', '+']));
        format!("{}{}{}", &text[..sign], "0".repeat(missing), &text[sign..])
    } else {
        " ".repeat(missing) + &text
    }
}

/// The shortest digits that read back, with an exponent where Go's `%v` has one.
pub(crate) fn shortest(value: f64) -> String {
    if !value.is_finite() {
        return lab_model::format_float(value);
    }
    let (digits, exponent) = split(&format!("{value:e}"));
    if (-4..21).contains(&exponent) { value.to_string() } else { join(&digits, exponent) }
}

/// So many significant digits at most, as `%.4g`.
pub(crate) fn general(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return lab_model::format_float(value);
    }
    let digits = digits.max(1);
    let (mantissa, exponent) = split(&format!("{value:.*e}", digits - 1));
    if exponent < -4 || exponent >= digits as i32 {
        return join(without_zeros(&mantissa), exponent);
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    without_zeros(&format!("{value:.decimals$}")).to_owned()
}

fn scientific(value: f64, decimals: usize) -> String {
    let (mantissa, exponent) = split(&format!("{value:.decimals$e}"));
    join(&mantissa, exponent)
}

/// Rust's `1.5e-7` as its two parts.
fn split(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    (mantissa.to_owned(), exponent.parse().unwrap_or_default())
}

/// Go writes a sign and at least two digits.
fn join(mantissa: &str, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}
