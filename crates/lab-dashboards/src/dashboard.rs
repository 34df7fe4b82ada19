//! One dashboard: its JSON, and what a list shows of it.

use serde_json::{Map, Value};

use crate::metadata::Metadata;
use crate::schema::kind::Schema;
use crate::schema::{placed, schema_of};

/// Why a text is not a dashboard.
#[derive(Debug, thiserror::Error)]
pub enum DashboardError {
    /// The text is not JSON; the error says line and column.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The JSON describes something else; the text says where.
    #[error("not a dashboard: {0}")]
    Shape(String),
}

/// A dashboard as it was written, with the fields that a list needs.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// The name by which links refer to it.
    pub uid: String,
    /// The title that people read.
    pub title: String,
    /// The words by which a search finds it.
    pub tags: Vec<String>,
    /// The whole JSON.
    pub json: Value,
    /// What a resource says beside it.
    pub metadata: Metadata,
}

impl Dashboard {
    /// Reads a dashboard's JSON, as [`Self::from_json`] does.
    pub fn parse(text: &str, fallback_uid: &str) -> Result<Self, DashboardError> {
        Self::from_json(serde_json::from_str(text)?, fallback_uid)
    }

    /// Takes a dashboard of either schema: bare, as Grafana's API wraps it (`{"dashboard": …}`), or as a resource
    /// (`apiVersion`, `metadata`, `spec`), whose name is its uid. One without a uid, as published dashboards are, gets
    /// `fallback_uid`.
    pub fn from_json(mut json: Value, fallback_uid: &str) -> Result<Self, DashboardError> {
        if let Some(inner) = json.get_mut("dashboard").filter(|inner| inner.is_object()) {
            json = inner.take();
        }
        let wrong = |reason: &str| DashboardError::Shape(reason.to_owned());
        let mut metadata = Metadata::default();
        if json.get("apiVersion").is_some() && json.get("spec").is_some_and(Value::is_object) {
            metadata = Metadata::of(&json["metadata"]);
            json = spec_of(json);
        }
        placed::check(&json).map_err(DashboardError::Shape)?;
        let object = json.as_object_mut().ok_or_else(|| wrong("the top level of a dashboard must be a JSON object"))?;
        if !["panels", "rows", "elements"].iter().any(|key| object.contains_key(*key)) {
            return Err(wrong("it has neither panels nor rows nor elements"));
        }
        check_elements(object.get("elements"))?;
        check_panels(object.get("panels"), "panels")?;
        let rows = check_list(object.get("rows"), "rows")?;
        for (at, row) in rows.iter().enumerate() {
            check_panels(row.get("panels"), &format!("rows[{at}].panels"))?;
        }
        let uid = text_of(object, "uid").unwrap_or_else(|| slug(fallback_uid));
        object.insert("uid".to_owned(), Value::String(uid.clone()));
        let title = text_of(object, "title").unwrap_or_else(|| uid.clone());
        let tags = object.get("tags").and_then(Value::as_array).into_iter().flatten();
        let tags = tags.filter_map(Value::as_str).map(str::to_owned).collect();
        Ok(Self { uid, title, tags, json, metadata })
    }

    /// The schema in which it was written.
    pub fn schema(&self) -> Schema {
        schema_of(&self.json)
    }

    /// How often it was saved; 1 for a dashboard that does not say it.
    pub fn version(&self) -> u64 {
        self.json.get("version").and_then(Value::as_u64).unwrap_or(1).max(1)
    }

    /// The title as it stands in an address: lower case, dashes for all but letters and digits.
    pub fn slug(&self) -> String {
        slug(&self.title)
    }
}

/// The dashboard of a resource, under the resource's name.
fn spec_of(mut resource: Value) -> Value {
    let name = resource.pointer_mut("/metadata/name").map(Value::take).filter(Value::is_string);
    let mut spec = resource.get_mut("spec").map(Value::take).unwrap_or_default();
    if let (Some(spec), Some(name)) = (spec.as_object_mut(), name) {
        spec.insert("uid".to_owned(), name);
    }
    spec
}

/// The elements of the second schema are objects by name.
fn check_elements(elements: Option<&Value>) -> Result<(), DashboardError> {
    match elements {
        None => Ok(()),
        Some(Value::Object(elements)) => elements.iter().try_for_each(|(name, element)| {
            for part in ["", "/spec", "/spec/data", "/spec/data/spec", "/spec/vizConfig", "/spec/vizConfig/spec"] {
                let found = element.pointer(part).filter(|found| part.is_empty() || !found.is_null());
                if let Some(other) = found.filter(|found| !found.is_object()) {
                    let path = part.replace('/', ".");
                    return Err(DashboardError::Shape(format!(
                        "elements.{name}{path} is {}, not an object",
                        kind(other)
                    )));
                }
            }
            Ok(())
        }),
        Some(other) => Err(DashboardError::Shape(format!("elements is {}, not an object", kind(other)))),
    }
}

/// Panels are objects, those within a row too.
fn check_panels(list: Option<&Value>, path: &str) -> Result<(), DashboardError> {
    for (at, panel) in check_list(list, path)?.iter().enumerate() {
        check_list(panel.get("panels"), &format!("{path}[{at}].panels"))?;
    }
    Ok(())
}

/// The objects of a list that may be absent.
fn check_list<'a>(list: Option<&'a Value>, path: &str) -> Result<&'a [Value], DashboardError> {
    let items = match list {
        None | Some(Value::Null) => return Ok(&[]),
        Some(Value::Array(items)) => items,
        Some(other) => return Err(DashboardError::Shape(format!("{path} is {}, not a list", kind(other)))),
    };
    match items.iter().position(|item| !item.is_object()) {
        Some(at) => Err(DashboardError::Shape(format!("{path}[{at}] is {}, not an object", kind(&items[at])))),
        None => Ok(items),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn text_of(object: &Map<String, Value>, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dashboard_is_read_bare_and_wrapped() {
        let bare = r#"{"uid":"u1","title":"My Board (2)","tags":["a","b"],"panels":[]}"#;
        for text in [bare.to_owned(), format!(r#"{{"dashboard":{bare},"meta":{{}}}}"#)] {
            let board = Dashboard::parse(&text, "file").expect("a dashboard");
            assert_eq!((&*board.uid, &*board.title, &*board.slug()), ("u1", "My Board (2)", "my-board-2"));
            assert_eq!(board.tags, ["a", "b"]);
        }
    }

    #[test]
    fn a_published_dashboard_gets_its_file_s_name_as_uid() {
        let board = Dashboard::parse(r#"{"uid":null,"title":"Node","rows":[]}"#, "Node Exporter Full").expect("one");
        assert_eq!(board.uid, "node-exporter-full");
        assert_eq!(board.json["uid"], "node-exporter-full");
    }

    #[test]
    fn json_that_is_no_dashboard_is_refused_with_the_reason() {
        let reason = |text| Dashboard::parse(text, "x").expect_err("no dashboard").to_string();
        assert!(reason("{").contains("line 1 column 1"), "{}", reason("{"));
        assert!(reason("[]").ends_with("the top level of a dashboard must be a JSON object"));
        assert!(reason(r#"{"title":"x"}"#).contains("neither panels nor rows"));
        assert!(reason(r#"{"panels":"x"}"#).ends_with("panels is a text, not a list"));
        assert!(reason(r#"{"panels":[{},7]}"#).ends_with("panels[1] is a number, not an object"));
        assert!(reason(r#"{"panels":[{"panels":{}}]}"#).ends_with("panels[0].panels is an object, not a list"));
        assert!(reason(r#"{"rows":[{"panels":[null]}]}"#).ends_with("rows[0].panels[0] is null, not an object"));
        assert!(reason(r#"{"elements":[]}"#).ends_with("elements is a list, not an object"));
        assert!(reason(r#"{"elements":{"a":7}}"#).ends_with("elements.a is a number, not an object"));
        for (element, wanted) in [
            (r#"{"spec":"x"}"#, "elements.a.spec is a text, not an object"),
            (r#"{"spec":{"data":[]}}"#, "elements.a.spec.data is a list, not an object"),
            (r#"{"spec":{"data":{"spec":7}}}"#, "elements.a.spec.data.spec is a number, not an object"),
            (r#"{"spec":{"vizConfig":true}}"#, "elements.a.spec.vizConfig is a boolean, not an object"),
            (r#"{"spec":{"vizConfig":{"spec":""}}}"#, "elements.a.spec.vizConfig.spec is a text, not an object"),
        ] {
            let text = format!(r#"{{"elements":{{"a":{element}}}}}"#);
            let said = Dashboard::parse(&text, "x").expect_err("no dashboard").to_string();
            assert!(said.ends_with(wanted), "{said}");
        }
        assert!(reason(r#"{"apiVersion":"dashboard.grafana.app/v2","spec":{}}"#).contains("neither panels nor rows"));
    }

    #[test]
    fn a_resource_of_either_schema_is_a_dashboard_under_its_name() {
        for (spec, is_second) in [(r#"{"title":"T","panels":[]}"#, false), (r#"{"title":"T","elements":{}}"#, true)] {
            let text = format!(
                r#"{{"apiVersion":"dashboard.grafana.app/v2beta1","kind":"Dashboard","metadata":{{"name":"n1"}},"spec":{spec}}}"#
            );
            let board = Dashboard::parse(&text, "file").expect("a dashboard");
            assert_eq!((&*board.uid, &*board.title, board.schema().is_second()), ("n1", "T", is_second));
            assert!(board.json.get("spec").is_none());
            assert_eq!(Dashboard::parse(spec, "file").expect("a dashboard").uid, "file");
        }
    }

    #[test]
    fn a_resource_whose_metadata_is_something_else_has_no_name() {
        for metadata in [r#""text""#, "7", "[]", "null", r#"{"name":5}"#, r#"{"name":{}}"#] {
            let text = format!(r#"{{"apiVersion":"x","metadata":{metadata},"spec":{{"panels":[]}}}}"#);
            assert_eq!(Dashboard::parse(&text, "file").expect("a dashboard").uid, "file", "{metadata}");
        }
    }
}
