//! Where two answers differ, field by field.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::parity::record::Answer;

/// What counts as equal. A path names fields from the root, joined by dots; `*` stands for any field or element, and
/// an element of an array is named by its index.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules<'a> {
    /// How far two numbers may be apart, as a part of the larger one. A text that is a number counts as one.
    pub tolerance: f64,
    /// Fields that are not compared, for example statistics about the cost of the query.
    pub ignored: &'a [&'a str],
    /// Arrays whose order means nothing.
    pub unordered: &'a [&'a str],
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where it stands in the answer.
    pub path: String,
    /// What the product answered; nothing if it answered without this field.
    pub expected: Option<Value>,
    /// What the lab answers; nothing if it answers without this field.
    pub found: Option<Value>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let show = |value: &Option<Value>| {
            value.as_ref().map_or("nothing".into(), |value| value.to_string().chars().take(300).collect::<String>())
        };
        write!(f, "{}: expected {}, found {}", self.path, show(&self.expected), show(&self.found))
    }
}

impl Rules<'_> {
    /// Lists the differences between two answers.
    pub fn differences(&self, expected: &Answer, found: &Answer) -> Vec<Difference> {
        let mut differences = Vec::new();
        let status = |answer: &Answer| Some(Value::from(answer.status));
        if expected.status != found.status {
            let (expected, found) = (status(expected), status(found));
            differences.push(Difference { path: "status".into(), expected, found });
        }
        self.value("", Some(&expected.body), Some(&found.body), &mut differences);
        differences
    }

    fn value(&self, path: &str, expected: Option<&Value>, found: Option<&Value>, differences: &mut Vec<Difference>) {
        if matches_any(self.ignored, path) {
            return;
        }
        match (expected, found) {
            (Some(Value::Object(left)), Some(Value::Object(right))) => {
                let more = right.keys().filter(|name| !left.contains_key(*name));
                for name in left.keys().chain(more) {
                    self.value(&join(path, name), left.get(name), right.get(name), differences);
                }
            }
            (Some(Value::Array(left)), Some(Value::Array(right))) => {
                let sorted = |values: &[Value]| {
                    let mut values = values.to_vec();
                    if matches_any(self.unordered, path) {
                        // Series by their labels first: their values may be written otherwise.
                        let labels = |value: &Value| value.get("metric").or(value.get("stream")).map(canonical);
                        values.sort_by_cached_key(|value| (labels(value), canonical(value)));
                    }
                    values
                };
                let (left, right) = (sorted(left), sorted(right));
                for at in 0..left.len().max(right.len()) {
                    self.value(&join(path, &at.to_string()), left.get(at), right.get(at), differences);
                }
            }
            (Some(left), Some(right)) if self.same(left, right) => {}
            (None, None) => {}
            (expected, found) => differences.push(Difference {
                path: if path.is_empty() { "body".into() } else { path.to_owned() },
                expected: expected.cloned(),
                found: found.cloned(),
            }),
        }
    }

    fn same(&self, left: &Value, right: &Value) -> bool {
        if left == right {
            return true;
        }
        let number = |value: &Value| match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.parse::<f64>().ok(),
            _ => None,
        };
        let same_kind = left.is_string() == right.is_string();
        match (number(left), number(right)) {
            (Some(left), Some(right)) if same_kind && self.tolerance > 0.0 => {
                (left - right).abs() <= self.tolerance * left.abs().max(right.abs())
            }
            _ => false,
        }
    }
}

/// The value as a text in which the fields of objects stand in the order of their names.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<&String, String> =
                fields.iter().map(|(name, value)| (name, canonical(value))).collect();
            format!("{fields:?}")
        }
        Value::Array(values) => format!("{:?}", values.iter().map(canonical).collect::<Vec<_>>()),
        other => other.to_string(),
    }
}

/// Replaces numbers, and texts that are numbers, at these paths, because two products may estimate differently.
pub fn hide_estimates(value: &mut Value, paths: &[String]) {
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    hide(value, "", &paths);
}

fn hide(value: &mut Value, path: &str, paths: &[&str]) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| hide(value, &join(path, name), paths)),
        Value::Array(values) => {
            values.iter_mut().enumerate().for_each(|(at, value)| hide(value, &join(path, &at.to_string()), paths));
        }
        value if matches_any(paths, path) => {
            let is_number = value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok());
            if is_number {
                *value = Value::from("an estimate");
            }
        }
        _ => {}
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Whether one of the patterns fits a path, part by part.
fn matches_any(patterns: &[&str], path: &str) -> bool {
    patterns.iter().any(|pattern| {
        let (mut wanted, mut parts) = (pattern.split('.'), path.split('.'));
        loop {
            match (wanted.next(), parts.next()) {
                (None, None) => return true,
                (Some(wanted), Some(part)) if wanted == "*" || wanted == part => {}
                _ => return false,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(rules: &Rules<'_>, expected: Value, found: Value) -> Vec<String> {
        let answer = |body| Answer { status: 200, body };
        rules.differences(&answer(expected), &answer(found)).into_iter().map(|found| found.path).collect()
    }

    #[test]
    fn every_field_that_differs_is_named() {
        let rules = Rules::default();
        assert_eq!(paths(&rules, json!({"a": [1, {"b": 2}]}), json!({"a": [1, {"b": 3}], "c": 1})), ["a.1.b", "c"]);
        assert_eq!(paths(&rules, json!([1, 2]), json!([1])), ["1"]);
        assert_eq!(paths(&rules, json!("1.0"), json!("1")), ["body"]);
        assert_eq!(paths(&rules, json!(1), json!("1")), ["body"]);
        let (ok, refused) = (Answer { status: 200, body: json!(1) }, Answer { status: 400, body: json!(1) });
        assert_eq!(rules.differences(&ok, &refused).len(), 1);
    }

    #[test]
    fn numbers_within_the_tolerance_ignored_fields_and_order_do_not_count() {
        let rules = Rules { tolerance: 1e-9, ignored: &["stats", "*.*.t"], unordered: &["data"] };
        let (left, right) =
            (json!({"stats": 1, "data": [{"v": "0.1", "t": 1}]}), json!({"data": [{"v": "0.10", "t": 2}]}));
        assert!(paths(&rules, left, right).is_empty());
        assert!(paths(&rules, json!({"data": [2, 1]}), json!({"data": [1, 2]})).is_empty());
        assert_eq!(paths(&rules, json!({"data": [1, 2]}), json!({"data": [1, 3]})), ["data.1"]);
        assert_eq!(paths(&rules, json!("NaN"), json!("1")), ["body"]);
    }

    #[test]
    fn estimates_count_as_equal_where_both_are_numbers() {
        let hidden = |mut value: Value| {
            hide_estimates(&mut value, &["data.*.1".to_owned()]);
            value
        };
        assert_eq!(hidden(json!({"data": [[1, "20"], [2, "x"]]})), json!({"data": [[1, "an estimate"], [2, "x"]]}));
    }

    #[test]
    fn the_order_of_fields_does_not_matter_where_elements_are_sorted() {
        let rules = Rules { unordered: &["data"], ..Rules::default() };
        let (left, right) = (r#"[{"b":1,"a":2},{"a":1,"b":9}]"#, r#"[{"a":2,"b":1},{"b":9,"a":1}]"#);
        let read = |text| json!({"data": serde_json::from_str::<Value>(text).expect("JSON")});
        assert!(paths(&rules, read(left), read(right)).is_empty());
    }
}
