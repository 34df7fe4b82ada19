//! What a panel's query asks for, as the metrics server itself parses it (`/api/v1/parse_query`).
//!
//! The stream selector of a log query is written like a selector of series, and is parsed in the same way. A log query
//! with a pipeline is no PromQL: nothing is known of it, so its panel must show data.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::stack::services::Service;

/// The parts of a query that tell why it may have no result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ParsedQuery {
    /// Metrics that are selected.
    pub(super) metrics: BTreeSet<String>,
    /// Functions that are called.
    functions: BTreeSet<String>,
    /// Label matchers of the kind `label="value"`.
    matchers: BTreeSet<(String, String)>,
}

impl ParsedQuery {
    /// Reads the tree of a query.
    pub(super) fn read(tree: &Value) -> Self {
        let mut parsed = Self::default();
        parsed.visit(tree);
        parsed
    }

    /// Whether it asks for metrics of the lab itself.
    pub(super) fn is_of_the_lab(&self) -> bool {
        self.metrics.iter().any(|metric| metric.starts_with("dicelab_"))
    }

    /// Whether it needs two samples of a series.
    pub(super) fn is_rate(&self) -> bool {
        ["rate", "increase", "irate", "delta"].iter().any(|function| self.functions.contains(*function))
    }

    /// The one service that it selects, if it names one.
    pub(super) fn service(&self) -> Option<Service> {
        self.values("job").find_map(Service::of_stage4)
    }

    /// The only level of log lines that it selects, if it names one.
    pub(super) fn level(&self) -> Option<&str> {
        self.values("level").next()
    }

    /// The names of recording rules that it reads, `level:metric:operation`.
    pub(super) fn recorded(&self) -> impl Iterator<Item = &str> {
        self.metrics.iter().map(String::as_str).filter(|metric| metric.contains(':'))
    }

    fn values<'a>(&'a self, label: &'a str) -> impl Iterator<Item = &'a str> {
        self.matchers.iter().filter(move |(name, _)| name == label).map(|(_, value)| value.as_str())
    }

    /// Takes in a node and all nodes below it. The server bounds the depth of a query.
    fn visit(&mut self, node: &Value) {
        match node {
            Value::Array(nodes) => nodes.iter().for_each(|node| self.visit(node)),
            Value::Object(fields) => {
                match fields.get("type").and_then(Value::as_str) {
                    Some("vectorSelector" | "matrixSelector") => self.selector(node),
                    Some("call") => self.functions.extend(node["func"]["name"].as_str().map(str::to_owned)),
                    _ => {}
                }
                fields.values().for_each(|field| self.visit(field));
            }
            _ => {}
        }
    }

    fn selector(&mut self, node: &Value) {
        self.metrics.extend(node["name"].as_str().filter(|name| !name.is_empty()).map(str::to_owned));
        for matcher in node["matchers"].as_array().into_iter().flatten().filter(|matcher| matcher["type"] == "=") {
            let text = |key: &str| matcher[key].as_str().unwrap_or_default().to_owned();
            self.matchers.insert((text("name"), text("value")));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn selector(name: &str, matchers: &[(&str, &str, &str)]) -> Value {
        let matchers = matchers.iter().map(|(name, kind, value)| json!({"name": name, "type": kind, "value": value}));
        json!({"type": "vectorSelector", "name": name, "matchers": matchers.collect::<Vec<_>>(), "offset": 0})
    }

    #[test]
    fn metrics_functions_and_matchers_are_found_wherever_they_stand() {
        let mut range = selector("dicelab_received_total", &[("job", "=", "frontend-stage4"), ("x", "=~", "rate")]);
        range["type"] = "matrixSelector".into();
        let call = json!({"type": "call", "func": {"name": "rate"}, "args": [range]});
        let sum = json!({"type": "aggregation", "op": "sum", "expr": call, "grouping": []});
        let recorded =
            selector("frontend:roll_errors:ratio_rate1h", &[("__name__", "=", "frontend:roll_errors:ratio_rate1h")]);
        let parsed = ParsedQuery::read(&json!({"type": "binaryExpr", "op": "/", "lhs": sum, "rhs": recorded}));
        assert!(parsed.is_of_the_lab() && parsed.is_rate());
        assert_eq!(parsed.service(), Some(Service::Frontend));
        assert_eq!(parsed.recorded().collect::<Vec<_>>(), ["frontend:roll_errors:ratio_rate1h"]);
        assert_eq!(parsed.level(), None);
    }

    #[test]
    fn a_word_in_a_name_or_a_value_is_no_function_and_no_level() {
        let matchers =
            [("handler", "=", "rate(level=ERROR)"), ("level", "!=", "ERROR"), ("job", "=~", "frontend-stage4")];
        let parsed = ParsedQuery::read(&selector("error_rate", &matchers));
        assert!(!parsed.is_rate() && !parsed.is_of_the_lab());
        assert_eq!((parsed.level(), parsed.service()), (None, None));
        let errors = ParsedQuery::read(&selector("", &[("level", "=", "ERROR")]));
        assert_eq!((errors.level(), errors.metrics.len()), (Some("ERROR"), 0));
    }
}
