//! Sums and products of decimal numbers: `addf 0.1 0.2` is 0.3.

/// Digits after the point that a quotient has at most.
const QUOTIENT_DIGITS: i32 = 16;

/// A number `mantissa · 10^exponent`.
#[derive(Clone, Copy, Debug)]
struct Decimal {
    mantissa: i128,
    exponent: i32,
}

/// An operation on decimal numbers; `None` where the result has too many digits for this representation.
type Exact = fn(Decimal, Decimal) -> Option<Decimal>;

/// Combines numbers from left to right.
pub(super) fn combine(first: f64, others: &[f64], exact: Operation) -> Result<f64, String> {
    let mut total = finite(first)?;
    let mut approximate = first;
    let mut is_exact = true;
    for other in others {
        let number = finite(*other)?;
        if exact == Operation::Divide && number.mantissa == 0 {
            return Err("decimal division by 0".to_owned());
        }
        match exact.exact()(total, number).filter(|_| is_exact) {
            Some(result) => {
                total = result;
                approximate = result.to_float();
            }
            None => {
                is_exact = false;
                approximate = exact.approximate()(approximate, *other);
            }
        }
    }
    Ok(approximate)
}

/// What is done with two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Operation {
    fn exact(self) -> Exact {
        match self {
            Self::Add => |left, right| aligned(left, right, i128::checked_add),
            Self::Subtract => |left, right| aligned(left, right, i128::checked_sub),
            Self::Multiply => |left, right| {
                let mantissa = left.mantissa.checked_mul(right.mantissa)?;
                Some(Decimal { mantissa, exponent: left.exponent + right.exponent })
            },
            Self::Divide => divide,
        }
    }

    fn approximate(self) -> fn(f64, f64) -> f64 {
        match self {
            Self::Add => |left, right| left + right,
            Self::Subtract => |left, right| left - right,
            Self::Multiply => |left, right| left * right,
            Self::Divide => |left, right| left / right,
        }
    }
}

impl Decimal {
    fn to_float(self) -> f64 {
        format!("{}e{}", self.mantissa, self.exponent).parse().unwrap_or(f64::NAN)
    }
}

/// The digits that are written for a float.
fn finite(number: f64) -> Result<Decimal, String> {
    if !number.is_finite() {
        let name = lab_template::format_float(number, 'g', None);
        return Err(format!("Cannot create a Decimal from {name}"));
    }
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let exponent = exponent.parse::<i32>().unwrap_or(0) - decimals as i32;
    Ok(Decimal { mantissa: digits.replace('.', "").parse().unwrap_or(0), exponent })
}

fn aligned(left: Decimal, right: Decimal, of: fn(i128, i128) -> Option<i128>) -> Option<Decimal> {
    let exponent = left.exponent.min(right.exponent);
    let scaled = |number: Decimal| {
        if number.mantissa == 0 {
            return Some(0);
        }
        number.mantissa.checked_mul(power_of_ten(number.exponent - exponent)?)
    };
    Some(Decimal { mantissa: of(scaled(left)?, scaled(right)?)?, exponent })
}

/// The quotient, rounded half away from zero.
fn divide(left: Decimal, right: Decimal) -> Option<Decimal> {
    let shift = QUOTIENT_DIGITS + left.exponent - right.exponent;
    let (dividend, divisor) = if shift >= 0 {
        (left.mantissa.checked_mul(power_of_ten(shift)?)?, right.mantissa)
    } else {
        match power_of_ten(-shift).and_then(|power| right.mantissa.checked_mul(power)) {
            Some(divisor) => (left.mantissa, divisor),
            None => return Some(Decimal { mantissa: 0, exponent: 0 }),
        }
    };
    let (quotient, rest) = (dividend.checked_div(divisor)?, dividend.checked_rem(divisor)?);
    let up = rest.unsigned_abs() >= divisor.unsigned_abs() - rest.unsigned_abs();
    let away = if (dividend < 0) == (divisor < 0) { 1 } else { -1 };
    Some(Decimal { mantissa: quotient + if up && rest != 0 { away } else { 0 }, exponent: -QUOTIENT_DIGITS })
}

fn power_of_ten(exponent: i32) -> Option<i128> {
    10i128.checked_pow(u32::try_from(exponent).ok()?)
}
