//! What is read from the store: the values of expressions, exemplars, series and their labels, and the newest
//! samples for another Prometheus; and what can be said of a query without asking the store.

pub(crate) mod cost;
pub(crate) mod escape;
pub(crate) mod evaluator;
pub(crate) mod exemplars;
pub(crate) mod expression;
pub(crate) mod federate;
pub(crate) mod series;
pub(crate) mod syntax;
