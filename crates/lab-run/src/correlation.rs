//! Which trace a log line belongs to.

/// Labels and structured metadata that name a trace.
pub(crate) const TRACE_KEYS: [&str; 3] = ["trace_id", "traceid", "traceID"];

/// The trace of a line: what its labels or its structured metadata name, else a field of its text.
pub(crate) fn line_trace_id(labelled: Option<String>, text: &str) -> Option<String> {
    let found = labelled.or_else(|| {
        let keys = TRACE_KEYS.iter().chain(&["traceId"]);
        keys.filter_map(|key| text.split_once(key)).find_map(|(_, rest)| {
            let rest = rest.trim_start_matches(['"', ':', '=', ' ']);
            let id: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
            (id.len() == 32).then_some(id)
        })
    });
    found.filter(|id| !id.is_empty() && id.chars().any(|c| c != '0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trace_of_a_line_stands_in_its_metadata_or_its_text() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        assert_eq!(line_trace_id(Some(id.to_owned()), "x").as_deref(), Some(id));
        assert_eq!(line_trace_id(None, &format!("level=error trace_id={id} msg=x")).as_deref(), Some(id));
        assert_eq!(line_trace_id(None, &format!(r#"{{"traceId": "{id}"}}"#)).as_deref(), Some(id));
        assert_eq!(line_trace_id(None, "trace_id=short"), None);
        assert_eq!(line_trace_id(Some("0".repeat(32)), "x"), None);
    }
}
