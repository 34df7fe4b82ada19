//! The data source of a query: `{type, uid}` in the classic schema, a group and a name in the second one.

use serde_json::{Map, Value, json};

use crate::schema::fields::{some, text};

/// What is longer names no type; it would be written beside each query.
const LONGEST_TYPE: usize = 128;

/// The types of the data sources that variables stand for, by the variables' names.
#[derive(Debug, Default)]
pub(super) struct Types(Vec<(String, Value)>);

impl Types {
    /// Those of a classic dashboard's variables.
    pub(super) fn of(variables: &[Value]) -> Self {
        let known = variables.iter().filter(|variable| text(variable, "type") == "datasource");
        let typed = known.filter(|variable| (1..=LONGEST_TYPE).contains(&text(variable, "query").len()));
        Self(typed.map(|variable| (text(variable, "name").to_owned(), json!(text(variable, "query")))).collect())
    }

    fn named(&self, uid: &str) -> Option<&Value> {
        let name = uid.strip_prefix('$')?.trim_start_matches('{').trim_end_matches('}');
        let name = name.split(':').next().unwrap_or_default();
        self.0.iter().find(|(known, _)| known == name).map(|(_, kind)| kind)
    }
}

/// A query of the second schema: `spec` asked of a data source of the classic one.
pub(super) fn query(source: Option<&Value>, spec: Value, types: &Types) -> Value {
    let (group, name) = written(source, types);
    let mut query = json!({ "kind": "DataQuery", "group": group, "version": "v0", "spec": spec });
    if !name.is_null() {
        query["datasource"] = json!({ "name": name });
    }
    query
}

/// The group and the name of a classic reference; old dashboards write the uid or the name alone.
pub(super) fn written(source: Option<&Value>, types: &Types) -> (Value, Value) {
    let (uid, kind) = match source {
        Some(Value::String(uid)) => (Some(uid.as_str()), None),
        Some(reference) => {
            (reference.get("uid").and_then(Value::as_str), some(reference, "type").filter(|kind| kind.is_string()))
        }
        None => (None, None),
    };
    let group = kind.or_else(|| types.named(uid?)).cloned().unwrap_or_else(|| json!(""));
    (group, uid.filter(|uid| !uid.is_empty()).map_or(Value::Null, Value::from))
}

/// The classic reference of something that has a group and perhaps the name of a data source; null if it says neither.
pub(super) fn reference(part: &Value) -> Value {
    let mut reference = Map::new();
    let group = text(part, "group");
    if !group.is_empty() {
        reference.insert("type".to_owned(), json!(group));
    }
    if let Some(name) = part.get("datasource").and_then(|source| some(source, "name")) {
        reference.insert("uid".to_owned(), name.clone());
    }
    if reference.is_empty() { Value::Null } else { Value::Object(reference) }
}
