//! Pipelines of spansets and scalars.
//!
//! ```text
//! pipeline = stage { "|" stage }
//! stage    = spanset | scalar comparison scalar | "by" "(" field ")" | "coalesce" "(" ")" | "select" "(" … ")"
//! spanset  = "{" [ field ] "}" | "(" pipeline ")" | spanset operator spanset
//! scalar   = literal | aggregate "(" [ field ] ")" | "(" pipeline "|" scalar ")" | scalar arithmetic scalar
//! ```

use crate::traceql::ast::{
    AggregateOp, BinaryOp, FieldExpr, Metrics, Pipeline, ScalarExpr, SpansetExpr, SpansetOp, Stage,
};
use crate::traceql::error::QueryError;
use crate::traceql::parser::Parser;
use crate::traceql::token::TokenKind;

/// What the beginning of a stage turned out to be.
enum Item {
    Spanset(SpansetExpr),
    Scalar(ScalarExpr),
}

impl Parser {
    /// A pipeline and the metrics function at its end, if there is one.
    pub(super) fn pipeline_and_metrics(&mut self) -> Result<(Pipeline, Option<Metrics>), QueryError> {
        let mut stages = vec![self.stage()?];
        while self.accept("|") {
            if let Some(metrics) = self.metrics()? {
                return Ok((Pipeline { stages }, Some(metrics)));
            }
            stages.push(self.stage()?);
        }
        Ok((Pipeline { stages }, None))
    }

    fn stage(&mut self) -> Result<Stage, QueryError> {
        if let Some(stage) = self.word_stage()? {
            return Ok(stage);
        }
        match self.item(0)? {
            Item::Spanset(expr) => Ok(Stage::Spanset(expr)),
            Item::Scalar(left) => self.comparison(left),
        }
    }

    /// A stage that begins with its name.
    fn word_stage(&mut self) -> Result<Option<Stage>, QueryError> {
        if self.accept_word("by") {
            self.expect("(")?;
            let by = self.field(0)?;
            self.expect(")")?;
            return Ok(Some(Stage::By(by)));
        }
        if self.accept_word("coalesce") {
            self.expect("(")?;
            self.expect(")")?;
            return Ok(Some(Stage::Coalesce));
        }
        if self.accept_word("select") {
            return Ok(Some(Stage::Select(self.attributes()?)));
        }
        Ok(None)
    }

    fn comparison(&mut self, left: ScalarExpr) -> Result<Stage, QueryError> {
        let op = self.symbol().and_then(BinaryOp::from_symbol).filter(|op| op.is_comparison());
        let Some(op) = op.filter(|op| !matches!(op, BinaryOp::Regex | BinaryOp::NotRegex)) else {
            return Err(self.unexpected());
        };
        self.operator()?;
        match self.item(0)? {
            Item::Scalar(right) => Ok(Stage::Scalar { left, op, right }),
            Item::Spanset(_) => Err(self.error("a scalar cannot be compared with a spanset".to_owned())),
        }
    }

    /// A spanset or a scalar whose operators bind at least as strongly as `lowest`.
    fn item(&mut self, lowest: u8) -> Result<Item, QueryError> {
        let mut left = self.operand()?;
        while let Some(symbol) = self.symbol() {
            left = match left {
                Item::Spanset(left) => {
                    let Some(op) = SpansetOp::from_symbol(symbol).filter(|op| op.binding() >= lowest) else {
                        return Ok(Item::Spanset(left));
                    };
                    self.operator()?;
                    let Item::Spanset(right) = self.nested(|parser| parser.item(op.binding() + 1))? else {
                        return Err(self.error("a spanset cannot be combined with a scalar".to_owned()));
                    };
                    Item::Spanset(SpansetExpr::Binary { op, left: Box::new(left), right: Box::new(right) })
                }
                Item::Scalar(left) => {
                    let op = BinaryOp::from_symbol(symbol).filter(|op| op.is_arithmetic() && op.binding() >= lowest);
                    let Some(op) = op else { return Ok(Item::Scalar(left)) };
                    self.operator()?;
                    let next = op.binding() + u8::from(op != BinaryOp::Power);
                    let Item::Scalar(right) = self.nested(|parser| parser.item(next))? else {
                        return Err(self.error("a scalar cannot be combined with a spanset".to_owned()));
                    };
                    Item::Scalar(ScalarExpr::Binary { op, left: Box::new(left), right: Box::new(right) })
                }
            };
        }
        Ok(left)
    }

    fn operand(&mut self) -> Result<Item, QueryError> {
        if self.accept("{") {
            if self.accept("}") {
                return Ok(Item::Spanset(SpansetExpr::Filter(None)));
            }
            let condition = self.field(0)?;
            self.expect("}")?;
            return Ok(Item::Spanset(SpansetExpr::Filter(Some(condition))));
        }
        if self.accept("(") {
            let item = self.nested(Self::parenthesised)?;
            self.expect(")")?;
            return Ok(item);
        }
        if let TokenKind::Identifier(name) = self.peek() {
            let Some(op) = AggregateOp::from_name(name) else { return Err(self.unexpected()) };
            self.advance();
            return self.aggregate(op).map(Item::Scalar);
        }
        self.literal().map(|literal| Item::Scalar(ScalarExpr::Literal(literal)))
    }

    fn aggregate(&mut self, op: AggregateOp) -> Result<ScalarExpr, QueryError> {
        self.expect("(")?;
        let field: Option<FieldExpr> = if op == AggregateOp::Count { None } else { Some(self.field(0)?) };
        self.expect(")")?;
        Ok(ScalarExpr::Aggregate { op, field })
    }

    /// What stands in parentheses: a spanset, a pipeline, a scalar, or a pipeline that ends in a scalar.
    fn parenthesised(&mut self) -> Result<Item, QueryError> {
        let mut stages = Vec::new();
        loop {
            if let Some(stage) = self.word_stage()? {
                stages.push(stage);
            } else {
                match self.item(0)? {
                    Item::Spanset(expr) => stages.push(Stage::Spanset(expr)),
                    Item::Scalar(scalar) if self.symbol() == Some(")") => {
                        if stages.is_empty() {
                            return Ok(Item::Scalar(scalar));
                        }
                        let (pipeline, scalar) = (Pipeline { stages }, Box::new(scalar));
                        return Ok(Item::Scalar(ScalarExpr::Nested { pipeline, scalar }));
                    }
                    Item::Scalar(left) => stages.push(self.comparison(left)?),
                }
            }
            if !self.accept("|") {
                break;
            }
        }
        Ok(Item::Spanset(match <[Stage; 1]>::try_from(stages) {
            // Parentheses around a single spanset only group.
            Ok([Stage::Spanset(expr)]) => expr,
            Ok([stage]) => SpansetExpr::Nested(Pipeline { stages: vec![stage] }),
            Err(stages) => SpansetExpr::Nested(Pipeline { stages }),
        }))
    }
}
