//! The two schemas of Grafana's dashboards, and how one becomes the other.
//!
//! The classic one has a list of panels with their places. The second one (`v2`) has its panels in `elements` and their
//! places in `layout`, and names plugins apart from their options. What one schema cannot say is lost on the way: tabs and
//! automatic grids become rows and fixed places, conditions under which something is shown are dropped.

mod classic;
mod edition;
mod fields;
pub mod kind;
mod names;
pub(crate) mod placed;
mod second;
mod source;

use std::borrow::Cow;

use serde_json::Value;

use crate::schema::kind::Schema;

/// The schema in which a dashboard is written.
pub fn schema_of(json: &Value) -> Schema {
    if json.get("elements").is_none() { Schema::Classic } else { edition::of(json) }
}

/// The same dashboard in another schema. `uid`, `id` and `version`, which neither schema counts as content, stay.
pub fn convert(json: &Value, to: Schema) -> Cow<'_, Value> {
    let from = schema_of(json);
    if from == to {
        return Cow::Borrowed(json);
    }
    let mut converted = match (from.is_second(), to.is_second()) {
        (false, _) => edition::write(second::of_classic(json), to),
        (true, false) => classic::of_second(&edition::read(json)),
        (true, true) => edition::write(edition::read(json), to),
    };
    for name in ["uid", "id", "version"] {
        if let Some(value) = json.get(name) {
            converted[name] = value.clone();
        }
    }
    Cow::Owned(converted)
}

#[cfg(test)]
mod tests;
