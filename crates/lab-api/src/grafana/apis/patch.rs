//! A change of a part of a resource: as a merge patch (RFC 7386) or as a JSON patch (RFC 6902).

mod room;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::grafana::answer::{Received, read};
use crate::grafana::apis::failure::{bad, failure};
use crate::grafana::apis::patch::room::Room;

const MERGE: &str = "application/merge-patch+json";
const OPERATIONS: &str = "application/json-patch+json";

/// The resource after the change that a body describes, in the way that its content type says.
pub(crate) fn applied(mut resource: Value, headers: &HeaderMap, body: Received) -> Result<Value, Response> {
    let media = headers.get(CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    match media.split(';').next().unwrap_or_default().trim() {
        MERGE => merge(&mut resource, read(body, "a part of the resource")?),
        OPERATIONS => {
            let operations: Vec<Operation> = read(body, "a list of operations {\"op\", \"path\", \"value\"}")?;
            let mut room = Room::default();
            for (at, operation) in operations.into_iter().enumerate() {
                operation.apply(&mut resource, &mut room).map_err(|reason| {
                    let said = format!("operation {at} of the patch cannot be applied: {reason}");
                    failure(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", &said)
                })?;
            }
        }
        other => {
            let said = format!("the content type of a patch must be {MERGE} or {OPERATIONS}, not {other:?}");
            return Err(failure(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", &said));
        }
    }
    if resource.is_object() { Ok(resource) } else { Err(bad("the patch would leave no resource")) }
}

/// Objects are merged, null takes a field away, everything else replaces what was there.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(target) = target.as_object_mut() else { return };
    // All at once: each removal on its own would move every field behind it.
    if patch.values().any(Value::is_null) {
        target.retain(|name, _| !patch.get(name).is_some_and(Value::is_null));
    }
    for (name, value) in patch.into_iter().filter(|(_, value)| !value.is_null()) {
        merge(target.entry(name).or_insert(Value::Null), value);
    }
}

/// One step of a JSON patch.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum Operation {
    Add { path: String, value: Value },
    Remove { path: String },
    Replace { path: String, value: Value },
    Move { from: String, path: String },
    Copy { from: String, path: String },
    Test { path: String, value: Value },
}

impl Operation {
    fn apply(self, whole: &mut Value, room: &mut Room) -> Result<(), String> {
        match self {
            Self::Add { path, value } => {
                room.admit(&value, &path)?;
                insert(whole, &path, value, room)
            }
            Self::Remove { path } => take(whole, &path, room).map(|_| ()),
            Self::Replace { path, value } => {
                room.admit(&value, &path)?;
                *whole.pointer_mut(&path).ok_or_else(|| absent(&path))? = value;
                Ok(())
            }
            Self::Move { from, path } if path.starts_with(&format!("{from}/")) => {
                Err(format!("{from:?} cannot be moved into itself"))
            }
            Self::Move { from, path } => {
                let value = take(whole, &from, room)?;
                room.admit(&value, &path)?;
                insert(whole, &path, value, room)
            }
            Self::Copy { from, path } => {
                let source = whole.pointer(&from).ok_or_else(|| absent(&from))?;
                room.admit(source, &path)?;
                let value = source.clone();
                insert(whole, &path, value, room)
            }
            Self::Test { path, value } => match whole.pointer(&path) {
                Some(found) if *found == value => Ok(()),
                Some(_) => Err(format!("{path:?} has another value")),
                None => Err(absent(&path)),
            },
        }
    }
}

fn absent(path: &str) -> String {
    format!("there is nothing at {path:?}")
}

/// What contains the place of a path, and the name of the place there.
fn container<'a>(whole: &'a mut Value, path: &str) -> Result<(&'a mut Value, String), String> {
    let (parent, name) = path.rsplit_once('/').ok_or_else(|| format!("{path:?} does not begin with a slash"))?;
    let found = whole.pointer_mut(parent).ok_or_else(|| absent(parent))?;
    Ok((found, name.replace("~1", "/").replace("~0", "~")))
}

/// The place in a list of this length; `-` is the one after the last.
fn place(name: &str, length: usize) -> Result<usize, String> {
    let is_number = name == "0" || (!name.starts_with('0') && name.bytes().all(|byte| byte.is_ascii_digit()));
    match name.parse::<usize>() {
        _ if name == "-" => Ok(length),
        Ok(at) if is_number && at <= length => Ok(at),
        _ => Err(format!("{name:?} is no place in a list of {length}")),
    }
}

fn insert(whole: &mut Value, path: &str, value: Value, room: &mut Room) -> Result<(), String> {
    if path.is_empty() {
        *whole = value;
        return Ok(());
    }
    match container(whole, path)? {
        (Value::Object(object), name) => {
            object.insert(name, value);
        }
        (Value::Array(list), name) => {
            let at = place(&name, list.len())?;
            room.shift(list.len() - at)?;
            list.insert(at, value);
        }
        _ => return Err(absent(path)),
    }
    Ok(())
}

fn take(whole: &mut Value, path: &str, room: &mut Room) -> Result<Value, String> {
    match container(whole, path)? {
        (Value::Object(object), name) => {
            room.shift(object.len())?;
            object.shift_remove(&name).ok_or_else(|| absent(path))
        }
        (Value::Array(list), name) => {
            let at = place(&name, list.len())?;
            room.shift(list.len() - at)?;
            if at < list.len() { Ok(list.remove(at)) } else { Err(absent(path)) }
        }
        _ => Err(absent(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_merge_patch_does_what_its_standard_shows() {
        for (mut target, patch, wanted) in [
            (json!({ "a": "b" }), json!({ "a": "c" }), json!({ "a": "c" })),
            (json!({ "a": "b", "c": 1 }), json!({ "a": null }), json!({ "c": 1 })),
            (json!({ "a": [1] }), json!({ "a": "c" }), json!({ "a": "c" })),
            (
                json!({ "a": { "b": 1, "c": 2 } }),
                json!({ "a": { "b": null, "d": 3 } }),
                json!({ "a": { "c": 2, "d": 3 } }),
            ),
            (json!([1]), json!({ "a": { "b": null } }), json!({ "a": {} })),
        ] {
            merge(&mut target, patch.clone());
            assert_eq!(target, wanted, "{patch}");
        }
    }

    #[test]
    fn the_operations_of_a_json_patch_do_what_their_standard_says() {
        let apply = |operation: Value| {
            let mut whole = json!({ "a": [1, 2], "b": { "c/d": 3, "e~f": 4 } });
            let read: Operation = serde_json::from_value(operation).expect("an operation");
            read.apply(&mut whole, &mut Room::default()).map(|()| whole)
        };
        for (operation, place, wanted) in [
            (json!({ "op": "add", "path": "/a/1", "value": 9 }), "/a", json!([1, 9, 2])),
            (json!({ "op": "add", "path": "/a/-", "value": 9 }), "/a", json!([1, 2, 9])),
            (json!({ "op": "add", "path": "/b/c~1d", "value": null }), "/b/c~1d", json!(null)),
            (json!({ "op": "remove", "path": "/b/e~0f" }), "/b", json!({ "c/d": 3 })),
            (json!({ "op": "remove", "path": "/a/0" }), "/a", json!([2])),
            (json!({ "op": "replace", "path": "/a", "value": 1 }), "/a", json!(1)),
            (json!({ "op": "move", "from": "/a/0", "path": "/a/1" }), "/a", json!([2, 1])),
            (json!({ "op": "copy", "from": "/b", "path": "/a/0" }), "/a/0/c~1d", json!(3)),
            (json!({ "op": "test", "path": "/a/1", "value": 2 }), "/a/1", json!(2)),
        ] {
            assert_eq!(apply(operation.clone()).expect("applied").pointer(place), Some(&wanted), "{operation}");
        }
        for wrong in [
            json!({ "op": "add", "path": "/a/3", "value": 9 }),
            json!({ "op": "add", "path": "/a/01", "value": 9 }),
            json!({ "op": "add", "path": "a", "value": 9 }),
            json!({ "op": "add", "path": "/x/y", "value": 9 }),
            json!({ "op": "remove", "path": "/a/-" }),
            json!({ "op": "replace", "path": "/x", "value": 1 }),
            json!({ "op": "move", "from": "/b", "path": "/b/c" }),
            json!({ "op": "test", "path": "/a/1", "value": 1 }),
        ] {
            assert!(apply(wrong.clone()).is_err(), "{wrong}");
        }
    }

    /// Applies operations to a resource and gives the first refusal.
    fn all(mut whole: Value, operations: Vec<Value>) -> Result<Value, String> {
        let mut room = Room::default();
        for operation in operations {
            let read: Operation = serde_json::from_value(operation).expect("an operation");
            read.apply(&mut whole, &mut room)?;
        }
        Ok(whole)
    }

    #[test]
    fn a_patch_cannot_nest_a_value_deeper_than_can_be_walked() {
        let wrap = [
            json!({ "op": "add", "path": "/t", "value": { "a": 0 } }),
            json!({ "op": "move", "from": "/s", "path": "/t/a" }),
            json!({ "op": "move", "from": "/t", "path": "/s" }),
        ];
        let times = |count: usize| wrap.iter().cloned().cycle().take(3 * count).collect::<Vec<_>>();
        all(json!({ "s": 1 }), times(90)).expect("a depth that can be read again");
        let refusal = all(json!({ "s": 1 }), times(20_000)).expect_err("too deep");
        assert!(refusal.contains("levels deep"), "{refusal}");
        let copies = [
            json!({ "op": "copy", "from": "/s", "path": "/t" }),
            json!({ "op": "replace", "path": "/s", "value": { "a": 0 } }),
            json!({ "op": "copy", "from": "/t", "path": "/s/a" }),
        ];
        let refusal = all(json!({ "s": 1 }), copies.into_iter().cycle().take(900).collect()).expect_err("too deep");
        assert!(refusal.contains("levels deep"), "{refusal}");
    }

    #[test]
    fn a_patch_cannot_do_more_work_than_its_share() {
        let doubles = (0..60).map(|at| json!({ "op": "copy", "from": "/s", "path": format!("/s/k{at}") }));
        let texts = vec![json!({ "op": "copy", "from": "/s/text", "path": "/s/copy" }); 80];
        let moves = [
            json!({ "op": "move", "from": "/s/list", "path": "/t" }),
            json!({ "op": "move", "from": "/t", "path": "/s/list" }),
        ];
        let inserts = vec![json!({ "op": "add", "path": "/s/list/0", "value": 0 }); 20_000];
        let removals = vec![json!({ "op": "remove", "path": "/s/list/0" }); 20_000];
        let whole = || json!({ "s": { "text": "x".repeat(1 << 20), "list": vec![0; 20_000] } });
        for operations in
            [doubles.collect(), texts, moves.into_iter().cycle().take(20_000).collect(), inserts, removals]
        {
            let first = operations[0].to_string();
            let refusal = all(whole(), operations).expect_err("too much");
            assert!(refusal.contains("send it in parts"), "{first}: {refusal}");
        }
        let modest = vec![json!({ "op": "add", "path": "/s/list/0", "value": 0 }); 500];
        all(whole(), modest).expect("a patch of an ordinary size");
    }

    #[test]
    fn a_merge_patch_takes_many_fields_away_at_once() {
        let fields = |value: Value| -> Value {
            Value::Object((0..200_000).map(|at| (format!("f{at}"), value.clone())).collect())
        };
        let mut target = fields(json!(1));
        merge(&mut target, fields(Value::Null));
        assert_eq!(target, json!({}));
    }
}
