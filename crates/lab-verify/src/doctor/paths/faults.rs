//! Faults that are switched on, as the lab tells: what follows from them is no riddle. A real stack does not tell.

use serde_json::Value;

use crate::doctor::hop::{Finding, Path, trouble};

/// The path, if the lab tells of a fault.
pub(crate) fn walk(lab: Option<&Value>, collector: &str) -> Option<Path> {
    let on: Vec<&Value> = lab?["faults"].as_array()?.iter().collect();
    if on.is_empty() {
        return None;
    }
    let mut path = Path::new("faults", &["off"]);
    let _ = path.pass(none_is_on(&on, collector));
    Some(path)
}

fn none_is_on(on: &[&Value], collector: &str) -> Finding {
    let text = |fault: &Value, key: &str| fault[key].as_str().unwrap_or_default().to_owned();
    let said = |fault: &&Value| format!("{} ({})", text(fault, "fault"), text(fault, "about"));
    let (are, them) = if on.len() == 1 { ("is", "it") } else { ("are", "them") };
    let all = on.iter().map(said).collect::<Vec<_>>().join(", ");
    trouble(
        format!("switched on on purpose {are} {all}"),
        format!(
            "`curl -X DELETE {collector}/api/v0/faults` takes {them} away; what else is said may follow from {them}"
        ),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn faults_that_are_on_are_named_and_none_is_no_path() {
        assert_eq!(walk(None, ""), None);
        assert_eq!(walk(Some(&json!({"faults": []})), ""), None);
        let lab = json!({"faults": [{"fault": "drop-spans=0.01", "about": "lose spans"}]});
        let path = walk(Some(&lab), "http://lab:1").expect("a path");
        let hop = path.broken().expect("broken");
        assert_eq!(hop.found, "switched on on purpose is drop-spans=0.01 (lose spans)");
        assert!(hop.advice.starts_with("`curl -X DELETE http://lab:1/api/v0/faults`"), "{hop:?}");
    }
}
