//! What an answer must contain.
//!
//! An object must have the expected entries, others do not matter; an array must have exactly the expected
//! items, in order; anything else must be equal. `$any` stands for any value, `$contains: text` for a text
//! that contains it, `$has: [items]` for an array that has these items somewhere, `$absent` for an entry
//! that must not be there.

use serde_json::Value;

/// Checks `found` against `expected`; the error names the place.
pub(crate) fn check(expected: &Value, found: &Value) -> Result<(), String> {
    check_at("$", expected, found)
}

fn check_at(place: &str, expected: &Value, found: &Value) -> Result<(), String> {
    match (expected, found) {
        (Value::String(any), _) if any == "$any" => Ok(()),
        (Value::Object(special), _) if special.len() == 1 && special.contains_key("$contains") => {
            let (part, text) = (special["$contains"].as_str().unwrap_or_default(), found.as_str());
            let good = text.is_some_and(|text| text.contains(part));
            if good { Ok(()) } else { Err(format!("{place}: {found} does not contain {part:?}")) }
        }
        (Value::Object(special), Value::Array(items)) if special.len() == 1 && special.contains_key("$has") => {
            let wanted = special["$has"].as_array().map(Vec::as_slice).unwrap_or_default();
            let missing = wanted.iter().find(|wanted| !items.iter().any(|item| check_at(place, wanted, item).is_ok()));
            missing.map_or(Ok(()), |missing| Err(format!("{place}: no item like {missing}")))
        }
        (Value::Object(expected), Value::Object(found)) => {
            for (name, expected) in expected {
                let place = format!("{place}.{name}");
                match (found.get(name), expected.as_str() == Some("$absent")) {
                    (None, true) => {}
                    (Some(found), true) => return Err(format!("{place}: {found} must not be there")),
                    (Some(found), false) => check_at(&place, expected, found)?,
                    (None, false) => return Err(format!("{place} is missing")),
                }
            }
            Ok(())
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let mut pairs = expected.iter().zip(found).enumerate();
            pairs.try_for_each(|(at, (expected, found))| check_at(&format!("{place}[{at}]"), expected, found))
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => Ok(()),
        _ if expected == found => Ok(()),
        _ => Err(format!("{place}: expected {expected}, found {found}")),
    }
}

#[test]
fn subsets_are_told_from_others() {
    let found = serde_json::json!({"a": [1, {"b": "text", "c": null}], "d": 2});
    for (expected, good) in [
        (r#"{"a": [1, {"b": "text"}]}"#, true),
        (r#"{"a": [1.0, "$any"]}"#, true),
        (r#"{"a": {"$has": [{"b": {"$contains": "ex"}}]}}"#, true),
        (r#"{"e": "$absent"}"#, true),
        (r#"{"a": [1]}"#, false),
        (r#"{"d": "$absent"}"#, false),
        (r#"{"e": 1}"#, false),
        (r#"{"a": {"$has": [3]}}"#, false),
        (r#"{"a": [1, {"b": {"$contains": "x."}}]}"#, false),
    ] {
        let expected = serde_json::from_str(expected).expect("JSON");
        assert_eq!(check(&expected, &found).is_ok(), good, "{expected}");
    }
}
