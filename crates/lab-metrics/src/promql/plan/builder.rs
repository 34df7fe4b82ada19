//! From the parser's expression to the [`plan`](crate::promql::plan), with the places of its parts.

use std::time::{Duration, SystemTime};

use lab_algebra::{Aggregation, Cardinality, Grouping, Matching, Operator};
use lab_model::labels::METRIC_NAME;
use lab_model::{Labels, LabelsBuilder, MatchOp, Matcher};
use promql_parser::label::MatchOp as ParsedOp;
use promql_parser::parser::token;
use promql_parser::parser::{self, AtModifier, Expr, LabelModifier, Offset, VectorMatchCardinality, VectorSelector};

use crate::promql::error::{Position, PromqlError};
use crate::promql::functions::{self, Body, Function};
use crate::promql::params::{EvalParams, EvalTime};
use crate::promql::plan::info;
use crate::promql::plan::node::{Aggregate, Binary, Kind, Node, Selector};
use crate::promql::plan::time::{Edges, Shift, Stretch};
use crate::promql::syntax::diagnose::diagnose;
use crate::promql::syntax::dialect::{self, Times, Translation, extended};
use crate::promql::syntax::text::{self, Cursor};
use crate::promql::value::ValueType;

/// Parses a query and lays out its evaluation.
pub(crate) fn plan(query: &str, params: &EvalParams) -> Result<Plan, PromqlError> {
    text::check_depth(query)?;
    let (start, end, step) = match params.time {
        EvalTime::Instant(at) => (at, at, 0),
        EvalTime::Range { start, end, step } => (start, end, if start == end { 0 } else { step }),
    };
    let times = Times::Known { step: seconds(step), range: seconds(end.saturating_sub(start)) };
    let mut expr = parse(&dialect::translate(query, times)?)?;
    dialect::unmark(&mut expr);
    let mut builder = Builder { cursor: Cursor::new(query), start, end, step, asks_for_time: false };
    let node = builder.node(&expr)?;
    Ok(Plan { node, holds_at_any_instant: !builder.asks_for_time })
}

/// A query laid out.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) node: Node,
    /// Laid out for an instant, it is the same for any other: there is neither `start()` nor `end()` in it.
    pub(crate) holds_at_any_instant: bool,
}

/// The parser's expression for a query that could be evaluated at some time.
pub(crate) fn check(query: &str) -> Result<Expr, PromqlError> {
    text::check_depth(query)?;
    let mut expr = parse(&dialect::translate(query, Times::Unknown)?)?;
    dialect::unmark(&mut expr);
    Builder { cursor: Cursor::new(query), start: 0, end: 0, step: 0, asks_for_time: false }.node(&expr)?;
    Ok(expr)
}

/// The parser's expression for a query that is known not to nest too deeply for it, marks included.
pub(crate) fn parse(query: &Translation<'_>) -> Result<Expr, PromqlError> {
    parser::parse(query.text()).map_err(|message| diagnose(query, message))
}

/// Walks the expression in the order of the text, so that the cursor stays beside it.
struct Builder<'q> {
    cursor: Cursor<'q>,
    start: i64,
    end: i64,
    step: i64,
    /// `start` or `end` has gone into the plan.
    asks_for_time: bool,
}

impl Builder<'_> {
    /// One step of the recursion; what needs much stack stands in functions of its own.
    fn node(&mut self, expr: &Expr) -> Result<Node, PromqlError> {
        while self.cursor.skip(&["+"]) {}
        let place = self.cursor.place();
        let (kind, fixed) = match expr {
            Expr::Paren(paren) => return self.parentheses(&paren.expr, place),
            Expr::Unary(unary) => self.unary(&unary.expr)?,
            Expr::Call(call) => return self.call(call, place),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate)?,
            Expr::Binary(binary) => self.binary(binary)?,
            Expr::Subquery(subquery) => self.subquery(subquery)?,
            leaf => self.leaf(leaf)?,
        };
        Ok(Node { kind, place, fixed })
    }

    fn leaf(&mut self, expr: &Expr) -> Result<(Kind, bool), PromqlError> {
        match expr {
            Expr::NumberLiteral(number) => {
                while self.cursor.skip(&["-", "+"]) {}
                self.cursor.skip_word();
                Ok((Kind::Number(number.val), true))
            }
            Expr::StringLiteral(text) => {
                self.cursor.skip_word();
                Ok((Kind::Text(text.val.as_str().into()), true))
            }
            Expr::VectorSelector(selector) => {
                let selector = self.selector(selector)?;
                self.cursor.skip_modifiers();
                let fixed = selector.shift.at.is_some();
                Ok((Kind::Instant(selector), fixed))
            }
            Expr::MatrixSelector(matrix) => {
                let selector = self.selector(&matrix.vs)?;
                self.cursor.skip_group("[");
                self.cursor.skip_modifiers();
                let stretch = Stretch { length: milliseconds(matrix.range), shift: selector.shift };
                Ok((Kind::Range(selector, stretch), stretch.shift.at.is_some()))
            }
            other => Err(not_promql(&other.to_string())),
        }
    }

    fn parentheses(&mut self, inner: &Expr, place: Option<Position>) -> Result<Node, PromqlError> {
        self.cursor.skip(&["("]);
        let inner = self.node(inner)?;
        self.cursor.skip(&[")"]);
        Ok(Node { place, ..inner })
    }

    fn unary(&mut self, inner: &Expr) -> Result<(Kind, bool), PromqlError> {
        self.cursor.skip(&["-"]);
        let inner = self.node(inner)?;
        let fixed = inner.fixed;
        Ok((Kind::Negate(Box::new(inner)), fixed))
    }

    fn subquery(&mut self, subquery: &parser::SubqueryExpr) -> Result<(Kind, bool), PromqlError> {
        let inner = self.node(&subquery.expr)?;
        self.cursor.skip_group("[");
        self.cursor.skip_modifiers();
        let shift = self.shift(subquery.offset.as_ref(), subquery.at.as_ref());
        let stretch = Stretch { length: milliseconds(subquery.range), shift };
        let step = subquery.step.map(milliseconds).filter(|step| *step > 0);
        Ok((Kind::Subquery(Box::new(inner), stretch, step), shift.at.is_some()))
    }

    fn call(&mut self, call: &parser::Call, place: Option<Position>) -> Result<Node, PromqlError> {
        let name = call.func.name;
        self.cursor.skip_word();
        self.cursor.skip(&["("]);
        let mut arguments = Vec::with_capacity(call.args.len());
        for argument in &call.args.args {
            arguments.push(self.node(argument)?);
            self.cursor.skip(&[","]);
        }
        self.cursor.skip(&[")"]);
        self.asks_for_time |= matches!(name, "start" | "end");
        let number = |value| Ok(Node { kind: Kind::Number(value), place, fixed: true });
        match name {
            "start" => return number(seconds(self.start)),
            "end" => return number(seconds(self.end)),
            "range" => return number(seconds(self.end.saturating_sub(self.start))),
            "step" => return number(seconds(self.step)),
            _ => {}
        }
        let function = functions::find(name).ok_or_else(|| PromqlError::Parse {
            position: place,
            message: format!("unknown function with name {name:?}"),
        })?;
        check_vector(function, &arguments)?;
        arguments.iter().try_for_each(|argument| check_edges(function, argument.edges()))?;
        let fixed = !function.depends_on_time(arguments.len()) && arguments.iter().all(|argument| argument.fixed);
        let kind = match function.body {
            Body::Timestamp if matches!(arguments.first(), Some(Node { kind: Kind::Instant(_), .. })) => {
                let Some(Node { kind: Kind::Instant(selector), fixed, .. }) = arguments.pop() else {
                    return Err(not_promql(name));
                };
                return Ok(Node { kind: Kind::SampleTime(selector), place, fixed });
            }
            Body::Absent | Body::AbsentOverTime => {
                let Some(inner) = arguments.pop() else { return Err(not_promql(name)) };
                let labels = absent_labels(&inner);
                let absent = if matches!(function.body, Body::Absent) { Kind::Absent } else { Kind::AbsentOverTime };
                absent(Box::new(inner), labels)
            }
            Body::Info => return info_call(call, arguments, place),
            _ => Kind::Call(function, arguments),
        };
        Ok(Node { kind, place, fixed })
    }

    fn aggregate(&mut self, aggregate: &parser::AggregateExpr) -> Result<(Kind, bool), PromqlError> {
        let grouping_words = &["by", "without"];
        self.cursor.skip_word();
        if self.cursor.skip(grouping_words) {
            self.cursor.skip_group("(");
        }
        self.cursor.skip(&["("]);
        let parameter = aggregate.param.as_ref().map(|parameter| self.node(parameter)).transpose()?;
        self.cursor.skip(&[","]);
        let inner = self.node(&aggregate.expr)?;
        self.cursor.skip(&[")"]);
        if self.cursor.skip(grouping_words) {
            self.cursor.skip_group("(");
        }
        let grouping = match &aggregate.modifier {
            None => Grouping::default(),
            Some(LabelModifier::Include(labels)) => Grouping { without: false, labels: labels.labels.clone() },
            Some(LabelModifier::Exclude(labels)) => Grouping { without: true, labels: labels.labels.clone() },
        };
        let operation = aggregation(aggregate.op.id()).ok_or_else(|| not_promql(&aggregate.op.to_string()))?;
        let fixed = inner.fixed && parameter.as_ref().is_none_or(|parameter| parameter.fixed);
        Ok((Kind::Aggregate(Box::new(Aggregate { operation, inner, parameter, grouping })), fixed))
    }

    fn binary(&mut self, binary: &parser::BinaryExpr) -> Result<(Kind, bool), PromqlError> {
        let left = self.node(&binary.lhs)?;
        self.cursor.next();
        self.cursor.skip(&["bool"]);
        let words = &["on", "ignoring", "group_left", "group_right", "fill", "fill_left", "fill_right"];
        while self.cursor.skip(words) {
            self.cursor.skip_group("(");
        }
        let right = self.node(&binary.rhs)?;
        let operator = operator(binary.op.id()).ok_or_else(|| not_promql(&binary.op.to_string()))?;
        let fixed = left.fixed && right.fixed;
        let matching = binary.modifier.as_ref().map(matching).unwrap_or_default();
        let returns_bool = binary.return_bool();
        Ok((Kind::Binary(Box::new(Binary { operator, left, right, matching, returns_bool })), fixed))
    }

    fn selector(&mut self, selector: &VectorSelector) -> Result<Selector, PromqlError> {
        let place = self.cursor.place();
        self.cursor.skip_word();
        self.cursor.skip_group("{");
        self.cursor.skip(&["anchored", "smoothed"]);
        if !selector.matchers.or_matchers.is_empty() {
            return Err(PromqlError::Parse {
                position: place,
                message: "unexpected \"or\" in label matching, expected \",\" or \"}\"".to_owned(),
            });
        }
        let mut matchers = Vec::new();
        if let Some(name) = &selector.name {
            matchers.push(Matcher::equal(METRIC_NAME, name.as_str()));
        }
        for matcher in selector.matchers.matchers.iter().filter(|matcher| !extended::is_mark(&matcher.name)) {
            let op = match matcher.op {
                ParsedOp::Equal => MatchOp::Equal,
                ParsedOp::NotEqual => MatchOp::NotEqual,
                ParsedOp::Re(_) => MatchOp::Regex,
                ParsedOp::NotRe(_) => MatchOp::NotRegex,
            };
            let matcher = Matcher::new(matcher.name.as_str(), op, matcher.value.as_str())
                .map_err(|error| PromqlError::Parse { position: place, message: error.to_string() })?;
            matchers.push(matcher);
        }
        let edges = extended::edges(selector);
        // With its mark the selector was not empty to the parser.
        if edges != Edges::Open && matchers.iter().all(Matcher::matches_empty) {
            let message = "vector selector must contain at least one non-empty matcher".to_owned();
            return Err(PromqlError::Parse { position: place, message });
        }
        Ok(Selector { matchers, shift: self.shift(selector.offset.as_ref(), selector.at.as_ref()), edges })
    }

    fn shift(&mut self, offset: Option<&Offset>, at: Option<&AtModifier>) -> Shift {
        let offset = match offset {
            None => 0,
            Some(Offset::Pos(back)) => milliseconds(*back),
            Some(Offset::Neg(forward)) => -milliseconds(*forward),
        };
        self.asks_for_time |= matches!(at, Some(AtModifier::Start | AtModifier::End));
        let at = at.map(|at| match at {
            AtModifier::Start => self.start,
            AtModifier::End => self.end,
            AtModifier::At(time) => match time.duration_since(SystemTime::UNIX_EPOCH) {
                Ok(after) => milliseconds(after),
                Err(error) => -milliseconds(error.duration()),
            },
        });
        Shift { offset, at }
    }
}

/// `info`, whose second argument is no vector but conditions in the form of a selector.
fn info_call(call: &parser::Call, arguments: Vec<Node>, place: Option<Position>) -> Result<Node, PromqlError> {
    let mut arguments = arguments.into_iter();
    let (Some(inner), conditions) = (arguments.next(), arguments.next()) else { return Err(not_promql("info")) };
    let refuse = |position, message: &str| Err(PromqlError::Parse { position, message: message.to_owned() });
    let conditions = match (call.args.args.get(1).map(|argument| &**argument), conditions) {
        (Some(Expr::VectorSelector(VectorSelector { name: Some(_), .. })), Some(Node { place, .. })) => {
            return refuse(place, "expected label selectors only, got vector selector instead");
        }
        (_, Some(Node { kind: Kind::Instant(selector), .. })) if selector.shift.is_none() => selector.matchers,
        (_, Some(Node { place, .. })) => return refuse(place, "expected label selectors only"),
        (_, None) => Vec::new(),
    };
    let inner_fixed = inner.fixed;
    let info = info::plan(inner, conditions);
    let fixed = inner_fixed && info.shift.at.is_some();
    Ok(Node { kind: Kind::Info(Box::new(info)), place, fixed })
}

/// The parser lets some calls with a scalar in place of a vector pass, for example `ln(0)`.
fn check_vector(function: &Function, arguments: &[Node]) -> Result<(), PromqlError> {
    let wants_vector = matches!(function.body, Body::Value(_));
    let wrong = arguments.first().filter(|argument| wants_vector && argument.value_type() != ValueType::Vector);
    wrong.map_or(Ok(()), |argument| {
        let (name, got) = (function.name, argument.value_type().name());
        let message = format!("expected type instant vector in call to function {name:?}, got {got}");
        Err(PromqlError::Parse { position: argument.place, message })
    })
}

/// Only some functions can read across the edges of a stretch.
fn check_edges(function: &Function, edges: Edges) -> Result<(), PromqlError> {
    if edges == Edges::Open || function.over(edges).is_some() {
        return Ok(());
    }
    let able = functions::able_of(edges).join(", ");
    let (modifier, name) = (edges.name(), function.name);
    Err(PromqlError::Execution(format!("{modifier} modifier can only be used with: {able} - not with {name}")))
}

/// The labels that `absent` can know: those that the selector demands once, by equality.
fn absent_labels(node: &Node) -> Labels {
    let (Kind::Instant(selector) | Kind::Range(selector, _)) = &node.kind else { return Labels::empty() };
    let mut labels = LabelsBuilder::default();
    let mut seen: Vec<&str> = Vec::new();
    for matcher in selector.matchers.iter().filter(|matcher| matcher.name != METRIC_NAME) {
        if matcher.op == MatchOp::Equal && !seen.contains(&matcher.name.as_str()) {
            labels.set(matcher.name.as_str(), matcher.value.as_str());
            seen.push(&matcher.name);
        } else {
            labels.remove(&matcher.name);
        }
    }
    labels.build()
}

fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

fn matching(modifier: &parser::BinModifier) -> Matching {
    let (cardinality, include) = match &modifier.card {
        VectorMatchCardinality::ManyToOne(labels) => (Cardinality::ManyToOne, labels.labels.clone()),
        VectorMatchCardinality::OneToMany(labels) => (Cardinality::OneToMany, labels.labels.clone()),
        VectorMatchCardinality::OneToOne | VectorMatchCardinality::ManyToMany => (Cardinality::OneToOne, Vec::new()),
    };
    Matching {
        on: modifier.is_matching_on(),
        labels: modifier.matching.as_ref().map(|matching| matching.labels().labels.clone()).unwrap_or_default(),
        cardinality,
        include,
        fill_left: modifier.fill_values.lhs,
        fill_right: modifier.fill_values.rhs,
    }
}

fn operator(id: token::TokenId) -> Option<Operator> {
    Some(match id {
        token::T_ADD => Operator::Add,
        token::T_SUB => Operator::Subtract,
        token::T_MUL => Operator::Multiply,
        token::T_DIV => Operator::Divide,
        token::T_MOD => Operator::Modulo,
        token::T_POW => Operator::Power,
        token::T_ATAN2 => Operator::Atan2,
        token::T_EQLC => Operator::Equal,
        token::T_NEQ => Operator::NotEqual,
        token::T_GTR => Operator::Greater,
        token::T_LSS => Operator::Less,
        token::T_GTE => Operator::GreaterOrEqual,
        token::T_LTE => Operator::LessOrEqual,
        token::T_LAND => Operator::And,
        token::T_LOR => Operator::Or,
        token::T_LUNLESS => Operator::Unless,
        _ => return None,
    })
}

fn aggregation(id: token::TokenId) -> Option<Aggregation> {
    Some(match id {
        token::T_SUM => Aggregation::Sum,
        token::T_AVG => Aggregation::Avg,
        token::T_COUNT => Aggregation::Count,
        token::T_MIN => Aggregation::Min,
        token::T_MAX => Aggregation::Max,
        token::T_GROUP => Aggregation::Group,
        token::T_STDDEV => Aggregation::Stddev,
        token::T_STDVAR => Aggregation::Stdvar,
        token::T_TOPK => Aggregation::Topk,
        token::T_BOTTOMK => Aggregation::Bottomk,
        token::T_LIMITK => Aggregation::Limitk,
        token::T_LIMIT_RATIO => Aggregation::LimitRatio,
        token::T_QUANTILE => Aggregation::Quantile,
        token::T_COUNT_VALUES => Aggregation::CountValues,
        _ => return None,
    })
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4).min(i64::MAX / 4)
}

fn not_promql(what: &str) -> PromqlError {
    PromqlError::Parse { position: None, message: format!("unexpected {what:?}") }
}
