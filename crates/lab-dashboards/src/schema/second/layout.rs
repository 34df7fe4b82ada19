//! The places of classic panels as a layout: one grid, or rows that hold one each.

use serde_json::{Map, Value, json};

use crate::schema::fields::{copy, list, number, set, some, text};

/// Adds a panel to the elements and gives its name.
type Add<'a> = &'a mut dyn FnMut(&Value) -> String;

/// Columns of the grid.
const COLUMNS: i64 = 24;
/// Pixels of a row of the grid, in which dashboards of old say the heights of their rows.
const ROW: i64 = 38;
/// As many rows of the grid as the height of an old row can fill.
const TALLEST: i64 = 1000;

pub(super) fn of_classic(json: &Value, add: Add<'_>) -> Value {
    let panels = list(json, "panels");
    let old = list(json, "rows");
    if panels.is_empty() && !old.is_empty() {
        return rows(old.iter().map(|row| old_row(row, add)).collect());
    }
    let is_row = |panel: &Value| text(panel, "type") == "row";
    if !panels.iter().any(is_row) {
        return grid(panels.iter().map(|panel| item(panel, 0, add)).collect());
    }
    let mut sections: Vec<(Option<&Value>, Vec<&Value>)> = Vec::new();
    for panel in panels {
        match sections.last_mut() {
            _ if is_row(panel) => sections.push((Some(panel), list(panel, "panels").iter().collect())),
            Some((_, inside)) => inside.push(panel),
            None => sections.push((None, vec![panel])),
        }
    }
    rows(sections.into_iter().map(|(row, inside)| section(row, &inside, add)).collect())
}

/// A row and what lies in it. Panels before the first row are in one without a heading.
fn section(row: Option<&Value>, inside: &[&Value], add: Add<'_>) -> Value {
    let top = row.map_or(0, |row| number(&row["gridPos"], "y", 0) + 1);
    // Within a closed row places may be those of the time when it was open, under another row.
    let least = inside.iter().map(|panel| number(&panel["gridPos"], "y", 0)).min().unwrap_or(top);
    let layout = grid(inside.iter().map(|panel| item(panel, top.min(least), add)).collect());
    let mut spec = json!({
        "title": row.map_or("", |row| text(row, "title")),
        "collapse": row.is_some_and(|row| row["collapsed"] == json!(true)), "layout": layout,
    });
    match row {
        None => spec["hideHeader"] = json!(true),
        Some(row) => {
            if let Some(variable) = some(row, "repeat") {
                spec["repeat"] = json!({ "mode": "variable", "value": variable });
            }
        }
    }
    spec
}

/// A row of the time before the grid: its panels stand side by side, each with a twelfth of the width as its unit.
fn old_row(row: &Value, add: Add<'_>) -> Value {
    let height = match &row["height"] {
        Value::String(text) => text.trim_end_matches("px").parse::<i64>().ok(),
        other => other.as_f64().map(|pixels| pixels as i64),
    };
    let height = (height.unwrap_or(7 * ROW) / ROW).clamp(3, TALLEST);
    let (mut x, mut y, mut items) = (0, 0, Vec::new());
    for panel in list(row, "panels") {
        let width = (number(panel, "span", 12) * 2).clamp(1, COLUMNS);
        if x + width > COLUMNS {
            (x, y) = (0, y + height);
        }
        let mut placed = panel.clone();
        set(&mut placed, "gridPos", json!({ "x": x, "y": y, "w": width, "h": height }));
        items.push(item(&placed, 0, add));
        x += width;
    }
    json!({ "title": text(row, "title"), "collapse": row["collapse"] == json!(true), "layout": grid(items) })
}

fn rows(specs: Vec<Value>) -> Value {
    let rows: Vec<Value> = specs.into_iter().map(|spec| json!({ "kind": "RowsLayoutRow", "spec": spec })).collect();
    json!({ "kind": "RowsLayout", "spec": { "rows": rows } })
}

fn grid(items: Vec<Value>) -> Value {
    json!({ "kind": "GridLayout", "spec": { "items": items } })
}

/// The place of a panel, counted from the row above it.
fn item(panel: &Value, top: i64, add: Add<'_>) -> Value {
    let place = &panel["gridPos"];
    let mut spec = json!({
        "x": number(place, "x", 0), "y": number(place, "y", 0) - top, "width": number(place, "w", 12),
        "height": number(place, "h", 8), "element": { "kind": "ElementReference", "name": add(panel) },
    });
    if let Some(variable) = some(panel, "repeat") {
        let mut repeat =
            Map::from_iter([("mode".to_owned(), json!("variable")), ("value".to_owned(), variable.clone())]);
        copy(panel, &mut repeat, &["maxPerRow"]);
        if let Some(direction) = some(panel, "repeatDirection") {
            repeat.insert("direction".to_owned(), direction.clone());
        }
        spec["repeat"] = Value::Object(repeat);
    }
    json!({ "kind": "GridLayoutItem", "spec": spec })
}
