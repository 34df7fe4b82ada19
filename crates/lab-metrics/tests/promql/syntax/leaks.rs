//! Texts that a translation before or behind a parser could touch, and must not. What such queries answer stands in
//! `cases/syntax.test`.

use lab_metrics::promql::syntax;
use lab_metrics::selector;

fn pretty(query: &str) -> String {
    syntax::pretty(query).unwrap_or_else(|error| panic!("{query}: {error}"))
}

#[test]
fn durations_keep_their_places_when_a_query_is_formatted() {
    for query in [
        "rate(m[46d7h6m40s]) + rate(n[1 + 1])",
        "rate(m[1 + 1]) + rate(n[46d7h6m40s])",
        "m[46d7h6m40s1ms:46d7h6m40s] offset (2 * 46d7h6m40s)",
        "max_over_time(m[1s + 1s:2s * 2] offset (1s + 2s)) or (m offset max_of(1m, range()))",
        "rate(m[2 * 5m + step()]) - m offset -(1h / 2)",
    ] {
        assert_eq!(pretty(query), query);
    }
}

#[test]
fn strings_and_names_are_never_rewritten() {
    for query in [
        r#"label_replace(m, "46d7h6m40s", "4000000000ms", "__edges__", "__label_selector__=\"1\"")"#,
        r#"rate(m{a="46d7h6m40s"}[1 + 1])"#,
        r#"up{__edges__="anchored"}"#,
        r#"up{__edges__="foo",__label_selector__="1"}"#,
        r#"info(m, {__label_selector__="1",a="b"})"#,
        r#"info(m, {})"#,
        r#"{__name__="anchored"} or {__name__="a # b"}"#,
        r#"sum by (anchored, smoothed, offset, "a b") (anchored smoothed)"#,
        r#"count_values("[5m] offset 1m", m{a="} smoothed"})"#,
    ] {
        assert_eq!(pretty(query), query);
    }
}

#[test]
fn selectors_keep_labels_that_once_stood_for_modifiers() {
    let matchers = selector::parse(r#"up{__edges__="foo", __label_selector__="1"}"#).expect("a selector");
    let shown: Vec<String> = matchers.iter().map(ToString::to_string).collect();
    assert_eq!(shown, [r#"__name__="up""#, r#"__edges__="foo""#, r#"__label_selector__="1""#]);
}

#[test]
fn keywords_are_names_where_prometheus_allows_it() {
    let operands = [
        "anchored",
        "smoothed",
        "fill",
        "fill_left",
        "fill_right",
        "offset",
        "by",
        "without",
        "sum",
        "count_values",
        "and",
        "or",
        "unless",
        "start",
        "end",
        "step",
        "range",
        "min_of",
        "max_of",
    ];
    for name in operands {
        assert_eq!(
            pretty(&format!("{name} + {name}{{a=\"b\"}} offset 5m")),
            format!("{name} + {name}{{a=\"b\"}} offset 5m")
        );
        assert_eq!(pretty(&format!("rate({name}[5m] smoothed)")), format!("rate({name}[5m] smoothed)"));
    }
    for word in ["on", "ignoring", "bool", "group_left", "group_right", "atan2"] {
        assert!(syntax::parse(word).is_err(), "{word}");
        assert_eq!(
            pretty(&format!("sum by ({word}) (m{{{word}=\"x\"}})")),
            format!("sum by ({word}) (m{{{word}=\"x\"}})")
        );
    }
    assert!(syntax::parse("sum by (without) (m)").is_err());
    assert_eq!(pretty("smoothed smoothed"), "smoothed smoothed");
    assert_eq!(pretty("fill + fill(0) fill"), "fill + fill (0) fill");
}
