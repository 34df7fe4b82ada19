//! A classic panel as an element of the second schema.

use serde_json::{Map, Value, json};

use crate::schema::fields::{copy, list, some, text, without};
use crate::schema::names::BEFORE_OPTIONS;
use crate::schema::source::{self, Types};

/// What the second schema says of how a panel asks, under the same names.
const OPTIONS: [&str; 8] = [
    "timeFrom",
    "timeShift",
    "timeCompare",
    "interval",
    "maxDataPoints",
    "cacheTimeout",
    "queryCachingTTL",
    "hideTimeOverride",
];
/// Fields of a classic panel that have a place of their own in the second schema, or that belong to its layout.
const PLACED: [&str; 22] = [
    "id",
    "title",
    "description",
    "type",
    "gridPos",
    "span",
    "targets",
    "datasource",
    "transformations",
    "transparent",
    "links",
    "repeat",
    "repeatDirection",
    "maxPerRow",
    "options",
    "fieldConfig",
    "pluginVersion",
    "libraryPanel",
    "collapsed",
    "panels",
    "scopedVars",
    "repeatPanelId",
];

pub(super) fn of_classic(panel: &Value, id: u64, types: &Types) -> Value {
    if let Some(library) = some(panel, "libraryPanel") {
        let spec = json!({ "id": id, "title": text(panel, "title"), "libraryPanel": library });
        return json!({ "kind": "LibraryPanel", "spec": spec });
    }
    let mut options = Map::new();
    copy(panel, &mut options, &OPTIONS);
    let targets = list(panel, "targets").iter().enumerate();
    let queries: Vec<Value> = targets.map(|(at, target)| query(target, at, panel, types)).collect();
    let transformations: Vec<Value> = list(panel, "transformations").iter().map(transformation).collect();
    let mut spec = json!({
        "id": id, "title": text(panel, "title"), "description": text(panel, "description"),
        "links": list(panel, "links"),
        "data": {
            "kind": "QueryGroup",
            "spec": { "queries": queries, "transformations": transformations, "queryOptions": options },
        },
        "vizConfig": visualization(panel),
    });
    if panel["transparent"] == json!(true) {
        spec["transparent"] = json!(true);
    }
    json!({ "kind": "Panel", "spec": spec })
}

fn query(target: &Value, at: usize, panel: &Value, types: &Types) -> Value {
    let of_panel = some(panel, "datasource").filter(|source| {
        let uid = source.get("uid").unwrap_or(source);
        uid != "-- Mixed --"
    });
    let source = some(target, "datasource").or(of_panel);
    let asked = source::query(source, Value::Object(without(target, &["refId", "hide", "datasource"])), types);
    let letter = u8::try_from(at).ok().and_then(|at| b'A'.checked_add(at)).filter(u8::is_ascii_uppercase);
    let unnamed = letter.map_or_else(|| format!("Q{at}"), |letter| char::from(letter).to_string());
    let name = target["refId"].as_str().filter(|name| !name.is_empty()).unwrap_or(&unnamed);
    let hidden = target["hide"].as_bool().unwrap_or_default();
    json!({ "kind": "PanelQuery", "spec": { "refId": name, "hidden": hidden, "query": asked } })
}

fn transformation(json: &Value) -> Value {
    let mut spec = Map::new();
    copy(json, &mut spec, &["disabled", "filter", "topic", "options"]);
    spec.entry("options").or_insert_with(|| json!({}));
    json!({ "kind": "Transformation", "group": text(json, "id"), "spec": spec })
}

fn visualization(panel: &Value) -> Value {
    let mut options = without(&panel["options"], &[]);
    let known: Vec<&str> = PLACED.iter().chain(&OPTIONS).copied().collect();
    let before = without(panel, &known);
    if !before.is_empty() {
        let kept = json!({ "autoMigrateFrom": text(panel, "type"), "originalOptions": before });
        options.insert(BEFORE_OPTIONS.to_owned(), kept);
    }
    let mut config = json!({ "defaults": {}, "overrides": [] });
    for name in ["defaults", "overrides"] {
        if let Some(value) = some(&panel["fieldConfig"], name) {
            config[name] = value.clone();
        }
    }
    json!({
        "kind": "VizConfig", "group": text(panel, "type"), "version": text(panel, "pluginVersion"),
        "spec": { "options": options, "fieldConfig": config },
    })
}
