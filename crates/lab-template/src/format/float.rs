//! Floating-point numbers as text, as Go's `strconv.FormatFloat` writes them.

/// Digits after the point that a float can have at most before only zeros follow.
const MOST_DECIMALS: usize = 1100;

/// Writes a number. `verb` is one of `e E f g G b x X`; without `precision` the digits are the fewest that read back
/// as the same number.
pub fn format(value: f64, verb: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let text = match verb {
        'b' => binary(value),
        'x' | 'X' => hexadecimal(value, precision),
        'f' => fixed(value, precision),
        'g' | 'G' => general(value, precision),
        _ => exponential(value, precision),
    };
    if verb.is_ascii_uppercase() { text.to_ascii_uppercase() } else { text }
}

fn fixed(value: f64, precision: Option<usize>) -> String {
    let Some(precision) = precision else { return format!("{value}") };
    let mut text = format!("{value:.*}", precision.min(MOST_DECIMALS));
    text.extend(std::iter::repeat_n('0', precision.saturating_sub(MOST_DECIMALS)));
    text
}

fn exponential(value: f64, precision: Option<usize>) -> String {
    let (mantissa, exponent) = split(value, precision);
    let zeros = precision.unwrap_or_default().saturating_sub(MOST_DECIMALS);
    join(&(mantissa + &"0".repeat(zeros)), exponent)
}

fn general(value: f64, precision: Option<usize>) -> String {
    let (mantissa, exponent) = split(value, precision.map(|digits| digits.max(1) - 1));
    let mantissa = if precision.is_some() { without_zeros(&mantissa).to_owned() } else { mantissa };
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count() as i64;
    let threshold = match precision {
        None => 6,
        Some(precision) => {
            let precision = precision.max(1) as i64;
            if precision > digits && digits > exponent { digits } else { precision }
        }
    };
    if exponent < -4 || exponent >= threshold {
        return join(&mantissa, exponent);
    }
    let decimals = (digits - 1 - exponent).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { without_zeros(&text).to_owned() } else { text }
}

/// `-ddddp±ddd`: the mantissa as an integer, and the exponent of two.
fn binary(value: f64) -> String {
    let (mantissa, exponent) = parts(value);
    format!("{}{mantissa}p{exponent:+}", sign(value))
}

// `-0x1.yyyyp±dd`.
fn hexadecimal(value: f64, precision: Option<usize>) -> String {
    let (mut mantissa, mut exponent) = parts(value);
    if mantissa == 0 {
        exponent = 0;
    } else {
        // The leading digit is 1, with 60 bits after it.
        let shift = mantissa.leading_zeros() - 3;
        mantissa <<= shift;
        exponent += 60 - i64::from(shift);
    }
    if let Some(digits) = precision.filter(|digits| *digits < 15) {
        let shift = (digits * 4) as u32;
        let extra = (mantissa << shift) & ((1 << 60) - 1);
        mantissa >>= 60 - shift;
        if extra | (mantissa & 1) > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa & (1 << 61) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut digits = format!("{:015x}", mantissa & ((1 << 60) - 1));
    match precision {
        None => digits.truncate(digits.trim_end_matches('0').len()),
        Some(precision) if precision < 15 => digits.truncate(precision),
        Some(precision) => digits.extend(std::iter::repeat_n('0', precision - 15)),
    }
    let point = if digits.is_empty() { "" } else { "." };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    format!("{}0x{}{point}{digits}p{exponent_sign}{:02}", sign(value), mantissa >> 60, exponent.abs())
}

/// The bits of the mantissa as an integer and its exponent of two.
fn parts(value: f64) -> (u64, i64) {
    let bits = value.to_bits();
    let mantissa = bits & ((1 << 52) - 1);
    match (bits >> 52) & 0x7ff {
        0 => (mantissa, -1074),
        exponent => (mantissa | (1 << 52), exponent as i64 - 1075),
    }
}

fn sign(value: f64) -> &'static str {
    if value.is_sign_negative() { "-" } else { "" }
}

/// The decimal mantissa with `precision` digits after its first, and its exponent.
fn split(value: f64, precision: Option<usize>) -> (String, i64) {
    let text = match precision {
        Some(precision) => format!("{value:.*e}", precision.min(MOST_DECIMALS)),
        None => format!("{value:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.to_owned(), exponent.parse().unwrap_or_default())
}

/// Go writes the sign of an exponent, and at least two digits.
fn join(mantissa: &str, exponent: i64) -> String {
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}
