//! An element of the second schema as a classic panel, without its place.

use serde_json::{Map, Value, json};

use crate::schema::fields::{copy, list, some, text, without};
use crate::schema::names::BEFORE_OPTIONS;
use crate::schema::source::reference;

pub(super) fn of_second(element: &Value) -> Value {
    let spec = &element["spec"];
    let mut panel = Map::new();
    copy(spec, &mut panel, &["id", "title", "libraryPanel"]);
    if element["kind"] == "LibraryPanel" {
        panel.insert("type".to_owned(), json!("library-panel-ref"));
        return Value::Object(panel);
    }
    let viz = &spec["vizConfig"];
    let options = without(&viz["spec"]["options"], &[BEFORE_OPTIONS]);
    panel.extend(without(&viz["spec"]["options"][BEFORE_OPTIONS]["originalOptions"], &[]));
    let asked = &spec["data"]["spec"];
    panel.extend(without(&asked["queryOptions"], &[]));
    for name in ["description", "links", "transparent"] {
        if let Some(value) = some(spec, name).filter(|value| !is_empty(value)) {
            panel.insert(name.to_owned(), value.clone());
        }
    }
    let targets: Vec<Value> = list(asked, "queries").iter().map(target).collect();
    if let Some(source) = source_of(&targets) {
        panel.insert("datasource".to_owned(), source);
    }
    let transformations: Vec<Value> = list(asked, "transformations").iter().map(transformation).collect();
    if !transformations.is_empty() {
        panel.insert("transformations".to_owned(), Value::Array(transformations));
    }
    let parts =
        [("type", json!(text(viz, "group"))), ("targets", Value::Array(targets)), ("options", Value::Object(options))];
    panel.extend(parts.map(|(name, value)| (name.to_owned(), value)));
    copy(&viz["spec"], &mut panel, &["fieldConfig"]);
    if !text(viz, "version").is_empty() {
        panel.insert("pluginVersion".to_owned(), viz["version"].clone());
    }
    Value::Object(panel)
}

/// Of what the second schema always writes, the classic one writes what says something.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Bool(is_on) => !is_on,
        _ => false,
    }
}

fn target(part: &Value) -> Value {
    let spec = &part["spec"];
    let mut target = without(&spec["query"]["spec"], &[]);
    copy(spec, &mut target, &["refId"]);
    if spec["hidden"] == json!(true) {
        target.insert("hide".to_owned(), json!(true));
    }
    let source = reference(&spec["query"]);
    if !source.is_null() {
        target.insert("datasource".to_owned(), source);
    }
    Value::Object(target)
}

/// The data source of all targets, or the one that stands for several; those that calculate are not counted.
fn source_of(targets: &[Value]) -> Option<Value> {
    let mut sources = targets.iter().filter_map(|target| some(target, "datasource"));
    let mut asked = sources.by_ref().filter(|source| source["type"] != "__expr__");
    let first = asked.next()?;
    let is_mixed = asked.any(|other| other != first);
    Some(if is_mixed { json!({ "type": "mixed", "uid": "-- Mixed --" }) } else { first.clone() })
}

fn transformation(part: &Value) -> Value {
    let mut classic = Map::from_iter([("id".to_owned(), json!(text(part, "group")))]);
    copy(&part["spec"], &mut classic, &["disabled", "filter", "topic", "options"]);
    Value::Object(classic)
}
