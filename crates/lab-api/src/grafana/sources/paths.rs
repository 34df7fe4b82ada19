//! Which path of a store a resource of its data source stands for.

/// The path and the query that the store is asked for.
pub(super) fn of_store(uid: &str, written: &str, query: &str) -> String {
    let path = match (uid, written) {
        ("loki", _) if !written.starts_with("loki/") => format!("/loki/api/v1/{written}"),
        // What Grafana's own back end offers for the editor of TraceQL.
        ("tempo", "tags") => "/api/v2/search/tags".to_owned(),
        ("tempo", "tag-values") => format!("/api/v2/search/tag/{}/values", tag(query)),
        _ => format!("/{written}"),
    };
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

/// The attribute that a query names, as it stands in a path: `tag`, or `encodedTag`, which was escaped for a path before.
fn tag(query: &str) -> String {
    let mut escaped = String::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "encodedTag" => escaped = value.into_owned(),
            "tag" => {
                // In a path a plus sign is itself.
                escaped = form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20");
            }
            _ => {}
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_stand_for_paths_of_their_store() {
        for (uid, written, query, path) in [
            ("prometheus", "api/v1/labels", "start=1", "/api/v1/labels?start=1"),
            ("loki", "labels", "", "/loki/api/v1/labels"),
            ("loki", "loki/api/v1/labels", "", "/loki/api/v1/labels"),
            ("tempo", "api/v2/search/tags", "", "/api/v2/search/tags"),
            ("tempo", "tags", "limit=5", "/api/v2/search/tags?limit=5"),
            ("tempo", "tag-values", "tag=span.a%2Fb+c", "/api/v2/search/tag/span.a%2Fb%20c/values?tag=span.a%2Fb+c"),
            (
                "tempo",
                "tag-values",
                "q=%7B%7D&encodedTag=span.a%252Fb",
                "/api/v2/search/tag/span.a%2Fb/values?q=%7B%7D&encodedTag=span.a%252Fb",
            ),
        ] {
            assert_eq!(of_store(uid, written, query), path);
        }
    }
}
