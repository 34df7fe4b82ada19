//! A classic dashboard as one of the second schema.

mod layout;
mod panel;
mod variable;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::schema::fields::{copy, list, some, text, without};
use crate::schema::names::{CURSOR, word};
use crate::schema::source::{self, Types};

/// The choices of refreshing that a classic dashboard offers without naming them.
const REFRESHES: [&str; 10] = ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d"];

/// The highest number of a panel: as large as a number of JavaScript can be.
const HIGHEST: u64 = (1 << 53) - 1;

pub(super) fn of_classic(json: &Value) -> Value {
    let variables = list(&json["templating"], "list");
    let types = Types::of(variables);
    let (elements, layout) = Elements::of(json, &types);
    let mut spec = Map::new();
    copy(json, &mut spec, &["title", "description", "editable", "liveNow", "preload", "revision"]);
    for (name, otherwise) in [("title", json!("")), ("editable", json!(true)), ("preload", json!(false))] {
        spec.entry(name).or_insert(otherwise);
    }
    let parts = [
        ("tags", json!(list(json, "tags"))),
        ("cursorSync", word(&CURSOR, json.get("graphTooltip"))),
        ("links", list(json, "links").iter().map(link).collect()),
        ("timeSettings", time(json)),
        ("variables", variables.iter().filter_map(|one| variable::of_classic(one, &types)).collect()),
        ("annotations", list(&json["annotations"], "list").iter().map(|one| annotation(one, &types)).collect()),
        ("elements", Value::Object(elements)),
        ("layout", layout),
    ];
    spec.extend(parts.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(spec)
}

/// The elements so far, which get the names by which a layout refers to them.
struct Elements<'a> {
    named: Map<String, Value>,
    types: &'a Types,
    /// Numbers of panels that are taken.
    ids: BTreeSet<u64>,
}

impl<'a> Elements<'a> {
    fn of(json: &Value, types: &'a Types) -> (Map<String, Value>, Value) {
        let mut elements = Self { named: Map::new(), types, ids: BTreeSet::new() };
        let layout = layout::of_classic(json, &mut |panel| elements.add(panel));
        (elements.named, layout)
    }

    /// Adds a panel; its name. A panel without a number of its own gets a free one.
    fn add(&mut self, panel: &Value) -> String {
        let wanted = panel["id"].as_u64().filter(|id| *id <= HIGHEST && !self.ids.contains(id));
        let id = wanted.unwrap_or_else(|| self.ids.last().map_or(1, |last| last + 1));
        self.ids.insert(id);
        let name = format!("panel-{id}");
        self.named.insert(name.clone(), panel::of_classic(panel, id, self.types));
        name
    }
}

fn link(link: &Value) -> Value {
    let mut whole = json!({
        "title": "", "type": "link", "icon": "", "tooltip": "", "tags": [], "asDropdown": false, "targetBlank": false,
        "includeVars": false, "keepTime": false,
    });
    if let Some(whole) = whole.as_object_mut() {
        whole.extend(without(link, &[]));
    }
    whole
}

fn time(json: &Value) -> Value {
    let picker = &json["timepicker"];
    let intervals = some(picker, "refresh_intervals").cloned().unwrap_or_else(|| json!(REFRESHES));
    let or = |value: &Value, otherwise: &str| value.as_str().unwrap_or(otherwise).to_owned();
    let mut time = json!({
        "from": or(&json["time"]["from"], "now-6h"), "to": or(&json["time"]["to"], "now"),
        "autoRefresh": text(json, "refresh"), "autoRefreshIntervals": intervals,
        "hideTimepicker": picker["hidden"].as_bool().unwrap_or_default(),
        "fiscalYearStartMonth": json["fiscalYearStartMonth"].as_u64().unwrap_or_default(),
        "timezone": or(&json["timezone"], "browser"),
    });
    for (name, value) in [
        ("weekStart", json.get("weekStart").filter(|day| day.as_str().is_some_and(|day| !day.is_empty()))),
        ("nowDelay", some(picker, "nowDelay")),
        ("quickRanges", some(picker, "quick_ranges")),
    ] {
        if let Some(value) = value {
            time[name] = value.clone();
        }
    }
    time
}

/// An annotation query. Fields that belong to its data source and stand beside its target are kept as `legacyOptions`.
fn annotation(json: &Value, types: &Types) -> Value {
    let known = ["datasource", "target", "enable", "hide", "iconColor", "name", "builtIn", "filter", "mappings"];
    let target = some(json, "target").cloned().unwrap_or_else(|| json!({}));
    let mut spec = json!({
        "query": source::query(some(json, "datasource"), target, types),
        "enable": json["enable"].as_bool().unwrap_or(true), "hide": json["hide"].as_bool().unwrap_or_default(),
        "iconColor": text(json, "iconColor"), "name": text(json, "name"),
    });
    if json["builtIn"].as_u64() == Some(1) || json["builtIn"] == json!(true) {
        spec["builtIn"] = json!(true);
    }
    for name in ["filter", "mappings"] {
        if let Some(value) = some(json, name) {
            spec[name] = value.clone();
        }
    }
    let beside = without(json, &known);
    if !beside.is_empty() {
        spec["legacyOptions"] = Value::Object(beside);
    }
    json!({ "kind": "AnnotationQuery", "spec": spec })
}
