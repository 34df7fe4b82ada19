//! Lists of resources: which ones a selector leaves, and pages.

use axum::Json;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::grafana::apis::failure::bad;
use crate::params::Params;

/// The label by which clients ask for the earlier versions of one resource.
const HISTORY: &str = "grafana.app/get-history";

/// What a request for a list leaves out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    conditions: Vec<Condition>,
    /// The only name that is asked for.
    pub(crate) name: Option<String>,
    /// Whether all versions of that name are meant.
    pub(crate) is_history: bool,
    limit: Option<usize>,
    /// The name after which the page begins.
    after: Option<String>,
}

/// A condition on one label: it is there, or it is not, or it has one of these values, or none of them.
#[derive(Debug, PartialEq, Eq)]
enum Condition {
    Has(String),
    HasNot(String),
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
}

impl Wanted {
    pub(crate) fn read(params: &Params) -> Result<Self, Response> {
        let on = |name: &str| params.get(name).is_some_and(|text| text == "true" || text == "1");
        if on("watch") {
            return Err(bad("the lab does not offer to watch resources; list them again instead"));
        }
        let mut wanted = Self {
            conditions: conditions(params.get("labelSelector").unwrap_or_default()).map_err(|said| bad(&said))?,
            ..Self::default()
        };
        let is_history = |one: &Condition| matches!(one, Condition::In(label, _) if label == HISTORY);
        wanted.is_history = wanted.conditions.iter().any(is_history);
        wanted.conditions.retain(|one| !is_history(one));
        for field in params.get("fieldSelector").unwrap_or_default().split(',').filter(|field| !field.is_empty()) {
            match field.split_once('=').map(|(name, value)| (name, value.trim_start_matches('='))) {
                Some(("metadata.name", name)) => wanted.name = Some(name.to_owned()),
                Some(("metadata.namespace", _)) => {}
                _ => return Err(bad(&format!("field selector {field:?}: the lab knows metadata.name=NAME only"))),
            }
        }
        if wanted.is_history && wanted.name.is_none() {
            return Err(bad("history is kept of one resource; name it by fieldSelector=metadata.name=NAME"));
        }
        wanted.limit = match params.get("limit").map(str::parse::<usize>).transpose() {
            Ok(limit) => limit.filter(|limit| *limit > 0),
            Err(_) => return Err(bad("limit must be a whole number")),
        };
        wanted.after = match params.get("continue") {
            None => None,
            Some(token) => {
                let name = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                Some(name.ok_or_else(|| bad("continue must be the token that came with the page before"))?)
            }
        };
        Ok(wanted)
    }

    fn takes(&self, resource: &Value) -> bool {
        let label = |name: &str| resource["metadata"]["labels"][name].as_str();
        let among = |name: &str, values: &[String]| label(name).is_some_and(|own| values.iter().any(|one| one == own));
        self.name.as_ref().is_none_or(|name| resource["metadata"]["name"] == name.as_str())
            && self.conditions.iter().all(|condition| match condition {
                Condition::Has(name) => label(name).is_some(),
                Condition::HasNot(name) => label(name).is_none(),
                Condition::In(name, values) => among(name, values),
                Condition::NotIn(name, values) => !among(name, values),
            })
    }
}

/// The answer with those of the resources that are wanted, in the order of their names.
pub(crate) fn answer(kind: &str, api_version: &str, mut items: Vec<Value>, wanted: &Wanted) -> Response {
    let name = |resource: &Value| resource["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    items.retain(|item| wanted.takes(item));
    if !wanted.is_history {
        items.sort_by_key(&name);
        items.retain(|item| wanted.after.as_ref().is_none_or(|after| name(item) > *after));
    }
    let newest =
        items.iter().filter_map(|item| item["metadata"]["resourceVersion"].as_str()?.parse::<u64>().ok()).max();
    let mut metadata = json!({ "resourceVersion": newest.unwrap_or(1).to_string() });
    if let Some(limit) = wanted.limit.filter(|limit| items.len() > *limit) {
        metadata["remainingItemCount"] = json!(items.len() - limit);
        items.truncate(limit);
        metadata["continue"] = json!(items.last().map(|last| URL_SAFE_NO_PAD.encode(name(last))));
    }
    let list =
        json!({ "kind": format!("{kind}List"), "apiVersion": api_version, "metadata": metadata, "items": items });
    Json(list).into_response()
}

/// Reads a label selector: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
fn conditions(selector: &str) -> Result<Vec<Condition>, String> {
    let (mut parts, mut start, mut is_within) = (Vec::new(), 0, false);
    for (at, c) in selector.char_indices() {
        match c {
            '(' => is_within = true,
            ')' => is_within = false,
            ',' if !is_within => {
                parts.push(&selector[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&selector[start..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).map(condition).collect()
}

fn condition(text: &str) -> Result<Condition, String> {
    let wrong = || format!("label selector {text:?}: write it as a=b, a!=b, a in (b,c), a notin (b,c), a or !a");
    let is_name = |name: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        !name.is_empty() && name.chars().all(plain)
    };
    let checked = |name: &str, make: &dyn Fn(String) -> Condition| {
        let name = name.trim();
        if is_name(name) { Ok(make(name.to_owned())) } else { Err(wrong()) }
    };
    let one = |value: &str| vec![value.trim().to_owned()];
    if let Some((name, value)) = text.split_once("!=") {
        return checked(name, &|name| Condition::NotIn(name, one(value)));
    }
    if let Some((name, value)) = text.split_once('=') {
        return checked(name, &|name| Condition::In(name, one(value.trim_start_matches('='))));
    }
    if let Some((name, rest)) = text.split_once(char::is_whitespace) {
        let (op, set) = rest.trim().split_once('(').ok_or_else(wrong)?;
        let set = set.strip_suffix(')').ok_or_else(wrong)?;
        let values: Vec<String> = set.split(',').map(|value| value.trim().to_owned()).collect();
        return match op.trim() {
            "in" => checked(name, &|name| Condition::In(name, values.clone())),
            "notin" => checked(name, &|name| Condition::NotIn(name, values.clone())),
            _ => Err(wrong()),
        };
    }
    match text.strip_prefix('!') {
        Some(name) => checked(name, &Condition::HasNot),
        None => checked(text, &Condition::Has),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_leave_the_resources_that_they_mean() {
        let resource = json!({ "metadata": { "name": "x", "labels": { "team": "a", "tier/level": "1" } } });
        for (selector, takes) in [
            ("", true),
            ("team=a", true),
            ("team==a,tier/level=1", true),
            ("team=b", false),
            ("team!=b", true),
            ("other!=b", true),
            ("team in (a, b)", true),
            ("team notin (a,b)", false),
            ("team", true),
            ("!team", false),
            ("!other, team in (c,a)", true),
        ] {
            let conditions = conditions(selector).expect("a selector");
            let wanted = Wanted { conditions, ..Wanted::default() };
            assert_eq!(wanted.takes(&resource), takes, "{selector}");
        }
        for wrong in ["=a", "team in a", "team within (a)", "te am", "a b=c"] {
            assert!(conditions(wrong).is_err(), "{wrong}");
        }
    }
}
