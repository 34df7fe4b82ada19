//! What is wrong with a rule file is said with its place.

use std::path::Path;

use lab_metrics::rules::file::RuleFile;

fn refusal(text: &str) -> String {
    RuleFile::parse(Path::new("my.yml"), text).expect_err("it is wrong").to_string()
}

#[test]
fn mistakes_name_file_group_and_rule() {
    let rule = |text: &str| {
        refusal(&format!("groups:\n- name: g\n  rules:\n  - {{record: good, expr: up}}\n  - {{{text}}}\n"))
    };
    for (text, expected) in [
        ("record: a, expr: up, colour: red", r#"my.yml: group "g": rule 2 ("a"): unknown field `colour`"#),
        ("record: a, expr: 'sum('", r#"my.yml: group "g": rule 2 ("a"): could not parse expression: 1:5: parse error"#),
        ("record: a", r#"rule 2 ("a"): field 'expr' must be set in rule"#),
        ("expr: up", r#"rule 2: one of 'record' or 'alert' must be set"#),
        ("record: a, alert: b, expr: up", "only one of 'record' and 'alert' must be set"),
        ("record: a-b, expr: up", "invalid recording rule name: a-b"),
        ("record: a, expr: up, for: 1m", "invalid field 'for' in recording rule"),
        ("record: a, expr: up, labels: {a-b: c}", "invalid label name: a-b"),
        ("alert: a, expr: up, for: soon", "not a valid duration"),
        (
            "alert: a, expr: up, annotations: {x: '{{ nope 1 }}'}",
            r#"annotation "x": template: __alert_a:1:3: function "nope" not defined"#,
        ),
        ("alert: a, expr: up, labels: {x: '{{ $labels.'}", r#"label "x": template"#),
    ] {
        let said = rule(text);
        assert!(said.contains(expected), "{text}: {said}");
    }
    for (text, expected) in [
        ("groups: [{name: g}, {name: g}]", r#"group "g": groupname is repeated"#),
        ("groups: [{name: g, pace: 1s}]", r#"group "g": unknown field `pace`"#),
        ("groups: [{rules: []}]", "group 1: missing field `name`"),
        ("groups: [{name: g, interval: 0s}]", "interval must be above zero"),
        ("group: []", "unknown field `group`"),
        ("groups: [", "my.yml: "),
    ] {
        let said = refusal(text);
        assert!(said.contains(expected), "{text}: {said}");
    }
}

#[test]
fn everything_that_prometheus_knows_is_read() {
    let text = "groups:\n- name: g\n  interval: 30s\n  limit: 3\n  query_offset: 1m\n  labels: {team: a, x: y}\n  rules:\n\
        \x20 - {record: r, expr: 1, labels: {x: z}}\n\
        \x20 - {alert: A, expr: up == 0, for: 1m, keep_firing_for: 2m, labels: {s: p}, annotations: {d: '{{ $value }}'}}\n";
    let file = RuleFile::parse(Path::new("my.yml"), text).expect("valid");
    let [group] = &file.groups[..] else { panic!("{file:?}") };
    assert_eq!((group.limit, group.query_offset.as_secs(), group.rules.len()), (3, 60, 2));
    assert_eq!(group.rules[0].written_labels().to_string(), r#"{team="a", x="z"}"#);
    let alert = group.rules[1].alert.as_ref().expect("an alert");
    assert_eq!((alert.hold.as_secs(), alert.keep_firing.as_secs()), (60, 120));
    assert!(RuleFile::parse(Path::new("empty.yml"), "\n").expect("valid").groups.is_empty());
}
