//! What is read from the store: the values of expressions, exemplars, series and their labels, and the newest
//! samples for another Prometheus.

pub(crate) mod evaluator;
pub(crate) mod exemplars;
pub(crate) mod expression;
pub(crate) mod federate;
pub(crate) mod series;
