//! How much a layout of the second schema places: it names elements, and a conversion writes each as often as it is named.

use std::collections::HashMap;

use serde_json::Value;

/// Bytes of the elements that a layout places once more.
const MOST: usize = 16 << 20;

/// Says which element is placed so often that the dashboard could not be held in the classic schema.
pub(crate) fn check(json: &Value) -> Result<(), String> {
    let mut named: HashMap<&str, usize> = HashMap::new();
    count(&json["layout"], &mut named);
    let mut left = MOST;
    for (name, times) in named.into_iter().filter(|(_, times)| *times > 1) {
        let bytes = json["elements"].get(name).map_or(0, |element| element.to_string().len());
        left = left.checked_sub(bytes.saturating_mul(times - 1)).ok_or_else(|| {
            format!(
                "its layout places the element {name:?} {times} times, and all that it places twice may take 16 MiB"
            )
        })?;
    }
    Ok(())
}

fn count<'j>(value: &'j Value, named: &mut HashMap<&'j str, usize>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| count(one, named)),
        Value::Object(object) => {
            if let Some(name) = object.get("element").and_then(|element| element["name"].as_str()) {
                *named.entry(name).or_default() += 1;
            }
            object.values().for_each(|one| count(one, named));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_element_may_be_placed_often_if_it_is_small() {
        let board = |bytes: usize, times: usize| {
            let item = json!({ "spec": { "element": { "kind": "ElementReference", "name": "a" } } });
            json!({
                "elements": { "a": { "spec": { "description": "x".repeat(bytes) } } },
                "layout": { "kind": "GridLayout", "spec": { "items": vec![item; times] } },
            })
        };
        assert_eq!(check(&board(10_000, 100)), Ok(()));
        assert_eq!(check(&board(20 << 20, 1)), Ok(()));
        assert!(check(&board(10_000, 5_000)).expect_err("too much").contains("\"a\" 5000 times"));
    }
}
