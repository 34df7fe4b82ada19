//! The order of an instant query's result: `sort…`. Range queries are always ordered by labels.

use std::cmp::Ordering;

use lab_algebra::{Histograms, Series, by_value};

use crate::promql::error::PromqlError;
use crate::promql::eval::operand::Operand;
use crate::promql::functions::arguments::Arguments;

pub(super) fn sort(arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    Ok(sorted(arguments, true, |a, b| by_value(a, b, false)))
}

pub(super) fn sort_desc(arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    Ok(sorted(arguments, true, |a, b| by_value(a, b, true)))
}

pub(super) fn sort_by_label(arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    let names = names(&arguments);
    Ok(sorted(arguments, false, |a, b| by_labels(a, b, &names)))
}

pub(super) fn sort_by_label_desc(arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    let names = names(&arguments);
    Ok(sorted(arguments, false, |a, b| by_labels(b, a, &names)))
}

fn sorted(mut arguments: Arguments<'_>, by_value: bool, order: impl Fn(&Series, &Series) -> Ordering) -> Operand {
    let mut series = arguments.series(0);
    if by_value {
        // Histograms have no order; they are passed over.
        for one in &mut series {
            one.histograms = Histograms::default();
        }
        series.retain(Series::has_samples);
    }
    if arguments.frame.count == 1 {
        series.sort_by(order);
    } else {
        let text = "sort is ineffective for range queries since results are always ordered by labels";
        arguments.context.annotations.warn(text, arguments.place);
    }
    Operand::Vector(series)
}

fn names(arguments: &Arguments<'_>) -> Vec<String> {
    (1..arguments.operands.len()).map(|at| arguments.text(at).to_owned()).collect()
}

fn by_labels(a: &Series, b: &Series, names: &[String]) -> Ordering {
    let value = |series: &Series, name: &str| series.labels.get(name).unwrap_or_default().to_owned();
    names
        .iter()
        .map(|name| natural(&value(a, name), &value(b, name)))
        .find(|order| order.is_ne())
        .unwrap_or_else(|| a.labels.cmp(&b.labels))
}

/// Compares texts with the numbers in them as numbers: `disk2` comes before `disk10`.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (left, right) = (chunk(a), chunk(b));
        if left.is_empty() || right.is_empty() {
            return left.len().cmp(&right.len());
        }
        let order = match (left.parse::<u128>(), right.parse::<u128>()) {
            (Ok(left), Ok(right)) => left.cmp(&right),
            _ => left.cmp(right),
        };
        if order.is_ne() {
            return order;
        }
        (a, b) = (&a[left.len()..], &b[right.len()..]);
    }
}

/// The leading digits, or all up to the next digit.
fn chunk(text: &str) -> &str {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_texts_count_as_numbers() {
        let mut texts = vec!["cpu10", "cpu9", "4", "12", "", "cpu"];
        texts.sort_by(|a, b| natural(a, b));
        assert_eq!(texts, ["", "4", "12", "cpu", "cpu9", "cpu10"]);
    }
}
