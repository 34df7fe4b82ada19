//! A classic variable as one of the second schema.

use serde_json::{Map, Value, json};

use crate::schema::fields::{copy, list, some, text};
use crate::schema::names::{HIDE, KINDS, REFRESH, SORT, word};
use crate::schema::source::{self, Types};

/// Nothing for a variable of Grafana's own, which dashboards do not define.
pub(super) fn of_classic(json: &Value, types: &Types) -> Option<Value> {
    let kind = KINDS.iter().find(|kind| kind.classic == text(json, "type"))?;
    let mut spec = Map::new();
    copy(json, &mut spec, &kind.fields());
    spec.entry("skipUrlSync").or_insert(json!(false));
    spec.insert("hide".to_owned(), word(&HIDE, json.get("hide")));
    let mut part = json!({ "kind": kind.second });
    let source = some(json, "datasource");
    match kind.classic {
        "query" => {
            let asked = match &json["query"] {
                Value::String(text) => json!({ "__legacyStringValue": text }),
                Value::Null => json!({}),
                object => object.clone(),
            };
            spec.insert("query".to_owned(), source::query(source, asked, types));
            spec.insert("sort".to_owned(), word(&SORT, json.get("sort")));
            spec.insert("refresh".to_owned(), word(&REFRESH, json.get("refresh")));
            with(&mut spec, [("regex", json!("")), ("options", json!([]))]);
        }
        "datasource" => {
            spec.insert("pluginId".to_owned(), json!(text(json, "query")));
            spec.insert("refresh".to_owned(), word(&REFRESH, json.get("refresh")));
            with(&mut spec, [("regex", json!("")), ("options", json!([]))]);
        }
        "interval" => {
            spec.insert("refresh".to_owned(), json!("onTimeRangeChanged"));
            let options = ("options", json!([]));
            with(&mut spec, [options, ("auto", json!(false)), ("auto_min", json!("")), ("auto_count", json!(0))]);
        }
        "adhoc" | "groupby" => {
            let (group, name) = source::written(source, types);
            part["group"] = group;
            if !name.is_null() {
                part["datasource"] = json!({ "name": name });
            }
            if kind.classic == "adhoc" {
                with(&mut spec, ["baseFilters", "filters", "defaultKeys"].map(|name| (name, json!([]))));
            }
        }
        "switch" => switch(json, &mut spec),
        _ => {}
    }
    if kind.fields().contains(&"multi") {
        with(&mut spec, [("multi", json!(false))]);
    }
    if kind.fields().contains(&"includeAll") {
        with(&mut spec, [("includeAll", json!(false)), ("allowCustomValue", json!(true))]);
    }
    if kind.fields().contains(&"current") {
        with(&mut spec, [("current", json!({ "text": "", "value": "" }))]);
    }
    part["spec"] = Value::Object(spec);
    Some(part)
}

/// Fields that the second schema asks for.
fn with<const N: usize>(spec: &mut Map<String, Value>, fields: [(&str, Value); N]) {
    for (name, value) in fields {
        spec.entry(name).or_insert(value);
    }
}

/// A switch has its two values as its options, the one for on first.
fn switch(json: &Value, spec: &mut Map<String, Value>) {
    let options = list(json, "options");
    let value = |at: usize, otherwise: &str| {
        options.get(at).and_then(|option| some(option, "value")).cloned().unwrap_or_else(|| json!(otherwise))
    };
    let (on, off) = (value(0, "true"), value(1, "false"));
    let current = some(&json["current"], "value").cloned().unwrap_or_else(|| off.clone());
    for (name, value) in [("enabledValue", on), ("disabledValue", off), ("current", current)] {
        spec.insert(name.to_owned(), value);
    }
}
