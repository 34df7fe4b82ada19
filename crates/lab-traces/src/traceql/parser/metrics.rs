//! Functions over time.
//!
//! ```text
//! metrics = function [ "by" "(" attribute { "," attribute } ")" ] { "|" series } [ comparison number ]
//! series  = ( "topk" | "bottomk" ) "(" integer ")"
//! ```

use crate::traceql::ast::{BinaryOp, Literal, Metrics, MetricsFunction, SeriesStage};
use crate::traceql::error::QueryError;
use crate::traceql::parser::Parser;
use crate::traceql::token::TokenKind;

/// The functions by name.
const FUNCTIONS: [&str; 8] = [
    "rate",
    "count_over_time",
    "min_over_time",
    "max_over_time",
    "avg_over_time",
    "sum_over_time",
    "quantile_over_time",
    "histogram_over_time",
];

impl Parser {
    /// A metrics function, if the next word is one.
    pub(super) fn metrics(&mut self) -> Result<Option<Metrics>, QueryError> {
        let TokenKind::Identifier(name) = self.peek() else { return Ok(None) };
        let name = name.clone();
        if !FUNCTIONS.contains(&name.as_str()) {
            return Ok(None);
        }
        self.advance();
        self.expect("(")?;
        let function = self.function(&name)?;
        self.expect(")")?;
        let by = if self.accept_word("by") { self.attributes()? } else { Vec::new() };
        let then = self.series_stages()?;
        Ok(Some(Metrics { function, by, then }))
    }

    fn function(&mut self, name: &str) -> Result<MetricsFunction, QueryError> {
        match name {
            "rate" => return Ok(MetricsFunction::Rate),
            "count_over_time" => return Ok(MetricsFunction::CountOverTime),
            _ => {}
        }
        let attribute = self.attribute()?;
        Ok(match name {
            "min_over_time" => MetricsFunction::MinOverTime(attribute),
            "max_over_time" => MetricsFunction::MaxOverTime(attribute),
            "avg_over_time" => MetricsFunction::AvgOverTime(attribute),
            "sum_over_time" => MetricsFunction::SumOverTime(attribute),
            "histogram_over_time" => MetricsFunction::HistogramOverTime(attribute),
            _ => {
                let mut quantiles = Vec::new();
                while self.accept(",") {
                    quantiles.push(self.number()?);
                }
                if quantiles.is_empty() {
                    return Err(self.unexpected());
                }
                MetricsFunction::QuantileOverTime(attribute, quantiles)
            }
        })
    }

    fn series_stages(&mut self) -> Result<Vec<SeriesStage>, QueryError> {
        let mut stages = Vec::new();
        loop {
            if let Some(op) = self.symbol().and_then(BinaryOp::from_symbol).filter(|op| op.is_comparison()) {
                self.operator()?;
                stages.push(SeriesStage::Filter(op, self.number()?));
            } else if self.accept("|") {
                let make = if self.accept_word("topk") {
                    SeriesStage::TopK
                } else if self.accept_word("bottomk") {
                    SeriesStage::BottomK
                } else {
                    return Err(self.unexpected());
                };
                self.expect("(")?;
                let TokenKind::Integer(count) = *self.peek() else { return Err(self.unexpected()) };
                self.advance();
                self.expect(")")?;
                stages.push(make(usize::try_from(count).unwrap_or(0)));
            } else {
                return Ok(stages);
            }
        }
    }

    fn number(&mut self) -> Result<f64, QueryError> {
        match self.literal()? {
            Literal::Int(value) => Ok(value as f64),
            Literal::Float(value) => Ok(value),
            Literal::Duration(value) => Ok(value as f64 / 1e9),
            _ => Err(self.error("syntax error: a number is expected".to_owned())),
        }
    }
}
