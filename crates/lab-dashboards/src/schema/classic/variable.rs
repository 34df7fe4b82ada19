//! A variable of the second schema as a classic one.

use serde_json::{Map, Value, json};

use crate::schema::fields::{copy, some, text};
use crate::schema::names::{HIDE, KINDS, REFRESH, SORT, number};
use crate::schema::source::reference;

/// Nothing for a kind that the classic schema does not have.
pub(super) fn of_second(part: &Value) -> Option<Value> {
    let kind = KINDS.iter().find(|kind| kind.second == text(part, "kind"))?;
    let spec = &part["spec"];
    let mut variable = Map::from_iter([("type".to_owned(), json!(kind.classic))]);
    copy(spec, &mut variable, &kind.fields());
    variable.insert("hide".to_owned(), number(&HIDE, spec.get("hide")));
    if kind.classic != "interval" && spec.get("refresh").is_some() {
        variable.insert("refresh".to_owned(), number(&REFRESH, spec.get("refresh")));
    }
    let source = match kind.classic {
        "query" => {
            let asked = &spec["query"]["spec"];
            let query = some(asked, "__legacyStringValue").unwrap_or(asked);
            variable.insert("query".to_owned(), query.clone());
            variable.insert("sort".to_owned(), number(&SORT, spec.get("sort")));
            reference(&spec["query"])
        }
        "datasource" => {
            variable.insert("query".to_owned(), json!(text(spec, "pluginId")));
            Value::Null
        }
        "adhoc" | "groupby" => reference(part),
        "switch" => {
            switch(spec, &mut variable);
            Value::Null
        }
        _ => Value::Null,
    };
    if !source.is_null() {
        variable.insert("datasource".to_owned(), source);
    }
    Some(Value::Object(variable))
}

fn switch(spec: &Value, variable: &mut Map<String, Value>) {
    let value = |name: &str, otherwise: &str| some(spec, name).cloned().unwrap_or_else(|| json!(otherwise));
    let (on, off) = (value("enabledValue", "true"), value("disabledValue", "false"));
    let current = some(spec, "current").cloned().unwrap_or_else(|| off.clone());
    let options = json!([{ "text": "Enabled", "value": on }, { "text": "Disabled", "value": off }]);
    variable.insert("options".to_owned(), options);
    variable.insert("current".to_owned(), json!({ "text": current, "value": current }));
}
