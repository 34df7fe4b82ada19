//! A dashboard of the second schema, in its newest edition, as a classic one.

mod layout;
mod panel;
mod variable;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::schema::fields::{copy, list, some, without};
use crate::schema::names::{CURSOR, number};
use crate::schema::source;

/// The version of the classic schema at which Grafana stopped counting when it changed to the second one.
const SCHEMA_VERSION: u32 = 42;

pub(super) fn of_second(json: &Value) -> Value {
    let elements = json["elements"].as_object().into_iter().flatten();
    let panels: BTreeMap<&str, Value> =
        elements.map(|(name, element)| (name.as_str(), panel::of_second(element))).collect();
    let mut board = Map::new();
    copy(json, &mut board, &["title", "description", "tags", "links", "editable", "liveNow", "preload", "revision"]);
    let annotations: Vec<Value> = list(json, "annotations").iter().map(annotation).collect();
    let variables: Vec<Value> = list(json, "variables").iter().filter_map(variable::of_second).collect();
    let parts = [
        ("schemaVersion", json!(SCHEMA_VERSION)),
        ("graphTooltip", number(&CURSOR, json.get("cursorSync"))),
        ("annotations", json!({ "list": annotations })),
        ("templating", json!({ "list": variables })),
        ("panels", Value::Array(layout::of_second(&json["layout"], &|name| panels.get(name).cloned()))),
    ];
    board.extend(parts.map(|(name, value)| (name.to_owned(), value)));
    time(&json["timeSettings"], &mut board);
    Value::Object(board)
}

fn time(settings: &Value, board: &mut Map<String, Value>) {
    copy(settings, board, &["timezone", "weekStart", "fiscalYearStartMonth"]);
    if let (Some(from), Some(to)) = (some(settings, "from"), some(settings, "to")) {
        board.insert("time".to_owned(), json!({ "from": from, "to": to }));
    }
    board.insert("refresh".to_owned(), some(settings, "autoRefresh").cloned().unwrap_or_else(|| json!("")));
    let mut picker = Map::new();
    for (second, classic) in [
        ("autoRefreshIntervals", "refresh_intervals"),
        ("hideTimepicker", "hidden"),
        ("nowDelay", "nowDelay"),
        ("quickRanges", "quick_ranges"),
    ] {
        if let Some(value) = some(settings, second) {
            picker.insert(classic.to_owned(), value.clone());
        }
    }
    board.insert("timepicker".to_owned(), Value::Object(picker));
}

/// What a data source asks for an annotation stands as its target, and beside it, where older readers look.
fn annotation(part: &Value) -> Value {
    let spec = &part["spec"];
    let query = &spec["query"];
    let mut classic = without(&spec["legacyOptions"], &[]);
    let asked = without(&query["spec"], &[]);
    if !asked.is_empty() {
        if let Some(expression) = asked.get("expr") {
            classic.entry("expr").or_insert_with(|| expression.clone());
        }
        classic.insert("target".to_owned(), Value::Object(asked));
    }
    copy(spec, &mut classic, &["name", "enable", "hide", "iconColor", "filter", "mappings"]);
    let source = source::reference(query);
    if !source.is_null() {
        classic.insert("datasource".to_owned(), source);
    }
    if spec["builtIn"] == json!(true) {
        classic.insert("builtIn".to_owned(), json!(1));
        classic.entry("type").or_insert_with(|| json!("dashboard"));
    }
    Value::Object(classic)
}
