//! The layouts of the second schema as panels on one grid: rows stay rows, tabs become rows under their titles.

use serde_json::{Value, json};

use crate::schema::fields::{list, number, set, some, text};

/// The panel of an element's name, without its place.
type Elements<'a> = &'a dyn Fn(&str) -> Option<Value>;

const COLUMNS: i64 = 24;
/// Pixels of a row of the grid.
const ROW: i64 = 38;
/// Bytes of a title in a heading.
const LONGEST_TITLE: usize = 256;
/// Layouts within layouts that are followed; a deeper one cannot be drawn.
const DEEPEST: usize = 16;

pub(super) fn of_second(layout: &Value, elements: Elements<'_>) -> Vec<Value> {
    placed(layout, elements, (0, DEEPEST), &[])
}

/// Puts everything below `top`, following `deep` layouts within layouts; titles of those around stand before those inside.
fn placed(layout: &Value, elements: Elements<'_>, (top, deep): (i64, usize), around: &[&str]) -> Vec<Value> {
    let spec = &layout["spec"];
    let Some(sections) = some(spec, "rows").or_else(|| some(spec, "tabs")).and_then(Value::as_array) else {
        let make = if layout["kind"] == "AutoGridLayout" { automatic } else { fixed };
        return make(spec, elements, top);
    };
    let mut panels: Vec<Value> = Vec::new();
    if deep == 0 {
        return panels;
    }
    for section in sections.iter().map(|section| &section["spec"]) {
        let y = panels.iter().map(bottom).max().unwrap_or(top);
        let hidden = section["hideHeader"] == json!(true);
        let mut titles = around.to_vec();
        titles.extend(Some(text(section, "title")).filter(|title| !title.is_empty()));
        // Sections that hold sections of their own have a heading only through those.
        let within = &section["layout"]["spec"];
        let has_heading = !hidden && some(within, "rows").is_none() && some(within, "tabs").is_none();
        let mut inside = placed(&section["layout"], elements, (y + i64::from(has_heading), deep - 1), &titles);
        let is_closed = section["collapse"] == json!(true) && has_heading;
        if has_heading {
            let kept = if is_closed { std::mem::take(&mut inside) } else { Vec::new() };
            panels.push(row(y, &heading(&titles), is_closed, &section["repeat"], kept));
        }
        panels.append(&mut inside);
    }
    panels
}

/// The titles around a section and its own, none longer than a heading is.
fn heading(titles: &[&str]) -> String {
    let titles: Vec<&str> = titles.iter().map(|title| beginning(title)).collect();
    titles.join(" / ")
}

fn beginning(title: &str) -> &str {
    let end = (0..=LONGEST_TITLE.min(title.len())).rev().find(|end| title.is_char_boundary(*end));
    &title[..end.unwrap_or(0)]
}

fn row(y: i64, title: &str, collapsed: bool, repeat: &Value, inside: Vec<Value>) -> Value {
    let mut row = json!({
        "type": "row", "title": title, "collapsed": collapsed, "panels": inside,
        "gridPos": { "x": 0, "y": y, "w": COLUMNS, "h": 1 },
    });
    if let Some(variable) = some(repeat, "value") {
        row["repeat"] = variable.clone();
    }
    row
}

fn fixed(spec: &Value, elements: Elements<'_>, top: i64) -> Vec<Value> {
    let mut panels = Vec::new();
    for item in list(spec, "items").iter().map(|item| &item["spec"]) {
        let y = top + number(item, "y", 0);
        if let Some(within) = some(item, "elements") {
            let mut inside = fixed(&json!({ "items": within }), elements, y + 1);
            let is_closed = item["collapsed"] == json!(true);
            let kept = if is_closed { std::mem::take(&mut inside) } else { Vec::new() };
            panels.push(row(y, text(item, "title"), is_closed, &item["repeat"], kept));
            panels.append(&mut inside);
        } else {
            let place = json!({
                "x": number(item, "x", 0), "y": y, "w": number(item, "width", 12), "h": number(item, "height", 8),
            });
            panels.extend(panel(item, elements, place));
        }
    }
    panels
}

/// Fills the width from left to right.
fn automatic(spec: &Value, elements: Elements<'_>, top: i64) -> Vec<Value> {
    let items = list(spec, "items");
    let count = i64::try_from(items.len()).unwrap_or(COLUMNS);
    let columns = number(spec, "maxColumnCount", 3).min(count).clamp(1, COLUMNS);
    let width = COLUMNS / columns;
    let height = match text(spec, "rowHeightMode") {
        "short" => 5,
        "tall" => 14,
        "custom" => ((number(spec, "rowHeight", 320) + ROW / 2) / ROW).max(2),
        _ => 9,
    };
    let place =
        |at: i64| json!({ "x": (at % columns) * width, "y": top + at / columns * height, "w": width, "h": height });
    (0..).zip(items).filter_map(|(at, item)| panel(&item["spec"], elements, place(at))).collect()
}

fn panel(item: &Value, elements: Elements<'_>, place: Value) -> Option<Value> {
    let mut panel = elements(text(&item["element"], "name"))?;
    set(&mut panel, "gridPos", place);
    let repeat = &item["repeat"];
    for (second, classic) in [("value", "repeat"), ("direction", "repeatDirection"), ("maxPerRow", "maxPerRow")] {
        if let Some(value) = some(repeat, second) {
            set(&mut panel, classic, value.clone());
        }
    }
    Some(panel)
}

fn bottom(panel: &Value) -> i64 {
    number(&panel["gridPos"], "y", 0) + number(&panel["gridPos"], "h", 0)
}
