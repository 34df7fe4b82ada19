//! The operators, aggregations and matchings of the tree, as the algebra of vectors has them.

use crate::promql::syntax::ast::{self, Side};
use crate::promql::syntax::operator as written;
use lab_algebra::{Aggregation, Cardinality, Matching, Operator};

/// The operator; an error for those that only native histograms have.
pub(super) fn operator(operator: written::Operator) -> Result<Operator, String> {
    use written::Operator as Written;
    Ok(match operator {
        Written::Add => Operator::Add,
        Written::Subtract => Operator::Subtract,
        Written::Multiply => Operator::Multiply,
        Written::Divide => Operator::Divide,
        Written::Modulo => Operator::Modulo,
        Written::Power => Operator::Power,
        Written::Atan2 => Operator::Atan2,
        Written::Equal => Operator::Equal,
        Written::NotEqual => Operator::NotEqual,
        Written::Greater => Operator::Greater,
        Written::Less => Operator::Less,
        Written::GreaterOrEqual => Operator::GreaterOrEqual,
        Written::LessOrEqual => Operator::LessOrEqual,
        Written::And => Operator::And,
        Written::Or => Operator::Or,
        Written::Unless => Operator::Unless,
        Written::TrimUpper | Written::TrimLower => {
            let name = operator.name();
            return Err(format!("the operator {name} works on native histograms, which are not stored here"));
        }
    })
}

/// The aggregation.
pub(super) fn aggregation(aggregation: written::Aggregation) -> Aggregation {
    use written::Aggregation as Written;
    match aggregation {
        Written::Sum => Aggregation::Sum,
        Written::Avg => Aggregation::Avg,
        Written::Count => Aggregation::Count,
        Written::Min => Aggregation::Min,
        Written::Max => Aggregation::Max,
        Written::Group => Aggregation::Group,
        Written::Stddev => Aggregation::Stddev,
        Written::Stdvar => Aggregation::Stdvar,
        Written::Topk => Aggregation::Topk,
        Written::Bottomk => Aggregation::Bottomk,
        Written::Limitk => Aggregation::Limitk,
        Written::LimitRatio => Aggregation::LimitRatio,
        Written::Quantile => Aggregation::Quantile,
        Written::CountValues => Aggregation::CountValues,
    }
}

/// How series of two vectors find each other.
pub(super) fn matching(matching: &ast::Matching) -> Matching {
    let (cardinality, include) = match &matching.group {
        None => (Cardinality::OneToOne, Vec::new()),
        Some((Side::Left, include)) => (Cardinality::ManyToOne, include.clone()),
        Some((Side::Right, include)) => (Cardinality::OneToMany, include.clone()),
    };
    Matching {
        on: matching.on,
        labels: matching.labels.clone(),
        cardinality,
        include,
        fill_left: matching.fill_left.map(|fill| fill.value),
        fill_right: matching.fill_right.map(|fill| fill.value),
    }
}
