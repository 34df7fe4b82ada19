//! Mathematics on single values. NaN stays NaN: unlike `f64::min` and `f64::max`, which prefer numbers.

pub(super) fn sgn(value: f64) -> f64 {
    if value > 0.0 {
        1.0
    } else if value < 0.0 {
        -1.0
    } else {
        value
    }
}

pub(super) fn deg(value: f64) -> f64 {
    value * 180.0 / std::f64::consts::PI
}

pub(super) fn rad(value: f64) -> f64 {
    value * std::f64::consts::PI / 180.0
}

/// To the nearest multiple of the scalar, ties up.
pub(super) fn round(value: f64, scalars: &[f64]) -> Option<f64> {
    // Dividing by the inverse gives 0.3 where multiplying by 0.1 would give 0.30000000000000004.
    let inverse = 1.0 / scalars.first().copied().unwrap_or(1.0);
    Some((value * inverse + 0.5).floor() / inverse)
}

pub(super) fn clamp(value: f64, scalars: &[f64]) -> Option<f64> {
    let [least, most] = scalars else { return None };
    // Bounds the wrong way round leave no value; NaN among them is no wrong way round.
    let crossed = most < least;
    (!crossed).then(|| larger(*least, smaller(*most, value)))
}

pub(super) fn clamp_min(value: f64, scalars: &[f64]) -> Option<f64> {
    scalars.first().map(|least| larger(*least, value))
}

pub(super) fn clamp_max(value: f64, scalars: &[f64]) -> Option<f64> {
    scalars.first().map(|most| smaller(*most, value))
}

pub(super) fn pi(_: f64, _: &[f64]) -> f64 {
    std::f64::consts::PI
}

pub(super) fn max_of(_: f64, scalars: &[f64]) -> f64 {
    scalars.iter().copied().reduce(larger).unwrap_or(f64::NAN)
}

pub(super) fn min_of(_: f64, scalars: &[f64]) -> f64 {
    scalars.iter().copied().reduce(smaller).unwrap_or(f64::NAN)
}

/// IEEE 754 `maximum`, but +Inf wins over NaN, as in Go.
fn larger(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else {
        a.max(b)
    }
}

fn smaller(a: f64, b: f64) -> f64 {
    -larger(-a, -b)
}
