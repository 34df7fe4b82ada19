//! What the editions of the second schema write differently. Conversions know the newest one alone.

use serde_json::{Map, Value, json};

use crate::schema::fields::{list, some, text};
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
        let data = &mut spec["data"]["spec"];
        for query in objects(data.get_mut("queries")) {
            read_query(&mut query["spec"]);
        }
        for part in objects(data.get_mut("transformations")) {
            if part.get("group").is_none() {
                let id = some(&part["spec"], "id").or_else(|| some(part, "kind")).cloned().unwrap_or_default();
                remove(&mut part["spec"], "id");
                part["kind"] = json!("Transformation");
                part["group"] = id;
            }
        }
        read_visualization(&mut spec["vizConfig"]);
    }
    for list in ["variables", "annotations"] {
        for part in objects(json.get_mut(list)) {
            if part["kind"] == "AdhocVariable" || part["kind"] == "GroupByVariable" {
                group_of_source(part);
            } else if part["spec"].get("query").is_some_and(Value::is_object) {
                read_query(&mut part["spec"]);
            }
        }
    }
    json
}

/// What holds a query and, in the first edition, its data source beside it.
fn read_query(holder: &mut Value) {
    let source = remove(holder, "datasource");
    let query = &mut holder["query"];
    if text(query, "kind") == "DataQuery" || !query.is_object() {
        return;
    }
    query["group"] = query["kind"].take();
    (query["kind"], query["version"]) = (json!("DataQuery"), json!("v0"));
    if let Some(uid) = some(&source, "uid") {
        query["datasource"] = json!({ "name": uid });
    }
}

/// A variable that has a group in its second edition had a data source within its spec.
fn group_of_source(part: &mut Value) {
    let source = remove(&mut part["spec"], "datasource");
    if part.get("group").is_none() {
        part["group"] = some(&source, "type").cloned().unwrap_or_else(|| json!(""));
        if let Some(uid) = some(&source, "uid") {
            part["datasource"] = json!({ "name": uid });
        }
    }
}

fn read_visualization(part: &mut Value) {
    if text(part, "kind") == "VizConfig" || !part.is_object() {
        return;
    }
    part["group"] = part["kind"].take();
    part["kind"] = json!("VizConfig");
    let version = remove(&mut part["spec"], "pluginVersion");
    part["version"] = if version.is_null() { json!("") } else { version };
}

/// A dashboard of the newest edition as an older one writes it.
pub(super) fn write(mut json: Value, to: Schema) -> Value {
    if to == Schema::V2 || !to.is_second() {
        return json;
    }
    for spec in panels(&mut json) {
        let data = &mut spec["data"]["spec"];
        for part in objects(data.get_mut("transformations")) {
            let id = remove(part, "group");
            part["spec"]["id"] = id.clone();
            part["kind"] = id;
        }
        if to == Schema::V2Alpha1 {
            for query in objects(data.get_mut("queries")) {
                write_query(&mut query["spec"]);
            }
            write_visualization(&mut spec["vizConfig"]);
        }
    }
    if to == Schema::V2Alpha1 {
        for list in ["variables", "annotations"] {
            for part in objects(json.get_mut(list)) {
                if part["kind"] == "AdhocVariable" || part["kind"] == "GroupByVariable" {
                    let (group, source) = (remove(part, "group"), remove(part, "datasource"));
                    part["spec"]["datasource"] = json!({ "type": group, "uid": source["name"] });
                } else if part["spec"].get("query").is_some_and(Value::is_object) {
                    write_query(&mut part["spec"]);
                }
            }
        }
    }
    json
}

fn write_query(holder: &mut Value) {
    let query = &mut holder["query"];
    if !query.is_object() {
        return;
    }
    let (group, source) = (remove(query, "group"), remove(query, "datasource"));
    remove(query, "version");
    query["kind"] = group.clone();
    let mut reference = Map::from_iter([("type".to_owned(), group)]);
    if let Some(name) = some(&source, "name") {
        reference.insert("uid".to_owned(), name.clone());
    }
    holder["datasource"] = Value::Object(reference);
}

fn write_visualization(part: &mut Value) {
    if !part.is_object() {
        return;
    }
    part["kind"] = remove(part, "group");
    part["spec"]["pluginVersion"] = remove(part, "version");
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

fn remove(json: &mut Value, name: &str) -> Value {
    json.as_object_mut().and_then(|object| object.remove(name)).unwrap_or_default()
}
