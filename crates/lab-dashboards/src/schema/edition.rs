//! What the editions of the second schema write differently. Conversions know the newest one alone.

use serde_json::{Map, Value, json};

use crate::schema::fields::{list, remove, set, set_within, some, text};
use crate::schema::kind::Schema;

/// The edition of a dashboard of the second schema, by the parts that the editions write differently.
pub(super) fn of(json: &Value) -> Schema {
    let specs = || json["elements"].as_object().into_iter().flatten().map(|(_, element)| &element["spec"]);
    let is_old = |part: &Value, newer: &str| {
        let kind = text(part, "kind");
        !kind.is_empty() && kind != newer
    };
    let has_old_query = |part: &Value| is_old(&part["spec"]["query"], "DataQuery");
    let is_alpha = specs().any(|spec| {
        is_old(&spec["vizConfig"], "VizConfig") || list(&spec["data"]["spec"], "queries").iter().any(has_old_query)
    });
    let is_beside = |part: &Value| part["spec"].get("datasource").is_some() || has_old_query(part);
    if is_alpha || ["variables", "annotations"].iter().any(|name| list(json, name).iter().any(is_beside)) {
        return Schema::V2Alpha1;
    }
    let old = |part: &Value| part.get("group").is_none();
    let is_beta = specs().any(|spec| list(&spec["data"]["spec"], "transformations").iter().any(old));
    if is_beta { Schema::V2Beta1 } else { Schema::V2 }
}

/// A dashboard of any edition as the newest one writes it.
pub(super) fn read(json: &Value) -> Value {
    let mut json = json.clone();
    if of(&json) == Schema::V2 {
        return json;
    }
    for spec in panels(&mut json) {
        if let Some(data) = spec.pointer_mut("/data/spec") {
            objects(data.get_mut("queries")).filter_map(|query| query.get_mut("spec")).for_each(read_query);
            objects(data.get_mut("transformations")).for_each(read_transformation);
        }
        spec.get_mut("vizConfig").into_iter().for_each(read_visualization);
    }
    for list in ["variables", "annotations"] {
        for part in objects(json.get_mut(list)) {
            if has_group(part) {
                group_of_source(part);
            } else {
                part.get_mut("spec").into_iter().for_each(read_query);
            }
        }
    }
    json
}

/// Whether a variable has a group of its own, not one in a query.
fn has_group(variable: &Value) -> bool {
    ["AdhocVariable", "GroupByVariable"].contains(&text(variable, "kind"))
}

fn read_transformation(part: &mut Value) {
    if part.get("group").is_some() {
        return;
    }
    let id = part.get("spec").and_then(|spec| some(spec, "id")).or_else(|| some(part, "kind"));
    let id = id.cloned().unwrap_or_default();
    part.get_mut("spec").map(|spec| remove(spec, "id"));
    set(part, "kind", json!("Transformation"));
    set(part, "group", id);
}

/// What holds a query and, in the first edition, its data source beside it.
fn read_query(holder: &mut Value) {
    if !holder.get("query").is_some_and(Value::is_object) {
        return;
    }
    let source = remove(holder, "datasource");
    let Some(query) = holder.get_mut("query").filter(|query| text(query, "kind") != "DataQuery") else { return };
    let kind = remove(query, "kind");
    for (name, value) in [("group", kind), ("kind", json!("DataQuery")), ("version", json!("v0"))] {
        set(query, name, value);
    }
    if let Some(uid) = some(&source, "uid") {
        set(query, "datasource", json!({ "name": uid }));
    }
}

/// A variable that has a group in its second edition had a data source within its spec.
fn group_of_source(part: &mut Value) {
    let source = part.get_mut("spec").map(|spec| remove(spec, "datasource")).unwrap_or_default();
    if part.get("group").is_none() {
        set(part, "group", some(&source, "type").cloned().unwrap_or_else(|| json!("")));
        if let Some(uid) = some(&source, "uid") {
            set(part, "datasource", json!({ "name": uid }));
        }
    }
}

fn read_visualization(part: &mut Value) {
    if text(part, "kind") == "VizConfig" {
        return;
    }
    let kind = remove(part, "kind");
    let version = part.get_mut("spec").map(|spec| remove(spec, "pluginVersion")).unwrap_or_default();
    let version = if version.is_null() { json!("") } else { version };
    for (name, value) in [("group", kind), ("kind", json!("VizConfig")), ("version", version)] {
        set(part, name, value);
    }
}

/// A dashboard of the newest edition as an older one writes it.
pub(super) fn write(mut json: Value, to: Schema) -> Value {
    if to == Schema::V2 || !to.is_second() {
        return json;
    }
    for spec in panels(&mut json) {
        if let Some(data) = spec.pointer_mut("/data/spec") {
            objects(data.get_mut("transformations")).for_each(write_transformation);
            if to == Schema::V2Alpha1 {
                objects(data.get_mut("queries")).filter_map(|query| query.get_mut("spec")).for_each(write_query);
            }
        }
        if to == Schema::V2Alpha1 {
            spec.get_mut("vizConfig").into_iter().for_each(write_visualization);
        }
    }
    if to == Schema::V2Alpha1 {
        for list in ["variables", "annotations"] {
            for part in objects(json.get_mut(list)) {
                if has_group(part) {
                    let (group, source) = (remove(part, "group"), remove(part, "datasource"));
                    let source = json!({ "type": group, "uid": source.get("name") });
                    set_within(part, "spec", "datasource", source);
                } else {
                    part.get_mut("spec").into_iter().for_each(write_query);
                }
            }
        }
    }
    json
}

fn write_transformation(part: &mut Value) {
    let id = remove(part, "group");
    set_within(part, "spec", "id", id.clone());
    set(part, "kind", id);
}

fn write_query(holder: &mut Value) {
    let Some(query) = holder.get_mut("query").filter(|query| query.is_object()) else { return };
    let (group, source) = (remove(query, "group"), remove(query, "datasource"));
    remove(query, "version");
    set(query, "kind", group.clone());
    let mut reference = Map::from_iter([("type".to_owned(), group)]);
    if let Some(name) = some(&source, "name") {
        reference.insert("uid".to_owned(), name.clone());
    }
    set(holder, "datasource", Value::Object(reference));
}

fn write_visualization(part: &mut Value) {
    let (group, version) = (remove(part, "group"), remove(part, "version"));
    set(part, "kind", group);
    set_within(part, "spec", "pluginVersion", version);
}

/// The specs of all elements.
fn panels(json: &mut Value) -> impl Iterator<Item = &mut Value> {
    let elements = json.get_mut("elements").and_then(Value::as_object_mut).into_iter().flatten();
    elements.filter_map(|(_, element)| element.get_mut("spec").filter(|spec| spec.is_object()))
}

/// The objects of a list.
fn objects(list: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    list.and_then(Value::as_array_mut).into_iter().flatten().filter(|item| item.is_object())
}
