//! Dashboards that go from one schema to the other and back.

use super::*;
use serde_json::json;

/// What is drawn of a dashboard: its panels with their places, queries and settings.
fn drawn(json: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for panel in json["panels"].as_array().into_iter().flatten() {
        let names =
            ["id", "type", "title", "gridPos", "options", "fieldConfig", "transformations", "repeat", "collapsed"];
        let mut one: serde_json::Map<String, Value> = names
            .iter()
            .filter(|name| panel["type"] != "row" || !["id", "options", "fieldConfig"].contains(*name))
            .filter_map(|name| Some(((*name).to_owned(), panel.get(*name)?.clone())))
            .collect();
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        let asked = targets.iter().map(|target| {
            let source = target.get("datasource").unwrap_or(&panel["datasource"]);
            json!([target["refId"], target["expr"], target["query"], target["hide"], source["uid"]])
        });
        one.insert("asked".to_owned(), asked.collect());
        all.push(Value::Object(one));
        all.extend(drawn(panel));
    }
    all
}

#[test]
fn a_shipped_dashboard_is_drawn_the_same_after_a_round_trip_through_every_edition() {
    for board in crate::Library::shipped().list() {
        let (mut before, mut after) = (board.json.clone(), Value::Null);
        for edition in [Schema::V2, Schema::V2Beta1, Schema::V2Alpha1] {
            let second = convert(&board.json, edition).into_owned();
            // The newest edition differs from the one before it in transformations alone.
            let has_any = second.to_string().contains("\"transformations\":[{");
            assert!(schema_of(&second) == edition || (!has_any && edition == Schema::V2Beta1), "{edition:?}");
            assert_eq!(second["uid"], board.json["uid"]);
            after = convert(&second, Schema::Classic).into_owned();
            for json in [&mut before, &mut after] {
                fill(json);
            }
            assert_eq!(drawn(&after), drawn(&before), "{} as {edition:?}", board.uid);
        }
        for name in ["time", "refresh", "graphTooltip", "tags", "title"] {
            assert_eq!(after[name], board.json[name], "{name} of {}", board.uid);
        }
        let names = |json: &Value| -> Vec<Value> {
            let list = json["templating"]["list"].as_array().cloned().unwrap_or_default();
            list.iter().map(|one| json!([one["name"], one["type"], one["query"], one["current"]])).collect()
        };
        assert_eq!(names(&after), names(&board.json));
    }
}

/// Writes out what an absent field means.
fn fill(json: &mut Value) {
    for panel in json["panels"].as_array_mut().into_iter().flatten() {
        if panel["type"] == "row" {
            panel["collapsed"] = json!(panel["collapsed"] == json!(true));
        } else {
            for (name, empty) in [("options", json!({})), ("fieldConfig", json!({ "defaults": {}, "overrides": [] }))] {
                if panel.get(name).is_none() {
                    panel[name] = empty;
                }
            }
        }
        if panel["transformations"] == json!([]) {
            panel.as_object_mut().expect("an object").remove("transformations");
        }
        fill(panel);
    }
}

fn panel(id: u64, y: i64) -> Value {
    json!({ "id": id, "type": "stat", "gridPos": { "x": 0, "y": y, "w": 6, "h": 4 }, "title": format!("p{id}") })
}

#[test]
fn rows_open_and_closed_keep_their_panels_and_places() {
    let mut before = json!({ "panels": [
        panel(1, 0),
        { "type": "row", "title": "Open", "collapsed": false, "gridPos": { "x": 0, "y": 4, "w": 24, "h": 1 }, "panels": [] },
        panel(2, 5),
        { "type": "row", "title": "Closed", "collapsed": true, "repeat": "job",
          "gridPos": { "x": 0, "y": 9, "w": 24, "h": 1 }, "panels": [panel(3, 10)] },
    ] });
    let second = convert(&before, Schema::V2);
    let rows = second["layout"]["spec"]["rows"].as_array().expect("rows");
    let shape: Vec<Value> = rows.iter().map(|row| json!([row["spec"]["title"], row["spec"]["hideHeader"]])).collect();
    assert_eq!(shape, [json!(["", true]), json!(["Open", null]), json!(["Closed", null])]);
    assert_eq!(rows[2]["spec"]["repeat"], json!({ "mode": "variable", "value": "job" }));
    assert_eq!(rows[1]["spec"]["layout"]["spec"]["items"][0]["spec"]["y"], 0);
    let mut after = convert(&second, Schema::Classic).into_owned();
    fill(&mut before);
    fill(&mut after);
    assert_eq!(drawn(&after), drawn(&before));
}

#[test]
fn tabs_and_automatic_grids_become_rows_and_places() {
    let element = |id: u64| {
        json!({ "kind": "Panel", "spec": { "id": id, "title": "t", "vizConfig": { "kind": "VizConfig", "group": "stat",
            "version": "", "spec": { "options": {}, "fieldConfig": {} } } } })
    };
    let item = |name: &str| json!({ "kind": "AutoGridLayoutItem", "spec": { "element": { "name": name } } });
    let auto = json!({ "kind": "AutoGridLayout",
        "spec": { "maxColumnCount": 2, "rowHeightMode": "short", "items": [item("a"), item("b"), item("c")] } });
    let row = json!({ "kind": "RowsLayoutRow", "spec": { "title": "Row", "layout": auto } });
    let rows = json!({ "kind": "RowsLayout", "spec": { "rows": [row] } });
    let tabs = json!([
        { "kind": "TabsLayoutTab", "spec": { "title": "First", "layout": rows } },
        { "kind": "TabsLayoutTab", "spec": { "title": "Second", "layout": auto } },
    ]);
    let board = json!({ "elements": { "a": element(1), "b": element(2), "c": element(3) },
        "layout": { "kind": "TabsLayout", "spec": { "tabs": tabs } } });
    let classic = convert(&board, Schema::Classic);
    let places: Vec<Value> = classic["panels"]
        .as_array()
        .expect("panels")
        .iter()
        .map(|panel| json!([panel["type"], panel["title"], panel["gridPos"]["x"], panel["gridPos"]["y"]]))
        .collect();
    assert_eq!(
        Value::Array(places),
        json!([
            ["row", "First / Row", 0, 0],
            ["stat", "t", 0, 1],
            ["stat", "t", 12, 1],
            ["stat", "t", 0, 6],
            ["row", "Second", 0, 11],
            ["stat", "t", 0, 12],
            ["stat", "t", 12, 12],
            ["stat", "t", 0, 17],
        ])
    );
}

#[test]
fn data_sources_are_named_in_both_ways() {
    let board = json!({
        "templating": { "list": [{ "type": "datasource", "name": "ds", "query": "loki" }] },
        "panels": [{ "id": 1, "type": "logs", "datasource": "${ds}", "targets": [{ "expr": "a" },
            { "expr": "b", "hide": true, "refId": "X", "datasource": { "type": "tempo", "uid": "t" } }] }],
    });
    let second = convert(&board, Schema::V2);
    let queries = &second["elements"]["panel-1"]["spec"]["data"]["spec"]["queries"];
    let query = |at: usize| queries[at]["spec"].clone();
    assert_eq!((&query(0)["refId"], &query(0)["query"]["group"]), (&json!("A"), &json!("loki")));
    assert_eq!(query(0)["query"]["datasource"]["name"], "${ds}");
    assert_eq!((&query(1)["hidden"], &query(1)["query"]["group"]), (&json!(true), &json!("tempo")));
    let alpha = convert(&second, Schema::V2Alpha1);
    let old = &alpha["elements"]["panel-1"]["spec"]["data"]["spec"]["queries"][1]["spec"];
    assert_eq!((&old["query"]["kind"], &old["datasource"]), (&json!("tempo"), &json!({ "type": "tempo", "uid": "t" })));
    let classic = convert(&alpha, Schema::Classic);
    assert_eq!(classic["panels"][0]["datasource"]["uid"], "-- Mixed --");
    assert_eq!(classic["panels"][0]["targets"][0]["datasource"], json!({ "type": "loki", "uid": "${ds}" }));
}

#[test]
fn variables_and_annotations_of_every_kind_come_back_as_they_were() {
    let source = json!({ "type": "prometheus", "uid": "p" });
    let variables = json!([
        { "type": "query", "name": "a", "datasource": source, "query": "label_values(up, job)", "refresh": 2, "sort": 1,
          "hide": 1, "multi": true, "includeAll": true, "current": { "text": "x", "value": "x" } },
        { "type": "query", "name": "b", "datasource": source, "query": { "query": "up", "refId": "B" }, "refresh": 1 },
        { "type": "custom", "name": "c", "query": "1,2", "current": { "text": "1", "value": "1" }, "hide": 2 },
        { "type": "constant", "name": "d", "query": "7" },
        { "type": "textbox", "name": "e", "query": "words" },
        { "type": "interval", "name": "f", "query": "1m,5m", "auto": true, "auto_min": "10s", "auto_count": 30 },
        { "type": "datasource", "name": "g", "query": "prometheus", "regex": "/x/", "refresh": 1 },
        { "type": "adhoc", "name": "h", "datasource": source, "filters": [{ "key": "k", "operator": "=", "value": "v" }] },
        { "type": "groupby", "name": "i", "datasource": source },
        { "type": "switch", "name": "j", "options": [{ "text": "on", "value": "1" }, { "text": "off", "value": "0" }],
          "current": { "value": "1" } },
    ]);
    let annotations = json!([
        { "name": "Notes", "builtIn": 1, "enable": true, "hide": true, "iconColor": "red", "type": "dashboard",
          "datasource": { "type": "grafana", "uid": "-- Grafana --" } },
        { "name": "Deploys", "enable": false, "iconColor": "blue", "datasource": source, "expr": "changes(x[1m])",
          "titleFormat": "{{job}}" },
        { "name": "Logs", "enable": true, "iconColor": "blue", "datasource": { "type": "loki", "uid": "l" },
          "target": { "expr": "{a=\"b\"}", "refId": "Anno" } },
    ]);
    let board = json!({ "panels": [], "templating": { "list": variables }, "annotations": { "list": annotations } });
    for edition in [Schema::V2, Schema::V2Beta1, Schema::V2Alpha1] {
        let back = convert(&convert(&board, edition), Schema::Classic).into_owned();
        for (list, before) in [("templating", &variables), ("annotations", &annotations)] {
            for (at, one) in before.as_array().expect("a list").iter().enumerate() {
                for (name, value) in one.as_object().expect("an object") {
                    let found = &back[list]["list"][at];
                    let is_switch = one["type"] == "switch" && (name == "options" || name == "current");
                    assert!(is_switch || &found[name] == value, "{name} of {found} as {edition:?}");
                }
            }
        }
        let switch = &back["templating"]["list"][9];
        assert_eq!((&switch["options"][0]["value"], &switch["current"]["value"]), (&json!("1"), &json!("1")));
        assert_eq!(back["annotations"]["list"][2]["expr"], "{a=\"b\"}");
    }
}

#[test]
fn panels_of_the_time_before_options_and_before_the_grid_lose_nothing() {
    let graph =
        json!({ "id": 4, "type": "graph", "span": 6, "lines": true, "yaxes": [{ "format": "s" }], "targets": [] });
    let board = json!({ "rows": [
        { "title": "Old", "height": "380px", "panels": [graph, graph, graph] },
        { "title": "Closed", "collapse": true, "panels": [] },
    ] });
    let second = convert(&board, Schema::V2);
    let rows = &second["layout"]["spec"]["rows"];
    let place = |at: usize| {
        let spec = &rows[0]["spec"]["layout"]["spec"]["items"][at]["spec"];
        [spec["x"].clone(), spec["y"].clone(), spec["width"].clone(), spec["height"].clone()]
    };
    assert_eq!((place(1), place(2)), ([12, 0, 12, 10].map(Value::from), [0, 10, 12, 10].map(Value::from)));
    let classic = convert(&second, Schema::Classic);
    let panels = classic["panels"].as_array().expect("panels");
    assert_eq!((panels[1]["yaxes"][0]["format"].clone(), panels[1]["lines"].clone()), (json!("s"), json!(true)));
    let ids: Vec<_> = panels[1..4].iter().map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids, [Some(4), Some(5), Some(6)], "numbers are unique");
}

#[test]
fn layouts_that_never_end_are_not_followed() {
    let mut layout = json!({ "kind": "GridLayout", "spec": { "items": [] } });
    for _ in 0..40 {
        let tab = json!({ "kind": "TabsLayoutTab", "spec": { "title": "t", "layout": layout } });
        layout = json!({ "kind": "TabsLayout", "spec": { "tabs": [tab] } });
    }
    let board = json!({ "elements": {}, "layout": layout });
    assert_eq!(convert(&board, Schema::Classic)["panels"], json!([]));
}

/// A dashboard of each edition with something of every kind in it.
fn samples() -> Vec<Value> {
    let source = json!({ "type": "prometheus", "uid": "p" });
    let variable = |kind: &str| {
        json!({ "type": kind, "name": kind, "datasource": source, "query": "up", "options": [{ "value": 1 }],
        "current": { "value": "1" } })
    };
    let kinds = ["query", "custom", "interval", "datasource", "adhoc", "groupby", "switch"];
    let panel = json!({ "id": 1, "type": "stat", "title": "t", "gridPos": { "x": 0, "y": 1, "w": 6, "h": 4 }, "repeat": "a",
        "targets": [{ "refId": "A", "expr": "up", "datasource": source }], "options": { "a": 1 }, "lines": true,
        "transformations": [{ "id": "reduce", "options": {} }], "fieldConfig": { "defaults": {} } });
    let row = json!({ "type": "row", "title": "r", "collapsed": true, "panels": [panel], "gridPos": { "y": 0 } });
    let classic = json!({ "uid": "u", "title": "t", "panels": [row], "time": { "from": "now-1h" },
        "timepicker": { "hidden": true }, "links": [{ "title": "l" }], "templating": { "list": kinds.map(variable) },
        "annotations": { "list": [{ "name": "n", "datasource": source, "target": { "expr": "x" }, "builtIn": 1 }] } });
    let old = json!({ "rows": [{ "title": "r", "height": "300px", "panels": [panel, { "span": 4 }] }] });
    let editions =
        [Schema::V2, Schema::V2Beta1, Schema::V2Alpha1].map(|edition| convert(&classic, edition).into_owned());
    let mut all = vec![classic, old];
    all.extend(editions);
    all
}

/// The paths of all values.
fn paths(json: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match json {
        Value::Array(list) => list.iter().enumerate().for_each(|(name, one)| paths(one, &format!("{at}/{name}"), all)),
        Value::Object(object) => object.iter().for_each(|(name, one)| paths(one, &format!("{at}/{name}"), all)),
        _ => {}
    }
}

#[test]
fn no_value_of_a_dashboard_stops_a_conversion_whatever_it_is_replaced_by() {
    let editions = [Schema::Classic, Schema::V2, Schema::V2Beta1, Schema::V2Alpha1];
    let strange = [json!("text"), json!(u64::MAX), json!(-1e300), json!(["x"]), json!(null)];
    for sample in samples() {
        let mut all = Vec::new();
        paths(&sample, "", &mut all);
        for (at, path) in all.iter().enumerate() {
            for (turn, other) in strange.iter().enumerate() {
                let mut mutated = sample.clone();
                *mutated.pointer_mut(path).expect("a value of the sample") = other.clone();
                // Each value meets every edition in turn, the oldest one always: on its way all others are passed.
                for edition in [Schema::V2Alpha1, editions[(at + turn) % editions.len()]] {
                    let _ = convert(&mutated, edition);
                }
                let _ = convert(&mutated, Schema::Classic);
            }
            let mut mutated = sample.clone();
            *mutated.pointer_mut(path).expect("a value of the sample") = strange[at % strange.len()].clone();
            let _ = crate::Dashboard::from_json(mutated, "fallback");
        }
    }
}
