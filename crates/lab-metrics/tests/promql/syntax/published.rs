//! Queries in the style of published mixins (for Kubernetes, nodes, Prometheus itself; Apache-2.0), one a line.

use super::round_trip;

const QUERIES: &str = include_str!("published.txt");

#[test]
fn published_queries_survive_printing() {
    let queries: Vec<&str> = QUERIES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    for query in &queries {
        round_trip::check(query);
    }
    assert!(queries.len() >= 80, "only {}", queries.len());
}
